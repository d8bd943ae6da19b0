"""The store of models, as a process sees it while others use it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from models import store

if TYPE_CHECKING:
    import os

    import pytest


def test_a_log_that_goes_while_the_stores_files_are_looked_at_is_as_good_as_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = tmp_path / "mlflow.db"
    database.write_bytes(b"models")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{database}")
    alone, stat = store.stamp(), Path.stat
    log = tmp_path / "mlflow.db-wal"
    log.write_bytes(b"changes")
    both = store.stamp()
    assert both != alone

    def last_look(path: Path, **options: Any) -> os.stat_result:
        found = stat(path, **options)
        if path == log:
            log.unlink()
        return found

    monkeypatch.setattr(Path, "stat", last_look)
    assert [store.stamp(), store.stamp()] == [both, alone]
