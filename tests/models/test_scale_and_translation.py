"""Size alone, and language alone, say nothing about honesty."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Any

import polars as pl
import pytest

from features.records import Tables
from models.fraud import FraudBundle
from training.simulate import NICHES, simulate
from training.simulate.text import load

TIMES = 4
TRANSLATED = {"de": "es", "fr": "en", "it": "es", "ru": "de", "tr": "pt", "id": "it", "ko": "fr", "ar": "es"}
"""From a language to one with more phrases, so that no two phrases become one."""
KINDS = (
    "praise",
    "statements",
    "remarks",
    "questions",
    "fillers",
    "replies",
    "strangers",
    "giveaway_comments",
    "captions",
)


@pytest.fixture(scope="module")
def genuine() -> Tables:
    simulated = simulate(500, seed=78)
    honest = simulated.truth.filter(~pl.col("fraud"))["creator_id"]
    return simulated.tables.select(honest.to_list())


def _times(frame: pl.DataFrame, *columns: str) -> pl.DataFrame:
    return frame.with_columns(pl.col(columns) * TIMES)


@pytest.mark.parametrize("grown", [["followers"], ["followers", "following"]], ids=["followers", "following too"])
def test_a_fourfold_larger_account_stays_within_its_interval(
    learnt_fraud: FraudBundle, genuine: Tables, grown: list[str]
) -> None:
    few = genuine.select(genuine.creators["creator_id"][:200].to_list())
    larger = replace(
        few,
        creators=_times(few.creators, *grown),
        posts=_times(few.posts, "likes", "comments", "views", "shares", "saves"),
        follower_history=_times(few.follower_history, *grown),
    )
    small, large = (learnt_fraud.verdict(learnt_fraud.signals(tables)) for tables in (few, larger))
    beside = small.join(large, on="creator_id", suffix="_large").drop_nulls("probability")
    outside = beside.filter(~pl.col("probability_large").is_between("lo", "hi"))
    shown = outside.select("creator_id", "lo", "probability", "hi", "probability_large").rows()
    assert beside.height > 180
    assert not shown, f"{len(shown)} accounts leave their interval: {shown[:5]}"


@cache
def _dictionary(source: str, target: str) -> tuple[re.Pattern[str], dict[str, str]]:
    """Every phrase of one language with the one in the same place of the other; no two phrases share a translation."""
    books = load(source), load(target)
    pairs: dict[str, str] = {}
    for kind in KINDS:
        ours, theirs = (_by_slots(book[kind]) for book in books)
        for slots, phrases in ours.items():
            for phrase, meaning in zip(phrases, theirs.get(slots, []), strict=False):
                pairs |= _filled(phrase, meaning, *books)
    longest_first = sorted(pairs, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE), pairs


def _by_slots(phrases: list[str]) -> dict[str, list[str]]:
    """Phrases by how many words are put into them; those with other slots are not there in every language."""
    found: dict[str, list[str]] = {}
    for phrase in phrases:
        slots = set(re.findall(r"\{(\w+)\}", phrase))
        if slots <= {"n", "n2"}:
            found.setdefault(" ".join(sorted(slots)), []).append(phrase)
    return found


def _filled(phrase: str, meaning: str, ours: dict[str, Any], theirs: dict[str, Any]) -> dict[str, str]:
    """A phrase with every word of every niche, and its meaning with the word in the same place."""
    found = {}
    for niche in NICHES:
        said, meant = ours["words"][niche], theirs["words"][niche]
        for k in range(len(said)):
            after = (k + 1) % len(said)
            spoken = phrase.format(n=said[k], n2=said[after]).lower()
            found[spoken] = meaning.format(n=meant[k % len(meant)], n2=meant[after % len(meant)])
    return found


def _translated(text: str, source: str, target: str) -> str:
    pattern, pairs = _dictionary(source, target)

    def say(match: re.Match[str]) -> str:
        said = pairs.get(match[0].lower(), match[0])  # Turkish capitals have other small letters
        return said[:1].upper() + said[1:] if match[0][:1].isupper() else said

    return pattern.sub(say, text)


def _in_another_language(tables: Tables, source: str) -> Tables:
    target = TRANSLATED[source]

    def translate(column: str) -> pl.Expr:
        return pl.col(column).map_elements(lambda text: _translated(text, source, target), return_dtype=pl.String)

    spoken = pl.col("language").replace({source: target})
    return replace(
        tables,
        creators=tables.creators.with_columns(spoken),
        posts=tables.posts.with_columns(translate("caption")),
        comments=tables.comments.with_columns(translate("text")),
        audience=tables.audience.with_columns(spoken),
    )


@pytest.mark.parametrize("source", TRANSLATED)
def test_translated_comments_keep_their_band(learnt_fraud: FraudBundle, genuine: Tables, source: str) -> None:
    speakers = genuine.creators.filter(pl.col("language") == source)["creator_id"].to_list()
    commented = set(genuine.comments["creator_id"])
    tables = genuine.select([creator for creator in speakers if creator in commented][:25])
    translated = _in_another_language(tables, source)
    changed = tables.comments["text"].ne_missing(translated.comments["text"])
    assert changed.mean() > 0.25  # type: ignore[operator]  # the rest is emoji, English, mentions and names
    before, after = (learnt_fraud.verdict(learnt_fraud.signals(one)) for one in (tables, translated))
    beside = before.join(after, on="creator_id", suffix="_translated").drop_nulls("probability")
    moved = beside.filter(pl.col("band") != pl.col("band_translated"))
    assert moved.is_empty(), moved.select("creator_id", "probability", "probability_translated").rows()


def test_a_translation_keeps_different_comments_different() -> None:
    for source, target in TRANSLATED.items():
        _, pairs = _dictionary(source, target)
        assert len({meaning.lower() for meaning in pairs.values()}) > 0.9 * len(pairs)
