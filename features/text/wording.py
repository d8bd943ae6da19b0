"""What the words of comments tell: praise that fits any post, and texts that stand more than once.

One pass over the texts in Python: for the hundred comments of one creator it takes a third of the time of as many
expressions, which matters where one creator is scored at a time. Many are left to `features.text.many_texts`.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features.text.alike import ALIKE_LETTERS, near_duplicates
from features.text.characters import Kept
from features.text.many_texts import repetition_of_many, wording_of_many
from features.text.phrases import HANDLE, MOST_COMMON_WORDS, MOST_GENERIC_WORDS, PRAISE, WORD, is_of_a_sign
from features.text.vocabulary import common_stems, stem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

MANY = 4_000
"""From so many comments on, Polars takes less time for all of them than Python."""

UNASSIGNED = "Cn"
_ALL = -1
"""All languages as bits."""
_ASCII_MENTION = re.compile(r"@[\w.]+", re.ASCII)


def _matching(pattern: str, python: Callable[[str], bool]) -> Callable[[str], bool]:
    """What Polars' pattern matches; Polars is asked about characters that Python's tables of Unicode do not have yet,
    as it has its own, and not about others, as asking takes long."""

    def matches(character: str) -> bool:
        if unicodedata.category(character) != UNASSIGNED:
            return python(character)
        return bool(pl.Series([character]).str.contains(f"^{pattern}$").item())

    return matches


def _is_of_a_word(character: str) -> bool:
    return unicodedata.category(character)[0] in "LMN" and not is_of_a_sign(character)


_IN_WORDS = Kept(_matching(WORD, _is_of_a_word))
_IN_HANDLES = Kept(_matching(HANDLE, lambda character: character.isalnum() or character in "._"))


def wording(lower: pl.Series) -> list[pl.Series]:
    """What the words of each comment are.

    Args:
        lower: Texts in lower case; null where unknown.

    Returns:
        `praise`, whether there are one to four words, more than a letter, and each is praise; `topic_free`, whether
        nobody is mentioned and there are five to twenty words, each of which may stand under any post, in one language
        (both null where `lower` is); `said`, the words with one space between, without mentions of accounts (null where
        there are none).
    """
    if len(lower) >= MANY:
        return wording_of_many(lower)
    texts, common = lower.to_list(), common_stems()
    spoken = [None if text is None else words_of(text) for text in texts]
    topic_free = [
        None if words is None else "@" not in text and _in_one_language(words, common)
        for text, words in zip(texts, spoken, strict=True)
    ]
    return [
        pl.Series("praise", [None if words is None else _praise(words) for words in spoken], dtype=pl.Boolean),
        pl.Series("topic_free", topic_free, dtype=pl.Boolean),
        pl.Series("said", [" ".join(words) if words else None for words in spoken], dtype=pl.String),
    ]


def repetition(said: pl.Series, copied_from: pl.Series, creators: pl.Series) -> list[pl.Series]:
    """How far comments of one creator say the same.

    Args:
        said: Of `wording`.
        copied_from: From how many letters on the same words tell of a list.
        creators: Numbers from 0 up, one a creator; rows of one stand together.

    Returns:
        `repeated`, whether the creator has the same words once more and that tells of a list (null where `said` is);
        `near_duplicate`, whether nearly the same (null for short texts); `words` and `distinct_words`, how many words
        all comments of the creator have, the same on all its rows.
    """
    if len(said) >= MANY:
        return repetition_of_many(said, copied_from, creators)
    owners, texts = creators.to_list(), said.to_list()
    letters = zip(texts, copied_from.to_list(), strict=True)
    telling = [text if text is not None and len(text) >= least else None for text, least in letters]
    times = Counter(zip(owners, telling, strict=True))
    repeated = [
        None if text is None else one is not None and times[owner, one] > 1
        for owner, text, one in zip(owners, texts, telling, strict=True)
    ]
    return [
        pl.Series("repeated", repeated, dtype=pl.Boolean),
        pl.Series("near_duplicate", _nearly(texts, telling, owners), dtype=pl.Boolean),
        *_counts(texts, owners),
    ]


def _counts(said: Sequence[str | None], owners: Sequence[int]) -> list[pl.Series]:
    """How many words, and how many different ones, each creator's comments have."""
    own: dict[int, list[str]] = defaultdict(list)
    for owner, text in zip(owners, said, strict=True):
        own[owner] += text.split(" ") if text is not None else ()
    whole = {owner: (len(words), len(set(words))) for owner, words in own.items()}
    counts = np.array([whole[owner] for owner in owners], dtype=np.int64).reshape(-1, 2)
    return [pl.Series(name, counts[:, k]) for k, name in enumerate(("words", "distinct_words"))]


def words_of(text: str) -> list[str]:
    """The words of a text in lower case, without mentions of accounts."""
    if "@" in text:
        text = _ASCII_MENTION.sub(" ", text) if text.isascii() else _without_mentions(text)
    return _IN_WORDS.words(text)


def letters_in(text: str) -> int:
    """How many characters of words a text has."""
    return sum(map(len, _IN_WORDS.words(text)))


def _without_mentions(text: str) -> str:
    before, *named = text.split("@")
    after = (part[len(part.translate(_IN_HANDLES).partition(" ")[0]) :] for part in named)
    return " ".join([before, *after])


def _praise(words: list[str]) -> bool:
    return 0 < len(words) <= MOST_GENERIC_WORDS and PRAISE.issuperset(words) and not _is_letter(words)


def _is_letter(words: list[str]) -> bool:
    """Whether there is one Latin letter and no more: which of two, people answer."""
    return len(words) == 1 and len(words[0]) == 1 and words[0].isascii()


def _in_one_language(words: list[str], common: Mapping[str, int]) -> bool:
    """Whether there are five to twenty words, all of them common ones of the same language."""
    if not MOST_GENERIC_WORDS < len(words) <= MOST_COMMON_WORDS:
        return False
    languages = _ALL
    for word in words:
        languages &= common.get(stem(word), 0)
        if not languages:  # most are done after a few words
            return False
    return True


def _nearly(said: Sequence[str | None], telling: Sequence[str | None], owners: Sequence[int]) -> list[bool | None]:
    texts: dict[int, Counter[str]] = defaultdict(Counter)
    for owner, text in zip(owners, telling, strict=True):
        if text is not None and len(text) >= ALIKE_LETTERS:
            texts[owner][text] += 1
    alike = {owner: near_duplicates(counts) for owner, counts in texts.items()}
    return [
        None if text is None or len(text) < ALIKE_LETTERS else one is not None and one in alike[owner]
        for owner, text, one in zip(owners, said, telling, strict=True)
    ]
