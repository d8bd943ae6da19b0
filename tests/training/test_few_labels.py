from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from features.errors import NotFoundError, RecordsError, UsageError
from features.records import Tables
from models.boosters import booster as boosters
from training.audits.label_weights import FACTORS
from training.fraud import fit_fraud, train_fraud
from training.fraud_model.fitting import FittedFraud
from training.fraud_model.recipe import Recipe, Tuning
from training.fraud_model.rows import Source, fraud_rows
from training.simulate import Simulation, simulate
from training.split import groups, held_out


@pytest.fixture(scope="module")
def few() -> Tables:
    """Three hundred audited creators that no other fixture knows."""
    return simulate(330, seed=6).tables


@pytest.fixture(scope="module")
def beside_simulated(few: Tables, tmp_path_factory: pytest.TempPathFactory) -> FittedFraud:
    folder = tmp_path_factory.mktemp("simulated") / "bundle"
    return fit_fraud(few, folder, recipe=Recipe(base="simulated", simulated=120))


@pytest.fixture(scope="module")
def from_champion(few: Tables, fitted_fraud: FittedFraud, tmp_path_factory: pytest.TempPathFactory) -> FittedFraud:
    folder = tmp_path_factory.mktemp("champion") / "bundle"
    return fit_fraud(few, folder, recipe=Recipe(base="champion", simulated=120), champion=fitted_fraud.bundle)


def _titles(fitted: FittedFraud) -> list[str]:
    return [table.title for table in fitted.insights.tables]


@pytest.mark.parametrize("base", ["beside_simulated", "from_champion"])
def test_simulated_creators_are_learnt_from_and_never_judged_by(
    base: str, few: Tables, request: pytest.FixtureRequest
) -> None:
    fitted: FittedFraud = request.getfixturevalue(base)
    real = set(few.creators["creator_id"])
    assert set(fitted.evaluation.predictions["creator_id"]) <= real
    assert set(fitted.insights.doubtful["creator_id"]) <= real
    facts = fitted.bundle.contract.training
    assert int(str(facts["simulated_creators"])) > 100
    folds = sum(fold["rows"] for fold in fitted.insights.folds)
    assert folds == facts["creators_trained_on"] <= len(real)


def test_cross_validation_on_real_audits_chooses_what_they_weigh(beside_simulated: FittedFraud) -> None:
    [ways] = [one for one in beside_simulated.insights.tables if one.title.startswith("Ways to learn")]
    assert {row[1] for row in ways.rows} == set(FACTORS)
    losses = [row[3] for row in ways.rows]
    assert losses == sorted(losses)
    assert beside_simulated.bundle.contract.training["weight_of_a_real_audit"] == ways.rows[0][1]


def test_a_learning_curve_says_what_300_more_audits_would_buy(beside_simulated: FittedFraud) -> None:
    curve = beside_simulated.insights.curve
    assert curve is not None
    assert curve.known == sum(fold["rows"] for fold in beside_simulated.insights.folds)
    gain, low, high = curve.gain()
    assert 0.0 <= low <= gain <= high < 0.5
    assert _titles(beside_simulated)[0] == "What more audits would buy"


def test_from_the_champion_its_trees_and_its_norms_stay(from_champion: FittedFraud, fitted_fraud: FittedFraud) -> None:
    champion, bundle = fitted_fraud.bundle, from_champion.bundle
    assert bundle.context.version == champion.context.version
    assert bundle.contract.training["champion"] == champion.contract.version
    its = champion.contract.training["share_of_fraud"]
    assert bundle.contract.training["share_of_fraud_of_the_champion"] == its
    assert bundle.contract.training["way"] in ("calibrated", "continued")
    assert bundle.contract.trees >= champion.contract.trees
    values = boosters.values(from_champion.tested, champion.names)
    for mine, its in zip((bundle.booster, *bundle.members), (champion.booster, *champion.members), strict=True):
        grown = mine.predict(values, raw_score=True, num_iteration=champion.contract.trees)
        assert np.allclose(grown, its.predict(values, raw_score=True))


def test_from_the_champion_both_ways_are_tried(from_champion: FittedFraud) -> None:
    [ways] = [one for one in from_champion.insights.tables if one.title.startswith("Ways to learn")]
    assert {row[0] for row in ways.rows} == {"calibrated", "continued"}


def test_from_the_champion_the_audited_are_ranked_no_worse_than_by_it(from_champion: FittedFraud) -> None:
    [ways] = [one for one in from_champion.insights.tables if one.title.startswith("Ways to learn")]
    chosen, *others = ways.rows
    assert [row[3] for row in others] == sorted(row[3] for row in others)
    [calibrated] = [row for row in ways.rows if row[0] == "calibrated"]
    assert chosen[4] >= calibrated[4]
    less = [row for row in others if row[4] >= calibrated[4] and (row[0], row[1]) < (chosen[0], chosen[1])]
    least = min(row[3] for row in ways.rows if row[4] >= calibrated[4])
    assert not less or min(row[3] for row in less) > least


