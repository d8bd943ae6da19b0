"""Comments in scripts without spaces between words tell praise and what fits any post, alone and among many."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from features.text.letters import letters
from features.text.unspaced import MANY, MOST_PRAISE, MOST_TOPIC_FREE, with_unspaced
from features.text.vocabulary import common_pieces

PIECES = st.sampled_from(sorted({piece for pieces in common_pieces() for piece in pieces}))
SIGNS = st.sampled_from(["!", "😍", " ", "@", "nice", "12", "写真館", "\u0301"])
TEXTS = st.none() | st.lists(PIECES | SIGNS | st.text(max_size=2), min_size=1, max_size=8).map("".join)


def told(texts: list[str | None]) -> list[tuple[bool | None, bool | None]]:
    lower = pl.Series("lower", texts, dtype=pl.String).str.to_lowercase()
    script = letters(lower)[0]
    spaced = lower.is_null().replace_strict([True, False], [None, False], return_dtype=pl.Boolean)
    return list(pl.DataFrame(with_unspaced(lower, script, spaced.alias("praise"), spaced.alias("topic_free"))).rows())


@given(st.lists(TEXTS, min_size=1, max_size=12))
@example(["可愛すぎます💓😇💓", "写真写真館", None, "好", "好" * MOST_PRAISE, "好" * (MOST_PRAISE + 1), "好" * 61])
@settings(max_examples=60, deadline=None)
def test_a_few_comments_are_told_what_many_are(texts: list[str | None]) -> None:
    many = texts * (MANY // max(1, sum(text is not None for text in texts)) + 1)
    assert told(texts) == told(many)[: len(texts)]


@pytest.mark.parametrize("text", ["太棒了", "かわいい！！", "สวยมาก 😍", "好看好看"])
def test_praise_of_a_few_letters_is_praise(text: str) -> None:
    assert told([text]) == [(True, False)]


@pytest.mark.parametrize(
    "text",
    [
        "いつも素敵な投稿をありがとうございます",
        "每次看到你的分享都很开心，加油！",
        "ติดตามผลงานมาตลอดเลยนะคะ เป็นกำลังใจให้ค่ะ",
    ],
)
def test_what_fits_any_post_is_topic_free(text: str) -> None:
    assert told([text]) == [(False, True)]
    assert told([f"@anna {text}"]) == [(False, False)]


@pytest.mark.parametrize(
    "text",
    [
        "このラーメン屋さん、先月家族で行きました",
        "这件红色连衣裙在哪里买的呀",
        "ร้านนี้อยู่แถวไหนคะ อยากไปกินก๋วยเตี๋ยว",
        "我很喜欢你",  # as short as a few words
        "好" * (MOST_TOPIC_FREE + 1),
    ],
)
def test_what_names_a_thing_is_short_or_goes_on_for_long_is_not(text: str) -> None:
    assert told([text])[0][1] is False


def test_of_other_scripts_nothing_is_changed() -> None:
    texts = ["so nice", "красиво", "예뻐요", "!!!", None]
    assert told(texts) == [(False, False)] * 4 + [(None, None)]


def test_praise_that_goes_on_is_topic_free() -> None:
    assert told(["好" * (MOST_PRAISE + 1)]) == [(False, True)]
