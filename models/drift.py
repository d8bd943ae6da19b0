"""How far numbers have moved from a reference, and how far chance alone would move so many of them.

The population stability index is the sum over bins of (current share - reference share) x ln(current / reference),
with the deciles of the reference as bins and half a row as the least that a bin holds. Without any drift it is
about (1/n + 1/m) times a chi-square of (bins - 1) degrees of freedom for n and m rows (Yurdakul and Naranjo 2020,
"Statistical properties of the population stability index"), so that of a small window it exceeds any fixed limit by
chance alone. A limit is therefore over only where the index is also above what chance gives, at a level that is shared
among all the numbers that are looked at (Bonferroni).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from features.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

PARTS = 10
LEAST_HELD = 0.5
"""Rows that a bin counts as holding at least: a share of 0 has no logarithm."""

CHANCE = 0.05
"""Of so many comparisons without any drift, one number or more is above what is called chance."""
FEW_VALUES = 50
"""Of fewer on either side the chance of a distance is counted out: of one or two, the approximation makes it 0."""
LOOKS = 3
"""At its index, its distance and what is missing of it."""


@dataclass(frozen=True)
class Limits:
    """From where on a shift is large; the index from Siddiqi 2006, "Credit Risk Scorecards" (0.1 some, 0.25 much).

    Attributes:
        psi: Population stability index.
        distance: Largest distance between the two distribution functions (Kolmogorov and Smirnov).
        missing: Change of the share of missing values.
    """

    psi: float = 0.2
    distance: float = 0.2
    missing: float = 0.1


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True)
class Bins:
    """Numbers counted into bins.

    Attributes:
        edges: Inner edges, rising; a bin goes up to its edge and includes it.
        counts: Known numbers in each bin, one more than there are edges.
        missing: Numbers that are not known.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    missing: int

    @classmethod
    def of(cls, values: Floats) -> Bins:
        """The deciles of these numbers as bins, and how many of them lie in each; NaN is not known."""
        known = values[~np.isnan(values)]
        inner = np.arange(1, PARTS) / PARTS
        edges = np.unique(np.quantile(known, inner, method="inverted_cdf")) if len(known) else np.empty(0)
        return cls(tuple(edges.tolist()), (), 0).filled(values)

    def filled(self, values: Floats) -> Bins:
        """Other numbers counted into the same bins."""
        known = values[~np.isnan(values)]
        place = np.searchsorted(self.edges, known, side="left")
        counts = np.bincount(place, minlength=len(self.edges) + 1)
        return Bins(self.edges, tuple(counts.tolist()), len(values) - len(known))

    @property
    def known(self) -> int:
        """How many numbers are known."""
        return sum(self.counts)

    @property
    def rows(self) -> int:
        """How many numbers there are."""
        return self.known + self.missing

    @property
    def missing_share(self) -> float:
        """Share of the numbers that is not known."""
        return self.missing / self.rows if self.rows else 0.0


@dataclass(frozen=True)
class Reference:
    """What a model's signals, and its scores of creators it had not seen, looked like when it was trained."""

    score: Bins
    signals: Mapping[str, Bins]

    @classmethod
    def of(cls, score: Floats, signals: Mapping[str, Floats]) -> Reference:
        """Count scores and signals, one number a creator, into their deciles."""
        return cls(Bins.of(score), {name: Bins.of(values) for name, values in signals.items()})

    def save(self, path: Path) -> None:
        """Write it as JSON."""
        path.write_text(json.dumps(asdict(self), allow_nan=False) + "\n", "utf-8")

    @classmethod
    def load(cls, path: Path) -> Reference:
        """Read what `save` wrote; ContractError where that cannot be read."""
        try:
            found = json.loads(path.read_text("utf-8"))
            return cls(_bins(found["score"]), {name: _bins(one) for name, one in found["signals"].items()})
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ContractError(
                f"{path}: cannot be read as the reference of a model: {type(error).__name__}"
            ) from error


