"""The interval of a share seen in a sample."""

from __future__ import annotations

import numpy as np

from models.verdicts.wilson import wilson


def test_the_bounds_are_those_of_the_textbook() -> None:
    lo, hi = wilson(np.array([0.1]), np.array([100.0]), 1.959964)
    np.testing.assert_allclose([lo[0], hi[0]], [0.0552, 0.1744], atol=1e-4)


def test_none_and_all_of_a_sample_are_within_their_bounds() -> None:
    shares = np.array([0.0, 1.0])
    lo, hi = wilson(shares, np.array([7.0, 7.0]))
    np.testing.assert_array_equal([lo[0], hi[1]], [0.0, 1.0])
    assert 0 < hi[0] < 1
    assert 0 < lo[1] < 1
