"""Comment signals on comments written by hand."""

from __future__ import annotations

import math
import random
import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import features
from features import context as contexts
from features.context import Context
from features.corpus import commenters
from features.records import Tables, read
from features.rows import comments as comment_rows
from features.signal import EVIDENCE_IDS
from features.text import phrases
from tests.features.conftest import NOW, Record, comments, creator, posts, signals_of

if TYPE_CHECKING:
    from pathlib import Path

    from training.simulate import Simulation


def matches(pattern: str, text: str) -> bool:
    return bool(pl.select(pl.lit(text).str.contains(pattern)).item())


def share_of(text: str, signal: str) -> float | None:
    """The share of twelve comments of that text that the signal counts."""
    value: float | None = signals_of(creator(comments=comments([text] * 12)))[signal]
    return value


@pytest.mark.parametrize(
    "text",
    [
        *(
            "nice pic",
            "Wow! 😍",
            "so beautiful",
            "Amazing 🔥🔥",
            "qué linda",
            "trop belle",
            "очень красиво!",
            "かわいい",
        ),
        *("素敵ですね✨", "太美了", "สวยมาก", "예뻐요", "बहुत सुंदर", "جميل جدا", "bagus banget", "çok güzel", "đẹp quá"),
        *("خیلی زیبا", "pięknie", "mooi", "så fint", "খুব সুন্দর", "بہت خوبصورت", "ganda naman", "cantik sangat"),
        *("wunderschön", "bellissima", "maravilhosa", "πολύ όμορφη", "дуже гарно", "krásná", "gyönyörű", "ihana"),
    ],
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
        "それはどこで買いましたか",
        "これ食べました",
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
    [
        *("check out my page", "DM me for promo", "https://spam.example", "sígueme", "взаимная подписка"),
        *("whatsapp +1 555", "f4f?", "フォローしてね", "互关吗", "get followers fast", "profilime bak"),
    ],
)
def test_promotion_is_recognised(text: str) -> None:
    assert share_of(text, "promotion_comment_share") == 1


@pytest.mark.parametrize(
    "text", ["I follow you since 2019", "my link to the past", "that telegraph pole!", "so good. nice"]
)
def test_ordinary_sentences_are_no_promotion(text: str) -> None:
    assert share_of(text, "promotion_comment_share") == 0


TALK = [f"{word} reminds me of our summer in {place}" for word in ("this", "that") for place in "ABCDEFGHIJ"]


OWN_WORDS = [
    "where did you buy that lamp in the corner",
    "my grandmother baked exactly these every winter",
    "does it also work with oat milk or only cream",
    "took the night train there once, never again",
    "finally somebody who waters plants less than me",
    "the light through those curtains is unreal",
    "how long until your knee was fine for running",
    "been looking for hiking boots in size forty",
    "we had our wedding photos right by that bridge",
    "please post the pattern when you finish knitting",
    "couldn't stop laughing at the cat behind you",
    "which paint did you use, matte or satin",
]


def test_the_creators_own_comments_stay_out() -> None:
    own = [{"comment_id": f"own{n}", "author_id": "c", "post_id": "p000", "text": "thank you"} for n in range(20)]
    with_own = signals_of(creator(comments=comments(TALK) + own))
    assert with_own["comments_counted"] == 20
    assert with_own["generic_comment_share"] == 0
    assert with_own["creator_comment_share"] == pytest.approx(0.5)


@pytest.mark.parametrize(
    "text",
    [
        "you always make me smile with your posts",
        "I really don't know how you do it, this is perfect!!",
        "me encanta todo lo que haces, eres la mejor",
        "du bist einfach so toll, mach bitte weiter so",
        "ты всегда такая красивая и настоящая",
        "her paylaşımın bana çok iyi geliyor, iyi ki varsın",
        "항상 응원하고 있어요 오늘도 정말 멋져요",
        "いつも素敵な投稿をありがとうございます！",
    ],
)
def test_a_sentence_of_words_that_may_stand_under_any_post_is_topic_free(text: str) -> None:
    assert share_of(text, "topic_free_comment_share") == pytest.approx(12 / 24 - 0.08)  # among twelve others
    assert share_of(text, "generic_comment_share") == 0
    assert share_of(f"@anna {text}", "topic_free_comment_share") == 0


