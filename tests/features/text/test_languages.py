"""Languages of captions and comments."""

from __future__ import annotations

import random
from unittest import mock

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.text import languages
from features.text.language_model import identifier
from features.text.languages import caption_language_shares, languages_of
from features.text.phrases import script_of

TEXTS = {
    "en": "we walked along the river until the sun went down and talked about everything that had happened that year",
    "de": "wir sind am fluss entlang gelaufen bis die sonne unterging und haben über alles gesprochen was passiert war",
    "es": "caminamos junto al río hasta que se puso el sol y hablamos de todo lo que había pasado durante aquel año",
    "tr": "güneş batana kadar nehir boyunca yürüdük ve o yıl olan biten her şey hakkında uzun uzun konuştuk durduk",
    "ru": "мы гуляли вдоль реки пока не зашло солнце и говорили обо всём что случилось с нами за этот долгий год",
    "ar": "مشينا على طول النهر حتى غربت الشمس وتحدثنا عن كل ما حدث في تلك السنة الطويلة مع العائلة والأصدقاء",
    "hi": "हम नदी के किनारे सूरज डूबने तक चलते रहे और उस साल जो कुछ हुआ था उस सब के बारे में देर तक बात करते रहे",
    "ja": "私たちは日が沈むまで川沿いを歩いてその年に起こったすべてのことについて話しましたとても楽しい一日でした",
}


def in_the_captions_language(caption: str, comments: list[str]) -> float | None:
    """Of one creator, under one post."""
    said = pl.Series("said", comments)
    one = pl.Series("run", [0] * len(comments), dtype=pl.UInt32)
    [share] = set(caption_language_shares(said, pl.Series("caption", [caption] * len(comments)), one))
    return share


@pytest.mark.parametrize(("language", "text"), TEXTS.items())
def test_a_sentence_is_enough_to_tell_the_language(language: str, text: str) -> None:
    assert languages_of([text]) == [language]


@pytest.mark.parametrize("text", TEXTS.values())
def test_comments_in_the_captions_language_agree_in_every_language(text: str) -> None:
    assert in_the_captions_language(text, [f"{text} {word}" for word in "abc"]) == 1


def test_comments_in_another_language_disagree() -> None:
    said = [f"{TEXTS['tr']} {word}" for word in "abc"]
    assert in_the_captions_language(TEXTS["en"], said) == 0


def test_short_text_says_nothing() -> None:
    assert in_the_captions_language(TEXTS["en"], ["so nice", "harika", "top"]) is None
    assert in_the_captions_language("new in", [*TEXTS.values()]) is None
    assert in_the_captions_language("", [*TEXTS.values()]) is None


@pytest.mark.parametrize("few", [0, 1_000])
def test_creators_are_apart_and_order_does_not_matter(few: int) -> None:
    rows = [(0, TEXTS["en"], f"{TEXTS['en']} {n}") for n in range(6)] + [(1, TEXTS["de"], None)] * 2
    rows += [(2, TEXTS["de"], f"{TEXTS['ru']} {n}") for n in range(6)]
    expected = [1.0] * 6 + [None] * 2 + [0.0] * 6
    for seed in range(3):
        random.Random(seed).shuffle(rows)
        rows.sort(key=lambda row: row[0])
        creators, captions, comments = (pl.Series(values) for values in zip(*rows, strict=True))
        with mock.patch.object(languages, "FEW_ROWS", few):
            assert caption_language_shares(comments, captions, creators).to_list() == expected


@given(st.randoms(use_true_random=False), st.lists(st.text(max_size=60), max_size=20))
@settings(max_examples=20)
def test_many_texts_are_told_the_languages_that_each_is_told_alone(random: random.Random, others: list[str]) -> None:
    words = " ".join(TEXTS.values()).split()
    texts = [" ".join(random.choices(words, k=random.randint(0, 30))) for _ in range(60)]
    texts += [text[:5] for text in texts] + [text.upper() for text in TEXTS.values()] + others
    assert languages_of(texts) == [languages._CALLED.get(code, code) for code, _ in map(identifier().classify, texts)]


@pytest.mark.parametrize(
    ("letter", "script"),
    [
        *(("ж", "cyrillic"), ("ω", "greek"), ("م", "arabic"), ("ग", "devanagari"), ("ก", "thai"), ("한", "hangul")),
        *(("カ", "east_asian"), ("々", "east_asian"), ("好", "east_asian"), ("ব", "bengali"), ("א", "hebrew")),
    ],
)
def test_scripts_are_told_by_their_letters(letter: str, script: str) -> None:
    assert script_of(letter) == script