@dataclass(frozen=True)
class Shift:
    """How far one number has moved.

    Attributes:
        name: The signal, or the score.
        rows: Rows of the reference and now.
        psi: Population stability index of the known values; None where either side knows none.
        psi_chance: What chance alone stays below.
        distance: Of the distribution functions; None where the values themselves are not at hand.
        distance_p: How likely as large a distance is without drift.
        missing: Share of missing values in the reference and now.
        missing_chance: How far that share moves by chance alone.
        level: The level of chance that the figures are held against.
    """

    name: str
    rows: tuple[int, int]
    psi: float | None
    psi_chance: float | None
    distance: float | None
    distance_p: float | None
    missing: tuple[float, float]
    missing_chance: float
    level: float

    def over(self, limits: Limits = DEFAULT_LIMITS) -> tuple[str, ...]:
        """Which of psi, distance and missing are over the limit and above chance."""
        far = self.psi is not None and self.psi_chance is not None and self.psi > max(limits.psi, self.psi_chance)
        apart = self.distance is not None and self.distance > limits.distance and (self.distance_p or 0.0) < self.level
        change = abs(self.missing[1] - self.missing[0])
        gone = change > max(limits.missing, self.missing_chance)
        return tuple(name for name, true in (("psi", far), ("distance", apart), ("missing", gone)) if true)


def shift(name: str, reference: Bins, current: Bins, *, compared: int = 1) -> Shift:
    """How far `current` has moved from `reference`, in whose bins it was counted.

    Args:
        name: What the numbers are.
        reference: How they were.
        current: How they are.
        compared: So many numbers are looked at together, and share the level of chance.
    """
    level = CHANCE / (LOOKS * max(compared, 1))
    index = psi(reference, current) if reference.known and current.known else None
    return Shift(
        name=name,
        rows=(reference.rows, current.rows),
        psi=index,
        psi_chance=None if index is None else psi_by_chance(reference, current, level),
        distance=None,
        distance_p=None,
        missing=(reference.missing_share, current.missing_share),
        missing_chance=_missing_by_chance(reference, current, level),
        level=level,
    )


def psi(reference: Bins, current: Bins) -> float:
    """Population stability index of the known values."""
    before, now = _shares(reference), _shares(current)
    return float(np.sum((now - before) * np.log(now / before)))


def psi_by_chance(reference: Bins, current: Bins, level: float) -> float:
    """What the index stays below without drift but with probability `level`.

    The second factor makes up for bins of a few rows, whose logarithm has a longer tail than the chi-square: in
    100,000 simulated windows each of 30 to 500 rows the rate stays at or below `level`, for 0.05 and for 0.0005.
    """
    from scipy.stats import chi2  # loads for longer than a model does, and who only scores asks for no chances

    used = int(np.sum(np.add(reference.counts, current.counts) > 0))
    spread = (1 / reference.known + 1 / current.known) * (1 + 2 * used / min(reference.known, current.known))
    return float(spread * chi2.ppf(1 - level, max(used - 1, 1)))


def distance(reference: Floats, current: Floats) -> tuple[float, float] | None:
    """Largest distance of the two distribution functions and its p-value; None where either side knows nothing."""
    from scipy.stats import ks_2samp

    before, now = (values[~np.isnan(values)] for values in (reference, current))
    if not len(before) or not len(now):
        return None
    few = min(len(before), len(now)) < FEW_VALUES
    found = ks_2samp(before, now, method="exact" if few else "asymp")
    return float(found.statistic), float(found.pvalue)


def _shares(bins: Bins) -> Floats:
    return np.maximum(np.array(bins.counts, dtype=np.float64), LEAST_HELD) / bins.known


def _missing_by_chance(reference: Bins, current: Bins, level: float) -> float:
    from scipy.stats import norm

    if not reference.rows or not current.rows:
        return 1.0
    pooled = (reference.missing + current.missing + 1) / (reference.rows + current.rows + 2)
    return float(norm.ppf(1 - level / 2) * np.sqrt(pooled * (1 - pooled) * (1 / reference.rows + 1 / current.rows)))


def _bins(found: Mapping[str, list[float]]) -> Bins:
    return Bins(
        edges=tuple(float(edge) for edge in found["edges"]),
        counts=tuple(int(count) for count in found["counts"]),
        missing=int(found["missing"]),  # type: ignore[call-overload]  # JSON: a number here, lists above
    )
