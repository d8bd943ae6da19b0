from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from features.histories.series import median, quantile, quantile_in_order

values = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60).map(np.array)
shares = st.floats(0, 1) | st.sampled_from([0.0, 0.25, 0.5, 1.0])


@given(values, shares)
def test_a_quantile_is_that_of_numpy_to_the_bit(values: np.ndarray, share: float) -> None:
    assert quantile(values, share) == np.quantile(values, share)


@given(st.integers(1, 60), shares, st.integers(0, 9))
def test_a_quantile_of_each_row_is_that_of_numpy_to_the_bit(width: int, share: float, seed: int) -> None:
    ordered = np.sort(np.random.default_rng(seed).normal(size=(7, width)), axis=1)
    assert np.array_equal(quantile_in_order(ordered, share), np.quantile(ordered, share, axis=1))


@given(values)
def test_a_median_is_that_of_numpy(values: np.ndarray) -> None:
    assert median(values) == np.median(values)
