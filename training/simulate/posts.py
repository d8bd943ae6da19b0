"""Posts: when, with what counts, and what was bought under each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from training.simulate import purchases
from training.simulate.innocent import EVENTS
from training.simulate.world import (
    BOUGHT_COMMENTS,
    BOUGHT_LIKES,
    BOUGHT_VIEWS,
    COLLABORATION,
    DAYS,
    GIVEAWAY,
    INSTAGRAM,
    PRESS,
    TIKTOK,
    VIRAL,
    YOUTUBE,
    Cohort,
    Flags,
    Floats,
    Ints,
    World,
    X,
    heavy_normal,
    log_normal,
)

if TYPE_CHECKING:
    from training.simulate.growth import Paths

_HOURS = np.array(
    [30, 26, 20, 16, 13, 13, 17, 22, 27, 31, 34, 38, 42, 46, 51, 56, 63, 69, 71, 69, 62, 53, 46, 37], float
)
"""Posts by hour UTC in the real Instagram and TikTok sets, per thousand."""

# One entry a platform: instagram, tiktok, youtube, x, linkedin.
_LIKES_AT_20K = np.array([540.0, 0.0, 0.0, 45.0, 420.0])
_LIKES_SLOPE = 0.77
"""With friends of ordinary people and close communities the whole comes to likes ~ followers^0.757, log residual
about 0.55, as on 634 real accounts (methods.md section 2)."""

_VIEWS_AT_20K = np.array([0, 3300.0, 3000.0, 0, 0])
_VIEWS_SLOPE = np.array([1, 0.97, 0.92, 1, 1])
_LIKES_PER_VIEW = np.array([0, 0.143, 0.030, 0, 0])
_COMMENTS_AT = np.array([[540, 13.0], [73_000, 480.0], [7_700, 900.0], [45, 4.0], [420, 40.0]])
_COMMENTS_SLOPE = np.array([0.74, 0.86, 0.95, 0.80, 0.85])
"""comments ~ likes^0.726 on real Instagram, log residual 0.70 (methods.md section 2); TikTok and YouTube measured."""

_COMMENTS_WITHIN = np.array([0.55, 0.50, 0.40, 0.6, 0.5])
_COMMENTS_SLOPE_WITHIN = 0.66  # between one creator's posts; measured on TikTok


@dataclass
class Posted:
    """Posts of a block, ordered by creator and time; counts as shown and their bought parts."""

    ids: pl.Series
    who: Ints
    at: Floats  # seconds since 1970
    likes: Ints
    comments: Ints
    views: Ints
    shares: Ints
    organic_comments: Floats
    bought_comments: Floats
    pod_comments: Floats
    event: Flags  # the post that the creator's case hangs on
    video: Flags

    def __len__(self) -> int:
        """How many posts."""
        return len(self.who)


def times(people: Cohort, world: World, block: int) -> tuple[Ints, Floats, Flags]:
    """Draw when each creator posted and which post an event hangs on; sets `event_day`."""
    rng = world.rng("times", block)
    who = np.repeat(np.arange(len(people)), people.posts)
    total = len(who)
    uneven = log_normal(
        rng, np.where(people.personal, 2.0, np.where(people.platform == TIKTOK, 1.2, 1.35)), 0.3, len(people)
    )
    gaps = people.gap_days[who] * np.exp(uneven[who] * heavy_normal(rng, total, 8))
    scattered = (people.posts < 5)[who] & (rng.random(len(people)) < 0.6)[who]
    gaps = np.where(scattered, rng.uniform(1, 250, total), gaps)
    summed = np.cumsum(gaps)
    starts = np.cumsum(people.posts) - people.posts
    age = summed - np.repeat(summed[starts] - gaps[starts] * rng.random(len(people)), people.posts)
    idle = np.where(rng.random(len(people)) < 0.25, rng.exponential(25, len(people)), 0.0)
    age += np.where(people.case == -1, idle, 0.0)[who]
    most = people.age_days[who] - 1
    age = np.where(age > most, most * rng.random(total), age)
    now = world.now
    favourite = rng.choice(24, len(people), p=_HOURS / _HOURS.sum())
    hour = (favourite[who] + 3.6 * rng.standard_normal(total)) % 24
    by_clock = (people.gap_days >= 0.5)[who]
    at = np.where(by_clock, np.floor((now - 86_400 * age) / 86_400) * 86_400 + hour * 3600, now - 86_400 * age)
    at = np.round(np.minimum(at, now - 1800 * (1 + rng.random(total))))
    order = np.lexsort((at, who))
    at = at[order]
    return who, np.asarray(at, dtype=float), _events(rng, people, who, np.asarray(now - at, dtype=float))


def _events(rng: np.random.Generator, people: Cohort, who: Ints, old: Floats) -> Flags:
    """Mark one post of each creator with an event, at a time that the history covers where there is one."""
    days = old / 86_400
    good = (days > 4) & (days < np.minimum(people.history_days, 100)[who] - 4)
    wish = rng.random(len(who)) + good * 2 + np.where(days > 4, 1.0, 0.0)
    last = np.lexsort((wish, who))[np.cumsum(people.posts) - 1]
    happens = np.isin(people.case, EVENTS)
    marked = np.zeros(len(who), dtype=bool)
    marked[last[happens]] = True
    people.event_day = np.where(happens, days[last].astype(np.int64), people.event_day)
    quiet = np.isin(people.case, (PRESS,))
    gap = np.where(np.append(who[1:] == who[:-1], False) & good, old - np.append(old[1:], 0), 0)
    widest = np.lexsort((gap, who))[np.cumsum(people.posts) - 1]
    middle = (days[widest] - gap[widest] / 2 / 86_400).astype(np.int64)
    people.event_day = np.where(quiet, np.clip(middle, 3, 100), people.event_day)
    people.event_day = np.minimum(people.event_day, DAYS - 2)
    return marked


def counts(people: Cohort, found: Paths, timing: tuple[Ints, Floats, Flags], world: World, block: int) -> Posted:
    """Draw what each post got, organic and bought."""
    rng = world.rng("counts", block)
    who, at, event = timing
    day = np.clip(DAYS - 1 - ((world.now + 4 * 3600 - 1 - at) // 86_400).astype(np.int64), 0, DAYS - 1)
    platform = people.platform[who]
    fans = found.organic[who, day] + 0.3 * found.won[who, day] + 0.015 * found.bought[who, day]
    hit = _hits(rng, people, who, day, event)
    views, likes = _reach(rng, people, who, fans, hit)
    video = np.isin(platform, (TIKTOK, YOUTUBE)) | ((platform == INSTAGRAM) & (rng.random(len(who)) < 0.3))
    comments = _talk(rng, people, who, likes, hit, event)
    pod = purchases.pod(rng, people, who, comments)
    likes_bought = purchases.bought(rng, people, who, likes, BOUGHT_LIKES)
    views_bought = purchases.bought(rng, people, who, views, BOUGHT_VIEWS)
    comments_bought = purchases.bought(rng, people, who, comments, BOUGHT_COMMENTS)
    number = np.arange(len(who)) - np.repeat(np.cumsum(people.posts) - people.posts, people.posts)
    return Posted(
        ids=pl.Series([f"p{i:03d}" for i in range(int(people.posts.max()))]).gather(number),
        who=who,
        at=at,
        likes=_shown(rng, people, who, np.round(likes + likes_bought + 2.5 * pod)),
        comments=_shown(rng, people, who, np.round(comments + pod + comments_bought)),
        views=_shown(rng, people, who, np.maximum(np.round(views + views_bought), 1)),
        shares=_shown(rng, people, who, _shared(rng, people, who, likes)),
        organic_comments=comments,
        bought_comments=comments_bought,
        pod_comments=pod,
        event=event,
        video=video,
    )


def _shared(rng: np.random.Generator, people: Cohort, who: Ints, likes: Floats) -> Floats:
    """Shares: 0.4 % of likes on TikTok (log-sd 0.9 between creators and 0.8 within, measured), 2 % elsewhere."""
    scatter = 0.9 * rng.standard_normal(len(people))[who] + 0.8 * rng.standard_normal(len(who))
    expected = likes * np.where(people.platform[who] == TIKTOK, 0.0038, 0.02) * np.exp(scatter)
    return rng.poisson(np.minimum(expected, 1e9)).astype(float)


def _hits(rng: np.random.Generator, people: Cohort, who: Ints, day: Ints, event: Flags) -> Floats:
    """How many times the usual reach a post got: 10 to 100 for a viral one, a few for a giveaway or after press."""
    size = len(who)
    since = people.event_day[who] - (DAYS - 1 - day)
    fresh = (since >= 0) & (since <= 10)
    case = people.case[who]
    times_ = np.select(
        [event & (case == VIRAL), event & (case == GIVEAWAY), event & (case == COLLABORATION), (case == PRESS) & fresh],
        [
            10 ** rng.uniform(1, 2, size),
            np.exp(rng.uniform(0.3, 1.4, size)),
            np.exp(rng.uniform(0.2, 1.2, size)),
            np.exp(rng.uniform(0.2, 1.2, size)),
        ],
        1.0,
    )
    return np.asarray(times_)


def _reach(rng: np.random.Generator, people: Cohort, who: Ints, fans: Floats, hit: Floats) -> tuple[Floats, Floats]:
    """Views and likes."""
    size, platform = len(who), people.platform[who]
    lucky = (rng.gumbel(size=size) - np.euler_gamma) * np.sqrt(6) / np.pi
    scatter = people.spread[who] * np.where(
        platform == TIKTOK, 0.8 * heavy_normal(rng, size, 6) + 0.6 * lucky, heavy_normal(rng, size, 6)
    )
    scale = np.log(np.maximum(fans, 5) / 20_000)
    level = people.likes_level[who]
    direct = np.log(np.maximum(_LIKES_AT_20K[platform], 1)) + _LIKES_SLOPE * scale + level + scatter
    direct += np.where(people.personal[who], 1.3, 0.0)  # friends like each other's pictures: 15 % at 350 followers
    seen = (
        np.log(np.maximum(_VIEWS_AT_20K[platform], 1))
        + _VIEWS_SLOPE[platform] * scale
        + people.views_level[who]
        + scatter
    )
    ratio = np.maximum(_LIKES_PER_VIEW[platform], 1e-9)
    odds = np.log(ratio / (1 - ratio)) + np.where(platform == TIKTOK, 1.15, 1.0) * level - 0.3 * (hit > 8)
    odds += np.where(platform == TIKTOK, 0.27, 0.28) * heavy_normal(rng, size, 5)
    by_views = np.isin(platform, (TIKTOK, YOUTUBE))
    views = np.exp(np.minimum(seen, 21)) * hit
    likes = np.where(by_views, views / (1 + np.exp(-odds)), np.exp(direct) * hit)
    likes = np.minimum(likes, np.where(by_views, views, np.maximum(fans, 3) * np.maximum(hit, 1) * 1.2))
    drawn = rng.poisson(np.minimum(likes, 1e9)).astype(float)
    others = np.exp(
        np.where(platform == X, 3.6, 2.3)
        + 0.45 * rng.standard_normal(len(people))[who]
        + 0.3 * rng.standard_normal(size)
    )
    return np.where(by_views, np.maximum(np.round(views), drawn), np.round(drawn * others)), drawn


def _talk(rng: np.random.Generator, people: Cohort, who: Ints, likes: Floats, hit: Floats, event: Flags) -> Floats:
    size, platform = len(who), people.platform[who]
    at, level = _COMMENTS_AT[platform].T
    slope = np.where(people.personal[who], 0.45, _COMMENTS_SLOPE[platform])
    level = np.where(people.personal[who], 0.38, level)
    at = np.where(people.personal[who], 50.0, at)
    logs = np.log(np.maximum(likes, 1))
    typical = (np.bincount(who, logs, len(people)) / np.maximum(people.posts, 1))[who]
    expected = np.log(level) + slope * (typical - np.log(at)) + people.comments_level[who]
    expected += np.minimum(slope, _COMMENTS_SLOPE_WITHIN) * (logs - typical)
    expected += _COMMENTS_WITHIN[platform] * heavy_normal(rng, size, 6)
    expected += np.where(event & (people.case == GIVEAWAY)[who], rng.uniform(1.2, 3.0, size), 0.0)
    expected += np.where(hit > 8, -0.2, 0.0)
    return rng.poisson(np.minimum(np.exp(expected), 1e8)).astype(float)


def _shown(rng: np.random.Generator, people: Cohort, who: Ints, counts_: Floats) -> Ints:
    """TikTok shortens counts to 73.2K and 1.2M; most sources hold them so."""
    short = (people.platform == TIKTOK) & (rng.random(len(people)) < 0.8)
    step = np.where(counts_ >= 1e6, 1e5, np.where(counts_ >= 1e4, 100.0, 1.0))
    return np.where(short[who], np.floor(counts_ / step) * step, counts_).astype(np.int64)
