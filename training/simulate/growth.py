"""Followers and followings day by day: organic growth, events, and what is bought."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import polars as pl
from scipy.signal import lfilter

from training.simulate.fraud import DRIP, LEAST, ONE_DAY, TRANCHES, beside
from training.simulate.purchases import rounded
from training.simulate.world import (
    BOUGHT_FOLLOWERS,
    COLLABORATION,
    DAYS,
    FOLLOW_UNFOLLOW,
    GIVEAWAY,
    NEW,
    PRESS,
    PURGE,
    TIKTOK,
    VIRAL,
    YOUTUBE,
    Cohort,
    Flags,
    Floats,
    Ints,
    World,
    nulled,
)

_TODAY = DAYS - 1
_TIERS = np.array([1e4, 5e4, 1e5, 5e5])
_MONTHLY = np.array([0.022, 0.016, 0.011, 0.008, 0.006])
"""Median monthly growth by tier (nano 2-5 %, 10-100K 1-3 %, above 0.5-1.5 %: rules of thumb of the market's guides)."""

_HALF_LIFE = {VIRAL: 3.0, PRESS: 2.0, COLLABORATION: 2.0, GIVEAWAY: 3.0}
"""Days in which the daily gain of an event halves."""

_LINGERS = 0.5 ** (1 / 8)  # word of mouth goes on for weeks


@dataclass
class Paths:
    """Creators × days of counts: genuine followers, bought ones, those won by mass following, and followings."""

    organic: Floats
    bought: Floats
    won: Floats
    following: Floats
    arrived: Floats  # how much of the bought had come by each day, 0 to 1

    @property
    def total(self) -> Floats:
        """Followers as the platform counts them."""
        return self.organic + self.bought + self.won


def paths(people: Cohort, world: World, block: int) -> Paths:
    """Draw every creator's last 366 days; sets the doses of bought followers to what was bought in the end."""
    rng = world.rng("growth", block)
    purge = _TODAY - world.purge_days[people.platform]
    organic = _organic(rng, people, world, purge)
    bought, arrived = _bought(rng, people, purge)
    won, churned = _won(rng, people)
    following = _followings(rng, people, churned)
    return Paths(organic, bought, won, following, arrived)


def _organic(rng: np.random.Generator, people: Cohort, world: World, purge: Ints) -> Floats:
    size = len(people)
    monthly = _MONTHLY[np.searchsorted(_TIERS, people.followers)] * np.exp(0.9 * rng.standard_normal(size))
    drift = np.log1p(np.where(rng.random(size) < 0.13, -0.25, 1.0) * monthly)[:, None] / 30
    wobble = lfilter([0.5], [1, -0.55], rng.standard_normal((size, DAYS)), axis=1)
    growth = drift * np.exp(wobble - 0.18) + rng.standard_normal((size, DAYS)) * (0.15 * np.abs(drift) + 3e-5)
    flow = people.followers[:, None] * (np.abs(drift) + 2e-4)
    growth += rng.standard_normal((size, DAYS)) * np.sqrt(np.maximum(flow, 0.2)) / people.followers[:, None]
    growth += _bumps(rng, size)
    growth += _events(rng, people)
    _news(rng, people, world, growth)
    growth = np.where((people.case == NEW)[:, None], _youth(rng, people), growth)
    lost = np.where(
        people.case == PURGE, rng.uniform(0.025, 0.13, size), 0.012 * np.exp(0.7 * rng.standard_normal(size))
    )
    growth[np.arange(size), purge] += np.log1p(-np.minimum(lost, 0.3))
    ahead = np.cumsum(growth[:, ::-1], axis=1)[:, ::-1] - growth  # growth still to come after each day
    return np.asarray(people.followers[:, None] * np.exp(-ahead))


def _bumps(rng: np.random.Generator, size: int) -> Floats:
    """Small ups of everyday life, two or three a year, that fade within days."""
    start = rng.integers(0, DAYS, (size, 4))
    height = 0.004 * np.exp(0.9 * rng.standard_normal((size, 4))) * (rng.random((size, 4)) < 0.65)
    pulse = np.zeros((size, DAYS))
    np.add.at(pulse, (np.arange(size)[:, None], start), height * 0.4)
    return np.asarray(lfilter([1.0], [1, -0.6], pulse, axis=1))


def _events(rng: np.random.Generator, people: Cohort) -> Floats:
    """Log growth of the innocent events: a rise at the event's day that fades, and leavers after a giveaway."""
    size = len(people)
    growth = np.zeros((size, DAYS))
    for case, half_life in _HALF_LIFE.items():
        rows = np.flatnonzero((people.case == case) & (people.event_day >= 0))
        keep = 0.5 ** (1 / (half_life * np.exp(0.3 * rng.standard_normal(len(rows)))))
        since = np.arange(DAYS)[None, :] - (_TODAY - people.event_day[rows])[:, None]
        shape = np.where(since >= 0, keep[:, None] ** np.maximum(since, 0) * (1 - keep[:, None]), 0.0)
        slow = np.where(since >= 0, _LINGERS ** np.maximum(since, 0) * (1 - _LINGERS), 0.0)
        growth[rows] += people.event_size[rows][:, None] * (0.7 * shape + 0.3 * slow)
        if case == GIVEAWAY:
            leaving = np.where((since > 6) & (since <= 26), 1 / 20, 0.0)
            growth[rows] -= (rng.uniform(0.10, 0.40, len(rows)) * people.event_size[rows])[:, None] * leaving
    return growth


def _news(rng: np.random.Generator, people: Cohort, world: World, growth: Floats) -> None:
    """Days that move many accounts of a platform at once, most one way and some the other, for no doing of theirs.

    On 26 April 2022 a hundred accounts on X moved by 0.4 % (first quartile), up or down, to 2 % (ninth decile).
    """
    size = len(people)
    for event in range(world.news_days.shape[1]):
        day = _TODAY - world.news_days[people.platform, event]
        moved = rng.random(size) < rng.uniform(0.3, 0.9)
        way = np.where(rng.random(size) < 0.3, -1.0, 1.0) * world.news_size[people.platform, event]
        growth[np.arange(size), day] += moved * way * np.exp(0.8 * rng.standard_normal(size))


def _youth(rng: np.random.Generator, people: Cohort) -> Floats:
    """Followers of a new account grow as a power of its age, uneven from day to day."""
    age = np.maximum(people.age_days[:, None] - (_TODAY - np.arange(DAYS))[None, :], 1.0)
    power = rng.uniform(0.7, 1.9, len(people))[:, None]
    return np.asarray(np.log1p(1 / age) * power * np.exp(0.5 * rng.standard_normal(age.shape) - 0.12))


def _bought(rng: np.random.Generator, people: Cohort, purge: Ints) -> tuple[Floats, Floats]:
    """Bought followers by day, and the share of the purchase that had come by then."""
    size = len(people)
    rows = np.flatnonzero(people.doses[:, BOUGHT_FOLLOWERS] > 0)
    style = people.style[rows]
    window = np.minimum(people.history_days[rows], 150)
    ago = np.where(
        rng.random(len(rows)) < 0.92, rng.uniform(3, np.maximum(window - 3, 4)), rng.uniform(window, 360)
    ).astype(np.int64)
    first = _TODAY - ago
    days = np.select(
        [style == ONE_DAY, style == TRANCHES],
        [rng.integers(1, 3, len(rows)), rng.integers(8, 75, len(rows))],
        np.where(rng.random(len(rows)) < 0.7, rng.integers(3, 22, len(rows)), rng.integers(22, 46, len(rows))),
    )
    days = np.clip(days, 1, np.maximum(ago, 1))
    arrivals = _arrivals(rng, first, days, style)
    tau = np.where(people.decays[rows], rng.uniform(25, 160, len(rows)), 1e9)
    stay = np.repeat(np.exp(-1 / tau)[:, None], DAYS, axis=1)
    stay[np.arange(len(rows)), purge[rows]] *= 1 - rng.uniform(0.05, 0.5, len(rows))
    curve = _carried(arrivals, stay)
    final = beside(people.followers[rows], people.doses[rows, BOUGHT_FOLLOWERS])
    size_bought = final / curve[:, -1]
    round_ = (style != DRIP) & (rng.random(len(rows)) < 0.5)
    size_bought = np.where(round_, rounded(size_bought), size_bought)
    size_bought = np.maximum(size_bought, beside(people.followers[rows], np.full(len(rows), LEAST)) / curve[:, -1])
    bought = np.zeros((size, DAYS))
    bought[rows] = size_bought[:, None] * curve
    last = bought[rows, -1]
    people.doses[rows, BOUGHT_FOLLOWERS] = last / (last + people.followers[rows])
    arrived = np.zeros((size, DAYS))
    arrived[rows] = np.cumsum(arrivals, axis=1)
    return bought, arrived


def _arrivals(rng: np.random.Generator, first: Ints, days: Ints, style: Ints) -> Floats:
    """Share of the purchase that arrives on each day; rows add up to one."""
    since = np.arange(DAYS)[None, :] - first[:, None]
    inside = (since >= 0) & (since < days[:, None])
    weight = inside * np.exp(0.35 * rng.standard_normal(inside.shape))
    parts = np.clip(days // 10, 2, 5)[:, None]
    on_the_day = inside & (since % np.maximum(days[:, None] // parts, 1) == 0)
    weight = np.where((style == TRANCHES)[:, None], on_the_day * 1.0, weight)
    front = np.where((style == ONE_DAY)[:, None] & inside, 0.25 ** np.maximum(since, 0), weight)
    return np.asarray(front / front.sum(axis=1, keepdims=True))


def _carried(arrivals: Floats, stay: Floats) -> Floats:
    level = np.zeros_like(arrivals)
    level[:, 0] = arrivals[:, 0]
    for day in range(1, DAYS):
        level[:, day] = level[:, day - 1] * stay[:, day] + arrivals[:, day]
    return level


def _won(rng: np.random.Generator, people: Cohort) -> tuple[Floats, Floats]:
    """Followers won by following and unfollowing in masses, and the followings that this leaves on each day."""
    size = len(people)
    rows = np.flatnonzero(people.doses[:, FOLLOW_UNFOLLOW] > 0)
    span = rng.integers(40, 140, len(rows))
    ended = np.where(rng.random(len(rows)) < 0.6, 0, rng.integers(0, 30, len(rows)))
    first = _TODAY - ended - span
    since = np.arange(DAYS)[None, :] - first[:, None]
    active = (since >= 0) & (since < span[:, None])
    weight = active * np.exp(0.3 * rng.standard_normal(active.shape))
    tau = rng.uniform(60, 240, len(rows))
    curve = _carried(weight / weight.sum(axis=1, keepdims=True), np.repeat(np.exp(-1 / tau)[:, None], DAYS, axis=1))
    final = beside(people.followers[rows], people.doses[rows, FOLLOW_UNFOLLOW])
    won, churned = np.zeros((size, DAYS)), np.zeros((size, DAYS))
    won[rows] = (final / curve[:, -1])[:, None] * curve
    up, down = rng.integers(5, 18, len(rows))[:, None], rng.integers(3, 12, len(rows))[:, None]
    cycles = np.maximum(span[:, None] / (up + down), 1)
    height = np.clip(final[:, None] / (rng.uniform(0.06, 0.2, len(rows))[:, None] * cycles), 120, 3500)
    phase = since % (up + down)
    wave = np.where(phase < up, phase / up, 1 - (phase - up) / down)
    churned[rows] = height * wave * active
    return won, churned


def _followings(rng: np.random.Generator, people: Cohort, churned: Floats) -> Floats:
    walk = np.cumsum(rng.standard_normal((len(people), DAYS)) * 0.8 * (rng.random((len(people), DAYS)) < 0.35), axis=1)
    drift = rng.normal(0.15, 0.5, len(people))[:, None] * (np.arange(DAYS) - _TODAY)[None, :]
    level = people.following[:, None] + walk - walk[:, -1:] + drift * np.minimum(people.following[:, None] / 500, 1)
    return np.asarray(np.maximum(np.round(level + churned), 0))


def shown(people: Cohort, counts: Floats, coarse: Flags) -> Ints:
    """Counts as the platform shows them: YouTube in three digits, the `coarse` others too above 10,000."""
    whole = np.maximum(np.round(counts), 0)
    step = 10.0 ** np.maximum(np.floor(np.log10(np.maximum(whole, 1))) - 2, 0)
    three = (people.platform == YOUTUBE) & (whole >= 1000) | coarse & (whole >= 10_000)
    return np.where(three, np.floor(whole / step) * step, whole).astype(np.int64)


def coarse(rng: np.random.Generator, people: Cohort) -> Flags:
    """Whose counts were read off a page that shortens them (12.3K)."""
    return np.asarray(rng.random(len(people)) < np.where(people.platform == TIKTOK, 0.7, 0.08))


def history(people: Cohort, found: Paths, short: Flags, world: World, block: int) -> pl.DataFrame:
    """The `follower_history` table: the last days of each creator's paths, with days missing for some."""
    rng = world.rng("history", block)
    size = len(people)
    held = np.arange(DAYS)[None, :] >= (DAYS - people.history_days)[:, None]
    gaps = np.where(rng.random(size) < 0.15, rng.uniform(0.03, 0.5, size), 0.0)[:, None]
    held &= rng.random((size, DAYS)) >= gaps
    held[:, -1] |= people.history_days > 0
    who, day = np.nonzero(held)
    total = np.stack([shown(people, column, short) for column in found.total.T], axis=1)
    posted = np.maximum(people.posts_count[who] - np.round((_TODAY - day) / np.maximum(people.gap_days[who], 0.2)), 0)
    epoch = np.datetime64(world.until - timedelta(days=_TODAY), "D")
    return pl.DataFrame(
        {
            "creator_id": people.ids.gather(who),
            "date": pl.Series(epoch + day),
            "followers": total[who, day],
            "following": nulled(found.following[who, day].astype(np.int64), people.platform[who] == YOUTUBE),
            "posts_count": posted.astype(np.int64),
        }
    )  # fmt: skip
