"""Keywords of categories and where they stand in texts.

They are found as whole words whatever the script, in NFKC form and without letter case; a phrase is words in a row. In
scripts without spaces between words (Chinese, Japanese, Thai, Khmer, Lao, Burmese) they are found anywhere. A `*` at
the end of a word stands for any ending.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from features.text.characters import ASCII, Kept

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

NOTHING: frozenset[str] = frozenset()

_MARKS = "\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0900-\u0dff"
_WORD_CHARACTERS = Kept(re.compile(rf"[\w{_MARKS}]").match)
"""Letters, marks and digits of any script; Python's own class leaves out the marks that Hindi or Arabic write."""
_BLANKED = bytes(_WORD_CHARACTERS[code] if code < ASCII else code for code in range(256))
"""What is not ASCII as it is, and of ASCII what is no part of a word as a blank."""
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
"""Letters of the scripts that are written without spaces between words."""


class _Phrase(NamedTuple):
    """Words in a row that speak for a category; the last may stand for any ending."""

    category: str
    words: tuple[str, ...]
    open_end: bool

    def rest(self) -> tuple[bytes, ...]:
        """The words after the first, but for a last one that may have any ending."""
        return tuple(word.encode() for word in self.words[1 : len(self.words) - self.open_end])

    def end(self, text: Sequence[str], start: int) -> int | None:
        """Where it ends if it begins at that word of a text."""
        end = start + len(self.words)
        if end > len(text):
            return None
        *first, last = text[start:end]
        whole = last.startswith(self.words[-1]) if self.open_end else last == self.words[-1]
        return end if whole and tuple(first) == self.words[:-1] else None


_ByWord = dict[str, list[_Phrase]]
"""Phrases by their first word, so that a text's words are looked up and not compared."""


@dataclass(frozen=True, eq=False)
class Keywords:
    """Keywords made ready for searching. Make them with `of`.

    Attributes:
        phrases: What speaks for a category.
        unless: Phrases in which the words of a category do not count.
        beginnings: Words with an open end.
        pieces: What is found anywhere, by category.
        unless_beginnings: Words with an open end that do not count.
        unless_pieces: What is taken out of a text before pieces of the category are looked for in it.
    """

    phrases: _ByWord
    unless: _ByWord
    beginnings: tuple[_Phrase, ...]
    pieces: tuple[tuple[str, str], ...]
    unless_beginnings: tuple[_Phrase, ...]
    unless_pieces: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, said: Iterable[tuple[str, str]], unless: Iterable[tuple[str, str]]) -> Keywords:
        """Category and text of each keyword, and of each phrase in which those of the category do not count."""
        phrases, opened, pieces = _parts(said)
        apart, apart_opened, apart_pieces = _parts(unless)
        return cls(
            phrases=_by_word(phrases),
            unless=_by_word(apart),
            beginnings=opened,
            pieces=pieces,
            unless_beginnings=apart_opened,
            unless_pieces=apart_pieces,
        )

    def hits(self, texts: Sequence[str]) -> list[frozenset[str]]:
        """The categories of which a word stands in each of the texts."""
        plains = [_plain(text) for text in texts]
        together = b"\n".join([plain.encode() for plain in plains])
        inside = any(part in together for first, parts in self._inside.items() if first in together for part in parts)
        written = _written(together)
        begun = [
            word.decode()
            for word in self._rest_of.keys() & written
            if any(written.issuperset(rest) for rest in self._rest_of[word])
        ]
        if not inside and not begun:
            return [NOTHING] * len(texts)
        return [
            self._hits(plain, inside) if inside or any(word in plain for word in begun) else NOTHING for plain in plains
        ]

    def _hits(self, plain: str, inside: bool) -> frozenset[str]:
        """Of one text; `inside` says whether there may be something inside a word or a run of letters."""
        words = _words(plain)
        spans = list(_spans(self.phrases, words))
        if inside:
            spans += _begun(self.beginnings, plain, words)
        apart = [*_spans(self.unless, words), *_begun(self.unless_beginnings, plain, words)] if spans else []
        reach = _reach(apart, len(words)) if apart else {}
        found = {name for name, start, end in spans if name not in reach or end > reach[name][start]}
        if inside:
            found |= {name for name, piece in self.pieces if piece in plain and piece in self._bare(name, plain)}
        return frozenset(found)

    def _bare(self, category: str, plain: str) -> str:
        """The text without pieces in which those of the category do not count."""
        for name, piece in self.unless_pieces:
            if name == category:
                plain = plain.replace(piece, " ")
        return plain

    @cached_property
    def _inside(self) -> dict[bytes, list[bytes]]:
        """What may stand inside a word or a run of letters, by its first byte; many are in no text at hand."""
        found: dict[bytes, list[bytes]] = {}
        for part in [one.words[0] for one in self.beginnings] + [piece for _, piece in self.pieces]:
            found.setdefault(part.encode()[:1], []).append(part.encode())
        return found

    @cached_property
    def _rest_of(self) -> dict[bytes, list[tuple[bytes, ...]]]:
        """By the first word of a phrase the rest of it, which is written where it stands."""
        return {first.encode(): [one.rest() for one in own] for first, own in self.phrases.items()}


