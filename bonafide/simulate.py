"""`bonafide simulate`: creators, audits and briefs from a seed."""

# ruff: noqa: TC003 - Typer reads annotations at run time
from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def simulate(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the tables.")],
    creators: Annotated[int, typer.Option(min=1, metavar="N", help="Creators to simulate.")] = 10_000,
    seed: Annotated[int, typer.Option(min=0, metavar="S", help="The same seed gives the same tables.")] = 0,
) -> None:
    """Simulate creators with audits and briefs.

    Every table and label is there: organic behaviour, fraud in kinds and doses, hard innocent cases.
    """
    from bonafide.output import whole_folder
    from bonafide.progress import bar
    from bonafide.terminal import say
    from features.nouns import number_of
    from features.records import TABLES
    from training.fraud import TRUTH
    from training.simulate import simulate as run

    names = {TRUTH, *(f"{table}.parquet" for table in TABLES)}
    with whole_folder(out, TRUTH, names) as part:
        with bar(f"Simulating {number_of(creators, 'creator')}") as progress:
            simulation = run(creators, seed, progress=lambda _stage, share: progress(round(100 * share), 100))
        simulation.write(part)
    say(f"Written to {out}")
