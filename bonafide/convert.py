"""`bonafide convert`: other services' exports into the tables."""

# ruff: noqa: TC003 - Typer reads annotations at run time
from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from features.exports import Converted, Leftovers

SHOWN = 12
"""Unread fields told on standard error; --json names all of them."""


def convert(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", dir_okay=False, help="JSON, NDJSON or CSV; several go together."),
    ],
    source: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="NAME",
            help="modash, hypeauditor, insightiq, instagram-graph, youtube-data, or a mapping of your own (.toml).",
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the tables, as Parquet.")],
    creator_id: Annotated[
        str | None, typer.Option(metavar="ID", help="The creator's id in place of that of the export.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was and was not converted as JSON.")] = False,
) -> None:
    """Turn other services' exports into the five tables.

    What the mapping does not read, and what stays empty, is told; nothing is written where the export is refused.
    """
    import orjson

    from bonafide.output import check_place
    from bonafide.terminal import say
    from features import exports, records
    from features.nouns import number_of

    check_place(out)
    mapping = exports.load(source)
    converted = exports.convert([(file.name, file.read_bytes()) for file in files], mapping, creator_id=creator_id)
    records.write(converted.tables, out)
    if as_json:
        sys.stdout.write(orjson.dumps(_summary(converted), option=orjson.OPT_INDENT_2).decode() + "\n")
    counted = ", ".join(number_of(rows, name.removesuffix("s"), name) for name, rows in _rows(converted).items())
    say(f"{counted}; written to {out}")
    for line in _told(converted.leftovers):
        say(line)


def _rows(converted: Converted) -> dict[str, int]:
    return {name: frame.height for name, frame in converted.tables.items() if frame.height}


def _summary(converted: Converted) -> dict[str, object]:
    return {"documents": converted.documents, "rows": _rows(converted), **asdict(converted.leftovers)}


def _told(left: Leftovers) -> list[str]:
    """What found no place, a line each."""
    lines = []
    if left.fields:
        more = f" and {len(left.fields) - SHOWN} more (--json names all)" if len(left.fields) > SHOWN else ""
        lines.append(f"Fields not read: {', '.join(left.fields[:SHOWN])}{more}")
    lines += [f"Not in the mapping: {_place(table, names)}" for table, names in left.unmapped.items()]
    lines += [f"Empty in this export: {_place(table, names)}" for table, names in left.empty.items()]
    lines += [f"Without a name in the mapping, left empty: {n:,} of {place}" for place, n in left.unnamed.items()]
    lines += [f"Rows put together, as they had the same key: {n:,} of {table}" for table, n in left.merged.items()]
    lines += [f"Differing there, the first stays: {n:,} of {place}" for place, n in left.differing.items()]
    return lines


def _place(table: str, columns: tuple[str, ...]) -> str:
    """Columns of a table; the table alone where it is all of them."""
    from features.records import TABLES

    return table if len(columns) == len(TABLES[table].schema()) else f"{table}.{{{', '.join(columns)}}}"
