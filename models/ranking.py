"""From briefs to rankings, the same for every door: of records, of creators in an index, or of a whole index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from features.errors import Problem, RecordsError, UsageError
from models.index.retrieval import DEPTH
from models.index.shortlist import Order
from models.machine.garbage import uncollected
from models.rankings.filters import NO_LIMITS, Limits
from models.rankings.pool import pool
from models.rankings.rank import rank
from models.rankings.ranking import Versions
from models.rankings.risk import gated, weights_of
from models.rankings.sets import FROM_FIRST, Bounds
from models.texts.documents import texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import polars as pl

    from features.records import Tables
    from models.fit import FitBundle
    from models.fraud import FraudBundle
    from models.index import Index
    from models.matching.pairs import Wish
    from models.rankings.pool import Pool
    from models.rankings.ranking import Rankings, RiskForm, Weights
    from models.texts.documents import Brief


@dataclass(frozen=True)
class Asked:
    """How briefs are to be answered.

    Attributes:
        top: Creators to give back for each brief; all of them with None, which of a whole index are those retrieved.
        reasons: For so many of the first of each brief, say why.
        risk_form: How risk takes its part of the score.
        weights: In place of the briefs' own.
        limits: Filters beside those of the briefs.
    """

    top: int | None = 50
    reasons: int = 50
    risk_form: RiskForm = "multiply"
    weights: Weights | None = None
    limits: Limits = NO_LIMITS

    def rows(self, briefs: pl.DataFrame) -> list[Brief]:
        """The briefs as they are ranked.

        Raises:
            RecordsError: The weights of some cannot be used.
        """
        rows = briefs.to_dicts()
        problems = [] if self.weights is not None else [one for row in rows if (one := _wrong_weights(row))]
        if problems:
            raise RecordsError(problems)
        return [gated(row, self.risk_form) for row in rows]

    def order(self, row: Brief) -> Order:
        """The order that creators of an index are looked for; where a set is asked for, the places it is made of."""
        places = self.top if self.top is None or Bounds.of(row) is None else max(self.top, FROM_FIRST)
        return Order(self.weights or weights_of(row), self.risk_form, places)

    def answer(self, fit: FitBundle, wish: Wish, found: Pool, model: Versions) -> Rankings:
        """The creators in their places."""
        with uncollected():
            return rank(
                fit,
                wish,
                found,
                weights=self.weights,
                risk_form=self.risk_form,
                limits=self.limits,
                top=self.top,
                reasons=self.reasons,
                model=model,
            )


def _wrong_weights(row: Brief) -> Problem | None:
    try:
        weights_of(row)
    except UsageError as error:
        return Problem("briefs", str(error).removeprefix("weights: "), column="weights", ids=(str(row["brief_id"]),))
    return None


def rank_records(
    fraud: FraudBundle, fit: FitBundle, briefs: pl.DataFrame, tables: Tables, asked: Asked
) -> Iterator[Rankings]:
    """Rank the creators of `tables` for each brief; all of them are scored, and example creators are among them.

    Args:
        fraud: Gives the risks.
        fit: Gives the fits.
        briefs: Rows of the table `briefs`.
        tables: The candidates' records.
        asked: How to answer.

    Raises:
        RecordsError: The weights of some briefs cannot be used.
    """
    rows = asked.rows(briefs)
    signals = fraud.signals(tables)
    found = pool(fit, tables, signals, fraud.verdict(signals))
    model = Versions(fit=fit.contract.version, fraud=fraud.contract.version)
    for wish in fit.encoder.wishes(rows, found.candidates):
        yield asked.answer(fit, wish, found, model)


def rank_index(
    fit: FitBundle, briefs: pl.DataFrame, index: Index, asked: Asked, creator_ids: Sequence[str] | None = None
) -> Iterator[Rankings]:
    """Rank creators of an index for each brief; example creators are those of the index.

    Args:
        fit: The model that made the index.
        briefs: Rows of the table `briefs`.
        index: Holds the creators and their risks.
        asked: How to answer.
        creator_ids: Score these, every one; those nearest to the brief unless given.

    Raises:
        ContractError: Another model made the index.
        NotFoundError: Some of `creator_ids` are not in the index; names them.
        RecordsError: The weights of some briefs cannot be used.
    """
    index.require(fit)
    rows = asked.rows(briefs)
    chosen = None if creator_ids is None else index.chosen(creator_ids)
    model = versions(index)
    for row in rows:
        [wish] = fit.encoder.wishes([row], index.candidates(index.known(texts(row, "example_creators"))))
        found = chosen
        if found is None:
            depth = max(DEPTH, asked.top or 0)
            found = index.pool(fit, wish, limits=asked.limits, depth=depth, order=asked.order(row))
        yield asked.answer(fit, wish, found, model)


def versions(index: Index) -> Versions:
    """What made an answer from an index."""
    return Versions(fit=index.manifest.fit, fraud=index.manifest.fraud, index=index.version)
