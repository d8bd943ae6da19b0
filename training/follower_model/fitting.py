"""The follower model's recipe: sources that carry over, boosters, calibration and mean scores."""

from __future__ import annotations

from dataclasses import dataclass

import lightgbm as lgb
import numpy as np
import polars as pl
from sklearn.metrics import roc_auc_score

from features.errors import Problem, RecordsError
from models.audience.follower_profile import GROUPS
from models.audience.prevalence import Prevalence, fit_prevalence
from models.verdicts.calibration import Calibration, platt
from training.follower_model.boosting import equal, raw_log_odds, train
from training.follower_model.profiles import COLUMNS, MOST_SOURCES, Profiles

MOST_CALIBRATED = 4_000
"""Profiles of a source that its mean scores are taken over."""
FEWEST_SOURCES = 2
LEAST_TOLD = 0.7
"""AUC on a source left out: labelled sets of one platform are told at 0.8 and more, those of another at 0.5 to 0.6."""


@dataclass(frozen=True)
class Fitted:
    """Boosters as LightGBM's text, calibration and mean scores from sources left out, and each creator's fold."""

    booster: str
    members: tuple[str, ...]
    calibration: Calibration
    prevalence: Prevalence
    folds: dict[str, int]
    sources: tuple[str, ...]

    @property
    def trees(self) -> tuple[int, ...]:
        """Trees of the booster, then of each member; trees that could not split were left out."""
        return tuple(lgb.Booster(model_str=text).num_trees() for text in (self.booster, *self.members))


def fitted(data: Profiles, seed: int) -> Fitted:
    """Fit on every source that carries over, calibrate on sources (or, of a single one, on parts) left out."""
    _refuse_alike(data)
    data = carried_over(data, seed)
    members = [train(data.part(data.source != s), seed) for s in data.numbers]
    raw = np.empty(len(data.label))
    for member, s in zip(members, data.numbers, strict=True):
        raw[data.source == s] = raw_log_odds(member, data.rows.filter(pl.Series(data.source == s)), data.names)
    calibration = platt(raw, data.label, equal(data.source))
    return Fitted(
        booster=train(data, seed),
        members=tuple(members),
        calibration=calibration,
        prevalence=_prevalence(data, members, calibration, seed),
        folds=_folds(data),
        sources=tuple(sorted(data.rows["source"].unique())),
    )


def _refuse_alike(data: Profiles) -> None:
    """RecordsError where the profiles differ in too little to tell how a model does on a source or part left out."""
    counts = [np.bincount(data.label[data.source == s].astype(np.int64), minlength=2) for s in data.judged]
    if len(data.numbers) < FEWEST_SOURCES or not counts or not np.all(counts):
        fakes = int(data.label.sum())
        alike = (
            f"too few labelled followers are told apart by {', '.join(COLUMNS)}: {fakes:,} fake and "
            f"{len(data.label) - fakes:,} genuine ones are left without duplicates; give more of these columns or rows"
        )
        raise RecordsError([Problem("audience", alike)])


def carried_over(data: Profiles, seed: int) -> Profiles:
    """The profiles without the sources that the others cannot tell apart.

    Where a model of all other sources hardly tells a source's fakes from its genuine profiles, its labels or columns
    mean something else there, as on another platform, and what it teaches does harm elsewhere. The worst is left out
    until every source is told, or two are left. Groups of creators of one file are parts of one source.
    """
    while data.across and data.rows["source"].n_unique() <= MOST_SOURCES and len(data.judged) > FEWEST_SOURCES:
        told = {s: _told(data, s, seed) for s in data.judged}
        worst = min(told, key=lambda s: told[s])
        if told[worst] >= LEAST_TOLD:
            break
        data = data.part(data.source != worst)
    return data


def _told(data: Profiles, source: int, seed: int) -> float:
    """AUC on a source of a model of the others."""
    own = data.rows.filter(pl.Series(data.source == source))
    raw = raw_log_odds(train(data.part(data.source != source), seed), own, data.names)
    return float(roc_auc_score(own["fake"].to_numpy(), raw))


def _prevalence(data: Profiles, members: list[str], calibration: Calibration, seed: int) -> Prevalence:
    """Mean scores of each source by the member that had not seen it, as if only some columns had been known."""
    parts, scores = [], []
    for number, (member, s) in enumerate(zip(members, data.numbers, strict=True)):
        if s not in data.judged:
            continue
        rows = data.rows.filter(pl.Series(data.source == s))
        rows = rows.sample(min(rows.height, MOST_CALIBRATED), seed=seed)
        kinds = [_lacking(rows, kind) for kind in range(2 ** len(GROUPS))]
        found = raw_log_odds(member, pl.concat([rows, *kinds]), data.names)
        scores.append(calibration.probability(found).reshape(len(kinds) + 1, rows.height))
        parts.append((rows["fake"].to_numpy(), np.full(rows.height, number)))
    label, source = (np.concatenate(column) for column in zip(*parts, strict=True))
    every = np.concatenate(scores, axis=1)
    codes = np.unique(source, return_inverse=True)[1] if data.across else np.zeros(len(source), dtype=np.int64)
    return fit_prevalence(every[0], list(every[1:]), label, codes)


def _lacking(rows: pl.DataFrame, kind: int) -> pl.DataFrame:
    unknown = [name for place, name in enumerate(GROUPS) if not kind >> place & 1]
    return rows.with_columns(pl.lit(None, pl.Float64).alias(name) for name in unknown)


def _folds(data: Profiles) -> dict[str, int]:
    from models.bundle import creator_hash
    from models.followers import NO_FOLD

    place = {s: number for number, s in enumerate(data.numbers)}
    found: dict[str, int] = {}
    for name, s in zip(data.rows["creator_id"], data.source.tolist(), strict=True):
        hashed = creator_hash(name)
        found[hashed] = place[s] if found.get(hashed, place[s]) == place[s] else NO_FOLD
    return found
