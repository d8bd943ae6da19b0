"""What the comments by others are like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.facts import Estimate, Pod, Said
from models.overview.lists import why

if TYPE_CHECKING:
    from models.overview.lists import Signals

NO_COMMENTS = "there are too few comments by others, or what it looks at is not known of them"
NOT_JUDGED = "no model of comments is in the bundle"
NO_POD = "no pod of the context's corpus comments here"

_SHARES = {
    "generic_share": "generic_comment_share",
    "emoji_only_share": "emoji_only_comment_share",
    "mention_only_share": "mention_only_comment_share",
    "repeated_share": "repeated_comment_share",
    "promotion_share": "promotion_comment_share",
    "caption_language_share": "caption_language_share",
    "first_hour_share": "first_hour_comment_share",
    "repeat_commenter_share": "repeat_commenter_share",
    "same_order": "same_order_of_commenters",
}
"""Figures of the comments and the signals that are the same."""


def said(signals: Signals, n: int, bounds: tuple[float, float]) -> Said:
    """The block of one creator, from `n` comments by others; `bounds` are those of the share of authentic ones."""
    inauthentic, pods = signals["inauthentic_comment_share"], signals["pod_comment_share"]
    authentic = None
    if inauthentic is not None and n:
        authentic = Estimate(value=1.0 - inauthentic, lo=bounds[0], hi=bounds[1], n=n, method="Wilson, 95 %")
    shares: dict[str, object] = {name: signals[signal] for name, signal in _SHARES.items()}
    pod = None if pods is None else Pod(comment_share=pods, reciprocity=signals["pod_reciprocity"])
    told = {"authentic_share": authentic}
    return Said(
        **told,
        **shares,
        pod=pod,
        unavailable=why(shares, NO_COMMENTS)
        | why(told, NOT_JUDGED if shares["generic_share"] is not None else NO_COMMENTS)
        | why({"pod": pod}, NO_POD),
    )
