"""What an opened index gives: the creators as they went in, the nearest of them, and plain errors."""

from __future__ import annotations

from dataclasses import astuple, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features import signals_of_posts
from features.errors import ContractError, NotFoundError
from models.index import Index
from models.index.filters import failing
from models.index.retrieval import cosines_of, nearest, query
from models.matching.candidates import SHOWN
from models.matching.cosine_weights import COSINE_WEIGHTS
from models.matching.encoder import SIGNALS_NEEDED
from models.rankings.details import details
from models.rankings.filters import NO_LIMITS, Limits, failed_filters
from models.rankings.pool import pool
from models.rankings.rank import rank
from models.rankings.ranking import Weights
from models.similar import likeness, similar

if TYPE_CHECKING:
    from pathlib import Path

    from models.texts.documents import Brief
    from tests.models.index.conftest import Maker


def test_creators_come_out_as_they_went_in(whole: Index, maker: Maker) -> None:
    ids = [maker.ids[place] for place in (7, 3, 250, 11)]
    found = whole.candidates(ids)
    made = maker.fit.encoder.candidates(maker.tables.select(ids), maker.fit.signals(maker.tables.select(ids)))
    made = made.take(np.array([made.creator_ids.index(one) for one in ids]))
    assert found.traits.equals(made.traits)
    for name, part in made.dense.items():
        assert np.array_equal(found.dense[name], part)
        assert found.dense[name].dtype == np.float32
    for name, sparse in made.sparse.items():
        for attribute in ("data", "indices", "indptr"):
            mine, theirs = getattr(found.sparse[name], attribute), getattr(sparse, attribute)
            assert np.array_equal(mine, theirs)
            assert mine.dtype == theirs.dtype


def test_signals_are_those_of_the_fit_model(maker: Maker) -> None:
    wanted = ["creator_id", "platform", "tier", *SIGNALS_NEEDED]
    mine, theirs = signals_of_posts(maker.tables, SIGNALS_NEEDED), maker.fit.signals(maker.tables)
    assert mine.select(wanted).equals(theirs.select(wanted))
    of_fraud = maker.fraud.signals(maker.tables)
    assert of_fraud.select(wanted).equals(theirs.select(wanted))
    alone = maker.tables.select(maker.ids[:1])
    assert signals_of_posts(alone, SIGNALS_NEEDED).equals(mine.head(1))
    silent = replace(maker.tables, posts=maker.tables.posts.clear())
    assert signals_of_posts(silent, SIGNALS_NEEDED).equals(maker.fit.signals(silent).select(wanted))


def test_an_index_ranks_as_records_do(whole: Index, maker: Maker) -> None:
    explicit = pool(maker.fit, maker.tables, maker.fit.signals(maker.tables), maker.scores)
    for row in maker.tables.briefs.head(8).to_dicts():
        brief = {**row, "tiers": None, "platforms": None, "languages": None, "countries": None, "max_risk": None}
        [wish] = maker.fit.encoder.wishes([brief], explicit.candidates)
        kept = whole.pool(maker.fit, wish, limits=NO_LIMITS)
        mine, theirs = rank(maker.fit, wish, kept), rank(maker.fit, wish, explicit)
        assert mine.model_dump() == theirs.model_dump()


def test_a_brief_that_quotes_a_creator_retrieves_it_first(whole: Index, maker: Maker) -> None:
    posts = maker.tables.posts.filter(pl.col("caption").str.len_chars() > 20)
    many = posts.group_by("creator_id").agg("caption").filter(pl.col("caption").list.len() >= 8).sort("creator_id")
    for creator, captions in many.head(10).iter_rows():
        brief = {"brief_id": "b", "text": "\n".join(captions)}
        [wish] = maker.fit.encoder.wishes([brief], whole.candidates([]))
        retrieved = whole.pool(maker.fit, wish, limits=NO_LIMITS, depth=1)
        assert retrieved.candidates.creator_ids == [creator]
        found = whole.pool(maker.fit, wish, limits=NO_LIMITS)
        answer = rank(maker.fit, wish, found, weights=Weights(relevance=1, authenticity=0, reach=0))
        assert answer.results[0].creator_id == creator


