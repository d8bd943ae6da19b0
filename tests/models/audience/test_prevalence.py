"""Shares of fakes, beside another library's and against the truth."""

from __future__ import annotations

import importlib
import warnings
from typing import TYPE_CHECKING

import numpy as np
import pytest

from models.audience.prevalence import FEWEST, Prevalence, counted, expectation_maximisation, fit_prevalence, score

if TYPE_CHECKING:
    from types import ModuleType

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def drawn(rng: np.random.Generator, size: int, share: float, moved: float = 0.0) -> tuple[Floats, Floats]:
    """Labels, and probabilities that are calibrated at a share of one half where nothing is moved."""
    label = (rng.random(size) < share).astype(np.float64)
    log_odds = 4 * (label - 0.5) + 2 * rng.standard_normal(size) + moved
    return label, np.round(1 / (1 + np.exp(-log_odds)), 3)


def calibrated(rng: np.random.Generator, moves: tuple[float, ...]) -> Prevalence:
    parts = [drawn(rng, 1_500, 0.5, moved) for moved in moves]
    label, probability = (np.concatenate(column) for column in zip(*parts, strict=True))
    return fit_prevalence(probability, [probability], label, np.repeat(np.arange(len(moves)), 1_500))


def share_of(prevalence: Prevalence, probability: Floats) -> tuple[float, float, float, float, bool]:
    counts = counted(probability, np.zeros(len(probability), dtype=np.int64), 1)
    found = prevalence.shares(counts, counts.sum(axis=1, keepdims=True))
    return (*(float(one[0]) for one in (found.share, found.lo, found.hi, found.pacc)), bool(found.shift[0]))


def test_scores_are_sharper_than_probabilities_and_alike_on_both_sides_of_a_half() -> None:
    """0.25^3 against 0.75^3 is 1 to 27."""
    found = score(np.array([0.0, 0.25, 0.5, 0.75, 1.0]))
    assert found.tolist() == pytest.approx([0.0, 1 / 28, 0.5, 27 / 28, 1.0], abs=1e-6)


