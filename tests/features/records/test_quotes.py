"""Quotes in CSV that are misplaced are found, however the file is read."""

from __future__ import annotations

import csv
import io

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.records import quotes
from features.records.quotes import misplaced

CELLS = ["a", '5" tall', '"x, y"', '"a ""b"""', '"a\nb"', '"5\\" tall"', "", '""', ' "z"', '"z" ', 'say "hi"', '"', "é"]


@pytest.mark.parametrize("chunk", [1, 2, 5, 2**24])
@given(rows=st.lists(st.tuples(st.sampled_from(CELLS), st.sampled_from(CELLS)), min_size=1, max_size=4))
def test_a_quote_is_misplaced_where_a_strict_reader_says_so(chunk: int, rows: list[tuple[str, str]]) -> None:
    text = "".join(",".join(("1", *row)) + "\n" for row in rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quotes, "_CHUNK", chunk)
        found = misplaced(io.BytesIO(text.encode()), ",")
    try:
        expected = sum(1 for _ in csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error:
        assert found is not None
        return
    assert found is None
    try:
        read = pl.read_csv(text.encode(), has_header=False, infer_schema=False)
    except pl.exceptions.PolarsError:
        return  # said, and not silent
    assert read.height == expected


def test_a_value_in_quotes_may_be_longer_than_python_reads_unless_told() -> None:
    long = "x" * (csv.field_size_limit() + 1)
    assert misplaced(io.BytesIO(f'a,say "hi","{long}"\n'.encode()), ",") is None
    assert misplaced(io.BytesIO(f'a,"{long}"\nb,"y" z\n'.encode()), ",") == 2
