"""py3langid's model for the languages that are told here, and how several processes come by it once.

It is packed: a process takes a third of a second to unpack it and holds seventy megabytes. Processes that work together
map the arrays that one of them wrote into their memory instead, which they then share.
"""

from __future__ import annotations

import os
import shutil
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
_WEIGHTS, _PRIORS, _NAMED, _MOVES, _ROWS, _FEATURES = "weights", "priors", "names", "moves", "rows", "features"


class _Shared:
    """Where this process finds what another one wrote."""

    folder: Path | None = None


@cache
def identifier() -> LanguageIdentifier:
    """The model; as `share` wrote it where that is done in the folder of `use_shared`, else unpacked."""
    shared = _Shared.folder
    return _mapped(shared) if shared is not None and shared.is_dir() else _unpacked()


def use_shared(folder: Path) -> None:
    """Take the model from there, if it is there whole when it is first asked for."""
    _Shared.folder = folder / _version()


def share(folder: Path) -> None:
    """Write the model for other processes, unless it is there; all of it or nothing."""
    whole = folder / _version()
    if whole.is_dir():
        return
    part = folder / f"{os.getpid()}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    model = _unpacked()
    arrays = {
        _WEIGHTS: model.nb_ptc,
        _PRIORS: model.nb_pc,
        _NAMED: model.nb_classes,
        _MOVES: model.tk_nextmove,
        _ROWS: model.tk_row,
        _FEATURES: model.tk_output,
    }
    for name, values in arrays.items():
        np.save(part / f"{name}.npy", np.asarray(values), allow_pickle=False)
    part.rename(whole)


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
        small[_FEATURES].tolist(),
        tk_row=small[_ROWS].tolist(),
    )