@pytest.mark.parametrize(
    "text",
    [
        "so nice",
        "the old hat is the best of all",  # of words that are common in one language or another
        "you always make me smile with your lamp",
        f"you are so {'very ' * 20}nice",
        "her gün bu elbiseyi giymek isterdim",
        "이 가방 어디에서 샀어요 너무 예뻐요",
        "我很喜欢你",
    ],
)
def test_few_words_many_words_or_one_that_names_a_thing_are_not(text: str) -> None:
    assert share_of(text, "topic_free_comment_share") == 0


def test_a_package_of_praise_shows() -> None:
    signals = signals_of(creator(comments=comments(["nice pic", "wow amazing"] * 10)))
    assert signals["generic_comment_share"] == 1
    talk = signals_of(creator(comments=comments(TALK)))
    assert signals["lexical_poverty"] > talk["lexical_poverty"] > 0
    assert talk["generic_comment_share"] == 0


def test_texts_of_nearly_the_same_words_are_near_duplicates() -> None:
    texts = [
        "such a lovely way to start the new week with us",
        "such a lovely way to start the new week with us 😍😍",
        "Such a LOVELY way to start this new week, with us!",
        *OWN_WORDS[:5],
    ]
    signals = signals_of(creator(comments=comments(texts + texts[:3])))
    assert signals["near_duplicate_comment_share"] == pytest.approx(6 / 11 - 0.3)
    few = signals_of(creator(comments=comments([*texts[:3], *OWN_WORDS])))
    assert few["near_duplicate_comment_share"] == 0  # some of it is what people do
    assert few["repeated_comment_share"] == pytest.approx(1 / (15 + 30))


def test_short_praise_alike_is_repeated_but_no_near_duplicate() -> None:
    signals = signals_of(creator(comments=comments(["love it", "love it!", "@anna love it"] * 2 + OWN_WORDS)))
    assert signals["repeated_comment_share"] == pytest.approx(3 / (18 + 30))  # who mentions somebody talks to them
    assert signals["near_duplicate_comment_share"] == 0


@pytest.mark.parametrize("answer", ["A", "🇧🇷 Brasil", "harga kak?", "siuuu", "kkkkkk", "ราคา", "どこの？", "precio?"])
def test_short_answers_and_questions_alike_are_no_copies(answer: str) -> None:
    signals = signals_of(creator(comments=comments([answer] * 6 + OWN_WORDS, likes=[0] * (6 + len(OWN_WORDS)))))
    assert signals["repeated_comment_share"] == 0
    assert signals["canned_comment_share"] == 0


WISHES = (
    *("Happy birthday to you my dear!!", "Feliz cumpleaños, que cumplas muchos más", "iyi ki doğdun güzel kız 🎂"),
    *("İyi ki doğdun güzel kız", "turut berduka cita yang sedalam dalamnya", "إنا لله وإنا إليه راجعون"),
    *("お誕生日おめでとうございます🎂", "생일 진심으로 축하해요", "สุขสันต์วันเกิดนะคะ", "С днём рождения, дорогая"),
    *("जन्मदिन की हार्दिक शुभकामनाएं", "so sorry for your loss", "Amen, in Jesus name", "mohon maaf lahir batin"),
)


@pytest.mark.parametrize("wish", WISHES)
def test_wishes_alike_are_no_copies_and_say_what_the_day_is(wish: str) -> None:
    near = f"{wish} {wish[:4]}"
    signals = signals_of(creator(comments=comments([wish] * 8 + [near] * 4 + OWN_WORDS)))
    for name in ("repeated_comment_share", "near_duplicate_comment_share", "topic_free_comment_share"):
        assert signals[name] == 0, name


def test_sentences_alike_are_copies_as_before() -> None:
    texts = ["such a great moment you caught here"] * 6
    signals = signals_of(creator(comments=comments(texts + OWN_WORDS)))
    assert signals["repeated_comment_share"] == pytest.approx(5 / (18 + 30))


@pytest.mark.parametrize("text", ["so cute ❤️❤️", "wow ☺️", "素敵ですね❤️", "น่ารัก ❤️", "예뻐요 ❤️"])
def test_praise_is_praise_whatever_the_emoji(text: str) -> None:
    assert share_of(text, "generic_comment_share") == 1


