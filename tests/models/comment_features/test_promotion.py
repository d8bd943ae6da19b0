"""The comment model counts the phrases that the signals of a creator know."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.text.phrases import PROMOTION_OF, UNSPACED_PROMOTION_OF
from features.text.promotion import phrases, pieces
from models.comment_features.grams import grams
from models.comment_features.promotion import promotions
from models.comment_features.text import Comments
from tests.features.text.test_promotion import HONEST, PIECES, PROMOTING


def _counted(texts: list[str]) -> list[int]:
    comments = Comments.of(texts)
    found: list[int] = promotions(comments, grams(comments)[1]).tolist()
    return found


@pytest.mark.parametrize("text", PROMOTING)
def test_promotion_is_counted_in_its_language(text: str) -> None:
    assert _counted(["nice", text, "", "so true"])[1] > 0


@pytest.mark.parametrize("text", HONEST)
def test_followers_who_use_the_same_words_have_none(text: str) -> None:
    assert _counted([text]) == [0]


def test_capitals_styles_and_numbers_are_read() -> None:
    assert _counted(
        ["FOLLOW ME", "𝐅𝐨𝐥𝐥𝐨𝐰 𝐦𝐞", "f\u200bollow me", "whatsapp 5551234567", "whatsapp 2", "follow. me"]
    ) == [1, 1, 1, 1, 0, 1]


def test_each_phrase_counts() -> None:
    assert _counted(["follow me, vendo seguidores, dm us"]) == [3]


def test_every_phrase_of_words_is_found() -> None:
    written = [" ".join(min(choice) for choice in phrase) for phrase in phrases()]
    said = [f"Wow! {phrase}".replace("0000000", "5551234567") for phrase in written]
    texts = [text.removesuffix(" $") if text.endswith("$") else f"{text} ok" for text in said]
    assert len(texts) > 1_000
    assert [text for text, many in zip(texts, _counted(texts), strict=True) if not many] == []


def test_every_piece_is_found_inside_a_text() -> None:
    found = dict(zip(pieces(), _counted([f"ๆ{piece}ๆ" for piece in pieces()]), strict=True))
    assert [piece for piece, many in found.items() if not many] == []


def test_phrases_are_written_as_comments_are_read() -> None:
    for listed in (*PROMOTION_OF.values(), *UNSPACED_PROMOTION_OF.values()):
        assert unicodedata.is_normalized("NFC", listed)


@given(texts=st.lists(st.lists(PIECES, max_size=9).map("".join), min_size=1, max_size=5))
def test_a_comment_has_as_many_alone_as_among_others(texts: list[str]) -> None:
    assert _counted(texts) == [_counted([text])[0] for text in texts]
