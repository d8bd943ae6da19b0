from __future__ import annotations

from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.rows.comments import MOST_TEXT
from models.comment_features.grams import PLACES, grams
from models.comment_features.reading import Reading, read
from models.comment_features.signals import NAMES
from models.comment_features.text import Comments, between

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


def _signals(text: str) -> dict[str, float]:
    return dict(zip(NAMES, read([text]).signals[0].tolist(), strict=True))


def _grams(text: str) -> list[set[int]]:
    """The places of the characters' and of the words' n-grams."""
    return [set(found.places[found.places < PLACES].tolist()) for found in grams(Comments.of([text]))]


def _of(reading: Reading, row: int) -> tuple[object, ...]:
    parts: list[object] = [reading.signals[row].tolist()]
    for weight, found in reading.blocks:
        mine = found.places[:, found.starts[row] : found.starts[row + 1]]
        parts += [weight, found.lengths()[row], [kind[kind < PLACES].tolist() for kind in mine]]
    return tuple(parts)


@given(st.lists(st.lists(st.integers(-9, 9), max_size=4), max_size=6), st.integers(0, 2))
def test_sums_between_starts_are_those_of_each_stretch(stretches: list[list[int]], behind: int) -> None:
    values = np.array([*chain(*stretches), *[7] * behind], dtype=np.int64)
    starts = np.cumsum([0, *map(len, stretches)])
    assert between(values, starts).tolist() == [sum(one) for one in stretches]


@given(st.lists(texts, max_size=6))
def test_a_comment_reads_the_same_alone_and_among_others(comments: list[str]) -> None:
    together = read(comments)
    assert len(together.signals) == len(comments)
    for row, text in enumerate(comments):
        assert _of(together, row) == _of(read([text]), 0)


@given(texts)
def test_shares_lie_between_nothing_and_everything(text: str) -> None:
    found = _signals(text)
    shares = ("digits", "emoji", "capitals", "punctuation", "repeated_characters", "repeated_words")
    assert all(0 <= found[name] <= 1 for name in shares)
    assert all(np.isfinite(value) and value >= 0 for value in found.values())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Great SONG", "great song"),
        ("ｇｒｅａｔ 𝐬𝐨𝐧𝐠", "great song"),
        ("gre\u200bat so\ufeffng", "great song"),
        ("call 0151 2345", "call 9876 5432"),
        ("see https://www.shop.example.com/a?b=c#d now", "see shop.example.com now"),
        ("thanks @maria.lopez_1 !", "thanks @tom !"),
        ("so goooooood", "so goood"),
        ("caf\u00e9", "cafe\u0301"),
        ("it&#39;s &lt;3<br />ok", "it's <3\nok"),
        ("nice 👏🏿", "nice 👏🏻"),
    ],
)
def test_texts_that_say_the_same_have_the_same_ngrams(one: str, other: str) -> None:
    assert _grams(one) == _grams(other)


def test_character_ngrams_stay_inside_white_space() -> None:
    characters, words = _grams("ab cd")
    assert len(characters) == 2 * (2 + 1)  # " ab", "ab ", " ab " of each word
    assert len(words) == 3  # two words and their pair
    assert characters == _grams("cd ab")[0]
    assert words != _grams("cd ab")[1]


def test_words_of_different_comments_make_no_pair() -> None:
    _, words = grams(Comments.of(["one", "two"]))
    assert (words.places[1] == PLACES).all()


def test_nothing_is_found_in_a_comment_without_text() -> None:
    assert _grams("") == [set(), set()]
    assert set(_signals("").values()) == {0.0}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("look at http://example.org/x", "links"),
        ("look at www.example.de", "links"),
        ("look at promo-site.shop", "links"),
        ("look at bit.ly/abc", "links"),
        ("WhatsApp +49 (151) 234-56789", "numbers_to_call"),
        ("٠١٢٣٤٥٦٧٨٩", "numbers_to_call"),
        ("@someone look", "mentions"),
        ("so #blessed", "tags"),
        ("one\ntwo", "line_breaks"),
        ("🔥🔥", "emoji"),
        ("𝐟𝐫𝐞𝐞 gift", "odd_letters"),
        ("frее gift", "odd_letters"),  # two Cyrillic letters
        ("fr\u200bee gift", "odd_letters"),
        ("only 5 €", "money"),
        ("من أين هذا؟", "questions"),
        ("wow wow wow", "repeated_words"),
    ],
)
def test_a_signal_sees_what_it_is_named_after(text: str, name: str) -> None:
    assert _signals(text)[name] > 0


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("nice.it was lovely", "links"),
        ("10.5 km", "links"),
        ("since 2014, 12.5.2015", "numbers_to_call"),
        ("1, 2, 3, 4, 5, 6, 7, 8, 9", "numbers_to_call"),
        ("me@home", "mentions"),
        ("می\u200cخواهم", "odd_letters"),
        ("ＯＫ！すごい", "odd_letters"),
        ("क\u094d\u200dष", "odd_letters"),
        ("Привет, как дела", "odd_letters"),
        ("Ωραίο τραγούδι", "odd_letters"),
        ("👩\u200d👩\u200d👧 sweet", "odd_letters"),
        ("1000000", "repeated_characters"),
    ],
)
def test_ordinary_writing_is_nothing_odd(text: str, name: str) -> None:
    assert _signals(text)[name] == 0


def test_a_long_text_is_cut() -> None:
    long = "word " * 2_000_000
    assert _of(read([long]), 0) == _of(read([long[:MOST_TEXT]]), 0)


def test_digits_in_the_path_of_a_link_are_no_number_to_call() -> None:
    assert _signals("https://example.com/49151234567890")["numbers_to_call"] == 0
