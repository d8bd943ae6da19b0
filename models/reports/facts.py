"""What a report tells beside its verdict: the account, what there is of it, audience, engagement, growth, comments.

A figure that cannot be known is null, and `unavailable` of its block says why. Shares and rates are between 0 and 1
unless a field says otherwise; averages are medians, which one viral post does not move.
"""

from __future__ import annotations

from datetime import date, datetime  # noqa: TC003 - pydantic reads it at run time
from typing import Literal

from pydantic import Field

from models.frozen import Frozen

Unavailable = dict[str, str]
Windows = dict[Literal["7d", "30d", "90d", "180d", "365d"], float | None]


class Block(Frozen):
    """A part of a report whose figures may not be there."""

    unavailable: Unavailable = Field(default_factory=dict, description="Why a figure is null, by its name.")


class Estimate(Frozen):
    """A share seen in a sample."""

    value: float
    lo: float | None
    hi: float | None
    n: int = Field(description="Size of the sample.")
    method: str


class Confidence(Frozen):
    """How sure the probability is."""

    label: Literal["high", "medium", "low"] = Field(
        description="high: the interval is at most 0.2 wide; medium: at most 0.4; low: wider, or the state is "
        "low_confidence."
    )
    width: float = Field(description="`hi` less `lo`.")


class Tier(Frozen):
    """A size of accounts."""

    name: str
    least: int = Field(description="Followers from which on.")
    below: int | None = Field(description="Followers below which; null for the largest.")
    scheme: str = Field(description="Names the bounds.")


class Account(Frozen):
    """The profile as it was handed in."""

    platform: str
    handle: str | None
    display_name: str | None
    verified: bool | None
    private: bool | None
    business: bool | None
    category: str | None
    country: str | None
    language: str | None
    created_at: datetime | None
    followers: int | None
    following: int | None
    posts_count: int | None
    tier: Tier | None


class Held(Frozen):
    """How much there is to judge by."""

    posts: int
    posts_from: date | None = Field(description="Day of the oldest post with a time.")
    posts_to: date | None
    comments: int = Field(description="Comments by others.")
    history_days: int = Field(
        description="Days with a follower count that says something of them: taken anew, not misread, and not so "
        "coarse (1.2M) that a purchase of a tenth would not be seen."
    )
    history_from: date | None
    history_to: date | None
    followers_sampled: int
    hidden_likes_share: float | None = Field(description="Share of posts whose likes are hidden.")


class AudienceTypes(Frozen):
    """Shares of the sampled followers, which sum to 1; of several types a follower is of the first that fits.

    The order and the limits are those that HypeAuditor publishes; "suspicious" is the follower model's.
    """

    mass_followers: float = Field(description="Follow more than 1,500 accounts.")
    influencers: float = Field(description="Have more than 5,000 followers and follow fewer than 1,500.")
    suspicious: float = Field(description="Likelier fake than not, by the follower model.")
    real: float = Field(description="All others.")


class Reachability(Frozen):
    """Shares of the sampled followers by how many accounts they follow: who follows many sees little of each."""

    lt_500: float
    from_500_to_999: float
    from_1000_to_1500: float
    gt_1500: float


class Place(Frozen):
    """A country or a language of the sampled followers."""

    code: str
    share: float = Field(description="Of the followers of whom it is known.")


class Audience(Block):
    """Whom the sampled followers are. Nothing is inferred: countries and languages are those handed in."""

    credibility: Estimate | None = Field(description="Share of followers who are genuine: 1 less the contamination.")
    types: AudienceTypes | None
    reachability: Reachability | None
    notable_share: float | None = Field(description="Share of sampled followers with more than 1,000 followers.")
    new_accounts_share: float | None = Field(description="Share of sampled followers younger than 90 days.")
    countries: tuple[Place, ...] = Field(description="The ten most frequent.")
    languages: tuple[Place, ...] = Field(description="The ten most frequent.")


