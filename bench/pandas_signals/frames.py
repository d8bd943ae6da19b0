"""The records as pandas holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl

from features.records.contract import RECORD_TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from features.records import Tables

    Frames = Mapping[str, pd.DataFrame]

SCHEMAS = {table.name: table.schema() for table in RECORD_TABLES}
"""The columns of each table, that of creators first."""
TYPES = {
    name: {
        column: "float64" if dtype.is_numeric() else "str" if dtype == pl.String else "boolean"
        for column, dtype in schema.items()
        if not dtype.is_temporal() and not dtype.is_nested()
    }
    for name, schema in SCHEMAS.items()
}
"""What pandas keeps a column as: of a record that lacks it all values are None."""


def frames_of(tables: Tables) -> dict[str, pd.DataFrame]:
    """The tables with the types that pandas would read them with."""
    return {name: _typed(name, tables[name].to_pandas()) for name in SCHEMAS}


def frames_of_records(records: Iterable[Mapping[str, Any]]) -> dict[str, pd.DataFrame]:
    """Nested records, as JSON gives them, as one frame a table."""
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in SCHEMAS}
    for record in records:
        rows["creators"].append({name: value for name, value in record.items() if name not in SCHEMAS})
        for name in rows.keys() - {"creators"}:
            rows[name] += [{"creator_id": record["creator_id"], **row} for row in record[name]]
    return {name: _typed(name, pd.DataFrame(some, columns=list(SCHEMAS[name]))) for name, some in rows.items()}


def _typed(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    for column, dtype in SCHEMAS[name].items():
        if dtype.is_temporal():
            frame[column] = pd.to_datetime(frame[column], utc=True, format="ISO8601")
    return frame.astype(TYPES[name])


def observed_on(frames: Frames) -> pd.Series:
    """The day of the newest thing known of each creator."""
    dated = {"creators": "observed_at", "posts": "posted_at", "comments": "posted_at", "follower_history": "date"}
    times = pd.concat([frames[name].set_index("creator_id")[column] for name, column in dated.items()])
    return times.groupby(level=0).max().dt.normalize()
