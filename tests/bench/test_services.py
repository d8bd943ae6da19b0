"""Services that a benchmark starts at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parents[2] / "bench"


def test_no_port_is_given_out_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCH))
    import services

    with ThreadPoolExecutor(8) as threads:
        ports = list(threads.map(lambda _: services.free_port(), range(600)))
    assert len(set(ports)) == 600
