"""What every part of a simulation shares: the names, the seed's streams of random numbers, and a block of creators."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.records.contract import PLATFORMS

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]

INSTAGRAM, TIKTOK, YOUTUBE, X, LINKEDIN = range(len(PLATFORMS))

KINDS = ("bought_followers", "bought_likes", "bought_views", "bought_comments", "pod", "follow_unfollow")
BOUGHT_FOLLOWERS, BOUGHT_LIKES, BOUGHT_VIEWS, BOUGHT_COMMENTS, POD, FOLLOW_UNFOLLOW = range(len(KINDS))

CASES = (
    "viral_post",
    "press",
    "giveaway",
    "collaboration",
    "platform_purge",
    "new_account",
    "non_english",
    "small_loyal_community",
    "hidden_likes",
    "missing_tables",
)
VIRAL, PRESS, GIVEAWAY, COLLABORATION, PURGE, NEW, NON_ENGLISH, LOYAL, HIDDEN, MISSING = range(len(CASES))

NICHES = ("fashion", "other", "travel", "family", "food", "beauty", "interior", "fitness", "pet")

NEWS = 5
"""Days of news a platform and year."""

DAYS = 366
"""Days of follower counts that are worked out for everyone; column `DAYS - 1` is the last day."""


@dataclass(frozen=True)
class World:
    """What holds for all creators of one simulation.

    `purge_days` are days before `until`, one a platform. `news_days` and `news_size`, platforms × events, are days on
    which news moves many accounts of a platform at once, and the log growth that they bring to most of these.
    """

    creators: int
    seed: int
    until: date
    purge_days: Ints
    news_days: Ints
    news_size: Floats

    @classmethod
    def of(cls, creators: int, seed: int, until: date) -> World:
        """Draw what is common to all: the day on which each platform removed accounts, and days of news.

        They follow from the last day alone: two simulations that end together share one world's calendar, as two
        corpora of real creators do.
        """
        rng = np.random.default_rng([until.toordinal(), zlib.crc32(b"world")])
        purge = rng.integers(12, 60, len(PLATFORMS))
        shape = (len(PLATFORMS), NEWS)
        size = 0.006 * np.exp(0.6 * rng.standard_normal(shape)) * np.where(rng.random(shape) < 0.3, -1, 1)
        return cls(creators, seed, until, purge, rng.integers(2, 300, shape), size)

    @property
    def now(self) -> float:
        """When everything was observed, 20:00 UTC of the last day, in seconds since 1970."""
        return datetime.combine(self.until, time(20), UTC).timestamp()

    def rng(self, part: str, block: int = 0) -> np.random.Generator:
        """A stream of random numbers of its own for one part of one block, so that parts do not disturb each other."""
        return np.random.default_rng([self.seed, zlib.crc32(part.encode()), block])


@dataclass
class Cohort:
    """A block of creators, one entry an array each; what the parts of the simulation hand on to each other.

    `followers` are genuine ones on the last day. `doses` is creators × kinds, the share that is bought. `case` indexes
    `CASES` (-1 none); fraudulent creators meet the same events, so no event speaks for honesty by itself.
    """

    ids: pl.Series
    platform: Ints
    country: NDArray[np.str_]
    language: Ints
    niche: Ints
    second_niche: Ints  # -1 none
    population: Ints  # whose habits they have: see fitted.py
    followers: Floats
    following: Floats
    posts_count: Floats
    age_days: Floats
    posts: Ints
    gap_days: Floats
    history_days: Ints
    sampled: Ints  # followers in the audience sample
    habits: dict[str, Floats]  # how much the posts get and how they differ: see fitted.py
    commenters: dict[str, Floats]  # how the people under the posts behave: see fitting_comments.py
    english: Floats  # share of comments in English whatever the creator's language
    case: Ints
    event_day: Ints  # days before the end, -1 none
    event_size: Floats  # log growth of followers through the event
    doses: Floats
    decays: Flags  # bought followers leave again
    style: Ints  # how it was bought: see fraud.py
    seller: Ints
    quality: Floats  # of what was bought, 0 crude to 1 nearly lifelike

    def __len__(self) -> int:
        """How many creators."""
        return len(self.ids)

    @property
    def fraud(self) -> Flags:
        """Who bought something."""
        return np.asarray(self.doses.max(axis=1) > 0)


def chosen(rng: np.random.Generator, shares: Floats | list[float], size: int) -> Ints:
    """Indices drawn with the given shares (which need not add up to one)."""
    edges = np.cumsum(np.asarray(shares, dtype=float))
    return np.searchsorted(edges / edges[-1], rng.random(size), side="right").astype(np.int64)


def log_normal(rng: np.random.Generator, median: Floats | float, spread: Floats | float, size: int) -> Floats:
    """Log-normal values with this median and log standard deviation."""
    return np.asarray(median * np.exp(spread * rng.standard_normal(size)))


def mixed(*parts: Ints | int) -> NDArray[np.uint64]:
    """Whole numbers stirred into one 48-bit number (splitmix64), to stand as the hash of a person."""
    state = np.asarray(0x9E3779B97F4A7C15, dtype=np.uint64)
    with np.errstate(over="ignore"):
        for part in parts:
            state = state * np.uint64(0xBF58476D1CE4E5B9) + np.asarray(part).astype(np.uint64)
            state = (state ^ (state >> np.uint64(30))) * np.uint64(0x94D049BB133111EB)
            state = state ^ (state >> np.uint64(27))
    return np.asarray(state >> np.uint64(16))


def moments(seconds: Floats) -> pl.Series:
    """Seconds since 1970 as times of the contract, whole seconds."""
    return pl.Series(np.round(seconds).astype(np.int64) * 1_000_000).cast(pl.Datetime("us", "UTC"))


def nothing(size: int) -> pl.Series:
    """A column of text without any."""
    return pl.Series([None], dtype=pl.String).new_from_index(0, size)


def blank(size: int) -> pl.Series:
    """A column of empty text."""
    return pl.Series([""], dtype=pl.String).new_from_index(0, size)


def nulled(values: pl.Series | Floats | Ints, where: Flags) -> pl.Series:
    """The values with null where the flag holds."""
    series = pl.Series(values)
    return pl.select(pl.when(~pl.Series(where)).then(series)).to_series()
