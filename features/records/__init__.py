"""Records: the contract, the door that they come in through, and how they are written and hashed."""

from __future__ import annotations

from features.records.contract import (
    AUDIENCE,
    AUDITS,
    BRIEFS,
    COMMENTS,
    CREATORS,
    FOLLOWER_HISTORY,
    LABEL_TABLES,
    MATCHES,
    MEDIA_TYPES,
    NICHES,
    PLATFORMS,
    POLARS_TYPES,
    POSTS,
    RECORD_TABLES,
    TABLES,
    VERDICTS,
    Column,
    Kind,
    Table,
)
from features.records.hashes import input_hashes
from features.records.read import Refused, read, read_briefs, read_lenient
from features.records.rows import creators_beside, read_rows
from features.records.schema import json_schema
from features.records.sheets import Sheets, read_sheets
from features.records.straight import Straight, read_straight
from features.records.tables import Tables
from features.records.write import write

__all__ = [
    "AUDIENCE",
    "AUDITS",
    "BRIEFS",
    "COMMENTS",
    "CREATORS",
    "FOLLOWER_HISTORY",
    "LABEL_TABLES",
    "MATCHES",
    "MEDIA_TYPES",
    "NICHES",
    "PLATFORMS",
    "POLARS_TYPES",
    "POSTS",
    "RECORD_TABLES",
    "TABLES",
    "VERDICTS",
    "Column",
    "Kind",
    "Refused",
    "Sheets",
    "Straight",
    "Table",
    "Tables",
    "creators_beside",
    "input_hashes",
    "json_schema",
    "read",
    "read_briefs",
    "read_lenient",
    "read_rows",
    "read_sheets",
    "read_straight",
    "write",
]
