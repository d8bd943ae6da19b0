from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logit

from features.errors import UsageError
from features.records import Tables, read_briefs
from models.fit import FitBundle
from models.matching.brand_topics import PastBrands
from models.niches import Niches
from models.rankings.filters import Limits
from models.rankings.notes import (
    ALL_FAIL,
    NO_AUDIENCE_KNOWN,
    NO_CANDIDATES,
    NOTHING_KNOWN,
    NOTHING_SAID,
    ONLY_MARKS_KNOWN,
    RISK_AS_A_SHARE,
)
from models.rankings.pool import RISK, Pool, pool
from models.rankings.quotes import function_words
from models.rankings.rank import Places, rank
from models.rankings.ranking import Rankings, RiskForm, Versions, Weights
from models.rankings.risk import GATE
from models.texts.documents import creator_documents
from models.texts.space import TextSpace
from models.texts.terms import told_words
from training.fit import FittedFit
from training.simulate import Simulation

MANY = 120
BRIEF: dict[str, object] = {
    "brief_id": "b",
    "text": "running shoes for people who train outdoors",
    "niches": ["fitness"],
}
FORMS: tuple[RiskForm, ...] = ("multiply", "subtract", "gate")
UNKNOWN = pl.DataFrame(schema=RISK)
WEIGHTS = st.builds(Weights, relevance=st.floats(0, 3), authenticity=st.floats(0.01, 2), reach=st.floats(0, 3))
RISKS = st.lists(st.one_of(st.none(), st.floats(0, 100)), min_size=MANY, max_size=MANY)


@pytest.fixture(scope="module")
def bundle(fitted_fit: FittedFit) -> FitBundle:
    return fitted_fit.bundle


@pytest.fixture(scope="module")
def tables(simulation: Simulation) -> Tables:
    some = simulation.tables.select(simulation.tables.creators["creator_id"].head(MANY).to_list())
    return replace(some, audience=some.audience.clear())


@pytest.fixture(scope="module")
def candidates(bundle: FitBundle, tables: Tables) -> Pool:
    return pool(bundle, tables, bundle.signals(tables), UNKNOWN)


def ranked(bundle: FitBundle, found: Pool, brief: dict[str, object] = BRIEF, **options: object) -> Rankings:
    [wish] = bundle.encoder.wishes(read_briefs([brief]).to_dicts(), found.candidates)
    return rank(bundle, wish, found, **{"top": None, "reasons": 0, **options})  # type: ignore[arg-type]


def of(bundle: FitBundle, tables: Tables) -> Pool:
    return pool(bundle, tables, bundle.signals(tables), UNKNOWN)


def fits(rankings: Rankings) -> dict[str, tuple[float, float]]:
    return {one.creator_id: (one.fit_before_risk, one.fit_score) for one in rankings.results}


def at_risk(found: Pool, risk: list[float | None]) -> Pool:
    return replace(found, risk=found.risk.with_columns(risk_score=pl.Series(risk, dtype=pl.Float64)))


def place(rankings: Rankings, creator: str) -> int:
    return next(one.rank for one in rankings.results if one.creator_id == creator)


def shuffled(found: Pool, order: list[int]) -> Pool:
    rows = np.array(order, dtype=np.int64)
    return replace(
        found,
        candidates=found.candidates.take(rows),
        risk=found.risk[rows],
        details=lambda some, names: found.details(rows[some], names),
    )


def test_every_candidate_has_its_place_and_the_better_fit_comes_first(bundle: FitBundle, candidates: Pool) -> None:
    found = ranked(bundle, candidates).results
    assert [one.rank for one in found] == list(range(1, MANY + 1))
    assert {one.creator_id for one in found} == set(candidates.candidates.creator_ids)
    scores = [one.fit_score for one in found]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) > MANY / 4


