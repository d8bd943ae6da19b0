from __future__ import annotations

from pathlib import Path

import pytest

from features.errors import NotFoundError, UsageError
from models import loading, promotion, registry
from tests.models.versions import aliases, register
from training.fraud_model.fitting import FittedFraud


def test_nothing_registered_says_what_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BONAFIDE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert registry.list_models() == []
    with pytest.raises(NotFoundError, match="run `bonafide demo` or `bonafide train fraud --promote`"):
        loading.load_fraud()
    assert not (tmp_path / "home").exists()


def test_versions_are_registered_promoted_and_found_again(
    fitted_fraud: FittedFraud, tracking_store: Path, tmp_path: Path
) -> None:
    first = register(fitted_fraud, tmp_path / "files")
    assert (first.version, first.champion) == (1, True)
    second = register(fitted_fraud, tmp_path / "files")
    assert (second.version, second.champion) == (2, False)
    assert aliases() == {1: ("champion",), 2: ()}

    promotion.promote(second.address)
    assert aliases() == {1: ("previous",), 2: ("champion",)}
    promotion.promote(second.address)
    assert aliases() == {1: ("previous",), 2: ("champion",)}
    third = register(fitted_fraud, tmp_path / "files", promote=True)
    assert third.champion
    assert aliases() == {1: (), 2: ("previous",), 3: ("champion",)}

    shown = registry.show_model("models:/bonafide-fraud@champion")
    assert (shown.version, shown.metrics, shown.tags["data_hash"]) == (3, {"auc": 0.9}, "0")
    for address in (None, "models:/bonafide-fraud@previous", "models:/bonafide-fraud/1"):
        assert loading.load_fraud(address).contract.version == fitted_fraud.bundle.contract.version
    assert (tracking_store / "artifacts").is_dir()

    with pytest.raises(NotFoundError, match="no model models:/bonafide-fraud/9"):
        loading.load_fraud("models:/bonafide-fraud/9")
    with pytest.raises(NotFoundError, match="bonafide train fit"):
        loading.resolve(None, registry.FIT)
    with pytest.raises(UsageError, match="not a version of bonafide-fit"):
        loading.resolve(third.address, registry.FIT)
    with pytest.raises(UsageError, match="not an address"):
        promotion.promote("bonafide-fraud")
