"""How well simulated genuine creators can be told from real ones by their signals: 0.5 not at all, 1 always.

Behaviour is compared and not collection: simulated creators lie in the real set's range of sizes, lack the columns that
it lacks, and both sides of a pair are cut to the same number of posts and of comments before signals are computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import lightgbm as lgb
import numpy as np
import polars as pl
from sklearn.metrics import roc_auc_score

from features import SIGNALS, Family, build
from features.records import Tables
from training.evaluation_tables import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from training.simulate import Simulation

    Floats = NDArray[np.float64]

FAMILIES = (Family.ENGAGEMENT, Family.COMMENTS, Family.PROFILE)
MOST_PAIRS = 1500
FEWEST = 50
"""Creators of each side below which nothing is said."""

COLLECTED = {
    "days_since_last_post": "research sets hold posts of years; the time to the observation is that of the scrape",
    "tagging_share": "the posts of the Instagram set were collected because they tag a brand",
    "sponsored_share": "the same",
}
"""Signals that measure how a set was collected and not how its people behave, with the reason; left out."""

_TREES, _FOLDS = 200, 5
_FEWEST_KNOWN = 30  # values of each side below which a signal by itself is not judged
_CLASSIFIER = {
    "objective": "binary", "learning_rate": 0.05, "max_depth": 4, "num_leaves": 15, "min_data_in_leaf": 20,
    "feature_fraction": 0.8, "deterministic": True, "force_row_wise": True, "num_threads": 1, "verbosity": -1,
}  # fmt: skip


@dataclass(frozen=True)
class Told:
    """How well two sets are told apart.

    Attributes:
        auc: Of a classifier on all signals, cross-validated by creator.
        creators: Of each side.
        alone: Each signal's own AUC, 0.5 or more, the one that tells most first, over rows where it is
            known; 0.5 where hardly any are.
    """

    auc: float
    creators: int
    alone: list[tuple[str, float]]


def realism(real: Mapping[str, Tables], simulated: Simulation, *, seed: int = 0) -> list[Table]:
    """Tables of AUCs by family and real set: below 0.75 they are hard to tell apart, at 0.5 alike.

    Args:
        real: Records of real creators by the name of their set, each of one platform.
        simulated: A simulation with its truth; fraudulent creators are left out.
        seed: Decides who is compared with whom, and the folds.
    """
    rows: list[tuple[object, ...]] = []
    for family in FAMILIES:
        found = [(name, told_apart(tables, simulated, family, seed=seed)) for name, tables in real.items()]
        known = [(name, told) for name, told in found if told is not None]
        rows += [(f"{family.value}: {name}", told.auc, told.creators, _tells(told)) for name, told in known]
        if known:
            rows.append((f"{family.value}: mean", float(np.mean([told.auc for _, told in known])), None, ""))
    note = "LightGBM, 5 folds by creator; 0.5: they cannot be told apart. Left out: " + "; ".join(
        f"{name} ({why})" for name, why in COLLECTED.items()
    )
    columns = ("family and real set", "auc", "creators a side", "signals that tell")
    return [Table("Simulated genuine creators told from real ones", columns, rows, note)]


def told_apart(real: Tables, simulated: Simulation, family: Family, *, seed: int = 0) -> Told | None:
    """Compare one real set with simulated genuine creators of its platform on one family; None where too few are left.

    Signals that are null throughout on either side are left out.
    """
    pairs = _pairs(real, simulated, family, np.random.default_rng(seed))
    if pairs.height < FEWEST:
        return None
    made = simulated.tables
    sides = [_recorded(made.select(pairs["made"].to_list()), real), real.select(pairs["real"].to_list())]
    sides = [_recorded(side, sides[0]) for side in sides]
    ours, theirs = (build(side) for side in _cut(sides, pairs, family))
    names = [one.name for one in SIGNALS if one.family == family and one.name not in COLLECTED]
    names = [name for name in names if min(frame[name].count() for frame in (ours, theirs)) > 0]
    ours, theirs = (frame.filter(pl.any_horizontal(pl.col(names).is_not_null())) for frame in (ours, theirs))
    size = min(ours.height, theirs.height)
    if not names or size < FEWEST:
        return None
    values = np.vstack([frame.select(names).head(size).cast(pl.Float64).to_numpy() for frame in (ours, theirs)])
    label = np.repeat([0, 1], size)
    alone = {name: _alone(values[:, k], label) for k, name in enumerate(names)}
    return Told(distinguished(values, label, seed), size, sorted(alone.items(), key=lambda one: -one[1]))


def distinguished(values: Floats, label: NDArray[np.int64], seed: int = 0) -> float:
    """AUC of a small LightGBM on rows × signals (NaN unknown) for a label of 0 and 1, five-fold out of fold."""
    fold = np.random.default_rng(seed).permutation(len(label)) % _FOLDS
    guess = np.empty(len(label))
    for k in range(_FOLDS):
        data = lgb.Dataset(values[fold != k], label[fold != k])
        booster = lgb.train({**_CLASSIFIER, "seed": seed}, data, num_boost_round=_TREES)
        guess[fold == k] = np.asarray(booster.predict(values[fold == k]))
    return float(roc_auc_score(label, guess))


def _pairs(real: Tables, simulated: Simulation, family: Family, rng: np.random.Generator) -> pl.DataFrame:
    """Pairs of creators, `made` and `real`, drawn at random among those who have what the family is computed from."""
    table = {Family.ENGAGEMENT: "posts", Family.COMMENTS: "comments"}.get(family, "creators")
    there = real.creators.join(real[table].select("creator_id").unique(), on="creator_id", how="semi")
    recorded = [f"{name}.{column}" for name, frame in real.items() for column in _known(frame)]
    whole = pl.col("hidden").list.set_intersection(pl.lit(pl.Series([[*recorded, table]]))).list.len() == 0
    honest = simulated.truth.filter(~pl.col("fraud") & whole)
    made = simulated.tables.creators.join(honest, on="creator_id", how="semi").join(
        simulated.tables[table].select("creator_id").unique(), on="creator_id", how="semi"
    )
    made = made.filter(pl.col("platform").is_in(real.creators["platform"].unique().implode()), *_like(there))
    size = min(made.height, there.height, MOST_PAIRS)
    drawn = [frame["creator_id"].gather(rng.permutation(frame.height)[:size]) for frame in (made, there)]
    return pl.DataFrame({"made": drawn[0], "real": drawn[1]}).with_row_index("pair")


def _like(real: pl.DataFrame) -> list[pl.Expr]:
    """Within the real set's range of followers and posts ever (1st to 99th percentile): whom it collected."""
    columns = [column for column in ("followers", "posts_count") if real[column].null_count() < real.height]
    return [pl.col(c).is_between(real[c].quantile(0.01) or 0, real[c].quantile(0.99) or 0) for c in columns]


