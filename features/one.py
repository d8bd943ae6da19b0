"""The signals and the evidence of a single creator, of whom there is less to work out than to plan.

The expressions are those that `features.build` has Polars evaluate for many creators, and the bits are the same.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from features.alone import Program, singles
from features.catalogue import SIGNAL_NAMES
from features.evaluated import AGGREGATED, CITED, COVERAGE, EVALUATED, OVER_THE_ROW
from features.families import residuals
from features.few import collected
from features.records.text_lists import text_lists

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from features.context import Context
    from features.evaluated import Rows


def signals_of_one(rows: Rows, context: Context | None) -> pl.DataFrame:
    """The row that `features.build.signals` gives of the creator."""
    found = _aggregates(rows, EVALUATED)
    found |= _over_the_row(rows, context, found)
    coverage = [pl.Series(name, [found[name]], dtype=pl.Int64) for name in COVERAGE]
    tier = pl.Series("tier", [found["tier"]], dtype=pl.String)
    told = [rows.creators["creator_id"], rows.creators["platform"], tier, *coverage]
    return pl.DataFrame([*told, *_finite(found, SIGNAL_NAMES)])


def signals_of_one_over(rows: Rows, context: Context | None, parts: Collection[str]) -> pl.DataFrame:
    """The row that `features.build.signals_over` gives of the creator."""
    found = _aggregates(rows, parts)
    names = [signal.name for part in parts for signal in EVALUATED[part]]
    if "posts" in parts:
        beside = [signal.name for signal in residuals.SIGNALS]
        found |= _over_the_row(rows, context, found, beside)
        names += beside
    return pl.DataFrame(_finite(found, names))


def _aggregates(rows: Rows, parts: Collection[str]) -> dict[str, Any]:
    """The creator's own row with what is aggregated of some parts."""
    found = singles(rows.creators.row(0, named=True))
    for part in parts:
        program = _aggregating()[part]
        if rows.columns[part].height:
            found |= program.over(rows.columns[part])
            found |= _left(getattr(rows, part), program.rest)
        else:
            found |= program.nothing
    return found


def _over_the_row(
    rows: Rows, context: Context | None, aggregates: Mapping[str, Any], names: Collection[str] | None = None
) -> dict[str, Any]:
    """What is evaluated over that row and the curves of the platform; all of it unless named."""
    curves = None if context is None else context.curve_of(aggregates["platform"])
    row = {**aggregates, **(curves or dict.fromkeys(residuals.CURVE_COLUMNS))}
    program = _finishing()
    found = program.over(row, names)
    rest = [one for one in program.rest if names is None or one.meta.output_name() in names]
    left = {name for one in rest for name in one.meta.root_names()}.difference(rows.creators.columns)
    further = [pl.Series(name, [row[name]], dtype=_dtype(name, row[name])) for name in left]
    return found | _left(rows.creators.hstack(further), rest)


def _finite(found: Mapping[str, Any], names: Sequence[str]) -> list[pl.Series]:
    """A column a signal, as `features.build` has them."""
    values = np.array([found[name] for name in names], dtype=np.float64)
    values[~np.isfinite(values)] = np.nan
    column = pl.Series(values, nan_to_null=True)
    return [column.slice(k, 1).alias(name) for k, name in enumerate(names)]


def _dtype(name: str, value: object) -> pl.DataType | None:
    """Of a value that Polars is to read again; a null is one of numbers."""
    return residuals.SCHEMA.get(name, pl.Int64() if value is None else None)


def _left(frame: pl.DataFrame, expressions: list[pl.Expr]) -> dict[str, Any]:
    """What a program leaves to Polars, of the rows of one creator."""
    return collected(frame.lazy().select(expressions), frame.height).row(0, named=True) if expressions else {}


def evidence_of_one(rows: Rows, wanted: Sequence[str]) -> pl.DataFrame:
    """The row that `features.build.evidence` gives of the creator."""
    found: dict[str, list[str] | None] = dict.fromkeys(wanted)
    for part, program in _citing().items():
        if rows.columns[part].height:
            own = program.over(rows.columns[part], [name for name in program.names if name in found])
            found |= {name: values.data.tolist() for name, values in own.items()}
            lists = [one.implode() for one in program.rest if one.meta.output_name() in found]
            found |= _left(getattr(rows, part), lists)
    cited = text_lists("", [*found.values()])
    cells = [cited.slice(k, 1).alias(name) for k, name in enumerate(found)]
    return pl.DataFrame([rows.creators["creator_id"], *cells])


@cache
def _aggregating() -> dict[str, Program]:
    """What is aggregated of one creator, by its rows."""
    return {part: Program(expressions) for part, expressions in AGGREGATED.items()}


@cache
def _finishing() -> Program:
    """What is evaluated over the row of one creator."""
    return Program(OVER_THE_ROW)


@cache
def _citing() -> dict[str, Program]:
    """The evidence of one creator, by its rows."""
    return {part: Program([*expressions.values()]) for part, expressions in CITED.items()}
