"""How far counts were rounded: a page shows 12.3K or 1.2M, an interface each follower.

What many counts of an account have in common tells it surely (`units`); of one count alone it can only be so
(`may_be_shortened`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from features.histories.series import STEP_GRAINS

if TYPE_CHECKING:
    from features.histories.series import Flags, Floats, Ints

EXACT_DIGITS = 4
"""Platforms show counts of up to four digits in full."""
FEWEST_SHOWN = 2
"""No page shows fewer digits (1.2M), however few counts there are to tell by."""
COARSE_DIGITS = 6
"""Of shorter counts a page leaves out less than a step adds."""
SHORTEST = 3
"""Digits that some page shows of a count that it shortens: 1,230, 12.3K, of larger ones mostly four."""
PLAIN, PLAIN_FEWEST, PLAIN_SHARE = 1_000, 3, 0.05
"""One count in a thousand is a multiple by luck; three of them, and one in twenty, are not."""
TO_BE_SEEN = 0.09
"""Log growth, about a tenth: counts that are too coarse to show it say nothing of purchases."""

_POWERS = 10 ** np.arange(19, dtype=np.int64)


def units(followers: Ints) -> Floats:
    """One unit of the rounding of each count: counts of one magnitude that were read off a page which shortens them
    (12.3K) end in the same number of zeros throughout."""
    unit = np.ones(len(followers))
    digits = np.searchsorted(_POWERS, followers, side="right")
    coarsest = np.inf
    for magnitude in sorted(set(digits[digits > EXACT_DIGITS].tolist())):
        own = digits == magnitude
        # A page shows as many digits of the next magnitude: the one count after a purchase may be round by chance.
        unit[own] = shown = min(_unit(followers[own]), coarsest)
        coarsest = 10.0 * shown if magnitude + 1 in digits else np.inf
        if shown == 1.0 and magnitude >= COARSE_DIGITS:
            # Some may have been read off a page and others not.
            plain = own & (followers % PLAIN == 0)
            if np.count_nonzero(plain) >= max(PLAIN_FEWEST, PLAIN_SHARE * np.count_nonzero(own)):
                unit[plain] = min(_unit(followers[plain]), 10.0 ** (magnitude - FEWEST_SHOWN))
    return unit


def too_coarse(followers: Ints, unit: Floats) -> Flags:
    """Whether the rounding of each count hides a purchase of `TO_BE_SEEN`: 1.2M is anything from 1,150,000 up to
    1,250,000.

    Args:
        followers: The counts.
        unit: One unit of the rounding of each.
    """
    if unit.max(initial=1.0) < 10.0:
        return np.zeros(len(followers), dtype=np.bool_)
    power = 10.0 ** np.floor(np.log10(unit) + 1e-9)  # a small number of these says that few were seen
    shown = 10.0 ** (np.searchsorted(_POWERS, followers, side="right") - FEWEST_SHOWN)
    return np.asarray(STEP_GRAINS * np.minimum(power, shown) / (followers + 1.0) > TO_BE_SEEN)


def may_be_shortened(count: int) -> bool:
    """Whether a page may have shortened a count, where others of the account were not."""
    digits = len(str(count))
    shown = SHORTEST if digits <= SHORTEST + 2 else SHORTEST + 1
    return digits > SHORTEST and count % 10 ** (digits - shown) == 0


def _unit(followers: Ints) -> float:
    """The largest power of ten that counts are multiples of, or a small number of these."""
    unit, common = 1.0, int(np.gcd.reduce(followers))
    while common % 10 == 0:
        unit *= 10.0
        common //= 10
    # Counts that were scaled after they were rounded are multiples of a small number too.
    return unit * common if common < 10 else unit
