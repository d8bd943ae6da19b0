"""What a training on audits shows beside the model: ways tried, folds, doubtful labels, agreement, worth of more."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import lightgbm as lgb
import numpy as np
import polars as pl

from models.boosters import booster as boosters
from training.audits import doubtful
from training.audits.agreement import agreement
from training.evaluation_tables import Table
from training.fraud_model import ways
from training.fraud_model.boosting import train
from training.fraud_model.learning_curve import learning_curve
from training.metrics import fraud_metrics

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.verdicts.decision import Profile
    from training.fraud_model.learning_curve import LearningCurve
    from training.fraud_model.scores import Weighed
    from training.fraud_model.tuning import Search
    from training.fraud_model.ways import Way

    Floats = NDArray[np.float64]


_OUT_OF_FOLD = (
    "Creators of the training part with a verdict, each scored by the booster of the other folds; the calibration is "
    "fitted to all folds together. Creators that were simulated beside them are not among them."
)


@dataclass(frozen=True)
class Insights:
    """What the training part shows, all of it out of fold.

    Attributes:
        folds: Figures of each fold, by `training.metrics.fraud_metrics`.
        losses: Mean log loss of the unseen folds after each tree.
        doubtful: See `training.audits.doubtful`.
        curve: See `training.fraud_model.learning_curve`; where training was on few labels.
        search: See `training.fraud_model.tuning`; where there was one.
        tables: All of it for the model card.
    """

    folds: tuple[dict[str, float], ...]
    losses: tuple[float, ...]
    doubtful: pl.DataFrame
    curve: LearningCurve | None
    search: Search | None
    tables: tuple[Table, ...]

    def with_curve(self, curve: LearningCurve) -> Insights:
        """The same with a learning curve, which comes first."""
        return replace(self, curve=curve, tables=(curve.table, *self.tables))


def insights(
    tried: list[Way],
    weighed: Weighed,
    creator_id: pl.Series,
    probability: Floats,
    audits: pl.DataFrame,
    search: Search | None,
    profile: Profile,
) -> Insights:
    """Look at the ways tried, the best first.

    Args:
        tried: Of `training.fraud_model.ways.tried`.
        weighed: What they learnt from.
        creator_id: Of every row of it.
        probability: Calibrated, of every row out of fold by the best way; NaN where it was not judged.
        audits: The table.
        search: Where there was one.
        profile: Whose cut-offs the folds' figures are at.
    """
    best, rows = tried[0], weighed.rows
    folds = tuple(
        fraud_metrics(rows.label[part], probability[part], profile)
        for part in (np.flatnonzero(weighed.whole & (rows.fold == k)) for k in np.unique(rows.fold[weighed.whole]))
    )
    whole = weighed.whole
    suspects = doubtful.doubtful_labels(creator_id.filter(pl.Series(whole)), rows.label[whole], probability[whole])
    tables = [_folds(folds), agreement(audits), doubtful.as_table(suspects)]
    if search is not None:
        tables.insert(0, search.table)
    if len(tried) > 1:
        tables.insert(0, ways.as_table(tried))
    return Insights(folds, best.found.losses, suspects, None, search, tuple(table for table in tables if table.rows))


def curve_of(best: Way, weighed: Weighed, params: dict[str, object], creator_id: pl.Series, seed: int) -> LearningCurve:
    """The learning curve of a way, at its number of trees and its factor."""
    rows, whole = best.rows, np.flatnonzero(weighed.whole)
    names = creator_id.to_list()
    own = {names[row]: number for number, row in enumerate(whole.tolist())}
    number = np.array([own.get(name, -1) for name in names], dtype=np.int64)  # -1: learnt from whatever is drawn
    starts = best.onto or (None,) * len(rows.parts)

    def predicted(kept: NDArray[np.bool_]) -> Floats:
        allowed = (number < 0) | kept[number]
        raw = np.empty(len(whole))
        for start, (learn, judge) in zip(starts, rows.parts, strict=True):
            booster = train(rows.of(learn[allowed[learn]]), params, best.grown, onto=start)
            seen = judge[weighed.whole[judge]]
            raw[number[seen]] = boosters.raw_log_odds(lgb.Booster(model_str=booster), rows.signals.iloc[seen])
        return raw

    folds = len(rows.parts)
    return learning_curve(rows.label[whole], len(whole), (folds - 1) / folds, predicted, seed)


def _folds(folds: tuple[dict[str, float], ...]) -> Table:
    names = {"rows": "creators", "fraud_rate": "fraud rate", "auc": "auc", "ap": "average precision", "ece": "ece"}
    rows: list[tuple[object, ...]] = [
        (f"fold {k}", *(fold.get(name) for name in names)) for k, fold in enumerate(folds)
    ]
    return Table("Folds of the training part", ("fold", *names.values()), rows, _OUT_OF_FOLD)
