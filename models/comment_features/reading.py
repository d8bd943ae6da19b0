"""What the comment model reads of texts: n-grams in two blocks, and the signals that need no language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.comment_features.grams import grams
from models.comment_features.signals import NAMES, signals
from models.comment_features.text import Comments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from models.comment_features.grams import Grams

    Floats = NDArray[np.float64]

CHARACTERS_WEIGHT, WORDS_WEIGHT = 1.0, 1.4
"""Length of a comment's vector of character and of word n-grams, whatever the comment's length."""

SIGNALS_WEIGHT = 0.2
"""Of a signal one standard deviation from the mean; small, so that one penalty suits signals and n-grams."""

PROMOTIONS_WEIGHT = 0.4
"""Of the phrases that promote, which are all that there is to go by in a language that training never saw."""

FARTHEST = 4.0
"""Standard deviations: what lies farther counts as this far, so that no hostile text outweighs all else."""

_WEIGHTS = np.array([PROMOTIONS_WEIGHT if name == "promotions" else SIGNALS_WEIGHT for name in NAMES])


@dataclass(frozen=True, eq=False)
class Reading:
    """Comments as the model reads them.

    Attributes:
        signals: Comments x `comment_signals.NAMES`.
        blocks: N-grams of characters and of words, each with its weight.
    """

    signals: Floats
    blocks: tuple[tuple[float, Grams], ...]


def standard(signals: Floats, means: Floats, spreads: Floats) -> Floats:
    """Signals in weighed standard deviations from the means, `FARTHEST` at most."""
    apart = np.clip((signals - means) / spreads, -FARTHEST, FARTHEST)
    return np.asarray(_WEIGHTS * apart, dtype=np.float64)


def read(texts: Sequence[str]) -> Reading:
    """Read texts; of each the first `features.rows.comments.MOST_TEXT` characters."""
    comments = Comments.of(texts)
    characters, words = grams(comments)
    return Reading(signals(comments, words), ((CHARACTERS_WEIGHT, characters), (WORDS_WEIGHT, words)))
