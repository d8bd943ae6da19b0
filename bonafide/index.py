"""`bonafide index`: a corpus of creators kept ready for ranking."""

# ruff: noqa: TC001 - Typer reads annotations at run time
from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bonafide.inputs import Input

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from models.index import Manifest

PIECES_A_WORKER = 4
"""Fewer pieces for each process would not pay for starting it."""

app = typer.Typer(name="index", help="Creators kept ready for ranking: build, add, remove.", no_args_is_help=True)

Folder = Annotated[Path, typer.Option("--index", metavar="DIR", help="The index's folder.")]
Scores = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="Risks that `bonafide score` wrote, with the model in service; else scored here."
    ),
]
Workers = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="Processes that work on it; as many as cores where it pays.")
]


@app.callback()
def _group() -> None:
    """Creators kept ready for ranking: vectors, filters, risk and posts to quote, in a folder."""


@app.command()
def build(
    source: Input,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the index; one that is there is replaced.")],
    scores: Scores = None,
    workers: Workers = None,
) -> None:
    """Build an index of creators.

    The index before it stays as it was until the new one is complete.
    """
    from models.index import build as build_index

    _tell(_written(build_index, "Building", source, out, scores, workers), out)


@app.command()
def add(source: Input, index: Folder, scores: Scores = None, workers: Workers = None) -> None:
    """Add creators to an index; those that are in it already are replaced."""
    from models.index import add as add_to_index
    from models.index import read_manifest

    read_manifest(index)
    _tell(_written(add_to_index, "Adding", source, index, scores, workers), index)


@app.command()
def remove(
    creators: Annotated[list[str], typer.Argument(metavar="ID...", help="The creators' ids.")], index: Folder
) -> None:
    """Remove creators from an index.

    Nothing of them stays in its folder.
    """
    from bonafide.output import say
    from bonafide.progress import waiting
    from models.index import remove as remove_from_index

    with waiting(f"Removing {len(creators):,} creators"):
        manifest = remove_from_index(creators, index)
    say(f"Removed; {manifest.creators:,} creators are left in {index}")


@app.command()
def info(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The index's folder.")],
    check: Annotated[bool, typer.Option("--check", help="Hold every file against its hash.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON to standard output.")] = False,
) -> None:
    """Show what an index holds and which models made it."""
    import json

    from bonafide.output import print_table
    from bonafide.progress import waiting
    from models.index import Index

    index = Index.open(folder)
    if check:
        with waiting(f"Checking {index.manifest.size / 1e6:,.0f} MB"):
            index.check()
    facts = _facts(index.manifest)
    if as_json:
        typer.echo(json.dumps(facts))
    else:
        print_table(("fact", "value"), [(name, _shown(value)) for name, value in facts.items()])


def _written(
    write: Callable[..., Manifest], title: str, source: Path, folder: Path, scores: Path | None, workers: int | None
) -> Manifest:
    from bonafide.inputs import fraud_bundle, read
    from bonafide.progress import bar
    from models.index import pieces
    from models.index.encoding import PIECE
    from models.index.scores import read_scores
    from models.registry import load_fit

    fit, fraud = load_fit(None), fraud_bundle(None)
    risks = None if scores is None else read_scores(scores)
    tables = read(source)
    count = tables.creators.height
    if risks is not None:
        _tell_unscored(tables.creators, risks)
    most = workers or max(1, min(os.cpu_count() or 1, count // (PIECE * PIECES_A_WORKER)))
    with bar(f"{title} {count:,} creators") as progress:
        return write(
            pieces(tables), fit, fraud, folder, scores=risks, workers=most, progress=lambda done: progress(done, count)
        )


def _tell_unscored(creators: pl.DataFrame, scores: pl.DataFrame) -> None:
    from bonafide.output import say

    unscored = creators.join(scores, on="creator_id", how="anti").height
    if unscored:
        say(f"{unscored:,} of {creators.height:,} creators are not in the file of scores; their risk is not known")


def _tell(manifest: Manifest, folder: Path) -> None:
    from bonafide.output import say

    say(f"Index {manifest.version}: {manifest.creators:,} creators, {manifest.size / 1e6:,.1f} MB; written to {folder}")


def _facts(manifest: Manifest) -> dict[str, Any]:
    return {
        "version": manifest.version,
        "creators": manifest.creators,
        "segments": len(manifest.segments),
        "bytes": manifest.size,
        "changed": manifest.created_at.isoformat(timespec="seconds"),
        "fit": manifest.fit,
        "fraud": manifest.fraud,
        "norms": manifest.norms,
        "format": manifest.format,
    }


def _shown(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
