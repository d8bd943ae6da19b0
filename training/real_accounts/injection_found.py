"""How well a fraud bundle tells real accounts with injected fraud from the same accounts untouched."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from training.draws import first_of
from training.evaluation_tables import Table
from training.injection.comments import bought_comments
from training.injection.counts import bought_likes, bought_likes_in_proportion, bought_views
from training.injection.doses import POSTS_BOUGHT
from training.injection.followers import bought_followers
from training.metrics import auc_interval
from training.real_accounts.real_sets import OWN_DAYS, with_languages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from features.records import Tables
    from models.fraud import FraudBundle
    from training.injection.comments import Generator

FEWEST_POSTS, FEWEST_COMMENTS, FEWEST_DAYS = 8, 20, 28
FEWEST_ACCOUNTS = 10
"""A set with fewer accounts of which there is enough says nothing about a kind of fraud."""

COLUMNS = (
    "set and fraud", "accounts", "answered", "auc", "auc lo", "auc hi", "mean before", "mean after",
    "review or high before", "review or high after", "high before", "high after",
)  # fmt: skip
NOTE = (
    "Each account untouched against itself with fraud injected; AUC of the probability with a bootstrap interval of "
    "95 % by account. Accounts without an answer are left out and counted. The other figures are means of the "
    f"probability and shares of accounts in the bands, untouched and injected. {OWN_DAYS} Nobody says that the "
    "untouched accounts are honest: what they bought themselves lowers the figures."
)


@dataclass(frozen=True)
class Subject:
    """A set of real accounts and the bundle that judges it, with the context that belongs to the set."""

    name: str
    tables: Tables
    bundle: FraudBundle


@dataclass(frozen=True)
class Case:
    """One manner of buying: its name, which accounts have enough of what is bought, and how it is injected."""

    name: str
    enough: Callable[[Tables], pl.Series]
    inject: Callable[[Tables, int], Tables]


def measured(title: str, subjects: Iterable[Subject], cases: Sequence[Case], *, sample: int, seed: int) -> Table:
    """One row a set and case; sets with fewer than `FEWEST_ACCOUNTS` for a case are left out.

    Args:
        title: The table's.
        subjects: Sets of real accounts.
        cases: What is injected into those with enough of it.
        sample: Most accounts of a set, the same ones for every case that needs the same.
        seed: Decides the sample, what is bought and the resamples.
    """
    rows = [row for subject in subjects for row in _rows(subject, cases, sample, seed)]
    return Table(title, COLUMNS, rows, NOTE)


def _rows(subject: Subject, cases: Sequence[Case], sample: int, seed: int) -> Iterator[tuple[object, ...]]:
    untouched: dict[tuple[str, ...], pl.DataFrame] = {}
    for case in cases:
        ids = first_of(case.enough(subject.tables).to_frame(), sample, f"sample:{seed}")
        if len(ids) < FEWEST_ACCOUNTS:
            continue
        tables = subject.tables.select(ids)
        before = untouched.setdefault(tuple(ids), pl.DataFrame())
        if before.is_empty():
            before = untouched[tuple(ids)] = verdicts(subject.bundle, tables)
        after = verdicts(subject.bundle, case.inject(tables, seed))
        yield (f"{subject.name}: {case.name}", *_compared(before, after, seed))


def verdicts(bundle: FraudBundle, tables: Tables) -> pl.DataFrame:
    """The bundle's verdict on each creator."""
    return bundle.verdict(bundle.signals(tables))


def _compared(before: pl.DataFrame, after: pl.DataFrame, seed: int) -> tuple[object, ...]:
    paired = before.join(after, on="creator_id", how="inner", maintain_order="left", suffix="_after")
    known = paired.drop_nulls(("probability", "probability_after"))
    figures: tuple[float | None, ...] = (None,) * 3
    if known.height:
        figures = auc_interval(known["probability"].to_numpy(), known["probability_after"].to_numpy(), seed)
    means = (known[name].mean() for name in ("probability", "probability_after"))
    bands = (known[name].is_in(wanted).mean() for wanted in (("review", "high"), ("high",)) for name in _BANDS)
    return (paired.height, known.height / paired.height, *figures, *means, *bands)


