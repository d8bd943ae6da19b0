"""The steps of NumPy give what Polars gives, to the last bit."""

from __future__ import annotations

import importlib
import math
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.alone import Columns, Program, Values, singles, steps
from features.records import read
from tests.features.conftest import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator

build, one = (importlib.import_module(f"features.{name}") for name in ("build", "one"))

COUNT, SHARE, FLAG, OTHER = (pl.col(name) for name in ("count", "share", "flag", "other"))
TIME, NAME, TEXT = pl.col("time"), pl.col("name"), pl.col("text")
LINK = r"(?i)https?://|www\.|\.(?:com|is)\b"
KNOWN = COUNT.is_not_null()
RATIO = (SHARE - SHARE.max()) / COUNT  # not a number, or infinite, beside a count of 0

TEXTS = st.sampled_from(
    ["WWW.", "www", ".com", ".COM", "é", "ı", "\u017f", "\u0301", "7", "12", " ", "\n", "🙌", "HTTPS://", "x"]
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "count": st.none() | st.integers(0, 10**9),
            "share": st.none() | st.floats(-1e6, 1e6, allow_nan=False),
            "flag": st.none() | st.booleans(),
            "other": st.none() | st.booleans(),
            "time": st.none() | st.datetimes(datetime(1960, 1, 1), datetime(2030, 1, 1)),
            "name": st.sampled_from(["a", "b", "é", "z"]),
            "text": st.none() | st.lists(TEXTS, max_size=4).map("".join),
        }
    ),
    min_size=1,
    max_size=12,
)
SCHEMA = {
    "count": pl.Int64,
    "share": pl.Float64,
    "flag": pl.Boolean,
    "other": pl.Boolean,
    "time": pl.Datetime("us"),
    "name": pl.String,
    "text": pl.String,
}

SINGLE = {
    "counts": COUNT.count() + pl.len(),
    "sums": COUNT.sum() + FLAG.sum(),
    "mean": FLAG.mean(),
    "median": COUNT.median(),
    "median of floats": SHARE.median(),
    "linear": SHARE.quantile(0.9, "linear"),
    "nearest": COUNT.quantile(0.75, "nearest"),
    "extremes": SHARE.max() - SHARE.min(),
    "ends": COUNT.first() - COUNT.last(),
    "distinct": NAME.n_unique() + COUNT.n_unique(),
    "most frequent": COUNT.unique_counts().max(),
    "over one": (COUNT / SHARE.max()).max(),
    "one over": (SHARE.max() / COUNT).min(),
    "ones": COUNT.max() / FLAG.sum(),
    "reciprocal": (SHARE * (1.0 / COUNT.max())).max(),
    "difference": SHARE.diff().abs().max(),
    "shifted": COUNT.shift(1).max(),
    "logarithm": COUNT.log1p().median(),
    "logarithm of one": COUNT.max().log(),
    "either": (FLAG | OTHER).sum(),
    "both": (FLAG & OTHER).count(),
    "neither": (~FLAG & ~OTHER.fill_null(value=True)).mean(),
    "one flag": (FLAG & (COUNT.max() > 5)).count(),
    "when": pl.when(FLAG).then(COUNT).otherwise(SHARE).max(),
    "when null": pl.when(FLAG).then(COUNT).count(),
    "when one": pl.when(COUNT.count() >= 3).then(SHARE.median()),
    "filtered": SHARE.filter(FLAG & (COUNT > 3)).max(),
    "clipped": SHARE.clip(0.0).max() + SHARE.clip(None, 0.4).min() + SHARE.max().clip(0, 1),
    "extremes beside no number": RATIO.max() - RATIO.min(),
    "above": (RATIO > -0.5).sum() + (RATIO < -0.5).sum() * 100,
    "at least": (RATIO >= -0.5).sum() + (RATIO <= -0.5).sum() * 100,
    "equal": (RATIO.shift(1) == RATIO).sum() + (RATIO.shift(1) != RATIO).sum() * 100,
    "least beside no number": pl.min_horizontal(RATIO, SHARE).min(),
    "known": KNOWN.sum() + COUNT.is_null().sum(),
    "beside": pl.sum_horizontal(FLAG, OTHER).max(),
    "least": pl.min_horizontal(COUNT, SHARE).max(),
    "greatest": pl.max_horizontal(COUNT.count(), FLAG.sum()),
    "first known": pl.coalesce(COUNT, SHARE).max(),
    "filled": COUNT.fill_null(0).max(),
    "days": (TIME.max().dt.date() - TIME.min().dt.date()).dt.total_days(),
    "minutes": TIME.diff().dt.total_minutes().median(),
    "seconds": (TIME - TIME.shift(1)).dt.total_seconds().max(),
    "since": COUNT.filter(TIME.max() - timedelta(days=30) <= TIME).max(),
    "rounded": (SHARE * 3).round().cast(pl.Int64).sum(),
    "negated": (-SHARE).max(),
    "named": (NAME == "é").sum(),
    "characters": TEXT.str.len_chars().max(),
    "digits": TEXT.str.count_matches("[0-9]").sum(),
    "links": TEXT.str.contains(LINK).sum(),
    "one text": TEXT.first().str.contains(LINK),
    "within": COUNT.drop_nulls().sort().search_sorted(COUNT.drop_nulls().sort() + 30, side="left").cast(pl.Int64).max(),
}
SEVERAL = {
    "ids": NAME.filter(FLAG).sort().head(3),
    "ids by another": NAME.filter(KNOWN).sort_by(-COUNT.filter(KNOWN), NAME.filter(KNOWN)).head(3),
    "days": TIME.drop_nulls().dt.date().sort().cast(pl.String),
}


