"""Signals as one would write them in pandas: what Bonafide's own are measured against.

Flags and figures are made as columns, neighbours by `groupby.shift` and `groupby.rolling`, and the signals by
`groupby.agg`. `bench_signals.py` checks them against Bonafide's before it times anything. `LEFT_OUT` are not written
here: what needs other creators or a model, and what is a program of its own.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl

from features import SIGNAL_NAMES, phrases
from features.records.contract import RECORD_TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from features.records import Tables

    Frames = Mapping[str, pd.DataFrame]
    Groups = Any

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

SCHEMAS = {table.name: table.schema() for table in RECORD_TABLES}
"""The columns of each table, that of creators first."""
TYPES = {
    name: {
        column: "float64" if dtype.is_numeric() else "str" if dtype == pl.String else "boolean"
        for column, dtype in schema.items()
        if not dtype.is_temporal() and not dtype.is_nested()
    }
    for name, schema in SCHEMAS.items()
}
"""What pandas keeps a column as: of a record that lacks it all values are None."""
LINK = r"(?i)https?://|www\.|\.(?:com|net|org|io|me|ee|bio|link|shop)\b"
GIVEAWAY = "|".join(map(re.escape, phrases.GIVEAWAY_PHRASES))
MAD_TO_SD = 1.4826


def signals(frames: Frames) -> pd.DataFrame:
    """One row a creator in their order, one column a signal of `COVERED`; NaN where it cannot be known."""
    creators = frames["creators"].set_index("creator_id")
    creators["observed_on"] = observed_on(frames)
    found = [profile(creators)]
    if len(frames["posts"]):
        found.append(engagement(frames["posts"], creators))
    if len(frames["follower_history"]):
        found.append(growth(frames["follower_history"]))
    if len(frames["comments"]):
        found.append(comments(frames["comments"], frames["posts"]))
    if len(frames["audience"]):
        found.append(audience(frames["audience"], creators))
    whole = pd.concat([one.reindex(creators.index) for one in found], axis=1).reindex(columns=list(COVERED))
    return whole.astype("float64").replace([np.inf, -np.inf], np.nan)


def frames_of(tables: Tables) -> dict[str, pd.DataFrame]:
    """The tables with the types that pandas would read them with."""
    return {name: _typed(name, tables[name].to_pandas()) for name in SCHEMAS}


def frames_of_records(records: Iterable[Mapping[str, Any]]) -> dict[str, pd.DataFrame]:
    """Nested records, as JSON gives them, as one frame a table."""
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in SCHEMAS}
    for record in records:
        rows["creators"].append({name: value for name, value in record.items() if name not in SCHEMAS})
        for name in rows.keys() - {"creators"}:
            rows[name] += [{"creator_id": record["creator_id"], **row} for row in record[name]]
    return {name: _typed(name, pd.DataFrame(some, columns=list(SCHEMAS[name]))) for name, some in rows.items()}


def _typed(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    for column, dtype in SCHEMAS[name].items():
        if dtype.is_temporal():
            frame[column] = pd.to_datetime(frame[column], utc=True, format="ISO8601")
    return frame.astype(TYPES[name])


def observed_on(frames: Frames) -> pd.Series:
    """The day of the newest thing known of each creator."""
    dated = {"creators": "observed_at", "posts": "posted_at", "comments": "posted_at", "follower_history": "date"}
    times = pd.concat([frames[name].set_index("creator_id")[column] for name, column in dated.items()])
    return times.groupby(level=0).max().dt.normalize()


def profile(creators: pd.DataFrame) -> pd.DataFrame:
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


def engagement(posts: pd.DataFrame, creators: pd.DataFrame) -> pd.DataFrame:
    """What posts received, against followers, views and the posts around."""
    posts = _posts(posts)
    by = posts.groupby("creator_id", sort=False)
    _beside_neighbours(posts, by)
    middle = by["likes"].transform("median")
    posts["narrow"] = flag((posts["likes"] - middle).abs() <= 0.05 * middle, posts["likes"])
    posts["spread"] = (posts["log_likes"] - by["log_likes"].transform("median")).abs()
    posts["hidden"] = posts["likes"].isna()
    found = by.agg(
        engagement=("engagement", "median"),
        engagement_rate_by_views=("view_rate", "median"),
        likes_spread=("spread", "median"),
        engagement_volatility=("change", "median"),
        narrow_like_band_share=("narrow", "mean"),
        viral_reach=("viral_reach", "max"),
        hidden_likes_share=("hidden", "mean"),
        sponsored_share=("sponsored", "mean"),
        giveaway_share=("giveaway", "mean"),
        tagging_share=("tagging", "mean"),
        posting_gap_hours=("gap", "median"),
        newest=("posted_at", "max"),
        likes_known=("likes", "count"),
        reach_known=("reach", "count"),
        changes=("change", "count"),
        gaps=("gap", "count"),
    )
    followers = creators["followers"].where(creators["followers"] > 0)
    observed = creators["observed_on"]
    return pd.DataFrame(
        {
            "engagement_rate": found["engagement"] / followers.reindex(found.index),
            "engagement_rate_by_views": found["engagement_rate_by_views"],
            "likes_spread": (MAD_TO_SD * found["likes_spread"]).where(found["likes_known"] >= 5),
            "engagement_volatility": found["engagement_volatility"].where(found["changes"] >= 4),
            **_compared(posts, by),
            "narrow_like_band_share": found["narrow_like_band_share"].where(found["likes_known"] >= 5),
            "viral_reach": found["viral_reach"].clip(lower=0).where(found["reach_known"] >= 5),
            "hidden_likes_share": found["hidden_likes_share"].where(found["likes_known"] > 0),
            "sponsored_share": found["sponsored_share"],
            "giveaway_share": found["giveaway_share"],
            "tagging_share": found["tagging_share"],
            "posting_gap_hours": found["posting_gap_hours"].where(found["gaps"] >= 4),
            "days_since_last_post": (observed.reindex(found.index) - found["newest"].dt.normalize()).dt.days,
        }
    )


def _posts(posts: pd.DataFrame) -> pd.DataFrame:
    """Posts in order of time, with what each shows by itself."""
    likes, comments, views = posts["likes"], posts["comments"], posts["views"]
    said = posts["caption"].str.slice(0, 2_500).str.lower()
    by_views, by_comments = 0.9 * np.log1p(views), 0.7 * np.log(comments + 5)
    # Posts of one moment, or of none, stand in the order that Bonafide gives them.
    mixed = sum(c.fillna(-1).astype("int64") * k for c, k in ((likes, 7_919), (comments, 104_729), (views, 1_299_709)))
    return posts.assign(
        mixed=mixed * 2_654_435_761 % 4_294_967_291 * 2**31 + mixed % (2**31 - 1),
        engagement=likes + comments,
        reach=views.fillna(likes),
        beside=np.select([views.notna(), comments.notna()], [2, 1], 0),
        log_likes=np.log1p(likes),
        log_comments=np.log(comments + 5),
        unexplained_likes=np.log1p(likes) - by_views.fillna(by_comments).fillna(0.0),
        unexplained_comments=np.log(comments + 5) - 0.5 * np.log1p(likes),
        view_rate=ratio(likes + comments, views),
        sponsored=either(posts["sponsors"].str.len() > 0, posts["sponsors"], said.str.contains(phrases.DECLARED), said),
        tagging=either(posts["mentions"].str.len() > 0, posts["mentions"], said.str.contains("@", regex=False), said),
        giveaway=flag(said.str.contains(GIVEAWAY), said),
    ).sort_values(["posted_at", "mixed"], na_position="first")


def _beside_neighbours(posts: pd.DataFrame, by: Groups) -> None:
    """Add how each post stands beside those before and after it, and beside all of its creator."""
    around = posts.groupby(["creator_id", "beside"], sort=False)

    def above(column: str, quantile: float) -> pd.Series:
        rolling = around[column].rolling(13, min_periods=1, center=True)
        return posts[column] - rolling.quantile(quantile, interpolation="lower").droplevel([0, 1])

    def usual(values: pd.Series) -> pd.Series:
        return values - values.groupby(posts["creator_id"], sort=False).transform("median")

    posts["excess_likes"] = above("unexplained_likes", 0.5)
    posts["boost_likes"] = above("unexplained_likes", 0.25)
    posts["boost_comments"] = above("unexplained_comments", 0.25)
    posts["boost_views"] = (-above("unexplained_likes", 0.75)).where(posts["views"].notna())
    followed = (usual(posts["log_likes"]) / 0.9).where(posts["views"].notna(), usual(posts["log_comments"]) / 0.7)
    posts["viral_reach"] = np.fmin(usual(np.log1p(posts["reach"])), followed)
    posts["log_engagement"] = np.log1p(posts["engagement"])
    posts["change"] = by["log_engagement"].diff().abs()
    posts["gap"] = by["posted_at"].diff().dt.total_seconds() // 60 / 60


def _compared(posts: pd.DataFrame, by: Groups) -> dict[str, pd.Series]:
    """Signals of posts that stand out, where eight can be compared."""
    names = ["excess_likes", "boost_likes", "boost_comments", "boost_views"]
    lines = pd.Series([math.log(2), 0.9, 0.9, 0.9], index=names)
    part = (((posts[names] - (lines - 0.35)) / 0.7).clip(0, 1) * 1_000_000).round()
    counted = part.groupby(posts["creator_id"], sort=False).sum()
    beyond = (posts[names] > lines).groupby(posts["creator_id"], sort=False).sum()
    known = by[names].count()
    upper = by[["boost_likes", "boost_views"]].quantile(0.9).where(known >= 8)
    by_degrees, among_more = ((some / (known + 12)).where(known >= 8) for some in (counted / 1_000_000, beyond))
    return {
        "boosted_likes": upper["boost_likes"],
        "excess_likes_share": by_degrees["excess_likes"],
        "boosted_likes_share": among_more["boost_likes"],
        "boosted_views": upper["boost_views"],
        "boosted_views_share": by_degrees["boost_views"],
        "boosted_comments_share": (beyond / known).where(known >= 8)["boost_comments"],
    }


def growth(history: pd.DataFrame) -> pd.DataFrame:
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
    newest = by["date"].transform("max")

    def window(days: int) -> pd.Series:
        until = history[history["date"] <= newest - pd.Timedelta(days=days)]
        before = until.groupby("creator_id").tail(1).set_index("creator_id")["followers"]
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


def comments(comments: pd.DataFrame, posts: pd.DataFrame) -> pd.DataFrame:
    """What others wrote, how soon, and who returns."""
    comments = comments.dropna(subset=["text", "author_id", "posted_at"], how="all")
    own = comments["author_id"] == comments["creator_id"]
    named = comments["author_id"].notna().groupby(comments["creator_id"]).sum()
    owner_share = ratio(own.groupby(comments["creator_id"]).sum(), named)
    posted = posts[["creator_id", "post_id", "posted_at"]].rename(columns={"posted_at": "post_at"})
    comments = _texts(comments[~own].merge(posted, on=["creator_id", "post_id"], how="left"))
    by = comments.groupby("creator_id", sort=False)
    found = by[list(_OF)].mean()
    known = by[["length", "hours", "said", "likes", "author_posts", "author_id"]].count()
    shares = {signal: found[column].where(known[of] >= 10) for column, (signal, of) in _OF.items()}
    middle, several = by[["length", "hours"]].median(), by[["post_id", "said"]].nunique()
    copies = (known["said"] - several["said"]) / (known["said"] + 30)
    words = comments["said"].str.split().explode().groupby(comments["creator_id"], sort=False).agg(["count", "nunique"])
    poverty = ratio(np.log(words["count"]) - np.log(words["nunique"]), np.log(words["count"]) ** 2)
    return pd.DataFrame(shares).assign(
        repeated_comment_share=copies.where(known["said"] >= 10),
        comment_length=middle["length"].where(known["length"] >= 10),
        lexical_poverty=poverty.where(known["said"] >= 10),
        comment_delay_hours=middle["hours"].where(known["hours"] >= 10),
        repeat_commenter_share=shares["repeat_commenter_share"].where(several["post_id"] >= 2),
        creator_comment_share=owner_share.where(known["author_id"] >= 10),
    )


def _texts(comments: pd.DataFrame) -> pd.DataFrame:
    """Each comment with what its text, its time and its author show."""
    # Arrow lowers the Turkish I to one character, Unicode to two.
    lower = comments["text"].str.slice(0, 2_000).str.strip().str.replace("İ", "i̇", regex=False).str.lower()
    lower = lower.where(lower != "")
    said = lower.str.replace(r"@[\p{L}\p{N}_.]+", " ", regex=True)
    said = said.str.replace(r"[^\p{L}\p{M}\p{N}]+", " ", regex=True).str.strip()
    hours = (comments["posted_at"] - comments["post_at"]).dt.total_seconds() / 3_600
    hours = hours.where(hours >= 0)
    foreign = lower.str.replace(r"[\P{L}\p{Latin}]+", "", regex=True).str.slice(0, 1)
    east_asian = foreign.map(_script, na_action="ignore") == phrases.EAST_ASIAN
    praise = said.str.split().map(_praise, na_action="ignore").eq(other=True)
    wordless, mentioning = lower.str.contains(phrases.WORDLESS), lower.str.contains("@", regex=False)
    promotion = lower.str.contains(f"{phrases.PROMOTION}|{PROMOTION_WORDS}|{phrases.LINK}")
    generic = (praise | lower.str.contains(phrases.UNSPACED_PRAISE)) & ~wordless & ~mentioning
    short = flag((lower.str.len() <= np.where(east_asian, 10, 20)) & ~mentioning, lower)
    hollow = flag(generic | wordless | promotion, lower)
    first_hour, soon, early = (flag(hours <= most, hours) for most in (1, 2, 6))
    author_posts = comments.groupby(["creator_id", "author_id"])["post_id"].transform("nunique", dropna=False)
    author_posts = author_posts.where(comments["author_id"].notna() & comments["post_id"].notna())
    return comments.assign(
        length=lower.str.len(),
        said=said.where(said != ""),
        hours=hours,
        generic=flag(generic, lower),
        wordless=flag(wordless, lower),
        mention_only=flag(lower.str.contains(phrases.MENTIONS), lower),
        mentioning=flag(mentioning, lower),
        promotion=flag(promotion, lower),
        soon_hollow=hollow & soon,
        early_hollow=hollow & early,
        early_short=short & early,
        first_hour=first_hour,
        liked=flag(comments["likes"] > 0, comments["likes"]),
        author_posts=author_posts,
        returning=flag(author_posts >= 2, author_posts),
    )


def _script(letter: str) -> str:
    return phrases.script_of(letter) if letter else phrases.LATIN


def _praise(words: list[str]) -> bool:
    return 0 < len(words) <= phrases.MOST_GENERIC_WORDS and phrases.PRAISE.issuperset(words)


def audience(audience: pd.DataFrame, creators: pd.DataFrame) -> pd.DataFrame:
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
        new=flag(today - day <= 90, day),
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


def ratio(numerator: pd.Series, denominator: pd.Series) -> pd.Series:
    """Quotient, NaN where the denominator is 0."""
    return numerator / denominator.where(denominator != 0)


def flag(value: pd.Series, known: pd.Series) -> pd.Series:
    """The flag where something is known: where `known` has a value, or is itself true."""
    return value.astype("boolean").where(known if known.dtype == bool else known.notna())


def either(first: pd.Series, first_known: pd.Series, second: pd.Series, second_known: pd.Series) -> pd.Series:
    """True where one is, missing where both are unknown."""
    return (first | second).astype("boolean").where(first_known.notna() | second_known.notna())


PROMOTION_WORDS = phrases.PROMOTION_WORDS.replace(r"(?-u:\b)", r"\b")
_OF = {
    "generic": ("generic_comment_share", "length"),
    "wordless": ("emoji_only_comment_share", "length"),
    "mention_only": ("mention_only_comment_share", "length"),
    "mentioning": ("mentioning_comment_share", "length"),
    "promotion": ("promotion_comment_share", "length"),
    "soon_hollow": ("soon_hollow_comment_share", "hours"),
    "early_hollow": ("early_hollow_comment_share", "hours"),
    "early_short": ("early_short_comment_share", "hours"),
    "first_hour": ("first_hour_comment_share", "hours"),
    "liked": ("liked_comment_share", "likes"),
    "returning": ("repeat_commenter_share", "author_posts"),
}
"""Flag of a comment -> the share that it makes, and the column of which ten values must be known."""
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
