"""What the commands do with `--engine spark`: a session, and results as folders of Parquet on any file system."""

from __future__ import annotations

import warnings
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from pyspark.sql import DataFrame, SparkSession

    from models.fraud import FraudBundle

MOST_NAMED = 1_000
"""Problems that are fetched from the executors to be named in an error."""

NO_PYSPARK = "--engine spark needs PySpark: pip install '.[spark]' in the checkout"
NO_JAVA = "--engine spark needs Java 17 or newer, as openjdk-17-jre-headless, on the path or at JAVA_HOME"


def session() -> SparkSession:
    """The session that there is already, else one as `spark-defaults.conf` and spark-submit say.

    Raises:
        UsageError: PySpark or Java is not there.
    """
    from features.errors import UsageError

    warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)  # which stays unused
    try:
        from pyspark.errors import PySparkRuntimeError
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise UsageError(NO_PYSPARK) from error
    builder = SparkSession.builder.appName("bonafide").config("spark.ui.showConsoleProgress", "false")
    try:
        return builder.getOrCreate()
    except PySparkRuntimeError as error:
        raise UsageError(NO_JAVA) from error


def refuse_options(**given: object) -> None:
    """Refuse what only the other engine takes; UsageError."""
    from features.errors import UsageError

    for name, value in given.items():
        if value is not None:
            raise UsageError(f"--{name} does not go with --engine spark")


def score(source: str, out: str, bundle: FraudBundle, *, explain: bool, as_of: date | None, skip: bool) -> None:
    """Score a corpus into the folder `out`; refused rows go to a folder beside it.

    Raises:
        RecordsError: A table cannot be read; rows are refused and not to be skipped; or no creator is left.
    """
    from bonafide.progress import waiting
    from bonafide.score import tell_bands
    from models.spark.scoring import problems_of, score, scores_of

    spark = session()
    rows = score(spark, source, bundle, explain=explain, as_of=as_of, skip=skip)
    with waiting(f"Scoring {source} on Spark"), _kept(rows, f"{out}.work") as done:
        problems = _let_through(done, skip=skip)
        beside = f"{out}.refused.ndjson"
        if problems:
            problems_of(done).write.mode("overwrite").json(beside, ignoreNullFields=False)
        else:
            remove(spark, beside)
        scores_of(done).write.mode("overwrite").parquet(out)
        counts = scores_of(done).groupBy("band").count().collect()
    _tell_refused(problems, beside)
    tell_bands(Counter({row["band"]: row["count"] for row in counts}), out)


def remove(spark: SparkSession, place: str) -> None:
    """Remove a file or folder of any file system, if it is there."""
    java: Any = spark.sparkContext._jvm
    session: Any = spark.sparkContext._jsc
    path = java.org.apache.hadoop.fs.Path(place)
    path.getFileSystem(session.hadoopConfiguration()).delete(path, True)


@contextmanager
def _kept(rows: DataFrame, place: str) -> Iterator[DataFrame]:
    """The rows, worked out once into a folder that is removed in the end."""
    spark = rows.sparkSession
    try:
        rows.write.mode("overwrite").parquet(place)
        yield spark.read.schema(rows.schema).parquet(place)
    finally:
        remove(spark, place)


def _let_through(done: DataFrame, *, skip: bool) -> int:
    """How many problems there are; RecordsError where they, or that no creator is left, stop the work."""
    from features.errors import Problem, RecordsError
    from features.records import CREATORS
    from features.records.read import NO_CREATORS
    from models.spark.scoring import problems_in, problems_of, scores_of

    problems = int(problems_of(done).count())
    nobody = scores_of(done).isEmpty()
    if problems and (nobody or not skip):
        raise RecordsError(problems_in(done, MOST_NAMED), total=problems)
    if nobody:
        raise RecordsError([Problem(CREATORS.name, NO_CREATORS)])
    return problems


def _tell_refused(problems: int, beside: str) -> None:
    from bonafide.terminal import say
    from features.nouns import number_of

    if problems:
        say(f"{number_of(problems, 'problem')}; the rows concerned were left out and are named in {beside}")
