"""The parts of a report that are told once a creator: contamination, intent, peers, profile, model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from features.few import named
from models.registry import FRAUD
from models.reports.findings import bought
from models.reports.intent import NO_ANSWER, NOTE, NOTHING_LEFT, composition
from models.reports.report import Contamination, Costs, Intent, ModelUsed, Peers, ProfileUsed
from models.verdicts.decision import FOLLOWERS_ENOUGH
from models.verdicts.verdict import CROSS_CHECK, PACC, SHIFT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from features import Context
    from features.signal import Signal
    from models.fraud import FraudBundle
    from models.reports.intent import Intents
    from models.reports.report import Reason

RISKY = ("review", "high")
"""Bands in which a report says what may have been bought and what would lower the risk."""

MADE_OF = "What the audience is made of, not how it came about."
SHIFTED = (
    "The sampled followers are unlike those that the follower model learnt from: take the share as a rough figure. "
    + MADE_OF
)
ELSEWHERE = (
    "The follower model learnt from followers on other platforms than this one, where profiles look different: how "
    "many are fake is not known."
)
NONE_SAMPLED = "No followers were sampled."
FEW_SAMPLED = f"Fewer than {FOLLOWERS_ENOUGH} followers were sampled."
NO_MODEL = "No model of followers gave an estimate: too little is known of them, or there is none."


def contamination(answer: Mapping[str, object], about: Mapping[str, Any]) -> Contamination:
    """The share of the verdict with what is known about its estimate.

    Args:
        answer: A row of `models.verdicts.verdict.VERDICT`.
        about: `followers_sampled` and, where they are known, `PACC`, `CROSS_CHECK` and `SHIFT` of the creator.
    """
    share, sampled, shift = answer["fake_follower_share"], about["followers_sampled"] or 0, about.get(SHIFT)
    if share is not None:
        note = SHIFTED if shift else MADE_OF
    elif not sampled:
        note = NONE_SAMPLED
    elif shift:
        note = ELSEWHERE
    else:
        note = FEW_SAMPLED if sampled < FOLLOWERS_ENOUGH else NO_MODEL
    return Contamination.model_validate(
        {
            "share": share,
            "lo": answer["fake_follower_share_lo"],
            "hi": answer["fake_follower_share_hi"],
            "sampled": sampled,
            "pacc": about.get(PACC),
            "cross_check": about.get(CROSS_CHECK),
            "shift": shift,
            "note": note,
        }
    )


def about(signals: pl.DataFrame) -> list[dict[str, Any]]:
    """Of every row of signals its cohort and what `contamination` needs."""
    beside = [name for name in (PACC, CROSS_CHECK, SHIFT) if name in signals.columns]
    return named(signals, ["platform", "tier", "followers_sampled", *beside])


def intent(
    found: Intents, row: int, reasons: Sequence[Reason], signals: Mapping[str, Signal], *, risky: bool
) -> Intent:
    """The block of one creator.

    Args:
        found: Of the creators with an answer.
        row: The creator's row there; -1 without an answer.
        reasons: The creator's reasons.
        signals: By name, the signals that the reasons tell of.
        risky: Whether kinds of fraud are told.
    """
    if row < 0:
        return Intent(probability=None, lo=None, hi=None, evidence=(), kinds=(), audience_points=None, note=NO_ANSWER)
    probability, lo, hi = (float(part[row]) for part in (found.probability, found.lo, found.hi))
    points = float(found.audience_points[row])
    if not found.evidence[row]:
        return Intent(
            probability=None, lo=None, hi=None, evidence=(), kinds=(), audience_points=points, note=NOTHING_LEFT
        )
    apart = [reason for reason in reasons if not composition(signals[reason.signal])] if risky else []
    kinds = tuple(finding.kind for finding in bought(apart, signals))
    return Intent(
        probability=probability,
        lo=lo,
        hi=hi,
        evidence=found.evidence[row],
        kinds=kinds,
        audience_points=points,
        note=NOTE,
    )


def peers_by_cohort(bundle: FraudBundle, signals: pl.DataFrame) -> dict[tuple[str, str | None], Peers]:
    """Whom the percentiles compare with, for each platform and tier among the rows."""
    cohorts = set(zip(signals["platform"], signals["tier"], strict=True))
    return {(platform, tier): _peers(bundle.context, platform, tier) for platform, tier in cohorts}


def _peers(context: Context, platform: str, tier: str | None) -> Peers:
    """Those of the size, or of every size where the norms have none of it."""
    creators = context.cohort_size(platform, tier)
    if creators is None and tier is not None:
        return _peers(context, platform, None)
    return Peers(platform=platform, tier=tier, creators=creators, norms_version=context.version)


def model_used(bundle: FraudBundle) -> ModelUsed:
    """Which model answers, and the base that the reasons add to."""
    return ModelUsed(
        name=FRAUD,
        version=bundle.contract.version,
        norms_version=bundle.context.version,
        base_log_odds=bundle.base_log_odds,
        base_risk=bundle.base_risk,
    )


def profile_used(bundle: FraudBundle) -> ProfileUsed:
    """The cut-offs in use, and the costs that they follow from."""
    profile = bundle.profile
    costs = Costs(
        missed_fraud=profile.missed_fraud, false_accusation=profile.false_accusation, review=profile.review_cost
    )
    return ProfileUsed(name=profile.name, review=profile.review, high=profile.high, costs=costs)
