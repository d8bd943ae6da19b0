"""What a fraud model is fitted and tested on: labels, splits, and signals under one context."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from features.context import build_with_signals
from features.errors import UsageError
from features.records import Tables
from features.records.contract import TABLES
from features.records.tables import ordered
from models.fraud import scored
from training.audits.audit_time import as_audited
from training.audits.dataset import (
    audit_labels,
    data_hash,
    enough_of_either,
    frame_hash,
    labelled,
    training_frame,
    undecided,
    with_signals,
)
from training.audits.served import with_served
from training.fraud_model.recipe import PLAIN, Recipe
from training.simulate import simulate
from training.split import FOLDS, audited_last, groups, held_out, held_out_by_time, known_before

if TYPE_CHECKING:
    from collections.abc import Sequence

    from features import Context
    from models.comments import CommentBundle
    from models.followers import FollowerBundle
    from models.fraud import FraudBundle

LEARNT_FROM = ("creators", "posts", "follower_history", "comments", "audience", "audits")

SIMULATION_SEED = 70_000
"""Added to the seed, so that nobody joins the audits whom somebody simulated to try this."""


@dataclass(frozen=True, eq=False)
class Source:
    """Where training rows come from.

    Attributes:
        tables: Records with audits.
        context: Norms to use; built from the creators who are not tested on unless given.
        followers: The model of one follower's profile that becomes part of the bundle.
        comments: The model of one comment that becomes part of the bundle.
        truth: The simulator's truth, where it is known.
        champion: The model that is trained on from, for the base of that name.
        served: Signals of creators as they were served, in place of those of their records (`training.audits.served`).
    """

    tables: Tables
    context: Context | None = None
    followers: FollowerBundle | None = None
    comments: CommentBundle | None = None
    truth: pl.DataFrame | None = None
    champion: FraudBundle | None = None
    served: pl.DataFrame | None = None


@dataclass(frozen=True, eq=False)
class FraudRows:
    """Rows with their signals worked out.

    Attributes:
        source: Where they come from, with the context that was used.
        learning: Rows of `training.audits.dataset.training_frame` with `judged` (a real creator with a decided label)
            and `real`.
        tested: The same of the test part.
        times: `creator_id`, `audited_at` of everyone audited.
        data_hash: Over the records and audits.
    """

    source: Source
    context: Context
    learning: pl.DataFrame
    tested: pl.DataFrame
    times: pl.DataFrame
    data_hash: str


def fraud_rows(source: Source, seed: int, recipe: Recipe = PLAIN) -> FraudRows:
    """Split the labelled creators and work out their signals.

    Nobody is tested on whom a champion that is started from has learnt from: its split is kept, but an agency that
    changed since takes a creator to another place of it.

    What the models of followers and comments were themselves trained on enters out of fold. A creator's records enter
    as they were when the verdict was given (`training.audits.audit_time`), or its signals as they were served.

    Raises:
        RecordsError: There are too few audits.
        UsageError: The recipe cannot start from the champion.
    """
    _check_start(source, recipe)
    rows = labelled(source.tables)
    tables = scored(as_audited(source.tables), source.followers, source.comments, out_of_fold=True)
    times = audited_last(tables.audits)
    learn, test = _parts(rows.join(times, on="creator_id", how="left", maintain_order="left"), seed, recipe)
    if source.champion is not None:
        test = test.filter(~pl.col("creator_id").is_in(source.champion.seen(test["creator_id"])))
    doubtful = groups(tables).join(undecided(tables.audits), on="creator_id", how="inner", maintain_order="left")
    doubtful = doubtful.filter(~_kept_apart(doubtful, times, test, seed, recipe))
    learn = pl.concat([_marked(learn, judged=True), _marked(doubtful.select(learn.columns), judged=False)])
    if recipe.base in ("simulated", "champion"):
        context, learning = _joined(source, tables, learn, test, seed, recipe.simulated)
    else:
        context, learning = _learning(tables, learn, test, source.context)
    learning = with_served(learning, source.served)
    tested = with_served(training_frame(tables, test, context), source.served)
    return FraudRows(source, context, learning, tested, times, _hash(source))


def _hash(source: Source) -> str:
    whole = data_hash(source.tables, LEARNT_FROM)
    return whole if source.served is None else frame_hash(whole, source.served)


def _check_start(source: Source, recipe: Recipe) -> None:
    """Refuse what does not go with the champion to start from: its own parts by group are those it has not seen."""
    if recipe.base != "champion":
        return
    if source.champion is None:
        raise UsageError("starting from the champion needs a champion")
    if recipe.tuning is not None:
        raise UsageError("a search for parameters begins afresh: it does not go with starting from the champion")
    if "time" in (recipe.split, source.champion.contract.training.get("split")):
        raise UsageError("with a split by time, nothing can start from the champion: it knows what is tested on")
    if source.champion.contract.members != FOLDS:
        raise UsageError(f"the champion has {source.champion.contract.members} members and not one for each fold")


def _parts(rows: pl.DataFrame, seed: int, recipe: Recipe) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows to learn from and those to test on."""
    if recipe.split == "time":
        tested, known = held_out_by_time(rows, recipe.label_delay)
    else:
        tested = pl.Series(held_out(rows["group"], seed))
        known = ~tested
    learn, test = (rows.filter(part).drop("audited_at") for part in (known, tested))
    if recipe.split == "time":
        enough_of_either(learn["label"])
    return learn, test


