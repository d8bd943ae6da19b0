from __future__ import annotations

import polars as pl

from training.fit_model.subjects import WORDS, mined_subjects
from training.split import half_of

KNOWN = [name for name in map(str, range(1_000)) if half_of(name) == 0][:200]
OTHERS = [name for name in map(str, range(1_000)) if half_of(name) == 1][:200]
FEW = (*KNOWN[:3], *OTHERS[:3])

BREAD = [(name, "Crumb shot of the day #Sourdough #baking") for name in FEW]
SPOKEN = [(name, "we talk of sourdough and baking") for name in (*KNOWN[3:6], *OTHERS[3:6])]


def posts(rows: list[tuple[str, str]]) -> pl.DataFrame:
    """The rows, and posts of all others about something else, so that a handful are few of many."""
    others = [(name, "good morning") for name in (*KNOWN, *OTHERS)]
    return pl.DataFrame(
        [(name, f"{place:04}", caption) for place, (name, caption) in enumerate([*rows, *others])],
        schema={"creator_id": pl.String, "post_id": pl.String, "caption": pl.String},
        orient="row",
    )


def test_a_subject_is_hashtags_of_a_post_and_right_is_who_says_two_of_their_words() -> None:
    found = mined_subjects(posts([*BREAD, *SPOKEN, (OTHERS[9], "baking")]), known=0, seed=0)
    assert len(found) == 3
    for one in found:
        said = str(one.brief["text"]).split()
        assert said[:2] == ["sourdough", "baking"]
        assert set(said[2:]) <= {"crumb", "shot", "of", "the", "day"}
        assert len(said) <= 2 + max(WORDS)
        assert sorted(one.grades) == sorted(OTHERS[:6])
        assert not one.counts


def test_the_other_half_writes_briefs_too_and_the_same_seed_gives_the_same_ones() -> None:
    found = mined_subjects(posts([*BREAD, *SPOKEN]), known=1, seed=0)
    assert {name for one in found for name in one.grades} == set(KNOWN[:6])
    assert found == mined_subjects(posts([*BREAD, *SPOKEN]), known=1, seed=0)


def test_hashtags_that_nobody_says_as_words_or_that_very_many_use_are_no_subjects() -> None:
    assert mined_subjects(posts(BREAD), known=0, seed=0) == []
    many = [(name, "#love #instagood, love instagood") for name in (*KNOWN[:20], *OTHERS[:20])]
    assert mined_subjects(posts(many), known=0, seed=0) == []


def test_posts_without_captions_have_no_subjects() -> None:
    assert mined_subjects(posts([]).with_columns(caption=pl.lit(None, dtype=pl.String)), known=0, seed=0) == []