@pytest.fixture(scope="module")
def aggregative() -> ModuleType:
    """QuaPy's aggregative quantifiers; importing QuaPy warns of its own escape sequences."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module("quapy.method.aggregative")


def test_em_agrees_with_quapy(aggregative: ModuleType) -> None:
    rng = np.random.default_rng(0)
    for share in (0.05, 0.3, 0.7):
        _, probability = drawn(rng, 800, share)
        posterior = np.column_stack([1 - probability, probability])
        oracle, _ = aggregative.EMQ.EM(np.array([0.5, 0.5]), np.clip(posterior, 0.0005, 0.9995), epsilon=1e-6)
        counts = counted(probability, np.zeros(800, dtype=np.int64), 1)[0]
        assert expectation_maximisation(counts, 0.5) == pytest.approx(oracle[1], abs=0.002)


def test_pacc_agrees_with_quapy(aggregative: ModuleType) -> None:
    rng = np.random.default_rng(1)
    label, probability = drawn(rng, 2_000, 0.4)
    prevalence = fit_prevalence(probability, [probability], label, np.zeros(2_000, dtype=np.int64))
    scores = score(probability)
    conditional = aggregative.PACC.getPteCondEstim(np.array([0, 1]), label, np.column_stack([1 - scores, scores]))
    for share in (0.1, 0.5):
        _, sample = drawn(rng, 600, share)
        mean = score(sample).mean()
        unadjusted = np.array([1 - mean, mean])
        oracle = aggregative.ACC.solve_adjustment(conditional, unadjusted, method="inversion", solver="exact-raise")
        assert share_of(prevalence, sample)[3] == pytest.approx(oracle[1], abs=1e-4)


def test_shares_are_near_the_truth_and_intervals_hold_it() -> None:
    rng = np.random.default_rng(2)
    prevalence = calibrated(rng, (0.0, 0.0, 0.0))
    held = []
    for share in (0.05, 0.2, 0.6) * 10:
        label, probability = drawn(rng, 400, share)
        found, lo, hi, _, _ = share_of(prevalence, probability)
        assert found == pytest.approx(label.mean(), abs=0.06)
        held.append(lo <= share <= hi)
    assert np.mean(held) >= 0.9


def test_sources_that_lie_apart_widen_the_interval() -> None:
    rng = np.random.default_rng(3)
    _, sample = drawn(rng, 400, 0.3)
    widths = []
    for moves in ((0.0, 0.0, 0.0), (-0.8, 0.0, 0.8)):
        _, lo, hi, _, _ = share_of(calibrated(np.random.default_rng(4), moves), sample)
        widths.append(hi - lo)
    assert widths[1] > 1.5 * widths[0]


def test_a_single_source_widens_the_interval_by_what_is_assumed_between_sources() -> None:
    _, sample = drawn(np.random.default_rng(3), 400, 0.3)
    widths = []
    for moves in ((0.0, 0.0, 0.0), (0.0,)):
        _, lo, hi, _, _ = share_of(calibrated(np.random.default_rng(4), moves), sample)
        widths.append(hi - lo)
    assert widths[1] > 1.5 * widths[0]


def test_a_sample_of_another_kind_raises_the_alarm() -> None:
    rng = np.random.default_rng(5)
    prevalence = calibrated(rng, (0.0, 0.0))
    assert not share_of(prevalence, drawn(rng, 400, 0.3)[1])[4]
    assert share_of(prevalence, np.full(400, 0.45))[4]


def test_a_sample_is_no_more_unlike_the_sources_for_being_larger() -> None:
    rng = np.random.default_rng(10)
    prevalence = calibrated(rng, (-0.8, 0.0, 0.8))
    _, sample = drawn(rng, 400, 0.1, moved=0.8)
    found, larger = share_of(prevalence, sample), share_of(prevalence, np.tile(sample, 20))
    assert abs(found[0] - found[3]) > 0.01
    assert (found[4], larger[4]) == (False, False)
    assert share_of(prevalence, np.full(8_000, 0.45))[4]


@pytest.mark.parametrize("certain", [0.0, 1.0])
def test_a_sample_beyond_all_that_is_known_of_a_class_raises_the_alarm(certain: float) -> None:
    found = share_of(calibrated(np.random.default_rng(8), (-0.1, 0.1)), np.full(400, certain))
    assert (found[0], found[3]) == pytest.approx((certain, certain), abs=0.001)  # both agree: there is nothing beyond
    assert found[4]


@pytest.mark.parametrize(("certain", "lo", "hi"), [(0.0, 0.0, 0.0095), (1.0, 0.9905, 1.0)])
def test_the_interval_is_at_least_as_wide_as_the_sample_is_small(certain: float, lo: float, hi: float) -> None:
    found = share_of(calibrated(np.random.default_rng(8), (-0.1, 0.1)), np.full(400, certain))
    assert found[1:3] == pytest.approx((lo, hi), abs=0.001)


def test_a_sample_under_a_hundred_gets_no_share() -> None:
    prevalence = calibrated(np.random.default_rng(6), (0.0, 0.0))
    assert np.isnan(share_of(prevalence, np.full(FEWEST - 1, 0.2))[0])
    assert not np.isnan(share_of(prevalence, np.full(FEWEST, 0.2))[0])


def test_one_sample_alone_and_among_others_gives_the_same_bits() -> None:
    rng = np.random.default_rng(7)
    prevalence = calibrated(rng, (-0.3, 0.3))
    probability = np.concatenate([drawn(rng, 150, share)[1] for share in (0.1, 0.4, 0.9)])
    sample = np.repeat(np.arange(3), 150)
    shuffled = rng.permutation(450)
    counts = counted(probability[shuffled], sample[shuffled], 3)
    together = prevalence.shares(counts, counts.sum(axis=1, keepdims=True))
    for place in range(3):
        alone = share_of(prevalence, probability[sample == place])
        assert alone[:4] == tuple(
            float(one[place]) for one in (together.share, together.lo, together.hi, together.pacc)
        )


def test_unknown_probabilities_are_not_counted() -> None:
    counts = counted(np.array([0.2, np.nan, 0.2]), np.array([0, 0, 1]), 2)
    assert counts.sum(axis=1).tolist() == [1, 1]
    assert counts[0, 200] == 1


def test_a_source_of_one_class_is_refused() -> None:
    with pytest.raises(ValueError, match="genuine and fake"):
        fit_prevalence(np.full(4, 0.5), [np.full(4, 0.5)], np.array([0.0, 0.0, 0.0, 0.0]), np.zeros(4, dtype=np.int64))
