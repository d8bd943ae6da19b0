"""Scoring a corpus on Spark: what `models.scoring.score_frame` gives, and what was refused."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, cast

from models.spark import shipping, stream
from models.spark.chunks import Door, chunks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    import polars as pl
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

    from features.errors import Problem
    from models.fraud import FraudBundle
    from models.spark.chunks import Batches, Chunk
    from models.spark.stream import Source

PROBLEM, SHORTENED = "problem", "shortened"
PROBLEM_TYPE = (
    "struct<table:string,message:string,row:bigint,column:string,ids:array<string>,line:bigint,record:bigint>"
)
"""A `features.errors.Problem`; `row` where the table is one file."""


@dataclass(frozen=True)
class Asked:
    """What is asked of every executor."""

    model: shipping.ShippedModel
    door: Door
    explain: bool
    as_of: date | None


def score(
    spark: SparkSession,
    source: Source,
    bundle: FraudBundle,
    *,
    explain: bool = False,
    as_of: date | None = None,
    skip: bool = False,
    most_rows: int = stream.MOST_ROWS,
    tasks: int | None = None,
) -> DataFrame:
    """Score a corpus: nothing is worked out before the frame is written or counted.

    Args:
        spark: The session. Its executors need Bonafide; the model is sent to them.
        source: A folder of Parquet tables on any file system that Spark reads, or frames by the name of the table.
        bundle: The model, with whatever norms and cut-offs it is to be used with.
        explain: Adds `reasons`; see `models.scoring.score_frame`.
        as_of: The day at which the accounts are looked at; each record's newest observation unless given.
        skip: Tell of the rows too that fall with a creator who is refused, as `features.records.read_lenient` does.
        most_rows: Rows of a creator and table that are looked at, the newest: what bounds the memory of a task.
        tasks: Partitions; one for each `ROWS_A_TASK` rows unless given, for which the rows are counted.

    Returns:
        In no order, a row a creator: the columns of `models.scoring.score_frame`, then `shortened`, the names of the
        tables of which only the newest rows were looked at, mostly none. And a row for each row that was refused: its
        `problem`, which is null in the rows of creators, and nothing else. Keep the frame (`persist`, or write it)
        before taking it apart, or it is worked out twice.

    Raises:
        RecordsError: A table cannot be read, or lacks a column; refused rows are in the frame.
    """
    from features.records.times import latest

    tables = stream.read(spark, source) if isinstance(source, str) else source
    stream.check(tables)
    asked = Asked(shipping.ship_model(spark, bundle), Door(latest(None), most_rows, skip), explain, as_of)
    rows = stream.stream(tables, tasks or stream.tasks_for(tables, spark))
    return stream.mapped(rows, partial(_scored, asked), _schema(bundle, explain=explain))


def scores_of(frame: DataFrame) -> DataFrame:
    """The rows of creators in what `score` gave."""
    return frame.filter(frame[PROBLEM].isNull()).drop(PROBLEM)


def problems_of(frame: DataFrame) -> DataFrame:
    """The rows that were refused in what `score` gave: the fields of `features.errors.Problem` as columns."""
    return frame.filter(frame[PROBLEM].isNotNull()).select(f"{PROBLEM}.*")


def problems_in(frame: DataFrame, most: int) -> list[Problem]:
    """The first so many of `problems_of`, in the order of the tables and of the rows within them."""
    from features.errors import Problem
    from features.records.problems import Problems

    problems = Problems(most_alike=None)
    for row in problems_of(frame).limit(most).collect():
        problems.add(Problem(**{**row.asDict(), "ids": tuple(row["ids"])}))
    return problems.in_order()


def _schema(bundle: FraudBundle, *, explain: bool) -> StructType:
    """The columns of `score`, as the model gives them for anybody."""
    import polars as pl
    from pyspark.sql.pandas.types import from_arrow_schema
    from pyspark.sql.types import ArrayType, StringType, StructField, StructType

    from features import records
    from models.scoring import score_frame

    anybody = records.read([{"creator_id": "anybody", "platform": "x"}])
    scores = score_frame(bundle, anybody, explain=explain).to_arrow(compat_level=pl.CompatLevel.oldest())
    fields = from_arrow_schema(scores.schema).fields
    problem = cast("StructType", StructType.fromDDL(f"{PROBLEM} {PROBLEM_TYPE}"))
    return StructType([*fields, StructField(SHORTENED, ArrayType(StringType())), *problem.fields])


def _scored(asked: Asked, batches: Batches) -> Iterator[pl.DataFrame]:
    """What an executor does with the rows of a partition."""
    for chunk in chunks(batches, asked.door):
        if chunk.tables.creators.height:
            yield _answers(asked, chunk)
        if chunk.problems.total:
            yield refusals(chunk)


def _answers(asked: Asked, chunk: Chunk) -> pl.DataFrame:
    import polars as pl

    from models.scoring import score_frame

    bundle = shipping.model(asked.model)
    scores = score_frame(bundle, chunk.tables, explain=asked.explain, as_of=asked.as_of)
    shortened = [chunk.shortened.get(creator_id, []) for creator_id in scores["creator_id"]]
    return scores.with_columns(pl.Series(SHORTENED, shortened, dtype=pl.List(pl.String)))


def refusals(chunk: Chunk) -> pl.DataFrame:
    """A row a problem: `problem`."""
    import polars as pl

    texts = {"table": pl.String(), "message": pl.String()}
    places = {"row": pl.Int64(), "column": pl.String(), "ids": pl.List(pl.String())}
    dtype = pl.Struct({**texts, **places, "line": pl.Int64(), "record": pl.Int64()})
    found = [asdict(one) | {"ids": list(one.ids)} for one in chunk.problems.in_order()]
    return pl.DataFrame({PROBLEM: pl.Series(found, dtype=dtype)})
