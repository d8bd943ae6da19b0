from __future__ import annotations

import multiprocessing
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl
import pytest
from sqlalchemy.exc import DBAPIError

from features.errors import ContractError, UnavailableError, UsageError
from ledger import (
    Ledger,
    NewAudit,
    append_audits,
    append_dispute,
    append_scores,
    audited_scores,
    audits_frame,
    read_scores,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ledger import ScoredBatch

    Batches = Callable[..., ScoredBatch]

START = datetime(2025, 6, 1, 12, tzinfo=UTC)


def test_a_window_gives_back_what_was_scored_with_signals_as_columns(book: Ledger, batch: Batches) -> None:
    assert append_scores(book, [batch("r1"), batch("r2", hours=1, signals={"b": 2.5})]) == 4
    found = read_scores(book, START, START + timedelta(hours=2))
    assert found["creator_id"].to_list() == ["ana", "ben", "ana", "ben"]
    assert found["scored_at"][0] == START
    assert found["likes_per_follower"].to_list() == [0.25, 0.25, None, None]
    assert found["posts_a_week"].to_list() == [None] * 4
    assert found["b"].to_list() == [None, None, 2.5, 2.5]
    assert (found["posts_counted"].dtype, found["posts_counted"][0]) == (pl.Int64, 7)
    assert found["risk_score"][0] == 12.5
    assert found["input_hash"][1] == "hash-ben"
    assert read_scores(book, START + timedelta(hours=1)).height == 2
    assert read_scores(book, end=START).is_empty()
    assert read_scores(book, creator_id="ben").height == 2


def test_scores_of_models_with_other_signals_stand_between_each_other_by_their_time(
    book: Ledger, batch: Batches
) -> None:
    append_scores(book, [batch("r1"), batch("r2", hours=1, signals={"b": 2.5}), batch("r3", hours=2)])
    found = read_scores(book)
    assert found["request_id"].to_list() == ["r1", "r1", "r2", "r2", "r3", "r3"]
    assert found["scored_at"].is_sorted()
    assert found["b"].to_list() == [None, None, 2.5, 2.5, None, None]


def test_a_batch_that_comes_twice_is_there_once(book: Ledger, batch: Batches) -> None:
    append_scores(book, [batch()])
    assert append_scores(book, [batch(), batch("r2", ("cy",))]) == 1
    assert read_scores(book).height == 3


def test_a_challenger_answers_beside_the_champion(book: Ledger, batch: Batches) -> None:
    append_scores(book, [batch(), batch(role="challenger", version="v2")])
    assert read_scores(book)["model_version"].unique().to_list() == ["v1"]
    assert read_scores(book, role="challenger")["model_version"].unique().to_list() == ["v2"]
    assert read_scores(book, role=None).height == 4


@pytest.mark.parametrize("table", ["scores", "audits", "disputes"])
@pytest.mark.parametrize("change", ["UPDATE {} SET creator_id = 'x'", "DELETE FROM {}"])
def test_nothing_is_changed_or_deleted(book: Ledger, batch: Batches, table: str, change: str) -> None:
    append_scores(book, [batch()])
    append_audits(book, [NewAudit("ana", "fraud", key="k")])
    with book.writing() as connection:
        connection.exec_driver_sql(
            "INSERT INTO disputes (audit_key, creator_id, stated_at, state) VALUES ('k', 'ana', 1, 'open')"
        )
    with pytest.raises(DBAPIError, match="append-only"), book.writing() as connection:
        connection.exec_driver_sql(change.format(table))


def test_an_audit_stands_beside_the_score_that_it_was_about(book: Ledger, batch: Batches) -> None:
    early, late = batch("r1", signals={"a": 1.0}), batch("r2", hours=2, signals={"a": 2.0})
    silent = batch("r3", hours=0.5, role="challenger", signals={"a": 9.0})
    append_scores(book, [early, late, silent])
    append_audits(
        book,
        [
            NewAudit("ana", "fraud", START + timedelta(hours=1), key="between"),
            NewAudit("ana", "genuine", START + timedelta(hours=3), key="after"),
            NewAudit("ana", "genuine", START - timedelta(hours=3), key="before"),
            NewAudit("ben", "fraud", START + timedelta(hours=3), input_hash="hash-of-another", key="other"),
        ],
    )
    found = audited_scores(book)
    assert dict(found.select("audit_key", "a").iter_rows()) == {"between": 1.0, "after": 2.0}
    assert found["verdict"].to_list() == ["fraud", "genuine"]


def test_an_audit_that_names_its_input_stands_beside_the_last_score_of_that_input(book: Ledger, batch: Batches) -> None:
    judged = [
        replace(batch(f"r{k}", ("ana",), hours=k, signals={"a": float(k)}), input_hashes=["seen"]) for k in (0, 1)
    ]
    append_scores(book, [*judged, batch("r2", ("ana",), hours=2, signals={"a": 2.0})])
    append_audits(book, [NewAudit("ana", "fraud", START + timedelta(hours=3), input_hash="seen")])
    assert audited_scores(book).select("request_id", "a").rows() == [("r1", 1.0)]


def test_where_nothing_was_audited_there_are_the_columns_alone(book: Ledger, batch: Batches) -> None:
    append_scores(book, [batch("r1")])
    empty = audited_scores(book)
    assert empty.is_empty()
    assert {"audit_key", "audited_at", "dispute"} <= set(empty.columns)


def test_audits_of_scores_with_other_signals_may_differ_in_what_is_known_of_them(book: Ledger, batch: Batches) -> None:
    append_scores(book, [batch("r1", ("ana",)), batch("r2", ("ben",), signals={"b": 1.0})])
    at = START + timedelta(hours=1)
    judged = NewAudit("ben", "fraud", at, reviewer="rev-1", key="k-2")
    append_audits(book, [NewAudit("ana", "fraud", at, key="k-1"), judged])
    assert dict(audited_scores(book).select("creator_id", "reviewer").iter_rows()) == {"ana": None, "ben": "rev-1"}


def open_together(url: str, home: Path, barrier: object) -> None:
    barrier.wait()  # type: ignore[attr-defined]
    ledger = Ledger(url, home)
    assert read_scores(ledger).is_empty()
    ledger.close()


def test_processes_that_start_together_make_the_tables_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(3)
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    started = [context.Process(target=open_together, args=(url, tmp_path, barrier)) for _ in range(3)]
    for one in started:
        one.start()
    for one in started:
        one.join(300)
    assert [one.exitcode for one in started] == [0, 0, 0]


def test_a_ledger_of_a_newer_version_is_refused(book: Ledger) -> None:
    read_scores(book)
    with book.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'later'")
    older = Ledger(str(book.engine.url), book.home)
    with pytest.raises(ContractError, match="newer"):
        read_scores(older)
    older.close()


@pytest.mark.parametrize("url", ["sqlite://", "mysql://x/y", "nonsense"])
def test_an_address_that_is_none_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        read_scores(Ledger(url, tmp_path))


def test_a_ledger_in_postgresql_without_its_driver_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(UsageError, match="needs its driver"):
        read_scores(Ledger("postgresql://localhost/x", tmp_path))


def test_a_database_that_is_away_is_told_without_its_address(tmp_path: Path) -> None:
    away = Ledger("postgresql://someone:hidden@127.0.0.1:1/x", tmp_path)
    with pytest.raises(UnavailableError) as told:
        read_scores(away)
    assert "hidden" not in str(told.value)


def test_nobody_else_may_read_the_file(tmp_path: Path) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}", tmp_path)
    with ledger.writing():
        assert {path.stat().st_mode & 0o777 for path in tmp_path.glob("ledger.db*")} == {0o600}
    ledger.close()


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_text("creator_id,verdict\n" * 100)
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}", tmp_path)
    with pytest.raises(ContractError, match=r"no database of SQLite \(SQLITE_NOTADB\)"):
        read_scores(ledger)
    ledger.close()


