"""The `creators` table: the profile that one sees."""

from __future__ import annotations

import numpy as np
import polars as pl

from features.records.contract import PLATFORMS
from training.simulate.fitted import ORDINARY
from training.simulate.text import LANGUAGES, either, emoji_run, one_group, phrases
from training.simulate.world import (
    NICHES,
    YOUTUBE,
    Cohort,
    Ints,
    World,
    blank,
    chosen,
    moments,
    nothing,
    nulled,
)


def table(people: Cohort, followers: Ints, following: Ints, world: World, block: int) -> pl.DataFrame:
    """The `creators` table of a block, complete; what is left out is left out elsewhere."""
    rng = world.rng("profiles", block)
    size, platform = len(people), people.platform
    fame = np.log10(np.maximum(followers, 1)) - 5
    handle, name = _names(rng, size)
    agency = "agency " + pl.Series(rng.integers(1, 40, size)).cast(pl.String)
    return pl.DataFrame(
        {
            "creator_id": people.ids,
            "platform": pl.Series(PLATFORMS).gather(platform),
            "handle": handle,
            "display_name": name,
            "bio": _bios(rng, people),
            "followers": followers,
            "following": nulled(following, platform == YOUTUBE),
            "posts_count": people.posts_count.astype(np.int64),
            "verified": rng.random(size) < 1 / (1 + np.exp(-(2.2 * fame - 1.3))),
            "private": (people.population == ORDINARY) & (rng.random(size) < 0.05),
            "business": ~(people.population == ORDINARY) & (rng.random(size) < 0.55),
            "category": either(rng.random(size) < 0.7, pl.Series(NICHES).gather(people.niche), nothing(size)),
            "country": people.country,
            "language": pl.Series(LANGUAGES).gather(people.language),
            "created_at": moments(world.now - people.age_days * 86_400),
            "agency": either(rng.random(size) < 0.14, agency, nothing(size)),
            "price": _prices(rng, platform, followers),
            "observed_at": moments(np.full(size, world.now)),
        }
    )


def _bios(rng: np.random.Generator, people: Cohort) -> pl.Series:
    size, bank = len(people), phrases("bios")
    group = people.language * len(NICHES) + people.niche
    first = bank.draw(rng, group)
    bio = either(rng.random(size) < 0.5, first + " " + emoji_run(rng, size), first)
    bio = either(rng.random(size) < 0.6, bio + " | " + bank.draw(rng, group), bio)
    return either(rng.random(size) < 0.93, bio, blank(size))


def _prices(rng: np.random.Generator, platform: Ints, followers: Ints) -> pl.Series:
    """Asked for a post in USD: about 10 a thousand followers, more on YouTube, less on TikTok; half unknown."""
    size, factor = len(followers), np.array([1.0, 0.35, 2.0, 0.5, 1.2])[platform]
    price = np.round(factor * 12 * (followers / 1000) ** 0.85 * np.exp(0.5 * rng.standard_normal(size)), -1) + 5
    return nulled(price, rng.random(size) < 0.5)


def _names(rng: np.random.Generator, size: int) -> tuple[pl.Series, pl.Series]:
    everybody = np.zeros(size, dtype=np.int64)
    first, last = one_group("first_names").draw(rng, everybody), one_group("last_names").draw(rng, everybody)
    mark = pl.Series(["", "_", ".", "__"]).gather(chosen(rng, [0.5, 0.25, 0.2, 0.05], size))
    number = pl.Series(rng.integers(1, 2010, size)).cast(pl.String)
    digits = either(rng.random(size) < 0.17, number, blank(size))
    return first + mark + last + digits, first.str.to_titlecase() + " " + last.str.to_titlecase()
