"""py3langid's model for the languages that are told here, and how several processes come by it once.

It is packed: a process takes four tenths of a second to unpack it and holds seventy megabytes. Processes that work
together, or one after the other, map the arrays that one of them wrote into their memory instead and share them there.
"""

from __future__ import annotations

import os
import shutil
import time
from array import array
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from py3langid.langid import LanguageIdentifier

_NAMES = (
    "af ar az be bg bn bs ca cs cy da de el en es et eu fa fi fr ga gl gu he hi hr hu hy id is it ja ka kk km kn ko "
    "ku lo lt lv mk ml mn mr ms my ne nl nn no pa pl ps pt ro ru si sk sl sq sr sv sw ta te th tl tr uk ur uz vi zh"
)
LONGEST_WRITE = 3600
"""Seconds after which nobody is still writing the model."""
_WEIGHTS, _PRIORS, _NAMED, _MOVES, _ROWS, _FEATURES = "weights", "priors", "names", "moves", "rows", "features"


class _Shared:
    """Where this process finds what another one wrote, and whether it writes it there itself else."""

    folder: Path | None = None
    keeps = False


@cache
def identifier() -> LanguageIdentifier:
    """The model; as `share` wrote it where that is done in the folder of `use_shared`, else unpacked."""
    if _Shared.folder is None:
        return _unpacked()
    if _Shared.keeps:
        share(_Shared.folder)
    whole = _Shared.folder / _version()
    return _mapped(whole) if whole.is_dir() else _unpacked()


def use_shared(folder: Path, *, keep: bool = False) -> None:
    """Take the model from there, if it is there whole when it is first asked for.

    Args:
        folder: Of `share`.
        keep: Write it there then if it is not, for later processes.
    """
    _Shared.folder, _Shared.keeps = folder, keep


def share(folder: Path) -> None:
    """Write the model for other processes, unless it is there; all of it or nothing.

    Where it cannot be written, as on a full disk, each process unpacks its own.
    """
    whole, part = folder / _version(), folder / f"{os.getpid()}.part"
    if whole.is_dir():
        return
    with suppress(OSError):  # also where another process was sooner
        _clear(folder)
        _write(_unpacked(), part)
        part.rename(whole)
    shutil.rmtree(part, ignore_errors=True)


def _clear(folder: Path) -> None:
    """Take away what another version wrote, and what a process that was killed had begun."""
    folder.mkdir(parents=True, exist_ok=True)
    for one in folder.iterdir():
        if time.time() - one.stat().st_mtime > LONGEST_WRITE:
            shutil.rmtree(one, ignore_errors=True)


def _write(model: LanguageIdentifier, folder: Path) -> None:
    """Write the model's arrays, down to the disk."""
    folder.mkdir()
    arrays = {
        _WEIGHTS: model.nb_ptc,
        _PRIORS: model.nb_pc,
        _NAMED: model.nb_classes,
        _MOVES: model.tk_nextmove,
        _ROWS: model.tk_row,
        _FEATURES: model.tk_output,
    }
    for name, values in arrays.items():
        with (folder / f"{name}.npy").open("wb") as file:
            np.save(file, np.asarray(values), allow_pickle=False)
            file.flush()
            os.fsync(file.fileno())


def _version() -> str:
    """Names the model: another one has another size or time of change."""
    from py3langid.langid import MODEL_DIR, MODEL_FILE

    found = (MODEL_DIR / MODEL_FILE).stat()
    return f"{found.st_size}-{found.st_mtime_ns}"


def _unpacked() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    model: LanguageIdentifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    model.set_languages(_NAMES.split())
    model.nb_ptc = np.ascontiguousarray(model.nb_ptc)  # read by rows, a fifth of the time
    # A walk jumps about in them: NumPy's large arrays lie in large pages of memory, and numbers in a list lie anywhere.
    model.tk_nextmove, model.tk_output = np.array(model.tk_nextmove).data, array("i", model.tk_output)
    return model


def _mapped(folder: Path) -> LanguageIdentifier:
    from py3langid.langid import LanguageIdentifier

    large = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in (_WEIGHTS, _MOVES)}
    small = {name: np.load(folder / f"{name}.npy") for name in (_PRIORS, _NAMED, _ROWS, _FEATURES)}
    return LanguageIdentifier(
        np.asarray(large[_WEIGHTS]),
        small[_PRIORS],
        small[_NAMED].tolist(),
        memoryview(large[_MOVES]),  # gives Python's numbers, as the array of an unpacked model does
        array("i", small[_FEATURES].tobytes()),
        tk_row=small[_ROWS].tolist(),
    )
