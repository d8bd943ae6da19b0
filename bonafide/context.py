"""`bonafide context`: what signals need to know of other creators."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bonafide.inputs import AnyInput, Engine, OnEngine

if TYPE_CHECKING:
    import polars as pl

    from features import Context

FOUND = "pods_found.ndjson"

app = typer.Typer(name="context", help="Peers' norms, built from a corpus of creators.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Peers' norms, built from a corpus of creators."""


@app.command()
def build(
    source: AnyInput,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the context.")],
    engine: OnEngine = Engine.LOCAL,
) -> None:
    """Build norms from a corpus.

    They hold the quantiles of every signal by platform and size, what moved all accounts on a day, how many creators
    a commenter serves, and pods. Pods are written for people too, to pods_found.ndjson.
    """
    from bonafide.output import whole_folder
    from bonafide.terminal import say
    from features.context import ABOUT, SCHEMAS
    from features.nouns import number_of

    names = {ABOUT, FOUND, *(f"{part}.parquet" for part in SCHEMAS)}
    with whole_folder(out, ABOUT, names) as part:
        built, found = _on_spark(source) if engine is Engine.SPARK else _here(Path(source))
        built.save(part)
        found.write_ndjson(part / FOUND)
    held = f"{number_of(built.norms.height, 'norm')}, {number_of(found.height, 'pod')}"
    say(f"Context {built.version}: {held}; written to {out}")


def _here(source: Path) -> tuple[Context, pl.DataFrame]:
    """The context and its pods, on this machine."""
    from bonafide.inputs import read
    from bonafide.progress import waiting
    from features import context
    from features.corpus import pods
    from features.nouns import number_of
    from models.fraud import scored
    from models.loading import load_followers_and_comments

    tables = read(source)
    with waiting(f"Building norms of {number_of(tables.creators.height, 'creator')}"):
        return context.build(scored(tables, *load_followers_and_comments())), pods.pods_of(tables)


def _on_spark(source: str) -> tuple[Context, pl.DataFrame]:
    """The context and its pods, on a cluster."""
    from bonafide.progress import waiting
    from bonafide.spark import session
    from models.loading import load_followers_and_comments
    from models.spark import build_context

    followers, comments = load_followers_and_comments()
    spark = session()
    with waiting(f"Building norms of {source} on Spark"):
        built = build_context(spark, source, followers=followers, comments=comments)
    return built.context, built.pods
