"""The card of a follower model: what it is, how well it does on profiles left out, and its limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.card import card

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.followers import FollowerBundle
    from training.evaluation_tables import Table

ABOUT = (
    "The probability that one follower's profile is fake, as the labels that it was trained on mean it, and from it "
    "the share of fakes among a creator's sampled followers."
)
LIMITS = (
    "- A probability assumes the share of fakes of the training; a creator's share is estimated without it.",
    "- The sample decides: platforms give the newest followers first, and these are not all followers.",
    "- What is fake is what the labellers took for it; a bot is not the same as a bought follower.",
)


def model_card(bundle: FollowerBundle, tables: Sequence[Table]) -> str:
    """The card as Markdown; `tables` are of profiles left out."""
    contract = bundle.contract
    within = (
        "- Calibrated within one source: how far another one's scores lie apart is assumed, not measured."
        if contract.calibrated_within
        else "- Probabilities and shares are calibrated on sources left out, so the figures are those of a new source."
    )
    learnt = [
        f"- platforms: {', '.join(contract.platforms) or 'not said, so no claim is made'}",
        f"- {contract.trees[0]} trees over {', '.join(contract.inputs)}",
    ]
    return card(contract, ABOUT, learnt=learnt, tables=tables, limits=[within, *LIMITS])
