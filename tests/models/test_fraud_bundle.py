from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pandas as pd
import polars as pl
import pytest
import shap
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logit

import features
from features import COVERAGE
from features.errors import ContractError, UsageError
from features.signal import Family
from models.boosters import booster as boosters
from models.contract import CONTRACT, write_contract
from models.fraud import FraudBundle
from models.verdicts.fraud_calibration import comments_alone
from models.verdicts.verdict import VERDICT
from training.fraud_model.fitting import FittedFraud
from training.simulate import Simulation


@pytest.fixture(scope="module")
def bundle(fitted_fraud: FittedFraud) -> FraudBundle:
    return fitted_fraud.bundle


@pytest.fixture(scope="module")
def signals(bundle: FraudBundle, simulation: Simulation) -> pl.DataFrame:
    return bundle.signals(simulation.tables)


@pytest.fixture
def copy(bundle: FraudBundle, tmp_path: Path) -> Path:
    folder = tmp_path / "copy"
    bundle.save(folder)
    return folder


def _random_rows(bundle: FraudBundle, seed: int, rows: int = 20) -> pl.DataFrame:
    """Signals far beyond the usual, a third of them unknown, and of every other row all of growth and audience."""
    rng = np.random.default_rng(seed)
    values = rng.standard_t(2, (rows, len(bundle.names))) * rng.choice([0.1, 1.0, 100.0], (rows, 1))
    values[rng.random(values.shape) < 0.33] = np.nan
    followers = [signal.family in (Family.GROWTH, Family.AUDIENCE) for signal in bundle.definitions]
    values[np.ix_(np.arange(rows) % 2 == 1, followers)] = np.nan
    return pl.DataFrame(values, schema=dict.fromkeys(bundle.names, pl.Float64), nan_to_null=True).with_columns(
        pl.Series("creator_id", [f"c{k}" for k in range(rows)]), *(pl.lit(200).alias(name) for name in COVERAGE)
    )


@settings(max_examples=15)
@given(st.integers(0, 10**6))
def test_contributions_add_up_to_the_log_odds_and_points_to_the_risk(bundle: FraudBundle, seed: int) -> None:
    rows = _random_rows(bundle, seed)
    verdict, explanation = bundle.verdict(rows), bundle.explain(rows)
    summed = bundle.base_log_odds + explanation.log_odds.sum(axis=1)
    np.testing.assert_allclose(summed, logit(verdict["probability"].to_numpy()), atol=1e-9, rtol=0)
    points = bundle.base_risk + explanation.points.sum(axis=1)
    np.testing.assert_allclose(points, verdict["risk_score"].to_numpy(), atol=1e-7, rtol=0)


@settings(max_examples=15)
@given(st.integers(0, 10**6))
def test_the_interval_contains_the_probability(bundle: FraudBundle, seed: int) -> None:
    verdict = bundle.verdict(_random_rows(bundle, seed))
    assert (
        verdict.select((pl.col("lo") <= pl.col("probability")) & (pl.col("probability") <= pl.col("hi")))
        .to_series()
        .all()
    )
    assert verdict["lo"].min() >= 0  # type: ignore[operator]  # never null here
    assert verdict["hi"].max() <= 1  # type: ignore[operator]  # never null here


def test_comments_that_stand_alone_are_calibrated_by_themselves(bundle: FraudBundle) -> None:
    rows = _random_rows(bundle, 1)
    assert comments_alone(boosters.values(rows, bundle.names)).sum() == rows.height // 2
    steeper = replace(bundle, contract=bundle.contract.model_copy(update={"steeper": 2.0}))
    usual = replace(bundle, contract=bundle.contract.model_copy(update={"steeper": 1.0}))
    further, before = (one.explain(rows).log_odds for one in (steeper, usual))
    np.testing.assert_allclose(further, before * np.where(np.arange(rows.height) % 2 == 1, 2.0, 1.0)[:, None])
    log_odds = bundle.base_log_odds + further.sum(axis=1)
    np.testing.assert_allclose(log_odds, logit(steeper.verdict(rows)["probability"].to_numpy()), atol=1e-9, rtol=0)
    assert steeper.risk(rows)["risk_score"].equals(steeper.verdict(rows)["risk_score"])


