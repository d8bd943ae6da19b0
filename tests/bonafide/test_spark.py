"""What the command line says of Spark before any cluster is asked."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from bonafide import spark
from features.errors import UsageError

if TYPE_CHECKING:
    from tests.bonafide.conftest import Run


@pytest.mark.parametrize("option", [("--memory", "2GB"), ("--workers", "2"), ("--previous", "scores.parquet")])
def test_options_of_one_machine_do_not_go_with_spark(bonafide: Run, option: tuple[str, str]) -> None:
    done = bonafide("score", "in", "--out", "scores.parquet", "--engine", "spark", *option)
    assert done.returncode == 2
    assert f"{option[0]} does not go with --engine spark" in done.stderr


def test_spark_writes_parquet_alone(bonafide: Run) -> None:
    done = bonafide("score", "in", "--out", "scores.csv", "--engine", "spark")
    assert done.returncode == 2
    assert "give it .parquet" in done.stderr


def test_without_pyspark_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("pyspark", "pyspark.errors", "pyspark.sql"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(UsageError, match=r"pip install '\.\[spark\]'"):
        spark.session()
