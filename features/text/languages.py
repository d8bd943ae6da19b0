"""The language of captions and of comments, where there is enough text to tell."""

from __future__ import annotations

import re
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, cast
from zlib import crc32

import polars as pl

from features.few import FEW_ROWS
from features.records.hashes import runs
from features.text.language_model import identifier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from features.text.language_scores import Scorer

GROUP_BYTES = 100
"""Under some twenty letters a language cannot be told; texts are put together until they have five times as many, or
fewer where a letter takes more bytes and says more."""
MOST_GROUPS = 3
FEW_GROUPS = 2
CAPTION_BYTES = 60
MOST_CAPTION_BYTES = 200

_ALIKE = ("bs hr sr", "da nn no", "id ms", "hi mr ne", "cs sk", "gl pt", "bg mk", "af nl")
"""Too close to be told apart in short informal text."""
_UNTOLD = re.compile(r"[@#]\S+|https?\S+|[\d_]+|\s+")
_CALLED = {name: group.split()[0] for group in _ALIKE for name in group.split()}


@cache
def _scorer() -> Scorer:
    from features.text.language_scores import Scorer

    return Scorer(identifier())


def called(code: str) -> str:
    """The code that stands for a language and its near relatives, as `languages_of` tells it."""
    return _CALLED.get(code, code)


def languages_of(texts: Sequence[str]) -> list[str]:
    """ISO 639-1 code of each text's likeliest language; near relatives share one code. Unreliable under 60 letters."""
    return [called(code) for code in _scorer().languages(texts)]


def caption_language_shares(comments: pl.Series, captions: pl.Series, creators: pl.Series) -> pl.Series:
    """Share of groups of a creator's comments whose language is the captions', the same on all of its rows; null where
    either has too little text.

    Comments are grouped in the order of a checksum of their text, so that the order of rows does not matter and no
    alphabet comes first.

    Args:
        comments: The words of a comment with one space between; null where there are none.
        captions: The caption of the post that the comment stands under.
        creators: Numbers from 0 up, one a creator; rows of one stand together.
    """
    writers = creators
    if len(creators) > FEW_ROWS:  # most comments stand under the caption of others
        writers, captions = pl.DataFrame([creators.alias("writer"), captions]).unique(maintain_order=True).get_columns()
    written, said = captions.to_list(), comments.to_list()
    told = [
        _to_tell(_known(written[posts]), _known(said[own]))
        for (_, posts), (_, own) in zip(runs(writers), runs(creators), strict=True)
    ]
    languages = iter(languages_of([text for texts in told for text in texts]))
    shares = [_share(list(islice(languages, len(texts)))) if texts else None for texts in told]
    return pl.Series(shares, dtype=pl.Float64)[creators]


def _to_tell(captions: set[str], comments: set[str]) -> list[str]:
    """The beginning of the captions, then the groups of comments; empty where either has too little text."""
    groups, written = _groups(comments), _beginning(captions)
    if len(groups) < FEW_GROUPS or len(written.encode()) < CAPTION_BYTES:
        return []
    return [written, *groups]


def _beginning(captions: set[str]) -> str:
    """As much of the captions as is looked at, in the order of their texts."""
    written = ""
    for text in sorted(captions):
        written += " " * bool(written) + _UNTOLD.sub(" ", text[: 2 * MOST_CAPTION_BYTES].lower()).strip()
        if len(written) >= MOST_CAPTION_BYTES:
            break
    return written[:MOST_CAPTION_BYTES]


def _share(languages: Sequence[str]) -> float:
    """Share of the others that are the first."""
    home, *others = languages
    return sum(one == home for one in others) / len(others)


def _known(texts: Sequence[str | None]) -> set[str]:
    known = set(texts)
    known.discard(None)
    return cast("set[str]", known)


def _groups(comments: set[str]) -> list[str]:
    groups: list[str] = []
    gathered: list[str] = []
    size = 0
    for _, text in sorted((crc32(text.encode()), text) for text in comments):
        gathered.append(text[:GROUP_BYTES])
        size += len(gathered[-1].encode())
        if size >= GROUP_BYTES:
            groups.append(" ".join(gathered))
            gathered, size = [], 0
            if len(groups) == MOST_GROUPS:
                break
    return groups
