"""The context of a corpus on Spark: norms, curves, days that moved everybody, commenters and pods.

What crosses creators is made small first: each creator's commenters once, each account's days, each creator's
aggregates. From there on it is the code of one machine, so a corpus that is looked at whole gets the same context to
the last bit. Days, curves and norms need no more than a draw of the creators; commenters and pods look at all.
"""

from __future__ import annotations

import io
import tempfile
import warnings
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from models.spark import shipping, stream
from models.spark.chunks import Door, chunks
from models.spark.scoring import PROBLEM, PROBLEM_TYPE, problems_in, problems_of, refusals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import polars as pl
    from pyspark.sql import DataFrame, SparkSession

    from features import Context
    from features.corpus.ties import Ties
    from features.records import Tables
    from models.comments import CommentBundle
    from models.followers import FollowerBundle
    from models.spark.chunks import Batches
    from models.spark.shipping import Shipped
    from models.spark.stream import Source

MOST_CREATORS = 200_000
"""Creators that days, curves and norms are made of: of a larger corpus that many, drawn by the hash of their ids.

A quantile of so many is off by a tenth of a percent of peers, and their aggregates fit into a driver's memory.
"""
MOST_TIES = 20_000_000
"""Ties among which the driver looks for pods; with more there are none, and the signals that need them are null."""
MOST_NAMED = 1_000
CONTEXT, FOLLOWERS, COMMENTS = "context", "followers", "comments"

PAIR = (
    "pair struct<creator_id:string,platform:string,author_id:string,popularity:bigint,posts:bigint,"
    "under:array<struct<post:bigint,at:bigint,came:bigint,later:bigint>>>"
)
DAY = "platform string, date date, excess double, z double, grain double"
DAILY = "platform string, date date, growth double, accounts bigint, risers bigint, fallers bigint, most_risen double"
FRAME = "frame binary"


@dataclass(frozen=True, eq=False)
class Built:
    """A context, and the pods in it for people to look at (see `features.corpus.pods.pods_of`)."""

    context: Context
    pods: pl.DataFrame


@dataclass(frozen=True)
class _Corpus:
    """The tables as they are handed in, and how they are read."""

    tables: Mapping[str, DataFrame]
    door: Door
    tasks: int
    share: float

    def rows(self, *names: str, share: float = 1.0) -> DataFrame:
        """The stream of these tables."""
        wanted = {name: frame for name, frame in self.tables.items() if name in names}
        return stream.stream(wanted, self.tasks, share=share)


def build_context(
    spark: SparkSession,
    source: Source,
    *,
    followers: FollowerBundle | None = None,
    comments: CommentBundle | None = None,
    most_rows: int = stream.MOST_ROWS,
    most_creators: int = MOST_CREATORS,
    tasks: int | None = None,
) -> Built:
    """The context of a corpus, as `features.context.build` gives it for one that fits into memory.

    Args:
        spark: The session.
        source: See `models.spark.score`.
        followers: The model of one follower, so that there are norms of what it says.
        comments: The model of one comment, for the same reason.
        most_rows: See `models.spark.score`.
        most_creators: So many creators days, curves and norms are made of.
        tasks: See `models.spark.score`.

    Raises:
        RecordsError: A table cannot be read, or a row is refused.
    """
    from features.records import CREATORS
    from features.records.times import latest

    tables = stream.read(spark, source) if isinstance(source, str) else source
    stream.check(tables)
    share = most_creators / max(tables[CREATORS.name].count(), 1)
    corpus = _Corpus(tables, Door(latest(None), most_rows), tasks or stream.tasks_for(tables, spark), share)
    crossing = stream.mapped(corpus.rows(*tables), partial(_pairs, corpus.door), f"{PROBLEM} {PROBLEM_TYPE}, {PAIR}")
    crossing = crossing.persist()
    try:
        _refuse(crossing)
        pairs = crossing.select("pair.*").filter("creator_id is not null")
        ties = _ties(pairs, tables)
        first = _crossed(corpus, pairs, ties)
    finally:
        crossing.unpersist()
    found = _told(ties, tables)
    with tempfile.TemporaryDirectory() as scratch:
        first.save(Path(scratch))
        folders = {CONTEXT: Path(scratch)}
        folders |= {name: one.folder for name, one in ((FOLLOWERS, followers), (COMMENTS, comments)) if one is not None}
        sent = shipping.ship(spark, folders)
    return Built(_completed(corpus, first, sent), found)


def _refuse(crossing: DataFrame) -> None:
    from features.errors import RecordsError

    problems = problems_of(crossing).count()
    if problems:
        raise RecordsError(problems_in(crossing, MOST_NAMED), total=problems)


def _pairs(door: Door, batches: Batches) -> Iterator[pl.DataFrame]:
    """Each creator and commenter once, and whatever is refused."""
    import polars as pl

    from features.corpus.ties import commented

    for chunk in chunks(batches, door):
        if chunk.problems.total:
            yield refusals(chunk)
        yield pl.DataFrame({"pair": commented(chunk.tables).to_struct()})


def _crossed(corpus: _Corpus, pairs: DataFrame, ties: Ties) -> Context:
    """The parts of the context that signals are made with."""
    from features import Context
    from features.corpus import pods

    return Context(common_growth=_common_growth(corpus), commenters=_commenters(pairs), pods=pods.members_of(ties))


