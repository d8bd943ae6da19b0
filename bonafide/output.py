"""Results on disk: files by their ending, whole or not at all, refused before the work where they cannot be."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    import polars as pl

ENDINGS = (".parquet", ".csv", ".ndjson")
MOST_NAMED = 5

Out = Annotated[Path, typer.Option(metavar="FILE", help="File to write, in the format of its ending.")]
AnyOut = Annotated[
    str,
    typer.Option(metavar="FILE", help="File to write, in the format of its ending; with Spark, a folder of Parquet."),
]


def check_ending(path: Path, endings: tuple[str, ...] = ENDINGS) -> None:
    """UsageError where the ending says no kind of file that is known."""
    if path.suffix.lower() in endings:
        return
    from features.errors import UsageError  # loads far more than a look at a name needs

    named = ", ".join(endings[:-1]) + f" or {endings[-1]}" if len(endings) > 1 else endings[0]
    raise UsageError(f"{path}: the output's kind follows its ending; give it {named}")


def check_file(path: Path, endings: tuple[str, ...] = ENDINGS) -> None:
    """Refuse a file that could not be written, before any work is done.

    Raises:
        UsageError: An unknown ending, a folder of that name, or nothing can be made there.
    """
    check_ending(path, endings)
    if path.is_dir():
        from features.errors import UsageError

        raise UsageError(f"{path} is a folder; name a file for the output")
    check_place(path)


def check_apart(path: Path, *sources: Path) -> None:
    """UsageError where the output would replace what is read, or be taken for a table of a folder of records."""
    for source in sources:
        among = source.is_dir() and path.parent.is_dir() and path.parent.samefile(source) and _is_table(path)
        if among or (path.exists() and source.exists() and path.samefile(source)):
            from features.errors import UsageError

            what = "is read and would be replaced by the output" if path.exists() else f"would be a table of {source}"
            raise UsageError(f"{path} {what}; name another file")


def _is_table(path: Path) -> bool:
    from features.records import TABLES  # loads all that records need, which only who writes beside them waits for

    return path.stem in TABLES


def check_place(path: Path) -> None:
    """UsageError where neither a file nor a folder can be made: it would lie in a file, or where one may not write."""
    inside = next(one for one in path.absolute().parents if os.path.lexists(one))
    if inside.is_dir() and os.access(inside, os.W_OK | os.X_OK):
        return
    from features.errors import UsageError

    why = "one may not write there" if inside.is_dir() else "it is no folder"
    raise UsageError(f"{path} cannot be made in {inside}: {why}; name another place for the output")


@contextlib.contextmanager
def _being_made(path: Path) -> Iterator[None]:
    """UsageError where what is made here cannot be made, which `check_place` does not foresee of every file system."""
    from features.errors import UsageError

    try:
        yield
    except OSError as error:
        raise UsageError(f"{path} cannot be made: {error.strerror}; name another place for the output") from None


@contextlib.contextmanager
def whole_file(path: Path, unfinished: Path | None = None) -> Iterator[Path]:
    """A file to write to; renamed to `path` at the end, removed after an error.

    Args:
        path: Where the whole file will be.
        unfinished: Where it is until then, on the same file system; a new neighbour unless given.
    """
    with _being_made(path):
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
def whole_folder(path: Path, mark: str, names: Collection[str] | None = None) -> Iterator[Path]:
    """A temporary neighbour of the folder `path` to fill; renamed to it at the end, removed after an error.

    A folder that is there is replaced only if it is empty or an earlier one of its kind, which holds the file `mark`.

    Args:
        path: The folder.
        mark: A file that only such folders hold.
        names: All that such a folder may hold: nobody asked to delete anything else. Anything unless given.

    Raises:
        UsageError: `path` is a file or a folder of something else, or cannot be made.
    """
    from features.disk import replace_folder
    from features.errors import UsageError, printable

    if path.exists() and not (path.is_dir() and ((path / mark).is_file() or not any(path.iterdir()))):
        raise UsageError(f"{path} is there already and not an earlier result of this command; name another folder")
    if names is not None and path.is_dir() and (others := {one.name for one in path.iterdir()}.difference(names)):
        told = ", ".join(printable(name) for name in sorted(others)[:MOST_NAMED])
        raise UsageError(f"{path} holds other things than this command writes and is not replaced: {told}")
    check_place(path)
    with _being_made(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent)
    with beside as scratch:
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
    check_file(path)
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
