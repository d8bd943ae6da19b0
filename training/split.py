"""Splits by creator and agency, so that nothing of an account that is tested on was ever trained on."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from numpy.typing import NDArray

    from features.records import Tables

TEST_SHARE = 0.2
FOLDS = 5


def groups(tables: Tables) -> pl.DataFrame:
    """`creator_id` and `group`: creators of one agency belong together, any other creator stands alone."""
    by_agency = pl.when(pl.col("agency").is_not_null()).then("agency:" + pl.col("agency"))
    return tables.creators.select("creator_id", group=by_agency.otherwise("creator:" + pl.col("creator_id")))


def held_out(group: pl.Series, seed: int) -> NDArray[np.bool_]:
    """Which rows are kept for the test.

    A group's place follows from its name alone, so that it stays where it is when audits are added.
    """
    return _places(group, f"test:{seed}") < TEST_SHARE


def audited_last(audits: pl.DataFrame) -> pl.DataFrame:
    """`creator_id`, `audited_at`: when the last verdict about each creator was given or taken back.

    Only since then is its label what it is.
    """
    return audits.group_by("creator_id").agg(pl.col("audited_at").max()).sort("creator_id")


def held_out_by_time(rows: pl.DataFrame, label_delay: timedelta) -> tuple[pl.Series, pl.Series]:
    """Which rows are tested on, and which may be learnt from: those known when the first tested one was audited.

    The last `TEST_SHARE` of the rows are tested on; whoever belongs to their groups is not learnt from.

    Args:
        rows: `group` and `audited_at`.
        label_delay: By how much a verdict comes late.
    """
    first = rows["audited_at"].sort()[rows.height - max(1, round(TEST_SHARE * rows.height))]
    tested = rows["audited_at"] >= first
    return tested, known_before(rows, first, label_delay, rows["group"].filter(tested))


def known_before(rows: pl.DataFrame, moment: datetime, label_delay: timedelta, apart: pl.Series) -> pl.Series:
    """Which rows had a verdict `label_delay` before a moment and are of none of the groups `apart`."""
    return (rows["audited_at"] <= moment - label_delay) & ~rows["group"].is_in(apart.implode())


def half_of(creator_id: str) -> int:
    """0 or 1: the parity of the MD5 of the id, read as an integer."""
    return hashlib.md5(creator_id.encode(), usedforsecurity=False).digest()[-1] % 2


def fold_of(group: pl.Series, seed: int, folds: int = FOLDS) -> NDArray[np.int64]:
    """The fold of each row, 0 to `folds` - 1, by its group's name."""
    return np.floor(_places(group, f"fold:{seed}") * folds).astype(np.int64)


def _places(group: pl.Series, salt: str) -> NDArray[np.float64]:
    """A number in [0, 1) for each group, evenly spread and the same for ever."""
    names = group.unique(maintain_order=True)
    hashes = (hashlib.sha256(f"{salt}:{name}".encode()).digest() for name in names)
    place = {name: int.from_bytes(digest[:6], "big") / 2**48 for name, digest in zip(names, hashes, strict=True)}
    return np.array([place[name] for name in group], dtype=np.float64)
