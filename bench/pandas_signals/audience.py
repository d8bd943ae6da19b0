"""What a sample of followers is made of."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pandas_signals.unknown import flag, ratio

if TYPE_CHECKING:
    Groups = Any

_SHARES = {
    "suspicious": "audience_suspicious_share",
    "mass": "audience_mass_follower_share",
    "influencer": "audience_influencer_share",
    "under_500": "audience_following_under_500_share",
    "under_1000": "audience_following_500_1000_share",
    "under_1500": "audience_following_1000_1500_share",
    "private": "audience_private_share",
    "new": "audience_new_account_share",
    "abroad": "audience_abroad_share",
    "other": "audience_other_language_share",
}
"""Flag of a follower -> the share that it makes."""


def signals(audience: pd.DataFrame, creators: pd.DataFrame) -> pd.DataFrame:
    """What a sample of followers is made of, how old its accounts are and in which order they came."""
    audience = _followers(audience, creators)
    by = audience.groupby("creator_id", sort=False)
    _in_order(audience, by)
    flags = list(_SHARES)
    shares, known = by[flags].mean(), by[[*flags, "created_day", "alike", "after_flagged"]].count()
    sums = by[["aged", "after_flagged", "alike_and_aged", "flagged_after_flagged"]].sum()
    whole = shares["suspicious"]

    def beyond(among: pd.Series) -> pd.Series:
        return ratio(among - whole, 1.0 - whole)

    run, clustering = by["run"].max() / 40, ratio(sums["flagged_after_flagged"], sums["after_flagged"])
    alike = ratio(sums["alike_and_aged"], sums["aged"])
    return pd.DataFrame(
        {
            **{name: shares[one].where(known[one] >= 30) for one, name in _SHARES.items()},
            "audience_age_spread": _age_spread(audience).where(known["created_day"] >= 30),
            "audience_created_together_share": by["created_day"].agg(_densest).where(known["created_day"] >= 30),
            "audience_created_alike_in_order": alike.where(known["alike"] >= 100),
            "audience_fakes_in_a_row": beyond(run).clip(upper=0.4).where(known["after_flagged"] >= 100),
            "audience_fake_clustering": beyond(clustering).clip(upper=0.2).where(known["after_flagged"] >= 30),
            "audience_first_digits": _benford(audience),
        }
    )


def _followers(audience: pd.DataFrame, creators: pd.DataFrame) -> pd.DataFrame:
    """Each follower with the flags of its profile, in the order of following."""
    beside = creators[["observed_on", "country", "language"]].reset_index()
    audience = audience.merge(beside.rename(columns={"country": "home", "language": "tongue"}), on="creator_id")
    followers, following = audience["followers"], audience["following"]
    day = (audience["created_at"] - pd.Timestamp(0, tz="UTC")).dt.days
    today = (audience["observed_on"] - pd.Timestamp(0, tz="UTC")).dt.days
    rules = pd.DataFrame(
        {
            "mass": flag(following >= 10 * (followers + 1), following + followers),
            "picture": ~audience["has_picture"],
            "posts": flag(audience["posts_count"] == 0, audience["posts_count"]),
            "bio": flag(audience["bio_length"] == 0, audience["bio_length"]),
            "digits": flag(audience["handle_digit_ratio"] >= 0.3, audience["handle_digit_ratio"]),
            "followers": flag(followers < 30, followers),
        }
    )
    return audience.assign(
        suspicious=(rules.fillna(value=False).sum(axis=1) >= 3).astype("boolean").where(rules.notna().sum(axis=1) >= 3),
        mass=flag(following > 1_500, following),
        influencer=flag(followers > 5_000, followers) & flag(following < 1_500, following),
        under_500=flag(following < 500, following),
        under_1000=flag((following >= 500) & (following < 1_000), following),
        under_1500=flag((following >= 1_000) & (following <= 1_500), following),
        new=flag(today - day < 90, day),
        abroad=flag(audience["country"] != audience["home"], audience["country"].notna() & audience["home"].notna()),
        other=flag(
            audience["language"] != audience["tongue"], audience["language"].notna() & audience["tongue"].notna()
        ),
        created_day=day,
        first_digit=followers.astype("Int64").astype("str").str.slice(0, 1),
    ).sort_values(["followed_rank", "created_day", "suspicious", "followers", "following", "follower_id"])


def _in_order(audience: pd.DataFrame, by: Groups) -> None:
    """Add how each follower stands beside those who came before."""
    ranked, day = audience["followed_rank"].notna(), audience["created_day"]
    audience["after_flagged"] = by["suspicious"].shift(1).where(ranked)
    audience["flagged_number"] = audience["suspicious"].astype("Float64").astype("float64")
    runs = by["flagged_number"].rolling(40, min_periods=40).sum().droplevel(0)
    audience["run"] = runs.where(ranked)
    behind = (by["created_day"].cummax() - day).where(ranked)
    apart = (day - by["created_day"].shift(1)).abs()
    audience["aged"], audience["alike"] = flag(behind > 30, behind), flag(apart <= 30, apart)
    audience["alike_and_aged"] = audience["alike"] & audience["aged"]
    audience["flagged_after_flagged"] = audience["suspicious"] & audience["after_flagged"]


def _age_spread(audience: pd.DataFrame) -> pd.Series:
    """Log of the days between the quartiles, each the nearest day there is, the later of two as near."""
    days = audience.dropna(subset=["created_day"]).sort_values("created_day")
    by = days.groupby("creator_id", sort=False)
    place, last = by.cumcount(), by["created_day"].transform("size") - 1
    quartiles = [
        days[place == np.floor(quantile * last + 0.5)].set_index("creator_id")["created_day"]
        for quantile in (0.25, 0.75)
    ]
    return np.log(quartiles[1] - quartiles[0] + 1)


def _densest(days: pd.Series) -> float:
    """Share created within the thirty days in which most were."""
    known = np.sort(days.dropna().to_numpy())
    if not len(known):
        return math.nan
    return float((np.searchsorted(known, known + 30) - np.arange(len(known))).max() / len(known))


def _benford(audience: pd.DataFrame) -> pd.Series:
    """-log10 of the probability of first digits as uneven as these, where 300 are known."""
    digit = pd.to_numeric(audience["first_digit"], errors="coerce")
    group = pd.cut(digit, [0.5, 1.5, 3.5, 9.5], labels=["1", "2-3", "4-9"])
    counts = pd.crosstab(audience["creator_id"], group)
    counts = counts.reindex(columns=["1", "2-3", "4-9"], fill_value=0)
    n = counts.sum(axis=1)
    expected = np.outer(n, np.log10([2, 2, 2.5]))
    return ((counts - expected) ** 2 / expected).sum(axis=1).where(n >= 300) / (2 * math.log(10))