def test_the_nearest_are_the_nearest(whole: Index, maker: Maker) -> None:
    for row in maker.tables.briefs.head(5).to_dicts():
        [wish] = maker.fit.encoder.wishes([row], whole.candidates(maker.ids[:2]))
        wish = replace(wish, examples=whole.candidates(maker.ids[:2]).dense["word_topics"])
        wanted = query(wish)
        [segment] = whole.segments
        every = whole.chosen(maker.ids).candidates
        vectors = segment.searched.astype(np.float32)
        topics = vectors[:, : wanted.examples.shape[1]]
        scores = vectors @ wanted.vector + (topics @ wanted.examples.T).max(axis=1)
        for name, counted in wanted.counted.items():
            scores = scores + counted * (every.sparse[name] @ wanted.words.toarray()[0])
        [found] = nearest(whole.segments, wanted, [np.ones(len(segment), dtype=bool)], 25)
        assert set(found.rows) == set(np.argsort(-scores)[:25])
        for name, cosines in found.cosines.items():
            assert np.array_equal(cosines, (every.sparse[name] @ wanted.words.toarray()[0])[found.rows])


def test_the_creators_most_alike_are_retrieved_however_few_are_compared(whole: Index, maker: Maker) -> None:
    everyone = whole.candidates(maker.ids)
    for creator in maker.ids[:40:4]:
        score = likeness(whole.candidates([creator]), everyone)
        best = np.sort(score[np.array(everyone.creator_ids) != creator])[::-1][:5]
        found = similar(maker.fit, whole, creator_id=creator, top=5, depth=12).results
        assert [one.score for one in found] == pytest.approx(best.tolist(), abs=1e-6)


@given(st.sets(st.integers(0, 200), min_size=1, max_size=30), st.integers(1, 12))
@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_the_nearest_of_few_are_those_of_all_that_are_allowed(
    whole: Index, maker: Maker, chosen: set[int], count: int
) -> None:
    [segment] = whole.segments
    rows = np.array(sorted(row % len(segment) for row in chosen))
    flags = np.zeros(len(segment), dtype=np.bool_)
    flags[rows] = True
    [wish] = maker.fit.encoder.wishes(maker.tables.briefs.head(1).to_dicts(), whole.candidates([]))
    [every] = nearest(whole.segments, query(wish), [np.ones(len(segment), dtype=np.bool_)], len(segment))
    assert np.array_equal(every.rows, np.arange(len(segment)))
    [near] = nearest(whole.segments, query(wish), [flags], count)
    found = near.rows
    assert set(found) <= set(rows.tolist())
    assert len(found) == min(count, int(flags.sum()))
    scores = cosines_of(wish, segment.take(rows).candidates) @ np.array(astuple(COSINE_WEIGHTS))
    least_found = scores[np.isin(rows, found)].min()
    assert not (scores[~np.isin(rows, found)] > least_found + 1e-5).any()


@given(st.lists(st.integers(0, 199), max_size=40))
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_creators_are_read_in_any_order_and_as_often_as_asked(whole: Index, maker: Maker, chosen: list[int]) -> None:
    [segment] = whole.segments
    rows = np.array([row % len(segment) for row in chosen], dtype=np.int64)
    found = segment.take(rows).candidates
    every = segment.take(np.arange(len(segment))).candidates.take(rows)
    assert found.traits.equals(every.traits)
    assert all(np.array_equal(part, every.dense[name]) for name, part in found.dense.items())
    for name, part in found.sparse.items():
        assert np.array_equal(part.toarray(), every.sparse[name].toarray())
        assert part.has_canonical_format


