"""The follower model's recipe: sources, copies of profiles that lack columns, boosters and calibration."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import lightgbm as lgb
import numpy as np
import polars as pl
from sklearn.metrics import roc_auc_score

from features.errors import Problem, RecordsError
from models.audience.follower_profile import ALL, CARRIED, GROUPS, believed, directions, inputs
from models.audience.prevalence import Prevalence, fit_prevalence
from models.boosters import booster as boosters
from models.verdicts.calibration import Calibration, platt
from training.split import fold_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

FOLDS = 5
MOST_SOURCES = 8
"""More sources than these are put into `FOLDS` groups, as many creators of one file are."""
FEWEST_OF_A_CLASS = 20
"""A source with fewer profiles of either class is trained on, but its mean scores say nothing."""
MOST_ROWS = 60_000
"""Profiles that are fitted on; of more, as many are drawn."""
MOST_CALIBRATED = 4_000
"""Profiles of a source that its mean scores are taken over."""
FEWEST_SOURCES = 2
LEAST_TOLD = 0.7
"""AUC on a source left out: labelled sets of one platform are told at 0.8 and more, those of another at 0.5 to 0.6."""
COPIES = 4
DROPPED = 0.3
"""Chance that a column is missing in a copy; every second or third copy is whole."""
WHOLE = 0.4
NOISE = 1.0
"""Standard deviation of what is added to a copy's log counts: what is true of one source to the unit (all fakes have
15 posts) is true of that source only."""

TREES = 100
COUNTS = ("followers", "following", "posts_count")
COLUMNS = (*COUNTS, "has_picture", "bio_length", "handle_digit_ratio", "private", "handle_length")

_PARAMETERS: dict[str, object] = {
    "objective": "binary",
    "max_depth": 4,
    "num_leaves": 12,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "monotone_constraints_method": "intermediate",
    "deterministic": True,
    "force_row_wise": True,
    "feature_pre_filter": False,
    "num_threads": 1,
    "verbosity": -1,
}
_ACROSS: dict[str, object] = {
    "learning_rate": 0.08,
    "feature_fraction": 0.2,
    "min_data_in_leaf": 40,
    "lambda_l2": 5.0,
    "max_bin": 63,
}
"""One input a tree: how inputs go together differs between sources more than what each says by itself."""
_WITHIN: dict[str, object] = {
    "learning_rate": 0.06,
    "feature_fraction": 0.6,
    "min_data_in_leaf": 10,
    "lambda_l2": 1.0,
    "max_bin": 255,
}
"""For a single source, where nothing can be learnt about what carries over."""


@dataclass(frozen=True, eq=False)
class Profiles:
    """Labelled profiles: their columns, label and source (a number), pictures doubted where they have to be."""

    rows: pl.DataFrame
    source: Ints
    across: bool

    @classmethod
    def of(cls, rows: pl.DataFrame, seed: int) -> Profiles:
        """Profiles of `audience` with `fake`; duplicates within a source are dropped."""
        sources = source_names(rows)
        across = sources.n_unique() > 1
        known = believed(rows).select("creator_id", *(pl.col(name).cast(pl.Float64) for name in (*COLUMNS, "fake")))
        known = known.with_columns(sources).unique([*COLUMNS, "fake", "source"], keep="first", maintain_order=True)
        if known.height > MOST_ROWS:
            known = known.sample(MOST_ROWS, seed=seed, shuffle=False)
        group = known["source"] if across else profile_key(known)
        if across and group.n_unique() <= MOST_SOURCES:
            code = group.rank("dense").to_numpy().astype(np.int64) - 1
        else:
            code = fold_of(group, seed, FOLDS)
        return cls(known, code, across)

    @cached_property
    def label(self) -> Floats:
        """1 fake, 0 genuine."""
        return self.rows["fake"].to_numpy()

    @cached_property
    def judged(self) -> list[int]:
        """Sources whose mean scores are taken: those with enough of both classes; parts of a single one, always."""
        counts = [np.bincount(self.label[self.source == s].astype(np.int64), minlength=2) for s in self.numbers]
        enough = [s for s, count in zip(self.numbers, counts, strict=True) if count.min() >= FEWEST_OF_A_CLASS]
        return enough if self.across else self.numbers

    @property
    def numbers(self) -> list[int]:
        """The sources, in order."""
        return [int(number) for number in np.unique(self.source)]

    @property
    def names(self) -> tuple[str, ...]:
        """Inputs of the booster: those that carry over where there are several sources, else all."""
        return CARRIED if self.across else ALL

    def part(self, chosen: NDArray[np.bool_]) -> Profiles:
        """Some of the profiles."""
        return Profiles(self.rows.filter(pl.Series(chosen)), self.source[chosen], self.across)


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


def source_names(rows: pl.DataFrame) -> pl.Series:
    """The source of each profile: its file, else its creator; the parts of one set, `x_train` and `x_test`, are one."""
    by = "source" if "source" in rows.columns and rows["source"].n_unique() > 1 else "creator_id"
    names = rows[by].unique(maintain_order=True)
    whole = [re.sub(r"[_-](train|test)$", "", name) for name in names]
    return rows[by].replace_strict(names, whole, return_dtype=pl.String).alias("source")


def fitted(data: Profiles, seed: int) -> Fitted:
    """Fit on every source that carries over, calibrate on sources (or, of a single one, on parts) left out."""
    _refuse_alike(data)
    data = carried_over(data, seed)
    members = [_train(data.part(data.source != s), seed) for s in data.numbers]
    raw = np.empty(len(data.label))
    for member, s in zip(members, data.numbers, strict=True):
        raw[data.source == s] = _raw(member, data.rows.filter(pl.Series(data.source == s)), data.names)
    calibration = platt(raw, data.label, _equal(data.source))
    return Fitted(
        booster=_train(data, seed),
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
    raw = _raw(_train(data.part(data.source != source), seed), own, data.names)
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
        found = _raw(member, pl.concat([rows, *kinds]), data.names)
        scores.append(calibration.probability(found).reshape(len(kinds) + 1, rows.height))
        parts.append((rows["fake"].to_numpy(), np.full(rows.height, number)))
    label, source = (np.concatenate(column) for column in zip(*parts, strict=True))
    every = np.concatenate(scores, axis=1)
    codes = np.unique(source, return_inverse=True)[1] if data.across else np.zeros(len(source), dtype=np.int64)
    return fit_prevalence(every[0], list(every[1:]), label, codes)


def _lacking(rows: pl.DataFrame, kind: int) -> pl.DataFrame:
    unknown = [name for place, name in enumerate(GROUPS) if not kind >> place & 1]
    return rows.with_columns(pl.lit(None, pl.Float64).alias(name) for name in unknown)


def _train(data: Profiles, seed: int) -> str:
    names, copies = data.names, COPIES if data.across else 1
    rows = _copies(data.rows, seed) if data.across else data.rows
    weight = np.tile(_balanced(data.source, data.label), copies) / copies if data.across else None
    values = boosters.matrix(inputs(rows, names), names)
    params = {**_PARAMETERS, **(_ACROSS if data.across else _WITHIN), "seed": seed}
    params["monotone_constraints"] = directions(names)
    found = lgb.train(params, lgb.Dataset(values, np.tile(data.label, copies), weight=weight), TREES)
    return str(found.model_to_string())


def _copies(rows: pl.DataFrame, seed: int) -> pl.DataFrame:
    """`COPIES` of each profile with noise on its counts; all but the first copies lack columns."""
    rng = np.random.default_rng(seed)
    known = rows.select(COLUMNS).to_numpy()
    copies = []
    for copy in range(COPIES):
        values = known.copy()
        noise = NOISE * rng.standard_normal((len(values), len(COUNTS)))
        values[:, : len(COUNTS)] = np.expm1(np.maximum(np.log1p(values[:, : len(COUNTS)]) + noise, 0.0))
        if copy:
            lacking = rng.random(values.shape) < np.where(rng.random((len(values), 1)) < WHOLE, 0.0, DROPPED)
            values[lacking] = np.nan
        copies.append(values)
    frame = pl.DataFrame(np.concatenate(copies), schema=list(COLUMNS), nan_to_null=True)
    return frame.with_columns(pl.concat([rows["creator_id"]] * COPIES).alias("creator_id"))


def _raw(text: str, rows: pl.DataFrame, names: tuple[str, ...]) -> Floats:
    return boosters.raw_log_odds(lgb.Booster(model_str=text), boosters.matrix(inputs(rows, names), names))


def _equal(source: Ints) -> Floats:
    """Weights with which every source counts the same."""
    counts = np.bincount(source)
    weight = 1.0 / counts[source]
    return np.asarray(weight * len(source) / weight.sum(), dtype=np.float64)


def _balanced(source: Ints, label: Floats) -> Floats:
    """Weights with which every class of every source counts the same: base rates of sets say how they were made."""
    return _equal(np.unique(2 * source + label.astype(np.int64), return_inverse=True)[1])


def _folds(data: Profiles) -> dict[str, int]:
    from models.bundle import creator_hash
    from models.followers import NO_FOLD

    place = {s: number for number, s in enumerate(data.numbers)}
    found: dict[str, int] = {}
    for name, s in zip(data.rows["creator_id"], data.source.tolist(), strict=True):
        hashed = creator_hash(name)
        found[hashed] = place[s] if found.get(hashed, place[s]) == place[s] else NO_FOLD
    return found


def profile_key(rows: pl.DataFrame) -> pl.Series:
    """What a model sees of each profile, as one text: equal profiles have equal ones."""
    return rows.select(pl.concat_str(pl.col(COLUMNS).cast(pl.String).fill_null("-"), separator=" ")).to_series()
