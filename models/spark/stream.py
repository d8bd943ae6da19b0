"""Five tables as one stream of parcels: those of a creator are in one partition, and in it together.

Nothing is changed on the way to the one door of the records. Creators are in buckets by the hash of their ids, and a
parcel (`models.spark.parcels`) holds rows of one table and bucket.
"""

from __future__ import annotations

import os
import warnings
from functools import partial, reduce
from typing import TYPE_CHECKING, cast

from models.spark.parcels import BUCKET, KEY, NEWEST, PARCELS, PLACE, TIMES, packed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import polars as pl
    import pyarrow as pa
    from pyspark.sql import Column, DataFrame, GroupedData, SparkSession
    from pyspark.sql.types import StructType

    from features.errors import Problem
    from features.records import Table

    Batches = Iterator[pa.RecordBatch]
    Frames = Iterator[pl.DataFrame]
    Source = str | Mapping[str, DataFrame]

MOST_ROWS = 100_000
"""Rows of a table that are looked at of one creator, the newest."""
ROWS_A_TASK = 4_000_000
"""A minute or two of work. More and smaller tasks would exchange too many too small pieces."""
TASKS_A_CORE = 2
BUCKETS_A_TASK = 100
"""Of a task's rows a bucket has so small a part that it is worked on at once."""
THREADS = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS")
_DRAWN = 1_000_000
"""Of so many parts of the creators some are drawn."""
_LARGEST = 2**53
"""Floats are whole numbers without doubt up to here."""


def read(spark: SparkSession, source: str) -> dict[str, DataFrame]:
    """The tables of a folder on any file system that Spark reads: `creators.parquet`, a file or a folder, and so on.

    Raises:
        RecordsError: A table cannot be read.
    """
    from py4j.protocol import Py4JJavaError
    from pyspark.errors import PySparkException

    from features.errors import RecordsError
    from features.records import RECORD_TABLES

    found: dict[str, DataFrame] = {}
    for table in RECORD_TABLES:
        try:
            found[table.name] = _placed(spark.read.parquet(f"{source.rstrip('/')}/{table.name}.parquet"))
        except PySparkException as error:
            if error.getCondition() != "PATH_NOT_FOUND":
                raise RecordsError([_unreadable(table.name, error.getCondition())]) from error
        except Py4JJavaError as error:  # what failed in a task of Spark's own
            raise RecordsError([_unreadable(table.name, error.java_exception.getCondition())]) from error
    return found


def _unreadable(table: str, condition: str | None) -> Problem:
    from features.errors import Problem

    return Problem(table, f"{table}.parquet cannot be read: {condition}")


def check(tables: Mapping[str, DataFrame]) -> None:
    """Warn of columns that the contract does not have; RecordsError where one is missing that it needs."""
    import polars as pl

    from features.errors import Problem
    from features.records import CREATORS, TABLES
    from features.records.check import Checker
    from features.records.handed import Extras, from_columns
    from features.records.problems import Problems
    from features.records.times import latest

    problems, extras = Problems(), Extras("warn", labels=False)
    checker = Checker(problems, latest(None), labels=False)
    if CREATORS.name not in tables:
        problems.add_unreadable(Problem(CREATORS.name, "the table is missing"))
    for name, frame in tables.items():
        nothing = [(one, pl.Series(one, [], dtype=pl.String)) for one in frame.columns if one != PLACE]
        checker.read(from_columns(TABLES[name], nothing, 0, extras, problems))
    extras.warn()
    if problems.total:
        raise problems.error()


