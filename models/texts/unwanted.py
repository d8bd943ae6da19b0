"""What a brief says that it does not want: "no wine or beer" asks for neither, though it names both.

Read clause by clause and only where that is plain: a clause ends at a full stop, a comma or a new line, and begins
with a word as "no" or "without", be it after "please" or "we do not want". The first clause always counts as wanted:
briefs begin with what they are about, and "no bake cakes" is a wish. So does what stands in the middle of a clause
("skincare without perfume").
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from features.text.languages import called, languages_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

NEGATIONS = Path(__file__).parent / "unwanted.toml"
ENDS = r".,;:!?\n()•–—،؛؟。、！？"
_CLAUSE = re.compile(f"[^{ENDS}]+[{ENDS}]*")
_AROUND = re.compile(f"^[{ENDS}\\s]+|[{ENDS}\\s]+$")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


@dataclass(frozen=True)
class _Negation:
    """How one language says that something is not wanted; see the file."""

    words: frozenset[str]
    ends: frozenset[str]
    leads: frozenset[str]
    turns: frozenset[str]

    def end(self, words: Sequence[tuple[str, int]]) -> int | None:
        """Where what is not wanted ends in a clause of these words, each with its place; -1: where the clause does.

        None where all of it is wanted, as "not only black" is.
        """
        if words[-1][0] in self.ends:
            return -1
        for number, (word, _) in enumerate(words):
            if word in self.words:
                turn = next((k for k in range(number + 1, len(words)) if words[k][0] in self.turns), None)
                if turn is None:
                    return -1
                return None if turn == number + 1 else words[turn][1]
            if word not in self.leads:
                return None
        return None


@cache
def _negations() -> dict[str, _Negation]:
    """By the code that `languages_of` gives."""
    parts = ("not", "ends", "leads", "turns")
    return {
        called(code): _Negation(*(frozenset(one.get(part, ())) for part in parts))
        for code, one in tomllib.loads(NEGATIONS.read_text("utf-8")).items()
    }


@cache
def _negating() -> frozenset[str]:
    """The words of all languages without which nothing is said not to be wanted."""
    return frozenset().union(*(one.words | one.ends for one in _negations().values()))


def wanted(text: str) -> tuple[str, tuple[str, ...]]:
    """The text without what it says is not wanted, and that, clause by clause.

    >>> wanted("Hiking and camping gear, no hunting. Please no fashion!")
    ('Hiking and camping gear,', ('no hunting', 'Please no fashion'))
    >>> wanted("No bake cheesecake, easy summer desserts")
    ('No bake cheesecake, easy summer desserts', ())
    """
    clauses = list(_CLAUSE.finditer(text))[1:]
    negating = [clause for clause in clauses if _negating() & {word for word, _ in _words(clause.group())}]
    if not negating:  # of most briefs; the language takes longer to tell
        return text, ()
    negation = _negations().get(languages_of([text])[0])
    spans = [] if negation is None else list(_spans(negating, negation))
    kept, start = "", 0
    for first, last in spans:
        kept, start = kept + text[start:first], last
    return kept + text[start:], tuple(_AROUND.sub("", text[first:last]) for first, last in spans)


def _words(clause: str) -> list[tuple[str, int]]:
    """The words in lower case, each with its place."""
    return [(found.group().lower(), found.start()) for found in _WORD.finditer(clause)]


def _spans(clauses: Sequence[re.Match[str]], negation: _Negation) -> Iterator[tuple[int, int]]:
    for clause in clauses:
        end = negation.end(_words(clause.group()))
        if end is not None:
            yield clause.start(), clause.end() if end < 0 else clause.start() + end
