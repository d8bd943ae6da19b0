"""Texts that are nearly the same as another one: of one creator here, of many in `features.text.many_texts`."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

ALIKE_LETTERS = 12
"""Shorter comments are alike by chance."""
BANDS, ROWS = 10, 6
"""Ten bands of six hashes find a pair of similarity 0.68 with probability one half, of 0.5 with 0.15, of 0.9 with 1.00:
1 - (1 - s^6)^10 (Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, section 3.4)."""
SHARED_TOKENS = 0.68
"""A text of whose tokens fewer stand in other texts cannot be that similar to one of them, and is not hashed."""
FEW_WORDS = 3
"""Texts of fewer words, and those written without spaces, are compared by runs of three characters."""
_SEED = 1


def near_duplicates(texts: Mapping[str, int]) -> set[str]:
    """The texts that stand more than once, or share a band of MinHash values of their words with another text.

    Depends on no order: a text is a near-duplicate or not whatever stands before it, so nothing is clustered.

    Args:
        texts: Words with one space between, and how often that text stands.
    """
    found = {text for text, times in texts.items() if times > 1}
    tokens = {text: _tokens(text) for text in texts}
    standing = Counter(chain.from_iterable(tokens.values()))
    shared = {token for token, texts_with in standing.items() if texts_with > 1}
    likely = {text: some for text, some in tokens.items() if len(some & shared) >= SHARED_TOKENS * len(some)}
    if len(likely) > 1:
        found |= _sharing_a_band(likely)
    return found


def _tokens(text: str) -> set[str]:
    words = text.split(" ")
    return (
        set(words) if len(words) >= FEW_WORDS else {text[place : place + 3] for place in range(max(len(text) - 2, 1))}
    )


def sketches(tokens: Sequence[Sequence[str]]) -> list[list[int]]:
    """The MinHash values of many texts, texts x (`BANDS` * `ROWS`), by as many threads as rensa takes."""
    from rensa import RMinHash

    rows: list[list[int]] = RMinHash.digest_matrix_from_token_sets(tokens, BANDS * ROWS, _SEED).to_rows()
    return rows


def _sharing_a_band(tokens: Mapping[str, Iterable[str]]) -> set[str]:
    from rensa import RMinHash  # takes its time to load, and texts are not always there

    first: dict[tuple[int, tuple[int, ...]], str] = {}
    found: set[str] = set()
    for text, some in tokens.items():
        sketch = RMinHash(BANDS * ROWS, _SEED)  # one by one: rensa's bulk call starts threads, which costs more
        sketch.update(list(some))
        for band in enumerate(zip(*[iter(sketch.digest())] * ROWS, strict=True)):
            other = first.setdefault(band, text)
            if other != text:
                found |= {other, text}
    return found