def tasks_for(tables: Mapping[str, DataFrame], spark: SparkSession) -> int:
    """So many that each has `ROWS_A_TASK` rows; of Parquet files that is known without reading them."""
    rows = sum(int(frame.count()) for frame in tables.values())
    return max(-(-rows // ROWS_A_TASK), TASKS_A_CORE * int(spark.sparkContext.defaultParallelism))


def stream(tables: Mapping[str, DataFrame], tasks: int, *, share: float = 1.0) -> DataFrame:
    """The rows of all tables as parcels, those of a bucket of creators in one partition and together.

    Args:
        tables: By the name of the table.
        tasks: Partitions.
        share: Of the creators, drawn by the hash of their ids; all of them unless given.
    """
    from features.records import TABLES

    parcels = []
    for name, frame in tables.items():
        rows = _tagged(frame, TABLES[name], tasks * BUCKETS_A_TASK, share)
        parcels.append(_in_arrow(rows, partial(packed, list(TABLES).index(name)), PARCELS))
    return (
        reduce(lambda one, other: one.union(other), parcels).repartitionById(tasks, BUCKET).sortWithinPartitions(BUCKET)
    )


def ids(frame: DataFrame, *names: str) -> DataFrame:
    """Columns of ids alone, as the contract writes them; null where a column is missing."""
    from pyspark.sql import functions as F

    nothing = F.lit(None).cast("string")
    return frame.select(*((_id(frame, name) if name in frame.columns else nothing).alias(name) for name in names))


def mapped(rows: DataFrame, function: Callable[[Batches], Frames], schema: StructType | str) -> DataFrame:
    """The rows of each partition turned into frames by a function on the executors.

    Args:
        rows: Of `stream`.
        function: Its columns may stand in any order and some may be missing, which are null.
        schema: The columns that come out.
    """
    return _in_arrow(rows, partial(_mapped, function, _arrow(schema)), schema)


def grouped(rows: GroupedData, function: Callable[[pl.DataFrame], pl.DataFrame], schema: str) -> DataFrame:
    """Each group turned into a frame by a function on the executors, as `mapped` does with partitions."""
    arrow = _arrow(schema)
    return _quietly(lambda: rows.applyInArrow(lambda group: _applied(function, arrow, group), schema))


def _mapped(function: Callable[[Batches], Frames], schema: pa.Schema, batches: Batches) -> Batches:
    for frame in function(batches):
        yield from _as_promised(frame, schema).to_batches()


def _applied(function: Callable[[pl.DataFrame], pl.DataFrame], schema: pa.Schema, group: pa.Table) -> pa.Table:
    one_thread()
    import polars as pl

    return _as_promised(function(pl.DataFrame(pl.from_arrow(group))), schema)


def _as_promised(frame: pl.DataFrame, schema: pa.Schema) -> pa.Table:
    """The frame with exactly those columns and types."""
    import polars as pl
    import pyarrow as pa

    given = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
    columns = [
        given[one.name].cast(one.type) if one.name in given.column_names else pa.nulls(frame.height, one.type)
        for one in schema
    ]
    return pa.table(columns, schema=schema)


def _arrow(schema: StructType | str) -> pa.Schema:
    """On the driver, which alone can read what Spark writes of types."""
    from pyspark.sql.pandas.types import to_arrow_schema
    from pyspark.sql.types import StructType

    return to_arrow_schema(cast("StructType", StructType.fromDDL(schema)) if isinstance(schema, str) else schema)


def one_thread() -> None:
    """A task has one core, so the libraries, which are not imported yet, are to start one thread each."""
    for name in THREADS:
        os.environ.setdefault(name, "1")


def _in_arrow(rows: DataFrame, function: Callable[[Batches], Batches], schema: StructType | str) -> DataFrame:
    return _quietly(lambda: rows.mapInArrow(partial(_on_one_thread, function), schema))


def _on_one_thread(function: Callable[[Batches], Batches], batches: Batches) -> Batches:
    one_thread()
    yield from function(batches)


def _quietly(apply: Callable[[], DataFrame]) -> DataFrame:
    """Without Spark's warning of a pandas that it does not know, which nothing here goes through."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return apply()


def _placed(frame: DataFrame) -> DataFrame:
    """With the place of each row, where the table is one file; several have no first row."""
    from pyspark.sql import functions as F

    if len(frame.inputFiles()) != 1:
        return frame
    return frame.select("*", F.col("_metadata.row_index").alias(PLACE))


def _tagged(frame: DataFrame, table: Table, buckets: int, share: float) -> DataFrame:
    """The rows with what `packed` and those who open parcels need to know of them."""
    from pyspark.sql import functions as F

    from features.records.handed import names_of

    key = _id(frame, "creator_id")
    if share < 1.0:
        frame = frame.filter(F.pmod(F.xxhash64(key), F.lit(_DRAWN)) < int(share * _DRAWN))
    bucket = F.pmod(F.hash(key), F.lit(buckets)).alias(BUCKET)
    columns = [_readable(frame, table, name) for name in names_of(table, labels=False) if name in frame.columns]
    return frame.select(bucket, *_facts(frame, table), *columns)


def _facts(frame: DataFrame, table: Table) -> list[Column]:
    """Those of the rows' facts that are not a column of the table as it is: what a row carries costs time."""
    from pyspark.sql import functions as F

    kinds = {field.name: field.dataType.typeName() for field in frame.schema}
    facts = [F.col(PLACE)] if PLACE in kinds else []
    if kinds["creator_id"] != "string":
        facts.append(_id(frame, "creator_id").alias(KEY))
    time = TIMES.get(table.name)
    if time in kinds and kinds[time] not in ("timestamp", "timestamp_ntz", "date"):
        written = frame[time].try_cast("timestamp") if kinds[time] == "string" else F.lit(None).cast("timestamp")
        facts.append(written.alias(NEWEST))
    return facts


def _id(frame: DataFrame, name: str) -> Column:
    """An id as the contract writes it, so that a number and a text of it meet; null where it is none."""
    from pyspark.sql import functions as F
    from pyspark.sql.types import DecimalType, IntegralType, StringType

    kind, own = frame.schema[name].dataType, frame[name]
    if isinstance(kind, StringType | IntegralType):
        return own.cast("string")
    if isinstance(kind, DecimalType) or kind.typeName() in ("float", "double"):
        number = own.cast("double")
        whole = (F.floor(number) == number) & (F.abs(number) < _LARGEST)
        return F.when(whole, number).cast("long").cast("string")
    return F.lit(None).cast("string")


def _readable(frame: DataFrame, table: Table, name: str) -> Column:
    """A column as Arrow and the door take it; of types that no column may have, something that it refuses."""
    from pyspark.sql import functions as F
    from pyspark.sql import types

    kind, column = frame.schema[name].dataType, frame[name]
    if isinstance(kind, types.DecimalType) and kind.scale == 0 and table.column(name).kind == "id":
        return column.cast("string").alias(name)  # as Spark reads 64 bits without a sign
    inner = kind.elementType if isinstance(kind, types.ArrayType) else kind
    times = types.DateType | types.TimestampType | types.TimestampNTZType
    if isinstance(inner, types.StringType | types.NumericType | types.BooleanType | types.NullType | times):
        return column
    return F.when(column.isNotNull(), F.struct(F.lit(1).alias("other"))).alias(name)
