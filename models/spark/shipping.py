"""Models and norms on their way to the executors: one archive, which Spark hands out and unpacks on each."""

from __future__ import annotations

import shutil
import tempfile
import weakref
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import SparkSession

    from models.fraud import FraudBundle

BUNDLE, CONTEXT = "bundle", "context"


@dataclass(frozen=True)
class Shipped:
    """Folders on an executor, known by their names there."""

    archive: str
    names: frozenset[str]

    def folder(self, name: str) -> Path:
        """Where a folder of `names` lies on this executor."""
        from pyspark import SparkFiles

        return Path(SparkFiles.get(self.archive)) / name


@dataclass(frozen=True)
class ShippedModel:
    """A fraud model with its norms and cut-offs."""

    sent: Shipped
    profile: str


def ship(spark: SparkSession, folders: Mapping[str, Path]) -> Shipped:
    """Send folders to the executors; the archive stays beside the driver as long as the session does."""
    context = spark.sparkContext
    place = Path(tempfile.mkdtemp(prefix="bonafide-"))
    weakref.finalize(context, shutil.rmtree, place, ignore_errors=True)
    archive = f"bonafide-{uuid4().hex}"
    file = place / f"{archive}.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        for name, folder in folders.items():
            for one in sorted(folder.rglob("*")):
                packed.write(one, Path(name) / one.relative_to(folder))
    context.addArchive(f"{file}#{archive}")
    return Shipped(archive, frozenset(folders))


def ship_model(spark: SparkSession, bundle: FraudBundle) -> ShippedModel:
    """Send a fraud model, with the norms that were put in place of its own."""
    with tempfile.TemporaryDirectory() as scratch:
        folders = {BUNDLE: bundle.folder}
        if bundle.context.version != bundle.contract.norms_version:
            folders[CONTEXT] = Path(scratch)
            bundle.context.save(Path(scratch))
        return ShippedModel(ship(spark, folders), bundle.profile.name)


@cache
def model(shipped: ShippedModel) -> FraudBundle:
    """The model on an executor, read once by each of its processes."""
    from models.bulk import Model

    sent = shipped.sent
    context = sent.folder(CONTEXT) if CONTEXT in sent.names else None
    return Model(sent.folder(BUNDLE), context, shipped.profile).load()
