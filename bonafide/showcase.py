"""What the demo shows: figures on unseen creators, and a few telling examples with their reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonafide.output import write_frame, write_text
from bonafide.terminal import print_table, say

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from features.records import Tables
    from models.fraud import FraudBundle
    from models.reports.report import Report
    from training.fraud import TrainedFraud
    from training.fraud_model.audit_evaluation import Evaluation
    from training.simulate import Simulation


UPLOAD = "examples.ndjson"
INNOCENT = ("viral_post", "giveaway", "platform_purge", "non_english", "missing_tables")
BOUGHT = ("bought_followers", "bought_likes", "bought_views", "bought_comments")
FEW, MANY = 0.08, 0.3
"""The share that is bought, in the examples of few and of many."""
HIDDEN = 1
"""Columns that the record of an example may lack, where there are such records."""


@dataclass(frozen=True)
class Example:
    """A simulated creator, what is true of it, and what the model says."""

    story: str
    report: Report


def signals(bundle: FraudBundle, test: Simulation) -> pl.DataFrame:
    """The signals of simulated creators that the model has not seen."""
    from bonafide.progress import waiting

    with waiting("Reading signals of creators the model has not seen"):
        return bundle.signals(test.tables)


def evaluated(bundle: FraudBundle, test: Simulation, found: pl.DataFrame) -> Evaluation:
    """The model's figures against the truth of simulated creators, whose signals are `found`."""
    import polars as pl

    from bonafide.progress import waiting
    from training.fraud_model.audit_evaluation import evaluate

    with waiting("Testing on them"):
        truth = test.truth.select("creator_id", label=pl.col("fraud").cast(pl.Float64))
        frame = found.join(truth, on="creator_id", maintain_order="left")
        return evaluate(bundle, frame, test.tables, test.truth)