def _common_growth(corpus: _Corpus) -> pl.DataFrame:
    from features.histories import common_growth

    rows = corpus.rows("creators", "follower_history", share=corpus.share)
    moved = stream.mapped(rows, partial(_moved, corpus.door), DAY)
    daily = stream.grouped(moved.groupBy("platform", "date"), _daily, DAILY)
    return common_growth.carried(_frame(daily))


def _moved(door: Door, batches: Batches) -> Iterator[pl.DataFrame]:
    from features.histories import common_growth

    for chunk in chunks(batches, door):
        yield common_growth.moved(chunk.tables)


def _daily(days: pl.DataFrame) -> pl.DataFrame:
    """One day of one platform."""
    from features.histories import common_growth

    return common_growth.daily(days)


def _commenters(pairs: DataFrame) -> pl.DataFrame:
    """What `features.corpus.commenters.build` gives."""
    from pyspark.sql import functions as F

    from features.corpus import commenters

    digits = F.substring(F.sha2(F.concat_ws("\n", "platform", "author_id"), 256), 1, commenters.DIGITS)
    served = (
        pairs.groupBy("platform", "author_id")
        .agg(F.count("*").alias("creators"))
        .filter(F.col("creators") >= commenters.FEW_CREATORS)
        .select(digits.alias("author_id"), "creators")
        .orderBy(F.col("creators").desc(), "author_id")
        .limit(commenters.MOST_AUTHORS)
    )
    return _frame(served).sort("author_id").cast(commenters.SCHEMA).rechunk()


def _ties(pairs: DataFrame, tables: Mapping[str, DataFrame]) -> Ties:
    """What `features.corpus.ties.Ties.of` gives; none, with a warning, where there are too many for the driver."""
    import numpy as np
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    from features.corpus.ties import FEW_CREATORS, Ties
    from features.errors import RecordsWarning

    counts = _frame(pairs.groupBy("author_id").count().groupBy(F.col("count").alias("n")).count())
    served = np.bincount(counts["n"].to_numpy(), counts["count"].to_numpy()).astype(np.int64)
    everywhere = pairs.withColumn("served", F.count("*").over(Window.partitionBy("author_id")))
    fellows = stream.ids(tables["creators"], "creator_id").withColumnRenamed("creator_id", "author_id")
    several, fellow = F.col("served") >= FEW_CREATORS, F.col("fellow").isNotNull()
    kept = (
        everywhere.join(fellows.withColumn("fellow", F.lit(1)), on="author_id", how="left")
        .filter(several | fellow)
        .select("creator_id", "platform", "author_id", "popularity", "posts", "under", "served")
    )
    edges = _frame(kept.limit(MOST_TIES + 1))
    if edges.height > MOST_TIES:
        message = f"more than {MOST_TIES:,} ties of creators and commenters: pods are not looked for"
        warnings.warn(message, RecordsWarning, stacklevel=3)
        edges = edges.clear()
    return Ties(edges, int((served * np.arange(len(served))).sum()), served)


def _told(ties: Ties, tables: Mapping[str, DataFrame]) -> pl.DataFrame:
    """The pods with the comments of their members, which alone are fetched."""
    import polars as pl

    from features.corpus import pods

    ids = ("creator_id", "author_id", "post_id")
    found = pods.told(ties, pl.DataFrame(schema=dict.fromkeys(ids, pl.String)))
    if found.is_empty():
        return found
    comments = stream.ids(tables["comments"], *ids)
    for name, members in (("creator_id", "creators"), ("author_id", "commenters")):
        comments = comments.filter(comments[name].isin(found[members].explode().unique().to_list()))
    return pods.told(ties, _frame(comments))


def _completed(corpus: _Corpus, first: Context, sent: Shipped) -> Context:
    """With curves and norms of the drawn creators."""
    import polars as pl

    from features.context import completed

    rows = corpus.rows(*corpus.tables, share=corpus.share)
    frames = stream.mapped(rows, partial(_aggregates, corpus.door, sent), FRAME).collect()
    aggregates = pl.concat([pl.read_ipc_stream(row["frame"]) for row in frames])
    return completed(first, aggregates)[0]


def _aggregates(door: Door, sent: Shipped, batches: Batches) -> Iterator[pl.DataFrame]:
    """The aggregates of each chunk, packed as they are."""
    import polars as pl

    from features.build import aggregate, prepare

    for chunk in chunks(batches, door):
        if chunk.tables.creators.height:
            context, score = _sent(sent)
            packed = io.BytesIO()
            aggregate(prepare(score(chunk.tables), context)).write_ipc_stream(packed, compression="zstd")
            yield pl.DataFrame({"frame": [packed.getvalue()]})


@cache
def _sent(sent: Shipped) -> tuple[Context, Callable[[Tables], Tables]]:
    """On an executor, the parts of the context that there are, and what adds the two models' answers to records."""
    from features import Context
    from models.comments import CommentBundle
    from models.followers import FollowerBundle
    from models.fraud import scored

    followers = FollowerBundle.load(sent.folder(FOLLOWERS)) if FOLLOWERS in sent.names else None
    comments = CommentBundle.load(sent.folder(COMMENTS)) if COMMENTS in sent.names else None
    return Context.load(sent.folder(CONTEXT)), partial(scored, followers=followers, comments=comments)


def _frame(rows: DataFrame) -> pl.DataFrame:
    """The rows, fetched to the driver."""
    import polars as pl

    return pl.DataFrame(pl.from_arrow(rows.toArrow()))
