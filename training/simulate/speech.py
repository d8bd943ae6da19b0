"""What comments say: people, the creator's answers, and what is bought."""

from __future__ import annotations

import numpy as np
import polars as pl

from training.simulate.text import by_niche, cased, either, emoji_run, ended, one_group, phrases
from training.simulate.world import LOYAL, NICHES, Cohort, Flags, Floats, Ints, blank, chosen

_WORDY, _USUAL_LENGTH = 3.1, 3.54
"""How much wordier a creator's commenters are for a log length of theirs beyond the usual one."""

_BEFORE, _AFTER = 0.2, 0.15
"""How often a clause has a filler before it and after it. Hardly two people write the same: of real comments of three
words and more by others one of fifty has a copy under the same creator's posts."""

_NUMBERS = (" 100%", " 10/10", " 2", " 3 times", " x2", " 24/7", " 1", " 5", " 2020", " 30", " 20 minutes", " 8")


def organic_text(
    rng: np.random.Generator, people: Cohort, who: Ints, *, giveaway: Flags, strange: Flags
) -> tuple[pl.Series, Flags]:
    """One comment a row by ordinary people, and which of them are spam (about 1 in 150).

    Shares follow real Instagram comments: 13 % emoji only, 3 % a mention only, 13 % with a mention, 56 % with emoji,
    28 % with an exclamation mark, lengths 10/20/37 at the quartiles. Creators differ in all of them.
    """
    size, n = len(who), len(people)
    tongue = np.where(rng.random(size) < people.english[who], 0, people.language[who])
    group = tongue * len(NICHES) + people.niche[who]
    habits = {name: values[who] for name, values in people.commenters.items()}
    only_emoji = rng.random(size) < 1.15 * habits["emoji_only"]
    loud, fond = habits["exclaiming"] * 0.92, habits["emoji"] * 1.04
    wordy = np.clip(_WORDY * (habits["length"] - _USUAL_LENGTH), -3.5, 3.5) + 0.4 * (people.case[who] == LOYAL)
    plain = np.clip(rng.beta(2.2, 3.6, n)[who] - 0.10 * wordy, 0.03, 0.97)
    body = _extras(rng, sentences(rng, group, wordy, loud, plain), group)
    stranger = cased(rng, phrases("strangers").draw(rng, group), 0.9)
    stranger = either(rng.random(size) < 0.75, stranger + ", " + body, ended(rng, stranger, loud))
    body = either(strange & (rng.random(size) < 0.3), stranger, body)
    enter = giveaway & (rng.random(size) < 0.9)
    body = either(
        enter,
        either(rng.random(size) < 0.45, phrases("giveaway_comments").draw(rng, group), pl.Series([""] * size)),
        body,
    )
    emoji = emoji_run(rng, size, (1.15 + rng.gamma(1.2, 0.75, n))[who])
    with_emoji = (rng.random(size) < fond) & ~enter
    gap = pl.Series(["", " "]).gather((rng.random(size) < 0.62).astype(np.int64))
    text = either(with_emoji, body + gap + emoji, body)
    text = either(only_emoji & ~enter, emoji, text)
    text = _mentions(rng, people, who, text, enter)
    spam = rng.random(size) < (0.008 * rng.gamma(0.7, 1.6, n))[who]
    return either(spam, promotion(rng, np.zeros(size), np.ones(size)), text), spam


def sentences(rng: np.random.Generator, group: Ints, wordy: Floats, loud: Floats, plain: Floats) -> pl.Series:
    """A word of praise, a statement, a remark or a question, some followed by up to nine more.

    `plain` is the chance that it starts with mere praise.
    """
    size = len(group)
    draw = rng.random(size)
    kind = np.where(draw < plain, 0, chosen(rng, [0.0, 0.45, 0.50, 0.05], size))
    text = cased(rng, _clause(rng, group, kind), 0.94)
    more = np.minimum(rng.poisson(np.exp(np.minimum(wordy - 0.95, 1.7)) * rng.gamma(0.42, 2.4, size)), 9)
    asking = kind == 3
    for extra in range(int(more.max(initial=0))):
        rows = np.flatnonzero(more > extra)
        kind = chosen(rng, [0.12, 0.27, 0.57, 0.04], len(rows))
        clause = cased(rng, _clause(rng, group[rows], kind), 0.55)
        link = pl.Series([" ", ". ", ", ", "! ", " ", "\n"]).gather(
            chosen(rng, [0.3, 0.24, 0.2, 0.15, 0.1, 0.012], len(rows))
        )
        link = either(asking[rows], pl.Series([" "] * len(rows)), link)
        text = text.scatter(rows, text.gather(rows) + link + clause)
        asking[rows] = kind == 3
    return either(asking, text, ended(rng, text, loud))


