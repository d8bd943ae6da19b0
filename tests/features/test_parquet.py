"""What is held of a Parquet file while it is read some rows at a time does not grow with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from features.parquet import open_parquet

if TYPE_CHECKING:
    from pathlib import Path

ROWS, BATCH = 1_000_000, 20_000


@pytest.mark.parametrize("row_group", [BATCH, ROWS])
def test_of_a_file_that_is_read_in_order_less_than_half_is_held(tmp_path: Path, row_group: int) -> None:
    numbers = np.random.default_rng(7).integers(2**40, size=(2, ROWS))
    frame = pl.DataFrame({"one": numbers[0], "other": numbers[1]})
    file = tmp_path / "numbers.parquet"
    frame.write_parquet(file, row_group_size=row_group, statistics=False)
    before, held, total = pa.total_allocated_bytes(), 0, np.int64(0)
    with open_parquet(file) as rows:
        for batch in rows.iter_batches(BATCH):
            held = max(held, pa.total_allocated_bytes() - before)
            total += batch["one"].to_numpy().sum()
    assert held < file.stat().st_size / 2
    assert total == numbers[0].sum()
