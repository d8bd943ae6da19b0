"""How many of a sample are fake: prevalence from probabilities that are biased on a source never seen.

Counting probabilities over one half is off by as much as the model errs, however large the sample. Two corrections:

- EM (Saerens, Latinne and Decaestecker 2002): the prior under which the probabilities agree with their own mean. It
  gives the share: on labelled Instagram sets, leaving one out, it is nearer the truth than PACC;
- PACC (Bella et al. 2010): the sample's mean score between the mean scores of genuine and of fake profiles in
  sources that the model had not seen. It gives the interval.

How far they disagree tells of a shift, and so do scores beyond those of all sources. The interval bootstraps three
things: which source the sample resembles, the profiles that the means were taken over, and the sample itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from features.histories.series import quantile_in_order
from models.verdicts.wilson import Z, wilson

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

FEWEST = 100
"""A share of fewer followers is not given: its sampling error alone would be up to ten points."""
STEPS = 1_000
"""Probabilities are counted in thousandths, so that sums are exact in any order."""
MILLION = 1_000_000
SHARPNESS = 3.0
"""PACC's score is sigmoid(3 x log odds): the nearer it is to a count, the less a source's own level moves its mean."""
REPLICATES = 400
SEED = 0
LEVEL = 0.95
EM_STEPS = 60
EM_CLOSE = 1e-5
BETWEEN = 0.1
"""Standard deviation of a class's mean score between sources, where only one source is known: about what it is among
the labelled Instagram sets."""
PLENTY = 400
"""In larger samples the two corrections differ by what sources differ in, as the interval has it, and not by chance:
of samples of 5,000 of labelled Instagram sets left out 66 % would be told to be unlike these, of 400 it is 7 %."""
LEAST_GAP = 0.05
"""Mean scores of fakes and genuine that lie nearer than this tell nothing."""


@dataclass(frozen=True)
class Shares:
    """Shares of c creators, each an array of c; NaN where there are too few profiles.

    Attributes:
        share: By expectation maximisation.
        lo: Lower end of the 95 % interval.
        hi: Upper end.
        pacc: Probabilistic adjusted classify and count.
        shift: PACC and EM disagree beyond what sampling of up to `PLENTY` allows, or the scores are beyond those of
            every source.
    """

    share: Floats
    lo: Floats
    hi: Floats
    pacc: Floats
    shift: NDArray[np.bool_]


@dataclass(frozen=True)
class Prevalence:
    """Mean scores by class and source, from rows whose source the scoring model had not seen.

    Attributes:
        prior: Share of fakes that the probabilities assume.
        means: Sources x availabilities x (genuine, fake): mean score.
        errors: Their standard errors.
    """

    prior: float
    means: tuple[tuple[tuple[float, float], ...], ...]
    errors: tuple[tuple[tuple[float, float], ...], ...]

    @property
    def kinds(self) -> int:
        """How many availabilities are told apart."""
        return len(self.means[0])

    def shares(self, counts: Ints, available: Ints) -> Shares:
        """Share of fakes in each of c samples.

        Args:
            counts: c x (STEPS + 1): profiles by probability in thousandths; see `counted`.
            available: c x availabilities: profiles by what is known of them.
        """
        n = counts.sum(axis=1)
        size = np.maximum(n, 1)[:, None]
        mean = (counts @ _SCORES) / (MILLION * size[:, 0])
        square = (counts @ _SCORES**2) / (MILLION**2 * size[:, 0])
        error = np.sqrt(np.maximum(square - mean**2, 0.0) / size[:, 0])
        weights = available / size
        centre = np.stack([_mixed(weights, self._centre[:, kind][:, None])[:, 0] for kind in (0, 1)])
        gap = np.maximum(centre[1] - centre[0], LEAST_GAP)
        pacc = np.clip((mean - centre[0]) / gap, 0.0, 1.0)
        share = np.array([expectation_maximisation(row, self.prior) for row in counts], dtype=np.float64)
        lo, hi, beyond = self._interval(mean, error, weights, share - pacc)
        # Where both say none or all because there is nothing beyond, they agree on a sample of any other kind.
        chance = error * np.sqrt(np.maximum(size[:, 0] / PLENTY, 1.0))
        shift = beyond | (np.abs(pacc - share) > np.sqrt(2) * Z * chance / gap)
        few = n < FEWEST
        at_least, at_most = wilson(share, size[:, 0])
        lo, hi = np.minimum(lo, at_least), np.maximum(hi, at_most)
        share, lo, hi, pacc = (np.where(few, np.nan, one) for one in (share, lo, hi, pacc))
        return Shares(share, lo, hi, pacc, shift & ~few)

    def _interval(
        self, mean: Floats, error: Floats, weights: Floats, moved: Floats
    ) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """Both ends, and whether the sample's scores are beyond those of all genuine or of all fakes."""
        genuine, fake, noise = self._replicates
        low = _mixed(weights, genuine)
        gap = np.maximum(_mixed(weights, fake) - low, LEAST_GAP)
        drawn = (mean[:, None] + error[:, None] * noise - low) / gap + moved[:, None]
        ordered = np.sort(drawn, axis=1)
        ends = ((1 - LEVEL) / 2, (1 + LEVEL) / 2)
        beyond = (quantile_in_order(ordered, ends[0]) > 1.0) | (quantile_in_order(ordered, ends[1]) < 0.0)
        lo, hi = (quantile_in_order(np.clip(ordered, 0.0, 1.0), end) for end in ends)
        return lo, hi, beyond

    @cached_property
    def _centre(self) -> Floats:
        """Availabilities x (genuine, fake): means over sources, each counting the same."""
        return np.asarray(np.mean(self.means, axis=0), dtype=np.float64)

    @cached_property
    def _replicates(self) -> tuple[Floats, Floats, Floats]:
        """Mean scores of genuine and of fake profiles (availabilities x replicates), and standard normals.

        A replicate takes one source as the one that the sample is like. Deviations from the mean of s sources are
        stretched by sqrt(s / (s - 1)), as their variance is to be that of a further source.
        """
        rng = np.random.default_rng(SEED)
        means, errors = np.asarray(self.means), np.asarray(self.errors)
        sources = len(means)
        source = rng.integers(0, sources, REPLICATES)
        normal = rng.standard_normal((4, REPLICATES))
        stretch = np.sqrt(sources / (sources - 1)) if sources > 1 else 0.0
        drawn = []
        for kind in (0, 1):
            own = self._centre[:, kind] + stretch * (means[source, :, kind] - self._centre[:, kind])
            further = 0.0 if sources > 1 else BETWEEN * normal[2 + kind][:, None]
            drawn.append((own + errors[source, :, kind] * normal[kind][:, None] + further).T)
        return drawn[0], drawn[1], rng.standard_normal(REPLICATES)