_BANDS = ("band", "band_after")


def _with_posts(column: str) -> Callable[[Tables], pl.Series]:
    def enough(tables: Tables) -> pl.Series:
        known = tables.posts.group_by("creator_id", maintain_order=True).agg(pl.col(column).count())
        return known.filter(pl.col(column) >= FEWEST_POSTS)["creator_id"]

    return enough


def _with_comments(tables: Tables) -> pl.Series:
    others = tables.comments.filter(pl.col("author_id").ne_missing(pl.col("creator_id")))
    return (
        others.group_by("creator_id", maintain_order=True).len().filter(pl.col("len") >= FEWEST_COMMENTS)["creator_id"]
    )


def _with_history(tables: Tables) -> pl.Series:
    days = tables.follower_history.group_by("creator_id", maintain_order=True).agg(pl.col("followers").count())
    return days.filter(pl.col("followers") >= FEWEST_DAYS)["creator_id"]


def _likes(factor: float) -> Case:
    name = f"likes x {factor:g} under {POSTS_BOUGHT:.0%} of posts"
    return Case(name, _with_posts("likes"), lambda tables, seed: bought_likes(tables, POSTS_BOUGHT, factor, seed))


def _views(factor: float) -> Case:
    name = f"views x {factor:g} under {POSTS_BOUGHT:.0%} of posts"
    return Case(name, _with_posts("views"), lambda tables, seed: bought_views(tables, POSTS_BOUGHT, factor, seed))


def _likes_in_proportion(factor: float) -> Case:
    name = f"likes x {factor:g} under every post"
    return Case(name, _with_posts("likes"), lambda tables, _: bought_likes_in_proportion(tables, factor))


def _followers(dose: float, days: int) -> Case:
    name = f"followers +{dose:.0%} " + ("in one day" if days == 1 else f"over {days} days")
    return Case(name, _with_history, lambda tables, seed: bought_followers(tables, dose, days, seed))


def _praise(share: float) -> Case:
    name = f"{share:.0%} of comments bought, English praise"
    return Case(name, _with_comments, lambda tables, seed: bought_comments(tables, share, "praise", seed))


def _in_the_language(share: float, generator: Generator, words: str) -> Case:
    """In the account's language, which the records mostly do not say and the comments do."""

    def inject(tables: Tables, seed: int) -> Tables:
        bought = bought_comments(with_languages(tables), share, generator, seed)
        return replace(bought, creators=tables.creators)

    return Case(f"{share:.0%} of comments bought, {words}", _with_comments, inject)


def _multilingual(share: float) -> Case:
    return _in_the_language(share, "multilingual", "praise in the language with emoji")


def _sentences(share: float) -> Case:
    return _in_the_language(share, "sentences", "sentences in the language that fit any post")


def _varied(share: float) -> Case:
    name = f"{share:.0%} of comments bought, copied from other creators"
    return Case(name, _with_comments, lambda tables, seed: bought_comments(tables, share, "varied", seed))


def _patient(share: float) -> Case:
    """Each bought comment by an account of its own and at the time of the one that it replaces."""

    def inject(tables: Tables, seed: int) -> Tables:
        return bought_comments(tables, share, "praise", seed, hurried=False, accounts=None)

    return Case(
        f"{share:.0%} of comments bought, English praise by new accounts at people's hours", _with_comments, inject
    )


INJECTED = (
    *(_likes(factor) for factor in (1.5, 2, 3)),
    _views(3),
    *(_followers(dose, days) for dose in (0.05, 0.1, 0.2) for days in (1, 14)),
    *(_praise(share) for share in (0.2, 0.3, 0.4)),
    *(_multilingual(share) for share in (0.2, 0.3, 0.4)),
    *(_sentences(share) for share in (0.2, 0.3, 0.4)),
    *(_patient(share) for share in (0.3, 0.4)),
)
EVASIVE = (
    *(_likes_in_proportion(factor) for factor in (1.5, 2, 3)),
    _followers(0.05, 21),
    _followers(0.1, 21),
    _varied(0.3),
    _varied(0.4),
)
"""Manners of buying that hide: in proportion to one's own likes, slowly, and in the words of real people."""