def _known(frame: pl.DataFrame) -> list[str]:
    return [column for column in frame.columns if frame[column].null_count() < frame.height]


def _recorded(tables: Tables, as_in: Tables) -> Tables:
    """The tables without the columns, and whole tables, that the other ones do not have."""
    frames = {}
    for name, frame in tables.items():
        lacking = [column for column in frame.columns if column not in _known(as_in[name])]
        kept = frame if as_in[name].height else frame.clear()
        frames[name] = kept.with_columns(pl.lit(None, dtype=frame.schema[column]).alias(column) for column in lacking)
    return Tables.from_frames(frames)


def _cut(sides: Sequence[Tables], pairs: pl.DataFrame, family: Family) -> list[Tables]:
    """Both sides with the same number of posts a pair or, for comments, of comments under as many posts."""
    ids = [pairs.select("pair", creator_id=name) for name in ("made", "real")]
    if family is Family.COMMENTS:
        ranked = [_ranked_comments(side, named) for side, named in zip(sides, ids, strict=True)]
        keys = ["pair", "post_rank"]
    else:
        newest = [pl.col("posted_at"), pl.col("post_id")]
        named = zip(sides, ids, strict=True)
        ranked = [_ranked(side.posts.join(pair, on="creator_id"), ["pair"], newest) for side, pair in named]
        keys = ["pair"]
    many = [frame.group_by(keys).len() for frame in ranked]
    least = many[0].join(many[1], on=keys).select(*keys, least=pl.min_horizontal("len", "len_right"))
    kept = [frame.join(least, on=keys).filter(pl.col("rank") < pl.col("least")) for frame in ranked]
    return [_only(side, rows, family) for side, rows in zip(sides, kept, strict=True)]


def _ranked(frame: pl.DataFrame, keys: list[str], order: list[pl.Expr]) -> pl.DataFrame:
    """The rows numbered from 0 within each group, the last in that order first."""
    ordered = frame.sort([*keys, *order], descending=[*(False for _ in keys), *(True for _ in order)], nulls_last=True)
    return ordered.with_columns(rank=pl.int_range(pl.len()).over(keys))


def _ranked_comments(side: Tables, named: pl.DataFrame) -> pl.DataFrame:
    """Comments numbered newest first within their post, and posts by how many comments of them there are."""
    rows = side.comments.join(named, on="creator_id").with_columns(under=pl.len().over("creator_id", "post_id"))
    place = [pl.col("under"), pl.col("post_id")]
    posts = _ranked(rows.unique(["pair", "post_id"]), ["pair"], place).select(
        "pair", "creator_id", "post_id", post_rank="rank"
    )
    joined = rows.join(posts, on=["pair", "creator_id", "post_id"], nulls_equal=True)
    return _ranked(joined, ["pair", "post_rank"], [pl.col("posted_at"), pl.col("comment_id")])


def _only(side: Tables, rows: pl.DataFrame, family: Family) -> Tables:
    """The records that a family is computed from, cut to these posts or comments."""
    frames = {"creators": side.creators}
    if family is Family.COMMENTS:
        posts = side.posts.join(rows, on=["creator_id", "post_id"], how="semi")
        frames |= {"comments": rows.select(side.comments.columns), "posts": posts}
    else:
        frames["posts"] = rows.select(side.posts.columns)
    return Tables.from_frames(frames)


def _alone(values: Floats, label: NDArray[np.int64]) -> float:
    known = ~np.isnan(values)
    if np.bincount(label[known], minlength=2).min() < _FEWEST_KNOWN:
        return 0.5
    auc = float(roc_auc_score(label[known], values[known]))
    return max(auc, 1 - auc)


def _tells(told: Told) -> str:
    return ", ".join(f"{name} {auc:.2f}" for name, auc in told.alone[:5])