def test_shap_agrees_with_the_contributions(bundle: FraudBundle, signals: pl.DataFrame) -> None:
    rows = boosters.matrix(signals.head(20), bundle.names)
    explainer = shap.TreeExplainer(bundle.booster)
    explainer.model.model_type = "internal"  # else shap calls LightGBM's own contributions
    explained = explainer(rows)
    raw = boosters.contributions(bundle.booster, rows)
    np.testing.assert_allclose(raw[:, :-1], explained.values, atol=1e-9)
    np.testing.assert_allclose(raw[:, -1], explained.base_values, atol=1e-9)


def test_one_creator_alone_gets_the_same_bits_as_among_many(bundle: FraudBundle, signals: pl.DataFrame) -> None:
    together = bundle.verdict(signals)
    alone = pl.concat([bundle.verdict(signals[k]) for k in range(0, 60, 3)])
    assert together[list(range(0, 60, 3))].equals(alone)


def test_a_verdict_has_the_columns_that_score_writes(bundle: FraudBundle, signals: pl.DataFrame) -> None:
    verdict = bundle.verdict(signals)
    assert tuple(verdict.columns) == VERDICT
    assert verdict["creator_id"].equals(signals["creator_id"])


def test_a_risk_alone_is_that_of_the_verdict(bundle: FraudBundle, simulation: Simulation) -> None:
    tables = simulation.tables
    risk = bundle.risk(features.build(bundle.scored(tables), bundle.context))
    assert risk.equals(bundle.verdict(bundle.signals(tables)).select(risk.columns))
    assert risk["band"].null_count() > 0


def test_without_enough_data_there_is_no_answer(bundle: FraudBundle) -> None:
    rows = _random_rows(bundle, 0, 2).with_columns(
        posts_counted=pl.Series([4, 5]),
        comments_counted=pl.Series([19, 0]),
        history_days=pl.Series([27, 0]),
        followers_sampled=pl.Series([99, 0]),
    )
    short, enough = bundle.verdict(rows).iter_rows(named=True)
    assert short["state"] == "insufficient_data"
    assert short["decision"] == "need_data"
    assert [short[name] for name in ("probability", "lo", "hi", "risk_score", "band")] == [None] * 5
    assert enough["state"] == "low_confidence"
    assert enough["probability"] is not None


def test_no_creator_at_all_gives_no_verdict(bundle: FraudBundle, signals: pl.DataFrame) -> None:
    assert bundle.verdict(signals.clear()).height == 0
    assert bundle.explain(signals.clear()).log_odds.shape == (0, len(bundle.names))


def test_a_saved_bundle_answers_the_same(bundle: FraudBundle, copy: Path, signals: pl.DataFrame) -> None:
    again = FraudBundle.load(copy)
    assert again.contract == bundle.contract
    assert again.verdict(signals).equals(bundle.verdict(signals))


def test_other_norms_can_take_the_place_of_the_pinned_ones(bundle: FraudBundle, simulation: Simulation) -> None:
    from features.context import build

    other = build(simulation.tables)
    assert bundle.with_context(other).context.version == other.version
    assert bundle.context.version == bundle.contract.norms_version


def test_norms_of_an_earlier_version_are_refused(bundle: FraudBundle) -> None:
    norms = bundle.context.norms
    renamed = norms.with_columns(pl.col("signal").replace(norms["signal"][0], "charm"))
    with pytest.raises(ContractError, match="norms of charm, no longer computed; build it again with"):
        bundle.with_context(replace(bundle.context, norms=renamed))


