"""Phrases that promote the commenter, in many languages, and what honest followers say with the same words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import features
from features.records import read
from features.text import promotion
from features.text.letters import letters
from features.text.wording import wording
from tests.features.conftest import NOW, comments, creator

if TYPE_CHECKING:
    from collections.abc import Sequence

PROMOTING = (
    "Follow me and I will follow you back right away",
    "WhatsApp me on +1 555 013 9921 for quick loans",
    "Whatsapp +1 555 013 9921",
    "Promote it on @beauty.pages",
    "Send pic to @model_hub for a feature",
    "hot pics in my profile",
    "𝐖𝐡𝐚𝐭𝐬𝐀𝐩𝐩 𝐦𝐞 ⬆️",
    "Ｆｏｌｌｏｗ ｍｅ",
    "Sígueme y te sigo de vuelta",
    "Vendo seguidores reais, chama no direct",
    "Abonne-toi à mon compte, je rends",
    "Vendo follower italiani, scrivimi in direct",
    "Folge mir und ich folge dir zurück",
    "Volg mij dan volg ik terug",
    "Zapraszam na mój profil",
    "Накрутка подписчиков дешево, ссылка в профиле",
    "Takibe takip",
    "شيخ روحاني جلب الحبيب واتساب",
    "کسب درآمد در منزل",
    "मुझे फॉलो करो, मैं भी करूंगा",
    "SLOT88 gacor hari ini link di bio",
    "Theo dõi mình nhé mình theo dõi lại",
    "ฝากร้านด้วยค่ะ",
    "フォロバ100%です、フォローしてください",
    "맞팔해요 선팔하고 갑니다",
    "加微信 vx12345 免费领取",
    "Pa follow naman po",
)
HONEST = (
    "Where is the link in your bio? I can't find it",
    "Can you DM me the address of that bakery please?",
    "I have been following you since 2019 and never commented",
    "Best tutorial on WhatsApp privacy I have seen",
    "I subscribed for the travel stuff",
    "I followed this recipe and it came out great",
    "¿Dónde está el enlace? No lo veo en tu bio",
    "Sigo você desde o começo e adoro",
    "Je me suis abonnée pour les voyages",
    "Ti seguo da anni, sei una garanzia",
    "Wo ist der Link in deiner Bio?",
    "Waar is de link in je bio?",
    "Obserwuję cię od lat",
    "Взаимно, и вас с праздником",
    "Tarifi takip ettim, harika oldu",
    "احلى شرح عن خصوصية الواتساب",
    "بهترین آموزش واتساپ بود",
    "मैं आपको 2019 से फॉलो करता हूँ",
    "Link di bionya mana kak? ga ketemu",
    "Mình theo dõi chị từ năm 2019",
    "ติดตามมาตั้งแต่ปี 2019 ค่ะ",
    "2019年からフォローしています",
    "2019년부터 팔로우하고 있어요",
    "发给妈妈微信看了，她很喜欢",
    "Matagal na akong follower nyo po",
)
PIECES = st.sampled_from(
    [
        *"abк加粉한ฝ𝐦 .@,!0",
        "follow ",
        "me ",
        "whatsapp ",
        "12345678 ",
        "互粉",
        "link in bio",
        "𝐟𝐨𝐥𝐥𝐨𝐰 ",
        "Ａｄ",
        "\u0301",
        "맞팔해",
    ]
)


def _promoting(texts: Sequence[str | None]) -> list[bool | None]:
    lower = pl.Series([text and text.lower() for text in texts], dtype=pl.String)
    return promotion.promoting(lower, wording(lower)[2], letters(lower)[0]).to_list()


@pytest.mark.parametrize("text", PROMOTING)
def test_promotion_is_known_in_its_language(text: str) -> None:
    assert _promoting([text]) == [True]


@pytest.mark.parametrize("text", HONEST)
def test_followers_who_use_the_same_words_promote_nothing(text: str) -> None:
    assert _promoting([text]) == [False]


def test_what_is_not_known_stays_unknown() -> None:
    assert _promoting([None, "nice", None, "🔥", "follow me"]) == [None, False, None, False, True]


@pytest.mark.parametrize("text", [*PROMOTING, *HONEST])
def test_many_comments_tell_what_few_do(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    few = _promoting([text])
    monkeypatch.setattr("features.text.promotion.MANY", 1)
    assert _promoting([text]) == few


@settings(max_examples=300)
@given(texts=st.lists(st.none() | st.lists(PIECES, max_size=9).map("".join), min_size=1, max_size=6))
def test_any_comments_tell_the_same_as_few_and_as_many(texts: list[str | None]) -> None:
    few = _promoting(texts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("features.text.promotion.MANY", 1)
        assert _promoting(texts) == few


def test_a_creators_rows_know_promotion() -> None:
    written = [creator(comments=comments([*["Накрутка подписчиков дешево"] * 6, *["какой закат"] * 18]))]
    rows = features.prepare(read(written, now=NOW)).comments
    assert rows["promotion"].sum() == 6


def test_phrases_are_words_in_lower_case() -> None:
    for phrase in promotion.phrases():
        for word in frozenset().union(*phrase) - {promotion.END}:
            assert wording(pl.Series([word]))[2].to_list() == [word], (word, phrase)
            assert word == word.lower(), phrase


def test_numbers_stand_for_any_in_phrases() -> None:
    words = {word for phrase in promotion.phrases() for choice in phrase for word in choice if word.isdigit()}
    assert words == {promotion.NUMBER, promotion.LONG_NUMBER}


def test_no_phrase_begins_with_a_number_or_the_end() -> None:
    assert not {promotion.NUMBER, promotion.LONG_NUMBER, promotion.END} & promotion._first_words()


def test_pieces_are_words_with_single_blanks_between() -> None:
    for piece in promotion.pieces():
        assert wording(pl.Series([piece]))[2].to_list() == [piece]
        assert len(piece) >= 2
