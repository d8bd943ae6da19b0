"""A model's folder and its contract: what is in it, by which hash, and for which signals.

`contract.json` lists the SHA-256 of every other file of the folder. The `version` in it is the hash of
all the rest but `created_at`, so that a folder names itself and the same training gives the same version.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from features.errors import ContractError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from features.signal import Signal

CONTRACT = "contract.json"
FORMAT = 1
VERSION_LENGTH = 12
_UNVERSIONED = ("version", "created_at")
AGAIN = "put the folder back as it was saved, or train the model again"
"""What to do about a folder that is not what was saved, or that another version wrote."""


def write_contract(folder: Path, kind: str, facts: Mapping[str, object]) -> dict[str, object]:
    """Write `contract.json` over the files that lie in `folder`, and return it.

    Args:
        folder: Holds the model's files already.
        kind: What the folder is: `fraud`, `fit`, ...
        facts: Whatever else the model needs to be used as it was trained; JSON types only.
    """
    contract: dict[str, object] = {**facts, "kind": kind, "format": FORMAT, "files": file_hashes(folder)}
    contract["version"] = _version(contract)
    (folder / CONTRACT).write_text(json.dumps(contract, indent=2, sort_keys=True, allow_nan=False) + "\n", "utf-8")
    return contract


def read_contract(folder: Path, kind: str) -> dict[str, object]:
    """Read `contract.json` after checking everything in `folder` against it.

    Raises:
        NotFoundError: There is no such folder.
        ContractError: The contract is missing, unreadable, of another kind or format, was changed, or a file
            is missing, extra or not the one that was saved.
    """
    if not folder.is_dir():
        raise NotFoundError(f"there is no model folder '{folder}'")
    contract = _parse(folder)
    if contract.get("format") != FORMAT:
        raise ContractError(
            f"{folder}: format {contract.get('format')!r} is unknown; this version reads {FORMAT}; {AGAIN}"
        )
    if contract.get("kind") != kind:
        raise ContractError(
            f"{folder}: holds a model of kind {contract.get('kind')!r}, not '{kind}'; name one of kind '{kind}'"
        )
    _check_files(folder, contract)
    if contract.get("version") != _version(contract):
        raise ContractError(f"{folder}: {CONTRACT} was changed after it was written; {AGAIN}")
    return contract


def described(signals: Iterable[Signal]) -> list[dict[str, object]]:
    """Signals as a contract records them: name, family, unit, direction and column type, in order."""
    return [
        {"name": s.name, "family": s.family.value, "unit": s.unit, "direction": s.direction, "type": "Float64"}
        for s in signals
    ]


def check_signals(folder: Path, recorded: list[dict[str, object]], signals: Iterable[Signal]) -> None:
    """Raise ContractError, naming the difference, unless the recorded signals are exactly `signals`, in order."""
    have = described(signals)
    if recorded == have:
        return
    then, now = [str(s["name"]) for s in recorded], [str(s["name"]) for s in have]
    gone, new = [n for n in then if n not in set(now)], [n for n in now if n not in set(then)]
    if gone or new:
        lacking = f"expects {', '.join(gone)}, no longer computed" if gone else ""
        unknown = f"does not know {', '.join(new)}" if new else ""
        what = "; ".join(part for part in (lacking, unknown) if part)
    elif then != now:
        first = next(i for i, (a, b) in enumerate(zip(then, now, strict=False)) if a != b)
        what = f"has its signals in another order, from '{then[first]}' (now '{now[first]}') on"
    else:
        changed = [str(a["name"]) for a, b in zip(recorded, have, strict=True) if a != b]
        what = f"knows another definition of {', '.join(changed)}"
    raise ContractError(f"{folder}: the model {what}; train it again")


def file_hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file below `folder` but the contract, by path relative to it."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.relative_to(folder).as_posix() != CONTRACT)
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _parse(folder: Path) -> dict[str, object]:
    try:
        contract = json.loads((folder / CONTRACT).read_text("utf-8"))
    except FileNotFoundError:
        raise ContractError(f"{folder}: there is no {CONTRACT} in it; {AGAIN}") from None
    except ValueError as error:
        raise ContractError(f"{folder}: {CONTRACT} cannot be read: {error}; {AGAIN}") from error
    if not isinstance(contract, dict):
        raise ContractError(f"{folder}: {CONTRACT} is not an object; {AGAIN}")
    return contract


def _check_files(folder: Path, contract: Mapping[str, object]) -> None:
    recorded, found = contract.get("files"), file_hashes(folder)
    if not isinstance(recorded, dict):
        raise ContractError(f"{folder}: {CONTRACT} lists no files; {AGAIN}")
    missing = sorted(recorded.keys() - found.keys())
    extra = sorted(found.keys() - recorded.keys())
    changed = sorted(name for name in recorded.keys() & found.keys() if recorded[name] != found[name])
    for names, what in ((missing, "missing"), (extra, "not part of the model"), (changed, "not as it was saved")):
        if names:
            raise ContractError(f"{folder}: {', '.join(names)}: {what}; {AGAIN}")


def _version(contract: Mapping[str, object]) -> str:
    hashed = {name: value for name, value in contract.items() if name not in _UNVERSIONED}
    return hashlib.sha256(json.dumps(hashed, sort_keys=True).encode()).hexdigest()[:VERSION_LENGTH]
