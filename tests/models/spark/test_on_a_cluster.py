"""On a cluster a corpus gets what one machine gives it: scores, refusals, norms, pods, and the command's output."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import polars as pl
import polars.testing
import pytest

from bonafide import spark as command
from features import context, records
from features.corpus import pods
from features.errors import RecordsError
from features.records import Tables
from features.records.tables import ordered
from models.scoring import score_frame
from models.spark import build_context
from models.spark.scoring import problems_of, score, scores_of

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import DataFrame, SparkSession

    from models.fraud import FraudBundle
    from training.fraud_model.fitting import FittedFraud
    from training.simulate import Simulation

EXACT = 1e-9


@pytest.fixture(scope="module")
def bundle(fitted_fraud: FittedFraud) -> FraudBundle:
    return fitted_fraud.bundle


@pytest.fixture(scope="module")
def tables(simulation: Simulation) -> Tables:
    return simulation.tables.select(simulation.tables.creators["creator_id"].head(60).to_list())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, tables: Tables) -> Path:
    source = tmp_path_factory.mktemp("corpus") / "in"
    records.write(tables, source)
    return source


def collected(frame: DataFrame) -> pl.DataFrame:
    return pl.DataFrame(pl.from_arrow(frame.toArrow())).sort("creator_id")


def assert_same(found: pl.DataFrame, expected: pl.DataFrame) -> None:
    columns = {name: list(frame.columns) for name, frame in (("found", found), ("expected", expected))}
    assert columns["found"] == columns["expected"]
    pl.testing.assert_frame_equal(found, expected.sort("creator_id"), abs_tol=EXACT, rel_tol=0, check_dtypes=False)


def with_a_pod(tables: Tables) -> Tables:
    """The creators, twelve of whom comment under each other's posts as soon as these are there."""
    talked_of = (
        tables.comments.drop_nulls("author_id").group_by("creator_id", "post_id").len().filter(pl.col("len") > 5)
    )
    posts = tables.posts.drop_nulls("posted_at").join(talked_of, on=["creator_id", "post_id"], how="semi")
    first = posts.unique("creator_id", keep="first", maintain_order=True).head(12)
    published = {one: (post, at) for one, post, at in first.select("creator_id", "post_id", "posted_at").iter_rows()}
    members = list(published)
    pairs = [(one, other) for one in members for other in members if one != other]
    theirs = pl.DataFrame(
        {
            "creator_id": [one for one, _ in pairs],
            "comment_id": [f"pod-{number}" for number in range(len(pairs))],
            "author_id": [other for _, other in pairs],
            "post_id": [published[one][0] for one, _ in pairs],
            "posted_at": [published[one][1] for one, _ in pairs],
        }
    )
    comments = pl.concat([tables.comments, theirs], how="diagonal_relaxed")
    return replace(tables, comments=ordered(comments, records.COMMENTS))


def test_scores_and_reasons_are_those_of_one_machine(spark: SparkSession, folder: Path, bundle: FraudBundle) -> None:
    found = score(spark, str(folder), bundle, explain=True).persist()
    scores = collected(scores_of(found))
    assert scores["shortened"].list.len().sum() == 0
    assert_same(scores.drop("shortened"), score_frame(bundle, records.read(folder), explain=True))
    assert problems_of(found).count() == 0


def test_refused_rows_are_told_as_one_machine_tells_them_and_the_rest_is_scored(
    spark: SparkSession, tables: Tables, bundle: FraudBundle, tmp_path: Path
) -> None:
    records.write(tables, tmp_path)
    stray = tables.comments.head(1).with_columns(creator_id=pl.lit("nobody"))
    alone = tables.posts.head(1).with_columns(creator_id=pl.lit("also-nobody"))
    posts = tables.posts.with_columns(likes=pl.when(pl.int_range(pl.len()) == 3).then(-1).otherwise("likes"))
    pl.concat([posts, alone]).write_parquet(tmp_path / "posts.parquet")
    pl.concat([stray, tables.comments, tables.comments.tail(1)]).write_parquet(tmp_path / "comments.parquet")
    creators = tables.creators.with_columns(
        platform=pl.when(pl.int_range(pl.len()) == 5).then(pl.lit("elsewhere")).otherwise("platform")
    )
    creators.write_parquet(tmp_path / "creators.parquet")
    left, refused = records.read_lenient(tmp_path)
    found = score(spark, str(tmp_path), bundle, skip=True, tasks=2).persist()
    told = [row.asDict() | {"ids": tuple(row["ids"])} for row in problems_of(found).collect()]
    assert sorted(map(str, told)) == sorted(str(asdict(problem)) for problem in refused.problems)
    assert_same(collected(scores_of(found)).drop("shortened"), score_frame(bundle, left))


