"""Processes are started before anything else is loaded."""

from __future__ import annotations

import subprocess
import sys


def test_what_starts_processes_needs_none_of_their_libraries() -> None:
    code = "import sys; from models import plan, processes; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"features", "numpy", "polars", "pydantic"} & {*done.stdout.split()}
