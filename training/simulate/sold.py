"""What bought comments say, and those of pods: five sorts of goods, each seller with its own part of a list."""

from __future__ import annotations

import numpy as np
import polars as pl

from training.simulate.speech import promotion, sentences
from training.simulate.text import LANGUAGES, cased, either, emoji_run, ended, one_group, phrases
from training.simulate.world import NICHES, Cohort, Flags, Floats, Ints

GENERIC, MANY_TONGUES, COPIED, PROMOTED, TOPIC_FREE = range(5)
_GOODS = np.array(
    [GENERIC, MANY_TONGUES, COPIED, GENERIC, PROMOTED, TOPIC_FREE, GENERIC, TOPIC_FREE, GENERIC, MANY_TONGUES]
)
"""What a seller sells, by its number's last digit."""

_COPIES = 150
"""Comments a language that sellers have copied from elsewhere."""


def sold_text(rng: np.random.Generator, people: Cohort, who: Ints, podded: Flags) -> pl.Series:
    """One comment a row: praise from a short list again and again; the better goods are varied and in the language."""
    size, n = len(who), len(people)
    goods = np.where(podded, GENERIC, _GOODS[people.seller % len(_GOODS)][who])
    start = np.asarray(people.seller * 0.137 % 1.0, dtype=np.float64)[who]
    breadth = (0.12 + 0.5 * people.quality)[who]
    tongue = np.where(rng.random(size) < (0.15 + 0.6 * people.quality)[who], people.language[who], 0)
    tongue = np.where((goods == MANY_TONGUES) & (rng.random(size) < 0.5), rng.integers(0, len(LANGUAGES), size), tongue)
    group = tongue * len(NICHES) + people.niche[who]
    text = _praise(rng, group, goods, start, breadth)
    text = either(goods == COPIED, _copied(rng, people.language[who], start, breadth), text)
    text = either(goods == TOPIC_FREE, _topic_free(rng, group, start, breadth), text)
    varied = sentences(rng, group, np.full(size, -0.6), np.full(size, 0.4), np.full(size, 0.5))
    fine = (rng.random(size) < (0.6 * people.quality**2)[who] + 0.15 * podded) & (goods < COPIED)
    fine |= (rng.random(size) < 0.35) & (goods == TOPIC_FREE)
    text = either(fine, varied, text)
    emoji = emoji_run(rng, size, 2.2)
    fond = rng.beta(4, 3, n)[who] * np.array([1.0, 1.3, 0.35, 0.6, 0.8])[goods]
    text = either(rng.random(size) < fond, text + " " + emoji, text)
    text = either(rng.random(size) < rng.beta(2, 5, n)[who] * np.array([1.0, 1.0, 0.2, 0.0, 0.3])[goods], emoji, text)
    return either(goods == PROMOTED, promotion(rng, start, breadth), text)


def _praise(rng: np.random.Generator, group: Ints, goods: Ints, start: Floats, breadth: Floats) -> pl.Series:
    """A word or two that fit any post: English ones from the seller's list, others as people say them."""
    size = len(group)
    crude = one_group("bought").at(np.zeros(size, dtype=np.int64), (start + breadth * rng.random(size)) % 1.0)
    english = (group < len(NICHES)) & (goods != MANY_TONGUES)
    text = either(english, crude, phrases("praise").at(group, (start + breadth * rng.random(size)) % 1.0))
    marks = pl.Series(["!", "!!", "!!!"]).gather(rng.integers(0, 3, size))
    return either(rng.random(size) < 0.35, text + marks, text)


def _topic_free(rng: np.random.Generator, group: Ints, start: Floats, breadth: Floats) -> pl.Series:
    """Sentences that would fit any post."""
    text = phrases("topic_free").at(group, (start + breadth * rng.random(len(group))) % 1.0)
    return ended(rng, cased(rng, text, 0.9), np.full(len(group), 0.3))


def _copied(rng: np.random.Generator, language: Ints, start: Floats, breadth: Floats) -> pl.Series:
    """Comments once written under other posts, of any niche, given out again."""
    tongues = np.repeat(np.arange(len(LANGUAGES)), _COPIES)
    group = tongues * len(NICHES) + rng.integers(0, len(NICHES), len(tongues))
    bank = sentences(rng, group, np.full(len(tongues), -1.2), np.full(len(tongues), 0.35), np.full(len(tongues), 0.35))
    place = (_COPIES * ((start + breadth * rng.random(len(language))) % 1.0)).astype(np.int64)
    return bank.gather(language * _COPIES + place)
