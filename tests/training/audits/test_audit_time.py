"""What came after a verdict must not reach what is learnt from it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl
import pytest

import features
from features.records import Tables
from ledger import Ledger, NewAudit, ScoredBatch, append_audits, append_dispute, append_scores
from training.audits.audit_time import as_audited, deciding
from training.audits.served import from_ledger, with_served
from training.fraud import fit_fraud

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from training.fraud_model.fitting import FittedFraud
    from training.simulate import Simulation

AUDITED = datetime(2025, 6, 10, 12, tzinfo=UTC)


def records(**changes: dict[str, list[object]]) -> Tables:
    days = [AUDITED.date() - timedelta(days=40 - k) for k in range(40)]
    frames: dict[str, dict[str, list[object]]] = {
        "creators": {
            "creator_id": ["a"],
            "platform": ["instagram"],
            "followers": [1040],
            "observed_at": [AUDITED - timedelta(hours=1)],
        },
        "posts": {
            "creator_id": ["a"] * 6,
            "post_id": [f"p{k}" for k in range(6)],
            "posted_at": [AUDITED - timedelta(days=3 * k + 1) for k in range(6)],
            "likes": [30 + k for k in range(6)],
        },
        "comments": {"creator_id": ["a"], "comment_id": ["c1"], "posted_at": [AUDITED - timedelta(days=2)]},
        "follower_history": {"creator_id": ["a"] * 40, "date": [*days], "followers": [1000 + k for k in range(40)]},
        "audits": {"creator_id": ["a"], "audited_at": [AUDITED], "verdict": ["fraud"]},
    }
    for name, later in changes.items():
        frames[name] = {column: [*values, *later[column]] for column, values in frames[name].items()}
    return Tables.from_frames({name: pl.DataFrame(columns) for name, columns in frames.items()})


LATER = {
    "posts": {"creator_id": ["a"], "post_id": ["px"], "posted_at": [AUDITED + timedelta(minutes=1)], "likes": [9999]},
    "comments": {"creator_id": ["a"], "comment_id": ["cx"], "posted_at": [AUDITED + timedelta(seconds=1)]},
    "follower_history": {"creator_id": ["a"], "date": [AUDITED.date() + timedelta(days=1)], "followers": [50_000]},
}


@pytest.mark.parametrize("table", LATER)
def test_a_later_row_cannot_leak_into_the_signals(table: str) -> None:
    before, after = records(), records(**{table: LATER[table]})
    assert not features.build(after).equals(features.build(before))
    assert features.build(as_audited(after)).equals(features.build(as_audited(before)))
    assert features.build(as_audited(before)).equals(features.build(before))


def test_the_counts_of_a_profile_seen_later_are_those_of_the_history_before() -> None:
    seen = records()
    later = pl.DataFrame(
        {"creator_id": ["a"], "platform": ["instagram"], "followers": [90_000], "observed_at": [AUDITED + timedelta(9)]}
    )
    tables = as_audited(Tables.from_frames({**dict(seen.items()), "creators": later}))
    assert tables.creators["followers"].to_list() == [1039]
    assert tables.creators["observed_at"].dt.date().to_list() == [date(2025, 6, 9)]
    bare = as_audited(Tables.from_frames({"creators": later, "audits": seen.audits}))
    assert bare.creators["followers"].to_list() == [None]


def test_the_last_verdict_that_agrees_with_the_label_decides_the_time() -> None:
    rows = [("a", 1, "fraud", "ann"), ("a", 3, "fraud", "bob"), ("a", 5, "genuine", "cy"), ("b", 2, "unsure", "ann")]
    audits = pl.DataFrame(
        [
            {"creator_id": one, "audited_at": datetime(2026, 1, day, tzinfo=UTC), "verdict": said, "reviewer": who}
            for one, day, said, who in rows
        ]
    )
    assert deciding(audits).rows() == [("a", datetime(2026, 1, 3, tzinfo=UTC))]


def test_a_verdict_that_was_taken_back_decides_no_time() -> None:
    rows = [(1, "fraud", "ann"), (3, "fraud", "bob"), (5, None, "bob")]
    audits = pl.DataFrame(
        [
            {"creator_id": "a", "audited_at": datetime(2026, 1, day, tzinfo=UTC), "verdict": said, "reviewer": who}
            for day, said, who in rows
        ]
    )
    assert deciding(audits).rows() == [("a", datetime(2026, 1, 1, tzinfo=UTC))]


def test_later_rows_change_nothing_of_a_trained_model(
    simulation: Simulation, fitted_fraud: FittedFraud, tmp_path: Path
) -> None:
    tables = simulation.tables
    last = tables.audits["audited_at"].max()
    assert isinstance(last, datetime)
    audited = deciding(tables.audits)["creator_id"].head(50)
    later = pl.DataFrame({"creator_id": audited, "post_id": "later", "posted_at": last + timedelta(1), "likes": 10**7})
    posts = Tables.from_frames({"posts": later}).posts
    more = Tables.from_frames({**dict(tables.items()), "posts": pl.concat([tables.posts, posts])})
    again = fit_fraud(more, tmp_path / "bundle", truth=simulation.truth).bundle
    assert (again.folder / "booster.txt").read_bytes() == (fitted_fraud.bundle.folder / "booster.txt").read_bytes()


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}", tmp_path)
    yield ledger
    ledger.close()


def serve(ledger: Ledger, signals: pl.DataFrame, at: datetime, norms: str) -> None:
    count = signals.height
    answers = pl.DataFrame(
        {
            "state": ["ready"] * count,
            "decision": ["review"] * count,
            "band": ["review"] * count,
            **{name: [0.5] * count for name in ("probability", "lo", "hi")},
        }
    )
    hashes = ["h"] * count
    append_scores(ledger, [ScoredBatch(str(at), at, "champion", "m", "v1", norms, hashes, signals, answers)])


def test_a_verdict_is_joined_to_the_signals_that_were_served_before_it(ledger: Ledger) -> None:
    tables = records()
    signals = features.build(tables)
    hour = timedelta(hours=1)
    moved = [signals.with_columns(rate := pl.lit(float(k)).alias(features.SIGNALS[0].name)) for k in (1, 2, 3)]
    assert rate is not None
    older = moved[2].drop(features.SIGNALS[1].name)
    serve(ledger, older.with_columns(creator_id=pl.lit("older")), AUDITED - hour / 2, "n1")
    append_audits(ledger, [NewAudit("older", "fraud", AUDITED)])
    for frame, at in zip(moved, (AUDITED - 2 * hour, AUDITED - hour, AUDITED + hour), strict=True):
        serve(ledger, frame, at, "n1")
    append_audits(ledger, [NewAudit("a", "fraud", AUDITED), NewAudit("stranger", "genuine", AUDITED)])
    found = from_ledger(ledger, None, "n1")
    assert found.signals.equals(moved[1])
    assert (found.tables.creators["creator_id"].to_list(), found.left_out) == (["a"], 2)
    assert with_served(signals.with_columns(label=1.0), found.signals).equals(moved[1].with_columns(label=1.0))
    other_norms = from_ledger(ledger, tables, "n2")
    assert other_norms.signals.is_empty()
    assert with_served(signals, other_norms.signals).equals(signals)


def test_a_verdict_whose_objection_was_upheld_is_not_learnt_from(ledger: Ledger) -> None:
    append_audits(ledger, [NewAudit("a", "genuine", AUDITED, key="k")])
    append_dispute(ledger, "k", "upheld")
    assert from_ledger(ledger, None, "n1").tables.audits.is_empty()
