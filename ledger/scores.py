"""Scores in the ledger: appended in batches, read as a frame with the signals as columns."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - orjson's and dataclass' readers want it
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import orjson
import polars as pl
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from features import COVERAGE
from ledger.erasure import Forgotten
from ledger.schema import SCORES, SIGNAL_LISTS, plain, ticks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row, Select, Table

    from ledger.opening import Ledger

Role = Literal["champion", "challenger"]
CHAMPION: Role = "champion"

IDENTITY = ("platform", "tier")
ANSWER = ("state", "probability", "lo", "hi", "band", "decision")
TIME = pl.Datetime("us", "UTC")

FACTS = {
    "request_id": pl.String,
    "position": pl.Int64,
    "role": pl.String,
    "model": pl.String,
    "model_version": pl.String,
    "norms_version": pl.String,
    "scored_at": pl.Int64,
    "creator_id": pl.String,
    "platform": pl.String,
    "tier": pl.String,
    "input_hash": pl.String,
    "list_id": pl.String,
    "state": pl.String,
    "probability": pl.Float64,
    "lo": pl.Float64,
    "hi": pl.Float64,
    "band": pl.String,
    "decision": pl.String,
}
"""Columns of a score beside its values."""


@dataclass(frozen=True)
class ScoredBatch:
    """The answers of one model to one request, each creator once.

    Attributes:
        request_id: Names the request; a batch of the same id, role and model version is stored once.
        scored_at: When, in UTC.
        role: Whether callers saw these answers (champion) or a challenger gave them silently.
        model: The registered model's name.
        model_version: Its bundle's version.
        norms_version: That of the context it was used with.
        input_hashes: Of each creator's records, in the order of `signals`.
        signals: What `FraudBundle.signals` gave: `creator_id`, `platform`, `tier`, coverage, signals, shares. Every
            numeric column is kept.
        answers: What `FraudBundle.verdict` said of them, row by row.
    """

    request_id: str
    scored_at: datetime
    role: Role
    model: str
    model_version: str
    norms_version: str
    input_hashes: Sequence[str]
    signals: pl.DataFrame
    answers: pl.DataFrame

    def encode(self) -> bytes:
        """The batch as one line of JSON, which `decode` reads."""
        kept = [name for name, dtype in self.signals.schema.items() if dtype.is_numeric() or dtype == pl.Boolean]
        columns = [self.signals[name].to_list() for name in kept]  # for a row or a few faster than an expression
        values = np.array(columns, "<f8").T
        return orjson.dumps(
            {
                "request_id": self.request_id,
                "scored_at": ticks(self.scored_at),
                "role": self.role,
                "model": self.model,
                "model_version": self.model_version,
                "norms_version": self.norms_version,
                "input_hash": list(self.input_hashes),
                **{name: self.signals[name].to_list() for name in ("creator_id", *IDENTITY)},
                **{name: self.answers[name].to_list() for name in ANSWER},
                "names": kept,
                "numbers": values.tobytes().hex(),
            }
        )


def decode(line: bytes) -> tuple[str, list[dict[str, Any]]]:
    """What `ScoredBatch.encode` wrote: the signal list as JSON, and the rows of `scores`."""
    batch: dict[str, Any] = orjson.loads(line)
    batch["creator_id"] = list(map(plain, batch["creator_id"]))
    names = orjson.dumps(batch.pop("names")).decode()
    numbers = bytes.fromhex(batch.pop("numbers"))
    count = len(batch["creator_id"])
    size = len(numbers) // max(count, 1)
    list_id = hashlib.sha256(names.encode()).hexdigest()
    rows = [
        {
            **{name: value[k] if isinstance(value, list) else value for name, value in batch.items()},
            "position": k,
            "list_id": list_id,
            "numbers": numbers[k * size : (k + 1) * size],
        }
        for k in range(count)
    ]
    return names, rows


def append_scores(ledger: Ledger, batches: Sequence[ScoredBatch]) -> int:
    """Append the answers; those that are there already stay as they are.

    Returns:
        How many rows are new. Those of creators who were erased after they were scored are left out.

    Raises:
        UnavailableError: The database does not answer; nothing was appended.
    """
    return append_encoded(ledger, [batch.encode() for batch in batches])


def append_encoded(ledger: Ledger, lines: Sequence[bytes]) -> int:
    """Append what `ScoredBatch.encode` wrote; see `append_scores`."""
    decoded = [decode(line) for line in lines]
    with ledger.writing() as connection:
        forgotten = Forgotten.read(connection, ledger.home)
        lists = {rows[0]["list_id"]: names for names, rows in decoded if rows}
        rows = [one for _, rows in decoded for one in rows if not forgotten(one["creator_id"], one["scored_at"])]
        _insert(connection, SIGNAL_LISTS, [{"list_id": key, "names": names} for key, names in lists.items()])
        return _insert(connection, SCORES, rows)


def read_scores(
    ledger: Ledger,
    start: datetime | None = None,
    end: datetime | None = None,
    *,
    role: Role | None = CHAMPION,
    creator_id: str | None = None,
) -> pl.DataFrame:
    """The scores of a window, oldest first.

    Args:
        ledger: The ledger.
        start: First time of the window; from the beginning unless given.
        end: The time it ends before; unless given it has no end.
        role: Whose answers; None gives both.
        creator_id: Only those of this creator.

    Returns:
        The columns of `FACTS` with `scored_at` as UTC time, `risk_score`, then one column a value: counts of coverage
        as Int64, signals as Float64. Where models had different signals, those a row lacks are null.
    """
    asked = select(SCORES)
    for condition in (
        SCORES.c.scored_at >= ticks(start) if start else None,
        SCORES.c.scored_at < ticks(end) if end else None,
        SCORES.c.role == role if role else None,
        SCORES.c.creator_id == plain(creator_id) if creator_id is not None else None,
    ):
        if condition is not None:
            asked = asked.where(condition)
    with ledger.reading() as connection:
        return scores_frame(connection, asked.order_by(SCORES.c.scored_at, SCORES.c.request_id, SCORES.c.position))


def signal_lists(ledger: Ledger) -> dict[str, tuple[str, ...]]:
    """What the values of a score are called, in their order, by the `list_id` of `read_scores`."""
    with ledger.reading() as connection:
        return {row.list_id: tuple(orjson.loads(row.names)) for row in connection.execute(select(SIGNAL_LISTS))}


def scores_frame(connection: Connection, asked: Select[Any]) -> pl.DataFrame:
    """The frame of `read_scores` of these rows of `scores`; columns asked for beside them stand last."""
    rows = connection.execute(asked).all()
    lists = {row.list_id: row.names for row in connection.execute(select(SIGNAL_LISTS))}
    groups: dict[str, list[int]] = {}
    for k, row in enumerate(rows):
        groups.setdefault(row.list_id, []).append(k)
    parts = [_part([rows[k] for k in places], places, lists[list_id]) for list_id, places in groups.items()]
    if not parts:
        parts = [_part([], [], "[]")]
    # relaxed: of a part, a column beside the scores may be null throughout
    found = pl.concat(parts, how="diagonal_relaxed").sort("_place").drop("_place")
    return found.with_columns(pl.col("scored_at").cast(TIME))


def _part(rows: Sequence[Row[Any]], places: list[int], names: str) -> pl.DataFrame:
    """Rows of one signal list, with their places among all."""
    columns: list[str] = orjson.loads(names)
    numbers = np.frombuffer(b"".join(row.numbers for row in rows), "<f8").reshape(len(rows), len(columns))
    facts = {name: pl.Series(name, [getattr(row, name) for row in rows], dtype) for name, dtype in FACTS.items()}
    values = {name: pl.Series(name, numbers[:, k]).fill_nan(None) for k, name in enumerate(columns)}
    counts = [pl.col(name).cast(pl.Int64) for name in COVERAGE if name in values]
    frame = pl.DataFrame({**facts, "risk_score": facts["probability"] * 100.0, **values}).with_columns(counts)
    extra = [name for name in (rows[0]._fields if rows else ()) if name not in SCORES.c and name != "numbers"]
    beside = [pl.Series(name, [getattr(row, name) for row in rows]) for name in extra]
    return frame.with_columns(pl.Series("_place", places, pl.Int64), *beside)


def _insert(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> int:
    """Insert the rows whose key is not there yet; how many those were."""
    if not rows:
        return 0
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    new = dialect.insert(table).on_conflict_do_nothing()
    return connection.execute(new, list(rows), execution_options={"preserve_rowcount": True}).rowcount
