from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from features.errors import NotFoundError
from models.settings import get_settings
from serving.champions.loaded import load

if TYPE_CHECKING:
    from pathlib import Path

    from serving.champions.loaded import Loaded


@pytest.fixture(autouse=True)
def nothing_registered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BONAFIDE_HOME", str(tmp_path / "home"))
    for name in (
        "MLFLOW_TRACKING_URI",
        "BONAFIDE_FRAUD_MODEL",
        "BONAFIDE_FIT_MODEL",
        "BONAFIDE_INDEX",
        "BONAFIDE_PINNED",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("BONAFIDE_BRAND_SAFETY", raising=False)


def put(monkeypatch: pytest.MonkeyPatch, settings: dict[str, str]) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)


def test_what_is_pinned_is_what_another_process_loads(loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, loaded.environment())
    again = load(get_settings())
    assert again.fraud.contract == loaded.fraud.contract
    assert again.fit is not None
    assert loaded.fit is not None
    assert again.fit.contract == loaded.fit.contract
    assert again.shelf.folder == loaded.shelf.folder
    assert again.policy.label == loaded.policy.label


def test_a_keyword_policy_of_ones_own_is_pinned_too(
    loaded: Loaded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = '[[category]]\nname = "tea"\nabout = "Tea."\nwords = { en = ["tea"] }\n'
    (tmp_path / "own.toml").write_text(f'name = "own"\nversion = "7"\n{own}')
    put(monkeypatch, {"BONAFIDE_FRAUD_MODEL": str(loaded.fraud.folder)})
    put(monkeypatch, {"BONAFIDE_BRAND_SAFETY": str(tmp_path / "own.toml")})
    found = load(get_settings())
    assert (found.policy.label, found.policy.keywords.hits(["green tea"])) == ("own 7", [{"tea"}])
    assert found.environment()["BONAFIDE_BRAND_SAFETY"] == str(tmp_path / "own.toml")


def test_the_index_lies_in_the_home_unless_it_is_named(
    loaded: Loaded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(monkeypatch, {"BONAFIDE_FRAUD_MODEL": str(loaded.fraud.folder)})
    assert load(get_settings()).shelf.folder == tmp_path / "home" / "index"
    put(monkeypatch, {"BONAFIDE_INDEX": str(tmp_path / "elsewhere")})
    assert load(get_settings()).shelf.folder == tmp_path / "elsewhere"


def test_a_service_without_a_fit_model_is_a_service(loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, {"BONAFIDE_FRAUD_MODEL": str(loaded.fraud.folder)})
    assert load(get_settings()).fit is None


def test_a_fit_model_that_was_named_must_be_there(loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, {"BONAFIDE_FRAUD_MODEL": str(loaded.fraud.folder), "BONAFIDE_FIT_MODEL": "nowhere"})
    with pytest.raises(NotFoundError, match="nowhere"):
        load(get_settings())


def test_without_a_fraud_model_there_is_no_service() -> None:
    with pytest.raises(NotFoundError, match="train fraud"):
        load(get_settings())
