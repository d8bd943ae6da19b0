"""What the comments by others are like."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from features.records.hashes import runs
from models.reports.facts import Estimate, Pod, Said
from models.reports.overview.lists import known, over, why

if TYPE_CHECKING:
    import polars as pl

    from models.reports.overview.lists import Row, Signals

NO_COMMENTS = "there are too few comments by others, or what it looks at is not known of them"
NOT_JUDGED = "no model of comments is in the bundle"
NO_POD = "the context's corpus has no pods, or knows nobody who comments here"

_SHARES = {
    "generic_share": "generic_comment_share",
    "emoji_only_share": "emoji_only_comment_share",
    "mention_only_share": "mention_only_comment_share",
    "promotion_share": "promotion_comment_share",
    "caption_language_share": "caption_language_share",
    "first_hour_share": "first_hour_comment_share",
    "repeat_commenter_share": "repeat_commenter_share",
    "same_order": "same_order_of_commenters",
}
"""Figures of the comments and the signals that are the same."""


def counts(comments: pl.DataFrame) -> dict[str, Row]:
    """Of each creator's comments by others, as they were prepared: how many were judged, and which repeat another."""
    if not comments.height:
        return {}
    judged, repeated = ~np.isnan(comments["millionths"].to_numpy()), comments["repeated"].to_list()
    return {
        creator: {"judged": int(judged[rows].sum()), "repeated": known(repeated[rows])}
        for creator, rows in runs(comments["creator_id"])
    }


def said(signals: Signals, counted: Row, bounds: tuple[float, float]) -> Said:
    """The block of one creator.

    Args:
        signals: By name.
        counted: Of `counts`; empty where nobody commented.
        bounds: Of the share of authentic comments.
    """
    inauthentic, pods = signals["inauthentic_comment_share"], signals["pod_comment_share"]
    authentic, judged = None, counted.get("judged")
    if inauthentic is not None and judged:
        authentic = Estimate(value=1.0 - inauthentic, lo=bounds[0], hi=bounds[1], n=judged, method="Wilson, 95 %")
    shares: dict[str, object] = {name: signals[signal] for name, signal in _SHARES.items()}
    # The signal counts thirty other comments in, so that three copies among twelve are no alarm; this is the share.
    repeated: list[bool] = [] if signals["repeated_comment_share"] is None else counted.get("repeated", [])
    shares["repeated_share"] = over(sum(repeated), len(repeated))
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
