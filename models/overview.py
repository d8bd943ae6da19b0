"""What reports tell beside their verdicts: `models.facts` of every creator of a request.

Signals that are there already are taken as they are; the rest is counted from the few rows of each creator in plain
Python, which for one creator is quicker than a plan of Polars.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from features.records.hashes import runs
from features.rows.followers import FAKE, INFLUENCER_FOLLOWERS, MASS_FOLLOWINGS
from features.tiers import SCHEME, TIERS
from models.brand_safety import brand_safety
from models.facts import (
    Account,
    Audience,
    AudienceTypes,
    Confidence,
    Engagement,
    Estimate,
    Growth,
    Held,
    Inflated,
    Place,
    Pod,
    Reachability,
    Said,
    Tier,
)
from models.interval import wilson
from models.prices import pricing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from features.records import Tables
    from models.brand_safety import Policy
    from models.report import Anomaly

Row = dict[str, Any]
Signals = dict[str, float | None]
Number = float | None

SCHEMA_VERSION = "1"
NOTABLE_FOLLOWERS = 1_000
"""Followers from which on GRIN and Soundcharts call a follower notable."""
MOST_PLACES = 10
LEAST_POSTS = 3
"""Posts from which on a period, or posts with a sponsor, have an engagement of their own."""
INFLATED, DROP, POINTS = 1.5, 0.3, 25.0
"""CreatorDB's rule for a post with bought views, and its points."""
WINDOWS: tuple[tuple[Literal["7d", "30d", "90d", "180d", "365d"], int], ...] = (
    ("7d", 7),
    ("30d", 30),
    ("90d", 90),
    ("180d", 180),
    ("365d", 365),
)
SURE, FAIRLY_SURE = 0.2, 0.4
Z = 1.959964
DAY = 86_400_000_000
"""Microseconds."""

NO_SHARE = "fewer than 100 followers were sampled, or no model of followers is in the bundle"
NO_TYPES = "no sampled follower has both counts and a probability by a model of followers"
NO_FOLLOWINGS = "too few sampled followers have a count of accounts that they follow"
NO_FOLLOWERS = "no sampled follower has a follower count"
NO_AGES = "too few sampled followers have a day of creation"
NO_LIKES = "too few posts have likes and comments, or followers are not known"
NO_VIEWS = "no posts have views"
NO_TIMES = "too few posts have a time"
NO_HISTORY = "there is no follower history"
NO_COMMENTS = "there are too few comments by others, or what it looks at is not known of them"
SHORT = "the follower history does not reach back that far"
NO_SPONSORS = "there are too few posts with, or without, a sponsor"
NOT_JUDGED = "no model of comments is in the bundle"
NO_POD = "no pod of the context's corpus comments here"

_POSTS = ("post_id", "posted_at", "likes", "comments", "views", "caption", "alt_text", "sponsors")
_HISTORY = ("date", "followers")