@pytest.mark.parametrize("text", ["❤️", "❤️❤️ ☺️", "⭐️", "🤍"])
def test_emoji_are_no_words_and_copy_nothing(text: str) -> None:
    signals = signals_of(creator(comments=comments([text] * 3 + OWN_WORDS)))
    assert signals["repeated_comment_share"] == 0
    assert signals["emoji_only_comment_share"] == pytest.approx(3 / (3 + len(OWN_WORDS)))


def test_a_copy_that_is_gone_counts_once() -> None:
    twice = signals_of(creator(comments=comments([*OWN_WORDS, *OWN_WORDS[:2]])))
    once = signals_of(creator(comments=comments([*OWN_WORDS, OWN_WORDS[0], "and now for something new"])))
    size = len(OWN_WORDS) + 2 + 30
    assert twice["repeated_comment_share"] == pytest.approx(2 / size)
    assert once["repeated_comment_share"] == pytest.approx(1 / size)


def test_few_comments_say_nothing() -> None:
    assert signals_of(creator(comments=comments(["nice"] * 5)))["generic_comment_share"] is None


def under_posts(orders: list[list[str]], *, minutes: int = 1) -> Record:
    """A record with one post for each list of authors, who comment in that order."""
    start = NOW.replace(day=1)
    rows = [
        {
            "comment_id": f"k{post}-{place}",
            "author_id": author,
            "post_id": f"p{post:03}",
            "text": "love the colours here",
            "posted_at": (start + timedelta(days=post, minutes=minutes * (place + 1))).isoformat(),
        }
        for post, authors in enumerate(orders)
        for place, author in enumerate(authors)
    ]
    at = [(start + timedelta(days=post)).isoformat() for post in range(len(orders))]
    return creator(posts=posts([1] * len(orders), posted_at=at), comments=rows)


def test_the_same_people_in_the_same_order_under_several_posts() -> None:
    people = [f"a{place}" for place in range(5)]
    same = signals_of(under_posts([people] * 3))
    assert same["same_order_of_commenters"] == 1
    assert same["repeat_commenter_share"] == 1
    assert signals_of(under_posts([people, people[::-1]]))["same_order_of_commenters"] == -1
    mixed = signals_of(under_posts([people, ["a1", "a0", "a4", "a2", "a3"], ["a3", "a2", "a0", "a4", "a1"]]))
    assert -0.5 < mixed["same_order_of_commenters"] < 0.5


def test_without_people_who_return_there_is_no_order() -> None:
    fresh = [[f"a{post}-{place}" for place in range(8)] for post in range(3)]
    assert signals_of(under_posts(fresh))["same_order_of_commenters"] is None


def test_praise_that_comes_at_once_shows() -> None:
    at = NOW.replace(day=1)
    texts = ["nice pic", "🔥🔥", "so beautiful", "follow me back"] * 2 + TALK[:12]
    hours = [0.1 * (place + 1) for place in range(8)] + [5.3 + 3 * place for place in range(12)]
    when = [(at + timedelta(hours=delay)).isoformat() for delay in hours]
    signals = signals_of(
        creator(posts=posts([1], posted_at=[at.isoformat()]), comments=comments(texts, posted_at=when))
    )
    assert signals["soon_hollow_comment_share"] == pytest.approx(8 / 20)
    assert signals["early_hollow_comment_share"] == pytest.approx(8 / 20)
    assert signals["early_short_comment_share"] == pytest.approx(8 / 20)


def test_soon_is_within_two_hours_and_the_first_hour_within_one() -> None:
    at = NOW.replace(day=1)
    when = [(at + timedelta(hours=0.75 * place, seconds=-1)).isoformat() for place in range(1, 21)]
    signals = signals_of(
        creator(posts=posts([1], posted_at=[at.isoformat()]), comments=comments(["nice pic"] * 20, posted_at=when))
    )
    assert signals["first_hour_comment_share"] == pytest.approx(1 / 20)
    assert signals["soon_hollow_comment_share"] == pytest.approx(2 / 20)
    assert signals["early_hollow_comment_share"] == pytest.approx(8 / 20)


@pytest.mark.parametrize("unit", [timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)])
def test_times_that_a_source_has_rounded_tell_of_no_haste(unit: timedelta) -> None:
    """By "2 weeks ago", or the day alone, post and comments come at once."""
    at = NOW - timedelta(weeks=4)
    when = [(at + (place % 2) * unit).isoformat() for place in range(24)]
    made = comments([f"nice pic {place}" for place in range(24)], posted_at=when)
    signals = signals_of(creator(posts=posts([1], posted_at=[at.isoformat()]), comments=made))
    assert signals["soon_hollow_comment_share"] is signals["early_hollow_comment_share"] is None
    assert signals["first_hour_comment_share"] is signals["comment_delay_hours"] is None