def test_a_brief_that_says_nothing_retrieves_the_same_whatever_the_segments(few: Maker, tmp_path: Path) -> None:
    few.build(tmp_path / "one")
    few.build(tmp_path / "two", few.ids[:30])
    few.add(tmp_path / "two", few.ids[30:])
    found = []
    for name in ("one", "two"):
        index = Index.open(tmp_path / name)
        [wish] = few.fit.encoder.wishes([{"brief_id": "silent"}], index.candidates([]))
        silent = index.pool(few.fit, wish, limits=NO_LIMITS, depth=10)
        assert len(silent) == 10
        found.append(sorted(silent.candidates.creator_ids))
    assert found[0] == found[1]


@st.composite
def briefs(draw: st.DrawFn) -> Brief:
    some = {
        "platforms": ["instagram", "TikTok", "youtube", "nowhere"],
        "tiers": ["nano", "micro", "Mid", "macro"],
        "countries": ["de", "US", "BR", "ZZ"],
        "languages": ["EN", "de", "pt"],
        "exclude_brands": ["@Gearbox", "mamahood", "unheard"],
    }
    brief: dict[str, object] = {
        name: draw(st.one_of(st.none(), st.lists(st.sampled_from(values), max_size=3, unique=True)))
        for name, values in some.items()
    }
    return brief | {"brief_id": "b", "max_risk": draw(st.one_of(st.none(), st.sampled_from([0.0, 33.3, 90.0])))}


COUNTS = st.one_of(st.none(), st.sampled_from([0, 1_000, 50_000, 10**7]))


@given(briefs(), COUNTS, COUNTS)
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_filters_decide_as_they_do_over_records(
    whole: Index, brief: Brief, least: int | None, most: int | None
) -> None:
    limits, [segment] = Limits(least, most), whole.segments
    rows = segment.take(np.arange(len(segment)))
    traits = rows.candidates.traits.with_columns(risk_score=rows.risk["risk_score"])
    failed = failing(segment.packed, segment.values, len(segment), brief, limits)
    mine = [{name for name, flags in failed.items() if flags[row]} for row in range(len(segment))]
    assert mine == [set(names) for names in failed_filters(brief, traits, limits).to_list()]


def test_what_filters_leave_out_is_counted_by_filter(whole: Index, maker: Maker) -> None:
    brief = {"brief_id": "b", "text": "travel", "platforms": ["instagram"], "languages": ["en"]}
    [wish] = maker.fit.encoder.wishes([brief], whole.candidates([]))
    found = whole.pool(maker.fit, wish, limits=Limits(10_000, None))
    creators = maker.tables.creators
    assert found.considered == len(maker.ids)
    assert found.excluded["platforms"] == (creators["platform"] != "instagram").sum()
    assert found.excluded["min_followers"] == (creators["followers"] < 10_000).sum()
    assert set(found.candidates.traits["platform"]) == {"instagram"}
    nobody = whole.pool(maker.fit, replace(wish, brief={**brief, "platforms": ["nowhere"]}), limits=NO_LIMITS)
    assert len(nobody) == 0
    assert rank(maker.fit, wish, nobody).results == ()


def test_chosen_creators_are_all_there_once(whole: Index, maker: Maker) -> None:
    ids = [*maker.ids[:5], maker.ids[0]]
    found = whole.chosen(ids)
    assert sorted(found.candidates.creator_ids) == sorted(maker.ids[:5])
    assert found.considered == 5
    assert found.risk["creator_id"].to_list() == found.candidates.creator_ids
    assert whole.known(["nobody", *ids]) == maker.ids[:5]
    with pytest.raises(NotFoundError, match="not in the index: 'nobody', 'no one'"):
        whole.chosen([*ids, "nobody", "no one", "nobody"])
    with pytest.raises(NotFoundError, match="and 5 more"):
        whole.candidates([f"nobody {k}" for k in range(15)])


