"""Of the creators retrieved, those that come first are on the shortlist."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.index import Index
from models.index.retrieval import Near, nearest, query
from models.index.shortlist import FOR_EACH_PLACE, LEAST_PLACES, Order, pairs_nearly, shortened
from models.matching.pairs import PAIR_FEATURE_NAMES, TOLD, Wish, pair_values, traits_asked
from models.ranking import Asked, rank_index
from models.rankings.filters import NO_LIMITS
from models.rankings.ranking import Weights
from models.rankings.sets import FROM_FIRST
from tests.models.index.conftest import Maker

AS_THEY_ARE = ("words", "hashtags", "tier", "platform", "past_brands")
NEARLY = ("topics", "spelling_topics", "passages", "brand_posts", "brand_topics", "niche")


@pytest.fixture
def few_are_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists of a small index are shortened."""
    monkeypatch.setattr("models.index.opening.WORTH", 0)
    monkeypatch.setattr("models.index.shortlist.LEAST_PLACES", 1)


def wish_of(maker: Maker, index: Index, number: int = 0) -> Wish:
    """A simulated brief that asks for traits."""
    row = maker.tables.briefs.row(number, named=True)
    [wish] = maker.fit.encoder.wishes(
        [{**row, "tiers": ["micro", "mid"], "platforms": ["tiktok"]}], index.candidates([])
    )
    return wish


def everybody(index: Index, wish: Wish) -> list[Near]:
    """All creators, with the cosines of their words."""
    allowed = [np.ones(len(one), dtype=np.bool_) for one in index.segments]
    return nearest(index.segments, query(wish), allowed, len(index))


def test_pairs_are_nearly_those_of_records(whole: Index, maker: Maker) -> None:
    for number in range(4):
        wish = wish_of(maker, whole, number)
        nearly = pairs_nearly(wish, whole.segments, everybody(whole, wish))
        every = whole.segments[0].take(np.arange(len(whole))).candidates
        right = pair_values(wish, every)
        column = {name: PAIR_FEATURE_NAMES.index(name) for name in PAIR_FEATURE_NAMES}
        for name in AS_THEY_ARE:
            assert np.array_equal(nearly[:, column[name]], right[:, column[name]], equal_nan=True), name
        numbers = [column[name] for name in TOLD]
        assert np.allclose(nearly[:, numbers], right[:, numbers], rtol=1e-6, equal_nan=True)
        for name in NEARLY:
            assert np.allclose(nearly[:, column[name]], right[:, column[name]], atol=0.02, equal_nan=True), name
        assert np.array_equal(nearly[:, column["spelling"]], nearly[:, column["words"]], equal_nan=True)


def test_no_trait_is_read_that_no_feature_is_made_of(whole: Index, maker: Maker) -> None:
    [bare] = maker.fit.encoder.wishes([{"brief_id": "b", "text": "travel"}], whole.candidates([]))
    assert traits_asked(replace(bare, past=bare.past.clear())) == {}
    assert {"tier", "platform", "brands"} <= set(traits_asked(wish_of(maker, whole)).values())


@pytest.mark.usefixtures("few_are_worth_it")
@pytest.mark.parametrize("risk_form", ["multiply", "subtract"])
def test_the_first_places_are_those_of_all(whole: Index, maker: Maker, risk_form: str) -> None:
    briefs = maker.tables.briefs.head(8)
    short = rank_index(maker.fit, briefs, whole, Asked(top=15, reasons=2, risk_form=risk_form))  # type: ignore[arg-type]
    every = rank_index(maker.fit, briefs, whole, Asked(top=None, reasons=2, risk_form=risk_form))  # type: ignore[arg-type]
    for mine, theirs in zip(short, every, strict=True):
        assert mine.results == theirs.results[:15]
        assert mine.excluded == theirs.excluded
        assert mine.considered == theirs.considered


