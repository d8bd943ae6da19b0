"""Which inputs a creator's record lacks, of those that the signals need."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features.records.contract import RECORD_TABLES
from features.records.hashes import runs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from features.records import Tables
    from features.signal import Signal


@cache
def needed(signals: tuple[Signal, ...]) -> dict[str, tuple[str, ...]]:
    """Columns that the signals need, by table, in the contract's order."""
    wanted = {need for signal in signals for need in signal.needs}
    return {
        table.name: columns
        for table in RECORD_TABLES
        if (columns := tuple(c.name for c in table.columns if f"{table.name}.{c.name}" in wanted))
    }


def missing_inputs(tables: Tables, signals: tuple[Signal, ...]) -> pl.DataFrame:
    """For every creator, in order, a list `missing_inputs`.

    A table of which the creator has no row is named "table"; a column of which all the creator's values are
    null is named "table.column".
    """
    creators = tables.creators["creator_id"]
    if len(creators) == 1:
        return _of_one(tables, needed(signals))
    place = {creator: number for number, creator in enumerate(creators.to_list())}
    names: list[str] = []
    lacking: list[NDArray[np.bool_]] = []
    for name, columns in needed(signals).items():
        there, known = _known(tables[name], columns, place)
        names += [name, *(f"{name}.{column}" for column in columns)]
        lacking += [~there, *(there & ~one for one in known)]
    lists = [[names[number] for number in np.flatnonzero(own).tolist()] for own in np.array(lacking).T]
    return pl.DataFrame([creators, pl.Series("missing_inputs", lists, dtype=pl.List(pl.String))])


def _of_one(tables: Tables, columns_of: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """The same for a single creator, of whom counting nulls tells everything."""
    missing: list[str] = []
    for name, columns in columns_of.items():
        table = tables[name]
        if table.height:
            missing += [f"{name}.{column}" for column in columns if table[column].null_count() == table.height]
        else:
            missing.append(name)
    lists = pl.Series("missing_inputs", [missing], dtype=pl.List(pl.String))
    return pl.DataFrame([tables.creators["creator_id"], lists])


def _known(
    table: pl.DataFrame, columns: Sequence[str], place: Mapping[str, int]
) -> tuple[NDArray[np.bool_], list[NDArray[np.bool_]]]:
    """Which creators have rows of a table, and which of them have values in each of the columns.

    Most columns are known of all or of none: few have to be gone through. The rows of one mostly stand together.
    """
    owners = list(runs(table["creator_id"]))
    places = [place[creator] for creator, _ in owners]
    starts = [rows.start for _, rows in owners]
    there = _flags(places, np.ones(len(places), np.bool_), len(place))
    known = []
    for column in columns:
        values = table[column]
        unknown = values.null_count()
        if unknown in (0, len(values)):
            known.append(there if not unknown else np.zeros_like(there))
        else:
            own = np.logical_or.reduceat(values.is_not_null().to_numpy(), starts)
            known.append(_flags(places, own, len(place)))
    return there, known


def _flags(places: Sequence[int], own: NDArray[np.bool_], many: int) -> NDArray[np.bool_]:
    flags = np.zeros(many, dtype=np.bool_)
    np.logical_or.at(flags, places, own)
    return flags