@dataclass(frozen=True)
class Overviews:
    """The rows of a request, ready to be told of one creator after the other."""

    creators: dict[str, Row]
    posts: dict[str, Row]
    history: dict[str, Row]
    audience: dict[str, Row]
    policy: Policy
    signals: dict[str, Signals]
    authentic: dict[str, tuple[float, float]]
    """Bounds of the share of authentic comments."""

    @classmethod
    def of(
        cls,
        tables: Tables,
        policy: Policy,
        names: Sequence[str],
        values: NDArray[np.float64],
        commented: NDArray[np.int64],
    ) -> Overviews:
        """Take up the rows.

        Args:
            tables: The creators' records, followers with the follower model's probability where there is one.
            policy: For brand safety.
            names: Of the signals.
            values: A row a creator in the order of `tables.creators`, a column a signal, NaN where one is not known.
            commented: Comments by others of each.
        """
        rows = {row["creator_id"]: row for row in tables.creators.rows(named=True)}
        lists = values.tolist()
        inauthentic = values[:, list(names).index("inauthentic_comment_share")]
        lo, hi = wilson(1.0 - inauthentic, np.maximum(commented, 1), Z)
        return cls(
            creators=rows,
            posts=_by_creator(tables.posts, _POSTS),
            history=_by_creator(tables.follower_history, _HISTORY),
            audience=_followers(tables.audience),
            policy=policy,
            signals={
                name: {signal: None if value != value else value for signal, value in zip(names, row, strict=True)}
                for name, row in zip(rows, lists, strict=True)
            },
            authentic=dict(zip(rows, zip(lo.tolist(), hi.tolist(), strict=True), strict=True)),
        )

    def blocks(
        self, answer: Mapping[str, Any], coverage: Mapping[str, int], anomalies: Sequence[Anomaly]
    ) -> dict[str, object]:
        """The fields of one creator's report.

        Args:
            answer: A row of `models.verdict.VERDICT`.
            coverage: `features.COVERAGE` of the creator.
            anomalies: Of the follower history.
        """
        name = answer["creator_id"]
        creator, signals = self.creators[name], self.signals[name]
        posts = self.posts.get(name) or {column: [] for column in _POSTS}
        history = self.history.get(name) or {column: [] for column in _HISTORY}
        engagement = _engagement(posts, creator["followers"], signals)
        risk = answer["risk_score"]
        usual = _middle(_sums(posts))
        return {
            "schema_version": SCHEMA_VERSION,
            "authenticity_score": None if risk is None else 100.0 - risk,
            "confidence": _confidence(answer["lo"], answer["hi"]),
            "account": _account(creator),
            "data": _held(posts, history, coverage, signals),
            "audience": _audience(answer, self.audience.get(name, {}), signals),
            "engagement": engagement,
            "growth": _growth(history, anomalies),
            "comments": _said(signals, coverage["comments_counted"], self.authentic[name]),
            "posts": _inflated(posts),
            "brand_safety": brand_safety(self.policy, creator["bio"], _captions(posts)),
            "pricing": pricing(creator["platform"], creator["followers"], creator["price"], engagement.views, usual),
        }


def _by_creator(frame: pl.DataFrame, names: Sequence[str]) -> dict[str, Row]:
    """Lists of these columns by creator; times as microseconds and days as days, which are quick to compare."""
    if not frame.height:
        return {}
    lists = {name: _plain(frame[name]).to_list() for name in names}
    return {
        creator: {name: values[rows] for name, values in lists.items()} for creator, rows in runs(frame["creator_id"])
    }


def _plain(column: pl.Series) -> pl.Series:
    """Times as microseconds and dates as days."""
    return column.cast(pl.Int64) if column.dtype.is_temporal() else column


def _followers(audience: pl.DataFrame) -> dict[str, Row]:
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


def _confidence(lo: Number, hi: Number) -> Confidence | None:
    if lo is None or hi is None:
        return None
    width = hi - lo
    return Confidence(label="high" if width <= SURE else "medium" if width <= FAIRLY_SURE else "low", width=width)


def _account(creator: Row) -> Account:
    fields = {name: creator[name] for name in Account.model_fields if name != "tier"}
    return Account(**fields, tier=_tier(creator["followers"]))


def _tier(followers: int | None) -> Tier | None:
    if followers is None:
        return None
    place = max(k for k, (_, least) in enumerate(TIERS) if followers >= least)
    return _TIERS[place]


_TIERS = [
    Tier(name=name, least=least, below=TIERS[k + 1][1] if k + 1 < len(TIERS) else None, scheme=SCHEME)
    for k, (name, least) in enumerate(TIERS)
]