def fit_prevalence(
    probability: Floats, available: Sequence[Floats], label: Floats, source: NDArray[np.int64]
) -> Prevalence:
    """Mean scores by source and class of profiles whose source the scoring model had not seen.

    Args:
        probability: Calibrated, one a profile.
        available: The same profiles' probabilities had only the columns of each availability been known.
        label: 1 fake, 0 genuine.
        source: Number of each profile's source, from 0 up; each has profiles of both classes.
    """
    sources = range(int(source.max()) + 1)
    rates = [float(label[source == s].mean()) for s in sources]
    if not all(0.0 < rate < 1.0 for rate in rates) or len(probability) != len(label):
        raise ValueError("every source needs genuine and fake profiles")
    cells = [[[_cell(one, (source == s) & (label == kind)) for kind in (0, 1)] for one in available] for s in sources]
    means = tuple(tuple((row[0][0], row[1][0]) for row in rows) for rows in cells)
    errors = tuple(tuple((row[0][1], row[1][1]) for row in rows) for rows in cells)
    return Prevalence(float(np.mean(rates)), means, errors)


def counted(probability: Floats, sample: Ints, samples: int) -> Ints:
    """Samples x (STEPS + 1): profiles of each sample by probability in thousandths; unknown ones are left out."""
    known = ~np.isnan(probability)
    step = np.rint(probability[known] * STEPS).astype(np.int64)
    places = sample[known] * (STEPS + 1) + step
    return np.bincount(places, minlength=samples * (STEPS + 1)).reshape(samples, STEPS + 1).astype(np.int64)


def score(probability: Floats) -> Floats:
    """PACC's score of each probability, in millionths."""
    return np.asarray(_SCORES[np.rint(probability * STEPS).astype(np.int64)] / MILLION, dtype=np.float64)


def expectation_maximisation(counts: Ints, prior: float) -> float:
    """The share of fakes by EM, from profiles counted by probability in thousandths (see `counted`).

    Args:
        counts: STEPS + 1 counts.
        prior: Share of fakes that the probabilities assume.
    """
    known = np.flatnonzero(counts)
    if not len(known):
        return float("nan")
    p = np.clip(known / STEPS, 0.5 / STEPS, 1 - 0.5 / STEPS)
    fake, genuine, weight = p / prior, (1 - p) / (1 - prior), counts[known] / counts.sum()
    share = prior
    for _ in range(EM_STEPS):
        posterior = share * fake
        found = float((weight * posterior / (posterior + (1 - share) * genuine)).sum())
        if abs(found - share) < EM_CLOSE:
            return found
        share = found
    return share


def _scores() -> Ints:
    p = np.arange(STEPS + 1) / STEPS
    return np.rint(MILLION * p**SHARPNESS / (p**SHARPNESS + (1 - p) ** SHARPNESS)).astype(np.int64)


_SCORES = _scores()


def _mixed(weights: Floats, means: Floats) -> Floats:
    """Weights x means, added up in a fixed order: a matrix product's depends on how many rows there are."""
    mixed = np.zeros((len(weights), means.shape[1]))
    for place in np.flatnonzero(weights.any(axis=0)).tolist():  # of 64 availabilities a sample has a few
        mixed += weights[:, place][:, None] * means[place]
    return mixed


def _cell(probability: Floats, rows: NDArray[np.bool_]) -> tuple[float, float]:
    values = score(probability[rows])
    return round(float(values.mean()), 6), round(float(values.std() / np.sqrt(len(values))), 6)
