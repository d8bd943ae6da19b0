"""The service holds to its own OpenAPI document, and a run that finds something is one that fails."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.serving.fuzz import fuzz
from tests.serving.test_process import running

if TYPE_CHECKING:
    from pathlib import Path

    from serving.champions.loaded import Loaded


@pytest.mark.parametrize("seed", [20_261_128])
def test_what_the_document_allows_is_answered_as_it_says_and_what_it_forbids_is_refused(
    tmp_path: Path, indexed: Loaded, seed: int
) -> None:
    with running(tmp_path / "log.txt", indexed.environment()) as client:
        address = str(client.base_url).rstrip("/")
        done = fuzz(address, 12, seed, phases=("examples", "fuzzing", "stateful"), folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    cases = re.search(r"(\d+) generated", done.stdout)
    assert cases is not None
    assert int(cases[1]) >= 200
