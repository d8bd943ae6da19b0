"""Every benchmark at its smallest size as people start it, and the page that is made of what they write."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from training.fit import fit_bundle

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from training.fraud_model.fitting import FittedFraud
    from training.simulate import Simulation

BENCH = Path(__file__).resolve().parents[2] / "bench"
FEW = ["--creators", "3", "--followers", "40", "--singles", "1", "--runs", "1"]
SMALL = {
    "signals": FEW,
    "score": [*FEW, "--model", "fraud"],
    "endpoint": [
        "--seconds",
        "0.1",
        "--rounds",
        "1",
        "--connections",
        "1",
        "--workers",
        "1",
        "--batch",
        "2",
        "--model",
        "fraud",
    ],
    "rank_baseline": ["--sizes", "60", "--records", "20", "--briefs", "1", "--models", "."],
    "growth": ["--sizes", "4", "--creators", "4", "--ten", "--model", "fraud"],
    "memory": ["--creators", "50", "--memory", "430MB", "--kills", "1", "--model", "fraud"],
    "explain": ["--rows", "400", "--trees", "3"],
}
"""Options of the smallest run of each, in the folder of `models`."""
LARGE = sorted({path.stem.removeprefix("bench_") for path in BENCH.glob("bench_*.py")} - SMALL.keys())
HELP = """
import importlib, sys
sys.path.insert(0, sys.argv.pop(1))
names, sys.argv[1:] = sys.argv[1:], ["--help"]
for name in names:
    try:
        importlib.import_module(f"bench_{name}").main()
    except SystemExit as ended:
        assert not ended.code
"""


@pytest.fixture(scope="module")
def models(simulation: Simulation, fitted_fraud: FittedFraud, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small `fraud` and a small `fit` in it."""
    folder = tmp_path_factory.mktemp("models")
    fitted_fraud.bundle.save(folder / "fraud")
    fit_bundle(simulation.tables, folder / "fit")
    return folder


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the benchmarks of this module write."""
    return tmp_path_factory.mktemp("results")


def run(folder: Path, *arguments: str) -> str:
    done = subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3_000:]
    return done.stdout


@pytest.mark.parametrize("bench", SMALL)
def test_a_benchmark_prints_its_tables_and_writes_all_that_is_known_of_the_run(
    bench: str, results: Path, models: Path
) -> None:
    path = results / f"{bench}.json"
    printed = run(models, str(BENCH / f"bench_{bench}.py"), *SMALL[bench], "--json", str(path))
    told = json.loads(path.read_text("utf-8"))
    assert told["bench"] == bench
    assert date.fromisoformat(told["date"]) <= datetime.now(UTC).date()
    assert told["machine"].keys() == {"processor", "cores", "memory_gb", "system", "load"}
    assert {"bonafide", "python", "polars", "pandas", "lightgbm"} <= told["versions"].keys()
    assert told["parameters"]
    assert all(math.isfinite(number) and number >= 0 for number in numbers(told["figures"]))
    assert any(numbers(told["figures"]))
    for table in told["tables"]:
        assert table["title"] in printed
        assert table["rows"]
        assert all(len(row) == len(table["columns"]) and all(row) for row in table["rows"])


def numbers(figures: object) -> Iterator[float]:
    if isinstance(figures, dict):
        for one in figures.values():
            yield from numbers(one)
    elif isinstance(figures, int | float):
        yield figures


def test_the_benchmarks_that_are_never_small_say_how_they_are_called(tmp_path: Path) -> None:
    printed = run(tmp_path, "-c", HELP, str(BENCH), *LARGE)
    assert len(re.findall(r"^  --json FILE", printed, re.MULTILINE)) == len(LARGE) >= 5
    assert all(f"python bench/bench_{bench}.py" in printed for bench in LARGE)


@pytest.fixture
def performance(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCH))
    import performance

    return performance


def test_the_page_has_every_table_and_names_what_was_not_measured(
    performance: ModuleType, results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = {path.stem for path in results.glob("*.json")}
    if not measured:
        pytest.skip("no benchmark of this module ran before")
    page = tmp_path / "performance.md"
    monkeypatch.setattr(sys, "argv", ["performance.py", "--results", str(results), "--out", str(page)])
    performance.main()
    text = page.read_text("utf-8")
    for bench in measured:
        told: dict[str, Any] = json.loads((results / f"{bench}.json").read_text("utf-8"))
        assert all(f"**{table['title']}**" in text for table in told["tables"])
        assert f"python bench/bench_{bench}.py --" in text
        assert f"bench/results/{bench}.json" not in text
    not_measured = set(LARGE) | SMALL.keys() - measured
    assert set(re.findall(r"bench/results/(\w+)\.json", text)) == not_measured
    assert f"polars {told['versions']['polars']}" in text


def test_a_cell_with_a_bar_stays_one_cell(performance: ModuleType) -> None:
    shown = performance.table({"title": "T", "columns": ["", "b"], "rows": [["x|y", "1"]]})
    assert shown.splitlines()[-1] == r"| x\|y | 1 |"


def test_the_page_in_the_repository_is_the_templates(performance: ModuleType) -> None:
    prose = (BENCH / performance.TEMPLATE).read_text("utf-8").partition("{{")[0]
    assert (BENCH.parent / "docs" / "performance.md").read_text("utf-8").startswith(prose)


def test_a_signal_that_pandas_gets_wrong_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCH))
    import bench_signals
    import pandas_signals
    from sized import sized

    tables = sized(3, followers=0)
    bench_signals.check(tables)
    monkeypatch.setattr(pandas_signals.engagement, "MAD_TO_SD", pandas_signals.engagement.MAD_TO_SD * (1 + 1e-6))
    with pytest.raises(AssertionError, match="likes_spread"):
        bench_signals.check(tables)
