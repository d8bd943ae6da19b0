"""From audits to a training frame: one row of signals a creator, with its label, weight and group."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import polars as pl

import features
from features.errors import Problem, RecordsError
from features.nouns import number_of
from features.records import TABLES
from features.records.contract import VERDICTS
from training.audits.label_weights import UNDECIDED, UNSURE_VOTE
from training.audits.last_verdicts import standing
from training.split import groups

if TYPE_CHECKING:
    from collections.abc import Sequence

    from features import Context
    from features.records import Tables

FEWEST_OF_A_VERDICT = 50
"""Fewer creators of either verdict train nothing worth having."""


def audit_labels(audits: pl.DataFrame) -> pl.DataFrame:
    """What the audits say of each creator.

    Those that reviewers stand by count, see `training.audits.last_verdicts.standing`; the majority decides, where an
    `unsure` is `training.audits.label_weights.UNSURE_VOTE` against both. A tie gives no label.

    Returns:
        `creator_id`, `label` (1.0 fraud, 0.0 genuine), `weight` (share of the votes that agree), by creator.
    """
    return (
        _votes(audits)
        .filter(~pl.col("undecided"))
        .select(
            "creator_id",
            label=(pl.col("fraud") > pl.col("genuine")).cast(pl.Float64),
            weight=pl.col("most") / pl.col("votes"),
        )
    )


def undecided(audits: pl.DataFrame) -> pl.DataFrame:
    """Creators with verdicts that give no label, as fraud and as genuine with the weight of such; as `audit_labels`."""
    found = _votes(audits).filter("undecided").select("creator_id")
    both = [found.with_columns(label=pl.lit(label), weight=pl.lit(UNDECIDED)) for label in (0.0, 1.0)]
    return pl.concat(both).sort("creator_id", "label")


def _votes(audits: pl.DataFrame) -> pl.DataFrame:
    """`creator_id`, `fraud` and `genuine` (reviewers), `most` of the two, `votes` in all, `undecided`; by creator."""
    counted = (
        standing(audits)
        .group_by("creator_id")
        .agg((pl.col("verdict") == verdict).sum().cast(pl.Float64).alias(verdict) for verdict in VERDICTS)
    )
    most, against = pl.max_horizontal("fraud", "genuine"), UNSURE_VOTE * pl.col("unsure")
    return counted.with_columns(
        most=most,
        votes=pl.col("fraud") + pl.col("genuine") + against,
        undecided=(pl.col("fraud") == pl.col("genuine")) | (most <= against),
    ).sort("creator_id")


def labelled(tables: Tables) -> pl.DataFrame:
    """`creator_id`, `group`, `label`, `weight` of every creator with a label, in the order of the creators.

    Raises RecordsError when there are too few of either verdict.
    """
    rows = groups(tables).join(audit_labels(tables.audits), on="creator_id", how="inner", maintain_order="left")
    enough_of_either(rows["label"], undecided(tables.audits)["creator_id"].n_unique())
    return rows


def enough_of_either(label: pl.Series, without: int = 0) -> None:
    """Raise RecordsError, saying how many are missing, unless there are `FEWEST_OF_A_VERDICT` of either verdict.

    Args:
        label: 1.0 fraud, 0.0 genuine, by creator.
        without: Creators beside them whose verdicts give no label.
    """
    fraud = int(label.sum())
    found = {"fraud": fraud, "genuine": len(label) - fraud}
    missing = [f"{FEWEST_OF_A_VERDICT - n} {verdict}" for verdict, n in found.items() if n < FEWEST_OF_A_VERDICT]
    if missing:
        needed = (
            f"training needs audits of at least {FEWEST_OF_A_VERDICT} creators of each verdict; found "
            f"{found['fraud']} fraud and {found['genuine']} genuine: {' and '.join(missing)} are missing"
        )
        if without:
            needed += f"; of {number_of(without, 'further creator')} the verdicts are tied or unsure"
        raise RecordsError([Problem("audits", needed)])


def training_frame(tables: Tables, rows: pl.DataFrame, context: Context) -> pl.DataFrame:
    """The rows of `labelled` with their creators' signals, coverage, platform and tier beside them."""
    return with_signals(rows, features.build(tables.select(rows["creator_id"].to_list()), context))


def with_signals(rows: pl.DataFrame, signals: pl.DataFrame) -> pl.DataFrame:
    """The rows of `labelled` whose creators are in `signals`, with these beside them."""
    return rows.join(signals, on="creator_id", how="inner", maintain_order="left")


def data_hash(tables: Tables, names: Sequence[str]) -> str:
    """SHA-256 over the named tables, whatever the order of their rows."""
    digest = hashlib.sha256()
    for name in names:
        digest.update(f"{name}\n".encode())
        digest.update(tables[name].sort(TABLES[name].key).write_ndjson().encode())
    return digest.hexdigest()


def frame_hash(before: str, frame: pl.DataFrame) -> str:
    """SHA-256 over another hash and a frame of one row a creator, whatever the order of its rows."""
    return hashlib.sha256(f"{before}\n{frame.sort('creator_id').write_ndjson()}".encode()).hexdigest()
