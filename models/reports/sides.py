"""On which side of its peers a signal's value speaks for fraud, and whether a value stands where its points say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from features.signal import Signal

    Floats = NDArray[np.float64]

FRAUD_KINDS = (
    "bought_followers",
    "bought_likes",
    "bought_views",
    "bought_comments",
    "pod",
    "follow_unfollow",
    "giveaway_inflation",
)
"""Everything else that a signal supports is a benign cause."""

MIDDLE = 0.5
"""Percentile rank of who stands in the middle of its peers."""


def fraud_end(signal: Signal) -> int:
    """Whether high values (1), low ones (-1) or either (0) speak for fraud.

    >>> from features import SIGNALS
    >>> ends = {signal.name: fraud_end(signal) for signal in SIGNALS}
    >>> ends["following_count"], ends["engagement_rate"], ends["purge_loss"], ends["posting_gap_hours"]
    (1, -1, -1, 0)
    """
    benign = bool(signal.supports) and not set(signal.supports) & set(FRAUD_KINDS)
    return signal.direction or (-signal.end if benign else signal.end)


@overload
def is_telling(end: float, value: float, among: float) -> bool: ...
@overload
def is_telling(end: Floats, value: Floats, among: Floats) -> NDArray[np.bool_]: ...
def is_telling(end: Any, value: Any, among: Any) -> Any:
    """Whether a value that is known lies at an end of its peers: high for 1, low for -1, anywhere for 0.

    Nothing is never high: who follows nobody does not follow many, whatever peers do.

    Args:
        end: The end asked for.
        value: The signal's value.
        among: Its percentile rank among peers, `MIDDLE` where there is none.
    """
    high, low = (end > 0) & (value != 0) & (among >= MIDDLE), (end < 0) & (among <= MIDDLE)
    return (end == 0) | high | low
