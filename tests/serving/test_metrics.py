from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from serving import metrics

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

FIRST_AT_ONCE = """
import sys, threading
from serving import metrics

sys.setswitchinterval(1e-6)
together, failed = threading.Barrier(8), []

def count():
    together.wait()
    try:
        metrics.turned_away(503)
        metrics.refusing(True)
    except Exception as error:
        failed.append(type(error).__name__)

threads = [threading.Thread(target=count) for _ in range(8)]
for one in threads: one.start()
for one in threads: one.join()

from prometheus_client import REGISTRY
print(failed, REGISTRY.get_sample_value("bonafide_turned_away_total", {"status": "503"}))
"""


def test_the_first_who_count_at_once_are_all_counted() -> None:
    done = subprocess.run([sys.executable, "-c", FIRST_AT_ONCE], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] 8.0"


def test_what_a_killed_process_said_of_now_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    dead, own = int(gone.stdout), os.getpid()
    kept = [f"counter_{dead}.db", f"gauge_all_{dead}.db", f"gauge_livemax_{own}.db", f"gauge_livesum_{own}.db"]
    for name in (*kept, f"gauge_livemax_{dead}.db", f"gauge_livesum_{dead}.db"):
        (tmp_path / name).touch()
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    metrics.forget_the_dead()
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(kept)
