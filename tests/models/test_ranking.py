from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logit

from features.records import Tables
from models.documents import creator_documents
from models.fit import FitBundle
from models.niches import Niches
from models.pairs import Candidates
from models.rank import RISK_WEIGHT, rank, rank_candidates
from models.ranking import Ranking
from models.text import TextSpace
from training.fit import FittedFit
from training.simulate import Simulation

MANY = 120
BRIEF: dict[str, object] = {
    "brief_id": "b",
    "text": "running shoes for people who train outdoors",
    "niches": ["fitness"],
}
UNKNOWN = pl.DataFrame(schema={"creator_id": pl.String, "risk_score": pl.Float64})


@pytest.fixture(scope="module")
def bundle(fitted_fit: FittedFit) -> FitBundle:
    return fitted_fit.bundle


@pytest.fixture(scope="module")
def tables(simulation: Simulation) -> Tables:
    some = simulation.tables.select(simulation.tables.creators["creator_id"].head(MANY).to_list())
    return replace(some, comments=some.comments.clear(), audience=some.audience.clear())


@pytest.fixture(scope="module")
def candidates(bundle: FitBundle, tables: Tables) -> Candidates:
    return bundle.encoder.candidates(tables, bundle.signals(tables))


def ranked(
    bundle: FitBundle, tables: Tables, *briefs: dict[str, object], risk: pl.DataFrame = UNKNOWN, reasons: int = 0
) -> list[Ranking]:
    frame = Tables.from_frames({"briefs": pl.DataFrame(list(briefs) or [BRIEF])}).briefs
    return rank(bundle, frame, tables, bundle.signals(tables), risk, top=None, reasons=reasons)


def fits(rankings: list[Ranking]) -> dict[str, float]:
    return {one.creator_id: one.fit_before_risk for one in rankings}


def with_risk(bundle: FitBundle, candidates: Candidates, risk: list[float | None], **more: object) -> list[Ranking]:
    wish = bundle.encoder.wishes([{**BRIEF, **more}], candidates)[0]
    return rank_candidates(bundle, wish, candidates, pl.Series(risk, dtype=pl.Float64), top=None, reasons=0)


def test_every_candidate_has_its_place_and_the_better_fit_comes_first(bundle: FitBundle, tables: Tables) -> None:
    found = ranked(bundle, tables)
    assert [one.rank for one in found] == list(range(1, MANY + 1))
    assert {one.creator_id for one in found} == set(tables.creators["creator_id"])
    scores = [one.fit_score for one in found]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) > MANY / 4


@settings(deadline=None, max_examples=5)
@given(st.randoms(use_true_random=False))
def test_the_order_of_candidates_does_not_matter(bundle: FitBundle, tables: Tables, random: object) -> None:
    order = list(range(MANY))
    random.shuffle(order)  # type: ignore[attr-defined]
    frames = {name: frame for name, frame in tables.items() if frame.height}
    shuffled = Tables.from_frames({**frames, "creators": tables.creators[order]})
    assert ranked(bundle, shuffled) == ranked(bundle, tables)


@settings(deadline=None, max_examples=5)
@given(st.sets(st.integers(0, MANY - 1), min_size=1, max_size=20))
def test_a_fit_depends_on_brief_and_creator_only(bundle: FitBundle, tables: Tables, chosen: set[int]) -> None:
    some = tables.select(tables.creators["creator_id"][sorted(chosen)].to_list())
    everyone = fits(ranked(bundle, tables))
    assert fits(ranked(bundle, some)) == {name: everyone[name] for name in some.creators["creator_id"]}


def test_a_brief_is_ranked_alike_alone_and_among_others(bundle: FitBundle, tables: Tables) -> None:
    other = {**BRIEF, "brief_id": "other", "text": "пробежка и тренировка", "niches": []}
    both = ranked(bundle, tables, BRIEF, other)
    assert both == [*ranked(bundle, tables, BRIEF), *ranked(bundle, tables, other)]


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.one_of(st.none(), st.floats(0, 100)), min_size=MANY, max_size=MANY),
    st.integers(0, MANY - 1),
    st.floats(0, 100),
    st.one_of(st.none(), st.floats(0, 100)),
)
def test_a_rise_in_risk_never_raises_a_rank(
    bundle: FitBundle,
    candidates: Candidates,
    risk: list[float | None],
    at: int,
    to: float,
    most: float | None,
) -> None:
    creator = candidates.creator_ids[at]
    lower, higher = sorted([risk[at] or 0.0, to])
    places = [
        next(one.rank for one in with_risk(bundle, candidates, risk, max_risk=most) if one.creator_id == creator)
        for risk in ([*risk[:at], value, *risk[at + 1 :]] for value in (lower, higher))
    ]
    assert places[1] >= places[0]


