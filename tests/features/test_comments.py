"""Comment signals on comments written by hand."""

from __future__ import annotations

import re

import polars as pl
import pytest

from features import phrases
from tests.features.conftest import NOW, comments, creator, posts, signals_of


def matches(pattern: str, text: str) -> bool:
    return bool(pl.select(pl.lit(text).str.contains(pattern)).item())


def share_of(text: str, signal: str) -> float | None:
    """The share of twelve comments of that text that the signal counts."""
    value: float | None = signals_of(creator(comments=comments([text] * 12)))[signal]
    return value


@pytest.mark.parametrize(
    "text",
    ["nice pic", "Wow! 😍", "so beautiful", "Amazing 🔥🔥", "qué linda", "trop belle", "очень красиво!", "かわいい"],
)
def test_praise_that_fits_any_post_is_generic(text: str) -> None:
    assert share_of(text, "generic_comment_share") == 1


@pytest.mark.parametrize(
    "text",
    [
        "where did you buy that lamp?",
        "nice pic of the old town hall",
        "🔥🔥",
        "@anna nice",
        "¿dónde queda eso?",
        "beautifully",
    ],
)
def test_what_only_fits_this_post_is_not_generic(text: str) -> None:
    assert share_of(text, "generic_comment_share") == 0


@pytest.mark.parametrize(
    ("text", "wordless"), [("🔥🔥", True), ("!!! :)", True), ("ok", False), ("👍🏽 да", False), ("", False)]
)
def test_wordless_comments_have_no_letter_and_no_digit(text: str, wordless: bool) -> None:
    assert matches(phrases.WORDLESS, text) is wordless


@pytest.mark.parametrize(
    ("text", "only"), [("@anna", True), ("@anna @b.c_d ❤️", True), ("@anna look", False), ("mail@x.org now", False)]
)
def test_mention_only_comments_hold_nothing_else(text: str, only: bool) -> None:
    assert matches(phrases.MENTIONS, text) is only


@pytest.mark.parametrize(
    "text",
    ["check out my page", "DM me for promo", "https://spam.example", "sígueme", "взаимная подписка", "whatsapp +1 555"],
)
def test_promotion_is_recognised(text: str) -> None:
    assert share_of(text, "promotion_comment_share") == 1


@pytest.mark.parametrize(
    "text", ["I follow you since 2019", "my link to the past", "that telegraph pole!", "so good. nice"]
)
def test_ordinary_sentences_are_no_promotion(text: str) -> None:
    assert share_of(text, "promotion_comment_share") == 0


TALK = [f"{word} reminds me of our summer in {place}" for word in ("this", "that") for place in "ABCDEFGHIJ"]


def test_the_creators_own_comments_stay_out() -> None:
    own = [{"comment_id": f"own{n}", "author_id": "c", "post_id": "p000", "text": "thank you"} for n in range(20)]
    with_own = signals_of(creator(comments=comments(TALK) + own))
    assert with_own["comments_counted"] == 20
    assert with_own["generic_comment_share"] == 0
    assert with_own["creator_comment_share"] == pytest.approx(0.5)


def test_a_package_of_praise_shows() -> None:
    signals = signals_of(creator(comments=comments(["nice pic", "wow amazing"] * 10)))
    assert signals["generic_comment_share"] == 1
    assert signals["lexical_diversity"] < 0.5
    assert signals_of(creator(comments=comments(TALK)))["generic_comment_share"] == 0


def test_repeated_texts_are_duplicates_and_shuffled_ones_near_duplicates() -> None:
    repeated = ["follow your dreams always", "always follow your dreams!! 😍", *TALK]
    signals = signals_of(creator(comments=comments(repeated)))
    assert signals["duplicate_comment_share"] == 0
    assert signals["near_duplicate_comment_share"] == pytest.approx(2 / 22)


def test_short_comments_alike_are_no_duplicates() -> None:
    signals = signals_of(creator(comments=comments(["love it"] * 6 + TALK)))
    assert signals["duplicate_comment_share"] == 0


def test_few_comments_say_nothing() -> None:
    assert signals_of(creator(comments=comments(["nice"] * 5)))["generic_comment_share"] is None


def test_the_same_people_within_the_hour_under_several_posts() -> None:
    at = [NOW.replace(day=28).isoformat()] * 3
    minutes = [NOW.replace(day=28, minute=place % 30).isoformat() for place in range(15)]
    record = creator(
        posts=posts([1, 1, 1], posted_at=at),
        comments=comments(
            ["love the colours here"] * 15,
            author_id=[f"a{place % 5}" for place in range(15)],
            post_id=[f"p{place // 5:03}" for place in range(15)],
            posted_at=minutes,
        ),
    )
    signals = signals_of(record)
    assert signals["soon_repeat_comment_share"] == 1
    assert signals["repeat_commenter_share"] == 1
    assert signals["distinct_author_share"] == pytest.approx(1 / 3)


def test_comments_delivered_in_a_row_are_a_burst() -> None:
    seconds = [NOW.replace(second=2 * place).isoformat() for place in range(20)]
    assert signals_of(creator(comments=comments(TALK, posted_at=seconds)))["comment_burst_share"] == 1


@pytest.mark.parametrize(
    "text", ["これはとても綺麗な場所ですね", "это место я помню с детства", "هذا المكان جميل جدا في الصيف"]
)
def test_a_language_of_its_own_is_no_sign_by_itself(text: str) -> None:
    numbered = [f"{text} {place}" for place in range(12)]
    signals = signals_of(creator(comments=comments(numbered)))
    assert signals["generic_comment_share"] == 0
    assert signals["script_concentration"] == 1


def test_a_very_long_comment_is_cut_and_counted() -> None:
    signals = signals_of(creator(comments=comments([*TALK, "x" * 1_000_000])))
    assert signals["comments_counted"] == 21


def test_the_patterns_need_no_look_around() -> None:
    for pattern in (phrases.WORDLESS, phrases.MENTIONS, phrases.LINK, phrases.DECLARED):
        assert not re.search(r"\(\?[=!<]", pattern)
