"""Nested Parquet turned into NDJSON, in a process of its own: a file made to fill the memory ends it and nothing else.

`python -m serving.jobs.unpacking FILE.parquet OUT.ndjson MOST_BYTES MOST_CREATORS PARENT`; exit code 0 where `OUT` is
written whole. It ends where `OUT` is removed meanwhile, or the process `PARENT` is gone: whoever goes on with the job
writes the same file.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from features.errors import NotFoundError, Problem, RecordsError
from features.parquet import open_parquet
from features.records import CREATORS, RECORD_TABLES, Kind
from features.records.handed import names_of
from models.machine.processes import end_with

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyarrow import Schema

MOST_MEMORY = 4 * 10**9
"""Addresses that the process may take, those of the libraries included."""
MOST_CREATORS = 5_000_000
"""Of a job; a few bytes of Parquet may say a row millions of times."""
ROWS = 64
"""Unpacked at a time."""
DONE, UNREADABLE, TOO_LARGE, TWICE = 0, 10, 11, 12
LONGEST_LINE = 16_000_000
"""Bytes of one creator with all tables; one line is in memory at a time, and takes many times its size."""

INEXACT, WIDER = 2.0**24, 2.0**29
"""The first float of 32 bits that is not exact, and how much larger the first of 64 bits is."""

NOT_PARQUET = "is not a Parquet file of creators that can be read"
MUCH = "unpacked it is larger than a job may be"
DOUBLE = "a column is there more than once"
_SAID = {TOO_LARGE: MUCH, TWICE: DOUBLE}


def unpack(file: Path, out: Path, most: int) -> None:
    """Write each row of the file as a line.

    Args:
        file: Parquet with a creator a row and the other tables nested.
        out: NDJSON; it is there whole or not at all.
        most: Bytes that it may have.

    Raises:
        RecordsError: The file is no such one, or is too large.
        NotFoundError: It is not there, or was removed meanwhile.
    """
    part = out.with_suffix(".part")
    environment = os.environ | {"ARROW_DEFAULT_MEMORY_POOL": "system", "OMP_NUM_THREADS": "1"}
    limits = [str(most), str(MOST_CREATORS), str(os.getpid())]
    command = [sys.executable, "-m", "serving.jobs.unpacking", str(file), str(part), *limits]
    ended = subprocess.run(command, env=environment, stderr=subprocess.DEVNULL, check=False)  # noqa: S603 - own code
    if ended.returncode != DONE:
        part.unlink(missing_ok=True)
        if not file.exists():
            raise NotFoundError("the records are not there any more")
        raise RecordsError([Problem(CREATORS.name, _SAID.get(ended.returncode, NOT_PARQUET))])
    part.replace(out)


class _TwiceError(ValueError):
    """A name stands twice among the columns."""


def _lines(file: Path, part: Path) -> Iterator[bytes]:
    wanted = {*names_of(CREATORS, labels=False), *(table.name for table in RECORD_TABLES[1:])}
    with open_parquet(file) as rows:
        columns = [name for name in rows.schema_arrow.names if name in wanted]
        if len(set(columns)) < len(columns):  # of which a row of Python's would have the last alone
            raise _TwiceError
        narrow = _narrow_ids(rows.schema_arrow)
        for batch in rows.iter_batches(ROWS, columns=columns, use_threads=False):
            if not part.exists():
                raise FileNotFoundError
            for row in batch.to_pylist():
                _widen(row, narrow)
                yield json.dumps(row, default=_plain).encode() + b"\n"


def _narrow_ids(schema: Schema) -> dict[str, list[str]]:
    """By table, the ids that are floats of 32 bits."""
    from pyarrow import types

    found = {}
    for table in RECORD_TABLES:
        fields = schema
        if table is not CREATORS:
            place = schema.get_field_index(table.name)
            fields = getattr(schema.types[place], "value_type", None) if place >= 0 else None
            fields = fields if fields is not None and types.is_struct(fields) else ()
        ids = {column.name for column in table.columns if column.kind == Kind.ID}
        found[table.name] = [one.name for one in fields if one.name in ids and types.is_float32(one.type)]
    return {table: names for table, names in found.items() if names}


def _widen(row: dict[str, Any], narrow: Mapping[str, list[str]]) -> None:
    """Write ids that have lost digits in 32 bits as floats that have in 64, which whoever reads the line refuses.

    JSON does not tell the one from the other.
    """
    for table, names in narrow.items():
        for part in [row] if table == CREATORS.name else row[table] or ():
            for name in names:
                if part is not None and abs(part[name] or 0.0) >= INEXACT:
                    part[name] *= WIDER


def _plain(value: object) -> object:
    """What JSON does not have; a value that the contract has no place for becomes an object, which it refuses."""
    if isinstance(value, date):
        return value.isoformat()
    return _number(value) if isinstance(value, Decimal) else {}


def _number(value: Decimal) -> int | float | str:
    """The number: whole ones, which may be ids, with every digit, as text where JSON's readers would round them."""
    if value != value.to_integral_value():
        return float(value)
    return int(value) if abs(value) < 2**64 else f"{value:.0f}"


def _main(file: Path, part: Path, most: int, most_creators: int) -> int:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    size = 0
    try:
        with part.open("wb") as out:
            for count, line in enumerate(_lines(file, part), 1):
                size += len(line)
                if size > most or len(line) > LONGEST_LINE or count > most_creators:
                    return TOO_LARGE
                out.write(line)
    except MemoryError:
        return TOO_LARGE
    except _TwiceError:
        return TWICE
    except Exception:  # whatever a file can do to the library that reads it
        return UNREADABLE
    return DONE


if __name__ == "__main__":
    end_with(int(sys.argv[5]))
    sys.exit(_main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
