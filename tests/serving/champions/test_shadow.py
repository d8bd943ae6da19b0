"""A challenger in shadow scores what the champion answered, and is never waited for."""

from __future__ import annotations

import gc
import queue
import threading
import time
import weakref
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from prometheus_client import REGISTRY

from features import records
from models.fraud import FraudBundle
from serving.api import examples
from serving.champions import shadow as shadows
from serving.champions.shadow import MOST_WAITING, Offered, Shadow
from tests.weakened import weakened
from training.audits.shadowed import shadowed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from features.records import Tables
    from ledger import ScoredBatch
    from serving.champions.loaded import Loaded

PATIENCE = 240


@pytest.fixture(scope="module")
def challenger(loaded: Loaded, tmp_path_factory: pytest.TempPathFactory) -> FraudBundle:
    return weakened(loaded.fraud, tmp_path_factory.mktemp("challenger") / "bundle")


def some(*names: str) -> Tables:
    return records.read([examples.creator(name, followers=40_000 + len(name)) for name in names], extra="refuse")


def counted(outcome: str) -> float:
    return REGISTRY.get_sample_value("bonafide_shadow_creators_total", {"outcome": outcome}) or 0.0


def test_requests_scored_together_are_recorded_apart_as_each_alone(challenger: FraudBundle) -> None:
    found: list[ScoredBatch] = []
    scored = counted("scored")
    shadow = Shadow(challenger)
    for request_id, tables in (("one", some("a", "bb")), ("two", some("ccc"))):
        assert shadow.offer(request_id, tables, found.append)
    end = time.monotonic() + PATIENCE
    while counted("scored") < scored + 3:
        assert time.monotonic() < end
        time.sleep(0.02)
    assert [(one.request_id, one.role, one.signals["creator_id"].to_list()) for one in found] == [
        ("one", "challenger", ["a", "bb"]),
        ("two", "challenger", ["ccc"]),
    ]
    alone = challenger.verdict(challenger.signals(some("ccc")))
    assert found[1].answers.equals(alone)
    assert found[1].model_version == challenger.contract.version
    assert list(found[1].input_hashes) == [*records.input_hashes(some("ccc")).values()]


def test_a_challenger_that_was_replaced_is_not_held_by_its_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    scored: queue.SimpleQueue[str] = queue.SimpleQueue()

    class Counting(Shadow):
        def score(self, asked: Sequence[Offered], record: object) -> None:
            for one in asked:
                scored.put(one.request_id)

    def ended() -> None:
        for thread in set(threading.enumerate()) - others:
            thread.join(PATIENCE)
        assert set(threading.enumerate()) <= others

    monkeypatch.setattr(shadows, "IDLE", 0.01)
    others = set(threading.enumerate())
    challenger: Any = Counting(SimpleNamespace())  # type: ignore[arg-type]
    for request_id in ("one", "two"):
        assert challenger.offer(request_id, some("a"), print)
        assert scored.get(timeout=PATIENCE) == request_id
        ended()
    held = weakref.ref(challenger)
    del challenger
    gc.collect()
    assert held() is None


def test_what_is_too_much_is_left_out_at_once(challenger: FraudBundle) -> None:
    going_on, stop = threading.Event(), threading.Event()

    def slow(_: ScoredBatch) -> None:
        going_on.set()
        stop.wait(PATIENCE)

    shadow = Shadow(challenger)
    shadow.offer("first", some("a"), slow)
    assert going_on.wait(PATIENCE)
    tables = some(*(f"c{k}" for k in range(500)))
    began, dropped = time.monotonic(), counted("dropped")
    taken = [shadow.offer(f"request-{k}", tables, slow) for k in range(6)]
    assert time.monotonic() - began < PATIENCE / 2  # who waited for the thread would have waited for all of it
    stop.set()
    assert taken == [True] * (MOST_WAITING // 500) + [False] * (6 - MOST_WAITING // 500)
    assert counted("dropped") == dropped + 500 * taken.count(False)


def test_a_challenger_that_fails_says_so_and_goes_on_with_the_next(
    challenger: FraudBundle, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    found: list[ScoredBatch] = []
    failed = counted("failed")
    shadow = Shadow(challenger)
    works = shadow.score

    def fails_once(asked: list[Offered], record: object) -> None:
        monkeypatch.setattr(shadow, "score", works)
        raise ZeroDivisionError

    monkeypatch.setattr(shadow, "score", fails_once)
    shadow.offer("fails", some("a"), found.append)
    end = time.monotonic() + PATIENCE
    while shadow.score is not works:
        assert time.monotonic() < end
        time.sleep(0.02)
    shadow.offer("works", some("a"), found.append)
    while not found:
        assert time.monotonic() < end
        time.sleep(0.02)
    assert found[0].request_id == "works"
    assert "the challenger could not score: ZeroDivisionError" in caplog.text
    assert counted("failed") == failed + 1


def test_differences_are_summed_up_by_request() -> None:
    rows = [
        {"request_id": f"r{k}", "position": 0, "creator_id": f"c{k}", "input_hash": "h", "platform": "instagram"}
        | {"role": role, "model_version": version, "probability": p, "decision": decision}
        for k in range(40)
        for role, version, p, decision in (
            ("champion", "v1", 0.1 if k % 2 else 0.9, "approve" if k % 2 else "reject"),
            ("challenger", "v2", 0.1 if k % 2 else 0.585 - k / 100, "approve"),
        )
    ]
    scores = pl.DataFrame(rows).with_columns(scored_at=pl.lit("2025-03-03T00:00:00").str.to_datetime(time_zone="UTC"))
    audited = scores.filter(pl.col("role") == "champion").select(
        "creator_id",
        audited_at="scored_at",
        reviewer=pl.lit("ann"),
        verdict=pl.when(pl.col("probability") > 0.5).then(pl.lit("fraud")).otherwise(pl.lit("genuine")),
    )
    overall, by_platform, decided, furthest = shadowed(scores, audited)
    found = dict(zip(overall.columns, overall.rows[0], strict=True))
    assert (found["models"], found["scored by both"], found["newly flagged"]) == ("v1 → v2", 40, 0)
    assert found["no longer flagged"] == 5
    assert (found["with a verdict"], found["ap champion"], found["ap challenger"]) == (40, 1.0, 1.0)
    assert by_platform.rows[0][0] == "v1 → v2: instagram"
    assert ("v1 → v2: reject", 20, 0, 0, 0) in decided.rows
    assert [row[0] for row in furthest.rows[:2]] == ["c38", "c36"]