def _clause(rng: np.random.Generator, group: Ints, kind: Ints) -> pl.Series:
    text = phrases("praise").draw(rng, group, 1.7)
    for number, name in enumerate(("statements", "remarks", "questions"), start=1):
        rows = np.flatnonzero(kind == number)
        text = text.scatter(rows, phrases(name).draw(rng, group[rows]))
    filler = phrases("fillers").draw(rng, group)
    draw = rng.random(len(group))
    after = either((draw > 1 - _AFTER) & (kind != 3), text + " " + filler, text)
    text = either(draw < _BEFORE, filler + " " + text, after)
    return either(kind == 3, text + "?", text)


def _extras(rng: np.random.Generator, text: pl.Series, group: Ints) -> pl.Series:
    """Here and there a number or a hashtag after the words."""
    size = len(text)
    draw = rng.random(size)
    number = pl.Series(_NUMBERS).gather(rng.integers(0, len(_NUMBERS), size))
    tag = " #" + by_niche("hashtags_by_niche").draw(rng, group % len(NICHES))
    return either(draw < 0.024, text + number, either(draw > 0.987, text + tag, text))


def _mentions(rng: np.random.Generator, people: Cohort, who: Ints, text: pl.Series, tagging: Flags) -> pl.Series:
    """Put a friend's handle before some comments; entrants of a giveaway tag one to three friends."""
    share = np.minimum(0.85 * people.commenters["mentioning"], 0.65)[who]
    rows = np.flatnonzero((rng.random(len(who)) < share) | tagging)
    size, whose, keen = len(rows), who[rows], tagging[rows]
    empty = blank(size)
    tags = _handle(rng, people, whose)
    for more in (0.6, 0.24):
        tags = either(keen & (rng.random(size) < more), tags + " " + _handle(rng, people, whose), tags)
    rest = either((rng.random(size) < 0.12) & ~keen, empty, text.gather(rows))
    joined = either(rng.random(size) < 0.8, tags + " " + rest, rest + " " + tags).str.strip_chars()
    return text.scatter(rows, joined)


def _handle(rng: np.random.Generator, people: Cohort, who: Ints) -> pl.Series:
    """A handle after @: hashed for six creators in ten, as sources that protect people give it, else made up."""
    size = len(who)
    number = pl.Series(rng.integers(0, 16**6, size))
    letters = pl.Series([f"{i:03x}" for i in range(4096)])
    hashed = "@u_" + letters.gather(number // 4096) + letters.gather(number % 4096)
    friends, everybody = one_group("friends"), np.zeros(size, dtype=np.int64)
    mark = pl.Series([".", "_", "", "__"]).gather(rng.integers(0, 4, size))
    plain = "@" + friends.draw(rng, everybody) + mark + friends.draw(rng, everybody)
    plain = either(rng.random(size) < 0.3, plain + pl.Series(rng.integers(1, 99, size)).cast(pl.String), plain)
    return either((rng.random(len(people)) < 0.6)[who], hashed, plain)


def promotion(rng: np.random.Generator, start: Floats, breadth: Floats) -> pl.Series:
    """Comments that sell something, of each sender's own part of the list, which begins at `start` (0 to 1)."""
    size, bank = len(start), one_group("promotions")
    everybody = np.zeros(size, dtype=np.int64)
    text = cased(rng, bank.at(everybody, (start + breadth * rng.random(size)) % 1.0), 0.8, 0.06)
    page = "@" + one_group("shops").draw(rng, everybody)
    text = either(rng.random(size) < 0.3, text + " " + emoji_run(rng, size), text)
    return either(rng.random(size) < 0.3, text + " " + page, text)


def own_text(rng: np.random.Generator, people: Cohort, who: Ints, answer: Flags) -> pl.Series:
    """The creator's answers: a mention, thanks, emoji."""
    size = len(who)
    group = people.language[who] * len(NICHES) + people.niche[who]
    text = ended(rng, phrases("replies").draw(rng, group), np.full(size, 0.35))
    text = either(rng.random(size) < 0.15, text + " " + phrases("remarks").draw(rng, group), text)
    text = either(rng.random(size) < 0.6, text + " " + emoji_run(rng, size), text)
    named = rng.random(size) < np.where(answer, 0.99, 0.72)
    return either(named, _handle(rng, people, who) + " " + text, text)