def _held(posts: Row, history: Row, coverage: Mapping[str, int], signals: Signals) -> Held:
    times = _known(posts["posted_at"])
    days = _known(history["date"])
    return Held(
        posts=len(posts["post_id"]),
        posts_from=_day(min(times) // DAY) if times else None,
        posts_to=_day(max(times) // DAY) if times else None,
        comments=coverage["comments_counted"],
        history_days=coverage["history_days"],
        history_from=_day(min(days)) if days else None,
        history_to=_day(max(days)) if days else None,
        followers_sampled=coverage["followers_sampled"],
        hidden_likes_share=signals["hidden_likes_share"],
    )


def _day(number: int) -> date:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=number)).date()


def _audience(answer: Mapping[str, Any], sample: Row, signals: Signals) -> Audience:
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
        "types": _types(sample),
        "reachability": _reachability(signals),
        "notable_share": sample["notable"] / sample["counted"] if sample.get("counted") else None,
        "new_accounts_share": signals["audience_new_account_share"],
    }
    places = {name: _places(sample.get(name, ())) for name in ("countries", "languages")}
    why = zip(found.items(), (NO_SHARE, NO_TYPES, NO_FOLLOWINGS, NO_FOLLOWERS, NO_AGES), strict=True)
    return Audience(**found, **places, unavailable={name: reason for (name, value), reason in why if value is None})


def _types(sample: Row) -> AudienceTypes | None:
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
    counts = Counter(_known(codes))
    if not counts:
        return ()
    most = sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:MOST_PLACES]
    return tuple(Place(code=code, share=count / counts.total()) for code, count in most)


def _engagement(posts: Row, followers: int | None, signals: Signals) -> Engagement:
    likes, comments, views = posts["likes"], posts["comments"], posts["views"]
    sums = _sums(posts)
    usual_views, usual_comments = _middle(views), _middle(comments)
    by_rate: dict[str, object] = {
        "rate_by_followers": signals["engagement_rate"],
        "volatility": signals["engagement_volatility"],
        "likes_spread": signals["likes_spread"],
        "likes_comments_ratio": _total_ratio(likes, comments),
        "comments_rate": _over(usual_comments, followers),
        "likes": _middle(likes),
        "comments": usual_comments,
    }
    by_views: dict[str, object] = {
        "rate_by_views": signals["engagement_rate_by_views"],
        "likes_views_ratio": _total_ratio(likes, views),
        "views_followers_ratio": _over(usual_views, followers),
        "views": usual_views,
    }
    by_time: dict[str, object] = {"posts_per_week": _per_week(_known(posts["posted_at"]))}
    paid: dict[str, object] = {"paid_vs_organic": _paid_vs_organic(sums, posts["sponsors"])}
    shares: dict[str, object] = {"sponsored_share": signals["sponsored_share"]}
    return Engagement(
        **by_rate,
        **by_views,
        **by_time,
        **paid,
        **shares,
        rate_by_period=_rates(sums, posts["posted_at"], followers),
        unavailable=_why(by_rate, NO_LIKES)
        | _why(by_views, NO_VIEWS)
        | _why(by_time, NO_TIMES)
        | _why(paid, NO_SPONSORS)
        | _why(shares, "no post says whether it has a sponsor"),
    )


def _sums(posts: Row) -> list[Number]:
    """Likes and comments of each post, None where one of them is not known."""
    both = zip(posts["likes"], posts["comments"], strict=True)
    return [None if likes is None or comments is None else likes + comments for likes, comments in both]


def _rates(sums: Sequence[Number], times: Sequence[int | None], followers: int | None) -> dict[str, Number]:
    """Engagement of the posts of the last days over followers."""
    known = [(at, engaged) for at, engaged in zip(times, sums, strict=True) if at is not None and engaged is not None]
    if not known or not followers:
        return dict.fromkeys((name for name, _ in WINDOWS), None)
    newest = max(at for at, _ in known)
    found: dict[str, Number] = {}
    for name, days in WINDOWS:
        within = [engaged for at, engaged in known if at > newest - days * DAY]
        found[name] = median(within) / followers if len(within) >= LEAST_POSTS else None
    return found


