"""Records to signals, many creators and one, beside the same signals in pandas (`pandas_signals/`).

Every creator has 30 posts, 100 comments and 90 days of history, without followers and with 400 of them. Both sides
start from tables in memory with their types, and have no context and no models. That every signal that pandas gives is
Bonafide's to 1e-9 is checked first. `the same signals` leaves out of Bonafide what makes the others (surges, MinHash,
languages, orders of commenters); `all signals` is `features.build` as it is. Of many creators the fastest run counts,
of one the median over several creators in turn.

    python bench/bench_signals.py [--creators 2000] [--followers 0 400] [--singles 8] [--runs 5]
"""

from __future__ import annotations

import warnings
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING
from unittest import mock

import numpy as np
import pandas_signals
import polars as pl
from pandas_signals.frames import frames_of
from results import Results, Table, in_turn, medians_in_turn, options, rate, times
from sized import sized

import features
from features import SIGNAL_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from features.records import Tables

warnings.simplefilter("ignore")

FOLLOWERS = [0, 400]
CLOSE = 1e-9
SAME, WHOLE, PANDAS = "the same signals", "all signals", "pandas"


def main() -> None:
    """Print the table."""
    parser = options(__doc__)
    parser.add_argument("--creators", type=int, default=2_000, help="creators in bulk")
    parser.add_argument("--followers", type=int, nargs="+", default=FOLLOWERS, help="sampled followers of each")
    parser.add_argument("--singles", type=int, default=8, help="creators of whom each is timed alone")
    parser.add_argument("--runs", type=int, default=5, help="runs of all of them, and of each alone")
    asked = parser.parse_args()
    found = Results("signals")
    rows = []
    for followers in asked.followers:
        tables = sized(asked.creators, followers=followers)
        check(tables)
        one, many = alone(tables, asked.singles, asked.runs), in_bulk(tables, asked.runs)
        for creators, took in ((1, one), (asked.creators, many)):
            rows.append(row(creators, followers, took))
            found.figures[f"{creators} creators, {followers} followers"] = took
    found.figures.update(covered=list(pandas_signals.COVERED), of=len(SIGNAL_NAMES))
    counted = f"{len(pandas_signals.COVERED)} of {len(SIGNAL_NAMES)}"
    columns = ("", "pandas / same signals", "pandas / all signals", f"{counted} signals", "all signals", "pandas")
    title = f"Records to signals: {counted} of Bonafide's signals in pandas, equal to {CLOSE:g}"
    found.tables.append(Table(title, columns, rows))
    found.tell(asked)


def check(tables: Tables) -> None:
    """Every signal of pandas is Bonafide's, known and unknown alike, also where only those are worked out."""
    theirs = pandas_signals.signals(frames_of(tables))
    with only_covered():
        few = features.build(tables)
    for ours in (features.build(tables), few):
        for name in pandas_signals.COVERED:
            mine, other = ours[name].to_numpy(), theirs[name].to_numpy()
            assert np.allclose(mine, other, rtol=CLOSE, atol=CLOSE, equal_nan=True), name


@contextmanager
def only_covered() -> Iterator[None]:
    """Bonafide without what makes the signals that are not written in pandas; these become null or 0 meanwhile."""

    def no_language(comments: pl.Series, *_: pl.Series) -> pl.Series:
        return pl.Series([None], dtype=pl.Float64).new_from_index(0, len(comments))

    def no_near_duplicates(creators: pl.Series, *_: pl.Series) -> pl.Series:
        return pl.Series("near_duplicate", [None], dtype=pl.Boolean).new_from_index(0, len(creators))

    def no_order(creators: pl.Series, *_: pl.Series) -> list[pl.Series]:
        nothing = pl.Series([0], dtype=pl.Int64).new_from_index(0, len(creators))
        return [nothing.alias("agreements"), nothing.alias("disagreements")]

    left_out = {
        "features.text.wording.near_duplicates": lambda _: set(),
        "features.text.many_texts.near_duplicates_of_many": no_near_duplicates,
        "features.rows.comments.caption_language_shares": no_language,
        "features.rows.comments.order_of_return": no_order,
        "features.rows.history.surges": lambda _: (),
    }
    with ExitStack() as stack:
        for name, nothing in left_out.items():
            stack.enter_context(mock.patch(name, nothing))
        yield


def in_bulk(tables: Tables, runs: int) -> dict[str, float]:
    """Seconds for all of them at once, by way."""
    frames = frames_of(tables)
    return in_turn(
        {
            SAME: lambda: same(tables),
            WHOLE: lambda: features.build(tables),
            PANDAS: lambda: pandas_signals.signals(frames),
        },
        runs,
    )


def alone(tables: Tables, creators: int, runs: int) -> dict[str, float]:
    """Median seconds for one creator, over so many of them, by way."""
    found: dict[str, list[float]] = {}
    for creator_id in tables.creators["creator_id"].head(creators):
        own = tables.select([creator_id])
        frames = frames_of(own)
        ways = {
            SAME: lambda own=own: same(own),
            WHOLE: lambda own=own: features.build(own),
            PANDAS: lambda frames=frames: pandas_signals.signals(frames),
        }
        for way, took in medians_in_turn(ways, runs).items():
            found.setdefault(way, []).append(took)
    return {way: float(np.median(each)) for way, each in found.items()}


def same(tables: Tables) -> pl.DataFrame:
    """Bonafide's signals as far as pandas has them."""
    with only_covered():
        return features.build(tables)


def row(creators: int, followers: int, took: dict[str, float]) -> tuple[str, ...]:
    """A line of the table: ratios, then creators a second."""
    many = f"{creators:,} creators" if creators > 1 else "one creator"
    ratios = (times(took[PANDAS] / took[way]) for way in (SAME, WHOLE))
    rates = (f"{rate(creators / took[way])} / s" for way in (SAME, WHOLE, PANDAS))
    return (f"{many}, {followers} followers each", *ratios, *rates)


if __name__ == "__main__":
    main()
