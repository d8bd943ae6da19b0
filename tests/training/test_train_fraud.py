from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from features.errors import RecordsError
from features.records import Tables
from models import loading
from models.verdicts.calibration import SMALLEST_SLOPE
from training.fraud import fit_fraud, train_fraud
from training.fraud_model.card import model_card
from training.fraud_model.fitting import FittedFraud
from training.simulate import Simulation
from training.split import groups, held_out


def test_the_model_tells_fraud_from_the_genuine(fitted_fraud: FittedFraud) -> None:
    metrics = fitted_fraud.evaluation.metrics
    assert metrics["truth_auc"] > 0.65
    assert metrics["answered"] > 0.9
    assert fitted_fraud.bundle.contract.calibration.slope > SMALLEST_SLOPE
    assert fitted_fraud.bundle.contract.metrics == metrics


def test_nobody_who_is_tested_on_was_trained_on(fitted_fraud: FittedFraud, simulation: Simulation) -> None:
    group = groups(simulation.tables)
    kept = group.filter(pl.Series(held_out(group["group"], 0)))
    assert set(fitted_fraud.tested["group"]) <= set(kept["group"])
    facts = fitted_fraud.bundle.contract.training
    assert facts["creators_tested_on"] == fitted_fraud.tested.height


def test_the_same_data_and_seed_give_the_same_bytes(
    fitted_fraud: FittedFraud, simulation: Simulation, tmp_path: Path
) -> None:
    seen: list[tuple[int, int]] = []
    again = fit_fraud(
        simulation.tables, tmp_path / "again", truth=simulation.truth, progress=lambda *step: seen.append(step)
    )
    assert again.bundle.contract.files == fitted_fraud.bundle.contract.files
    assert again.bundle.contract.version == fitted_fraud.bundle.contract.version
    assert seen == sorted(seen)
    assert seen[-1][0] == seen[-1][1]


def test_the_card_says_how_well_it_does_and_where(fitted_fraud: FittedFraud) -> None:
    bundle = fitted_fraud.bundle
    card = model_card(bundle, fitted_fraud.evaluation, bundle.explain(fitted_fraud.tested))
    assert fitted_fraud.bundle.contract.version in card
    assert f"| AUC | {fitted_fraud.evaluation.metrics['auc']:.3f} |" in card
    assert "| platform | instagram |" in card
    assert "| dose |" in card
    assert "| growth |" in card


def test_too_few_audits_are_refused(simulation: Simulation, tmp_path: Path) -> None:
    few = simulation.tables.select(simulation.tables.creators["creator_id"][:40].to_list())
    with pytest.raises(RecordsError, match="training needs audits"):
        fit_fraud(few, tmp_path / "bundle")


def test_audits_of_creators_without_evidence_are_refused(simulation: Simulation, tmp_path: Path) -> None:
    bare = Tables.from_frames({"creators": simulation.tables.creators, "audits": simulation.tables.audits})
    with pytest.raises(RecordsError, match="enough posts"):
        fit_fraud(bare, tmp_path / "bundle")


def test_training_from_a_folder_registers_a_champion_with_its_files(
    simulation: Simulation, tracking_store: Path, tmp_path: Path
) -> None:
    simulation.write(tmp_path / "data")
    trained = train_fraud(tmp_path / "data")
    assert (trained.version, trained.champion) == (1, True)
    assert trained.address == "models:/bonafide-fraud/1"
    assert loading.load_fraud().folder == trained.bundle
    assert "truth_auc" in trained.metrics
    assert trained.slices.height

    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{tracking_store / 'mlflow.db'}")
    logged = {file.path for file in client.list_artifacts(trained.run_id)}
    assert {
        "model_card.md",
        "slices.csv",
        "predictions.parquet",
        "precision_recall.svg",
        "calibration.svg",
        "signals.svg",
    } <= logged
    run = client.get_run(trained.run_id).data
    assert run.metrics["auc"] == pytest.approx(trained.metrics["auc"])
    assert run.tags["data_hash"] == loading.load_fraud().contract.data_hash
    assert run.params["learning_rate"]
