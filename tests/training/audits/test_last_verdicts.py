from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from training.audits.last_verdicts import last_verdicts
from training.audits.performance import performance

DAY = datetime(2025, 3, 3, tzinfo=UTC)


def audited(*verdicts: str | None, reviewers: tuple[str, ...] = ()) -> pl.DataFrame:
    """One creator's verdicts, a day after the other, by one reviewer unless given."""
    return pl.DataFrame(
        {
            "creator_id": "ana",
            "scored_at": DAY,
            "probability": 0.9,
            "band": "high",
            "reviewer": pl.Series(reviewers or ["ann"] * len(verdicts), dtype=pl.String),
            "verdict": pl.Series(verdicts, dtype=pl.String),
            "audited_at": [DAY + timedelta(days=k + 1) for k in range(len(verdicts))],
        }
    )


@pytest.mark.parametrize(
    ("verdicts", "label"),
    [(("fraud",), 1.0), (("genuine", "fraud"), 1.0), (("fraud", "unsure", "genuine"), 0.0), (("unsure", "fraud"), 1.0)],
)
def test_of_a_creator_the_last_verdict_counts(verdicts: tuple[str, ...], label: float) -> None:
    found = last_verdicts(audited(*verdicts).reverse())
    assert found["label"].to_list() == [label]
    assert found["audited_at"].to_list() == [DAY + timedelta(days=len(verdicts))]


@pytest.mark.parametrize("verdicts", [("unsure",), ("genuine", "unsure"), ("fraud", None), ()])
def test_a_verdict_that_was_taken_back_counts_no_longer(verdicts: tuple[str | None, ...]) -> None:
    assert last_verdicts(audited(*verdicts)).is_empty()


def test_who_takes_a_verdict_back_leaves_those_of_others() -> None:
    found = last_verdicts(audited("fraud", "genuine", None, reviewers=("ann", "bob", "bob")))
    assert found.select("reviewer", "label").rows() == [("ann", 1.0)]


def test_performance_leaves_out_whom_the_reviewer_is_unsure_of_since() -> None:
    sure, since = audited("genuine"), audited("genuine", "unsure")
    for given, counted in ((sure, 1), (since, 0)):
        table = performance(sure, given).table
        assert table.rows[-1][table.columns.index("with a verdict")] == counted
