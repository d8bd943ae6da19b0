"""`bonafide rank`: creators for a brand's brief."""

# ruff: noqa: TC001, TC003 - Typer reads annotations at run time
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bonafide.output import Out

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from models.ranking import Ranking

COLUMNS = ("brief_id", "rank", "creator_id", "fit_score", "fit_before_risk", "risk_score", "reasons")


def rank(
    briefs: Annotated[Path, typer.Option(metavar="FILE", help="Briefs: NDJSON, one a line, or Parquet or CSV.")],
    candidates: Annotated[Path, typer.Option(metavar="INPUT", help="The candidates' records: folder or NDJSON.")],
    out: Out,
    top: Annotated[int | None, typer.Option(min=1, metavar="N", help="Creators of a brief; all unless given.")] = None,
    reasons: Annotated[int, typer.Option(min=0, metavar="N", help="Give reasons for the first N of a brief.")] = 50,
) -> None:
    """Rank creators for a brand's briefs.

    All candidates are scored for every brief, none is left out; the fraud risk is weighed in.
    """
    from bonafide.inputs import fraud_bundle, read
    from bonafide.output import check_ending, say, write_frame
    from bonafide.progress import waiting
    from features import records
    from models.rank import rank as ranked
    from models.registry import load_fit

    check_ending(out)
    fraud, fit = fraud_bundle(None), load_fit(None)
    asked, tables = records.read_briefs(briefs), read(candidates)
    with waiting(f"Ranking {tables.creators.height:,} creators for {asked.height:,} briefs"):
        signals = fraud.signals(tables)
        risk = fraud.verdict(signals)
        rankings = ranked(fit, asked, tables, signals, risk, top=top, reasons=reasons)
    write_frame(frame(rankings), out)
    say(f"Written to {out}")


def frame(rankings: Sequence[Ranking]) -> pl.DataFrame:
    """The rankings as rows, with the columns that `rank` writes; reasons are null where none were asked for."""
    import polars as pl

    reason = pl.Struct(
        {
            "signal": pl.String,
            "value": pl.Float64,
            "unit": pl.String,
            "log_odds": pl.Float64,
            "points": pl.Float64,
            "matched_terms": pl.List(pl.String),
        }
    )
    types = (pl.String, pl.Int64, pl.String, pl.Float64, pl.Float64, pl.Float64, pl.List(reason))
    rows = [one.model_dump(include=set(COLUMNS)) for one in rankings]
    return pl.DataFrame(rows, schema=dict(zip(COLUMNS, types, strict=True)))
