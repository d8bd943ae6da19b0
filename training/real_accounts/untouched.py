"""What a fraud bundle says of real accounts as they are, by set, tier and language."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import polars as pl

from models.reports.report import Band
from training.draws import first_of
from training.evaluation_tables import Table
from training.metrics import FEWEST_IN_SLICE
from training.real_accounts.real_sets import OWN_DAYS, with_enough, with_languages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from training.real_accounts.injection_found import Subject

_COLUMNS = ("accounts", "answered", "low", "review", "high", "mean probability", "mean width")
_BANDS = get_args(Band)


def untouched(subjects: Sequence[Subject], *, sample: int, seed: int) -> list[Table]:
    """Bands of real accounts with enough data, as they are: one table by set, one by large slices.

    Args:
        subjects: Sets of real accounts.
        sample: Most accounts of a set.
        seed: Decides the sample.
    """
    judged = pl.concat([_judged(subject, sample, seed) for subject in subjects])
    sets = [(name, *_figures(part)) for (name,), part in judged.group_by("set", maintain_order=True)]
    note = (
        "Accounts with enough of any kind of evidence, counted on the records; low, review and high are the shares of "
        f"those answered. {OWN_DAYS} Nobody says that they are all honest."
    )
    slices = [
        (f"{column} {value}", *_figures(part))
        for column in ("platform", "tier", "language")
        for (value,), part in judged.drop_nulls(column).sort(column).group_by(column, maintain_order=True)
        if part.height >= FEWEST_IN_SLICE
    ]
    return [
        Table("Untouched real accounts: by set", ("set", *_COLUMNS), [*sets, ("all", *_figures(judged))], note),
        Table(
            "Untouched real accounts: by slice",
            ("slice", *_COLUMNS),
            slices,
            f"Slices of {FEWEST_IN_SLICE} accounts or more over all sets; the language is that of the record or, where "
            "it has none, of the texts.",
        ),
    ]


def _judged(subject: Subject, sample: int, seed: int) -> pl.DataFrame:
    enough = pl.DataFrame({"creator_id": with_enough(subject.tables)}, schema={"creator_id": pl.String})
    tables = subject.tables.select(first_of(enough, sample, f"sample:{seed}"))
    signals = subject.bundle.signals(tables)
    verdict = subject.bundle.verdict(signals).select("creator_id", "probability", "lo", "hi", "band")
    language = with_languages(tables).creators.select("creator_id", "language")
    beside = signals.select("creator_id", "platform", "tier").join(verdict, on="creator_id", maintain_order="left")
    return beside.join(language, on="creator_id", maintain_order="left").with_columns(set=pl.lit(subject.name))


def _figures(rows: pl.DataFrame) -> tuple[object, ...]:
    answered = rows.drop_nulls("probability")
    bands = (answered.select((pl.col("band") == band).mean()).item() for band in _BANDS)
    width = answered.select((pl.col("hi") - pl.col("lo")).mean()).item()
    return (rows.height, answered.height / max(1, rows.height), *bands, answered["probability"].mean(), width)
