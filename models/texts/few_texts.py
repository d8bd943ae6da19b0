"""The words of a few texts, as `terms` tells them: to Polars they cost ten times what it takes to read them."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from models.texts.terms import LETTERS, MOST_LETTERS, SETTLED

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_TEXTS = 50
"""Of more, Polars reads the words sooner."""


def _written_in(letters: str) -> re.Pattern[str]:
    """Matches what has these letters alone, which are written as Polars reads them."""
    return re.compile("[" + re.sub(r"\\x\{(\w+)\}", lambda code: chr(int(code[1], 16)), letters) + "]*")


_SETTLED, _LETTERS = _written_in(SETTLED), _written_in(LETTERS)
_LETTER = r"[^\W\u2776-\u2793]|[\u0307\u200D\uFE0F]"
"""What Polars takes for letters: Python counts numerals in circles among them, and marks and joiners not."""

_WORD = re.compile(f"(?:{_LETTER}){{2,}}")


def counted(texts: Sequence[str]) -> tuple[list[str], sparse.csr_array] | None:
    """The different words, ascending, and how often each text has each: texts x words.

    None where there are many texts, or one that is not written in `SETTLED` letters alone: what else there is Python
    and Polars may read differently.
    """
    if len(texts) > MOST_TEXTS or not all(_SETTLED.fullmatch(text) for text in texts):
        return None
    counts = [Counter(word[:MOST_LETTERS] for word in _WORD.findall(text.lower())) for text in texts]
    words = sorted(set().union(*counts))
    place = {word: k for k, word in enumerate(words)}
    ordered = [sorted(own, key=place.__getitem__) for own in counts]
    data = np.array([own[word] for own, order in zip(counts, ordered, strict=True) for word in order], dtype=np.float64)
    indices = np.array([place[word] for order in ordered for word in order], dtype=np.int32)
    ends = np.cumsum([0, *map(len, counts)], dtype=np.int32)
    return words, sparse.csr_array((data, indices, ends), shape=(len(texts), len(words)))


def without_marks(texts: Sequence[str]) -> bool:
    """Whether none of the texts can hold a mark: an emoji, a hashtag or an account; False where it is not plain."""
    return all("#" not in text and "@" not in text and _LETTERS.fullmatch(text) for text in texts)
