from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.verdicts.interval import Interval, fit_interval

NONE_IN_EXCESS = Interval((0.0, 0.0, 0.0, 0.0))


@settings(max_examples=200)
@given(
    st.floats(0, 1),
    st.floats(0, 10),
    st.integers(0, 4),
    st.floats(0, 5),
)
def test_the_interval_contains_the_probability_and_lies_within_0_and_1(
    probability: float, disagreement: float, level: int, excess: float
) -> None:
    interval = Interval((excess,) * 4)
    lo, hi = interval.bounds(np.array([probability]), np.array([disagreement]), np.array([level]))
    assert 0 <= lo[0] <= probability <= hi[0] <= 1


def test_less_evidence_widens_the_interval() -> None:
    p = np.full(4, 0.5)
    lo, hi = NONE_IN_EXCESS.bounds(p, np.zeros(4), np.array([1, 2, 3, 4]))
    widths = hi - lo
    assert (np.diff(widths) < 0).all()
    assert widths[0] > 1.5 * widths[3]


def test_disagreement_widens_the_interval() -> None:
    p, level = np.full(2, 0.5), np.array([4, 4])
    lo, hi = NONE_IN_EXCESS.bounds(p, np.array([0.0, 1.0]), level)
    assert (hi - lo)[1] > 1.5 * (hi - lo)[0]


def _draws(rng: np.random.Generator, off_by: float) -> tuple[np.ndarray, np.ndarray, list[str], list[str]]:
    probability = rng.uniform(0.1, 0.9, 8_000)
    cohort = rng.integers(8, size=8_000)
    wrong = np.clip(probability + np.where(cohort % 2 == 0, off_by, -off_by), 0, 1)
    label = (rng.random(8_000) < wrong).astype(float)
    return probability, label, [str(one) for one in cohort], [str(k) for k in range(8_000)]


def test_predictions_that_are_right_have_hardly_any_excess() -> None:
    probability, label, cohort, creators = _draws(np.random.default_rng(0), off_by=0.0)
    found = fit_interval(probability, label, np.full(8_000, 4), cohort, creators)
    assert max(found.excess) < 0.005


def test_predictions_that_are_off_by_cohort_have_excess_and_cover_the_cells() -> None:
    probability, label, cohort, creators = _draws(np.random.default_rng(0), off_by=0.1)
    level = np.full(8_000, 4)
    found = fit_interval(probability, label, level, cohort, creators)
    assert 0.02 < found.excess[3] < 0.12
    lo, hi = found.bounds(probability, np.zeros(8_000), level)
    cells = [(np.array(cohort) == str(c)) & (np.floor(probability * 10) == d) for c in range(8) for d in range(1, 9)]
    inside = [lo[cell].mean() <= label[cell].mean() <= hi[cell].mean() for cell in cells if cell.sum() >= 100]
    assert np.mean(inside) >= 0.95


def test_copies_of_a_creator_are_no_further_evidence_of_being_wrong() -> None:
    probability, label, cohort, creators = _draws(np.random.default_rng(0), off_by=0.0)
    found = fit_interval(np.tile(probability, 3), np.tile(label, 3), np.full(24_000, 4), cohort * 3, creators * 3)
    assert max(found.excess) < 0.005


def test_a_creator_weighs_one_in_the_two_rates_however_many_copies_there_are() -> None:
    probability, label, cohort, creators = _draws(np.random.default_rng(0), off_by=0.0)
    once = fit_interval(probability, label, np.full(8_000, 4), cohort, creators)
    often = fit_interval(np.tile(probability, 3), np.tile(label, 3), np.full(24_000, 4), cohort * 3, creators * 3)
    at = np.linspace(0.1, 0.9, 30)
    np.testing.assert_allclose(often.rates.rates(at), once.rates.rates(at), atol=2e-6)


def test_the_excess_is_the_variance_that_chance_leaves_as_a_part_of_p_times_1_less_p() -> None:
    """Three in four of forty where one in two was told: (0.25^2 x 40 - 0.5 x 0.5) / (40 x 0.5 x 0.5)."""
    label = np.repeat([1.0, 0.0], [30, 10])
    found = fit_interval(np.full(40, 0.5), label, np.full(40, 4), ["one"] * 40, [str(k) for k in range(40)])
    np.testing.assert_allclose(found.excess, [0.225] * 4)


def test_less_evidence_never_has_less_excess() -> None:
    probability, label, cohort, creators = _draws(np.random.default_rng(0), off_by=0.1)
    found = fit_interval(probability, label, np.random.default_rng(1).integers(1, 5, 8_000), cohort, creators)
    assert list(found.excess) == sorted(found.excess, reverse=True)


def test_calibration_that_is_off_along_the_score_is_seen_by_the_two_rates() -> None:
    rng = np.random.default_rng(0)
    probability = rng.uniform(0.05, 0.95, 8_000)
    label = (rng.random(8_000) < probability**2).astype(float)
    found = fit_interval(probability, label, np.full(8_000, 4), ["one"] * 8_000, [str(k) for k in range(8_000)])
    lo, hi = found.bounds(np.array([0.5]), np.zeros(1), np.array([4]))
    assert lo[0] < 0.2
    assert hi[0] > 0.5


@settings(max_examples=100)
@given(st.integers(0, 10**6), st.floats(0, 1), st.floats(0, 3))
def test_less_evidence_is_never_surer(seed: int, probability: float, disagreement: float) -> None:
    rng = np.random.default_rng(seed)
    seen = rng.random(200)
    label, level = (rng.random(200) < seen).astype(float), rng.integers(1, 5, 200)
    found = fit_interval(seen, label, level, ["one"] * 200, [str(k) for k in range(200)])
    lo, hi = found.bounds(np.full(4, probability), np.full(4, disagreement), np.array([1, 2, 3, 4]))
    assert (np.diff(hi - lo) <= 1e-12).all()
    assert (lo <= probability).all()
    assert (hi >= probability).all()
    assert 0 <= lo.min() <= hi.max() <= 1


def test_a_rate_of_all_or_none_lies_within_where_it_is_not_rare() -> None:
    lo, hi = NONE_IN_EXCESS.bounds(np.array([0.01, 0.9, 0.99]), np.zeros(3), np.full(3, 4))
    assert lo[0] == 0
    assert hi[1] < 1
    assert hi[2] == 1


def test_lone_creators_of_a_cohort_do_not_make_every_answer_unsure() -> None:
    probability = np.array([0.01, 0.02, 0.98, 0.99])
    label = np.array([1.0, 0.0, 1.0, 0.0])
    found = fit_interval(probability, label, np.full(4, 2), ["a", "b", "c", "d"], ["1", "2", "3", "4"])
    assert max(found.excess) == 0.0
