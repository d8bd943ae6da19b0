from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from features.errors import RecordsError
from features.records import Tables
from models import registry
from models.fraud import FraudBundle
from tests.weakened import weakened
from training.comparisons.comparison import Comparison, compare, log_comparison, recorded
from training.comparisons.gates import read_gates, unmet
from training.fraud_model.fitting import FittedFraud
from training.simulate import Simulation, simulate
from training.tracking import track


@pytest.fixture(scope="module")
def test_set() -> Tables:
    return simulate(600, seed=77).tables


@pytest.fixture(scope="module")
def weak(fitted_fraud: FittedFraud, tmp_path_factory: pytest.TempPathFactory) -> FraudBundle:
    return weakened(fitted_fraud.bundle, tmp_path_factory.mktemp("weak") / "bundle")


@pytest.fixture(scope="module")
def worse(fitted_fraud: FittedFraud, weak: FraudBundle, test_set: Tables) -> Comparison:
    return compare(weak, fitted_fraud.bundle, test_set)


def test_a_worse_challenger_fails_gates_and_a_better_one_passes(
    fitted_fraud: FittedFraud, weak: FraudBundle, worse: Comparison, test_set: Tables
) -> None:
    failed = {gate.name for gate in unmet(read_gates(), worse.figures)}
    assert "average precision" in failed
    assert "answers" not in failed
    better = compare(fitted_fraud.bundle, weak, test_set)
    assert better.figures["ap/difference"] == pytest.approx(-worse.figures["ap/difference"])
    assert {gate.name for gate in unmet(read_gates(), better.figures)} <= {"speed", "size"}
    assert better.data_hash == worse.data_hash


def test_figures_say_what_was_measured_and_how_it_was_paid_for(worse: Comparison, weak: FraudBundle) -> None:
    figures = worse.figures
    assert worse.challenger == weak.contract.version
    assert figures["ap/difference_lo"] <= figures["ap/difference"] <= figures["ap/difference_hi"] < 0
    assert figures["size/challenger_trees"] == 2
    assert figures["size/ratio"] < 1
    assert figures["latency/challenger_rows_a_second"] > 0
    assert any(row[0].startswith("platform ") for row in worse.tables[1].rows)  # type: ignore[attr-defined]
    assert json.loads(worse.as_json())["figures"]["ap/difference"] == figures["ap/difference"]


def test_a_test_set_that_was_trained_on_is_refused_naming_the_creators(
    fitted_fraud: FittedFraud, weak: FraudBundle, simulation: Simulation
) -> None:
    with pytest.raises(RecordsError, match="was trained on this creator") as refused:
        compare(weak, fitted_fraud.bundle, simulation.tables)
    seen = {problem.ids[0] for problem in refused.value.problems}
    assert seen <= set(simulation.tables.creators["creator_id"])
    left = compare(weak, fitted_fraud.bundle, simulation.tables, unseen_only=True)
    assert left.creators == fitted_fraud.tested.height


def test_the_hash_is_that_of_the_creators_compared_on(
    fitted_fraud: FittedFraud, weak: FraudBundle, worse: Comparison, test_set: Tables
) -> None:
    some = replace(test_set, audits=test_set.audits.head(200))
    assert compare(weak, fitted_fraud.bundle, some).data_hash != worse.data_hash


def test_without_verdicts_there_is_nothing_to_compare_on(
    fitted_fraud: FittedFraud, weak: FraudBundle, test_set: Tables
) -> None:
    unsure = replace(test_set, audits=test_set.audits.with_columns(verdict=pl.lit("unsure")))
    with pytest.raises(RecordsError, match="no creator"):
        compare(weak, fitted_fraud.bundle, unsure)


def test_a_comparison_is_found_again_with_the_challengers_run(
    fitted_fraud: FittedFraud, worse: Comparison, tracking_store: Path, tmp_path: Path
) -> None:
    files = tmp_path / "files"
    files.mkdir()
    tracked = track(
        registry.FRAUD,
        fitted_fraud.bundle.folder,
        inputs=fitted_fraud.bundle.names,
        params={},
        metrics={},
        tags={"data_hash": "0"},
        files=files,
        promote=False,
    )
    found = registry.find(tracked.address)
    assert recorded(found, worse.champion) is None
    log_comparison(found, worse)
    again = recorded(found, worse.champion)
    assert again is not None
    assert (again.figures, again.data_hash) == (dict(worse.figures), worse.data_hash)
    assert recorded(found, "another") is None
    shown = registry.show_model(tracked.address)
    assert shown.metrics["compared/ap/difference"] == worse.figures["ap/difference"]


def test_what_came_after_the_verdict_is_not_judged_by(
    fitted_fraud: FittedFraud, weak: FraudBundle, worse: Comparison, test_set: Tables
) -> None:
    sudden = test_set.posts.with_columns(
        post_id="later " + pl.col("post_id"),
        posted_at=pl.lit(test_set.audits["audited_at"].max()) + pl.duration(days=1),
        likes=pl.lit(10_000_000, pl.Int64),
    )
    later = Tables.from_frames({**dict(test_set.items()), "posts": pl.concat([test_set.posts, sudden])})
    found = compare(weak, fitted_fraud.bundle, later)
    same = [name for name in worse.figures if not name.startswith("latency")]
    assert [found.figures[name] for name in same] == [worse.figures[name] for name in same]