def test_unknown_risk_changes_nothing(bundle: FitBundle, candidates: Candidates) -> None:
    unknown = with_risk(bundle, candidates, [None] * MANY)
    assert all(one.fit_score == one.fit_before_risk and one.risk_score is None for one in unknown)
    none = with_risk(bundle, candidates, [0.0] * MANY)
    assert [one.creator_id for one in none] == [one.creator_id for one in unknown]


def test_risk_takes_its_part_of_the_fit(bundle: FitBundle, candidates: Candidates) -> None:
    for one in with_risk(bundle, candidates, [100.0] * MANY):
        assert one.fit_score == pytest.approx((1 - RISK_WEIGHT) * one.fit_before_risk)
        assert one.risk_score == 100.0


def test_those_that_fail_a_filter_are_ranked_last(bundle: FitBundle, candidates: Candidates) -> None:
    found = with_risk(bundle, candidates, [10.0, 90.0] * (MANY // 2), max_risk=50.0, platforms=["instagram"])
    failing = [bool(one.failed_filters) for one in found]
    assert failing == sorted(failing)
    assert 0 < sum(failing) < MANY
    assert {name for one in found for name in one.failed_filters} == {"max_risk", "platforms"}


def test_filters_that_exclude_everybody_still_rank_everybody(bundle: FitBundle, candidates: Candidates) -> None:
    found = with_risk(bundle, candidates, [None] * MANY, platforms=["nowhere"])
    assert len(found) == MANY
    assert all(one.failed_filters == ("platforms",) for one in found)


def test_reasons_add_up_and_name_the_words_that_matched(bundle: FitBundle, tables: Tables) -> None:
    caption = tables.posts["caption"].drop_nulls()[0]
    found = ranked(bundle, tables, {"brief_id": "b", "text": caption}, reasons=20)
    assert all(one.reasons for one in found[:20])
    assert not any(one.reasons for one in found[20:])
    for one in found[:20]:
        log_odds = one.base_log_odds + sum(reason.log_odds for reason in one.reasons)
        assert log_odds == pytest.approx(float(logit(np.array(one.fit_before_risk / 100))), abs=1e-9)
        points = one.base_fit + sum(reason.points for reason in one.reasons)
        assert points == pytest.approx(one.fit_before_risk, abs=1e-9)
        for reason in one.reasons:
            matching = reason.signal in ("words", "hashtags") and (reason.value or 0) > 0
            assert bool(reason.matched_terms) == matching


@pytest.mark.parametrize("text", [None, "", "zzzzqqqq", "ยินดีต้อนรับ", "🎉", "a", "\x00", "word " * 50_000])
def test_any_text_gets_an_answer(bundle: FitBundle, tables: Tables, text: str | None) -> None:
    found = ranked(bundle, tables, {"brief_id": "b", "text": text}, reasons=3)
    assert len(found) == MANY
    assert all(0 <= one.fit_score <= 100 for one in found)


def test_no_briefs_or_no_candidates_give_no_rankings(bundle: FitBundle, tables: Tables) -> None:
    assert rank(bundle, tables.briefs, tables, bundle.signals(tables), UNKNOWN) == []
    nobody = tables.select([])
    assert ranked(bundle, nobody) == []


def test_a_brief_that_quotes_a_creators_own_captions_ranks_it_first(bundle: FitBundle) -> None:
    texts = {
        "baker": ["sourdough starter fed at dawn", "rye crumb and caraway crust", "proofing baskets of willow"],
        "sailor": ["spinnaker up past the lighthouse", "splicing halyards in the harbour", "knots at the regatta"],
        "potter": ["glaze test with copper and ash", "throwing porcelain on the wheel", "kiln opened after firing"],
        "runner": ["tempo intervals before breakfast", "muddy trail shoes and blisters", "marathon taper at last"],
    }
    posts = [(name, f"{name}{i}", text) for name, said in texts.items() for i, text in enumerate(said)]
    made = Tables.from_frames(
        {
            "creators": pl.DataFrame({"creator_id": list(texts), "platform": "instagram", "followers": 5_000}),
            "posts": pl.DataFrame(posts, schema=["creator_id", "post_id", "caption"], orient="row"),
        }
    )
    # The simulated corpus has few of these words, so the text space is fitted on them.
    space = TextSpace.fit(creator_documents(made)["text"])
    encoder = replace(bundle.encoder, text=space, niches=Niches.none())
    own = replace(bundle, encoder=encoder)
    briefs = [{"brief_id": name, "text": " ".join(said)} for name, said in texts.items()]
    first = {one.brief_id: one.creator_id for one in ranked(own, made, *briefs) if one.rank == 1}
    assert first == {name: name for name in texts}