def test_whole_hours_between_exact_times_are_times_too() -> None:
    at = NOW - timedelta(weeks=1)
    when = [(at + timedelta(minutes=60 if place < 9 else 61)).isoformat() for place in range(20)]
    made = comments([f"nice pic {place}" for place in range(20)], posted_at=when)
    signals = signals_of(creator(posts=posts([1], posted_at=[at.isoformat()]), comments=made))
    assert signals["first_hour_comment_share"] == pytest.approx(9 / 20)
    assert signals["soon_hollow_comment_share"] is not None


def seen_after(hours: float | None) -> Record:
    """Signals of praise within two hours of a post that was observed so many hours after it, of none if unknown."""
    at = NOW - timedelta(days=9)
    when = [(at + timedelta(minutes=5 * place)).isoformat() for place in range(1, 25)]
    seen = {} if hours is None else {"observed_at": (at + timedelta(hours=hours)).isoformat()}
    record = creator(
        posts=posts([1], posted_at=[at.isoformat()]), comments=comments(["nice pic"] * 24, posted_at=when), **seen
    )
    return signals_of(record)


def test_comments_that_are_still_to_come_are_counted_in() -> None:
    found = {hours: seen_after(hours) for hours in (3, 14, 200, None)}
    for name in ("soon_hollow_comment_share", "early_hollow_comment_share"):
        assert found[3][name] == pytest.approx(3 / 17, abs=1e-6)
        assert found[14][name] == pytest.approx(0.5)
        assert 0.9 < found[200][name] < found[None][name] == 1


def test_a_post_that_was_seen_before_its_own_time_counts_as_just_posted() -> None:
    assert seen_after(-5)["soon_hollow_comment_share"] == seen_after(1)["soon_hollow_comment_share"] > 0


def test_looking_at_an_earlier_day_sees_its_posts_as_young() -> None:
    at = NOW.replace(day=1)
    when = [(at + timedelta(minutes=5 * place)).isoformat() for place in range(1, 25)]
    record = creator(
        observed_at=NOW.isoformat(),
        posts=posts([1], posted_at=[at.isoformat()]),
        comments=comments(["nice pic"] * 24, posted_at=when),
    )
    late, then = signals_of(record), signals_of(record, as_of=at.date())
    assert then["soon_hollow_comment_share"] < 0.5 < late["soon_hollow_comment_share"]


def test_comments_dated_before_their_post_have_no_delay() -> None:
    record = under_posts([[f"a{place}" for place in range(12)]], minutes=-5)
    assert signals_of(record)["first_hour_comment_share"] is None


def test_the_comment_models_column_is_counted_and_its_absence_is_unknown() -> None:
    tables = read([creator(comments=comments(TALK))], now=NOW)
    assert features.build(tables)["inauthentic_comment_share"].item() is None
    chances = [0.9] * 5 + [0.5] + [0.1] * 14
    judged = replace(tables, comments=tables.comments.with_columns(inauthentic_probability=pl.Series(chances)))
    signals = features.build(judged).row(0, named=True)
    assert signals["inauthentic_comment_share"] == pytest.approx(0.25)
    assert signals["inauthentic_comment_mean"] == pytest.approx(0.32)
    cited = features.evidence(features.prepare(judged))["inauthentic_comment_share"].item().to_list()
    assert cited == [f"k{place:03}" for place in range(5)]


def test_the_likeliest_of_many_inauthentic_comments_are_cited() -> None:
    tables = read([creator(comments=comments(TALK))], now=NOW)
    chances = pl.Series([0.6 + 0.02 * place for place in range(len(TALK))])
    judged = replace(tables, comments=tables.comments.with_columns(inauthentic_probability=chances))
    cited = features.evidence(features.prepare(judged))["inauthentic_comment_share"].item().to_list()
    assert cited == [f"k{place:03}" for place in reversed(range(len(TALK)))][:EVIDENCE_IDS]


