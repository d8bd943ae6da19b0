from __future__ import annotations

import os
from pathlib import Path
from typing import get_args

import pytest
from pydantic import ValidationError

from features.errors import UsageError
from models.settings import TELEMETRY, ProfileName, get_settings, telemetry_off
from models.verdicts.decision import PROFILES


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("BONAFIDE_", "MLFLOW_")) or name in TELEMETRY]:
        monkeypatch.delenv(name)


def test_everything_lies_in_one_folder_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = get_settings()
    assert settings.tracking_uri == f"sqlite:///{tmp_path.resolve()}/.bonafide/mlflow.db"
    assert settings.artifact_root == (tmp_path.resolve() / ".bonafide" / "artifacts").as_uri()
    assert settings.index_folder == tmp_path.resolve() / ".bonafide" / "index"


def test_mlflows_own_address_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://tracking:5000")
    assert get_settings().tracking_uri == "http://tracking:5000"
    assert get_settings().artifact_root is None


def test_settings_are_read_from_the_environment_and_do_not_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BONAFIDE_PORT", "8080")
    settings = get_settings()
    assert settings.port == 8080
    with pytest.raises(ValidationError):
        settings.port = 1  # type: ignore[misc]  # that it is refused is what is tested


def test_a_setting_that_makes_no_sense_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BONAFIDE_PORT", "seventy")
    monkeypatch.setenv("BONAFIDE_POLL", "-1")
    with pytest.raises(UsageError, match=r"^BONAFIDE_PORT: .*; BONAFIDE_POLL: .* greater than 0$"):
        get_settings()


def test_a_profile_that_there_is_not_is_refused_with_those_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    assert get_args(ProfileName) == tuple(PROFILES)
    monkeypatch.setenv("BONAFIDE_PROFILE", "strict")
    assert get_settings().profile == "strict"
    monkeypatch.setenv("BONAFIDE_PROFILE", "brave")
    with pytest.raises(UsageError, match=r"^BONAFIDE_PROFILE: .*'default', 'cautious' or 'strict'$"):
        get_settings()


@pytest.mark.parametrize("inside", ["file", "file/home/deeper"])
def test_a_home_that_can_be_no_folder_is_refused(inside: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BONAFIDE_HOME", inside)
    with pytest.raises(UsageError, match=f"^BONAFIDE_HOME: {tmp_path / 'file'} is no folder"):
        get_settings()
    monkeypatch.setenv("BONAFIDE_HOME", "none/yet")
    assert get_settings().home == Path("none/yet")


def test_telemetry_is_off_unless_somebody_turned_it_on(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in TELEMETRY:
        monkeypatch.setenv(name, "false")
        monkeypatch.delenv(name)
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "false")
    telemetry_off()
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "false"
    assert os.environ["BENTOML_DO_NOT_TRACK"] == "true"
