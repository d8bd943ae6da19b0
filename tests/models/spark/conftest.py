"""A real cluster on this machine: a master, two workers and their executors as processes of their own."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

MISSING = "needs PySpark and Java 17: pip install '.[spark]', apt-get install openjdk-17-jre-headless"


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """Two executors of one core each; the test is skipped where Spark cannot run."""
    if importlib.util.find_spec("pyspark") is None or not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        pytest.skip(MISSING)
    from pyspark.sql import SparkSession

    place = tmp_path_factory.mktemp("spark")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        environment.setenv("SPARK_WORKER_DIR", str(place / "work"))
        environment.setenv("PYSPARK_PYTHON", sys.executable)
        session = (
            SparkSession.builder.master("local-cluster[2,1,2048]")
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.local.dir", str(place / "local"))
            .config("spark.sql.warehouse.dir", str(place / "warehouse"))
            .config("spark.sql.session.timeZone", "America/New_York")
            .getOrCreate()
        )
        yield session
        session.stop()
