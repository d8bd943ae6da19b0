"""Every signal of every family, in the order of the columns of a row of signals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.families import audience, comments, engagement, growth, profile, residuals

if TYPE_CHECKING:
    from features.signal import Signal

SIGNALS: tuple[Signal, ...] = (
    *profile.SIGNALS,
    *engagement.SIGNALS,
    *residuals.SIGNALS,
    *growth.SIGNALS,
    *comments.SIGNALS,
    *audience.SIGNALS,
)

SIGNAL_NAMES: tuple[str, ...] = tuple(signal.name for signal in SIGNALS)
