from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy import sparse

from features import Context
from features.context import build as build_context
from features.errors import RecordsError
from features.records import Tables
from models.loading import load_fit
from models.matching.pairs import PAIR_FEATURE_NAMES
from models.matching.taxonomy import Taxonomy
from models.registry import FIT, show_model
from training.fit import FittedFit, fit_bundle, judged_trials, train_fit
from training.fit_model.brand_fitting import fit_leanings, turned
from training.fit_model.card import card, write_files
from training.fit_model.ranking_figures import retrieval_metrics
from training.fit_model.trials import matched_trials
from training.simulate import Simulation


@pytest.fixture(scope="module")
def tables(simulation: Simulation) -> Tables:
    """The simulated records without the tables that fit does not read."""
    simulated = simulation.tables
    return replace(
        simulated,
        comments=simulated.comments.clear(),
        audience=simulated.audience.clear(),
        follower_history=simulated.follower_history.clear(),
    )


@pytest.fixture(scope="module")
def context(tables: Tables) -> Context:
    return build_context(tables)


@pytest.fixture(scope="module")
def fitted(tables: Tables, context: Context, tmp_path_factory: pytest.TempPathFactory) -> FittedFit:
    return fit_bundle(tables, tmp_path_factory.mktemp("fit") / "bundle", context=context)


def test_a_perfect_ranking_has_perfect_figures() -> None:
    relevance = np.array([3.0, 2.0, 1.0, 0.0, 0.0])
    figures = retrieval_metrics(np.array([5.0, 4.0, 3.0, 2.0, 1.0]), relevance)
    assert figures == {
        "auc": 1.0,
        "ndcg_at_10": 1.0,
        "recall_at_10": 1.0,
        "recall_at_50": 1.0,
        "recall_at_100": 1.0,
        "mrr": 1.0,
    }


def test_figures_of_a_ranking_are_those_worked_out_by_hand() -> None:
    figures = retrieval_metrics(np.array([3.0, 2.0, 1.0]), np.array([0.0, 3.0, 2.0]))
    assert figures["auc"] == 0.0
    assert figures["mrr"] == 0.5
    assert figures["ndcg_at_10"] == pytest.approx((7 / np.log2(3) + 3 / 2) / (7 + 3 / np.log2(3)))


def test_no_brand_is_scored_by_a_model_that_saw_it(fitted: FittedFit) -> None:
    held_out = fitted.held_out
    folds: dict[str, set[int]] = {}
    for one, fold in zip(held_out.judged, held_out.fold.tolist(), strict=True):
        folds.setdefault(one.brand, set()).add(fold)
    assert all(len(found) == 1 for found in folds.values())
    assert len(set(held_out.fold.tolist())) > 1


def test_pairs_that_train_are_judged_or_sampled_and_examples_are_neither(fitted: FittedFit, tables: Tables) -> None:
    matches = tables.matches.filter(pl.col("relevance") > 0)
    ranked: dict[str, list[str]] = {}
    for one in fitted.held_out.judged:
        ranked.setdefault(one.brief_id, []).extend(one.creator_ids.filter(one.relevance > 0).to_list())
        assert (one.weight[one.relevance > 0] == 1).all()
        assert one.mixed[one.relevance > 0].all()
        assert (one.weight[one.mixed] > 0).all()
        assert one.pairs.columns == list(PAIR_FEATURE_NAMES)
    for brief in tables.briefs.filter(pl.col("brief_id").is_in(list(ranked))).to_dicts():
        right = matches.filter(pl.col("brief_id") == brief["brief_id"])["creator_id"]
        assert set(ranked[brief["brief_id"]]) <= set(right) - set(brief["example_creators"] or [])
        assert len(ranked[brief["brief_id"]]) == len(set(ranked[brief["brief_id"]]))


def test_creators_who_are_ranked_were_not_learnt_from(tables: Tables) -> None:
    for trial in matched_trials(tables, seed=0):
        known, candidates = (set(part.creators["creator_id"]) for part in (trial.known, trial.candidates))
        assert not known & candidates
        assert {name for own in trial.tagged.values() for name in own} <= known
        assert {name for one in trial.matched for name in one.grades} <= candidates


