"""`bonafide drift`: whether creators who are scored now look like those before."""

# ruff: noqa: TC001, TC003 - Typer reads annotations at run time
from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bonafide.inputs import Json, Model

if TYPE_CHECKING:
    import polars as pl

    from models.drift import Reference
    from models.fraud import FraudBundle
    from training.audits.performance import Performance


def drift(
    out: Annotated[Path, typer.Option(metavar="FILE", help="The report to write: FILE.html.")],
    reference: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Creators as they were: records, or what `score` wrote; else the training."),
    ] = None,
    current: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Creators as they are: records, or what `score` wrote.")
    ] = None,
    days: Annotated[
        int | None,
        typer.Option("--ledger", min=1, metavar="DAYS", help="In place of --current: the ledger's last DAYS."),
    ] = None,
    model: Model = None,
    limit: Annotated[
        float, typer.Option(min=0.0, metavar="INDEX", help="Population stability index from which on a shift counts.")
    ] = 0.2,
    json: Json = False,
) -> None:
    """Compare signals and scores of two sets of creators, overall and by slice; exit code 4 over a limit.

    What is compared with is --reference, or what the model's signals and scores were when it was trained. With --ledger
    the report also says how the model does as far as verdicts came in, and how long they take.
    """
    from bonafide.inputs import fraud_bundle
    from bonafide.output import check_file, write_text
    from bonafide.terminal import tell
    from features.errors import GateError, UsageError
    from models.drift import DEFAULT_LIMITS
    from training.drift import drift as compared

    check_file(out, (".html",))
    if (current is None) == (days is None):
        raise UsageError("say what to compare: --current DIR, or --ledger DAYS")
    bundle = fraud_bundle(model)
    before: pl.DataFrame | Reference = bundle.reference if reference is None else _frame(bundle, reference)
    now, performance = _ledger(days) if current is None else (_frame(bundle, current), None)
    found = compared(before, now, bundle.names, replace(DEFAULT_LIMITS, psi=limit))
    from bonafide.drift_page import drift_html

    told = "the training" if reference is None else str(reference)
    page = drift_html(
        found,
        performance,
        model=bundle.contract.version,
        before=told,
        now=f"the ledger's last {days} days" if current is None else str(current),
    )
    write_text(page, out)
    tell([*found.tables, *([] if performance is None else [performance.table])], json=json)
    if found.over:
        names = ", ".join(f"{one.name} ({name})" for name, one in found.over[:10])
        raise GateError(f"{len(found.over)} over a limit: {names}; the report is {out}")


def _frame(bundle: FraudBundle, source: Path) -> pl.DataFrame:
    """Records, scored by the model, or a file that `score` wrote."""
    import polars as pl

    from bonafide.inputs import read
    from bonafide.progress import waiting
    from bonafide.scored import is_scored
    from models.reports.scored import scores_of
    from training.drift import SLICED_BY, scored_frame

    if is_scored(source):
        frames = scores_of(source)(("probability", *SLICED_BY, *bundle.names))
        return pl.concat([pl.DataFrame(), *frames], how="diagonal")
    tables = read(source)
    with waiting(f"Scoring {source}"):
        return scored_frame(bundle, tables)


def _ledger(days: int | None) -> tuple[pl.DataFrame, Performance]:
    """The scores of the last days, and what verdicts say of all that is in the ledger."""
    import polars as pl

    from bonafide.inputs import open_ledger
    from features.errors import UsageError
    from ledger import audited_scores, read_scores
    from training.audits.performance import performance

    with open_ledger() as ledger:
        scores, audited = read_scores(ledger), audited_scores(ledger)
    start = datetime.now(UTC) - timedelta(days=days or 0)
    recent = scores.filter(pl.col("scored_at") >= start)
    if recent.is_empty():
        raise UsageError(f"the ledger has no score of the last {days} days; what a service or its jobs score is in it")
    return recent, performance(scores, audited)
