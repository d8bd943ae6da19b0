"""The contract of the records: every table, its key, its columns and their kinds, written down once.

The tables' Polars types, the endpoint's JSON Schema and docs/records.md are all derived from `TABLES`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import polars as pl


class Kind(StrEnum):
    """What a column holds; decides its type, how values are read, and what is refused."""

    ID = "id"  # a non-empty string; whole numbers are read as their digits
    TEXT = "text"
    CHOICE = "choice"  # one of `Column.choices`
    COUNT = "count"  # a non-negative integer
    SHARE = "share"  # a float from 0 to 1
    MONEY = "money"  # a non-negative float
    FLAG = "flag"
    TIME = "time"  # a UTC timestamp
    DATE = "date"
    TEXTS = "texts"  # a list of strings
    WEIGHTS = "weights"  # a mapping of names to floats, kept as JSON text


POLARS_TYPES: dict[Kind, pl.DataType] = {
    Kind.ID: pl.String(),
    Kind.TEXT: pl.String(),
    Kind.CHOICE: pl.String(),
    Kind.COUNT: pl.Int64(),
    Kind.SHARE: pl.Float64(),
    Kind.MONEY: pl.Float64(),
    Kind.FLAG: pl.Boolean(),
    Kind.TIME: pl.Datetime("us", "UTC"),
    Kind.DATE: pl.Date(),
    Kind.TEXTS: pl.List(pl.String()),
    Kind.WEIGHTS: pl.String(),
}

PLATFORMS = ("instagram", "tiktok", "youtube", "x", "linkedin")
MEDIA_TYPES = ("image", "video", "carousel", "text")
VERDICTS = ("genuine", "fraud", "unsure")


@dataclass(frozen=True)
class Column:
    """One column.

    `label` columns are read for training only. A count is at most `most`; `without` is left out where a text begins so;
    `prose` is read as people wrote it, see `features.records.prose`.
    """

    name: str
    kind: Kind
    about: str
    choices: tuple[str, ...] = ()
    required: bool = False
    label: bool = False
    most: int | None = None
    without: str = ""
    prose: bool = False

    @property
    def dtype(self) -> pl.DataType:
        """The Polars type of the column."""
        return POLARS_TYPES[self.kind]


@dataclass(frozen=True)
class Table:
    """One table: its name, its key columns (first in `columns`), and what a row of it is."""

    name: str
    key: tuple[str, ...]
    about: str
    columns: tuple[Column, ...]

    def schema(self, *, labels: bool = False) -> pl.Schema:
        """Column names and Polars types, without the label columns unless asked for."""
        return pl.Schema({c.name: c.dtype for c in self.columns if labels or not c.label})

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The columns of `schema`, without the label columns."""
        return tuple(self.schema())

    def empty(self, *, labels: bool = False) -> pl.DataFrame:
        """A frame with the table's columns and no rows."""
        return pl.DataFrame(schema=self.schema(labels=labels))

    def column(self, name: str) -> Column:
        """The column of that name; KeyError when the table has none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


def _key(name: str, about: str, kind: Kind = Kind.ID) -> Column:
    return Column(name, kind, about, required=True)


_CREATOR = _key("creator_id", "The creator, as the caller names it.")

CREATORS = Table(
    "creators",
    ("creator_id",),
    "A creator's profile as it was observed.",
    (
        _CREATOR,
        Column("platform", Kind.CHOICE, "The network the account is on.", choices=PLATFORMS, required=True),
        Column("handle", Kind.TEXT, "The account's handle; an @ before it is left out.", without="@"),
        Column("display_name", Kind.TEXT, "The name shown beside the handle.", prose=True),
        Column("bio", Kind.TEXT, "The profile's text.", prose=True),
        Column("followers", Kind.COUNT, "Followers or subscribers."),
        Column("following", Kind.COUNT, "Accounts followed."),
        Column("posts_count", Kind.COUNT, "Posts ever published."),
        Column("verified", Kind.FLAG, "Verified by the platform."),
        Column("private", Kind.FLAG, "Visible to approved followers only."),
        Column("business", Kind.FLAG, "A business or professional account."),
        Column("category", Kind.TEXT, "The category the account chose."),
        Column("country", Kind.TEXT, "Country, ISO 3166 alpha-2."),
        Column("language", Kind.TEXT, "Main language, ISO 639-1."),
        Column("created_at", Kind.TIME, "When the account was created."),
        Column("agency", Kind.TEXT, "Agency or network that represents the creator."),
        Column("price", Kind.MONEY, "Price asked for one post, USD."),
        Column("observed_at", Kind.TIME, "When the profile was observed."),
    ),
)

POSTS = Table(
    "posts",
    ("creator_id", "post_id"),
    "One post with its public counts.",
    (
        _CREATOR,
        _key("post_id", "The post."),
        Column("posted_at", Kind.TIME, "When it was published."),
        Column("likes", Kind.COUNT, "Likes; null where hidden."),
        Column("comments", Kind.COUNT, "Comments."),
        Column("views", Kind.COUNT, "Views or plays."),
        Column("shares", Kind.COUNT, "Shares."),
        Column("saves", Kind.COUNT, "Saves."),
        Column("caption", Kind.TEXT, "Caption, or title and tags.", prose=True),
        Column("alt_text", Kind.TEXT, "Description of the image.", prose=True),
        Column("media_type", Kind.CHOICE, "What was posted.", choices=MEDIA_TYPES),
        Column("mentions", Kind.TEXTS, "Accounts tagged."),
        Column("sponsors", Kind.TEXTS, "Sponsors declared."),
    ),
)

FOLLOWER_HISTORY = Table(
    "follower_history",
    ("creator_id", "date"),
    "Counts of an account on one day.",
    (
        _CREATOR,
        _key("date", "The day, UTC.", Kind.DATE),
        Column("followers", Kind.COUNT, "Followers on that day."),
        Column("following", Kind.COUNT, "Accounts followed on that day."),
        Column("posts_count", Kind.COUNT, "Posts on that day."),
    ),
)

COMMENTS = Table(
    "comments",
    ("creator_id", "comment_id"),
    "One comment under a creator's post. A comment by the creator stays out of the comment signals.",
    (
        _CREATOR,
        _key("comment_id", "The comment."),
        Column("post_id", Kind.ID, "The post it stands under."),
        Column("author_id", Kind.ID, "Who wrote it, hashed or not."),
        Column("text", Kind.TEXT, "The comment's text.", prose=True),
        Column("posted_at", Kind.TIME, "When it was written."),
        Column("likes", Kind.COUNT, "Likes of the comment."),
        Column("is_reply", Kind.FLAG, "A reply to another comment."),
        Column("author_verified", Kind.FLAG, "The author is verified."),
        Column("spam", Kind.FLAG, "Label: not a genuine comment.", label=True),
    ),
)

AUDIENCE = Table(
    "audience",
    ("creator_id", "follower_id"),
    "A sample of a creator's followers, one profile a row.",
    (
        _CREATOR,
        _key("follower_id", "The follower, hashed or not."),
        Column("followers", Kind.COUNT, "The follower's own followers."),
        Column("following", Kind.COUNT, "Accounts the follower follows."),
        Column("posts_count", Kind.COUNT, "The follower's posts."),
        Column("has_picture", Kind.FLAG, "Has a profile picture."),
        Column("private", Kind.FLAG, "Private account."),
        Column("verified", Kind.FLAG, "Verified account."),
        Column("business", Kind.FLAG, "Business account."),
        Column("bio_length", Kind.COUNT, "Characters in the bio."),
        Column("handle_length", Kind.COUNT, "Characters in the handle."),
        Column("handle_digit_ratio", Kind.SHARE, "Share of digits in the handle."),
        Column("has_url", Kind.FLAG, "Has a link in the profile."),
        Column("country", Kind.TEXT, "Country, ISO 3166 alpha-2."),
        Column("language", Kind.TEXT, "Language, ISO 639-1."),
        Column("created_at", Kind.TIME, "When the follower's account was created."),
        Column("followed_rank", Kind.COUNT, "Place in the order of following, 0 the first."),
        Column("fake", Kind.FLAG, "Label: not a genuine follower.", label=True),
    ),
)

AUDITS = Table(
    "audits",
    ("creator_id", "audited_at"),
    "A reviewer's verdict on a creator.",
    (
        _CREATOR,
        _key("audited_at", "When the verdict was given.", Kind.TIME),
        Column(
            "verdict", Kind.CHOICE, "What the reviewer found; a later row without one takes it back.", choices=VERDICTS
        ),
        Column("fake_follower_share", Kind.SHARE, "Share of fake followers the reviewer found."),
        Column("types", Kind.TEXTS, "Kinds of fraud found."),
        Column("reviewer", Kind.TEXT, "Who reviewed."),
        Column("note", Kind.TEXT, "Free text."),
    ),
)

BRIEFS = Table(
    "briefs",
    ("brief_id",),
    "What a brand is looking for.",
    (
        _key("brief_id", "The brief."),
        Column("brand", Kind.TEXT, "The brand's name."),
        Column("text", Kind.TEXT, "The brief in words.", prose=True),
        Column("niches", Kind.TEXTS, "Niches wanted."),
        Column("brand_posts", Kind.TEXTS, "Captions of the brand's own posts."),
        Column("example_creators", Kind.TEXTS, "Ids of creators that fitted before."),
        Column("platforms", Kind.TEXTS, "Platforms wanted."),
        Column("tiers", Kind.TEXTS, "Follower tiers wanted."),
        Column("countries", Kind.TEXTS, "Creators' countries wanted."),
        Column("languages", Kind.TEXTS, "Creators' languages wanted."),
        Column("audience_countries", Kind.TEXTS, "Audience countries wanted."),
        Column("max_risk", Kind.MONEY, "Highest risk score accepted, 0 to 100."),
        Column("exclude_brands", Kind.TEXTS, "Brands that a candidate may not have worked for."),
        Column("budget", Kind.MONEY, "Budget of the set, USD."),
        Column("set_size", Kind.COUNT, "Creators wanted in the set."),
        Column("max_overlap", Kind.SHARE, "Largest overlap of commenters accepted within the set."),
        Column("weights", Kind.WEIGHTS, "Weights of relevance, authenticity and reach."),
    ),
)

NICHES = Table(
    "niches",
    ("creator_id", "niche"),
    "Label: a niche of a creator; several rows a creator are allowed.",
    (_CREATOR, _key("niche", "The niche, as the taxonomy names it.")),
)

MATCHES = Table(
    "matches",
    ("brief_id", "creator_id"),
    "Label: how well a creator matched a brief.",
    (
        _key("brief_id", "The brief."),
        _CREATOR,
        Column("relevance", Kind.COUNT, "0 not at all, 3 fully.", most=3),
    ),
)

RECORD_TABLES = (CREATORS, POSTS, FOLLOWER_HISTORY, COMMENTS, AUDIENCE)
"""What a creator's record consists of; the last four nest inside the first in NDJSON and HTTP."""

LABEL_TABLES = (AUDITS, NICHES, MATCHES)

TABLES: dict[str, Table] = {t.name: t for t in (*RECORD_TABLES, *LABEL_TABLES, BRIEFS)}
