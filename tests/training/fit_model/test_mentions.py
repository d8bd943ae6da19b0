from __future__ import annotations

from collections.abc import Iterator

import polars as pl
import pytest

from features.errors import RecordsError
from features.records import Tables
from training.fit_model.mentions import (
    MOST_POSTS,
    SHORT,
    masked,
    masked_text,
    mined_briefs,
    mined_trials,
    mined_whole,
    tagged_brands,
)
from training.split import half_of

KNOWN = [name for name in map(str, range(200)) if half_of(name) == 0][:12]
OTHERS = [name for name in map(str, range(200)) if half_of(name) == 1][:12]


def tables(rows: list[tuple[str, str, list[str] | None]]) -> Tables:
    ids = list(dict.fromkeys(name for name, _, _ in rows))
    return Tables.from_frames(
        {
            "creators": pl.DataFrame({"creator_id": ids, "platform": ["instagram"] * len(ids)}),
            "posts": pl.DataFrame(
                {
                    "creator_id": [name for name, _, _ in rows],
                    "post_id": [f"{place:04}" for place in range(len(rows))],
                    "caption": [caption for _, caption, _ in rows],
                    "mentions": pl.Series([mentions for _, _, mentions in rows], dtype=pl.List(pl.String)),
                }
            ),
        }
    )


@pytest.mark.parametrize(
    ("text", "brands", "left"),
    [
        ("thanks @Nike.Run and @you_2!", [], "thanks and !"),
        ("my #NikeRunning shoes", ["nike"], "my shoes"),
        ("just-do-it ni-ke, N1ke", ["ni_ke"], "just-do-it N1ke"),
        ("#drmartens boots", ["dr.martens"], "boots"),
        ("über ÜBER Straße", ["über", "strasse"], ""),
        ("ナイキの靴 と 靴", ["ナイキ"], "と 靴"),
        ("no letters in the name", ["123"], "no letters in the name"),
        ("", ["nike"], ""),
    ],
)
def test_mentions_and_words_with_a_brands_name_go(text: str, brands: list[str], left: str) -> None:
    assert masked_text(text, brands).split() == left.split()


def test_creators_are_masked_of_what_they_tag_themselves_and_of_the_tags() -> None:
    bare = masked(tables([("a", "nike puma", ["@Nike"]), ("a", "nikeair @you", []), ("b", "nike", None)]))
    assert [text.split() for text in bare.posts["caption"]] == [["puma"], [], ["nike"]]
    assert bare.posts["mentions"].to_list() == bare.posts["sponsors"].to_list() == [[], [], []]


def test_a_brief_is_the_first_posts_of_known_creators_without_its_brands_name() -> None:
    rows = [(KNOWN[0], f"nike run {place}", ["nike", "puma"]) for place in range(MOST_POSTS + 3)]
    posts = tables([(OTHERS[0], "candidates nike", ["nike"]), *rows]).posts.sort("post_id")
    brief = mined_briefs(posts, tagged_brands(posts), known=0)["nike"]
    said = str(brief["text"]).split()
    assert said == [word for place in range(MOST_POSTS) for word in ("run", str(place))]
    assert "nike" in str(mined_briefs(posts, tagged_brands(posts), known=0)["puma"]["text"])


def test_brands_need_taggers_in_both_halves() -> None:
    both = [(name, f"post of {name}", ["acme", "bolt"]) for name in (*KNOWN[:4], *OTHERS[:4])]
    one_sided = [(name, "post", ["cord"]) for name in KNOWN]
    few = [(name, "post", ["dash"]) for name in (*KNOWN[:2], *OTHERS[:3])]
    [trial] = mined_trials(tables([*both, *one_sided, *few]), both=False)
    assert [(one.brand, one.counts, len(one.grades)) for one in trial.matched if not one.short] == [
        ("acme", True, 4),
        ("bolt", True, 4),
        ("dash", False, 3),
    ]
    assert set(trial.candidates.creators["creator_id"]) == set(OTHERS[:4])
    assert set(trial.tagged["cord"]) == set(KNOWN)
    assert trial.candidates.posts["mentions"].list.len().sum() == 0
    assert len(mined_trials(tables(both))) == 2
    assert mined_whole(tables(both)).known.creators.height == 8


def test_every_brand_has_a_brief_of_a_few_words_beside_its_own_that_only_trains() -> None:
    rows = [(name, "word " * 20 + name, ["acme", "bolt"]) for name in (*KNOWN[:4], *OTHERS[:4])]
    [trial] = mined_trials(tables(rows), both=False)
    whole, short = ([one for one in trial.matched if one.short == cut] for cut in (False, True))
    assert len({one.brief["brief_id"] for one in trial.matched}) == len(trial.matched) == 4
    for one, other in zip(whole, short, strict=True):
        assert (one.brand, one.grades, one.counts, other.counts) == (other.brand, other.grades, True, False)
        words = str(other.brief["text"]).split()
        assert len(words) in SHORT
        assert not other.brief["brand_posts"]
        assert iter_has(iter(str(one.brief["text"]).split()), words)
    [ranked] = mined_trials(tables(rows), both=False, short_counted=True)
    assert all(one.counts for one in ranked.matched)


def iter_has(text: Iterator[str], words: list[str]) -> bool:
    """Whether the words stand in the text in this order."""
    return all(word in text for word in words)


def test_one_brand_is_not_enough() -> None:
    with pytest.raises(RecordsError, match="at least two brands"):
        mined_trials(tables([(name, "post", ["acme"]) for name in (*KNOWN, *OTHERS)]))


def test_subjects_are_learnt_from_beside_brands_and_never_counted() -> None:
    both = (*KNOWN[:6], *OTHERS[:6])
    tagging = [(name, f"post of {name}", ["acme", "bolt"]) for name in both]
    baking = [(name, "sourdough and rye #sourdough #rye", []) for name in both]
    silent = [(f"silent {place}", "good morning", []) for place in range(400)]
    for ranked, trial in zip((1, 0), mined_trials(tables([*tagging, *baking, *silent])), strict=True):
        subjects = [one for one in trial.matched if one.brand.startswith("subjects of")]
        assert len(subjects) == 6
        assert not any(one.counts or one.short for one in subjects)
        assert {half_of(name) for one in subjects for name in one.grades} == {ranked}
