"""Which inputs a creator's record lacks, of those that the signals need."""

from __future__ import annotations

from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features.records.contract import RECORD_TABLES
from features.records.hashes import runs
from features.rows.followers import FAKE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from features import Context
    from features.records import Tables
    from features.signal import Signal


UNJUDGED = f"audience.{FAKE}"
"""What followers lack that no model can judge."""


@cache
def needed(signals: tuple[Signal, ...]) -> dict[str, tuple[str, ...]]:
    """Columns that the signals need, by table, in the contract's order."""
    wanted = {need for signal in signals for need in signal.needs}
    return {
        table.name: columns
        for table in RECORD_TABLES
        if (columns := tuple(c.name for c in table.columns if f"{table.name}.{c.name}" in wanted))
    }


def missing_inputs(
    tables: Tables, signals: tuple[Signal, ...], unread: Mapping[str, NDArray[np.bool_]] = MappingProxyType({})
) -> pl.DataFrame:
    """For every creator, in order, a list `missing_inputs`.

    A table of which the creator has no row is named "table"; a column of which all the creator's values are
    null is named "table.column", and so is one of `unread` where its flag says that no value says anything.
    """
    creators = tables.creators["creator_id"]
    lists = _of_one(tables, needed(signals)) if len(creators) == 1 else _of_many(tables, signals)
    _add_unread(lists, unread, needed(signals))
    return pl.DataFrame([creators, pl.Series("missing_inputs", lists, dtype=pl.List(pl.String))])


def _add_unread(
    lists: list[list[str]], unread: Mapping[str, NDArray[np.bool_]], columns_of: Mapping[str, Sequence[str]]
) -> None:
    if not any(flags.any() for flags in unread.values()):
        return
    order = [name for table, columns in columns_of.items() for name in (table, *(f"{table}.{one}" for one in columns))]
    places = {name: place for place, name in enumerate([*order, UNJUDGED])}
    for name, flags in unread.items():
        for row in np.flatnonzero(flags).tolist():
            if not {name, name.partition(".")[0]} & {*lists[row]}:
                lists[row] = sorted([*lists[row], name], key=places.__getitem__)


def with_context(missing: pl.Series, signals: Sequence[Signal], platforms: pl.Series, context: Context) -> pl.Series:
    """The lists of `missing_inputs` with the parts of the context, as "context.part", that creators' signals lack.

    Args:
        missing: The lists.
        signals: Those that count.
        platforms: Of each creator.
        context: What is known of others. A part that a signal could not use for want of records is not missed.
    """
    lists = missing.to_list()
    named = False
    for row, platform in enumerate(platforms.to_list()):
        parts = context.lacking[platform]
        if parts:
            absent = set(lists[row])
            wanting = {parts[one.name] for one in signals if one.name in parts and not _without(one, absent)}
            lists[row] += [f"context.{part}" for part in context.parts if part in wanting]
            named = named or bool(wanting)
    return pl.Series(missing.name, lists, dtype=missing.dtype) if named else missing


def _without(signal: Signal, absent: set[str]) -> bool:
    """Whether the record itself lacks what the signal needs."""
    return any(need in absent or need.partition(".")[0] in absent for need in signal.needs)


def _of_many(tables: Tables, signals: tuple[Signal, ...]) -> list[list[str]]:
    creators = tables.creators["creator_id"]
    place = {creator: number for number, creator in enumerate(creators.to_list())}
    names: list[str] = []
    lacking: list[NDArray[np.bool_]] = []
    for name, columns in needed(signals).items():
        there, known = _known(tables[name], columns, place)
        names += [name, *(f"{name}.{column}" for column in columns)]
        lacking += [~there, *(there & ~one for one in known)]
    return [[names[number] for number in np.flatnonzero(own).tolist()] for own in np.array(lacking).T]


def _of_one(tables: Tables, columns_of: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """The same for a single creator, of whom counting nulls tells everything."""
    missing: list[str] = []
    for name, columns in columns_of.items():
        table = tables[name]
        if table.height:
            missing += [f"{name}.{column}" for column in columns if table[column].null_count() == table.height]
        else:
            missing.append(name)
    return [missing]


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
