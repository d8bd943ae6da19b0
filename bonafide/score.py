"""`bonafide score`: one row a creator."""

# ruff: noqa: TC001 - Typer reads annotations at run time
from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bonafide.inputs import AsOf, ContextFolder, Errors, Input, Model, OnError, Profile
from bonafide.output import Out

if TYPE_CHECKING:
    import polars as pl


def score(
    source: Input,
    out: Out,
    explain: Annotated[bool, typer.Option("--explain", help="Add the reasons of each score.")] = False,
    model: Model = None,
    context: ContextFolder = None,
    profile: Profile = None,
    as_of: AsOf = None,
    on_error: Errors = OnError.REFUSE,
) -> None:
    """Score creators, one row each.

    Rows come out in the order of INPUT: probability, interval, band and decision, with --explain the reasons too.
    """
    from bonafide.inputs import day, fraud_bundle, read_beside
    from bonafide.output import check_ending, say, write_frame
    from bonafide.progress import waiting
    from models.reporting import score_frame

    check_ending(out)
    bundle = fraud_bundle(model, context, profile)
    tables = read_beside(source, on_error, out)
    with waiting(f"Scoring {tables.creators.height:,} creators"):
        scores = score_frame(bundle, tables, explain=explain, as_of=day(as_of))
    write_frame(scores, out)
    say(f"{summary(scores)}; written to {out}")


def summary(scores: pl.DataFrame) -> str:
    """How many creators are in each band, and how many have too little data."""
    counts = dict(scores["band"].fill_null("without an answer").value_counts().iter_rows())
    names = ("low", "review", "high", "without an answer")
    return f"{scores.height:,} creators: " + ", ".join(f"{counts.get(name, 0):,} {name}" for name in names)
