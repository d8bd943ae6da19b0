"""The contract as others read it: JSON Schema for the endpoint, Markdown tables for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.records.contract import CREATORS, RECORD_TABLES, TABLES, Column, Kind, Table
from features.records.plain import MOST_EXACT

if TYPE_CHECKING:
    from collections.abc import Sequence

NOT_NULL_TYPES: dict[Kind, dict[str, object]] = {
    Kind.ID: {"type": ["string", "integer"], "minLength": 1, "minimum": -(2**63), "maximum": 2**63 - 1},
    Kind.TEXT: {"type": "string"},
    Kind.CHOICE: {"type": "string"},
    Kind.COUNT: {"type": "integer", "minimum": 0},
    Kind.SHARE: {"type": "number", "minimum": 0, "maximum": 1},
    Kind.MONEY: {"type": "number", "minimum": 0},
    Kind.FLAG: {"type": ["boolean", "integer"], "minimum": 0, "maximum": 1},
    Kind.TIME: {"type": "string", "format": "date-time"},
    Kind.DATE: {"type": "string", "format": "date"},
    Kind.TEXTS: {"type": "array", "items": {"type": "string"}},
    Kind.WEIGHTS: {"type": "object", "additionalProperties": {"type": ["number", "null"]}},
}

WORDS: dict[Kind, str] = {
    Kind.ID: "id",
    Kind.TEXT: "text",
    Kind.CHOICE: "one of",
    Kind.COUNT: "whole number ≥ 0",
    Kind.SHARE: "number 0–1",
    Kind.MONEY: "number ≥ 0",
    Kind.FLAG: "true or false",
    Kind.TIME: "time, UTC",
    Kind.DATE: "date",
    Kind.TEXTS: "list of texts",
    Kind.WEIGHTS: "names and numbers",
}


def json_schema(name: str = CREATORS.name) -> dict[str, object]:
    """JSON Schema of one row of a table as it is sent; `creators` is a whole record, its tables nested.

    Raises KeyError where there is no such table.
    """
    table = TABLES[name]
    return _object(table, table.columns, _nested() if table is CREATORS else {})


def markdown() -> str:
    """The contract as Markdown: for each table its sentence, its key and a row for each column."""
    return "\n".join(_section(table) for table in TABLES.values())


def _section(table: Table) -> str:
    lines = [f"### `{table.name}`", "", f"{table.about} Key: {', '.join(f'`{name}`' for name in table.key)}.", ""]
    lines += ["| column | holds | |", "|---|---|---|"]
    lines += [f"| `{column.name}` | {_holds(column)} | {column.about} |" for column in table.columns]
    return "\n".join([*lines, ""])


def _holds(column: Column) -> str:
    words = WORDS[column.kind]
    if column.choices:
        words = " / ".join(f"`{choice}`" for choice in column.choices)
    if column.most is not None:
        words += f", at most {column.most}"
    return f"{words}, **required**" if column.required else words


def _nested() -> dict[str, object]:
    """The arrays of rows inside a record; a nested row does not repeat its creator."""
    return {
        table.name: {
            "type": ["array", "null"],
            "description": table.about,
            "items": _object(table, [column for column in table.columns if column.name != "creator_id"], {}),
        }
        for table in RECORD_TABLES[1:]
    }


def _object(table: Table, columns: Sequence[Column], nested: dict[str, object]) -> dict[str, object]:
    columns = [column for column in columns if not column.label]
    return {
        "type": "object",
        "description": table.about,
        "properties": {column.name: _value(column) for column in columns} | nested,
        "required": [column.name for column in columns if column.required],
        "additionalProperties": False,
    }


def _value(column: Column) -> dict[str, object]:
    value = dict(NOT_NULL_TYPES[column.kind])
    if column.kind == Kind.COUNT:
        value["maximum"] = MOST_EXACT if column.most is None else column.most
    if column.choices:
        value["enum"] = [*column.choices] if column.required else [*column.choices, None]
    if not column.required:
        types = value["type"]
        value["type"] = [*(types if isinstance(types, list) else [types]), "null"]
    value["description"] = column.about
    return value
