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
from features.evaluated import AGGREGATED, CITED, COVERAGE, OVER_THE_ROW
from features.families import residuals
from features.few import collected
from features.records.text_lists import text_lists

if TYPE_CHECKING:
    from collections.abc import Sequence

    from features.context import Context
    from features.evaluated import Rows


def signals_of_one(rows: Rows, context: Context | None) -> pl.DataFrame:
    """The row that `features.build.signals` gives of the creator."""
    found = singles(rows.creators.row(0, named=True))
    for part, program in _aggregating().items():
        if rows.columns[part].height:
            found |= program.over(rows.columns[part])
            found |= _left(getattr(rows, part), program.rest)
        else:
            found |= program.nothing
    curves = None if context is None else context.curve_of(found["platform"])
    found |= curves or dict.fromkeys(residuals.CURVE_COLUMNS)
    last = _finishing()
    found |= last.over(found)
    left = last.left_over.difference(rows.creators.columns)
    further = [pl.Series(name, [found[name]], dtype=_dtype(name, found[name])) for name in left]
    found |= _left(rows.creators.hstack(further), last.rest)
    values = np.array([[found[name] for name in SIGNAL_NAMES]], dtype=np.float64)
    values[~np.isfinite(values)] = np.nan
    signals = pl.DataFrame({"": pl.Series(values[0], nan_to_null=True)}).transpose(column_names=SIGNAL_NAMES)
    coverage = [pl.Series(name, [found[name]], dtype=pl.Int64) for name in COVERAGE]
    tier = pl.Series("tier", [found["tier"]], dtype=pl.String)
    told = pl.DataFrame([rows.creators["creator_id"], rows.creators["platform"], tier, *coverage])
    return pl.concat([told, signals], how="horizontal")


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
    cells = [cited[k : k + 1].alias(name) for k, name in enumerate(found)]
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
