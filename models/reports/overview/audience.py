"""Whom the sampled followers are, counted over all creators of a request at once."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from features.records.hashes import runs
from features.rows.followers import FAKE, INFLUENCER_FOLLOWERS, MASS_FOLLOWINGS
from models.reports.facts import Audience, AudienceTypes, Estimate, Place, Reachability
from models.reports.overview.lists import known

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from models.reports.overview.lists import Row, Signals

NOTABLE_FOLLOWERS = 1_000
"""Followers from which on GRIN and Soundcharts call a follower notable."""
MOST_PLACES = 10

NONE_SAMPLED = "no followers were sampled"
NO_SHARE = "fewer than 100 followers were sampled, or no model of followers could judge them"
NO_TYPES = "no sampled follower has both counts and a probability by a model of followers"
NO_FOLLOWINGS = "too few sampled followers have a count of accounts that they follow"
NO_FOLLOWERS = "no sampled follower has a follower count"
NO_AGES = "too few sampled followers have a day of creation"


def samples(audience: pl.DataFrame) -> dict[str, Row]:
    """Of each creator's sampled followers: how many of each type, and where they are."""
    if not audience.height:
        return {}
    following, followers = (audience[name].cast(float).to_numpy() for name in ("following", "followers"))
    fake = audience[FAKE].to_numpy() if FAKE in audience.columns else np.full(audience.height, np.nan)
    mass = following > MASS_FOLLOWINGS
    influencer = ~mass & (followers > INFLUENCER_FOLLOWERS) & (following < MASS_FOLLOWINGS)
    suspicious = ~mass & ~influencer & (fake > 0.5)
    known = ~np.isnan(following) & ~np.isnan(followers) & ~np.isnan(fake)
    notable = followers > NOTABLE_FOLLOWERS
    countries, languages = audience["country"].to_list(), audience["language"].to_list()
    found = {}
    for creator, rows in runs(audience["creator_id"]):
        found[creator] = {
            "known": int(known[rows].sum()),
            "mass": int((mass & known)[rows].sum()),
            "influencers": int((influencer & known)[rows].sum()),
            "suspicious": int((suspicious & known)[rows].sum()),
            "counted": int((~np.isnan(followers[rows])).sum()),
            "notable": int(notable[rows].sum()),
            "countries": countries[rows],
            "languages": languages[rows],
        }
    return found


def audience(answer: Mapping[str, Any], sample: Row, signals: Signals) -> Audience:
    """The block of one creator.

    Args:
        answer: A row of `models.verdicts.verdict.VERDICT`.
        sample: Of `samples`; empty where nobody was sampled.
        signals: By name.
    """
    share, lo, hi = (answer[f"fake_follower_share{end}"] for end in ("", "_lo", "_hi"))
    credibility = None
    if share is not None:
        credibility = Estimate(
            value=1.0 - share,
            lo=None if hi is None else 1.0 - hi,
            hi=None if lo is None else 1.0 - lo,
            n=len(sample["countries"]),
            method="1 less the contamination",
        )
    found: dict[str, object] = {
        "credibility": credibility,
        "types": types(sample),
        "reachability": _reachability(signals),
        "notable_share": sample["notable"] / sample["counted"] if sample.get("counted") else None,
        "new_accounts_share": signals["audience_new_account_share"],
    }
    places = {name: _places(sample.get(name, ())) for name in ("countries", "languages")}
    why = zip(found.items(), (NO_SHARE, NO_TYPES, NO_FOLLOWINGS, NO_FOLLOWERS, NO_AGES), strict=True)
    unavailable = {name: reason if sample else NONE_SAMPLED for (name, value), reason in why if value is None}
    return Audience(**found, **places, unavailable=unavailable)


def types(sample: Row) -> AudienceTypes | None:
    """Shares of the four types; None where no follower has what they are told by."""
    known = sample.get("known", 0)
    if not known:
        return None
    named = [sample[name] for name in ("mass", "influencers", "suspicious")]
    mass, influencers, suspicious = (count / known for count in named)
    real = (known - sum(named)) / known
    return AudienceTypes(mass_followers=mass, influencers=influencers, suspicious=suspicious, real=real)


def _reachability(signals: Signals) -> Reachability | None:
    names = ("following_under_500", "following_500_1000", "following_1000_1500", "mass_follower")
    shares = [signals[f"audience_{name}_share"] for name in names]
    under, middle, over, mass = shares
    if under is None or middle is None or over is None or mass is None:
        return None
    return Reachability(lt_500=under, from_500_to_999=middle, from_1000_to_1500=over, gt_1500=mass)


def _places(codes: Sequence[str | None]) -> tuple[Place, ...]:
    counts = Counter(known(codes))
    if not counts:
        return ()
    most = sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:MOST_PLACES]
    return tuple(Place(code=code, share=count / counts.total()) for code, count in most)
