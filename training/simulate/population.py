"""Creators: platform, place, language, niche, size and habits."""

from __future__ import annotations

import numpy as np
import polars as pl

from training.simulate import fraud, innocent
from training.simulate.text import LANGUAGES, OTHER_SCRIPTS
from training.simulate.world import (
    INSTAGRAM,
    Cohort,
    Flags,
    Floats,
    Ints,
    World,
    chosen,
    heavy_normal,
    log_normal,
)

COUNTRIES: dict[str, tuple[float, str]] = {
    "US": (24, "en"), "GB": (6, "en"), "AU": (3, "en"), "CA": (3, "en"), "BR": (9, "pt"), "PT": (1, "pt"),
    "ES": (5, "es"), "MX": (5, "es"), "AR": (3, "es"), "FR": (5, "fr"), "DE": (5, "de"), "AT": (1, "de"),
    "IT": (5, "it"), "ID": (6, "id"), "TR": (5, "tr"), "RU": (4, "ru"), "SA": (3, "ar"), "EG": (2, "ar"),
    "AE": (1, "ar"), "IN": (7, "hi"), "JP": (4, "ja"), "KR": (4, "ko"),
}  # fmt: skip
"""Share of creators and language of each country."""

# One entry a platform: instagram, tiktok, youtube, x, linkedin.
_SHARES = [0.50, 0.22, 0.14, 0.08, 0.06]
_FOLLOWERS = np.array([16e3, 80e3, 30e3, 9e3, 7e3])
_FOLLOWERS_SPREAD = np.array([1.7, 2.4, 2.0, 1.7, 1.3])
_FOLLOWING = np.array([980, 170, 60, 700, 1300])
_FOLLOWING_SPREAD = np.array([0.95, 1.3, 1.2, 1.1, 0.9])
_FOLLOWING_MOST = np.array([7500, 10_000, 2000, 100_000, 30_000])
_POSTS_EVER = np.array([900, 268, 190, 5200, 260])
_POSTS_EVER_SPREAD = np.array([0.85, 1.35, 1.3, 1.4, 1.2])
_GAP_DAYS = np.array([2.6, 1.0, 6.5, 0.6, 4.5])
_LIKES_SPREAD = np.array([0.46, 0.31, 0.60, 1.1, 0.65])  # between creators; TikTok and YouTube: of likes per view
_COMMENTS_SPREAD = np.array([0.70, 0.60, 0.75, 0.75, 0.70])
_VIEWS_SPREAD = np.array([0.4, 1.12, 1.1, 0.5, 0.5])
_WITHIN = np.array([0.42, 0.86, 0.60, 0.75, 0.55])
_UNLIKE = [LANGUAGES.index(tongue) for tongue in OTHER_SCRIPTS]  # far from English
_NICHE_SHARES = [0.28, 0.14, 0.13, 0.11, 0.12, 0.08, 0.05, 0.06, 0.03]


def cohort(world: World, block: int, start: int, size: int) -> Cohort:
    """Draw a block of creators, numbered from `start`."""
    rng = world.rng("people", block)
    platform = chosen(rng, _SHARES, size)
    place, language = _places(rng, size)
    niche = chosen(rng, _NICHE_SHARES, size)
    second = np.where(rng.random(size) < 0.28, chosen(rng, _NICHE_SHARES, size), -1)
    personal = (platform == INSTAGRAM) & (rng.random(size) < 0.15)
    followers = _followers(rng, platform, personal)
    decays, style, seller, quality = fraud.manners(rng, size)
    people = Cohort(
        ids=pl.Series("creator_id", [f"s{world.seed}-{i:07d}" for i in range(start, start + size)]),
        platform=platform,
        country=np.array(list(COUNTRIES))[place],
        language=language,
        niche=niche,
        second_niche=np.where(second == niche, -1, second),
        personal=personal,
        followers=followers,
        following=_following(rng, platform, personal, followers),
        posts_count=_posts_ever(rng, platform, personal),
        age_days=np.clip(log_normal(rng, 1500.0, 0.6, size), 150, 4700),
        posts=_posts(rng, size),
        gap_days=np.clip(log_normal(rng, np.where(personal, 13.0, _GAP_DAYS[platform]), 1.0, size), 0.02, 60),
        history_days=_history(rng, size),
        sampled=_sampled(rng, followers),
        likes_level=_LIKES_SPREAD[platform] * np.clip(rng.standard_t(3.0, size), -5, 3),
        comments_level=_COMMENTS_SPREAD[platform] * heavy_normal(rng, size, 8),
        views_level=_VIEWS_SPREAD[platform] * rng.standard_normal(size),
        spread=log_normal(rng, _WITHIN[platform], 0.40, size),
        english=_english(rng, language),
        case=np.full(size, -1),
        event_day=np.full(size, -1),
        event_size=np.zeros(size),
        doses=fraud.doses(rng, platform),
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


def _followers(rng: np.random.Generator, platform: Ints, personal: Flags) -> Floats:
    size = len(platform)
    many = np.clip(log_normal(rng, _FOLLOWERS[platform], _FOLLOWERS_SPREAD[platform], size), 200, 2e7)
    return np.where(personal, np.clip(log_normal(rng, 380.0, 0.75, size), 60, 4000), many)


def _posts_ever(rng: np.random.Generator, platform: Ints, personal: Flags) -> Floats:
    median = np.where(personal, 60.0, _POSTS_EVER[platform])
    return np.asarray(np.round(log_normal(rng, median, _POSTS_EVER_SPREAD[platform], len(platform))) + 1)


def _following(rng: np.random.Generator, platform: Ints, personal: Flags, followers: Floats) -> Floats:
    size = len(platform)
    median = _FOLLOWING[platform] * np.clip((followers / 2e4) ** -0.12, 0.4, 1.6)
    median = np.where(personal, 1.05 * followers, median)
    spread = np.where(personal, 0.55, _FOLLOWING_SPREAD[platform])
    return np.asarray(np.round(np.clip(log_normal(rng, median, spread, size), 0.0, _FOLLOWING_MOST[platform])))


def _posts(rng: np.random.Generator, size: int) -> Ints:
    """Posts in the record: a handful for some, mostly one to three dozen."""
    usual = np.clip(np.round(log_normal(rng, 24.0, 0.45, size)), 5, 80)
    group = chosen(rng, [0.11, 0.12, 0.77], size)
    few = [rng.integers(1, 5, size), rng.integers(5, 13, size)]
    return np.select([group == 0, group == 1], few, usual).astype(np.int64)


def _history(rng: np.random.Generator, size: int) -> Ints:
    group = chosen(rng, [0.16, 0.74, 0.10], size)
    days = [rng.integers(28, 61, size), rng.integers(85, 186, size)]
    return np.select([group == 0, group == 1], days, 365).astype(np.int64)


def _sampled(rng: np.random.Generator, followers: Floats) -> Ints:
    size = len(followers)
    some = np.where(rng.random(size) < 0.10, rng.integers(0, 100, size), rng.integers(100, 261, size))
    return np.minimum(some, (followers * 0.8).astype(np.int64))
