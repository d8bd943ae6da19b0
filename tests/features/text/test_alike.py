"""Near-duplicates by MinHash, against the similarity that they stand for."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from features.text.alike import near_duplicates

VOCABULARY = [f"word{number}" for number in range(400)]


def text(rng: random.Random) -> list[str]:
    return rng.sample(VOCABULARY, 12)


def found_share(replaced: int, pairs: int = 300) -> float:
    """How many pairs of twelve-word texts that differ in so many words are found."""
    rng = random.Random(replaced)
    found = 0
    for _ in range(pairs):
        one = text(rng)
        other = [*one[replaced:], *(f"other{n}" for n in range(replaced))]
        found += len(near_duplicates({" ".join(one): 1, " ".join(other): 1})) == 2
    return found / pairs


def test_similar_pairs_are_found_and_others_are_not() -> None:
    assert found_share(1) > 0.95  # similarity 11/13
    assert 0.4 < found_share(2) < 0.9  # 10/14, at the threshold
    assert found_share(5) == 0  # 7/17


def test_a_text_that_stands_twice_is_a_duplicate_of_itself() -> None:
    assert near_duplicates({"such a lovely way": 2, "to start the week": 1}) == {"such a lovely way"}


def test_texts_without_spaces_are_compared_by_their_characters() -> None:
    texts = {
        "これはとても綺麗な場所ですね行きたいです": 1,
        "これはとても綺麗な場所ですね行きたい": 1,
        "昨日の夜ご飯は何を食べましたか": 1,
    }
    assert near_duplicates(texts) == set(list(texts)[:2])


@given(st.integers(0, 1_000))
@settings(max_examples=25)
def test_the_order_of_texts_does_not_matter(seed: int) -> None:
    rng = random.Random(seed)
    base = [text(rng) for _ in range(6)]
    texts = [" ".join(words) for words in base] + [" ".join(sorted(words)[:-1]) for words in base[:3]]
    shuffled = rng.sample(texts, len(texts))
    assert near_duplicates(dict.fromkeys(texts, 1)) == near_duplicates(dict.fromkeys(shuffled, 1))
