"""Hard innocent cases: what makes an honest account look bought."""

from __future__ import annotations

import numpy as np

from training.simulate.fitted import ORDINARY
from training.simulate.text import LANGUAGES, OTHER_SCRIPTS
from training.simulate.world import (
    CASES,
    COLLABORATION,
    GIVEAWAY,
    LOYAL,
    MISSING,
    NEW,
    NON_ENGLISH,
    PRESS,
    VIRAL,
    Cohort,
    Flags,
    Floats,
    chosen,
)

SHARE = 0.044
"""Share of creators by trade, honest or not, that meets each case; so about 360 honest ones of 12,000."""

EVENTS = (VIRAL, GIVEAWAY, COLLABORATION)
"""Cases that hang on a post."""

_COUNTRY = {"ru": "RU", "ar": "SA", "hi": "IN", "ja": "JP", "ko": "KR"}


def assign(people: Cohort, rng: np.random.Generator) -> None:
    """Give each creator at most one case and bring the creator's circumstances in line with it.

    Missing tables are not drawn here: whoever ends up without a whole table and without another case has that one.
    """
    size = len(people)
    drawn = [case for case in range(len(CASES)) if case != MISSING]
    pick = chosen(rng, [SHARE] * len(drawn) + [1 - SHARE * len(drawn)], size)
    people.case = np.append(np.array(drawn), -1)[pick]
    people.case = np.where(people.population == ORDINARY, -1, people.case)
    busy = np.isin(people.case, (*EVENTS, PRESS))
    people.posts = np.where(busy, np.maximum(people.posts, rng.integers(8, 30, size)), people.posts)
    people.history_days = np.where(busy, np.maximum(people.history_days, 60), people.history_days)
    people.event_size = _sizes(rng, people)
    _young(rng, people, people.case == NEW)
    _close(rng, people, people.case == LOYAL)
    _foreign(rng, people, people.case == NON_ENGLISH)


def _sizes(rng: np.random.Generator, people: Cohort) -> Floats:
    """Log growth of followers through the event."""
    size = len(people)
    median = np.select(
        [people.case == case for case in (VIRAL, PRESS, GIVEAWAY, COLLABORATION)], [0.10, 0.05, 0.07, 0.05], 0.0
    )
    return np.asarray(np.clip(median * np.exp(0.75 * rng.standard_normal(size)), 0.0, 0.9))


def _young(rng: np.random.Generator, people: Cohort, which: Flags) -> None:
    size = len(people)
    age = rng.integers(20, 90, size)
    people.age_days = np.where(which, age, people.age_days)
    people.history_days = np.where(which, np.minimum(people.history_days, age - 1), people.history_days)
    people.followers = np.where(which, np.clip(people.followers * 0.25, 200, 2e5), people.followers)
    people.posts = np.where(which, np.clip(people.posts, 4, 40), people.posts)
    people.gap_days = np.where(which, np.minimum(people.gap_days, age / (people.posts + 2)), people.gap_days)
    people.posts_count = np.where(which, people.posts + rng.integers(0, 12, size), people.posts_count)


def _close(rng: np.random.Generator, people: Cohort, which: Flags) -> None:
    size = len(people)
    people.followers = np.where(which, rng.uniform(900, 5200, size), people.followers)
    reach, talk, spread = (people.habits[name] for name in ("reach", "talk", "reach_spread"))
    people.habits["reach"] = np.where(which, np.abs(reach) * 0.6 + 0.45, reach)
    people.habits["talk"] = np.where(which, np.maximum(talk, -3.8) + 0.5, talk)
    people.habits["reach_spread"] = np.where(which, spread - 0.35, spread)


def _foreign(rng: np.random.Generator, people: Cohort, which: Flags) -> None:
    size = len(people)
    tongue = rng.integers(0, len(OTHER_SCRIPTS), size)
    people.language = np.where(which, np.array([LANGUAGES.index(t) for t in OTHER_SCRIPTS])[tongue], people.language)
    people.country = np.where(which, np.array([_COUNTRY[t] for t in OTHER_SCRIPTS])[tongue], people.country)
    people.english = np.where(which, 0.0, people.english)
