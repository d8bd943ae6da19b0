"""Kinds of fraud, and benign causes, that a score's contributions speak for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, Self

from features.signal import Family
from models.reports.occasions import WISHES
from models.reports.reasons import LEAST_CITED
from models.reports.report import Evidence, Finding
from models.reports.sides import FRAUD_KINDS, MIDDLE, is_telling

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from features.signal import Signal
    from models.reports.report import Anomaly, Reason

CAUSES = {"purge": "platform_purge"}
"""Benign causes by the name under which an anomaly is explained by them, where that is another one."""

TWO_READINGS = {"bought_likes", "bought_views"}
"""Likes bought for some posts leave the others with as many views for their likes as if these had been bought."""

LEAST_LOG_ODDS = 0.3
"""Below this sum of log odds (at most 7.5 points) a finding is noise."""


@dataclass(frozen=True)
class Relief:
    """What the score has less of because a cause explains rises of the followers.

    Attributes:
        log_odds: Of the record as it is, less those that it would have had the cause explained nothing.
        points: The same of the risk score.
    """

    log_odds: float = 0.0
    points: float = 0.0

    @classmethod
    def of(cls, risk: float, unexplained: float) -> Self:
        """From the risk score as it is, and as it would be."""
        return cls(_log_odds(risk) - _log_odds(unexplained), risk - unexplained)


NO_RELIEF = Relief()


def bought(reasons: Sequence[Reason], signals: Mapping[str, Signal]) -> tuple[Finding, ...]:
    """Kinds of fraud whose signals raise one creator's risk, strongest first.

    Only what the values show counts: a signal that is not known is no evidence of anything, and one that speaks for
    fraud by being high does not where it is 0 or no higher than with most peers, however its absence moves the score:
    who follows few does not follow to be followed back. Of `TWO_READINGS` only that is told of which posts are cited.

    Args:
        reasons: The creator's reasons.
        signals: By name, the signals that the reasons tell of.
    """
    ends = {name: signal.direction or signal.end for name, signal in signals.items()}
    raising = [one for one in reasons if one.log_odds > 0 and _telling(one, ends[one.signal])]
    told = _raised(raising, signals)
    shown = {one.kind for one in _raised([one for one in raising if not _unshown(one, signals[one.signal])], signals)}
    if {one.kind for one in told} >= TWO_READINGS and TWO_READINGS & shown:
        return tuple(one for one in told if one.kind in shown or one.kind not in TWO_READINGS)
    return told


def _raised(raising: Sequence[Reason], signals: Mapping[str, Signal]) -> tuple[Finding, ...]:
    return _told((_finding(kind, own) for kind, own in _by_kind(raising, signals, fraud=True).items()), 1)


def benign(
    reasons: Sequence[Reason],
    signals: Mapping[str, Signal],
    anomalies: Iterable[Anomaly] = (),
    reliefs: Mapping[str, Relief] = MappingProxyType({}),
    occasions: Sequence[str] = (),
) -> tuple[Finding, ...]:
    """Benign causes that lower one creator's risk, strongest first.

    By signals of their own, of which only what is there counts: that nothing was given away is no giveaway. And by
    rises of the followers that they explain, or wishes that are alike, which then count for nothing; these rises, and
    the posts under which people wish, are evidence of the cause.

    Args:
        reasons: The creator's reasons.
        signals: By name, the signals that the reasons tell of.
        anomalies: Those of the creator.
        reliefs: By cause, as anomalies are `explained_by` it.
        occasions: Posts of the creator's `models.reports.occasions`.
    """
    ends = {name: -signal.direction or signal.end for name, signal in signals.items()}
    lowering = [one for one in reasons if one.log_odds < 0 and one.value and _telling(one, ends[one.signal])]
    explained: dict[str, list[Evidence]] = {}
    if occasions:
        explained[WISHES] = [Evidence(kind="posts", ids=tuple(occasions))]
    for anomaly in anomalies:
        if anomaly.explained_by is not None:
            days = Evidence(kind="days", start=anomaly.start, end=anomaly.end)
            cause = CAUSES.get(anomaly.explained_by, anomaly.explained_by)
            explained.setdefault(cause, []).extend((days, *anomaly.evidence))
    relieved = {CAUSES.get(cause, cause): relief for cause, relief in reliefs.items()}
    by_kind = _by_kind(lowering, signals, fraud=False, beside=relieved)
    return _told(
        (_finding(kind, own, explained.get(kind, ()), relieved.get(kind, NO_RELIEF)) for kind, own in by_kind.items()),
        -1,
    )


def _telling(reason: Reason, direction: int) -> bool:
    """Whether the value is known and lies where the signal speaks for it: high for 1, low for -1, any for 0."""
    if reason.value is None:
        return False
    return is_telling(direction, reason.value, MIDDLE if reason.percentile is None else reason.percentile)


def _unshown(reason: Reason, signal: Signal) -> bool:
    """Whether a signal that compares posts cites none of them as having what it speaks for."""
    compares = signal.family is Family.ENGAGEMENT and signal.evidence is not None
    return compares and not reason.evidence and reason.points >= LEAST_CITED


def _by_kind(
    reasons: Sequence[Reason], signals: Mapping[str, Signal], *, fraud: bool, beside: Iterable[str] = ()
) -> dict[str, list[Reason]]:
    """The reasons that speak for each kind of fraud, or each benign cause; kinds `beside` may have none."""
    found: dict[str, list[Reason]] = {kind: [] for kind in beside}
    for reason in reasons:
        for kind in signals[reason.signal].supports:
            if (kind in FRAUD_KINDS) == fraud:
                found.setdefault(kind, []).append(reason)
    return found


def _told(findings: Iterable[Finding], sign: Literal[-1, 1]) -> tuple[Finding, ...]:
    """Those that raise the risk (1) or lower it (-1) by enough, strongest first."""
    strong = [finding for finding in findings if sign * finding.log_odds >= LEAST_LOG_ODDS]
    return tuple(sorted(strong, key=lambda finding: -sign * finding.log_odds))


def _finding(
    kind: str, reasons: Sequence[Reason], more: Sequence[Evidence] = (), relief: Relief = NO_RELIEF
) -> Finding:
    pieces = [piece for reason in reasons for piece in reason.evidence] + list(more)
    once = {(piece.kind, piece.ids, piece.start, piece.end): piece for piece in pieces}
    return Finding(
        kind=kind,
        log_odds=math.fsum([relief.log_odds, *(reason.log_odds for reason in reasons)]),
        points=math.fsum([relief.points, *(reason.points for reason in reasons)]),
        signals=tuple(reason.signal for reason in reasons),
        evidence=tuple(once.values()),
    )


def _log_odds(risk: float) -> float:
    """Of a risk score, which no calibrated model lets reach either end."""
    return math.log(risk) - math.log(100.0 - risk)
