"""Creators: platform, place, language, niche, size and habits."""

from __future__ import annotations

import numpy as np
import polars as pl

from training.simulate import fitted, fraud, innocent
from training.simulate.fitted import ON_LINKEDIN, ON_X, ORDINARY, TIKTOK_FAMOUS, TRENDING, WWW
from training.simulate.text import LANGUAGES, OTHER_SCRIPTS
from training.simulate.world import (
    INSTAGRAM,
    Cohort,
    Flags,
    Floats,
    Ints,
    World,
    chosen,
    log_normal,
)

COUNTRIES: dict[str, tuple[float, str]] = {
    "US": (31, "en"), "GB": (8, "en"), "AU": (4, "en"), "CA": (4, "en"), "BR": (8, "pt"), "PT": (1, "pt"),
    "ES": (5, "es"), "MX": (4, "es"), "AR": (2, "es"), "FR": (4, "fr"), "DE": (6, "de"), "AT": (1, "de"),
    "IT": (5, "it"), "ID": (5, "id"), "TR": (4, "tr"), "RU": (2, "ru"), "SA": (1, "ar"), "EG": (1, "ar"),
    "AE": (0.5, "ar"), "IN": (2.5, "hi"), "JP": (1.5, "ja"), "KR": (1.5, "ko"),
}  # fmt: skip
"""Share of creators and language of each country."""

# One entry a platform: instagram, tiktok, youtube, x, linkedin.
_SHARES = [0.50, 0.22, 0.14, 0.08, 0.06]
_POPULATION = np.array([WWW, TIKTOK_FAMOUS, TRENDING, ON_X, ON_LINKEDIN])
_ORDINARY = 0.20  # of the accounts on Instagram: people rather than creators by trade
_FEW_COMMENTS = 5
_FOLLOWING_MOST = np.array([7500, 10_000, 2000, 100_000, 30_000])
_UNLIKE = [LANGUAGES.index(tongue) for tongue in OTHER_SCRIPTS]  # far from English
_NICHE_SHARES = [0.28, 0.14, 0.13, 0.11, 0.12, 0.08, 0.05, 0.06, 0.03]


def cohort(world: World, block: int, start: int, size: int) -> Cohort:
    """Draw a block of creators, numbered from `start`."""
    rng = world.rng("people", block)
    platform = chosen(rng, _SHARES, size)
    place, language = _places(rng, size)
    niche = chosen(rng, _NICHE_SHARES, size)
    second = np.where(rng.random(size) < 0.28, chosen(rng, _NICHE_SHARES, size), -1)
    ordinary = (platform == INSTAGRAM) & (rng.random(size) < _ORDINARY)
    population = np.where(ordinary, ORDINARY, _POPULATION[platform])
    habits = fitted.habits(world.rng("habits", block), population)
    posts_count: Floats = np.asarray(np.round(np.exp(habits["posts_count"])) + 1, dtype=float)
    decays, style, seller, quality = fraud.manners(rng, size)
    people = Cohort(
        ids=pl.Series("creator_id", [f"s{world.seed}-{i:07d}" for i in range(start, start + size)]),
        platform=platform,
        country=np.array(list(COUNTRIES))[place],
        language=language,
        niche=niche,
        second_niche=np.where(second == niche, -1, second),
        population=population,
        followers=followers(habits, platform),
        following=np.round(np.clip(np.exp(habits["following"]) - 1, 0.0, _FOLLOWING_MOST[platform])),
        posts_count=posts_count,
        age_days=np.clip(log_normal(rng, 1500.0, 0.6, size), 150, 4700),
        posts=fitted.posts_kept(rng, population, posts_count),
        gap_days=np.clip(np.exp(habits["gap"]), 0.02, 90),
        history_days=_history(rng, size),
        sampled=_sampled(rng, np.exp(habits["followers"])),
        habits=habits,
        commenters=fitted.under_posts(world.rng("commenters", block), np.exp(habits["followers"])),
        english=_english(rng, language),
        case=np.full(size, -1),
        event_day=np.full(size, -1),
        event_size=np.zeros(size),
        doses=fraud.doses(rng, platform, _quiet(habits, population)),
        decays=decays,
        style=style,
        seller=seller,
        quality=quality,
    )
    innocent.assign(people, world.rng("cases", block))
    return people


def _places(rng: np.random.Generator, size: int) -> tuple[Ints, Ints]:
    """Country and language; some write in English for a wider audience."""
    place = chosen(rng, [share for share, _ in COUNTRIES.values()], size)
    spoken = np.array([LANGUAGES.index(language) for _, language in COUNTRIES.values()])[place]
    return place, np.where(rng.random(size) < 0.18, 0, spoken)


def _english(rng: np.random.Generator, language: Ints) -> Floats:
    share = rng.beta(1.2, 3.5, len(language)) * np.where(np.isin(language, _UNLIKE), 0.4, 1.0)
    return np.where(language == 0, 0.94, share)


def followers(habits: dict[str, Floats], platform: Ints) -> Floats:
    """Genuine followers at the end; some fans less would not be an account that anybody looks at."""
    return np.asarray(np.clip(np.exp(habits["followers"]), np.where(platform == INSTAGRAM, 40, 200), 6e7))


def _quiet(habits: dict[str, Floats], population: Ints) -> Flags:
    """Whose posts can be expected to get fewer than five comments."""
    start, slope = fitted.reach_line(population)
    likes = start + slope * habits["followers"] + habits["reach"]
    by_views = np.isin(population, (TIKTOK_FAMOUS, TRENDING))
    likes = likes + np.where(by_views, -np.logaddexp(0, -habits["rate"]), 0.0)
    return np.asarray(likes + habits["talk"] < np.log(_FEW_COMMENTS))


def _history(rng: np.random.Generator, size: int) -> Ints:
    group = chosen(rng, [0.10, 0.12, 0.68, 0.10], size)
    days = [rng.integers(28, 32, size), rng.integers(32, 61, size), rng.integers(85, 186, size)]
    return np.select([group == 0, group == 1, group == 2], days, 365).astype(np.int64)


def _sampled(rng: np.random.Generator, followers: Floats) -> Ints:
    size = len(followers)
    some = np.where(rng.random(size) < 0.10, rng.integers(0, 100, size), rng.integers(100, 261, size))
    return np.minimum(some, (followers * 0.8).astype(np.int64))
