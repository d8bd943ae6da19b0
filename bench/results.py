"""What a benchmark found: printed as tables, and written as JSON with the machine, the versions and the day."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from bonafide.terminal import print_table
from models.machine.cores import cores
from serving.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

LIBRARIES = ("polars", "pandas", "numpy", "lightgbm", "scikit-learn", "shap", "bentoml", "mlflow")
"""Libraries whose version is told."""


@dataclass(frozen=True)
class Table:
    """A table as people read it: every cell is text, the first column names the row."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]


@dataclass(frozen=True)
class Results:
    """What one benchmark found.

    Attributes:
        bench: The script's name, without `bench_` and its ending.
        tables: In the order in which they are printed.
        figures: The numbers behind the tables, by names of their own; seconds, bytes and ratios, not rounded.
    """

    bench: str
    tables: list[Table] = field(default_factory=list)
    figures: dict[str, object] = field(default_factory=dict)

    def tell(self, asked: argparse.Namespace) -> None:
        """Print the tables, and write everything to the file of `--json` where that was asked for."""
        for table in self.tables:
            print_table(table.columns, table.rows, title=table.title)
        if asked.json is not None:
            asked.json.parent.mkdir(parents=True, exist_ok=True)
            asked.json.write_text(json.dumps(self._whole(asked), indent=1, allow_nan=False) + "\n", "utf-8")

    def _whole(self, asked: argparse.Namespace) -> dict[str, object]:
        parameters = {name: value for name, value in vars(asked).items() if not isinstance(value, Path)}
        return {
            "date": datetime.now(UTC).strftime("%Y-%m-%d"),
            "machine": machine(),
            "versions": versions(),
            "parameters": parameters,
            **asdict(self),
        }


def options(description: str | None) -> argparse.ArgumentParser:
    """The options that every benchmark has."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write tables and figures there too")
    return parser


def machine() -> dict[str, object]:
    """Processor, cores that this process may use, memory, system, and how many processes wanted a core meanwhile."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": _processor(),
        "cores": cores(),
        "memory_gb": round(memory / 1e9, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "load": round(os.getloadavg()[2], 1),
    }


def versions() -> dict[str, str]:
    """Of Bonafide, Python and `LIBRARIES`."""
    return {
        "bonafide": VERSION,
        "python": platform.python_version(),
        **{library: version(library) for library in LIBRARIES},
    }


def _processor() -> str:
    """The processor's name as the kernel has it."""
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def in_turn(works: Mapping[str, Callable[[], object]], runs: int) -> dict[str, float]:
    """Seconds of the fastest run of each: run in turn after one that warms up, since others share the machine."""
    return {name: min(times) for name, times in _timed(works, runs).items()}


def medians_in_turn(works: Mapping[str, Callable[[], object]], runs: int) -> dict[str, float]:
    """Median seconds of the runs of each, as `in_turn` runs them: for work of milliseconds, repeated often."""
    return {name: statistics.median(times) for name, times in _timed(works, runs).items()}


def _timed(works: Mapping[str, Callable[[], object]], runs: int) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {name: [] for name in works}
    for run in range(1 + runs):
        for name, work in works.items():
            start = time.perf_counter()
            work()
            if run:
                found[name].append(time.perf_counter() - start)
    return found


def times(ratio: float) -> str:
    """A ratio to read.

    >>> times(3.14159), times(0.042), times(123.4)
    ('3.1x', '0.042x', '123x')
    """
    return f"{ratio:.0f}x" if ratio >= 100 else f"{ratio:.1f}x" if ratio >= 0.1 else f"{ratio:.2g}x"


def rate(a_second: float) -> str:
    """So many a second, to read."""
    return f"{a_second:,.0f}" if a_second >= 100 else f"{a_second:.1f}"


def rows_of(found: Sequence[tuple[str, Mapping[str, float]]], names: Sequence[str]) -> list[tuple[str, ...]]:
    """Rows of a name, seconds by way, and first how many times as long each other way takes as the first."""
    ours, *others = names
    return [
        (
            name,
            *(times(took[other] / took[ours]) for other in others),
            *(f"{1000 * took[way]:,.2f} ms" for way in names),
        )
        for name, took in found
    ]