def chosen(truth: pl.DataFrame, scores: pl.DataFrame) -> dict[str, tuple[str, str]]:
    """Name and story of each example by `creator_id`.

    Of each kind the creator in the middle by probability, so that as many of the kind are told better as worse: the
    first at hand would be anybody, and the clearest would promise too much. Records with most columns go before others.
    """
    import polars as pl

    bought = {kind: pl.col("kinds").list.contains(kind) for kind in BOUGHT}
    kinds = {
        "genuine": ~pl.col("fraud") & pl.col("innocent").is_null(),
        **{f"genuine {_words(case)}": pl.col("innocent") == case for case in INNOCENT},
        "few bought followers": bought["bought_followers"] & (pl.col("dose") < FEW),
        **{f"many {_words(kind)}": which & (pl.col("dose") > MANY) for kind, which in bought.items()},
    }
    known = truth.join(scores.select("creator_id", "probability"), on="creator_id").drop_nulls("probability")
    found: dict[str, tuple[str, str]] = {}
    for name, which in kinds.items():
        rows = known.filter(which & ~pl.col("creator_id").is_in(list(found)))
        whole = rows.filter(pl.col("hidden").list.len() <= HIDDEN)
        rows = (rows if whole.is_empty() else whole).sort("probability", "creator_id")
        for row in rows.slice((rows.height - 1) // 2, 1).iter_rows(named=True):
            found[row["creator_id"]] = (name.replace(" ", "-"), _story(name, row["dose"], row["kinds"]))
    return found


def _story(name: str, dose: float | None, kinds: list[str]) -> str:
    """What is true of an example: how much was bought, and what else."""
    others = ", ".join(words for kind in kinds if (words := _words(kind)) not in name)
    return name + ("" if dose is None else f" ({100 * dose:.0f} %)") + (f", {others}" if others else "")


def write_examples(bundle: FraudBundle, test: Simulation, scores: pl.DataFrame, folder: Path) -> list[Example]:
    """Score the examples and write their records, scores and reports below `folder`; the likeliest fraud first.

    The records are there twice: as a folder of tables, and as the one file that a browser hands in.
    """
    import orjson

    from bonafide.progress import waiting
    from features import records
    from models.reporting import reports
    from models.scoring import score_frame
    from serving.pages.carried import nested
    from serving.pages.report import report_html

    stories = chosen(test.truth, scores)
    with waiting(f"Writing {len(stories)} reports"):
        tables = _renamed(test.tables.select(list(stories)), {creator: name for creator, (name, _) in stories.items()})
        records.write(tables, folder / "examples")
        write_text("".join(f"{orjson.dumps(record).decode()}\n" for record in nested(tables)), folder / UPLOAD)
        write_frame(score_frame(bundle, tables, explain=True), folder / "scores.parquet")
        found, shown = {report.creator_id: report for report in reports(bundle, tables)}, bundle.scored(tables)
        for name, report in found.items():
            write_text(report_html(report, shown), folder / "reports" / f"{name}.html")
    examples = [Example(story, found[name]) for name, story in stories.values()]
    return sorted(examples, key=lambda example: -(example.report.probability or -1.0))


def _renamed(tables: Tables, names: dict[str, str]) -> Tables:
    """The same records under names that say what they are; creators stay the authors of their own comments."""
    import polars as pl

    from features.records import RECORD_TABLES, Tables

    both = pl.col("^(creator_id|author_id)$").replace(names)
    return Tables.from_frames(
        {table.name: tables[table.name].with_columns(both) for table in RECORD_TABLES}, labels=False
    )


def tell(evaluation: Evaluation, examples: list[Example], folder: Path, fraud: TrainedFraud) -> None:
    """Print the figures, the examples and what to do next."""
    from models.settings import get_settings

    _print_figures(evaluation)
    print_table(
        ("creator", "in truth", "probability", "interval", "band", "decision", "strongest reason"),
        [_row(example) for example in examples],
        title="Examples: for each kind, the creator with the median probability",
    )
    settings = get_settings()
    say(f"A report:     {folder / 'reports' / f'{examples[0].report.creator_id}.html'}  (open it in a browser)")
    say(f"MLflow:       mlflow server --backend-store-uri {settings.tracking_uri} --port 5000")
    say(f"The service:  bonafide serve --port {settings.port}  (a page takes {folder / UPLOAD})")
    if not fraud.champion:
        say(f"Your own champion stays in service; `bonafide models promote {fraud.address}` puts the demo's there.")


def tell_of_index(test: Simulation) -> None:
    """Say what can be done with the index of these creators."""
    say(f"Lookalikes:   bonafide similar --creator {test.tables.creators['creator_id'][0]}")


def _print_figures(evaluation: Evaluation) -> None:
    figures = evaluation.metrics
    shown = {"auc": "AUC", "ap": "average precision", "ece": "calibration error", "brier": "Brier score"}
    rows = [(name, f"{figures[key]:.3f}") for key, name in shown.items() if key in figures]
    alarms = figures.get("false_alarms_at_high")
    rows += [] if alarms is None else [("false alarms in band high", f"{100 * alarms:.1f} %")]
    print_table(
        ("over all", ""), rows, title=f"On {figures['rows']:,.0f} simulated creators that the model has not seen"
    )
    doses = [
        (str(row["value"]), _part(row, "rows", 0), _part(row, "auc"), _part(row, "recall_at_high"))
        for row in _slice(evaluation, "dose")
    ]
    print_table(("share bought", "creators", "AUC", "found in band high"), doses)
    cases = [
        (_words(str(row["value"])), _part(row, "rows", 0), _part(row, "false_alarms_at_high"))
        for row in _slice(evaluation, "innocent")
    ]
    print_table(("innocent case", "creators", "false alarms in band high"), cases)


def _slice(evaluation: Evaluation, name: str) -> list[dict[str, object]]:
    import polars as pl

    frame = evaluation.slices
    return frame.filter(pl.col("slice") == name).to_dicts() if "slice" in frame.columns else []


def _part(row: dict[str, object], name: str, digits: int = 3) -> str:
    value = row.get(name)
    return "" if value is None else f"{value:.{digits}f}"


def _row(example: Example) -> tuple[str, ...]:
    from serving.pages.roster import main_reason

    report = example.report
    strongest = main_reason(report.band, ((one.signal, one.points) for one in report.reasons if one.value is not None))
    reason = "" if strongest is None else f"{_words(strongest[0])} {strongest[1]:+.0f}"
    known = report.probability is not None and report.lo is not None and report.hi is not None
    probability = f"{report.probability:.2f}" if known else "-"
    interval = f"{report.lo:.2f}-{report.hi:.2f}" if known else "-"
    return (report.creator_id, example.story, probability, interval, report.band or "-", report.decision, reason)


def _words(name: str) -> str:
    return name.replace("_", " ")