def same(found: Any, wanted: Any) -> bool:
    if isinstance(found, float) and isinstance(wanted, float) and math.isnan(wanted):
        return math.isnan(found)
    return bool(found == wanted)


@given(ROWS)
@settings(max_examples=60)
def test_every_step_gives_what_polars_gives(rows: list[dict[str, Any]]) -> None:
    frame = pl.DataFrame(rows, schema=SCHEMA)
    program = Program([expression.alias(name) for name, expression in SINGLE.items()])
    assert not program.rest
    found = program.over(Columns(frame))
    for name, expression in SINGLE.items():
        wanted = frame.select(expression).item()
        assert same(found[name], wanted), (name, found[name], wanted)


@given(ROWS)
@settings(max_examples=30)
def test_lists_are_those_of_polars(rows: list[dict[str, Any]]) -> None:
    frame = pl.DataFrame(rows, schema=SCHEMA)
    program = Program([expression.alias(name) for name, expression in SEVERAL.items()])
    assert not program.rest
    for name, values in program.over(Columns(frame)).items():
        assert isinstance(values, Values)
        assert values.data.tolist() == frame.select(SEVERAL[name]).to_series().to_list(), name


def test_one_row_is_read_as_it_stands() -> None:
    moment = datetime(2024, 5, 31, 12, tzinfo=UTC)
    row = singles({"at": moment, "day": moment.date(), "list": [1.0, 2.0], "place": 1, "far": 9, "none": None})
    program = Program(
        [
            (pl.col("day") - pl.col("at").dt.date()).dt.total_days().alias("days"),
            pl.col("list").list.get(pl.col("place"), null_on_oob=True).alias("got"),
            pl.col("list").list.get(pl.col("far"), null_on_oob=True).alias("beyond"),
            (pl.col("none") + 1).alias("null"),
        ]
    )
    assert program.over(row) == {"days": 0, "got": 2.0, "beyond": None, "null": None}


def test_only_what_is_asked_for_is_worked_out() -> None:
    program = Program([COUNT.max().alias("most"), pl.col("absent").max().alias("other")])
    assert program.over(Columns(pl.DataFrame({"count": [1, 3]})), ["most"]) == {"most": 3}


def test_what_cannot_be_read_is_left_to_polars() -> None:
    unread = NAME.str.to_titlecase().alias("title")
    program = Program([COUNT.max().alias("most"), unread])
    assert program.names == ["most"]
    assert [one.meta.output_name() for one in program.rest] == ["title"]


@pytest.mark.parametrize("pattern", [r"\p{L}", "a$", r"\s", "(?x)a b", "x?", "[^a]", r"(?-u:\b)a"])
def test_patterns_that_python_may_read_otherwise_are_left_to_polars(pattern: str) -> None:
    assert Program([TEXT.str.contains(pattern)]).rest


def test_sums_that_depend_on_the_order_of_their_terms_are_refused() -> None:
    with pytest.raises(TypeError, match="not exact"):
        Program([SHARE.sum()]).over(Columns(pl.DataFrame({"share": [0.1, 0.2]})))


def test_every_signal_over_rows_of_posts_history_comments_and_followers_is_read() -> None:
    programs = [*one._aggregating().values(), *one._citing().values()]
    assert not any(program.rest for program in programs)


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Steps that are taken away are missed by the programs of this test alone."""
    kept = (one._aggregating, one._finishing, one._citing)
    for made in kept:
        made.cache_clear()
    yield monkeypatch
    for made in kept:
        made.cache_clear()


def test_what_is_left_to_polars_gives_the_same(forgetful: pytest.MonkeyPatch) -> None:
    record = {
        "creator_id": "c1",
        "platform": "instagram",
        "followers": 5_000,
        "posts": [{"post_id": f"p{k}", "likes": 100 + 7 * k, "comments": k, "caption": "a giveaway"} for k in range(9)],
    }
    rows = build.prepare(read([record], now=NOW), None)
    signals, evidence = build.signals(rows, None), build.evidence(rows)
    for made in (one._aggregating, one._finishing, one._citing):
        made.cache_clear()
    for step in ("Filter", "{Quantile: {method: Linear}}", "Log1p"):
        forgetful.delitem(steps.STEPS, step)
    assert build.signals(rows, None).equals(signals)
    assert build.evidence(rows).equals(evidence)
    assert one._aggregating()["posts"].rest
    assert one._citing()["posts"].rest


def test_parts_that_expressions_share_are_worked_out_once() -> None:
    times: list[np.ndarray[Any, Any]] = []

    class Counted(Columns):
        def __getitem__(self, name: str) -> Values:
            times.append(np.zeros(1))
            return super().__getitem__(name)

    program = Program([COUNT.max().alias("most"), (COUNT.max() - COUNT.min()).alias("range")])
    assert program.over(Counted(pl.DataFrame({"count": [1, 3]}))) == {"most": 3, "range": 2}
    assert len(times) == 1
