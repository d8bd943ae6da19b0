"""The card of a fraud model: what it is, what it was trained on, how well it does, where it does worse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.card import trained_on
from training.fraud_model.audit_tables import intervals
from training.metrics import FEWEST_IN_SLICE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import polars as pl

    from models.boosters.explanation import Explanation
    from models.fraud import FraudBundle
    from training.evaluation_tables import Table
    from training.fraud_model.audit_evaluation import Evaluation

SHOWN = (
    ("auc", "AUC"),
    ("ap", "average precision"),
    ("brier", "Brier score"),
    ("ece", "expected calibration error"),
    ("precision_at_high", "precision in band high"),
    ("recall_at_high", "recall in band high"),
    ("false_alarms_at_high", "genuine creators in band high"),
    ("false_alarms_at_review", "genuine creators in band review or high"),
)
_HELD_OUT = {
    "group": "On creators held out by creator and agency, never trained on.",
    "time": "On the creators audited last, held out with their agencies, never trained on.",
}
SLICE_COLUMNS = ("rows", "fraud_rate", "auc", "ece", "false_alarms_at_review", "false_alarms_at_high")


def model_card(
    bundle: FraudBundle, evaluation: Evaluation, explanation: Explanation, tables: Sequence[Table] = ()
) -> str:
    """The card as Markdown.

    Args:
        bundle: The model.
        evaluation: On creators that it was not trained on.
        explanation: Of the same creators.
        tables: What else was measured, such as `training.fraud_model.evaluation.evaluate_fraud` on real accounts.
    """
    against, contract = evaluation.against, bundle.contract
    return "\n".join(
        [
            f"# bonafide-fraud {contract.version}",
            "",
            "The probability that a creator's audience or engagement is bought, from public counts, comments and a "
            "sample of followers. It is one input to a person's decision, not a verdict: on little evidence it "
            "never rejects. It infers nothing of ethnicity, health, religion or income.",
            "",
            "## What it is",
            *_facts(bundle),
            "",
            "## How well it does",
            _HELD_OUT[str(contract.training.get("split"))],
            "",
            *_overall(evaluation.metrics),
            "",
            "## What moves it",
            "Mean size of what each family adds to the log odds, in either direction.",
            "",
            *_families(bundle, explanation),
            "",
            "## Where it does better and worse",
            f"Slices of {FEWEST_IN_SLICE} creators or more; against {against}.",
            "",
            *_table(evaluation.slices),
            "",
            "## What else was measured",
            "",
            *_measured([*intervals(evaluation.judged, against), *tables]),
        ]
    )


def _facts(bundle: FraudBundle) -> list[str]:
    contract, profile = bundle.contract, bundle.profile
    return [
        f"- version `{contract.version}`, norms `{contract.norms_version}`, data `{contract.data_hash[:12]}`",
        f"- {contract.trees} trees over {len(contract.signals)} signals; {contract.members} more boosters, one a "
        "fold, for the interval",
        f"- calibration: {contract.calibration.slope:.3f} x raw log odds {contract.calibration.intercept:+.3f}; "
        f"{contract.steeper:.2f} times as far from the base where comments stand alone",
        f"- bands: review from {profile.review:.2f}, high from {profile.high:.2f} (profile {profile.name})",
        *trained_on(contract),
    ]


def _measured(tables: Sequence[Table]) -> Iterator[str]:
    for table in tables:
        yield f"### {table.title}"
        if table.note:
            yield table.note
        yield ""
        yield table.markdown if table.rows else "There was too little to measure it on.\n"


def _overall(metrics: dict[str, float]) -> list[str]:
    columns = [("", "against the audits")] + ([("truth_", "against the truth")] if "truth_rows" in metrics else [])
    lines = [
        "| figure | " + " | ".join(title for _, title in columns) + " |",
        "|---|" + "---|" * len(columns),
    ]
    for name, title in SHOWN:
        cells = [_number(metrics.get(prefix + name)) for prefix, _ in columns]
        lines.append(f"| {title} | " + " | ".join(cells) + " |")
    return lines


def _families(bundle: FraudBundle, explanation: Explanation) -> list[str]:
    sizes = {name: float(abs(part).mean()) for name, part in explanation.by_family(bundle.definitions).items()}
    rows = [f"| {name} | {size:.3f} |" for name, size in sorted(sizes.items(), key=lambda item: -item[1])]
    return ["| family | log odds |", "|---|---|", *rows]


def _table(slices: pl.DataFrame) -> list[str]:
    if slices.is_empty():
        return ["No slice is that large."]
    columns = [column for column in SLICE_COLUMNS if column in slices.columns]
    lines = [
        "| slice | value | " + " | ".join(column.replace("_", " ") for column in columns) + " |",
        "|---|---|" + "---|" * len(columns),
    ]
    for row in slices.iter_rows(named=True):
        cells = [_number(row[column]) for column in columns]
        lines.append(f"| {row['slice']} | {row['value']} | " + " | ".join(cells) + " |")
    return lines


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.0f}" if value == int(value) and abs(value) > 1 else f"{value:.3f}"
