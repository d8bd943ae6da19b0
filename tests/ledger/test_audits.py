from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from features.errors import NotFoundError, RefusedError
from ledger import Appended, Desk, Ledger, NewAudit, append_audits, append_dispute, desk, read_audits

AT = datetime(2025, 6, 1, 12, tzinfo=UTC)


def outcomes(book: Ledger, *audits: NewAudit) -> list[str]:
    return [one.outcome for one in append_audits(book, audits)]


def test_what_was_handed_in_is_read_back(book: Ledger) -> None:
    given = NewAudit("ana", "fraud", AT, 0.4, ("bought_followers",), "rev-1", "dead accounts\0", "key-1", "hash-1")
    [appended] = append_audits(book, [given])
    [audit] = read_audits(book, "ana")
    assert appended.audit == audit
    assert (audit.key, audit.verdict, audit.audited_at, audit.types) == ("key-1", "fraud", AT, ("bought_followers",))
    assert (audit.reviewer, audit.note, audit.input_hash) == ("rev-1", "dead accounts\ufffd", "hash-1")
    assert audit.dispute is None
    assert read_audits(book, "ben") == []


def test_the_same_key_is_stored_once_and_other_content_under_it_is_refused(book: Ledger) -> None:
    given = NewAudit("ana", "fraud", key="k")
    assert outcomes(book, given, given) == ["stored", "known"]
    assert outcomes(book, given) == ["known"]
    assert outcomes(book, NewAudit("ana", "genuine", key="k")) == ["conflict"]
    assert [one.verdict for one in read_audits(book)] == ["fraud"]


def test_without_a_key_the_same_words_are_the_same_audit(book: Ledger) -> None:
    given = NewAudit("ana", "fraud", AT, reviewer="rev-1")
    assert outcomes(book, given) == ["stored"]
    assert outcomes(book, given, NewAudit("ana", "fraud", AT, reviewer="rev-2")) == ["known", "stored"]
    named = NewAudit("ben", "genuine", AT, key="posted")
    assert outcomes(book, named, NewAudit("ben", "genuine", AT)) == ["stored", "known"]


def test_reviewers_who_disagree_are_both_kept_even_at_the_same_moment(book: Ledger) -> None:
    given = [NewAudit("ana", verdict, AT, reviewer=f"rev-{verdict}") for verdict in ("fraud", "genuine", "unsure")]  # type: ignore[arg-type]
    assert outcomes(book, *given) == ["stored"] * 3
    kept = read_audits(book, "ana")
    assert [one.verdict for one in kept] == ["fraud", "genuine", "unsure"]
    assert [one.audited_at - AT for one in kept] == [timedelta(microseconds=k) for k in range(3)]


def test_an_audit_that_was_stored_a_microsecond_apart_is_known_when_it_comes_again(book: Ledger) -> None:
    outcomes(book, NewAudit("ana", "fraud", AT))
    given = NewAudit("ana", "genuine", AT)
    assert outcomes(book, given) == ["stored"]
    assert outcomes(book, given, NewAudit("ana", "genuine", AT + timedelta(microseconds=1))) == ["known", "known"]
    assert len(read_audits(book)) == 2


def test_a_dispute_has_a_state_and_a_history(book: Ledger) -> None:
    append_audits(book, [NewAudit("ana", "fraud", key="k")])
    append_dispute(book, "k", "open", "I never bought any")
    append_dispute(book, "k", "upheld")
    [audit] = read_audits(book, "ana")
    assert audit.dispute is not None
    assert (audit.dispute.state, audit.dispute.note) == ("upheld", None)
    with book.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM disputes").scalar() == 2
    with pytest.raises(NotFoundError):
        append_dispute(book, "other", "open")


def test_audits_handed_in_by_many_at_once_are_each_there_once(book: Ledger) -> None:
    taking = Desk(book)
    told: list[str] = []

    def hand_in(reviewer: int) -> None:
        told.extend(taking.append(NewAudit(f"c{k}", "fraud", AT, key=f"{k}-{reviewer % 3}")).outcome for k in range(20))

    threads = [threading.Thread(target=hand_in, args=(reviewer,)) for reviewer in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    taking.close()
    assert sorted(told) == ["known"] * 60 + ["stored"] * 60
    assert len({(one.creator_id, one.audited_at) for one in read_audits(book)}) == 60


def test_an_audit_that_the_database_cannot_hold_fails_no_other_that_waits_with_it(
    book: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    append, begun, waiting = desk.append_audits, threading.Event(), threading.Event()

    def appended(ledger: Ledger, audits: list[NewAudit]) -> list[Appended]:
        begun.set()
        assert waiting.wait(240)
        if any(audit.creator_id == "too long" for audit in audits):
            raise RefusedError("the ledger's database cannot hold a row")
        return append(ledger, audits)

    monkeypatch.setattr(desk, "append_audits", appended)
    taking = Desk(book)
    with ThreadPoolExecutor(4) as callers:
        told = [callers.submit(taking.append, NewAudit("first", "fraud", AT))]
        assert begun.wait(240)
        told += [callers.submit(taking.append, NewAudit(one, "fraud", AT)) for one in ("ana", "too long", "ben")]
        while len(taking._waiting) < 3:
            threading.Event().wait(0.001)
        waiting.set()
    taking.close()
    assert [one.exception() is None for one in told] == [True, True, False, True]
    assert {one.creator_id for one in read_audits(book)} == {"first", "ana", "ben"}