def _plain(text: str) -> str:
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()


def _words(plain: str) -> list[str]:
    return _WORD_CHARACTERS.words(plain)


def _written(plain: bytes) -> set[bytes]:
    """The different words of a text in UTF-8, which is cut in half the time that letters beyond ASCII take."""
    words = set(plain.translate(_BLANKED).split())
    beyond = [word for word in words if not word.isascii()]
    if beyond:
        words.update([word.encode() for word in _words(b" ".join(beyond).decode())])
    return words


def _phrase(category: str, text: str) -> _Phrase:
    return _Phrase(category, tuple(_words(text)), text.endswith("*"))


def _parts(
    texts: Iterable[tuple[str, str]],
) -> tuple[list[_Phrase], tuple[_Phrase, ...], tuple[tuple[str, str], ...]]:
    """Category and text of words apart: phrases, words with an open end, and what is found anywhere."""
    plains = [(name, _plain(text)) for name, text in texts]
    phrases = [_phrase(name, text) for name, text in plains if not _UNSPACED.search(text)]
    opened = tuple(phrase for phrase in phrases if phrase.open_end and len(phrase.words) == 1)
    pieces = tuple((name, text) for name, text in plains if _UNSPACED.search(text))
    return [phrase for phrase in phrases if phrase not in opened], opened, pieces


def _by_word(phrases: Iterable[_Phrase]) -> _ByWord:
    found: _ByWord = {}
    for phrase in phrases:
        if phrase.words:
            found.setdefault(phrase.words[0], []).append(phrase)
    return found


def _spans(phrases: _ByWord, words: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """Category, first word and the word after the last of every phrase that stands in a text."""
    for start, word in enumerate(words):
        for phrase in phrases.get(word, ()):
            end = phrase.end(words, start)
            if end is not None:
                yield phrase.category, start, end


def _begun(opened: Sequence[_Phrase], plain: str, words: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """Category, place and the next place of every word of a text that begins as one with an open end does."""
    for phrase in opened:
        if phrase.words[0] in plain:
            for place, word in enumerate(words):
                if word.startswith(phrase.words[0]):
                    yield phrase.category, place, place + 1


def _reach(apart: Iterable[tuple[str, int, int]], size: int) -> dict[str, list[int]]:
    """By category, for each word of a text where the furthest of the phrases ends that begin there or before it.

    What begins at the word and ends there or before lies within one: words, not phrases, are gone through for each.
    """
    found: dict[str, list[int]] = defaultdict(lambda: [0] * size)
    for name, first, last in apart:
        found[name][first] = max(found[name][first], last)
    return {name: list(accumulate(ends, max)) for name, ends in found.items()}
