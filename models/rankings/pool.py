"""What is ranked: creators to score, their risk, and where to look up what only the results shown need."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import polars as pl

from models.matching.candidates import SHOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from features.records import Tables
    from models.fit import FitBundle
    from models.matching.candidates import Candidates
    from models.matching.cosine_weights import CosineWeights
    from models.matching.pairs import Wish
    from models.rankings.filters import Limits
    from models.texts.documents import Brief

RISK = pl.Schema({"creator_id": pl.String(), "risk_score": pl.Float64(), "band": pl.String()})


@dataclass(frozen=True, eq=False)
class Pool:
    """The creators that are scored for a brief, every one of them.

    Attributes:
        candidates: The creators.
        risk: Columns of `RISK`, one row a candidate in the same order; null where not known.
        details: Takes places in `candidates` and names, and gives these of the columns of
            `models.rankings.details.DETAILS` and of the traits `models.matching.candidates.SHOWN`, of those creators in
            that order. It is asked for those shown only, and for what is told of them.
        considered: Creators there were before filters and retrieval.
        excluded: Name of a filter to the creators that it alone or with others left out before scoring.
        passed: The brief and the limits that nobody here fails a filter of; None where nobody has looked.
    """

    candidates: Candidates
    risk: pl.DataFrame
    details: Callable[[NDArray[np.int64], Sequence[str]], pl.DataFrame]
    considered: int
    excluded: Mapping[str, int] = field(default_factory=dict)
    passed: tuple[Brief, Limits] | None = None

    def __len__(self) -> int:
        """Number of creators that are scored."""
        return len(self.candidates)


class Searchable(Protocol):
    """Many creators to retrieve a pool from, such as an index."""

    def candidates(self, creator_ids: Sequence[str]) -> Candidates:
        """These creators, in this order; NotFoundError naming those that are not there."""

    def pool(
        self, bundle: FitBundle, wish: Wish, *, limits: Limits, depth: int = ..., weights: CosineWeights = ...
    ) -> Pool:
        """Those nearest to the wish by the weights, at most `depth`, of all that pass its filters and the limits."""


def pool(bundle: FitBundle, tables: Tables, signals: pl.DataFrame, risk: pl.DataFrame) -> Pool:
    """All creators of `tables`, in their order: explicit candidates, none of which is left out.

    Args:
        bundle: The fit model.
        tables: The candidates' records.
        signals: Their rows of `features.build`, in any order.
        risk: `creator_id`, `risk_score` (0 to 100, null where not known) and `band`, which may be absent, in any
            order; creators may be absent from it.
    """
    candidates = bundle.encoder.candidates(tables, signals)
    ids = candidates.traits.select("creator_id")

    def details_of(rows: NDArray[np.int64], names: Sequence[str]) -> pl.DataFrame:
        from models.rankings.details import DETAILS, details

        wanted, columns = ids[rows], [name for name in names if name in DETAILS]
        found = details(tables.select(wanted["creator_id"].to_list()), bundle.encoder.text, columns=columns)
        joined = wanted.join(found, on="creator_id", how="left", maintain_order="left")
        return joined.hstack(candidates.traits[rows][list(SHOWN)]).select(names)

    return Pool(candidates, _aligned(ids, risk), details_of, considered=len(candidates))


def _aligned(ids: pl.DataFrame, risk: pl.DataFrame) -> pl.DataFrame:
    given = risk.select(pl.col(name).cast(dtype) for name, dtype in RISK.items() if name in risk.columns)
    joined = ids.join(given, on="creator_id", how="left", maintain_order="left")
    return joined if "band" in joined.columns else joined.with_columns(band=pl.lit(None, dtype=pl.String))
