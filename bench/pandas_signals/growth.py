"""How followers came and went."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pandas_signals.unknown import ratio


def signals(history: pd.DataFrame) -> pd.DataFrame:
    """How followers and accounts followed moved over the history."""
    history = history.dropna(subset=["followers", "following"], how="all").sort_values(["creator_id", "date"])
    by = history.groupby("creator_id", sort=False)
    history["followed"] = by["following"].diff().clip(lower=0)
    history["unfollowed"] = -by["following"].diff().clip(upper=0)
    found = by.agg(
        first=("followers", "first"),
        last=("followers", "last"),
        counts=("followers", "count"),
        followed=("followed", "sum"),
        unfollowed=("unfollowed", "sum"),
        usual=("following", "median"),
        most=("following", "max"),
        least=("following", "min"),
    )
    counted = history.dropna(subset="followers")
    newest = counted.groupby("creator_id")["date"].transform("max")

    def window(days: int) -> pd.Series:
        since = newest - pd.Timedelta(days=days) - counted["date"]
        just_before = counted[since.between(pd.Timedelta(0), pd.Timedelta(days=7))]
        before = just_before.groupby("creator_id").tail(1).set_index("creator_id")["followers"]
        return np.log1p(((found["last"] - before) / (found["first"] + 1)).clip(lower=-0.9))

    churn = ratio(found[["followed", "unfollowed"]].min(axis=1), found["usual"])
    return pd.DataFrame(
        {
            "growth_30d": window(30),
            "growth_90d": window(90),
            "following_churn": churn.where(found["counts"] >= 28),
            "following_range": ratio(found["most"] - found["least"], found["first"]).where(found["counts"] >= 28),
        }
    )
