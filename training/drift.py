"""Whether creators who are scored now look like those before: signals and scores, overall and by slice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from features.errors import UsageError
from models.boosters import booster as boosters
from models.drift import CHANCE, DEFAULT_LIMITS, Bins, Limits, Reference, Shift, distance, shift
from training.evaluation_tables import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from features.records import Tables
    from models.fraud import FraudBundle

    Floats = NDArray[np.float64]
    Moved = tuple[str, Shift]

ALL = "all"
SCORE = "score"
SLICED_BY = ("platform", "tier", "language")
FEWEST = 30
"""Creators of a slice, on either side, below which it is left out."""
COLUMNS = ("rows before", "rows now", "psi", "by chance", "distance", "missing before", "missing now", "over")


@dataclass(frozen=True)
class Drift:
    """How far everything has moved.

    Attributes:
        slices: By slice, `ALL` first: the score, then the signals.
        bins: Of everyone, by name: the reference, and now.
        limits: What is held against.
    """

    slices: Mapping[str, tuple[Shift, ...]]
    bins: Mapping[str, tuple[Bins, Bins]]
    limits: Limits

    @property
    def over(self) -> list[Moved]:
        """Slice and shift of everything that is over a limit and above chance."""
        return [(name, one) for name, found in self.slices.items() for one in found if one.over(self.limits)]

    @property
    def tables(self) -> list[Table]:
        """Everyone, by how far each number moved; of slices, if there are any, the score and what is over a limit."""
        everyone = self.slices[ALL]
        ordered = sorted(everyone, key=lambda one: (not one.over(self.limits), -(one.psi or 0.0)))
        sliced = [
            (f"{name}: {one.name}", *_cells(one, self.limits))
            for name, found in self.slices.items()
            if name != ALL
            for one in found
            if one.name == SCORE or one.over(self.limits)
        ]
        limits = self.limits
        note = (
            f"psi: population stability index, over from {limits.psi:g}; by chance: what it stays below without drift. "
            f"distance: of Kolmogorov and Smirnov, over from {limits.distance:g}. missing: share not known, over "
            f"from a change of {limits.missing:g}. Each is over only where it is beyond chance too, at {CHANCE:.0%} "
            "shared by all that is compared."
        )
        rows: list[tuple[object, ...]] = [(one.name, *_cells(one, self.limits)) for one in ordered]
        tables = [Table("Drift: everyone", ("number", *COLUMNS), rows, note)]
        if sliced:
            told = "The score, and what is over a limit."
            tables.append(Table("Drift: by slice", ("slice", *COLUMNS), sliced, told))
        return tables


def scored_frame(bundle: FraudBundle, tables: Tables) -> pl.DataFrame:
    """What is compared, of records: signals and probability, with the columns of the slices."""
    signals = bundle.signals(tables)
    verdict = bundle.verdict(signals).select("creator_id", "probability")
    about = tables.creators.select("creator_id", "language")
    return signals.join(verdict, on="creator_id", maintain_order="left").join(about, on="creator_id", how="left")


def drift(
    reference: pl.DataFrame | Reference,
    current: pl.DataFrame,
    names: Sequence[str],
    limits: Limits = DEFAULT_LIMITS,
) -> Drift:
    """Compare two sets of scored creators, or one with what a model was trained on.

    Args:
        reference: Creators as they were: `probability` and, as far as known, signals and columns of slices; or a
            model's reference, of which there are no slices and no distances.
        current: Creators as they are now.
        names: Signals to look at.
        limits: From where on a shift counts as large.

    Raises:
        UsageError: One side has no score.
    """
    for frame in (reference, current):
        if isinstance(frame, pl.DataFrame) and ("probability" not in frame.columns or not frame.height):
            raise UsageError("there is no score to compare: a side is empty or has no column 'probability'")
    now = {ALL: _numbers(current, names)}
    if isinstance(reference, Reference):
        before = {SCORE: reference.score, **{name: reference.signals[name] for name in names}}
        bins = {
            name: (before[name], before[name].filled(values)) for name, values in now[ALL].items() if name in before
        }
        return Drift({ALL: tuple(shift(n, *both, compared=len(bins)) for n, both in bins.items())}, bins, limits)
    then = {ALL: _numbers(reference, names)}
    for name, one, other in _sliced(reference, current):
        then[name], now[name] = _numbers(one, names), _numbers(other, names)
    pairs = {name: [one for one in then[name] if one in now[name]] for name in then}
    compared = sum(len(shared) for shared in pairs.values())
    slices = {
        name: tuple(_shift(one, then[name][one], now[name][one], compared) for one in shared)
        for name, shared in pairs.items()
    }
    bins = {one: _binned(then[ALL][one], now[ALL][one]) for one in pairs[ALL]}
    return Drift(slices, bins, limits)


def _sliced(reference: pl.DataFrame, current: pl.DataFrame) -> list[tuple[str, pl.DataFrame, pl.DataFrame]]:
    """The slices of which both sides have enough."""
    found = []
    for column in (name for name in SLICED_BY if name in reference.columns and name in current.columns):
        parts = current.drop_nulls(column).partition_by(column, as_dict=True)
        for (value,), before in sorted(reference.drop_nulls(column).partition_by(column, as_dict=True).items()):
            now = parts.get((value,), current.clear())
            if min(before.height, now.height) >= FEWEST:
                found.append((f"{column} {value}", before, now))
    return found


def _numbers(frame: pl.DataFrame, names: Sequence[str]) -> dict[str, Floats]:
    """The score, and the signals that are there, with NaN for null."""
    there = [name for name in names if name in frame.columns]
    columns = boosters.values(frame.select(pl.col("probability", *there).cast(pl.Float64)), ["probability", *there])
    return dict(zip([SCORE, *there], columns.T, strict=True))


def _binned(before: Floats, now: Floats) -> tuple[Bins, Bins]:
    bins = Bins.of(before)
    return bins, bins.filled(now)


def _shift(name: str, before: Floats, now: Floats, compared: int) -> Shift:
    found, apart = shift(name, *_binned(before, now), compared=compared), distance(before, now)
    return found if apart is None else replace(found, distance=apart[0], distance_p=apart[1])


def _cells(one: Shift, limits: Limits) -> tuple[object, ...]:
    return (*one.rows, one.psi, one.psi_chance, one.distance, *one.missing, ", ".join(one.over(limits)))
