"""Ways in which a stored model is damaged, and what is said of each."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def truncated_booster(folder: Path) -> None:
    booster = folder / "booster.txt"
    booster.write_bytes(booster.read_bytes()[:2000])


def truncated_booster_with_its_hash(folder: Path) -> None:
    from models.contract import CONTRACT, write_contract

    truncated_booster(folder)
    facts = json.loads((folder / CONTRACT).read_text())
    write_contract(folder, "fraud", {k: v for k, v in facts.items() if k not in ("kind", "format", "version", "files")})


def edited_contract(folder: Path) -> None:
    path = folder / "contract.json"
    path.write_text(path.read_text().replace('"slope": ', '"slope": 1'))


def missing_norms(folder: Path) -> None:
    shutil.rmtree(folder / "context")


def wrong_hash(folder: Path) -> None:
    path = folder / "contract.json"
    facts = json.loads(path.read_text())
    facts["files"]["booster.txt"] = "0" * 64
    path.write_text(json.dumps(facts))


DAMAGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "truncated booster": (truncated_booster, "booster.txt: not as it was saved"),
    "truncated booster, sound hash": (truncated_booster_with_its_hash, "booster.txt: LightGBM cannot read it"),
    "edited contract": (edited_contract, "contract.json was changed after it was written"),
    "missing norms": (missing_norms, r"context/norms.parquet.*: missing"),
    "wrong hash": (wrong_hash, "booster.txt: not as it was saved"),
}
