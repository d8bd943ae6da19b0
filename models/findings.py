"""Kinds of fraud, and benign causes, that a score's contributions speak for."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from models.report import Evidence, Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from features.signal import Signal
    from models.report import Anomaly, Reason

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

CAUSES = {"purge": "platform_purge"}
"""Benign causes by the name under which an anomaly is explained by them, where that is another one."""

LEAST_LOG_ODDS = 0.3
"""Below this sum of log odds (at most 7.5 points) a finding is noise."""


def bought(reasons: Sequence[Reason], signals: Mapping[str, Signal]) -> tuple[Finding, ...]:
    """Kinds of fraud whose signals raise one creator's risk, strongest first.

    Only what the values show counts: a signal that is not known is no evidence of anything, and one that speaks for
    fraud by being high does not where it is 0 or no higher than with most peers, however its absence moves the score:
    who follows few does not follow to be followed back.

    Args:
        reasons: The creator's reasons.
        signals: By name, the signals that the reasons tell of.
    """
    ends = {name: signal.direction or signal.end for name, signal in signals.items()}
    raising = [one for one in reasons if one.log_odds > 0 and _telling(one, ends[one.signal])]
    return _findings(raising, signals, fraud=True)


def benign(
    reasons: Sequence[Reason], signals: Mapping[str, Signal], anomalies: Iterable[Anomaly] = ()
) -> tuple[Finding, ...]:
    """Benign causes whose signals lower one creator's risk, strongest first.

    Only what is there counts: that nothing was given away is no giveaway. The anomalies that a cause explains are
    evidence of it.
    """
    ends = {name: -signal.direction or signal.end for name, signal in signals.items()}
    lowering = [one for one in reasons if one.log_odds < 0 and one.value and _telling(one, ends[one.signal])]
    explained: dict[str, list[Evidence]] = {}
    for anomaly in anomalies:
        if anomaly.explained_by is not None:
            days = Evidence(kind="days", start=anomaly.start, end=anomaly.end)
            cause = CAUSES.get(anomaly.explained_by, anomaly.explained_by)
            explained.setdefault(cause, []).extend((days, *anomaly.evidence))
    return _findings(lowering, signals, fraud=False, more=explained)


def _telling(reason: Reason, direction: int) -> bool:
    """Whether the value is known and lies where the signal speaks for it: high for 1, low for -1, any for 0."""
    if reason.value is None:
        return False
    if direction == 0:
        return True
    among = 0.5 if reason.percentile is None else reason.percentile
    return (reason.value != 0 and among >= 0.5) if direction > 0 else among <= 0.5


def _findings(
    reasons: Sequence[Reason],
    signals: Mapping[str, Signal],
    *,
    fraud: bool,
    more: Mapping[str, Sequence[Evidence]] | None = None,
) -> tuple[Finding, ...]:
    by_kind: dict[str, list[Reason]] = {}
    for reason in reasons:
        for kind in signals[reason.signal].supports:
            if (kind in FRAUD_KINDS) == fraud:
                by_kind.setdefault(kind, []).append(reason)
    found = [_finding(kind, own, (more or {}).get(kind, ())) for kind, own in by_kind.items()]
    told = [finding for finding in found if abs(finding.log_odds) >= LEAST_LOG_ODDS]
    return tuple(sorted(told, key=lambda finding: -abs(finding.log_odds)))


def _finding(kind: str, reasons: Sequence[Reason], more: Sequence[Evidence]) -> Finding:
    pieces = [piece for reason in reasons for piece in reason.evidence] + list(more)
    once = {(piece.kind, piece.ids, piece.start, piece.end): piece for piece in pieces}
    return Finding(
        kind=kind,
        log_odds=math.fsum(reason.log_odds for reason in reasons),
        points=math.fsum(reason.points for reason in reasons),
        signals=tuple(reason.signal for reason in reasons),
        evidence=tuple(once.values()),
    )
