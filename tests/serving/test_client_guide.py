"""Everything in docs/client.md is run against a service that is a process of its own, in the page's order."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from tests.serving.test_process import PATIENCE, running

if TYPE_CHECKING:
    from serving.champions.loaded import Loaded

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "client.md"
BLOCKS = re.findall(r"^```(sh|python)\n(.*?)^```", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
COMMANDS = {"sh": ["bash", "-euo", "pipefail", "-c"], "python": [sys.executable, "-c"]}


def test_every_block_of_the_clients_page_works(tmp_path: Path, indexed: Loaded) -> None:
    kinds = [kind for kind, _ in BLOCKS]
    assert kinds.count("python") == 1
    assert kinds.count("sh") >= 6
    told = {}
    with running(tmp_path / "log.txt", indexed.environment()) as client:
        address = str(client.base_url).rstrip("/")
        for kind, block in sorted(BLOCKS, key=lambda one: one[0] == "python"):  # the file of the first is read by it
            script = block.replace("http://127.0.0.1:3000", address)
            command = [*COMMANDS[kind], script]
            done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=PATIENCE)
            assert done.returncode == 0, f"{block}\n{done.stderr}"
            told[block] = done.stdout
    said = "".join(told.values())
    assert '"probability":' in said
    assert '"fakeFollowers"' in said
    assert '"rank":1' in said
    assert '"verdict":"fraud"' in said
    refusal = next(answer for block, answer in told.items() if "myspace" in block)
    assert json.loads(refusal.splitlines()[0])["status"] == 400
    assert "bonafide_model_info" in refusal
    python = next(answer for block, answer in told.items() if "import Client" in block).splitlines()
    assert python[-1].startswith("400 ")
    assert {"mara", "noor"} <= {line.partition(" ")[0] for line in python}
    assert pl.read_parquet(tmp_path / "scores.parquet")["creator_id"].to_list() == ["mara", "noor"]
