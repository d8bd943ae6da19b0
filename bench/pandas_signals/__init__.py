"""Signals as one would write them in pandas: what Bonafide's own are measured against.

Flags and figures are made as columns, neighbours by `groupby.shift` and `groupby.rolling`, and the signals by
`groupby.agg`. `bench_signals.py` checks them against Bonafide's before it times anything. `LEFT_OUT` are not written
here: what needs other creators or a model, and what is a program of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from features import SIGNAL_NAMES
from pandas_signals import audience, comments, engagement, growth, profile
from pandas_signals.frames import observed_on

if TYPE_CHECKING:
    from pandas_signals.frames import Frames

LEFT_OUT = {
    "curves of peers": tuple(
        f"{curve}_{tail}_expected"
        for curve in ("likes", "comments", "views", "likes_by_views")
        for tail in ("below", "above")
    ),
    "other creators": ("shared_commenter_share", "commenter_reach", "pod_comment_share", "pod_reciprocity"),
    "models of followers and comments": (
        "audience_fake_share",
        "audience_likely_fake_share",
        "inauthentic_comment_share",
        "inauthentic_comment_mean",
    ),
    "surges and their causes": (
        "unexplained_surge",
        "unexplained_growth_share",
        "round_step_share",
        "step_without_post_share",
        "viral_growth_share",
        "giveaway_growth_share",
        "collaboration_growth_share",
        "press_growth_share",
        "common_growth_share",
        "purge_loss",
        "own_loss",
    ),
    "MinHash": ("near_duplicate_comment_share",),
    "languages": ("caption_language_share",),
    "orders of commenters": ("same_order_of_commenters",),
}
"""What a signal would take that is not written here -> the signals."""
COVERED = tuple(name for name in SIGNAL_NAMES if not any(name in names for names in LEFT_OUT.values()))
"""The signals that are."""


def signals(frames: Frames) -> pd.DataFrame:
    """One row a creator in their order, one column a signal of `COVERED`; NaN where it cannot be known."""
    creators = frames["creators"].set_index("creator_id")
    creators["observed_on"] = observed_on(frames)
    found = [profile.signals(creators)]
    if len(frames["posts"]):
        found.append(engagement.signals(frames["posts"], creators))
    if len(frames["follower_history"]):
        found.append(growth.signals(frames["follower_history"]))
    if len(frames["comments"]):
        found.append(comments.signals(frames["comments"], frames["posts"], creators))
    if len(frames["audience"]):
        found.append(audience.signals(frames["audience"], creators))
    whole = pd.concat([one.reindex(creators.index) for one in found], axis=1).reindex(columns=list(COVERED))
    return whole.astype("float64").replace([np.inf, -np.inf], np.nan)
