"""What ways to learn are weighed and calibrated by: rows with the weights of their labels, and scores of these."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import lightgbm as lgb
import numpy as np

from models.boosters import booster as boosters
from models.verdicts.calibration import platt

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.fraud import FraudBundle
    from models.verdicts.calibration import Calibration
    from training.fraud_model.boosting import CrossValidated, TrainingRows

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Weighed:
    """Rows with what weighing them needs.

    Attributes:
        rows: With the labels' own weights and the classes' costs.
        trust: The labels' own weights alone.
        real: Rows of real creators.
        whole: Judged rows with all their inputs: what AUC and AP are worked out on.
        creator: A number for each creator.
    """

    rows: TrainingRows
    trust: Floats
    real: NDArray[np.bool_]
    whole: NDArray[np.bool_]
    creator: NDArray[np.int64]

    def by(self, factor: float) -> TrainingRows:
        """The rows with real creators weighing `factor`; the mean weight stays, as the regularisation is against it."""
        if self.real.all():
            return replace(self.rows, weight=self.rows.weight * factor)
        weight = np.where(self.real, factor, 1.0) * self.rows.weight
        return replace(self.rows, weight=weight * (self.rows.weight.sum() / weight.sum()))


@dataclass(frozen=True)
class Scores:
    """Raw log odds that a calibration is fitted to, with their labels.

    Attributes:
        row: Which of the rows learnt from.
        raw: By the member that has not seen the row.
        label: 1 fraud, 0 genuine.
        weight: What each counts for.
    """

    row: NDArray[np.int64]
    raw: Floats
    label: Floats
    weight: Floats

    @property
    def scaling(self) -> Calibration:
        """Fitted to them."""
        return platt(self.raw, self.label, self.weight)


def judged_scores(weighed: Weighed, found: CrossValidated) -> Scores:
    """Scores of the audited creators, by the member that has not seen each."""
    row = np.flatnonzero(weighed.rows.judged)
    return Scores(row, found.raw[row], weighed.rows.label[row], weighed.trust[row])


def held_scores(weighed: Weighed, found: CrossValidated, champion: FraudBundle) -> Scores:
    """Scores of the simulated creators, labelled by the champion's probabilities: its calibration stays for them."""
    row = np.flatnonzero(~weighed.real)
    signals, label = weighed.rows.signals.iloc[row], weighed.rows.label[row]
    said = champion.calibration.probability(boosters.raw_log_odds(champion.booster, signals), signals.to_numpy())
    members = [boosters.raw_log_odds(lgb.Booster(model_str=member), signals) for member in found.members]
    return Scores(row, np.mean(members, axis=0), label, np.where(label > 0, said, 1.0 - said))


def joined(audited: Scores, held: Scores) -> Scores:
    """Both, an audit weighing no more than a simulated creator: one slope holds for every kind of evidence."""
    return Scores(
        np.concatenate([audited.row, held.row]),
        np.concatenate([audited.raw, held.raw]),
        np.concatenate([audited.label, held.label]),
        np.concatenate([audited.weight, held.weight]),
    )
