"""Words of a policy are found as whole words in any script, and only as evidence with post ids."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import NotFoundError, UsageError
from models.reports.brand_safety import DEFAULT, MOST_POSTS, NO_TEXT, Policy, brand_safety, default, in_service
from models.settings import Settings

WHOLE = ("beer", "vodka", "пиво", "weed")
PIECES = (*WHOLE, "lake", "ш", "s", "_", "7", "é", " ", "\n", "#", "-", "!", "🍺", "\u0300")
WORD = re.compile(r"[\w\u0300]+")
TRAITS = ("politic", "relig", "health", "ethnic", "race", "sexual_orientation", "disab")


def one(searched: Policy, text: str) -> frozenset[str]:
    [found] = searched.keywords.hits([text])
    return found


def policy(folder: Path, words: str, more: str = "") -> Policy:
    file = folder / "own.toml"
    category = f'[[category]]\nname = "drink"\nabout = "Drinks."\nwords = {{ en = [{words}] }}\n'
    file.write_text(f'name = "own"\nversion = "3"\n{category}{more}', encoding="utf-8")
    return Policy.read(file)


@pytest.mark.parametrize(
    ("text", "categories"),
    [
        ("A cold beer after the hike", {"alcohol"}),
        ("#Beer! @ the lake", {"alcohol"}),
        ("Root beer floats and ginger beer", set()),
        ("Root beer first, then a beer", {"alcohol"}),
        ("We have begun; vinohrady, beers-like", {"alcohol"}),  # beers stands as a word
        ("The sun had begun to set", set()),
        ("Ein kühles BIER", {"alcohol"}),
        ("Ｂｅｅｒ o'clock", {"alcohol"}),
        ("холодное пиво вечером", {"alcohol"}),
        ("пивоварня", set()),
        ("आज शराब नहीं", {"alcohol"}),
        ("شربت بيرة", {"alcohol"}),
        ("夏はビールが一番", {"alcohol"}),
        ("오늘은 맥주를 마셨다", {"alcohol"}),
        ("토토로 보러 갔다", set()),
        ("这里有啤酒", {"alcohol"}),
        ("what the FUCKING view", {"profanity"}),
        ("guaranteed profit, dm me to invest", {"money_promises"}),
        ("guaranteed to be fun, no profit", set()),
        ("massage gun review", set()),
        ("", set()),
    ],
)
def test_words_are_found_as_words(text: str, categories: set[str]) -> None:
    assert default().keywords.hits([text]) == [categories]
    assert default().keywords.hits(["夏は 맥주", text, "fuckery"]) == [{"alcohol"}, categories, {"profanity"}]


@pytest.mark.parametrize(
    "text",
    [
        "So happy for you both xxx",
        "A fickle spring",
        "Loving these cigarette pants from the sale",
        "#food porn at its best",
        "Dame Judi Dench was superb",
        "Photo by @rahul.kumar, Kumar Studios",
        "A Gore-Tex jacket for wet days",
        "Al Gore spoke last night",
        "My favourite nudes palette, rose nudes and browns",
        "Ten pistol squats a side, then cocktail dress shopping",
        "Rifle Paper Co. wrapping paper",
        "Drunk Elephant protini review",
        "A toner with cetearyl alcohol but no rubbing alcohol",
        "Alcohol free beer for the marathon, and non-alcoholic wine",
        "A murder mystery to read by the fire",
        "Let's shoot this campaign: you killed it, the outfit is the bomb!",
        "Vanilla roulette cake, and how I parked my Ford Escort",
        "Mi madre vino a vernos ayer",
        "Sapatilhas com sola de borracha",
        "Pasta con porro e patate",
        "Droga do domu, piękny zachód słońca",
        "Ahşap tabak ve kaşık, guzel bir gun",
        "Ovo radim dva puta dnevno, gore na planini",
        "Nieuwe wetten in Nederland",
        "Повышение ставки по ипотеке",
        "Pantai Bira dan Tanjung Bira",
        "今日はワインレッドのリップ",
        "ベビーベッドのモビールを作りました",
        "かわいすぎて死ねる",
        "마약김밥 만들기",
        "와인색 니트",
    ],
)
def test_innocent_texts_of_many_languages_are_no_hits(text: str) -> None:
    assert one(default(), text) == frozenset()


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("ワインレッドの服でワインを飲む", "alcohol"),
        ("와인색 옷을 입고 와인을 마셨다", "alcohol"),
        ("A non-alcoholic beer first, a beer later", "alcohol"),
        ("Ich will nicht ficken", "profanity"),
        ("Main judi online di sini", "gambling"),
        ("Kumarhane açıldı", "gambling"),
        ("Buona cena con un bicchiere di vino", "alcohol"),
        ("xxx videos in bio", "adult"),
    ],
)
def test_a_word_counts_beside_a_phrase_in_which_it_does_not(text: str, category: str) -> None:
    assert one(default(), text) == {category}


@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=8).map("".join), max_size=4))
def test_texts_are_searched_together_as_each_alone(texts: list[str]) -> None:
    assert default().keywords.hits(texts) == [one(default(), text) for text in texts]
    for text in texts:
        expected = {category for word in WHOLE for category in one(default(), word) if word in WORD.findall(text)}
        assert expected <= one(default(), text)


def test_posts_are_named_and_nobody_is_judged() -> None:
    captions = [(f"p{k}", "poker night" if k % 2 else "A quiet loaf") for k in range(50)]
    told = brand_safety(default(), "I bake. No casino.", captions)
    [item] = [one for one in told.items if one.hit]
    assert (item.category, item.count, item.in_bio) == ("gambling", 25, True)
    assert item.posts == tuple(f"p{k}" for k in range(1, 2 * MOST_POSTS, 2))
    assert (told.hits, told.texts, told.policy) == (1, 51, "bonafide 2")
    assert [one.category for one in told.items] == list(default().categories)


def test_without_a_text_it_is_not_known() -> None:
    told = brand_safety(default(), None, [])
    assert told.hits is None
    assert told.unavailable == {"hits": NO_TEXT}
    assert brand_safety(default(), None, [("p", "bread")]).hits == 0


def test_the_policy_that_comes_along_sorts_nobody_by_a_protected_trait() -> None:
    assert not [name for name in default().categories if any(trait in name for trait in TRAITS)]
    assert Policy.read(DEFAULT).categories == default().categories


def test_a_policy_of_ones_own_takes_its_place(tmp_path: Path) -> None:
    own = policy(tmp_path, '"oat milk", "latte*"', 'unless = ["latte art"]\n')
    assert own.label == "own 3"
    assert one(own, "Oat-milk again") == one(own, "two LATTES") == {"drink"}
    assert one(own, "beer") == one(own, "oat bread, milk") == one(own, "a course in latte art") == frozenset()
    assert in_service(Settings(brand_safety=tmp_path / "own.toml")).label == "own 3"
    assert in_service(Settings()) is default()


def test_the_policy_of_the_documentation_is_one(tmp_path: Path) -> None:
    docs = (Path(__file__).parents[3] / "docs" / "service.md").read_text(encoding="utf-8")
    found = re.search(r"^```toml\n(.*?)^```", docs, re.MULTILINE | re.DOTALL)
    assert found is not None
    (tmp_path / "docs.toml").write_text(found.group(1), encoding="utf-8")
    own = Policy.read(tmp_path / "docs.toml")
    assert one(own, "Brauereien der Stadt") == {"alcohol"}
    assert one(own, "root beer") == frozenset()


def test_a_policy_at_fault_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        Policy.read(tmp_path / "none.toml")
    with pytest.raises(UsageError, match=r"category\.0\.sentiment"):
        policy(tmp_path, '"x"', 'sentiment = "bad"\n')
    (tmp_path / "own.toml").write_text("name = ")
    with pytest.raises(UsageError, match="is not TOML"):
        Policy.read(tmp_path / "own.toml")


def test_a_text_full_of_phrases_that_do_not_count_takes_no_longer_for_each() -> None:
    text = "cigar box, root beer. " * 100_000  # two megabytes, in which each word was compared with each phrase
    began = time.process_time()
    assert not one(default(), text)
    assert one(default(), f"{text}beer") == {"alcohol"}
    assert time.process_time() - began < 20


@given(st.lists(st.sampled_from(("root", "beer", "ginger", "non", "alcoholic", "alcohol", "free", "wine", "tea"))))
def test_words_count_wherever_no_phrase_that_does_not_count_holds_them(words: list[str]) -> None:
    keywords = default().keywords
    spans = [(start, start + 1) for start, word in enumerate(words) if word in ("beer", "wine", "alcohol")]
    apart = [
        (start, start + len(phrase.words))
        for start in range(len(words))
        for phrases in keywords.unless.values()
        for phrase in phrases
        if phrase.category == "alcohol" and phrase.end(words, start) is not None
    ]
    held = [any(first <= start and end <= last for first, last in apart) for start, end in spans]
    assert ("alcohol" in one(default(), " ".join(words))) == (not all(held))
