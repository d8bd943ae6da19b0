"""Labelled profiles of followers: where they come from, and what a model sees of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features.placeholders import without_placeholders
from models.audience.follower_profile import ALL, CARRIED
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
COUNTS = ("followers", "following", "posts_count")
COLUMNS = (*COUNTS, "has_picture", "bio_length", "handle_digit_ratio", "private", "handle_length")


@dataclass(frozen=True, eq=False)
class Profiles:
    """Labelled profiles: their columns, label and source (a number), without what their source did not collect."""

    rows: pl.DataFrame
    source: Ints
    across: bool

    @classmethod
    def of(cls, rows: pl.DataFrame, seed: int) -> Profiles:
        """Profiles of `audience` with `fake`; duplicates within a source are dropped."""
        sources = source_names(rows)
        across = sources.n_unique() > 1
        known = without_placeholders(rows).select(
            "creator_id", *(pl.col(name).cast(pl.Float64) for name in (*COLUMNS, "fake"))
        )
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


def source_names(rows: pl.DataFrame) -> pl.Series:
    """The source of each profile: its file, else its creator; the parts of one set, `x_train` and `x_test`, are one."""
    by = "source" if "source" in rows.columns and rows["source"].n_unique() > 1 else "creator_id"
    names = rows[by].unique(maintain_order=True)
    whole = [re.sub(r"[_-](train|test)$", "", name) for name in names]
    return rows[by].replace_strict(names, whole, return_dtype=pl.String).alias("source")


def profile_key(rows: pl.DataFrame) -> pl.Series:
    """What a model sees of each profile, as one text: equal profiles have equal ones."""
    return rows.select(pl.concat_str(pl.col(COLUMNS).cast(pl.String).fill_null("-"), separator=" ")).to_series()
