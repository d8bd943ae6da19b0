"""Comments as code points: all of a call in one array, with what they link to and whom they mention taken apart.

What is found of a comment depends on its own text alone.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from features.rows.comments import MOST_TEXT
from models.comment_features.characters import DIGIT, END, LETTER, MARK, UNSEEN, characters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]
    Numbers = NDArray[np.int64]
    Codes = NDArray[np.uint32]

LONGEST_RUN = 3
"""Of one character, in n-grams: `soooo` and `sooooooo` are the same word."""

_LINK = re.compile(r"([a-z]{2,10}://)?(www\.)?((?:[a-z0-9-]{1,63}\.){1,4}([a-z]{2,10}))(?![a-z0-9@.])", re.IGNORECASE)
_LONGEST_LINK = 200
_BREAK = re.compile(r"<br ?/?>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z][^<>\0]{0,300}>", re.IGNORECASE)
_ENDINGS = re.compile(
    r"com|net|org|info|biz|shop|store|online|site|club|xyz|app|link|page|live|top|g[gl]|io|ly|t[kv]|c[nz]|jp|kr|[np]l|ru",
    re.IGNORECASE,
)
"""Of names that are links without `http`, `www` or a path; `nice.it was` lacks a blank and is no link."""


@dataclass(frozen=True, eq=False)
class Comments:
    """Comments as one array of code points, with `END` before each and after the last.

    Attributes:
        codes: The characters as they are written.
        kinds: What each character is; see `models.comment_features.characters`.
        plain: What n-grams read each character as.
        starts: Where each comment's `END` stands, and the last one: one more than there are comments.
        kept: The characters that take part in n-grams: of a link the host, of a mention the sign.
        unlinked: The characters that are not part of a link, but for its host, nor of a name that is mentioned.
        links: Where links begin.
        mentions: Where mentions of accounts stand.
    """

    codes: Codes
    kinds: NDArray[np.uint16]
    plain: Codes
    starts: Numbers
    kept: Flags
    unlinked: Flags
    links: Numbers
    mentions: Numbers

    @classmethod
    def of(cls, texts: Sequence[str]) -> Comments:
        """Read texts; of each the first `MOST_TEXT` characters."""
        joined = _joined(texts)
        codes = np.frombuffer(joined.encode("utf-32-le"), dtype=np.uint32)
        kind_of, plain_of = characters()
        rows = np.minimum(codes, len(kind_of) - 1)
        kinds, plain = kind_of.take(rows), plain_of.take(rows)
        links, beside_host = _links(joined, plain)
        mentions, names = _mentions(plain, kinds)
        unlinked = ~_covered(np.concatenate([beside_host, names]), len(plain))
        kept = unlinked & ((kinds & UNSEEN) == 0)
        kept[LONGEST_RUN:] &= ~_run(plain, LONGEST_RUN)
        starts = np.flatnonzero(codes == 0)
        kept[starts] = True
        return cls(codes, kinds, plain, starts, kept, unlinked, links, mentions)

    def __len__(self) -> int:
        """How many comments."""
        return len(self.starts) - 1

    def total(self, values: NDArray[np.integer] | Flags) -> Numbers:
        """Sum of whole numbers over the characters of each comment: exact, so the neighbours change nothing."""
        return between(values, self.starts)

    def holding(self, positions: Numbers) -> Numbers:
        """How many of these positions lie in each comment."""
        return np.diff(np.searchsorted(positions, self.starts))


def between(values: NDArray[np.integer] | Flags, starts: Numbers) -> Numbers:
    """Sums of whole numbers from each start up to the next."""
    begin, end = starts[:-1], starts[1:]
    some = begin < end
    if len(begin) and some.all():
        return np.add.reduceat(values[: end[-1]], begin, dtype=np.int64)
    sums = np.zeros(len(begin), dtype=np.int64)
    if some.any():
        sums[some] = np.add.reduceat(values[: end[-1]], begin[some], dtype=np.int64)
    return sums


def _joined(texts: Sequence[str]) -> str:
    cut = [text[:MOST_TEXT] for text in texts]
    joined = END.join(("", *cut, ""))
    if joined.count(END) != len(cut) + 1:
        joined = END.join(("", *(text.replace(END, " ") for text in cut), ""))
    if "&" in joined or "<" in joined:  # some sources hand out text as it stands in HTML
        joined = html.unescape(_TAG.sub("", _BREAK.sub("\n", joined)))
    # A letter and its accent are one character. Of all comments at once that takes long if a single one has any.
    composed = (text if text.isascii() else unicodedata.normalize("NFC", text) for text in joined.split(END))
    return joined if joined.isascii() else END.join(composed)


def _run(plain: Codes, longest: int) -> Flags:
    """Whether a character, from place `longest` on, is the same as each of the `longest` before it."""
    same = plain[1:] == plain[:-1]
    run: Flags = same[longest - 1 :].copy()
    for back in range(1, longest):
        run &= same[longest - 1 - back : -back]
    return run


def _covered(spans: Numbers, length: int) -> Flags:
    """The places from each span's begin up to its end; spans are rows of (begin, end)."""
    begin, lengths = spans[:, 0], spans[:, 1] - spans[:, 0]
    ends = np.cumsum(lengths)
    covered = np.zeros(length, dtype=np.bool_)
    covered[np.repeat(begin - ends + lengths, lengths) + np.arange(lengths.sum())] = True
    return covered


def _links(joined: str, plain: Codes) -> tuple[Numbers, Numbers]:
    """Where links begin, and the spans of them that are not the host: scheme, `www` and path."""
    letter = (plain >= ord("a")) & (plain <= ord("z"))
    dots = np.flatnonzero((plain[1:-1] == ord(".")) & letter[2:] & (letter | (plain == ord("0")))[:-2]) + 1
    if not len(dots):
        return dots, np.empty((0, 2), dtype=np.int64)
    blank = np.flatnonzero((plain == ord(" ")) | (plain == 0))
    place = np.unique(np.searchsorted(blank, dots))
    begins, spans = [], []
    for begin, end in zip((blank[place - 1] + 1).tolist(), blank[place].tolist(), strict=True):
        for found in _LINK.finditer(joined, begin, min(end, begin + _LONGEST_LINK)):
            path = joined[found.end() : found.end() + 1] == "/"
            if not (found[1] or found[2] or path or _ENDINGS.fullmatch(found[4])):
                continue
            begins.append(found.start())
            spans += [(found.start(), found.start(3)), (found.end(), end if path else found.end())]
            if path:
                break
    return np.array(begins, dtype=np.int64), np.array(spans, dtype=np.int64).reshape(-1, 2)


def _mentions(plain: Codes, kinds: NDArray[np.uint16]) -> tuple[Numbers, Numbers]:
    """Where mentions stand, and the spans of the names after their sign."""
    wordly = (kinds & (LETTER | MARK | DIGIT)) > 0
    named = wordly | (plain == ord("_"))
    at = np.flatnonzero((plain[1:-1] == ord("@")) & named[2:] & ~wordly[:-2]) + 1
    others = np.flatnonzero(~(named | (plain == ord(".")) | (plain == ord("-"))))
    return at, np.stack([at + 1, others[np.searchsorted(others, at + 1)]], axis=1)
