"""What was fitted to real sets (`fitted.toml`, written by `fitting.py`), and drawing creators and posts from it.

A creator's habits come from a Gaussian copula: rank correlations between habits and each habit's quantiles, both as
measured. What no public set has (habits within an account of influencers, all of X and LinkedIn) is stated here.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from training.simulate.world import Flags, Floats, Ints, log_normal

POPULATIONS = ("instagram", "instagram_ordinary", "tiktok", "youtube", "x", "linkedin")
WWW, ORDINARY, TIKTOK_FAMOUS, TRENDING, ON_X, ON_LINKEDIN = range(len(POPULATIONS))

HABITS = (
    "followers", "following", "posts_count", "reach", "talk", "rate", "reach_spread", "trend", "rate_slope",
    "rate_spread", "talk_slope", "talk_spread", "gap", "gap_spread",
)  # fmt: skip
"""All as logs but `trend` (Fisher's z of the correlation of reach with time) and the two slopes; `reach` is the
residual on followers, `talk` comments over likes, `rate` the log odds of a like by a viewer, spreads those between
posts."""

# Median and spread of habits that the public sets do not show, one entry a population; None is fitted.
_STATED: dict[str, list[tuple[float, float] | None]] = {
    "followers": [None, None, None, None, (9.10, 1.7), (8.85, 1.3)],
    "following": [None, None, (5.1, 1.3), (4.1, 1.2), (6.5, 1.1), (7.2, 0.9)],
    "posts_count": [None, None, None, (5.2, 1.3), (8.5, 1.4), (5.5, 1.2)],
    "reach": [None, None, None, None, (0.0, 1.1), (0.0, 0.65)],
    "talk": [None, None, None, None, (-2.4, 0.75), (-2.35, 0.7)],
    "rate": [(0.0, 0.0), (0.0, 0.0), None, None, (0.0, 0.0), (0.0, 0.0)],
    "reach_spread": [(-0.87, 0.42), None, None, (-0.45, 0.40), (-0.29, 0.4), (-0.60, 0.4)],
    "trend": [(0.12, 0.35), None, None, (0.0, 0.3), (0.05, 0.3), (0.05, 0.3)],
    "rate_slope": [(0.0, 0.0), (0.0, 0.0), None, (-0.08, 0.15), (0.0, 0.0), (0.0, 0.0)],
    "rate_spread": [(-1.5, 0.3), (-1.5, 0.3), None, (-1.3, 0.4), (-1.5, 0.3), (-1.5, 0.3)],
    "talk_slope": [(0.62, 0.25), None, None, (0.92, 0.25), (0.8, 0.25), (0.7, 0.25)],
    "talk_spread": [(-0.70, 0.35), None, None, (-1.0, 0.35), (-0.5, 0.35), (-0.65, 0.35)],
    "gap": [(0.96, 1.0), None, None, (1.87, 1.0), (-0.5, 1.0), (1.5, 0.9)],
    "gap_spread": [(0.2, 0.45), None, None, (0.1, 0.45), (0.4, 0.45), (0.2, 0.45)],
}
_REACH_LINES = {TRENDING: (0.446, 0.92), ON_X: (-3.82, 0.77), ON_LINKEDIN: (-1.59, 0.77)}
"""Start and slope of log reach on log followers: 222,000 views at 400,000 subscribers, 45 and 420 likes at 20,000."""

_ALIKE = {WWW: 0.3, ORDINARY: 0.6, TRENDING: 0.1, ON_X: 0.1, ON_LINKEDIN: 0.2}
"""How alike the reach of neighbouring posts is beside a straight trend; for ordinary people, whose likes wander about
the line, chosen for the moves from post to post that real ones show."""

_SUBSCRIBERS, _SUBSCRIBERS_ON_REACH, _SUBSCRIBERS_SPREAD = 12.9, 0.8, 0.8
"""Log subscribers of a channel of usual views (400,000), how they go with log views, and their spread."""

_NEWEST = 0.85
"""Share of creators whose source gives the newest page of comments under a post; the others get some from anywhere."""

_NEVER = 0.025
"""Taken off the share of creators' own comments: a quarter never answers, which no beta distribution has."""

_SMALLER = {TIKTOK_FAMOUS: 0.25, TRENDING: 0.35}
"""Share of creators made smaller by a factor up to 150: the public sets hold the famous, others are vetted too."""


@cache
def load() -> dict[str, Any]:
    """The parameters as the file has them."""
    return tomllib.loads(files("training.simulate").joinpath("fitted.toml").read_text("utf-8"))


def habits(rng: np.random.Generator, population: Ints) -> dict[str, Floats]:
    """Every habit of each creator, by the population it belongs to; `followers` and the like as logs."""
    drawn = {name: np.zeros(len(population)) for name in HABITS}
    for number, name in enumerate(POPULATIONS):
        rows = np.flatnonzero(population == number)
        found = _copula(rng, load().get(name, {}), len(rows))
        for habit in HABITS:
            stated = _STATED[habit][number] if habit in _STATED else None
            normal = rng.standard_normal(len(rows))
            if stated is not None:
                found[habit] = stated[0] + stated[1] * normal
            drawn[habit][rows] = found.get(habit, 0.0)
    _subscribers(rng, drawn, population == TRENDING)
    for number, share in _SMALLER.items():
        less = rng.uniform(0.5, 5.0, len(population)) * (rng.random(len(population)) < share)
        drawn["followers"] -= np.where(population == number, np.minimum(less, np.maximum(drawn["followers"] - 6, 0)), 0)
    return drawn


def _copula(rng: np.random.Generator, fitted: dict[str, Any], size: int) -> dict[str, Floats]:
    if not fitted:
        return {}
    names = fitted["habits"]
    values, vectors = np.linalg.eigh(np.array(fitted["correlation"]))
    root = vectors * np.sqrt(np.maximum(values, 1e-6))
    normal = rng.standard_normal((size, len(names))) @ root.T
    normal /= np.sqrt((root**2).sum(axis=1))
    return {name: _at(fitted["quantiles"][name], normal[:, k]) for k, name in enumerate(names)}


def _at(quantiles: list[float], normal: Floats) -> Floats:
    """Values whose quantiles these are, at standard normal scores."""
    return np.asarray(np.interp(ndtr(normal), load()["probabilities"], quantiles))


def _subscribers(rng: np.random.Generator, drawn: dict[str, Floats], which: Flags) -> None:
    """Subscribers, which the YouTube set does not have, after the views; reach is then what they do not explain."""
    start, slope = _REACH_LINES[TRENDING]
    views = drawn["reach"]
    centre = load()["youtube"]["quantiles"]["reach"][9]
    wins = (
        _SUBSCRIBERS + _SUBSCRIBERS_ON_REACH * (views - centre) + _SUBSCRIBERS_SPREAD * rng.standard_normal(len(views))
    )
    drawn["followers"] = np.where(which, wins, drawn["followers"])
    drawn["reach"] = np.where(which, views - start - slope * drawn["followers"], views)


def under_posts(rng: np.random.Generator, followers: Floats) -> dict[str, Floats]:
    """Habits of the people under each creator's posts, given its followers; see `fitting_comments`."""
    fitted = load()["comments"]
    names, correlation = fitted["habits"], np.array(fitted["correlation"])
    mean, spread = fitted["followers"]
    given = np.clip((np.log(followers) - mean) / spread, -2.5, 2.5)
    on = correlation[0, 1:]
    values, vectors = np.linalg.eigh(correlation[1:, 1:] - np.outer(on, on))
    root = vectors * np.sqrt(np.maximum(values, 1e-6))
    normal = rng.standard_normal((len(followers), len(on))) @ root.T + given[:, None] * on
    normal /= np.sqrt((root**2).sum(axis=1) + on**2)
    drawn = {name: _at(fitted["quantiles"][name], normal[:, k]) for k, name in enumerate(names[1:])}
    drawn["own"] = np.maximum(drawn["own"] - _NEVER, 0.0)
    drawn["newest"] = np.where(rng.random(len(followers)) < _NEWEST, 1.0, 0.0)
    return drawn


def reach_line(population: Ints) -> tuple[Floats, Floats]:
    """Start and slope of log reach (likes; views on TikTok and YouTube) on log followers."""
    lines = [
        _REACH_LINES.get(number) or (load()[name]["reach_start"], load()[name]["reach_slope"])
        for number, name in enumerate(POPULATIONS)
    ]
    start, slope = np.array(lines).T
    return start[population], slope[population]


def unlike(rng: np.random.Generator, habit: str, population: Ints, who: Ints, trend: Floats | None = None) -> Floats:
    """Standardised noise a post, of posts ordered by creator and time: neighbours alike, and drifting by `trend`."""
    many = np.bincount(who, minlength=len(population))
    place = np.arange(len(who)) - np.repeat(np.cumsum(many) - many, many)
    normal = _neighbours(rng, place, _alikeness(habit, population)[who])
    if trend is not None:
        line = (place - (many[who] - 1) / 2) / np.maximum(np.sqrt((many[who] ** 2 - 1) / 12), 0.5)
        share = np.tanh(trend)[who] * np.minimum(many[who] / 12, 1)
        normal = share * line + np.sqrt(1 - share**2) * normal
    noise = np.zeros(len(who))
    for number, name in enumerate(POPULATIONS):
        rows = population[who] == number
        table = load().get(name, {}).get("noise", {}).get(habit) or _elsewhere(habit, number)
        noise[rows] = _at(table, normal[rows])
    return noise


def _elsewhere(habit: str, population: int) -> list[float]:
    """The noise of the set that shows most of it, where the population's own is not known; normal for few comments."""
    if habit == "talk" and population == ORDINARY:
        return [float(score) for score in ndtri(load()["probabilities"])]
    return list(load()["instagram_ordinary" if habit in {"reach", "gap"} else "tiktok"]["noise"][habit])


def _alikeness(habit: str, population: Ints) -> Floats:
    """Correlation of neighbouring posts beyond what the trend explains."""
    found = []
    for number, name in enumerate(POPULATIONS):
        fitted = load().get(name, {})
        trend = np.tanh(fitted.get("quantiles", {}).get("trend", [0.0] * 19)[9]) if habit == "reach" else 0.0
        measured = fitted.get(f"{habit}_alike", 0.0)
        found.append(_ALIKE.get(number, max(measured - trend**2, 0.0) / (1 - trend**2)) if habit != "gap" else 0.0)
    return np.array(found)[population]


def _neighbours(rng: np.random.Generator, place: Ints, alike: Floats) -> Floats:
    """Standard normal values, each alike its predecessor of the same creator."""
    normal = rng.standard_normal(len(place))
    order = np.argsort(place, kind="stable")
    edges = np.searchsorted(place[order], np.arange(int(place.max(initial=0)) + 2))
    for step in range(1, len(edges) - 1):
        rows = order[edges[step] : edges[step + 1]]
        normal[rows] = alike[rows] * normal[rows - 1] + np.sqrt(1 - alike[rows] ** 2) * normal[rows]
    return normal


def posts_kept(rng: np.random.Generator, population: Ints, posts_count: Floats) -> Ints:
    """Posts in a record: a page or two of what the source gives, everything of ordinary people, a handful for some."""
    size = len(population)
    pages = np.array([12, 24, 25, 30, 33, 50])[rng.integers(0, 6, size)]
    pages = np.where(population == TIKTOK_FAMOUS, 25, pages)
    usual = np.clip(np.round(log_normal(rng, 24.0, 0.45, size)), 5, 80)
    usual = np.where(rng.random(size) < np.where(population == TIKTOK_FAMOUS, 0.75, 0.45), pages, usual)
    usual = np.where(population == ORDINARY, np.minimum(posts_count, 110), usual)
    few = np.where(population == TIKTOK_FAMOUS, 0.4, np.where(population == ORDINARY, 0.0, 1.0))
    draw = rng.random(size)
    handful = np.where(draw < 0.11 * few, rng.integers(1, 5, size), rng.integers(5, 13, size))
    many = np.where(draw < 0.23 * few, handful, usual)
    return np.maximum(np.minimum(many, posts_count), 1).astype(np.int64)