@settings(max_examples=5)
@given(st.randoms(use_true_random=False))
def test_the_order_of_records_does_not_matter(bundle: FitBundle, tables: Tables, random: Random) -> None:
    order = list(range(MANY))
    random.shuffle(order)
    frames = {name: frame for name, frame in tables.items() if frame.height}
    other = Tables.from_frames({**frames, "creators": tables.creators[order]})
    assert ranked(bundle, of(bundle, other), reasons=10) == ranked(bundle, of(bundle, tables), reasons=10)


@settings(max_examples=15)
@given(st.permutations(range(MANY)), RISKS, WEIGHTS, st.sampled_from(FORMS))
def test_the_order_of_candidates_does_not_matter(
    bundle: FitBundle, candidates: Pool, order: list[int], risk: list[float | None], weights: Weights, form: RiskForm
) -> None:
    found = at_risk(candidates, risk)
    asked = {**BRIEF, "set_size": 5, "max_overlap": 0.01}
    one = ranked(bundle, found, asked, reasons=5, weights=weights, risk_form=form)
    assert ranked(bundle, shuffled(found, order), asked, reasons=5, weights=weights, risk_form=form) == one


@settings(max_examples=5)
@given(st.sets(st.integers(0, MANY - 1), min_size=1, max_size=20))
def test_a_fit_depends_on_brief_and_creator_only(
    bundle: FitBundle, tables: Tables, candidates: Pool, chosen: set[int]
) -> None:
    some = tables.select(tables.creators["creator_id"][sorted(chosen)].to_list())
    everyone = fits(ranked(bundle, candidates))
    alone = fits(ranked(bundle, of(bundle, some)))
    assert alone == {name: everyone[name] for name in some.creators["creator_id"]}


def test_an_irrelevant_creator_more_changes_nobody_elses_fit_or_score(
    bundle: FitBundle, tables: Tables, candidates: Pool
) -> None:
    stranger = pl.DataFrame({"creator_id": ["stranger"], "platform": ["x"], "bio": ["zzzz"], "followers": [3]})
    frames = {name: frame for name, frame in tables.items() if frame.height}
    creators = pl.concat([tables.creators, stranger], how="diagonal")
    more = of(bundle, Tables.from_frames({**frames, "creators": creators}))
    found = fits(ranked(bundle, more))
    del found["stranger"]
    assert found == fits(ranked(bundle, candidates))


def test_a_brief_is_ranked_alike_alone_and_among_others(bundle: FitBundle, candidates: Pool) -> None:
    other = {**BRIEF, "brief_id": "other", "text": "пробежка и тренировка", "niches": []}
    rows = read_briefs([BRIEF, other]).to_dicts()
    both = [rank(bundle, wish, candidates, top=None) for wish in bundle.encoder.wishes(rows, candidates.candidates)]
    assert both == [ranked(bundle, candidates, one, reasons=50) for one in (BRIEF, other)]


@settings(max_examples=60)
@given(
    RISKS,
    st.integers(0, MANY - 1),
    st.floats(0, 100),
    st.one_of(st.none(), st.floats(0, 100)),
    WEIGHTS,
    st.sampled_from(FORMS),
)
def test_a_rise_in_risk_never_raises_a_rank(
    bundle: FitBundle,
    candidates: Pool,
    risk: list[float | None],
    at: int,
    to: float,
    most: float | None,
    weights: Weights,
    form: RiskForm,
) -> None:
    creator = candidates.candidates.creator_ids[at]
    lower, higher = sorted([risk[at] or 0.0, to])
    places = [
        place(
            ranked(bundle, at_risk(candidates, changed), {**BRIEF, "max_risk": most}, weights=weights, risk_form=form),
            creator,
        )
        for changed in ([*risk[:at], value, *risk[at + 1 :]] for value in (lower, higher))
    ]
    assert places[1] >= places[0]


@pytest.mark.parametrize("form", FORMS)
def test_unknown_risk_changes_nothing(bundle: FitBundle, candidates: Pool, form: RiskForm) -> None:
    unknown = ranked(bundle, candidates, risk_form=form).results
    assert all(one.fit_score == one.fit_before_risk and one.risk_score is None for one in unknown)
    none = ranked(bundle, at_risk(candidates, [0.0] * MANY), risk_form=form).results
    assert [one.creator_id for one in none] == [one.creator_id for one in unknown]


