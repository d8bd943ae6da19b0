"""What an evaluation finds, as tables: printed, logged, put into a model card or dumped as JSON."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Table:
    """One table of figures.

    Attributes:
        title: What was measured, in one line.
        columns: Names of the columns, the first that of the slice.
        rows: As many cells a row as there are columns: text, numbers, or None where nothing could be measured.
        note: How it was measured, and what to mind.
    """

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[object, ...]]
    note: str = ""

    @property
    def text(self) -> list[tuple[str, ...]]:
        """The rows as they are printed: four significant digits."""
        return [tuple(_shown(cell) for cell in row) for row in self.rows]

    @property
    def markdown(self) -> str:
        """The table as Markdown, without its title."""
        lines = [self.columns, tuple("---" for _ in self.columns), *self.text]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def of_a_sample(tables: Sequence[Table], drawn: int, known: int) -> list[Table]:
    """The tables, whose notes say so where they are of rows drawn at random from those that are known."""
    if drawn == known:
        return list(tables)
    told = f"On {drawn:,} rows drawn from {known:,}."
    return [replace(table, note=f"{table.note} {told}".lstrip()) for table in tables]


def as_json(tables: Sequence[Table]) -> str:
    """All tables as one JSON array: title, note, and each row as an object by column; NaN becomes null."""
    found = [
        {
            "title": table.title,
            "note": table.note,
            "rows": [{name: _plain(cell) for name, cell in zip(table.columns, row, strict=True)} for row in table.rows],
        }
        for table in tables
    ]
    return json.dumps(found, indent=1, allow_nan=False)


def as_markdown(tables: Sequence[Table], level: int = 2) -> str:
    """All tables as sections of a page, with headings of that level."""
    return "\n".join(f"{'#' * level} {table.title}\n\n{table.markdown}\n{table.note}\n" for table in tables)


def as_metrics(tables: Sequence[Table]) -> dict[str, float]:
    """Every finite number by `title/row/column`, as MLflow logs it."""
    return {
        f"{_key(table.title)}/{_key(str(row[0]))}/{_key(name)}": float(cell)
        for table in tables
        for row in table.rows
        for name, cell in zip(table.columns[1:], row[1:], strict=True)
        if isinstance(cell, int | float) and math.isfinite(cell)
    }


def _shown(cell: object) -> str:
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return "–"
    return f"{cell:.4g}" if isinstance(cell, float) else f"{cell:,}" if isinstance(cell, int) else str(cell)


def _plain(cell: object) -> object:
    return None if isinstance(cell, float) and not math.isfinite(cell) else cell


def _key(text: str) -> str:
    """As much of a name as MLflow allows."""
    return "".join(c if c.isalnum() or c in "_-. " else "-" for c in text).strip()