def test_a_truncated_booster_is_refused(copy: Path) -> None:
    text = (copy / "booster.txt").read_text()
    (copy / "booster.txt").write_text(text[: len(text) // 2])
    with pytest.raises(ContractError, match=r"booster\.txt"):
        FraudBundle.load(copy)


@pytest.mark.parametrize("lost", ["booster.txt", "members/0.txt", "context/norms.parquet", CONTRACT])
def test_a_lost_file_is_refused(copy: Path, lost: str) -> None:
    (copy / lost).unlink()
    with pytest.raises(ContractError, match=Path(lost).name):
        FraudBundle.load(copy)


def _rewritten(copy: Path, **changes: object) -> Path:
    """The contract written anew, hashes and all, as if the training had said so."""
    contract = json.loads((copy / CONTRACT).read_text())
    (copy / CONTRACT).unlink()
    facts = {name: value for name, value in contract.items() if name not in ("kind", "format", "version", "files")}
    write_contract(copy, "fraud", {**facts, **changes})
    return copy


def test_signals_in_another_order_are_refused(copy: Path, bundle: FraudBundle) -> None:
    first, second, *rest = bundle.contract.signals
    with pytest.raises(ContractError, match="another order"):
        FraudBundle.load(_rewritten(copy, signals=[second, first, *rest]))


def test_a_renamed_signal_is_refused(copy: Path, bundle: FraudBundle) -> None:
    first, *rest = bundle.contract.signals
    with pytest.raises(ContractError, match="expects charm, no longer computed"):
        FraudBundle.load(_rewritten(copy, signals=[{**first, "name": "charm"}, *rest]))


def test_a_booster_of_other_signals_is_refused(copy: Path) -> None:
    rows = pd.DataFrame({"charm": np.arange(100.0)})
    other = lgb.train({"verbosity": -1}, lgb.Dataset(rows, np.arange(100.0) > 50), 3)
    (copy / "booster.txt").write_text(other.model_to_string())
    with pytest.raises(ContractError, match="features are not the signals"):
        FraudBundle.load(_rewritten(copy))


def test_a_contract_that_lacks_a_fact_is_refused(copy: Path) -> None:
    with pytest.raises(ContractError, match="calibration"):
        FraudBundle.load(_rewritten(copy, calibration={"slope": "steep"}))


def test_an_unknown_profile_is_refused(copy: Path) -> None:
    with pytest.raises(ContractError, match="no profile 'harsh'"):
        FraudBundle.load(_rewritten(copy, profile="harsh"))


def test_saving_leaves_nothing_half_written(bundle: FraudBundle, tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "file").touch()
    with pytest.raises(OSError, match="not empty"):
        bundle.save(tmp_path / "taken")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]
    shutil.rmtree(tmp_path / "taken")


def test_a_profile_moves_the_cut_offs_alone(bundle: FraudBundle, signals: pl.DataFrame) -> None:
    usual, strict = bundle.verdict(signals), bundle.with_profile("strict").verdict(signals)
    alike = ["creator_id", "state", "probability", "lo", "hi", "risk_score"]
    assert usual.select(alike).equals(strict.select(alike))
    assert (usual["band"] == "low").sum() > (strict["band"] == "low").sum()
    with pytest.raises(UsageError, match="no profile 'harsh'"):
        bundle.with_profile("harsh")


def test_a_bundle_knows_whom_it_was_trained_on(fitted_fraud: FittedFraud, simulation: Simulation) -> None:
    bundle = fitted_fraud.bundle
    creators = simulation.tables.creators["creator_id"].to_list()
    assert len(bundle.seen(creators)) >= bundle.contract.training["creators_trained_on"]  # type: ignore[operator]  # a count
    assert bundle.seen([*fitted_fraud.tested["creator_id"], "nobody"]) == []
    assert not any(name in (bundle.folder / "trained_on.json").read_text() for name in creators)


def test_a_bundle_carries_what_its_signals_looked_like(bundle: FraudBundle) -> None:
    assert list(bundle.reference.signals) == bundle.names
    assert {one.rows for one in bundle.reference.signals.values()} == {bundle.reference.score.rows}
    assert bundle.reference.score.rows > 100
    assert bundle.reference.score.missing == 0