class Engagement(Block):
    """Figures of the posts; medians over posts unless said otherwise."""

    rate_by_followers: float | None = Field(description="Likes and comments over followers.")
    rate_by_views: float | None = Field(description="Likes and comments over views.")
    rate_by_period: Windows = Field(
        description="`rate_by_followers` of the posts of the last days, from three posts on; ends at the newest post."
    )
    volatility: float | None = Field(description="Change of log engagement from one post to the next.")
    likes_spread: float | None = Field(description="Robust spread of log likes over posts.")
    likes_comments_ratio: float | None = Field(description="All likes over all comments.")
    likes_views_ratio: float | None = Field(description="All likes over all views.")
    comments_rate: float | None = Field(description="Comments over followers.")
    views_followers_ratio: float | None = Field(description="Views over followers.")
    likes: float | None
    comments: float | None
    views: float | None
    posts_per_week: float | None = Field(description="From the first to the last post with a time.")
    sponsored_share: float | None = Field(description="Share of posts that declare a sponsor.")
    paid_vs_organic: float | None = Field(
        description="Engagement of posts with a sponsor over that of the others, from three of each on."
    )


class Growth(Block):
    """How the followers changed; `anomalies` of the report has the stretches that stand out."""

    rates: Windows = Field(
        description="Followers gained over the days before the newest count, over those before. The count that they "
        "begin with may be older by a seventh of the days; where none is as near, the figure is null."
    )
    label: Literal["even", "explained", "unexplained"] | None = Field(
        description="Whether a stretch stands out, and whether a benign cause was found for each that does. Null where "
        "fewer than 28 counts, or counts more than a week apart, do not tell."
    )


class Pod(Frozen):
    """A group of the context's corpus who comment under each other's posts, the creator among them.

    They come sooner than others do, or miss hardly a post; friends may do so too.
    """

    comment_share: float = Field(description="Share of comments by members of the pod; 0 where the creator is of none.")
    reciprocity: float | None = Field(description="Share of tied pairs of its creators who comment mutually.")


class Said(Block):
    """What the comments by others are like: shares of them."""

    authentic_share: Estimate | None = Field(description="By the comment model.")
    generic_share: float | None
    emoji_only_share: float | None
    mention_only_share: float | None
    repeated_share: float | None = Field(description="Of comments with words, those whose words another one has.")
    promotion_share: float | None
    caption_language_share: float | None = Field(description="Of groups of comments, those in the captions' language.")
    first_hour_share: float | None
    repeat_commenter_share: float | None
    same_order: float | None = Field(description="-1 to 1: whether returning people come in the same order.")
    pod: Pod | None


class Inflated(Frozen):
    """A post whose views stand far above its account's and whose engagement does not follow.

    The rule and the points are CreatorDB's: views from 1.5 times the account's median on, and engagement over views
    30 % or more below its median; min(100, 25 x `view_inflation` x `engagement_drop`) points.
    """

    post_id: str
    view_inflation: float = Field(description="Views over the account's median.")
    engagement_drop: float = Field(description="How far engagement over views lies below the median, as a share.")
    points: float = Field(description="0 to 100, of this rule alone; not part of the risk.")


class SafetyItem(Frozen):
    """A category of the policy."""

    category: str
    hit: bool
    posts: tuple[str, ...] = Field(description="Ids of the posts where a word of it stands, at most twenty.")
    count: int = Field(description="Posts where a word of it stands.")
    in_bio: bool


class BrandSafety(Block):
    """Where words of a keyword policy stand. A word is no verdict: read the posts.

    Nothing is said of the person, and no trait is inferred.
    """

    policy: str = Field(description="Name and version of the policy.")
    hits: int | None = Field(description="Categories with a word somewhere; null without a text.")
    texts: int = Field(description="Captions and profile texts that were searched.")
    items: tuple[SafetyItem, ...]


class Range(Frozen):
    """From and to; either end may be open."""

    lo: float | None
    hi: float | None


class Pricing(Block):
    """What a post costs by published norms, and what was asked for."""

    currency: Literal["USD"] = "USD"
    post: Range | None = Field(description="Price of a post by accounts of that size.")
    asked: float | None = Field(description="The price that the record names.")
    asked_stands: Literal["below", "within", "above"] | None = Field(description="Against `post`.")
    cpm: Range | None = Field(description="`post` for a thousand of the usual views.")
    cpe: Range | None = Field(description="`post` for one of the usual likes and comments.")
    norms_version: str
    source: str
    grade: Literal["A", "B", "C"] = Field(description="A: open data; B: a study with its method; C: a rule of thumb.")
