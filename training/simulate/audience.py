"""A sample of each creator's followers: ordinary people, idle and fake accounts, and bought blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from training.simulate.population import COUNTRIES
from training.simulate.text import LANGUAGES
from training.simulate.world import (
    BOUGHT_COMMENTS,
    BOUGHT_FOLLOWERS,
    BOUGHT_LIKES,
    BOUGHT_VIEWS,
    DAYS,
    PURGE,
    Cohort,
    Flags,
    Floats,
    Ints,
    World,
    chosen,
    moments,
)

if TYPE_CHECKING:
    from training.simulate.growth import Paths

_FARMS = ["IN", "BR", "ID", "TR", "RU", "EG", "MX", "US"]
"""Where most accounts that are sold claim to be."""


@dataclass(frozen=True)
class Sort:
    """A sort of follower profile; medians and log spreads as in the labelled sets of real profiles."""

    followers: tuple[float, float]
    following: tuple[float, float]
    posts: tuple[float, float]
    idle: float  # share without any post
    picture: float
    private: float
    bio: float  # share with a bio
    bio_length: float
    digits: float  # share with digits in the handle
    digit_ratio: float
    url: float
    business: float


SORTS = (
    Sort((370, 0.95), (430, 0.90), (34, 1.5), 0.05, 0.985, 0.62, 0.62, 32, 0.13, 0.17, 0.04, 0.04),  # ordinary people
    Sort((1100, 1.6), (640, 1.1), (90, 1.4), 0.03, 0.985, 0.30, 0.80, 70, 0.20, 0.18, 0.23, 0.20),  # busy accounts
    Sort((110, 1.2), (260, 1.1), (5, 1.5), 0.25, 0.90, 0.45, 0.35, 22, 0.36, 0.24, 0.02, 0.01),  # people who only look
    Sort((650, 0.9), (2100, 0.7), (60, 1.3), 0.04, 0.975, 0.35, 0.70, 45, 0.20, 0.18, 0.10, 0.10),  # who follow back
    Sort((30, 1.5), (1500, 1.15), (2, 1.2), 0.58, 0.60, 0.33, 0.27, 30, 0.55, 0.27, 0.01, 0.01),  # mass followers
    Sort((38, 1.5), (75, 1.9), (5, 1.6), 0.53, 0.42, 0.36, 0.14, 25, 0.77, 0.36, 0.0, 0.0),  # empty accounts
    Sort((5, 1.3), (1000, 0.9), (15, 0.2), 0.13, 0.35, 0.14, 0.06, 20, 0.63, 0.27, 0.0, 0.0),  # a farm's uniform batch
    Sort((250, 0.9), (900, 0.9), (18, 1.2), 0.06, 0.95, 0.40, 0.55, 30, 0.30, 0.22, 0.03, 0.02),  # aged and dressed up
)
_GENUINE, _FAKE = 4, 4  # the first four sorts are genuine, the others fake


def table(people: Cohort, found: Paths, world: World, block: int) -> pl.DataFrame:
    """The `audience` table of a block, complete, with its label `fake`."""
    rng = world.rng("audience", block)
    who = np.repeat(np.arange(len(people)), people.sampled)
    total = found.total[:, -1]
    bought = rng.random(len(who)) < (found.bought[:, -1] / total)[who]
    stray = rng.beta(1.6, 24, len(people)) + np.where(people.case == PURGE, 0.02, 0.0)
    hired = people.doses[:, (BOUGHT_LIKES, BOUGHT_VIEWS, BOUGHT_COMMENTS)].max(axis=1)
    stray += 0.25 * hired * rng.random(len(people))  # some of the accounts that like and comment for money follow too
    fake = bought | (rng.random(len(who)) < stray[who])
    sort = np.where(fake, _fake_sorts(rng, people, who), _genuine_sorts(rng, people, who, found.won[:, -1] / total))
    rank = _ranks(rng, people, found, who, bought)
    frame: dict[str, pl.Series | Ints | Flags] = {**_profile(rng, sort)}
    land, tongue = _origins(rng, people, who, fake)
    number = np.arange(len(who)) - np.repeat(np.cumsum(people.sampled) - people.sampled, people.sampled)
    frame |= {
        "creator_id": people.ids.gather(who),
        "follower_id": pl.Series([f"f{i:03d}" for i in range(int(people.sampled.max(initial=0)))]).gather(number),
        "country": land,
        "language": tongue,
        "created_at": _created(rng, people, world, who, rank / np.maximum(total[who], 1), fake),
        "followed_rank": rank,
        "fake": fake,
    }
    return pl.DataFrame(frame)


def _genuine_sorts(rng: np.random.Generator, people: Cohort, who: Ints, won: Floats) -> Ints:
    lurking = rng.beta(2, 9, len(people))[who]
    busy = rng.beta(3, 8, len(people))[who]
    returning = (0.03 + 0.8 * won)[who]
    draw = rng.random(len(who))
    sort = np.select([draw < lurking, draw < lurking + busy], [2, 1], 0)
    return np.where(rng.random(len(who)) < returning, 3, sort).astype(np.int64)


def _fake_sorts(rng: np.random.Generator, people: Cohort, who: Ints) -> Ints:
    """Each seller delivers one or two sorts; the better the goods, the more of them are dressed up."""
    main = _GENUINE + people.seller % 3
    other = _GENUINE + rng.integers(0, 3, len(who))
    sort = np.where(rng.random(len(who)) < 0.7, main[who], other)
    dressed = rng.random(len(who)) < (0.07 + 0.50 * people.quality**2)[who]
    return np.where(dressed, _GENUINE + _FAKE - 1, sort)


def _profile(rng: np.random.Generator, sort: Ints) -> dict[str, pl.Series]:
    size = len(sort)

    def traits(name: str) -> Floats:
        return np.array([getattr(s, name) for s in SORTS])[sort]

    def counted(name: str) -> Floats:
        centre = traits(name)
        return np.asarray(np.floor(centre[:, 0] * np.exp(centre[:, 1] * rng.standard_normal(size))))

    common = rng.standard_normal(size)  # sociable people have both more followers and more followings
    followers = np.floor((counted("followers") + 1) * np.exp(0.35 * common))
    following = np.minimum(np.floor((counted("following") + 1) * np.exp(0.25 * common)), 7500)
    digits = rng.random(size) < traits("digits")
    length = np.clip(np.round(11.5 + 3.2 * rng.standard_normal(size)), 3, 30)
    many = np.clip(np.round(length * traits("digit_ratio") * rng.gamma(4, 0.25, size)), 1, length - 2)
    business = rng.random(size) < traits("business")
    bio = np.clip(traits("bio_length") * rng.gamma(1.7, 0.65, size), 1, 150)
    return {
        "followers": pl.Series(followers.astype(np.int64)),
        "following": pl.Series(following.astype(np.int64)),
        "posts_count": pl.Series(np.where(rng.random(size) < traits("idle"), 0, counted("posts")).astype(np.int64)),
        "has_picture": pl.Series(rng.random(size) < traits("picture")),
        "private": pl.Series((rng.random(size) < traits("private")) & ~business),
        "verified": pl.Series((rng.random(size) < 0.02) & (followers > 5000)),
        "business": pl.Series(business),
        "bio_length": pl.Series(np.where(rng.random(size) < traits("bio"), bio, 0).astype(np.int64)),
        "handle_length": pl.Series(length.astype(np.int64)),
        "handle_digit_ratio": pl.Series(np.where(digits, many / length, 0.0)),
        "has_url": pl.Series(rng.random(size) < traits("url")),
    }


def _ranks(rng: np.random.Generator, people: Cohort, found: Paths, who: Ints, bought: Flags) -> Ints:
    """Places in the order of following: what was bought stands together, one stretch for each delivery."""
    place = rng.random(len(who))
    starts = np.cumsum(people.sampled) - people.sampled
    for creator in np.flatnonzero(people.doses[:, BOUGHT_FOLLOWERS] > 0):
        rows = slice(starts[creator], starts[creator] + people.sampled[creator])
        dose = float(people.doses[creator, BOUGHT_FOLLOWERS])
        place[rows] = _in_line(place[rows], bought[rows], found.organic[creator], found.arrived[creator], dose)
    total = found.total[:, -1]
    ranks: Ints = np.floor(np.minimum(place, 1.0) * np.maximum(total[who] - 1, 0)).astype(np.int64)
    return ranks


def _in_line(place: Floats, bought: Flags, organic: Floats, arrived: Floats, dose: float) -> Floats:
    """Places 0 to 1 among all, from places among the genuine or among the bought ones alone."""
    genuine = np.maximum.accumulate(organic) / max(float(organic.max()), 1.0)
    day = np.where(bought, np.interp(place, arrived, np.arange(DAYS)), np.interp(place, genuine, np.arange(DAYS)))
    by_then = np.interp(day, np.arange(DAYS), genuine), np.interp(day, np.arange(DAYS), arrived)
    before = np.where(bought, by_then[0], np.minimum(place, by_then[0]))
    return np.asarray((1 - dose) * before + dose * np.where(bought, place, by_then[1]))


def _origins(rng: np.random.Generator, people: Cohort, who: Ints, fake: Flags) -> tuple[pl.Series, pl.Series]:
    """Country and language: mostly the creator's; of sold accounts where the farms are."""
    names, size = np.array(list(COUNTRIES)), len(who)
    speech = np.array([LANGUAGES.index(language) for _, language in COUNTRIES.values()])
    home = rng.beta(3.2, 2.2, len(people))[who]
    elsewhere = chosen(rng, [share for share, _ in COUNTRIES.values()], size)
    at_home = np.searchsorted(np.sort(names), people.country[who])
    at_home = np.argsort(names)[at_home]
    farm = np.array([list(COUNTRIES).index(land) for land in _FARMS])[rng.integers(0, len(_FARMS), size)]
    place = np.where(rng.random(size) < home, at_home, elsewhere)
    farmed = fake & (rng.random(size) < (0.95 - 0.75 * people.quality)[who])
    place = np.where(farmed, farm, place)
    tongue = np.where(rng.random(size) < 0.12, 0, speech[place])
    return pl.Series(list(COUNTRIES)).gather(place), pl.Series(LANGUAGES).gather(tongue)


def _created(
    rng: np.random.Generator, people: Cohort, world: World, who: Ints, place: Floats, fake: Flags
) -> pl.Series:
    """When the follower's account was made: before it followed; a seller's batch within a few weeks of each other."""
    size = len(who)
    followed = people.age_days[who] * (1 - np.minimum(place, 1.0) ** 0.7)  # days ago
    older = rng.gamma(1.6, 700, size)
    batch = (rng.uniform(10, 420, len(people)))[who] + rng.exponential(18, size)
    made_lately = fake & (rng.random(size) < (0.95 - 0.5 * people.quality)[who])
    ago = followed + np.where(made_lately, batch, older)
    ago = np.minimum(ago, 5400 - 30 * rng.random(size)) * 86_400
    return moments(world.now - ago)