def _per_week(times: Sequence[int]) -> Number:
    if len(times) < LEAST_POSTS or max(times) - min(times) < 7 * DAY:
        return None
    return (len(times) - 1) * 7 * DAY / (max(times) - min(times))


def _paid_vs_organic(sums: Sequence[Number], sponsors: Sequence[Sequence[str] | None]) -> Number:
    paid = [engaged for engaged, named in zip(sums, sponsors, strict=True) if engaged is not None and named]
    others = [engaged for engaged, named in zip(sums, sponsors, strict=True) if engaged is not None and not named]
    if len(paid) < LEAST_POSTS or len(others) < LEAST_POSTS or not median(others):
        return None
    return median(paid) / median(others)


def _growth(history: Row, anomalies: Sequence[Anomaly]) -> Growth:
    counts = [(day, n) for day, n in zip(history["date"], history["followers"], strict=True) if n is not None]
    known = [day for day, _ in counts]
    before = {name: bisect_right(known, known[-1] - days) if known else 0 for name, days in WINDOWS}
    rates = {name: _rate(counts, place) for name, place in before.items()}
    open_ones = [one for one in anomalies if one.explained_by is None and one.kind != "purge"]
    label = None if not counts else "unexplained" if open_ones else "explained" if anomalies else "even"
    why = _why({"label": label}, NO_HISTORY) | _why(dict(rates.items()), SHORT)
    return Growth.model_validate({"rates": rates, "label": label, "unavailable": why})


def _rate(counts: Sequence[tuple[int, int]], before: int) -> Number:
    """Followers gained since the last of the first `before` counts; None where there is none."""
    if not before or not counts[before - 1][1]:
        return None
    then, now = counts[before - 1][1], counts[-1][1]
    return (now - then) / then


def _said(signals: Signals, n: int, bounds: tuple[float, float]) -> Said:
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
        unavailable=_why(shares, NO_COMMENTS)
        | _why(told, NOT_JUDGED if shares["generic_share"] is not None else NO_COMMENTS)
        | _why({"pod": pod}, NO_POD),
    )


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


def _inflated(posts: Row) -> tuple[Inflated, ...]:
    known = [
        (post, views, engaged / views)
        for post, views, engaged in zip(posts["post_id"], posts["views"], _sums(posts), strict=True)
        if views and engaged is not None
    ]
    if len(known) < LEAST_POSTS:
        return ()
    views, rate = median(one[1] for one in known), median(one[2] for one in known)
    found = []
    for post, seen, own in known:
        inflation, drop = seen / views, 1.0 - own / rate if rate else 0.0
        if inflation >= INFLATED and drop >= DROP:
            points = min(100.0, POINTS * inflation * drop)
            found.append(Inflated(post_id=post, view_inflation=inflation, engagement_drop=drop, points=points))
    return tuple(found)


def _captions(posts: Row) -> list[tuple[str, str]]:
    both = zip(posts["post_id"], posts["caption"], posts["alt_text"], strict=True)
    texts = [(post, f"{caption or ''}\n{alt or ''}" if alt else caption) for post, caption, alt in both]
    return [(post, text) for post, text in texts if text]


def _why(fields: Mapping[str, object], reason: str) -> dict[str, str]:
    """The reason for each figure that is null."""
    return {name: reason for name, value in fields.items() if value is None}


def _known(values: Iterable[Any]) -> list[Any]:
    return [value for value in values if value is not None]


def _middle(values: Sequence[Number]) -> Number:
    known = _known(values)
    return float(median(known)) if known else None


def _over(part: Number, whole: int | None) -> Number:
    return None if part is None or not whole else part / whole


def _total_ratio(ones: Sequence[int | None], others: Sequence[int | None]) -> Number:
    """Sum over sum, of the posts of which both are known."""
    known = [(a, b) for a, b in zip(ones, others, strict=True) if a is not None and b is not None]
    below = sum(b for _, b in known)
    return sum(a for a, _ in known) / below if below else None
