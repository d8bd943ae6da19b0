"""Kinds of fraud, and benign causes, that a score's contributions speak for."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from models.report import Finding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.report import Reason

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

LEAST_LOG_ODDS = 0.3
"""Below this sum of log odds (at most 7.5 points) a finding is noise."""


def bought(reasons: Sequence[Reason], supports: Mapping[str, Sequence[str]]) -> tuple[Finding, ...]:
    """Kinds of fraud whose signals raise one creator's risk, strongest first.

    A signal that is not known is no evidence of anything.

    Args:
        reasons: The creator's reasons.
        supports: By signal, the kinds of fraud and benign causes that it speaks for.
    """
    return _findings(
        [reason for reason in reasons if reason.log_odds > 0 and reason.value is not None], supports, fraud=True
    )


def benign(reasons: Sequence[Reason], supports: Mapping[str, Sequence[str]]) -> tuple[Finding, ...]:
    """Benign causes whose signals lower one creator's risk, strongest first.

    Only signals that are there (neither null nor 0) count: that nothing was given away is no giveaway.
    """
    return _findings([reason for reason in reasons if reason.log_odds < 0 and reason.value], supports, fraud=False)


def _findings(reasons: Sequence[Reason], supports: Mapping[str, Sequence[str]], *, fraud: bool) -> tuple[Finding, ...]:
    by_kind: dict[str, list[Reason]] = {}
    for reason in reasons:
        for kind in supports[reason.signal]:
            if (kind in FRAUD_KINDS) == fraud:
                by_kind.setdefault(kind, []).append(reason)
    found = [_finding(kind, own) for kind, own in by_kind.items()]
    told = [finding for finding in found if abs(finding.log_odds) >= LEAST_LOG_ODDS]
    return tuple(sorted(told, key=lambda finding: -abs(finding.log_odds)))


def _finding(kind: str, reasons: Sequence[Reason]) -> Finding:
    pieces = {piece.model_dump_json(): piece for reason in reasons for piece in reason.evidence}
    return Finding(
        kind=kind,
        log_odds=math.fsum(reason.log_odds for reason in reasons),
        points=math.fsum(reason.points for reason in reasons),
        signals=tuple(reason.signal for reason in reasons),
        evidence=tuple(pieces.values()),
    )
