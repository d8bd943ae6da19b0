"""Wilson's score interval of a share (1927)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Z = 1.96
"""Standard errors on either side that hold 95 of 100 samples."""


def wilson(
    share: NDArray[np.float64], n: NDArray[np.float64], z: float = Z
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The bounds of a share that was seen in a sample of `n`: both arrays of one shape; they contain the share.

    >>> lo, hi = wilson(np.array([0.1]), np.array([100.0]))
    >>> [round(float(bound[0]), 3) for bound in (lo, hi)]
    [0.055, 0.174]
    """
    scale = 1.0 / (1.0 + z**2 / n)
    centre = scale * (share + z**2 / (2.0 * n))
    half = scale * z * np.sqrt(share * (1 - share) / n + z**2 / (4.0 * n**2))
    return np.clip(np.minimum(centre - half, share), 0.0, 1.0), np.clip(np.maximum(centre + half, share), 0.0, 1.0)
