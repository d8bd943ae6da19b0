"""What commands say in the terminal: messages to standard error, tables and figures to standard output."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from training.evaluation_tables import Table

WIDE = 200  # columns of a table that goes to a file or another program


def say(text: str = "") -> None:
    """Print a message for people to standard error; results alone go to standard output."""
    sys.stderr.write(text + "\n")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, title: str | None = None) -> None:
    """Print a table to standard output, as wide as it needs to be where that is not a terminal."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*columns, box=box.SIMPLE_HEAD)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console = Console(width=None if sys.stdout.isatty() else WIDE)
    if title is not None:
        console.print(Text(title, style="bold"))
    console.print(table)


def tell(tables: Sequence[Table], *, json: bool) -> None:
    """Print tables of figures with their notes, or all of them as JSON."""
    from training.evaluation_tables import as_json

    if json:
        typer.echo(as_json(tables))
        return
    for table in tables:
        print_table(table.columns, table.text, title=table.title)
        if table.note:
            typer.echo(table.note + "\n")
