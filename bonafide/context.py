"""`bonafide context`: what signals need to know of other creators."""

# ruff: noqa: TC001, TC003 - Typer reads annotations at run time
from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bonafide.inputs import Input

app = typer.Typer(name="context", help="Peers' norms, built from a corpus of creators.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Peers' norms, built from a corpus of creators."""


@app.command()
def build(source: Input, out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the context.")]) -> None:
    """Build norms from a corpus.

    They hold the quantiles of every signal by platform and size.
    """
    from bonafide.inputs import read
    from bonafide.output import say, whole_folder
    from bonafide.progress import waiting
    from features import context

    with whole_folder(out, "context.json") as part:
        tables = read(source)
        with waiting(f"Building norms of {tables.creators.height:,} creators"):
            built = context.build(tables)
            built.save(part)
    say(f"Context {built.version}: {built.norms.height:,} norms; written to {out}")
