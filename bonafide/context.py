"""`bonafide context`: what signals need to know of other creators."""

# ruff: noqa: TC001, TC003 - Typer reads annotations at run time
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bonafide.inputs import Input

if TYPE_CHECKING:
    from features.records import Tables

FOUND = "pods_found.ndjson"

app = typer.Typer(name="context", help="Peers' norms, built from a corpus of creators.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Peers' norms, built from a corpus of creators."""


@app.command()
def build(source: Input, out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the context.")]) -> None:
    """Build norms from a corpus.

    They hold the quantiles of every signal by platform and size, what moved all accounts on a day, how many creators
    a commenter serves, and pods. Pods are written for people too, to pods_found.ndjson.
    """
    from bonafide.inputs import read
    from bonafide.output import say, whole_folder
    from bonafide.progress import waiting
    from features import context, pods

    with whole_folder(out, "context.json") as part:
        tables = read(source)
        with waiting(f"Building norms of {tables.creators.height:,} creators"):
            built = context.build(_scored(tables))
            built.save(part)
            found = pods.pods_of(tables)
            found.write_ndjson(part / FOUND)
    say(f"Context {built.version}: {built.norms.height:,} norms, {found.height:,} pods; written to {out}")


def _scored(tables: Tables) -> Tables:
    """The tables with what the champions of followers and comments say of them, so that there are norms of it."""
    from models import registry
    from models.fraud import scored

    followers = registry.load_followers() if registry.has_champion(registry.FOLLOWERS) else None
    comments = registry.load_comments() if registry.has_champion(registry.COMMENTS) else None
    return scored(tables, followers, comments)
