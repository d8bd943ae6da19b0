from __future__ import annotations

import polars as pl
import pytest

from features.distinct import FEW, all_differ


@pytest.mark.parametrize("rows", [2, FEW + 1])
def test_few_values_differ_where_many_do(rows: int) -> None:
    days = pl.Series(range(rows)).cast(pl.Date)
    assert all_differ(days)
    assert all_differ(days.cast(pl.String))
    assert not all_differ(days.append(days.head(1)))
