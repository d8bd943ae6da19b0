"""Congratulations, condolences and prayers, one creator at a time and many at once."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.text import wishes
from features.text.letters import letters
from features.text.wishes import wishing
from features.text.wording import wording

WISHES = (
    *("hbd!!", "CONGRATS mama ❤️", "R.I.P.", "glory to God 🙏", "so sorry for your loss 💔", "Parabéns 🎉"),
    *("feliz cumple guapa", "Sto lat!", "alles gute zum geburtstag", "tanti auguri", "joyeux anniversaire"),
    *("gefeliciteerd", "onnea", "с днем рождения", "doğum günün kutlu olsun", "الله يرحمه", "تسلیت میگم"),
    *("बधाई हो", "innalillahi", "hongera sana", "chúc mừng sinh nhật", "χρόνια πολλά", "Eid Mubarak 🌙"),
    *("お誕生日おめでとう🎂", "生日快乐", "생일 축하해요", "ยินดีด้วยค่ะ"),
)
NO_WISHES = (
    *("so beautiful, God bless", "mashallah", "good morning dear", "Dios te bendiga hermosa", "bonjour"),
    *("great pic", "you have such a lovely style", "where is this", "ripped jeans"),
    *("que linda", "harga kak?", "🔥🔥", "A", "@anna look", "your page gives me so much joy", "gorgeous", "素敵ですね"),
)


def told(texts: list[str | None]) -> list[bool]:
    lower = pl.Series(texts, dtype=pl.String).str.to_lowercase()
    return wishing(wording(lower)[2], letters(lower)[0]).to_list()


@pytest.mark.parametrize("text", WISHES)
def test_a_wish_is_found(text: str) -> None:
    assert told([text]) == [True]


@pytest.mark.parametrize("text", NO_WISHES)
def test_what_is_said_under_any_post_is_no_wish(text: str) -> None:
    assert told([text]) == [False]


@given(st.lists(st.none() | st.lists(st.sampled_from((*WISHES, *NO_WISHES)), max_size=3).map(" ".join), max_size=20))
@settings(max_examples=60)
def test_many_are_told_as_few(texts: list[str | None]) -> None:
    texts = [text or None for text in texts]
    few = told(texts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("features.text.wishes.MANY", 1)
        assert told(texts) == few


def test_phrases_are_words_in_lower_case() -> None:
    for phrase in wishes.phrases():
        assert wording(pl.Series([phrase.strip()]))[2].to_list() == [phrase.strip()]
        assert phrase == phrase.lower()


def test_pieces_are_words_in_lower_case_and_of_two_letters_at_least() -> None:
    for piece in wishes.pieces():
        assert wording(pl.Series([piece]))[2].to_list() == [piece]
        assert len(piece) >= 2
