"""The search for changes of level is ruptures' own, loaded without the package around it."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from ruptures import KernelCPD

from features.histories.level_shifts import level_shifts


@pytest.mark.parametrize("days", [6, 30, 90, 400])
@pytest.mark.parametrize("penalty", [0.5, 18.0])
def test_changes_are_those_that_ruptures_finds(days: int, penalty: float) -> None:
    random = np.random.default_rng(days)
    for _ in range(50):
        values = random.normal(size=days) + 3 * np.cumsum(random.random(days) > 0.95)
        expected = KernelCPD(kernel="linear", min_size=3).fit(values[:, None]).predict(pen=penalty)
        assert level_shifts(values, penalty, 3) == expected


def test_a_series_too_short_for_two_levels_is_refused() -> None:
    with pytest.raises(ValueError, match="too few"):
        level_shifts(np.zeros(5), 1.0, 3)


def test_the_package_around_the_search_is_not_loaded() -> None:
    code = (
        "import sys; import numpy as np; from features.histories.level_shifts import level_shifts\n"
        "level_shifts(np.zeros(9), 1.0, 3); print({'ruptures', 'scipy.stats'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
