"""`bonafide score`: one row a creator."""

# ruff: noqa: TC001 - Typer reads annotations at run time
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bonafide.inputs import (
    AnyInput,
    AsOf,
    ContextFolder,
    Engine,
    Errors,
    Memory,
    Model,
    OnEngine,
    OnError,
    Profile,
    Workers,
)
from bonafide.output import AnyOut

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable, Iterator

    import polars as pl

    from models import bulk


def score(
    source: AnyInput,
    out: AnyOut,
    explain: Annotated[bool, typer.Option("--explain", help="Add the reasons of each score.")] = False,
    model: Model = None,
    context: ContextFolder = None,
    profile: Profile = None,
    as_of: AsOf = None,
    on_error: Errors = OnError.REFUSE,
    memory: Memory = None,
    workers: Workers = None,
    previous: Annotated[
        Path | None, typer.Option(metavar="FILE", help="An earlier output: tell who moved between bands, and why.")
    ] = None,
    engine: OnEngine = Engine.LOCAL,
) -> None:
    """Score creators, one row each.

    Rows come out in the order of INPUT: probability, interval, band and decision, with --explain the reasons too. A
    large INPUT is cut into parts that fit into --memory; the same command goes on where a killed one stopped. With
    --previous, an earlier output, it is told who moved between bands; and why, where both have reasons. With --engine
    spark, INPUT and FILE are folders of Parquet on any file system that Spark reads, and rows come out in no order.
    """
    from bonafide import spark
    from bonafide.inputs import day, fraud_bundle, fraud_model, memory_bytes, read_beside
    from bonafide.output import check_ending
    from bonafide.progress import waiting
    from bonafide.scored import check_previous, tell_moves
    from features.records.cutting import fits
    from models import bulk, lightgbm_alone
    from models.settings import cores

    records, to, skip = Path(source), Path(out), on_error is OnError.SKIP
    if engine is Engine.SPARK:
        spark.refuse_options(memory=memory, workers=workers, previous=previous)
        check_ending(to, (".parquet",))
        spark.score(source, out, fraud_bundle(model, context, profile), explain=explain, as_of=day(as_of), skip=skip)
        return
    check_ending(to)
    if previous is not None:
        check_previous(previous, to)
    plan = bulk.plan(memory_bytes(memory), workers or cores())
    if fits(records, plan.size):
        lightgbm_alone.load()
        bundle = fraud_bundle(model, context, profile)
        from models.scoring import score_frame

        tables = read_beside(records, on_error, to)
        with waiting(f"Scoring {tables.creators.height:,} creators"):
            scores = score_frame(bundle, tables, explain=explain, as_of=day(as_of))
        write_counted([scores], to)
    else:
        asked = bulk.Asked(explain, day(as_of), skip)
        score_parts(records, to, fraud_model(model, context, profile), asked, plan)
    if previous is not None:
        tell_moves(previous, to)


def score_parts(source: Path, out: Path, model: bulk.Model, asked: bulk.Asked, plan: bulk.Plan) -> None:
    """Score a corpus part by part, and write what is finished while the rest is being scored."""
    from bonafide.parts import finish, folder_beside
    from bonafide.progress import waiting
    from models import bulk

    folder = folder_beside(out)
    with bulk.getting_ready(folder, bulk.Scoring(model, asked), plan.workers) as done:
        with waiting(f"Cutting {source} into parts"):
            run = bulk.Run.open(folder, source, model, asked, plan.size)
        parts = finish(run, done, out, verb="Scoring")
        write_counted(run.frames(parts=parts), out, unfinished=folder / out.name)
    run.remove()


def write_counted(scores: Iterable[pl.DataFrame], out: Path, unfinished: Path | None = None) -> None:
    """Write the scores, see `write_frames`, and say how many creators are in each band, or have too little data."""
    from collections import Counter

    from bonafide.output import write_frames

    counts: Counter[str | None] = Counter()

    def counted() -> Iterator[pl.DataFrame]:
        for frame in scores:
            counts.update(dict(frame["band"].value_counts().iter_rows()))
            yield frame

    write_frames(counted(), out, unfinished)
    tell_bands(counts, str(out))


def tell_bands(counts: Counter[str | None], out: str) -> None:
    """Say how many creators are in each band; those of None have too little data."""
    from bonafide.output import say

    bands = ", ".join(f"{counts[name]:,} {name or UNANSWERED}" for name in ("low", "review", "high", None))
    say(f"{counts.total():,} creators: {bands}; written to {out}")


UNANSWERED = "without an answer"
