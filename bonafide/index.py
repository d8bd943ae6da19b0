"""`bonafide index`: a corpus of creators kept ready for ranking."""

# ruff: noqa: TC001 - Typer reads annotations at run time
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bonafide.inputs import Input, Memory, Workers

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from models.bulk import Plan
    from models.fit import FitBundle
    from models.fraud import FraudBundle
    from models.index import Manifest


@dataclass(frozen=True)
class _Asked:
    """Which creators are to be written where, by which models."""

    source: Path
    folder: Path
    scores: Path | None
    plan: Plan
    fit: FitBundle
    fraud: FraudBundle


app = typer.Typer(name="index", help="Creators kept ready for ranking: build, add, remove.", no_args_is_help=True)

Folder = Annotated[Path, typer.Option("--index", metavar="DIR", help="The index's folder.")]
Scores = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="Risks that `bonafide score` wrote, with the model in service; else scored here."
    ),
]


@app.callback()
def _group() -> None:
    """Creators kept ready for ranking: vectors, filters, risk and posts to quote, in a folder."""


@app.command()
def build(
    source: Input,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the index; an earlier one is replaced.")],
    scores: Scores = None,
    memory: Memory = None,
    workers: Workers = None,
) -> None:
    """Build an index of creators.

    A large INPUT is cut into parts that fit into --memory; the same command goes on where a killed one stopped. The
    index before it stays as it was until the new one is complete.
    """
    from bonafide.output import check_place
    from models.index import build_of, building

    check_place(out)
    building.check_place(out)
    _tell(_written(build_of, _Asked(source, out, scores, _plan(memory, workers), *_models())), out)


@app.command()
def add(source: Input, index: Folder, scores: Scores = None, memory: Memory = None, workers: Workers = None) -> None:
    """Add creators to an index; those that are in it already are replaced.

    A large INPUT is cut into parts, as by `build`.
    """
    from models.index import add_of, read_manifest
    from models.index.building import check_models

    manifest = read_manifest(index)
    fit, fraud = _models()
    check_models(index, manifest, fit.contract.version, fraud.contract.version)
    _tell(_written(add_of, _Asked(source, index, scores, _plan(memory, workers), fit, fraud)), index)


@app.command()
def remove(
    creators: Annotated[list[str], typer.Argument(metavar="ID...", help="The creators' ids.")], index: Folder
) -> None:
    """Remove creators from an index.

    Nothing of them stays in its folder.
    """
    from bonafide.progress import waiting
    from bonafide.terminal import say
    from features.nouns import number_of
    from models.index import remove as remove_from_index

    with waiting(f"Removing {number_of(len(creators), 'creator')}"):
        manifest = remove_from_index(creators, index)
    say(f"Removed; {number_of(manifest.creators, 'creator')} left in {index}")


@app.command()
def info(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The index's folder.")],
    check: Annotated[bool, typer.Option("--check", help="Check every file against its hash.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON to standard output.")] = False,
) -> None:
    """Show what an index holds and which models made it."""
    import json

    from bonafide.progress import waiting
    from bonafide.terminal import print_table
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


def _models() -> tuple[FitBundle, FraudBundle]:
    from bonafide.inputs import fraud_bundle
    from models.loading import load_fit

    return load_fit(None), fraud_bundle(None)


def _plan(memory: str | None, workers: int | None) -> Plan:
    from bonafide.inputs import memory_bytes
    from models import bulk
    from models.machine.cores import cores

    return bulk.plan(memory_bytes(memory), workers or cores())


def _written(write: Callable[..., Manifest], asked: _Asked) -> Manifest:
    """Encode the creators, at once where they are one part, and write the index."""
    from bonafide.inputs import read
    from bonafide.progress import waiting
    from features.nouns import number_of
    from features.records.sizes import fits
    from models.index import pieces
    from models.index.encoding import encoded
    from models.index.scores import read_scores

    risks = None if asked.scores is None else read_scores(asked.scores)
    if not fits(asked.source, asked.plan.size):
        return _written_in_parts(write, asked, risks)
    tables = read(asked.source)
    _tell_unscored(tables.creators, risks)
    with waiting(f"Encoding {number_of(tables.creators.height, 'creator')}"):
        rows = encoded(pieces(tables), asked.fit, asked.fraud, risks)
        return write(rows, asked.fit, asked.fraud, asked.folder)


def _written_in_parts(write: Callable[..., Manifest], asked: _Asked, risks: pl.DataFrame | None) -> Manifest:
    from bonafide.parts import finish, folder_beside
    from bonafide.progress import rate, waiting
    from features.nouns import number_of
    from models.bulk import Model, getting_ready
    from models.index.corpus import Encoded, Encoding

    fraud = Model(asked.fraud.folder, profile=asked.fraud.profile.name)
    task = Encoding(asked.fit.folder, fraud, asked.scores)
    with folder_beside(asked.folder) as place, getting_ready(place, task, asked.plan.workers) as ready:
        with waiting(f"Cutting {asked.source} into parts"):
            work = Encoded.open(place, asked.source, task, asked.plan.size)
        for _ in finish(work, ready, asked.folder, verb="Encoding"):
            pass
        creators = work.creators()
        _tell_unscored(creators, risks)
        with rate(f"Writing {number_of(creators.height, 'creator')}") as progress:
            told = {"progress": lambda done: progress(done, creators.height)}
            manifest = write(work.by_segment(), asked.fit, asked.fraud, asked.folder, **told)
        work.remove()
    return manifest


def _tell_unscored(creators: pl.DataFrame, scores: pl.DataFrame | None) -> None:
    from bonafide.terminal import say
    from features.nouns import number_of

    unscored = 0 if scores is None else creators.join(scores, on="creator_id", how="anti").height
    if unscored:
        every = number_of(creators.height, "creator")
        say(f"{unscored:,} of {every} are not in the file of scores; their risk is not known")


def _tell(manifest: Manifest, folder: Path) -> None:
    from bonafide.terminal import say
    from features.nouns import number_of

    creators = number_of(manifest.creators, "creator")
    say(f"Index {manifest.version}: {creators}, {manifest.size / 1e6:,.1f} MB; written to {folder}")


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