def test_comments_that_the_comment_model_takes_for_genuine_are_not_cited_as_inauthentic() -> None:
    tables = read([creator(comments=comments(TALK))], now=NOW)
    chances = pl.Series([0.4, 0.8] + [0.1] * 18)
    judged = replace(tables, comments=tables.comments.with_columns(inauthentic_probability=chances))
    for some in (judged, _with_another(judged)):
        cited = features.evidence(features.prepare(some))["inauthentic_comment_share"][0].to_list()
        assert cited == ["k001"]


def _with_another(tables: Tables) -> Tables:
    """The creator and one of whom nothing is known."""
    other = tables.creators.with_columns(creator_id=pl.lit("another"))
    return replace(tables, creators=pl.concat([tables.creators, other]))


def test_commenters_who_serve_many_are_known_from_the_corpus_alone() -> None:
    record = creator(comments=comments(TALK, author_id=["busy", "busy"] + [f"a{n}" for n in range(18)]))
    served = pl.DataFrame({"platform": ["instagram"], "author_id": ["busy"], "creators": [8]})
    part = served.select(commenters.hashed(pl.col("platform"), pl.col("author_id")), "creators")
    signals = signals_of(record, context=Context(commenters=part))
    assert signals["shared_commenter_share"] == pytest.approx(0.1)
    assert signals["commenter_reach"] == pytest.approx(0.1 * math.log(8), abs=1e-6)
    assert signals["pod_comment_share"] is None
    assert signals_of(record)["shared_commenter_share"] is None


def test_a_creator_whom_the_corpus_does_not_know_has_unknown_sharing() -> None:
    served = pl.DataFrame({"author_id": ["0" * 16], "creators": [8]})
    signals = signals_of(creator(comments=comments(TALK)), context=Context(commenters=served))
    assert signals["shared_commenter_share"] is None


@given(
    texts=st.lists(
        st.sampled_from([*TALK, "nice pic", "🔥", "@anna", "что это такое", "すごい", "", "x" * 50]), max_size=40
    ),
    seed=st.integers(0, 99),
)
@settings(max_examples=20)
def test_order_of_rows_and_names_of_people_change_nothing(texts: list[str], seed: int) -> None:
    rows = comments(texts, author_id=[f"a{place % 7}" for place in range(len(texts))])
    for place, row in enumerate(rows):
        row |= {"post_id": f"p{place % 2:03}", "posted_at": (NOW - timedelta(hours=place * 5 % 11)).isoformat()}
    made = posts([1, 1], posted_at=[(NOW - timedelta(hours=30)).isoformat()] * 2)
    as_given = signals_of(creator(posts=made, comments=rows))
    random.Random(seed).shuffle(rows)
    for place, row in enumerate(rows):
        row |= {"comment_id": f"{seed}-{place}", "author_id": f"z{9 - int(row['author_id'][1:])}"}
    assert signals_of(creator(posts=made, comments=rows)) == as_given


@pytest.mark.parametrize(
    "text", ["これはとても綺麗な場所ですね", "это место я помню с детства", "هذا المكان جميل جدا في الصيف"]
)
def test_a_language_of_its_own_is_no_sign_by_itself(text: str) -> None:
    numbered = [f"{text} {place}" for place in range(12)]
    signals = signals_of(creator(comments=comments(numbered)))
    assert signals["generic_comment_share"] == 0


def test_a_very_long_comment_is_cut_and_counted() -> None:
    signals = signals_of(creator(comments=comments([*TALK, "x" * 1_000_000])))
    assert signals["comments_counted"] == 21


def test_the_patterns_need_no_look_around() -> None:
    for pattern in (
        phrases.WORDLESS,
        phrases.MENTIONS,
        phrases.LINK,
        phrases.DECLARED,
    ):
        assert not re.search(r"\(\?[=!<]", pattern)


def test_praise_is_as_common_in_every_script_of_real_comments(real_data: Path) -> None:
    """No language's honest comments count as packages: over real ones, no script's share stands out."""
    texts = pl.read_parquet(real_data / "creators" / "instagram" / "comments.parquet", columns=["text"]).sample(
        60_000, seed=1
    )
    rows = texts.select(creator_id=pl.lit("c"), comment_id=pl.int_range(pl.len()).cast(pl.String), text=pl.col("text"))
    tables = read([creator()], now=NOW)
    known = features.prepare(replace(tables, comments=with_all_columns(rows, tables.comments))).comments
    shares = (
        known.drop_nulls("script")
        .group_by("script")
        .agg(n=pl.len(), generic=pl.col("generic").mean())
        .filter(pl.col("n") > 150)
    )
    assert shares.height >= 4
    assert shares["generic"].max() < 2 * known.drop_nulls("script")["generic"].mean()


