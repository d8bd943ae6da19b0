"""Results on disk: the ending decides the kind, and a file is there whole or not at all."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import polars as pl

    from training.evaluation_tables import Table

ENDINGS = (".parquet", ".csv", ".ndjson")
WIDE = 200  # columns of a table that goes to a file or another program

Out = Annotated[Path, typer.Option(metavar="FILE", help="File to write; its ending decides the kind.")]
AnyOut = Annotated[
    str, typer.Option(metavar="FILE", help="File to write; its ending decides the kind. Of Spark, a folder of Parquet.")
]


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


def check_ending(path: Path, endings: tuple[str, ...] = ENDINGS) -> None:
    """Refuse an output that could not be written, before any work is done.

    Raises:
        UsageError: an unknown ending, or a folder of that name.
    """
    known = path.suffix.lower() in endings
    if known and not path.is_dir():
        return
    from features.errors import UsageError  # loads far more than a look at a name needs

    if known:
        raise UsageError(f"{path} is a folder; name a file for the output")
    named = ", ".join(endings[:-1]) + f" or {endings[-1]}" if len(endings) > 1 else endings[0]
    raise UsageError(f"{path}: the output's kind follows its ending; give it {named}")


@contextlib.contextmanager
def whole_file(path: Path, unfinished: Path | None = None) -> Iterator[Path]:
    """A file to write to; renamed to `path` at the end, removed after an error.

    Args:
        path: Where the whole file will be.
        unfinished: Where it is until then, on the same file system; a new neighbour unless given.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = _neighbour(path) if unfinished is None else unfinished
    try:
        yield part
        part.chmod(0o666 & ~_umask())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _neighbour(path: Path) -> Path:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    os.close(handle)
    return Path(name)


@contextlib.contextmanager
def whole_folder(path: Path, mark: str) -> Iterator[Path]:
    """A temporary neighbour of the folder `path` to fill; renamed to it at the end, removed after an error.

    A folder that is there is replaced only if it is empty or an earlier one of its kind, which holds the file `mark`.

    Raises:
        UsageError: `path` is a file, or a folder of something else.
    """
    from features.errors import UsageError
    from features.records.write import replace_folder

    if path.exists() and not (path.is_dir() and ((path / mark).is_file() or not any(path.iterdir()))):
        raise UsageError(f"{path} is there already and not an earlier result of this command; name another folder")
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as scratch:
        part = Path(scratch) / "new"
        part.mkdir()
        yield part
        replace_folder(path, part)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_text(text: str, path: Path) -> None:
    """Write UTF-8 text, whole or not at all."""
    with whole_file(path) as part:
        part.write_text(text, encoding="utf-8", newline="\n")


def write_frame(frame: pl.DataFrame, path: Path) -> None:
    """Write a frame as Parquet, CSV (lists and structs as JSON text) or NDJSON, by the ending of `path`."""
    write_frames([frame], path)


def write_frames(frames: Iterable[pl.DataFrame], path: Path, unfinished: Path | None = None) -> None:
    """Write frames of the same columns one after the other, as `write_frame` would write all of them.

    Args:
        frames: The frames.
        path: Where they go, whole or not at all.
        unfinished: Where they are until all are written; see `whole_file`.
    """
    check_ending(path)
    with whole_file(path, unfinished) as part:
        _WRITERS[path.suffix.lower()](frames, part)


def _write_parquet(frames: Iterable[pl.DataFrame], path: Path) -> None:
    import polars as pl
    import pyarrow.parquet as pq

    with contextlib.ExitStack() as stack:
        writer = None
        for frame in frames:
            rows = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
            if writer is None:
                writer = stack.enter_context(pq.ParquetWriter(path, rows.schema, compression="zstd"))
            writer.write_table(rows)


def _write_csv(frames: Iterable[pl.DataFrame], path: Path) -> None:
    with path.open("wb") as file:
        for number, frame in enumerate(frames):
            _plain(frame).write_csv(file, include_header=number == 0)


def _write_ndjson(frames: Iterable[pl.DataFrame], path: Path) -> None:
    with path.open("wb") as file:
        for frame in frames:
            frame.write_ndjson(file)


def _plain(frame: pl.DataFrame) -> pl.DataFrame:
    """Lists and structs as JSON text."""
    import orjson
    import polars as pl

    def as_json(column: pl.Series) -> pl.Series:
        texts = [None if value is None else orjson.dumps(value).decode() for value in column.to_list()]
        return pl.Series(column.name, texts, dtype=pl.String)

    nested = [name for name, dtype in frame.schema.items() if dtype.is_nested()]
    return frame.with_columns(as_json(frame[name]) for name in nested)


_WRITERS: dict[str, Callable[[Iterable[pl.DataFrame], Path], None]] = {
    ".parquet": _write_parquet,
    ".csv": _write_csv,
    ".ndjson": _write_ndjson,
}