def test_of_a_creator_with_too_many_rows_the_newest_are_looked_at(
    spark: SparkSession, tables: Tables, bundle: FraudBundle
) -> None:
    most = 40
    timed = tables.comments.drop_nulls("posted_at").unique(["creator_id", "posted_at"], keep="none")
    [(largest, rows)] = timed["creator_id"].value_counts(sort=True).head(1).iter_rows()
    assert rows > most
    comments = timed.filter(pl.col("creator_id") == largest)
    own = {"creators": tables.select([largest]).creators, "comments": comments}
    frames = {name: spark.createDataFrame(frame.to_arrow()) for name, frame in own.items()}
    found = collected(scores_of(score(spark, frames, bundle, most_rows=most, tasks=1)))
    newest = own | {"comments": comments.sort("posted_at", descending=True).head(most)}
    assert found["shortened"].to_list() == [["comments"]]
    assert_same(found.drop("shortened"), score_frame(bundle, Tables.from_frames(newest, labels=False)))


def test_ids_and_times_of_other_types_say_whose_rows_they_are_and_which_are_the_newest(
    spark: SparkSession, bundle: FraudBundle
) -> None:
    times = ("2026-03-0" + day for day in "132")
    posts = " union all ".join(
        f"select '7' creator_id, 'p{number}' post_id, '{time}T00:00:00Z' posted_at, {number} likes"
        for number, time in enumerate(times)
    )
    frames = {"creators": spark.sql("select 7L creator_id, 'x' platform"), "posts": spark.sql(posts)}
    found = score(spark, frames, bundle, most_rows=1, tasks=1).persist()
    scores = collected(scores_of(found))
    assert problems_of(found).count() == 0
    newest = {"post_id": "p1", "posted_at": "2026-03-03T00:00:00Z", "likes": 1}
    expected = records.read([{"creator_id": "7", "platform": "x", "posts": [newest]}])
    assert scores["shortened"].to_list() == [["posts"]]
    assert_same(scores.drop("shortened"), score_frame(bundle, expected))


def test_neither_order_nor_files_nor_partitions_matter(
    spark: SparkSession, folder: Path, bundle: FraudBundle, tmp_path: Path
) -> None:
    from pyspark.sql.functions import rand

    for name in ("creators", "posts", "follower_history", "comments", "audience"):
        rows = spark.read.parquet(str(folder / f"{name}.parquet"))
        rows.orderBy(rand(3)).repartition(3).write.parquet(str(tmp_path / f"{name}.parquet"))
    found = collected(scores_of(score(spark, str(tmp_path), bundle, tasks=5)))
    assert_same(found.drop("shortened"), score_frame(bundle, records.read(folder)))


def test_a_column_of_a_strange_type_is_refused_and_breaks_nothing(spark: SparkSession, bundle: FraudBundle) -> None:
    creators = spark.sql("select 'a' creator_id, 'x' platform, map('k', 1) bio, 18446744073709551615BD followers")
    found = score(spark, {"creators": creators}, bundle, tasks=1)
    told = {(row["column"], row["message"]) for row in problems_of(found).collect()}
    assert told == {("bio", "expected text"), ("followers", "is larger than allowed")}


def test_what_is_no_table_is_told_before_any_work(spark: SparkSession, bundle: FraudBundle, tmp_path: Path) -> None:
    with pytest.raises(RecordsError, match="the table is missing"):
        score(spark, str(tmp_path), bundle)
    (tmp_path / "creators.parquet").write_bytes(b"no parquet")
    with pytest.raises(RecordsError, match=r"creators\.parquet cannot be read"):
        score(spark, str(tmp_path), bundle)


def test_a_context_is_that_of_one_machine_to_the_last_bit(
    spark: SparkSession, simulation: Simulation, tmp_path: Path
) -> None:
    tables = with_a_pod(simulation.tables)
    records.write(tables, tmp_path)
    built = build_context(spark, str(tmp_path), tasks=3)
    expected = context.build(records.read(tmp_path))
    for name, part in expected.parts.items():
        assert not part.is_empty(), name
        assert built.context.parts[name].equals(part), name
    assert built.context.version == expected.version
    assert built.pods.equals(pods.pods_of(records.read(tmp_path)))


def test_the_command_writes_a_folder_and_names_what_is_wrong(
    spark: SparkSession,
    folder: Path,
    bundle: FraudBundle,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "scores.parquet"
    command.score(str(folder), str(out), bundle, explain=False, as_of=None, skip=False)
    assert "60 creators: " in capsys.readouterr().err
    found = pl.read_parquet(out / "*.parquet").sort("creator_id")
    assert_same(found.drop("shortened"), score_frame(bundle, records.read(folder)))
    assert [path.name for path in tmp_path.iterdir()] == ["scores.parquet"]
