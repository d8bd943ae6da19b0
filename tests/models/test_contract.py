from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from features import SIGNALS
from features.errors import ContractError, NotFoundError
from models.contract import CONTRACT, check_signals, described, read_contract, write_contract


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "part").mkdir()
    (tmp_path / "booster.txt").write_text("tree")
    (tmp_path / "part" / "norms.bin").write_bytes(b"\x00\x01")
    write_contract(tmp_path, "fraud", {"trees": 3, "created_at": "2026-01-01T00:00:00Z"})
    return tmp_path


def _edit(folder: Path, **changes: object) -> None:
    contract = json.loads((folder / CONTRACT).read_text())
    (folder / CONTRACT).write_text(json.dumps({**contract, **changes}))


def test_what_was_written_is_read_back(folder: Path) -> None:
    contract = read_contract(folder, "fraud")
    assert contract["trees"] == 3
    assert set(contract["files"]) == {"booster.txt", "part/norms.bin"}  # type: ignore[call-overload]
    assert len(str(contract["version"])) == 12


def test_the_version_follows_the_content_and_not_the_time(tmp_path: Path) -> None:
    def version(name: str, text: str, when: str) -> object:
        (tmp_path / name).mkdir()
        (tmp_path / name / "booster.txt").write_text(text)
        return write_contract(tmp_path / name, "fraud", {"created_at": when})["version"]

    assert version("a", "tree", "2026-01-01") == version("b", "tree", "2027-01-01")
    assert version("c", "tree", "2026-01-01") != version("d", "other", "2026-01-01")


def test_a_missing_folder_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no model folder"):
        read_contract(tmp_path / "nowhere", "fraud")


def test_a_folder_without_a_contract_is_refused(folder: Path) -> None:
    (folder / CONTRACT).unlink()
    with pytest.raises(ContractError, match=r"no contract\.json"):
        read_contract(folder, "fraud")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"kind": "fraud"'])
def test_a_broken_contract_is_refused(folder: Path, text: str) -> None:
    (folder / CONTRACT).write_text(text)
    with pytest.raises(ContractError, match=r"contract\.json"):
        read_contract(folder, "fraud")


def test_a_contract_of_another_kind_is_refused(folder: Path) -> None:
    with pytest.raises(ContractError, match="'fraud', not 'fit'"):
        read_contract(folder, "fit")


def test_an_unknown_format_is_refused(folder: Path) -> None:
    _edit(folder, format=99)
    with pytest.raises(ContractError, match="format 99 is unknown"):
        read_contract(folder, "fraud")


def test_a_changed_file_is_named(folder: Path) -> None:
    (folder / "booster.txt").write_text("another tree")
    with pytest.raises(ContractError, match=r"booster\.txt: not as it was saved"):
        read_contract(folder, "fraud")


def test_a_lost_file_is_named(folder: Path) -> None:
    (folder / "part" / "norms.bin").unlink()
    with pytest.raises(ContractError, match=r"part/norms\.bin: missing"):
        read_contract(folder, "fraud")


def test_a_file_too_many_is_named(folder: Path) -> None:
    (folder / "part" / "extra.py").write_text("")
    with pytest.raises(ContractError, match=r"part/extra\.py: not part of the model"):
        read_contract(folder, "fraud")


def test_a_changed_fact_is_refused(folder: Path) -> None:
    _edit(folder, trees=4)
    with pytest.raises(ContractError, match="was changed after it was written"):
        read_contract(folder, "fraud")


def test_the_same_signals_pass(tmp_path: Path) -> None:
    check_signals(tmp_path, described(SIGNALS), SIGNALS)


def test_signals_that_do_not_match_are_named(tmp_path: Path) -> None:
    first, second, *rest = SIGNALS
    cases = {
        f"expects {first.name}, no longer computed": (second, *rest),
        "does not know brand_new": (*SIGNALS, dataclasses.replace(first, name="brand_new")),
        f"another order, from '{first.name}'": (second, first, *rest),
        f"another definition of {first.name}": (dataclasses.replace(first, unit="furlongs"), second, *rest),
    }
    for message, signals in cases.items():
        with pytest.raises(ContractError, match=message):
            check_signals(tmp_path, described(SIGNALS), signals)
