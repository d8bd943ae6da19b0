"""A ledger of each kind, and batches of scores to put into it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl
import pytest

from ledger import Ledger, ScoredBatch
from tests.ledger.servers import MISSING, Server, empty_database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

START = datetime(2025, 6, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server that may be stopped, and must run again afterwards."""
    server = Server.make()
    if server is None:
        pytest.skip(MISSING)
    yield server
    server.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def book(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    """An empty ledger of either kind."""
    home = tmp_path / "home"
    if request.param == "sqlite":
        ledger = Ledger(f"sqlite:///{home / 'ledger.db'}", home)
    else:
        ledger = Ledger(empty_database(request.getfixturevalue("postgres")), home)
    yield ledger
    ledger.close()


@pytest.fixture
def batch() -> Callable[..., ScoredBatch]:
    return make_batch


def make_batch(
    request: str = "r1",
    creators: tuple[str, ...] = ("ana", "ben"),
    *,
    hours: float = 0.0,
    role: str = "champion",
    version: str = "v1",
    signals: dict[str, float | None] | None = None,
) -> ScoredBatch:
    values = {"likes_per_follower": 0.25, "posts_a_week": None} if signals is None else signals
    count = len(creators)
    return ScoredBatch(
        request_id=request,
        scored_at=START + timedelta(hours=hours),
        role=role,  # type: ignore[arg-type]
        model="bonafide-fraud",
        model_version=version,
        norms_version="n1",
        input_hashes=[f"hash-{creator}" for creator in creators],
        signals=pl.DataFrame(
            {
                "creator_id": creators,
                "platform": ["instagram"] * count,
                "tier": ["micro"] * count,
                "posts_counted": [7] * count,
                **{name: pl.Series([value] * count, dtype=pl.Float64) for name, value in values.items()},
                "missing_inputs": [["audience"]] * count,
            }
        ),
        answers=pl.DataFrame(
            {
                "state": ["ready"] * count,
                "probability": [0.125] * count,
                "lo": [0.1] * count,
                "hi": [0.2] * count,
                "band": ["low"] * count,
                "decision": ["approve"] * count,
            }
        ),
    )