def test_details_are_those_of_the_records_in_the_order_asked(whole: Index, maker: Maker) -> None:
    found = whole.chosen(maker.ids)
    places = np.array([9, 2, 300, 2])
    asked = found.candidates.traits["creator_id"].gather(places)
    made = details(maker.tables, maker.fit.encoder.text)
    wanted = asked.to_frame().join(made, on="creator_id", how="left", maintain_order="left")
    wanted = wanted.hstack(found.candidates.traits[places][list(SHOWN)])
    assert found.details(places, wanted.columns).equals(wanted)
    assert found.details(places, ["brand_posts", "commenters"]).equals(wanted.select("commenters", "brand_posts"))
    assert found.details(np.zeros(0, dtype=np.int64), wanted.columns).schema == wanted.schema


@pytest.mark.parametrize("countries", [None, ["de"]])
def test_a_brief_reads_what_is_told_of_creators_of_those_shown_alone(
    whole: Index, maker: Maker, countries: list[str] | None
) -> None:
    brief = {"brief_id": "b", "text": "food and travel", "audience_countries": countries}
    [wish] = maker.fit.encoder.wishes([brief], whole.candidates([]))
    found = whole.pool(maker.fit, wish, limits=NO_LIMITS)
    every, read = whole.chosen(found.candidates.creator_ids), found.candidates.traits
    absent = set(every.candidates.traits.columns) - set(read.columns)
    assert absent == ({"brand_posts"} if countries else set(SHOWN))
    assert read.equals(every.candidates.traits[read.columns])
    told = rank(maker.fit, wish, found).results
    assert told == rank(maker.fit, wish, every).results
    assert any(one.past_brands for one in told)
    assert any(one.audience_match for one in told) == bool(countries)


def test_whom_the_filters_let_through_fails_none_and_other_filters_are_looked_at(whole: Index, maker: Maker) -> None:
    brief = {"brief_id": "b", "text": "food and travel", "platforms": ["instagram"], "max_risk": 80.0}
    [wish] = maker.fit.encoder.wishes([brief], whole.candidates([]))
    found = whole.pool(maker.fit, wish, limits=NO_LIMITS)
    traits = found.candidates.traits.with_columns(found.risk["risk_score"])
    assert found.passed == (wish.brief, NO_LIMITS)
    assert failed_filters(brief, traits).explode().drop_nulls().is_empty()
    assert not any(one.failed_filters for one in rank(maker.fit, wish, found, top=None).results)
    others = rank(maker.fit, wish, found, limits=Limits(max_followers=50_000), top=None).results
    assert {one.failed_filters for one in others} == {(), ("max_followers",)}


def test_a_small_index_is_kept_in_memory_and_answers_as_one_that_is_read(
    whole: Index, maker: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.index.opening.KEPT_WHOLE", len(whole))
    kept = Index.open(whole.folder)
    assert kept.chosen(maker.ids[:1]).candidates.creator_ids == maker.ids[:1]
    monkeypatch.setattr("models.index.opening.candidates_of", None)  # nothing is read any more
    assert maker.answers(kept) == maker.answers(kept)
    monkeypatch.undo()
    monkeypatch.setattr("models.index.opening.KEPT_WHOLE", len(whole) - 1)
    read = Index.open(whole.folder)
    assert maker.answers(kept) == maker.answers(read)
    ids = [maker.ids[place] for place in (7, 3, 250, 11)]
    mine, theirs = kept.candidates(ids), read.candidates(ids)
    assert mine.traits.equals(theirs.traits)
    assert all(np.array_equal(mine.dense[name], part) for name, part in theirs.dense.items())
    assert all(np.array_equal(mine.sparse[name].toarray(), part.toarray()) for name, part in theirs.sparse.items())


def test_another_model_is_refused(whole: Index, maker: Maker) -> None:
    other = replace(maker.fit, contract=maker.fit.contract.model_copy(update={"version": "other"}))
    [wish] = maker.fit.encoder.wishes([{"brief_id": "b"}], whole.candidates([]))
    with pytest.raises(ContractError, match=f"made by fit model {whole.manifest.fit}, the one in use is other"):
        whole.pool(other, wish, limits=NO_LIMITS)