def test_risk_takes_its_part_in_the_form_asked_for(bundle: FitBundle, candidates: Pool) -> None:
    risky = at_risk(candidates, [80.0] * MANY)
    for one in ranked(bundle, risky).results:
        assert one.fit_score == pytest.approx(0.6 * one.fit_before_risk)
    for one in ranked(bundle, risky, risk_form="subtract").results:
        assert one.fit_score == pytest.approx(max(0.0, one.fit_before_risk - 40.0))
    for one in ranked(bundle, risky, risk_form="gate").results:
        assert one.fit_score == one.fit_before_risk
        assert one.failed_filters == ("max_risk",)


def test_the_gate_opens_where_the_brief_or_its_default_says(bundle: FitBundle, candidates: Pool) -> None:
    just = at_risk(candidates, [GATE, GATE + 1.0] * (MANY // 2))
    found = ranked(bundle, just, risk_form="gate").results
    assert [one.risk_score for one in found] == [GATE] * (MANY // 2) + [GATE + 1.0] * (MANY // 2)
    wider = ranked(bundle, just, {**BRIEF, "max_risk": 70.0}, risk_form="gate").results
    assert not any(one.failed_filters for one in wider)


def test_without_weight_on_authenticity_risk_counts_for_nothing(bundle: FitBundle, candidates: Pool) -> None:
    risky = at_risk(candidates, [0.0, 100.0] * (MANY // 2))
    calm = ranked(bundle, risky, weights=Weights(authenticity=0))
    assert fits(calm) == fits(ranked(bundle, candidates))


def test_reach_is_averaged_with_the_fit_where_it_weighs(bundle: FitBundle, candidates: Pool) -> None:
    for one in ranked(bundle, candidates, {**BRIEF, "weights": {"relevance": 3, "reach": 1}}).results:
        known = one.fit_before_risk if one.reach is None else one.reach
        assert one.merit == pytest.approx(0.75 * one.fit_before_risk + 0.25 * known)
    far = ranked(bundle, candidates, weights=Weights(relevance=0, reach=1)).results
    reach = [one.reach or 0.0 for one in far]
    assert reach == sorted(reach, reverse=True)
    assert reach[0] > reach[-1]


def test_with_weight_on_authenticity_alone_the_risk_makes_the_order(bundle: FitBundle, candidates: Pool) -> None:
    risk: list[float | None] = np.random.default_rng(0).permutation(np.linspace(0, 100, MANY)).tolist()
    found = ranked(bundle, at_risk(candidates, risk), weights=Weights(relevance=0, authenticity=1)).results
    assert [one.risk_score for one in found] == sorted(one.risk_score or 0.0 for one in found)


@pytest.mark.parametrize("weights", [{"relevance": 0, "authenticity": 0, "reach": 0}, {"relevance": -1}, {"charm": 1}])
def test_weights_that_make_no_sense_are_refused(bundle: FitBundle, candidates: Pool, weights: dict[str, float]) -> None:
    with pytest.raises(UsageError, match="weights"):
        ranked(bundle, candidates, {**BRIEF, "weights": weights})


@pytest.mark.parametrize(("relevance", "reach"), [(1.0, 0.7), (1.0, 0.0), (0.0, 0.7), (0.0, 0.0)])
def test_sensitivity_counts_who_would_enter_the_first_ten(
    bundle: FitBundle, candidates: Pool, relevance: float, reach: float
) -> None:
    risk: list[float | None] = np.random.default_rng(1).uniform(0, 100, MANY).tolist()
    risky, weights = at_risk(candidates, risk), Weights(relevance=relevance, authenticity=0.6, reach=reach)

    def first(weights: Weights) -> set[str]:
        return {one.creator_id for one in ranked(bundle, risky, weights=weights).results[:10]}

    told = ranked(bundle, risky, weights=weights).sensitivity
    assert [one.weight for one in told] == ["relevance", "authenticity", "reach"]
    for one in told:
        moved = [weights.model_copy(update={one.weight: getattr(weights, one.weight) * by}) for by in (1.1, 0.9)]
        entered = [len(first(other) - first(weights)) for other in moved]
        assert [one.plus_10_percent, one.minus_10_percent] == entered


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([0.0, 1.0, 2.0]), st.sampled_from([0.1, 0.2])), max_size=30))
def test_the_first_places_are_those_of_the_whole_order(drawn: list[tuple[bool, float, float]]) -> None:
    fails, score, words = (np.array(column) for column in zip(*drawn, strict=True)) if drawn else (np.zeros(0),) * 3
    ids = pl.Series(np.random.default_rng(0).permutation(len(drawn)))
    places = Places(fails.astype(np.bool_), words, ids)
    assert places.order(score).tolist() == np.lexsort((ids, -words, -score, fails)).tolist()
    for count in (1, 3, 10, 30):
        assert np.array_equal(places.first(score, count), places.order(score)[:count])


def test_a_weight_of_zero_cannot_move(bundle: FitBundle, candidates: Pool) -> None:
    reach = ranked(bundle, candidates).sensitivity[2]
    assert (reach.weight, reach.plus_10_percent, reach.minus_10_percent) == ("reach", 0, 0)


def test_those_that_fail_a_filter_are_ranked_last(bundle: FitBundle, candidates: Pool) -> None:
    risky = at_risk(candidates, [10.0, 90.0] * (MANY // 2))
    found = ranked(bundle, risky, {**BRIEF, "max_risk": 50.0, "platforms": ["instagram"]}).results
    failing = [bool(one.failed_filters) for one in found]
    assert failing == sorted(failing)
    assert 0 < sum(failing) < MANY
    assert {name for one in found for name in one.failed_filters} == {"max_risk", "platforms"}


def test_limits_on_followers_are_filters_too(bundle: FitBundle, candidates: Pool) -> None:
    found = ranked(bundle, candidates, limits=Limits(min_followers=5_000, max_followers=50_000)).results
    for one in found:
        followers = one.traits.followers if one.traits.followers is not None else 10_000
        few, many = followers < 5_000, followers > 50_000
        assert one.failed_filters == (*("min_followers",) * few, *("max_followers",) * many)
    assert {len(one.failed_filters) for one in found} == {0, 1}


def test_filters_that_exclude_everybody_still_rank_everybody(bundle: FitBundle, candidates: Pool) -> None:
    found = ranked(bundle, candidates, {**BRIEF, "platforms": ["nowhere"]})
    assert len(found.results) == MANY
    assert all(one.failed_filters == ("platforms",) for one in found.results)
    assert found.notes[-1] == ALL_FAIL


def test_names_that_no_filter_knows_are_told(bundle: FitBundle, candidates: Pool) -> None:
    asked = {"platforms": ["Instagram", "myspace"], "tiers": ["Nano", "huge"], "countries": ["de", "Germany"]}
    assert ranked(bundle, candidates, {**BRIEF, **asked}).notes[:3] == (
        "Not among the platforms, which are instagram, tiktok, youtube, x, linkedin: myspace.",
        "Not among the tiers, which are under_1k, nano, micro, mid, macro, mega: huge.",
        "Countries and languages are codes of two letters, and these are none: Germany.",
    )


@pytest.mark.parametrize(("most", "told"), [(0.2, True), (1.0, True), (0.0, False), (20.0, False)])
def test_a_risk_that_looks_like_a_share_is_told(
    bundle: FitBundle, candidates: Pool, most: float, *, told: bool
) -> None:
    found = ranked(bundle, at_risk(candidates, [0.1] * MANY), {**BRIEF, "max_risk": most})
    assert (RISK_AS_A_SHARE in found.notes) == told


def test_a_filter_that_knows_nothing_of_some_creators_says_so(bundle: FitBundle, candidates: Pool) -> None:
    none = candidates.candidates.traits.with_columns(country=pl.lit(None, dtype=pl.String))
    known = [50.0] * (MANY - 3) + [None] * 3
    found = at_risk(replace(candidates, candidates=replace(candidates.candidates, traits=none)), known)
    asked = {**BRIEF, "countries": ["de"], "audience_countries": ["de"], "max_risk": 90}
    assert ranked(bundle, found, asked).notes == (
        f"countries: not known of any of the {MANY} creators scored, and nobody is left out for that.",
        f"max_risk: not known of 3 of the {MANY} creators scored, and nobody is left out for that.",
        NO_AUDIENCE_KNOWN,
    )
    assert ranked(bundle, at_risk(candidates, [50.0] * MANY), {**BRIEF, "max_risk": 90}).notes == ()


def words_of(text: str) -> set[str]:
    return set(told_words(pl.Series([text]))["term"])


def test_what_is_not_said_has_its_part_in_the_sum(bundle: FitBundle, candidates: Pool) -> None:
    found = ranked(bundle, candidates, {"brief_id": "b", "text": "cake"}, reasons=20).results
    unsaid = [reason for one in found for reason in one.reasons if reason.value is None]
    assert unsaid
    assert all(reason.log_odds and reason.points for reason in unsaid)


def test_reasons_add_up_and_name_the_words_that_matched(bundle: FitBundle, tables: Tables, candidates: Pool) -> None:
    caption = tables.posts["caption"].drop_nulls()[0]
    found = ranked(bundle, candidates, {"brief_id": "b", "text": caption}, reasons=20).results
    asked = words_of(caption) - function_words()
    documents = creator_documents(tables)
    said = {
        signal: dict(documents.select("creator_id", column).iter_rows())
        for signal, column in (("words", "text"), ("hashtags", "hashtags"))
    }
    assert all(one.reasons for one in found[:20])
    assert not any(one.reasons for one in found[20:])
    for one in found[:20]:
        log_odds = one.base_log_odds + sum(reason.log_odds for reason in one.reasons)
        assert log_odds == pytest.approx(float(logit(np.array(one.fit_before_risk / 100))), abs=1e-9)
        points = one.base_fit + sum(reason.points for reason in one.reasons)
        assert points == pytest.approx(one.fit_before_risk, abs=1e-9)
        for reason in one.reasons:
            if reason.signal == "brand_topics":
                assert set(reason.matched_terms) <= words_of(said["words"][one.creator_id]) - function_words()
                continue
            shared = asked & words_of(said[reason.signal][one.creator_id]) if reason.signal in said else set()
            assert set(reason.matched_terms) <= shared
            assert bool(reason.matched_terms) == bool(shared)
    leaning = [reason.matched_terms for one in found[:20] for reason in one.reasons if reason.signal == "brand_topics"]
    assert all(leaning)
    assert len(set(leaning)) > len(leaning) / 2


def test_the_first_are_quoted_by_posts_that_hold_the_briefs_words(
    bundle: FitBundle, tables: Tables, candidates: Pool
) -> None:
    of_blazers = tables.posts.filter(pl.col("caption").str.contains("blazer"))
    author, caption = of_blazers.select("creator_id", "caption").row(0)
    found = ranked(bundle, candidates, {"brief_id": "b", "text": caption}, reasons=40).results
    own = next(one for one in found if one.creator_id == author)
    assert own.rank <= 40
    said = {
        (row["creator_id"], row["post_id"]): f"{row['caption']} {row['alt_text']}".lower()
        for row in tables.posts.iter_rows(named=True)
    }
    assert own.quoted_posts
    for one in found[:40]:
        assert len(one.quoted_posts) <= 3
        for post in one.quoted_posts:
            assert post.matched_terms
            assert all(term in said[one.creator_id, post.post_id] for term in post.matched_terms)
            assert any(term in str(caption).lower() for term in post.matched_terms)
    assert not any(one.quoted_posts or one.past_brands for one in found[40:])


def test_an_answer_is_what_it_is_after_a_round_trip(bundle: FitBundle, candidates: Pool) -> None:
    asked = {**BRIEF, "audience_countries": ["de"], "set_size": 3, "max_overlap": 0.2, "exclude_brands": ["acme"]}
    found = ranked(bundle, candidates, asked, reasons=MANY, model=Versions(fit="1", index="2"))
    assert Rankings.model_validate_json(found.model_dump_json()) == found
    assert found.model == Versions(fit="1", index="2")
    assert found.considered == MANY


def test_asking_for_more_reasons_or_places_than_there_are_gives_what_there_is(
    bundle: FitBundle, candidates: Pool
) -> None:
    few = replace(shuffled(candidates, [3]), considered=1)
    [one] = ranked(bundle, few, reasons=50, top=50).results
    assert one.reasons
    assert one.why_above_next == ()
    assert len(ranked(bundle, candidates, top=7, reasons=50).results) == 7


@pytest.mark.parametrize("text", [None, "", "zzzzqqqq", "ยินดีต้อนรับ", "🎉", "a", "\x00", "word " * 50_000])
def test_any_text_gets_an_answer(bundle: FitBundle, candidates: Pool, text: str | None) -> None:
    found = ranked(bundle, candidates, {"brief_id": "b", "text": text}, reasons=3).results
    assert len(found) == MANY
    assert all(0 <= one.fit_score <= 100 for one in found)


def test_a_brief_that_says_little_is_told_so(bundle: FitBundle, candidates: Pool) -> None:
    assert ranked(bundle, candidates, {"brief_id": "b"}).notes == (NOTHING_SAID,)
    assert ranked(bundle, candidates, {"brief_id": "b", "text": "!!"}).notes == (NOTHING_KNOWN,)
    assert ranked(bundle, candidates, {"brief_id": "b", "text": "🎉"}).notes == (ONLY_MARKS_KNOWN,)
    assert "no word" in ranked(bundle, candidates, {"brief_id": "b", "text": "zzzqqq"}).notes[0]
    known = candidates.candidates.creator_ids[0]
    asked = {**BRIEF, "niches": ["fitness", "sabrage"], "example_creators": [known, "nobody", "noone", "nobody"]}
    niche, examples = ranked(bundle, candidates, asked).notes
    assert "sabrage" in niche
    assert "fitness" not in niche
    assert examples == "Of 3 example creators in the brief, 2 could not be found."
    assert ranked(bundle, candidates).notes == ()


def test_what_a_brief_does_not_want_finds_nobody_and_is_told(bundle: FitBundle, candidates: Pool) -> None:
    text = "Running shoes for people who train outdoors with friends"
    plain = ranked(bundle, candidates, {"brief_id": "b", "text": f"{text}."})
    found = ranked(bundle, candidates, {"brief_id": "b", "text": f"{text}. No recipes, please no makeup!"}, reasons=0)
    assert [one.fit_score for one in found.results] == [one.fit_score for one in plain.results]
    assert found.notes == ("Read as not wanted, so nobody is found by these words: 'No recipes', 'please no makeup'.",)
    nine = ranked(bundle, candidates, {"brief_id": "b", "text": f"{text}. {'No recipes. ' * 9}"})
    assert nine.notes[0].endswith("'No recipes' and 3 more.")


def test_no_candidates_give_no_rankings(bundle: FitBundle, tables: Tables) -> None:
    found = ranked(bundle, of(bundle, tables.select([])), {**BRIEF, "set_size": 3}, reasons=50)
    assert found.results == ()
    assert found.notes == (NO_CANDIDATES,)
    assert found.set is not None
    assert found.set.members == ()


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
    encoder = replace(
        bundle.encoder, text=space, niches=Niches.none(), past=PastBrands.none(space.words.basis.shape[1])
    )
    own = replace(bundle, encoder=encoder)
    found = of(own, made)
    for name, said in texts.items():
        assert ranked(own, found, {"brief_id": name, "text": " ".join(said)}).results[0].creator_id == name
