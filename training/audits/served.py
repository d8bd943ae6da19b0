"""Audits of the ledger, joined to the signals as they were when the account was scored."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from features import COVERAGE, IDENTITY, SIGNALS
from features.records import CREATORS, TABLES, Tables
from ledger import audited_scores, audits_frame, signal_lists
from training.audits.audit_time import deciding

if TYPE_CHECKING:
    from ledger import Ledger

VALUES = (*COVERAGE, *(signal.name for signal in SIGNALS))
BUILT = (*IDENTITY, *VALUES)
"""Columns of `features.build`."""


@dataclass(frozen=True)
class Served:
    """What the ledger gives to training.

    Attributes:
        tables: The records with the ledger's audits. Creators without a record have only their id and platform.
        signals: The columns of `features.build` as they were served, of creators with a label.
        left_out: Creators with a verdict in the ledger who have neither served signals that can be used nor a record.
    """

    tables: Tables
    signals: pl.DataFrame
    left_out: int


def from_ledger(ledger: Ledger, tables: Tables | None, norms_version: str) -> Served:
    """Put the ledger's audits beside the records.

    Served signals are used where they are those of today's contract and were measured against these norms; the other
    audited creators' are rebuilt from their records up to the audit, see `training.audits.audit_time`. Audits whose
    creator's objection was upheld are left out.

    Args:
        ledger: The ledger.
        tables: Records, with audits of their own or without; the ledger alone unless given.
        norms_version: Version of the context that the model is trained with.
    """
    given = Tables.from_frames({}) if tables is None else tables
    own = audits_frame(ledger)
    audits = pl.concat([given.audits, own]).unique(TABLES["audits"].key, keep="first").sort(TABLES["audits"].key)
    signals = _signals(ledger, audits, norms_version)
    strangers = signals.join(given.creators, on="creator_id", how="anti").select("creator_id", "platform")
    blank = Tables.from_frames({CREATORS.name: strangers}).creators
    creators = pl.concat([given.creators, blank])
    kept = audits.filter(pl.col("creator_id").is_in(creators["creator_id"].implode()))
    left_out = own.join(creators, on="creator_id", how="anti")["creator_id"].n_unique()
    return Served(replace(given, creators=creators, audits=kept), signals, left_out)


def with_served(frame: pl.DataFrame, served: pl.DataFrame | None) -> pl.DataFrame:
    """A frame with the columns of `features.build`, in which served signals take the place of rebuilt ones."""
    if served is None or served.is_empty():
        return frame
    placed = frame.with_row_index("_place")
    beside = [name for name in placed.columns if name not in BUILT]
    known = placed.select("creator_id", *beside).join(served, on="creator_id", how="inner")
    rest = placed.join(served, on="creator_id", how="anti")
    return pl.concat([known.select(placed.columns), rest]).sort("_place").drop("_place")


def _signals(ledger: Ledger, audits: pl.DataFrame, norms_version: str) -> pl.DataFrame:
    """The last score served before the audit that decided each creator's label, as far as it can be used."""
    whole = [key for key, names in signal_lists(ledger).items() if {*VALUES} <= {*names}]
    served = audited_scores(ledger).filter(pl.col("list_id").is_in(whole), pl.col("norms_version") == norms_version)
    usable = served.join(deciding(audits), on=["creator_id", "audited_at"], how="inner", maintain_order="left")
    absent = [pl.lit(None, pl.Float64).alias(name) for name in VALUES if name not in usable.columns]
    return usable.with_columns(absent).select(BUILT).unique("creator_id", keep="last", maintain_order=True)