def with_all_columns(rows: pl.DataFrame, like: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([like.clear(), rows], how="diagonal")


@pytest.mark.parametrize("every", [2, 3])
def test_rows_that_are_left_are_those_of_the_comments_that_are_left(simulation: Simulation, every: int) -> None:
    tables = simulation.tables.select(simulation.tables.creators["creator_id"].head(40).to_list())
    context = contexts.build(simulation.tables)
    whole = features.prepare(tables, context).comments
    fewer = replace(tables, comments=tables.comments.gather_every(every))
    expected = features.prepare(fewer, context).comments
    kept = whole.join(fewer.comments, on=["creator_id", "comment_id"], how="semi", maintain_order="left")
    assert 0 < expected.height < whole.height
    assert not kept["repeated"].equals(expected["repeated"])
    found = comment_rows.left(kept, expected["owner_share"])
    assert found.select(expected.columns).equals(expected)


def test_praise_that_somebody_liked_counts_half() -> None:
    texts = ["nice pic", "follow me back", OWN_WORDS[0], OWN_WORDS[0], "🔥🔥", *OWN_WORDS[1:]]
    unliked = signals_of(creator(comments=comments(texts, likes=[0] * len(texts))))
    assert unliked["canned_comment_share"] == pytest.approx(4 / len(texts))
    one_liked = signals_of(creator(comments=comments(texts, likes=[1] + [0] * (len(texts) - 1))))
    assert one_liked["canned_comment_share"] == pytest.approx(3.5 / len(texts))
    all_liked = signals_of(creator(comments=comments(texts, likes=[3] * len(texts))))
    assert all_liked["canned_comment_share"] == pytest.approx(2 / len(texts))


@pytest.mark.parametrize("likes", [0, 1, None])
def test_praise_in_the_place_of_what_people_write_never_looks_like_less(likes: int | None) -> None:
    talk = [*OWN_WORDS, "nice pic", "wow"]
    likes_of_talk: list[int | None] = [place % 2 for place in range(len(talk))]
    before = signals_of(creator(comments=comments(talk, likes=likes_of_talk)))["canned_comment_share"]
    bought = ["so beautiful", "love it", *talk[2:]]
    after = signals_of(creator(comments=comments(bought, likes=[likes] * 2 + likes_of_talk[2:])))
    assert after["canned_comment_share"] > before


def test_where_likes_of_comments_are_not_known_praise_nobody_liked_is_not_either() -> None:
    assert signals_of(creator(comments=comments(["nice pic"] * 12)))["canned_comment_share"] is None


def test_of_comments_without_a_text_nobody_knows_whether_they_are_praise() -> None:
    of_likes_alone = signals_of(creator(comments=comments([None] * 12, likes=[0] * 12)))
    assert of_likes_alone["canned_comment_share"] is None
    some = signals_of(creator(comments=comments(["nice pic"] * 10 + [None] * 10, likes=[0] * 20)))
    assert some["canned_comment_share"] == 1


@pytest.mark.parametrize("creator_id", ["c", "d", "e"])
def test_comments_of_one_creator_are_prepared_as_among_many(creator_id: str) -> None:
    told = comments(
        ["so nice", "", "@anna", "mine", "WWW.x.org", "late"],
        post_id=["p001", None, "gone", "p000", "p000", "p001"],
        author_id=["a", None, "b", "c", "a", "d"],
        posted_at=[NOW.isoformat(), None, NOW.isoformat(), None, "2020-01-01T00:00:00Z", NOW.isoformat()],
    )
    nothing = {"comment_id": "nothing", "post_id": "p000", "author_id": None, "text": None}
    some = [
        creator(posts=posts([1, 2], caption=["first", None]), comments=[*told, nothing]),
        creator(creator_id="d", platform="tiktok", comments=told),
        creator(creator_id="e", comments=[{**told[3], "author_id": "e"}]),
    ]
    among, alone = (
        comment_rows.rows(tables, tables.creators, None).drop("run")
        for tables in (read(some), read(some).select([creator_id]))
    )
    assert alone.equals(among.filter(pl.col("creator_id") == creator_id))
    assert alone.schema == among.schema
