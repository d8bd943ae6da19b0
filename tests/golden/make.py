"""Write the golden rows anew: `python tests/golden/make.py`, after a signal was changed on purpose.

`creators.ndjson` stays as it is unless it is deleted first; `signals.json` follows the code.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

import features
from features.context import Context
from features.families import residuals
from features.records import RECORD_TABLES, Tables, read

HERE = Path(__file__).parent
CREATORS, CURVES, SIGNALS = HERE / "creators.ndjson", HERE / "curves.json", HERE / "signals.json"
MOST_ROWS = {"posts": 14, "follower_history": 70, "comments": 30, "audience": 110}
WHEN = datetime(2026, 7, 1, tzinfo=UTC)


def context() -> Context:
    """The curves that the golden rows are read under; no norms."""
    return Context(curves=pl.DataFrame(json.loads(CURVES.read_text(encoding="utf-8")), schema=residuals.SCHEMA))


def rows() -> list[dict[str, Any]]:
    """The golden creators' signals as the code gives them now."""
    built = features.build(scored(read(CREATORS, now=WHEN)), context())
    return [dict(row) for row in built.iter_rows(named=True)]


def scored(tables: Tables) -> Tables:
    """The tables with probabilities in place of those that models of followers and comments would give."""
    followings, letters = pl.col("following") % 101, pl.col("text").str.len_bytes() % 101
    return replace(
        tables,
        audience=tables.audience.with_columns(fake_probability=(followings / 100).round(6)),
        comments=tables.comments.with_columns(inauthentic_probability=(letters / 100).round(6)),
    )


def _nested(tables: Tables, creator: str) -> dict[str, Any]:
    record: dict[str, Any] = {}
    for table in RECORD_TABLES:
        frame = tables[table.name].filter(pl.col("creator_id") == creator)
        if table.name == "creators":
            record = _plain(frame.row(0, named=True))
        elif frame.height:
            kept = frame.drop("creator_id").tail(MOST_ROWS[table.name])
            record[table.name] = [_plain(row) for row in kept.iter_rows(named=True)]
    return record


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    known = {name: value for name, value in row.items() if value is not None and name not in ("spam", "fake")}
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in known.items()}


def _write_creators() -> None:
    from training.simulate import simulate

    simulation = simulate(120, seed=41)
    truth, tables = simulation.truth, simulation.tables
    wanted = [
        pl.col("kinds").list.contains("bought_followers"),
        pl.col("kinds").list.contains("pod"),
        pl.col("innocent") == "viral_post",
        pl.col("innocent") == "non_english",
        pl.col("innocent") == "missing_tables",
    ]
    chosen = [truth.filter(which)["creator_id"][0] for which in wanted]
    lines = [json.dumps(_nested(tables, creator), ensure_ascii=False) for creator in dict.fromkeys(chosen)]
    CREATORS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    curves = features.context.build(tables).curves
    CURVES.write_text(json.dumps(curves.to_dicts(), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if not CREATORS.exists():
        _write_creators()
    SIGNALS.write_text(json.dumps(rows(), indent=1) + "\n", encoding="utf-8")