@pytest.mark.usefixtures("few_are_worth_it")
def test_only_the_shortlist_is_scored_whole(whole: Index, maker: Maker) -> None:
    wish = replace(wish_of(maker, whole), brief={"brief_id": "b"})
    every = whole.pool(maker.fit, wish, limits=NO_LIMITS)
    found = whole.pool(maker.fit, wish, limits=NO_LIMITS, order=Order(Weights(), "multiply", 10))
    assert len(every) == len(whole)
    assert len(found) == 10 * FOR_EACH_PLACE
    assert found.considered == every.considered


def test_a_short_list_is_not_shortened(whole: Index, maker: Maker) -> None:
    wish = replace(wish_of(maker, whole), brief={"brief_id": "b"})
    found = whole.pool(maker.fit, wish, limits=NO_LIMITS, order=Order(Weights(), "multiply", 1))
    assert len(found) == len(whole)
    near = everybody(whole, wish)
    long = Order(Weights(), "multiply", len(whole))
    assert shortened(maker.fit, wish, whole.segments, near, long) == near


def test_risk_and_weights_make_the_shortlist(whole: Index, maker: Maker, few_are_worth_it: None) -> None:
    wish = replace(wish_of(maker, whole), brief={"brief_id": "b"})
    genuine = Order(Weights(relevance=0, authenticity=1, reach=0), "multiply", 5)
    risk = whole.pool(maker.fit, wish, limits=NO_LIMITS).risk["risk_score"].fill_null(0.0)
    found = whole.pool(maker.fit, wish, limits=NO_LIMITS, order=genuine).risk["risk_score"].fill_null(0.0)
    assert sorted(found.to_list()) == risk.sort().head(genuine.count).to_list()


@pytest.mark.usefixtures("few_are_worth_it")
def test_the_shortlist_is_the_same_whatever_the_segments(few: Maker, tmp_path: Path) -> None:
    few.build(tmp_path / "one")
    few.build(tmp_path / "two", few.ids[:30])
    few.add(tmp_path / "two", few.ids[30:])
    found = []
    for name in ("one", "two"):
        index = Index.open(tmp_path / name)
        wish = replace(wish_of(few, index), brief={"brief_id": "b"})
        pool = index.pool(few.fit, wish, limits=NO_LIMITS, order=Order(Weights(), "multiply", 5))
        found.append(sorted(pool.candidates.creator_ids))
    assert found[0] == found[1]
    assert len(found[0]) == 5 * FOR_EACH_PLACE


def test_places_are_those_asked_for() -> None:
    brief: dict[str, object] = {"brief_id": "b", "weights": '{"reach": 2}'}
    every = Asked(top=None).order({**brief, "set_size": 5})
    assert every == Order(Weights(reach=2), "multiply", None)
    assert every.count is None
    asked = Asked(top=80, risk_form="subtract").order(brief)
    assert asked == Order(Weights(reach=2), "subtract", 80)
    assert asked.count == 80 * FOR_EACH_PLACE
    for a_set in ({"set_size": 5}, {"budget": 100.0}, {"max_overlap": 0.1}):
        wanted = Asked(top=10, weights=Weights(reach=1)).order({**brief, **a_set})
        assert wanted == Order(Weights(reach=1), "multiply", FROM_FIRST)
    assert Order(Weights(), "gate", 1).count == LEAST_PLACES * FOR_EACH_PLACE


def test_risk_counts_in_retrieval_as_the_order_weighs_it(whole: Index, maker: Maker) -> None:
    wish = replace(wish_of(maker, whole), brief={"brief_id": "b"})

    def mean_risk(order: Order | None) -> float:
        found = whole.pool(maker.fit, wish, limits=NO_LIMITS, depth=40, order=order)
        assert len(found) == 40
        return float(found.risk["risk_score"].fill_null(0.0).mean())  # type: ignore[arg-type]

    none, some, much = (Order(Weights(authenticity=weight), "multiply", None) for weight in (0.0, 0.5, 1.0))
    assert mean_risk(None) == mean_risk(none) == mean_risk(Order(Weights(), "gate", None))
    assert mean_risk(none) > mean_risk(some) > mean_risk(much)
    assert mean_risk(much) == mean_risk(Order(Weights(authenticity=9), "subtract", None))
