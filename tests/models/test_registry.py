from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from features.errors import NotFoundError, RegistryError, UsageError
from models import booster as boosters
from models import registry
from training.fraud_fitting import FittedFraud
from training.tracking import Tracked, track


def _register(fitted: FittedFraud, files: Path, *, promote: bool = False) -> Tracked:
    files.mkdir(exist_ok=True)
    (files / "note.md").write_text("a file")
    return track(
        registry.FRAUD,
        fitted.bundle.folder,
        inputs=fitted.bundle.names,
        params={"seed": 0},
        metrics={"auc": 0.9},
        tags={"data_hash": "0"},
        files=files,
        promote=promote,
    )


def _champions() -> dict[int, tuple[str, ...]]:
    return {one.version: one.aliases for one in registry.list_models()}


def test_nothing_registered_says_what_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BONAFIDE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert registry.list_models() == []
    with pytest.raises(NotFoundError, match="run `bonafide demo` or `bonafide train fraud --promote`"):
        registry.load_fraud()
    assert not (tmp_path / "home").exists()


def test_a_folder_is_loaded_without_a_registry(fitted_fraud: FittedFraud, tmp_path: Path) -> None:
    assert registry.load_fraud(fitted_fraud.bundle.folder).contract == fitted_fraud.bundle.contract
    with pytest.raises(NotFoundError, match="no model folder"):
        registry.load_fraud(tmp_path / "nowhere")


def test_versions_are_registered_promoted_and_found_again(
    fitted_fraud: FittedFraud, tracking_store: Path, tmp_path: Path
) -> None:
    first = _register(fitted_fraud, tmp_path / "files")
    assert (first.version, first.champion) == (1, True)
    second = _register(fitted_fraud, tmp_path / "files")
    assert (second.version, second.champion) == (2, False)
    assert _champions() == {1: ("champion",), 2: ()}

    registry.promote(second.address)
    assert _champions() == {1: ("previous",), 2: ("champion",)}
    registry.promote(second.address)
    assert _champions() == {1: ("previous",), 2: ("champion",)}
    third = _register(fitted_fraud, tmp_path / "files", promote=True)
    assert third.champion
    assert _champions() == {1: (), 2: ("previous",), 3: ("champion",)}

    shown = registry.show_model("models:/bonafide-fraud@champion")
    assert (shown.version, shown.metrics, shown.tags["data_hash"]) == (3, {"auc": 0.9}, "0")
    for address in (None, "models:/bonafide-fraud@previous", "models:/bonafide-fraud/1"):
        assert registry.load_fraud(address).contract.version == fitted_fraud.bundle.contract.version
    assert (tracking_store / "artifacts").is_dir()

    with pytest.raises(NotFoundError, match="no model models:/bonafide-fraud/9"):
        registry.load_fraud("models:/bonafide-fraud/9")
    with pytest.raises(NotFoundError, match="bonafide train fit"):
        registry.resolve(None, registry.FIT)
    with pytest.raises(UsageError, match="not a version of bonafide-fit"):
        registry.resolve(third.address, registry.FIT)
    with pytest.raises(UsageError, match="not an address"):
        registry.promote("bonafide-fraud")


@pytest.mark.filterwarnings("ignore:.*Any type hint is inferred:UserWarning")  # MLflow's own, on import
def test_mlflow_itself_gives_the_same_probabilities(
    fitted_fraud: FittedFraud, tracking_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracked = _register(fitted_fraud, tmp_path / "files")
    import mlflow.pyfunc

    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tracking_store / 'mlflow.db'}")
    model = mlflow.pyfunc.load_model(tracked.address)
    rows = boosters.matrix(fitted_fraud.tested, fitted_fraud.bundle.names)
    predicted = model.predict(rows[rows.columns[::-1]])
    np.testing.assert_array_equal(predicted["probability"], fitted_fraud.bundle.probability(rows))
    assert list(model.metadata.signature.inputs.input_names()) == fitted_fraud.bundle.names


def test_files_that_are_gone_are_missed(fitted_fraud: FittedFraud, tracking_store: Path, tmp_path: Path) -> None:
    tracked = _register(fitted_fraud, tmp_path / "files")
    folder = registry.resolve(tracked.address, registry.FRAUD)
    folder.rename(folder.with_name("moved"))
    with pytest.raises(NotFoundError, match="its files are gone"):
        registry.load_fraud()


def test_rolling_back_goes_from_champion_to_champion_to_the_first(
    fitted_fraud: FittedFraud, tracking_store: Path, tmp_path: Path
) -> None:
    for _ in range(3):
        _register(fitted_fraud, tmp_path / "files", promote=True)
    assert registry.rollback(registry.FRAUD).version == 2
    assert _champions() == {1: ("previous",), 2: ("champion",), 3: ()}
    assert registry.rollback(registry.FRAUD).version == 1
    assert _champions() == {1: ("champion",), 2: (), 3: ()}
    with pytest.raises(NotFoundError, match="no champion of bonafide-fraud before"):
        registry.rollback(registry.FRAUD)
    registry.promote("models:/bonafide-fraud/3")
    assert _champions() == {1: ("previous",), 2: (), 3: ("champion",)}
    assert registry.rollback(registry.FRAUD).version == 1


def test_the_challenger_is_one_no_longer_once_it_is_the_champion(
    fitted_fraud: FittedFraud, tracking_store: Path, tmp_path: Path
) -> None:
    _register(fitted_fraud, tmp_path / "files")
    second = _register(fitted_fraud, tmp_path / "files")
    registry.challenge(registry.find(second.address))
    assert _champions() == {1: ("champion",), 2: ("challenger",)}
    found = registry.promote(second.address, {"forced": "a reason"})
    assert _champions() == {1: ("previous",), 2: ("champion",)}
    assert found.tags["forced"] == "a reason"
    assert found.tags["promoted_at"].startswith("20")


def test_a_store_that_cannot_be_reached_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://user:secret@127.0.0.1:9")
    with pytest.raises(RegistryError, match=r"the store of models, http://127\.0\.0\.1:9, cannot be used") as error:
        registry.load_fraud()
    assert "\n" not in str(error.value)
