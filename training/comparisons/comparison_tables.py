"""A comparison as tables for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.comparisons.paired import CUT_OFFS, FIGURES
from training.evaluation_tables import Table
from training.metrics import FEWEST_IN_SLICE, FEWEST_OF_EITHER

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from training.comparisons.paired import Difference

TURNS = 7
"""Turns in which both are timed."""

_COLUMNS = ("champion", "challenger", "difference", "lo", "hi")


def parts(found: Difference) -> dict[str, float]:
    """A difference taken apart, by the names that figures have."""
    return {
        "champion": found.champion,
        "challenger": found.challenger,
        "difference": found.difference,
        "difference_lo": found.lo,
        "difference_hi": found.hi,
    }


def tables_of(
    overall: Mapping[str, Difference],
    slices: Mapping[str, Difference],
    figures: Mapping[str, float],
    rows: pl.DataFrame,
) -> tuple[Table, ...]:
    """A comparison's tables.

    Args:
        overall: Differences over everyone, by figure.
        slices: Differences in average precision, by slice.
        figures: Of the comparison.
        rows: `label` of the creators that both answer for.
    """
    return _overall(overall, figures, rows), _by_slice(slices), _disagreements(figures), _costs(figures)


def _overall(overall: Mapping[str, Difference], figures: Mapping[str, float], rows: pl.DataFrame) -> Table:
    answered = tuple(figures[f"answered/{name}"] for name in ("champion", "challenger", "difference"))
    return Table(
        "Comparison: overall",
        ("figure", *_COLUMNS),
        [*((name, *parts(overall[name]).values()) for name in FIGURES), ("answered", *answered, None, None)],
        f"On {rows.height:,} creators that both answer, {int(rows['label'].sum()):,} of them fraud. "
        f"lo and hi: paired bootstrap of the difference, 95 %. {_cut_offs()}",
    )


def _by_slice(slices: Mapping[str, Difference]) -> Table:
    return Table(
        "Comparison: average precision by slice",
        ("slice", *_COLUMNS),
        [(name, *parts(found).values()) for name, found in slices.items()],
        f"Slices of {FEWEST_IN_SLICE} creators or more with {FEWEST_OF_EITHER} of either verdict; of 99 %.",
    )


def _disagreements(figures: Mapping[str, float]) -> Table:
    told = ("challenger_right", "champion_right", "p", "p_worse")
    return Table(
        "Comparison: where they disagree on who is flagged",
        ("from", "only challenger right", "only champion right", "p", "p worse"),
        [(band, *(figures[f"mcnemar_at_{band}/{name}"] for name in told)) for band in CUT_OFFS],
        "Creators whom only one of the two flags, by who is right. McNemar's exact test; p: as uneven by chance; "
        "p worse: the challenger as much worse by chance.",
    )


def _costs(figures: Mapping[str, float]) -> Table:
    return Table(
        "Comparison: cost",
        ("cost", "champion", "challenger", "ratio"),
        [
            ("seconds for 1,000 explained rows", *_seconds(figures), figures["latency/ratio"]),
            ("bytes", figures["size/champion_bytes"], figures["size/challenger_bytes"], figures["size/ratio"]),
            ("trees", figures["size/champion_trees"], figures["size/challenger_trees"], None),
        ],
        f"Timed in turns in this run, the best of {TURNS}. Ratio: challenger / champion.",
    )


def _seconds(figures: Mapping[str, float]) -> tuple[float, float]:
    """For a thousand rows."""
    champion, challenger = (1000 / figures[f"latency/{who}_rows_a_second"] for who in ("champion", "challenger"))
    return champion, challenger


def _cut_offs() -> str:
    """Both are held to the same ones, so that costs do not pass for what a model knows."""
    named = " and ".join(f"{band} from {least:.2f}" for band, least in CUT_OFFS.items())
    return f"Of both {named}, whatever their profiles."
