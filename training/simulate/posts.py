"""Posts: when, with what counts, and what was bought under each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from training.simulate import purchases
from training.simulate.fitted import ORDINARY, TIKTOK_FAMOUS, reach_line, unlike
from training.simulate.innocent import EVENTS
from training.simulate.world import (
    BOUGHT_COMMENTS,
    BOUGHT_LIKES,
    BOUGHT_VIEWS,
    COLLABORATION,
    DAYS,
    GIVEAWAY,
    INSTAGRAM,
    NEW,
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
)

if TYPE_CHECKING:
    from training.simulate.growth import Paths

_HOURS = np.array(
    [30, 26, 20, 16, 13, 13, 17, 22, 27, 31, 34, 38, 42, 46, 51, 56, 63, 69, 71, 69, 62, 53, 46, 37], float
)
"""Posts by hour UTC in the real Instagram and TikTok sets, per thousand."""

_OLDEST = 3500.0
"""Days for which the oldest accounts of ordinary people have been there."""

_FURTHEST = 5.0
"""Log factor between a post and the creator's median that everyday luck does not exceed."""


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
    uneven = np.exp(np.minimum(people.habits["gap_spread"], 1.2))
    noise = unlike(rng, "gap", people.population, who)
    gaps = np.minimum(people.gap_days[who] * np.exp(uneven[who] * noise), 1500)
    scattered = (people.posts < 5)[who] & (rng.random(len(people)) < 0.6)[who]
    gaps = np.where(scattered, rng.uniform(1, 250, total), gaps)
    summed = np.cumsum(gaps)
    starts = np.cumsum(people.posts) - people.posts
    age = summed - np.repeat(summed[starts] - gaps[starts] * rng.random(len(people)), people.posts)
    idle = np.where(rng.random(len(people)) < 0.25, rng.exponential(25, len(people)), 0.0)
    age += np.where(people.case == -1, idle, 0.0)[who]
    longest = np.ones(len(people))
    np.maximum.at(longest, who, age)
    older = np.clip(1.2 * longest, people.age_days, _OLDEST)
    people.age_days = np.where(people.population == ORDINARY, older, people.age_days)
    age = age * np.minimum(1, (people.age_days * 0.97 - 1) / longest)[who]
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
    quiet = people.case == PRESS
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
    # The trend fitted to ordinary people and TikTok is of likes as they are, growth of followers included.
    last = np.isin(people.population, (ORDINARY, TIKTOK_FAMOUS)) & (people.case != NEW)
    seen = np.where(last[who], DAYS - 1, day)
    fans = found.organic[who, seen] + 0.3 * found.won[who, seen] + 0.015 * found.bought[who, seen]
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
    start, slope = reach_line(people.population)
    habits = people.habits
    noise = unlike(rng, "reach", people.population, who, habits["trend"])
    apart = np.clip(np.exp(habits["reach_spread"])[who] * noise, -_FURTHEST, _FURTHEST)
    reach = (start + habits["reach"])[who] + slope[who] * np.log(np.maximum(fans, 5)) + apart
    odds = (habits["rate"])[who] + habits["rate_slope"][who] * apart - 0.3 * (hit > 8)
    odds += np.exp(habits["rate_spread"])[who] * unlike(rng, "rate", people.population, who)
    by_views = np.isin(platform, (TIKTOK, YOUTUBE))
    views = np.exp(np.minimum(reach, 20.5)) * hit
    likes = np.where(by_views, views / (1 + np.exp(-odds)), np.maximum(np.exp(np.minimum(reach, 18)) - 1, 0) * hit)
    likes = np.minimum(likes, np.where(by_views, views, np.maximum(fans, 3) * np.maximum(hit, 1) * 1.2))
    drawn = rng.poisson(np.minimum(likes, 1e9)).astype(float)
    others = np.exp(
        np.where(platform == X, 3.6, 2.3)
        + 0.45 * rng.standard_normal(len(people))[who]
        + 0.3 * rng.standard_normal(size)
    )
    return np.where(by_views, np.maximum(np.round(views), drawn), np.round(drawn * others)), drawn


def _talk(rng: np.random.Generator, people: Cohort, who: Ints, likes: Floats, hit: Floats, event: Flags) -> Floats:
    size, habits = len(who), people.habits
    logs = np.log1p(likes)
    typical = _middle(logs, who, len(people))[who]
    expected = typical + habits["talk"][who] + habits["talk_slope"][who] * (logs - typical)
    expected += np.exp(habits["talk_spread"])[who] * unlike(rng, "talk", people.population, who)
    expected += np.where(event & (people.case == GIVEAWAY)[who], rng.uniform(1.2, 3.0, size), 0.0)
    expected += np.where(hit > 8, -0.2, 0.0)
    return rng.poisson(np.minimum(np.exp(expected), 1e8)).astype(float)


def _middle(values: Floats, who: Ints, size: int) -> Floats:
    """The middle value of each creator's posts."""
    order = np.lexsort((values, who))
    many = np.bincount(who, minlength=size)
    return np.asarray(values[order][np.cumsum(many) - many + many // 2])


def _shown(rng: np.random.Generator, people: Cohort, who: Ints, counts_: Floats) -> Ints:
    """TikTok shortens counts to 73.2K and 1.2M; most sources hold them so."""
    short = (people.platform == TIKTOK) & (rng.random(len(people)) < 0.8)
    step = np.where(counts_ >= 1e6, 1e5, np.where(counts_ >= 1e4, 100.0, 1.0))
    return np.where(short[who], np.floor(counts_ / step) * step, counts_).astype(np.int64)