def test_audits_of_posts_alone_leave_what_the_champion_says_of_growth(
    few: Tables, fitted_fraud: FittedFraud, tmp_path: Path
) -> None:
    champion = fitted_fraud.bundle
    nothing = {name: few[name].clear() for name in ("comments", "follower_history", "audience")}
    recipe = Recipe(base="champion", simulated=200)
    bundle = fit_fraud(replace(few, **nothing), tmp_path / "bundle", recipe=recipe, champion=champion).bundle
    others = simulate(300, seed=8).tables
    others = replace(others, posts=others.posts.clear(), comments=others.comments.clear())
    signals = champion.signals(others)
    before, after = (one.verdict(signals)["probability"] for one in (champion, bundle))
    assert (after - before).abs().mean() < 0.04


def test_whoever_the_champion_was_tested_on_is_tested_on_again(few: Tables, fitted_fraud: FittedFraud) -> None:
    source = Source(few, fitted_fraud.bundle.context, champion=fitted_fraud.bundle)
    seed = fitted_fraud.bundle.contract.training["seed"]
    rows = fraud_rows(source, int(str(seed)), Recipe(base="champion"))
    group = groups(few)
    kept = set(group.filter(pl.Series(held_out(group["group"], 0)))["creator_id"])
    assert set(rows.tested["creator_id"]) <= kept
    assert not kept & set(rows.learning["creator_id"])


def test_nobody_the_champion_learnt_from_is_tested_on_after_joining_an_agency(
    simulation: Simulation, fitted_fraud: FittedFraud
) -> None:
    champion, tables = fitted_fraud.bundle, simulation.tables
    joined = tables.creators.with_columns(agency="new " + pl.col("creator_id"))
    source = Source(replace(tables, creators=joined), champion.context, champion=champion)
    rows = fraud_rows(source, 0, Recipe(base="champion"))
    assert rows.tested.height
    assert not champion.seen(rows.tested["creator_id"])


def test_undecided_creators_are_learnt_from_twice_and_never_judged(few: Tables, fitted_fraud: FittedFraud) -> None:
    rows = fraud_rows(Source(few, fitted_fraud.bundle.context), 0)
    unsure = rows.learning.filter(~pl.col("judged"))
    assert unsure.height == 2 * unsure["creator_id"].n_unique() > 0
    assert not set(unsure["creator_id"]) & set(rows.learning.filter("judged")["creator_id"])
    verdicts = few.audits.filter(pl.col("creator_id").is_in(unsure["creator_id"].unique().implode()))["verdict"]
    assert set(verdicts) == {"unsure"}


def test_fewer_than_50_of_a_verdict_are_refused_with_what_is_missing(few: Tables, tmp_path: Path) -> None:
    fraud = few.audits.filter(pl.col("verdict") == "fraud").head(45)
    audits = pl.concat([fraud, few.audits.filter(pl.col("verdict") == "genuine")])
    with pytest.raises(RecordsError, match=r"found 45 fraud and \d+ genuine: 5 fraud are missing"):
        fit_fraud(replace(few, audits=audits), tmp_path / "bundle", recipe=Recipe(base="simulated"))


def test_by_time_nothing_starts_from_the_champion(few: Tables, fitted_fraud: FittedFraud, tmp_path: Path) -> None:
    recipe = Recipe(base="champion", split="time")
    with pytest.raises(UsageError, match="split by time"):
        fit_fraud(few, tmp_path / "bundle", recipe=recipe, champion=fitted_fraud.bundle)


def test_a_search_does_not_start_from_the_champion(few: Tables, fitted_fraud: FittedFraud, tmp_path: Path) -> None:
    recipe = Recipe(base="champion", tuning=Tuning(1))
    with pytest.raises(UsageError, match="begins afresh"):
        fit_fraud(few, tmp_path / "bundle", recipe=recipe, champion=fitted_fraud.bundle)


@pytest.mark.usefixtures("tracking_store")
def test_without_a_champion_there_is_nothing_to_start_from(simulation: Simulation) -> None:
    with pytest.raises(NotFoundError, match="no version of bonafide-fraud is in service"):
        train_fraud(simulation.tables, recipe=Recipe(base="champion"))


def test_by_time_the_last_audits_are_tested_on_and_the_contract_says_so(
    simulation: Simulation, fitted_fraud: FittedFraud
) -> None:
    rows = fraud_rows(
        Source(simulation.tables, fitted_fraud.bundle.context), 0, Recipe(split="time", label_delay=timedelta(days=2))
    )
    times = dict(rows.times.iter_rows())
    assert not rows.learning["judged"].all()
    latest = max(times[name] for name in rows.learning["creator_id"])
    first = min(times[name] for name in rows.tested["creator_id"])
    assert first - latest >= timedelta(days=2)
    assert not set(rows.learning["group"]) & set(rows.tested["group"])
