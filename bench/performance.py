"""Render docs/performance.md from what the benchmarks wrote: the prose stands in `performance.md.j2`, the figures here.

A benchmark whose results are not there is named with the command that measures it.

    python bench/performance.py [--results bench/results] [--out docs/performance.md]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

HERE = Path(__file__).resolve().parent
TEMPLATE = "performance.md.j2"
Measured = dict[str, Any]
"""What `results.Results` writes."""


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, default=HERE / "results", help="folder of the benchmarks' JSON")
    parser.add_argument("--out", type=Path, default=HERE.parent / "docs" / "performance.md")
    asked = parser.parse_args()
    asked.out.write_text(page(read(asked.results)), "utf-8")


def read(folder: Path) -> dict[str, Measured]:
    """The results in a folder by their benchmark."""
    found = [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))]
    return {one["bench"]: one for one in found}


def page(found: dict[str, Measured]) -> str:
    """The page in Markdown."""
    environment = Environment(
        loader=FileSystemLoader(HERE),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - Markdown
        keep_trailing_newline=True,
        trim_blocks=True,
    )
    left = {path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py")}

    def section(bench: str) -> str:
        left.discard(bench)
        return told(bench, found.get(bench))

    environment.globals.update(told=section, others=lambda: sorted(left), versions=lambda: versions(found))
    return environment.get_template(TEMPLATE).render()


def told(bench: str, measured: Measured | None) -> str:
    """The tables of a benchmark and where they were measured."""
    if measured is None:
        return f"Not measured here: `python bench/bench_{bench}.py --json bench/results/{bench}.json`."
    return "\n\n".join([*(table(one) for one in measured["tables"]), circumstances(measured)])


def table(one: Measured) -> str:
    """A table in Markdown below its title."""
    lines = [one["columns"], ["---", *("---:" for _ in one["columns"][1:])], *one["rows"]]
    return f"**{one['title']}**\n\n" + "\n".join(f"| {' | '.join(map(escaped, line))} |" for line in lines)


def escaped(cell: str) -> str:
    """Text that ends no cell."""
    return cell.replace("|", "\\|")


def circumstances(measured: Measured) -> str:
    """Day, machine, how busy it was, and how the benchmark was called."""
    machine = measured["machine"]
    on = f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gb']} GB, {machine['system']}"
    asked = " ".join(
        option(name, value) for name, value in measured["parameters"].items() if value not in (None, False)
    )
    call = f"python bench/bench_{measured['bench']}.py {asked}".strip()
    busy = f"{machine['load']} processes wanted a core over the last quarter of an hour"
    return f"{measured['date']}, {on}; {busy}; `{call}`."


def option(name: str, value: object) -> str:
    """An option as it is given on the command line."""
    name = f"--{name.replace('_', '-')}"
    if value is True:
        return name
    return f"{name} {' '.join(map(str, value)) if isinstance(value, list) else value}"


def versions(found: dict[str, Measured]) -> str:
    """The versions measured, one line for each set of them."""
    benches: dict[str, list[str]] = {}
    for bench, one in found.items():
        told = ", ".join(f"{library} {version}" for library, version in one["versions"].items())
        benches.setdefault(told, []).append(bench)
    if len(benches) == 1:
        return f"{next(iter(benches))}."
    return "\n".join(f"- {', '.join(names)}: {told}." for told, names in benches.items())


if __name__ == "__main__":
    main()
