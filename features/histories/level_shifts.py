"""Where the level of a series changes: kernel change points by PELT (Truong et al. 2020), by ruptures' compiled search.

The search alone is loaded. The package around it loads SciPy's statistics and signal processing for kinds of cost that
nobody asks for here, which takes longer than scoring two hundred creators.
"""

from __future__ import annotations

from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader, FileFinder
from importlib.util import find_spec, module_from_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    Search = Callable[[NDArray[np.float64], float, int], NDArray[np.int32]]

SEARCH = "ekcpd"
"""The compiled module in ruptures' folder `detection/_detection`."""


def level_shifts(values: NDArray[np.float64], penalty: float, least: int) -> list[int]:
    """What `ruptures.KernelCPD(kernel="linear", min_size=least)` finds: where each level ends, the last at the end.

    Args:
        values: The series, at least twice `least` long.
        penalty: What a further level has to lower the squared error by.
        least: Values that a level has at least.

    Raises:
        ValueError: The series is shorter.
    """
    if len(values) < 2 * least:
        raise ValueError(f"{len(values)} values are too few for two levels")
    before = _search()(values[:, None], penalty, least)
    ends = []
    end = len(values)
    while end > 0:
        ends.append(end)
        end = int(before[end])
    return ends[::-1]


@cache
def _search() -> Search:
    package = find_spec("ruptures")
    if package is None or not package.submodule_search_locations:
        raise ModuleNotFoundError("ruptures is not installed")
    folder = f"{package.submodule_search_locations[0]}/detection/_detection"
    found = FileFinder(folder, (ExtensionFileLoader, EXTENSION_SUFFIXES)).find_spec(SEARCH)
    if found is None or found.loader is None:
        raise ModuleNotFoundError(f"ruptures has no {SEARCH} in {folder}")
    module = module_from_spec(found)
    found.loader.exec_module(module)
    search: Search = module.ekcpd_pelt_L2
    return search
