"""What makes a creator near to a brief, or to another creator: what the cosine of each of its parts counts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CosineWeights:
    """What each cosine counts in retrieval; chosen by `bench/bench_retrieval.py`."""

    words: float = 0.6
    hashtags: float = 1.0
    word_topics: float = 0.15
    gram_topics: float = 0.2
    brand_topics: float = 0.45
    niches: float = 0.15
    brand: float = 0.05
    examples: float = 0.3


COSINE_WEIGHTS = CosineWeights()