def test_a_verdict_whose_objection_was_upheld_is_about_no_score(book: Ledger, batch: Batches) -> None:
    append_scores(book, [batch("r1", ("ana", "ben"))])
    later = START + timedelta(hours=1)
    append_audits(book, [NewAudit(name, "fraud", later, key=name) for name in ("ana", "ben")])
    append_dispute(book, "ana", "open")
    append_dispute(book, "ben", "upheld")
    assert audited_scores(book)["creator_id"].to_list() == ["ana"]
    append_dispute(book, "ben", "rejected")
    assert audited_scores(book)["creator_id"].to_list() == ["ana", "ben"]


def test_the_table_of_audits_is_by_creator_and_time_and_without_those_that_were_wrong(book: Ledger) -> None:
    at = {hour: START + timedelta(hours=hour) for hour in (1, 2)}
    append_audits(
        book,
        [
            NewAudit("ben", "fraud", at[2], 0.5, ("bought_likes",), key="late"),
            NewAudit("ben", "genuine", at[1], key="early"),
            NewAudit("ana", "fraud", at[2], key="wrong"),
        ],
    )
    append_dispute(book, "late", "rejected")
    append_dispute(book, "wrong", "open")
    assert audits_frame(book)["creator_id"].to_list() == ["ana", "ben", "ben"]
    append_dispute(book, "wrong", "upheld")
    kept = audits_frame(book)
    assert kept.select("creator_id", "audited_at", "verdict").rows() == [
        ("ben", at[1], "genuine"),
        ("ben", at[2], "fraud"),
    ]
    assert (kept["fake_follower_share"].to_list(), kept["types"].to_list()) == ([None, 0.5], [None, ["bought_likes"]])
    assert audits_frame(book, upheld=True)["creator_id"].to_list() == ["ana", "ben", "ben"]