def _kept_apart(rows: pl.DataFrame, times: pl.DataFrame, test: pl.DataFrame, seed: int, recipe: Recipe) -> pl.Series:
    """Which rows without a decided label may not be learnt from, as they would not be with one."""
    if recipe.split == "time":
        dated = rows.join(times, on="creator_id", how="left", maintain_order="left")
        [first] = times.join(test, on="creator_id", how="semi").select(pl.col("audited_at").min())["audited_at"]
        return ~known_before(dated, first, recipe.label_delay, test["group"])
    return pl.Series(held_out(rows["group"], seed), dtype=pl.Boolean)


def _marked(rows: pl.DataFrame, *, judged: bool, real: bool = True) -> pl.DataFrame:
    return rows.with_columns(judged=pl.lit(judged), real=pl.lit(real))


def _learning(
    tables: Tables, learn: pl.DataFrame, test: pl.DataFrame, context: Context | None
) -> tuple[Context, pl.DataFrame]:
    """The norms, of everyone who is not tested on unless they are given, and the frame to learn from."""
    if context is not None:
        return context, training_frame(tables, learn, context)
    built, signals = build_with_signals(_without(tables, test["creator_id"]))
    return built, with_signals(learn, signals)


def _joined(
    source: Source, tables: Tables, learn: pl.DataFrame, test: pl.DataFrame, seed: int, many: int
) -> tuple[Context, pl.DataFrame]:
    """As `_learning`, with simulated creators as peers and as rows beside the real ones."""
    made = simulate(many, SIMULATION_SEED + seed).tables
    known = tables.creators["creator_id"].implode()
    fresh = made.creators["creator_id"].filter(~made.creators["creator_id"].is_in(known)).to_list()
    rows = groups(made).join(audit_labels(made.audits), on="creator_id", how="inner", maintain_order="left")
    rows = _marked(rows.filter(pl.col("creator_id").is_in(fresh)), judged=False, real=False)
    simulated = scored(made.select(fresh), source.followers, source.comments, out_of_fold=True)
    together = _together([_without(tables, test["creator_id"]), simulated])
    return _learning(together, pl.concat([learn, rows.select(learn.columns)]), test.clear(), source.context)


def _without(tables: Tables, creator_ids: pl.Series) -> Tables:
    kept = tables.creators.filter(~pl.col("creator_id").is_in(creator_ids.implode()))["creator_id"]
    return tables.select(kept.to_list())


def _together(parts: Sequence[Tables]) -> Tables:
    """The records of several corpora as one; columns that models added stay."""
    return Tables(
        **{
            name: ordered(pl.concat([part[name] for part in parts], how="diagonal"), table)
            for name, table in TABLES.items()
        }
    )