def test_brand_topics_that_leave_a_brand_out_do_not_depend_on_who_goes_with_it() -> None:
    rng = np.random.default_rng(0)
    words, grams = (sparse.csr_array(rng.random((40, 12)).astype(np.float32)) for _ in range(2))
    tagged = {"one": range(10), "two": range(10, 20), "three": range(20, 30)}
    found = []
    for own in (range(10), range(5, 12)):
        leanings = fit_leanings(words, grams, {**tagged, "one": own}, {}, seed=0)
        assert leanings is not None
        found.append(turned(leanings.predictions(words, grams), leanings.directions({"one"}))[0])
    np.testing.assert_allclose(found[0] @ found[0].T, found[1] @ found[1].T, atol=1e-4)
    assert fit_leanings(words, grams, {"one": [1, 2]}, {}, seed=0) is None


def test_the_model_beats_the_cosine_on_brands_it_never_saw(fitted: FittedFit) -> None:
    metrics = fitted.bundle.contract.metrics
    assert metrics["auc"] > metrics["baseline_auc"]
    assert metrics["pair_auc"] > 0.8
    assert metrics["pair_ece"] < 0.1


def test_the_same_data_and_seed_give_the_same_model(fitted: FittedFit, tables: Tables, tmp_path: Path) -> None:
    again = fit_bundle(tables, tmp_path / "again", context=fitted.bundle.encoder.context).bundle
    assert again.booster.model_to_string() == fitted.bundle.booster.model_to_string()
    assert again.contract.metrics == fitted.bundle.contract.metrics


@pytest.mark.parametrize("absent", ["briefs", "matches"])
def test_without_briefs_or_matches_there_is_nothing_to_learn(tables: Tables, tmp_path: Path, absent: str) -> None:
    lacking = replace(tables, **{absent: tables[absent].clear()})
    with pytest.raises(RecordsError, match="at least two brands"):
        fit_bundle(lacking, tmp_path / "bundle")
    assert not (tmp_path / "bundle").exists()


def test_labels_of_no_niche_are_refused_before_any_work(tables: Tables, tmp_path: Path) -> None:
    wrong = replace(tables, niches=tables.niches.head(40).with_columns(niche=pl.lit("no such niche")))
    seen: list[tuple[int, int]] = []
    with pytest.raises(RecordsError, match="the taxonomy does not have this niche"):
        fit_bundle(wrong, tmp_path / "bundle", taxonomy=Taxonomy.default(), progress=lambda *step: seen.append(step))
    assert seen == []


def test_training_works_without_niche_labels_and_with_briefs_that_match_positives_only(
    tables: Tables, context: Context, tmp_path: Path
) -> None:
    fitted = fit_bundle(
        replace(tables, niches=tables.niches.clear(), matches=tables.matches.filter(pl.col("relevance") >= 2)),
        tmp_path / "bundle",
        context=context,
    )
    assert fitted.bundle.encoder.niches.names == ()
    assert 0 < fitted.bundle.contract.metrics["relevant_share"] < 0.5


def test_the_card_compares_with_the_baseline(fitted: FittedFit) -> None:
    text = card(fitted.bundle)
    assert fitted.bundle.contract.version in text
    assert "| mrr |" in text


def test_the_card_tells_what_was_learnt_from_apart_from_what_was_judged(
    fitted: FittedFit, tables: Tables, context: Context
) -> None:
    text, metrics = " ".join(card(fitted.bundle).split()), fitted.bundle.contract.metrics
    judged = judged_trials(matched_trials(tables, 0), context, 0)
    learnt = sum(int(np.count_nonzero(one.weight)) for one in judged)
    assert learnt > metrics["pairs"]
    assert f"on {learnt} pairs of {len(judged)} briefs;" in text
    assert f"judged on {metrics['pairs']:.0f} pairs mixed as above" in text


def test_the_pictures_are_of_fit_and_not_of_fraud(fitted: FittedFit, tmp_path: Path) -> None:
    write_files(fitted.bundle, fitted.held_out, tmp_path / "files")
    for name in ("precision_recall", "calibration"):
        drawn = (tmp_path / "files" / f"{name}.svg").read_text("utf-8")
        assert "share that fits" in drawn
        assert "brands held out" in drawn
        assert "fraud" not in drawn


def test_training_registers_a_champion_once(tables: Tables, context: Context, tracking_store: Path) -> None:
    steps: list[tuple[int, int]] = []
    first = train_fit(tables, context=context, progress=lambda done, total: steps.append((done, total)))
    assert (first.version, first.champion, first.address) == (1, True, f"models:/{FIT}/1")
    assert steps[-1][0] == steps[-1][1]
    assert load_fit().contract.metrics == first.metrics
    assert show_model(first.address).metrics["auc"] == pytest.approx(first.metrics["auc"])
