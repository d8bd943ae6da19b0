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

    from features.records.sizes import Size
    from models import bulk
    from models.machine.processes import Processes

    _Model = tuple[str | None, Path | None, str | None]
    """As `fraud_bundle` takes it."""


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
    from bonafide.inputs import day, memory_bytes
    from bonafide.output import check_apart, check_ending, check_file
    from bonafide.parts import is_large
    from models.machine.cores import cores
    from models.machine.garbage import loading
    from models.machine.plan import workers_within
    from models.machine.processes import Processes

    records, to, limit, most = Path(source), Path(out), memory_bytes(memory), workers or cores()
    if engine is Engine.SPARK:
        from bonafide import spark
        from bonafide.inputs import fraud_bundle

        spark.refuse_options(memory=memory, workers=workers, previous=previous)
        check_ending(to, (".parquet",))
        skip = on_error is OnError.SKIP
        spark.score(source, out, fraud_bundle(model, context, profile), explain=explain, as_of=day(as_of), skip=skip)
        return
    check_file(to)
    check_apart(to, records)
    if previous is not None:
        from bonafide.scored import check_previous

        check_previous(previous, to)
    with Processes(workers_within(limit, most)) as processes:
        if is_large(records):
            processes.start()
        with loading():
            from features.records.sizes import fits
            from models import bulk

        plan, asked = bulk.plan(limit, most), bulk.Asked(explain, day(as_of), on_error is OnError.SKIP)
        if fits(records, plan.size):
            score_whole(records, to, (model, context, profile), asked)
        else:
            score_parts(records, to, (model, context, profile), asked, plan.size, processes)
    if previous is not None:
        from bonafide.scored import tell_moves

        tell_moves(previous, to)


def score_whole(source: Path, out: Path, model: _Model, asked: bulk.Asked) -> None:
    """Score a corpus at once."""
    from bonafide.inputs import fraud_bundle, read_beside
    from bonafide.progress import waiting
    from features.nouns import number_of
    from models.boosters import lightgbm_alone

    lightgbm_alone.load()
    bundle = fraud_bundle(*model)
    from features.text import language_model
    from models import bulk
    from models.scoring import score_frame

    kept = bulk.shared_in_home()
    if kept is not None:
        language_model.use_shared(kept, keep=True)

    tables = read_beside(source, OnError.SKIP if asked.skip else OnError.REFUSE, out)
    with waiting(f"Scoring {number_of(tables.creators.height, 'creator')}"):
        scores = score_frame(bundle, tables, explain=asked.explain, as_of=asked.as_of)
    write_counted([scores], out)


def score_parts(source: Path, out: Path, model: _Model, asked: bulk.Asked, size: Size, processes: Processes) -> None:
    """Score a corpus part by part, and write what is finished while the rest is being scored."""
    from bonafide.inputs import fraud_model
    from bonafide.parts import finish, folder_beside
    from bonafide.progress import waiting
    from features.disk import flush
    from models import bulk
    from models.machine.garbage import loading

    with folder_beside(out) as folder, processes:  # which end first, whatever happens
        with loading():
            found = fraud_model(*model)
            ready = bulk.ready(folder, bulk.Scoring(found, asked, alone=True), processes)
        with waiting(f"Cutting {source} into parts"):
            run = bulk.Run.open(folder, source, found, asked, size)
        parts = finish(run, ready, out, verb="Scoring")
        write_counted(run.frames(parts=parts), out, unfinished=folder / out.name)
        for place in (out, out.parent):
            flush(place)
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
    from bonafide.terminal import say
    from features.nouns import number_of
    from models.reports.moves import UNANSWERED

    bands = ", ".join(f"{counts[name]:,} {name or UNANSWERED}" for name in ("low", "review", "high", None))
    say(f"{number_of(counts.total(), 'creator')}: {bands}; written to {out}")
