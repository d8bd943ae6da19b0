"""What the account's own page says."""

from __future__ import annotations

import pandas as pd

from pandas_signals.unknown import ratio

LINK = r"(?i)https?://|www\.|\.(?:com|net|org|io|me|ee|bio|link|shop)\b"


def signals(creators: pd.DataFrame) -> pd.DataFrame:
    """What the account's own page says."""
    age = (creators["observed_on"] - creators["created_at"].dt.normalize()).dt.days
    age = age.where(age >= 0)
    lived = age.clip(lower=1)
    handle, bio = creators["handle"].str, creators["bio"].str
    return pd.DataFrame(
        {
            "follow_ratio": ratio(creators["following"], creators["followers"]),
            "following_count": creators["following"],
            "account_age_days": age,
            "followers_per_day_of_life": creators["followers"] / lived,
            "posts_per_day_of_life": creators["posts_count"] / lived,
            "followers_per_post": ratio(creators["followers"], creators["posts_count"]),
            "handle_digit_share": ratio(handle.count("[0-9]"), handle.len()),
            "bio_length": bio.len(),
            "bio_has_link": bio.contains(LINK).astype("float64").where(creators["bio"].notna()),
        }
    )
