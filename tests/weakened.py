"""A worse model made of a good one, without training: what a challenger that must not be promoted looks like."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from models.contract import CONTRACT, write_contract
from models.fraud import BOOSTER, MEMBERS, FraudBundle

if TYPE_CHECKING:
    from pathlib import Path


def weakened(bundle: FraudBundle, folder: Path, trees: int = 2) -> FraudBundle:
    """The bundle with its first trees alone, sound in itself."""
    bundle.save(folder)
    (folder / BOOSTER).write_text(bundle.booster.model_to_string(num_iteration=trees))
    for k, member in enumerate(bundle.members):
        (folder / MEMBERS / f"{k}.txt").write_text(member.model_to_string(num_iteration=trees))
    facts = json.loads((folder / CONTRACT).read_text())
    known = {name: value for name, value in facts.items() if name not in ("kind", "format", "version", "files")}
    write_contract(folder, "fraud", known | {"trees": trees})
    return FraudBundle.load(folder)
