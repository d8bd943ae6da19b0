"""A process that scores loads LightGBM without scikit-learn and pandas, and can still load them by itself."""

from __future__ import annotations

import subprocess
import sys

from models.boosters.lightgbm_alone import UNUSED


def told_by(code: str) -> list[str]:
    command = [sys.executable, "-c", f"import sys; from models.boosters import lightgbm_alone; {code}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def test_scoring_loads_neither_scikit_learn_nor_pandas_nor_reports() -> None:
    modules = told_by("lightgbm_alone.load(); import models.scoring, models.fraud; print(*sys.modules)")
    dear = {
        "sklearn",
        "pandas",
        "scipy.stats",
        "scipy.special",
        "models.reports.report",
        *(f"numpy.{name}" for name in UNUSED),
    }
    assert "lightgbm" in modules
    assert not dear & {*modules}


def test_what_was_left_out_can_be_loaded_afterwards() -> None:
    code = (
        "lightgbm_alone.load(); import pandas, sklearn, scipy.stats, numpy as np; "
        "print(pandas.__name__, sklearn.__name__, scipy.stats.__name__); "
        "print(*(getattr(np, name).__name__ for name in lightgbm_alone.UNUSED))"
    )
    assert told_by(code) == ["pandas", "sklearn", "scipy.stats", *(f"numpy.{name}" for name in UNUSED)]


def test_a_process_that_has_lightgbm_already_keeps_its_estimators() -> None:
    code = "import lightgbm; lightgbm_alone.load(); print(lightgbm.LGBMClassifier(n_estimators=1).n_estimators)"
    assert told_by(code) == ["1"]
