"""What a follower model, where there is one, tells of the sampled followers of each creator beside their signals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features.few import in_order
from features.rows.followers import FAKE
from models.verdicts.verdict import CROSS_CHECK, PACC, SHARE, SHIFT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from features import Rows
    from models.followers import FollowerBundle

_NAMES = {name: name for name in SHARE} | {"em": CROSS_CHECK, "pacc": PACC, "shift": SHIFT}
"""Columns of `FollowerBundle.shares`, and what they are called beside signals."""


def unjudged(model: FollowerBundle | None, rows: Rows) -> NDArray[np.bool_]:
    """Whether followers were sampled and the model could judge none of them, in the order of the creators.

    Args:
        model: The follower model.
        rows: What `features.prepare` made of the tables that it scored.
    """
    creators = rows.creators["creator_id"]
    if model is None or not rows.followers[FAKE].null_count():
        return np.zeros(len(creators), dtype=np.bool_)
    judged = rows.followers.filter(pl.col(FAKE).is_not_null())["creator_id"]
    sampled = creators.is_in(rows.followers["creator_id"].implode())
    return np.asarray((sampled & ~creators.is_in(judged.implode())).to_numpy())


def shares(model: FollowerBundle | None, rows: Rows) -> list[pl.Series]:
    """The columns that a verdict and its contamination are told from, in the order of the creators.

    A sample on a platform that the model did not learn from is unlike those that it learnt from.

    Args:
        model: The follower model.
        rows: What `features.prepare` made of the tables that it scored.
    """
    if model is None or not rows.followers.height:
        return []
    found = in_order(rows.creators, model.shares(rows.followers))
    if elsewhere := model.elsewhere(rows.creators):
        unlike = pl.col("creator_id").is_in(elsewhere) & pl.col("sampled").is_not_null()
        found = found.with_columns(shift=pl.when(unlike).then(pl.lit(True)).otherwise("shift"))
    return [found[old].alias(new) for old, new in _NAMES.items()]
