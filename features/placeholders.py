"""What stands in a sample of followers though nobody collected it: one value for all of them.

Sources write 0, false or a code in place of what they do not know, and a sample of people whose profiles are all
without posts looks bought. No sample of people is so much alike, and none of bought accounts among people either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features.records.hashes import runs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Samples = Sequence[tuple[str, slice]]

FEWEST_ALIKE = 30
"""Followers of one creator: in fewer, that all are alike may be chance."""
FEWEST_TO_DOUBT = 100
IMPLAUSIBLE_PICTURES = 0.05
"""Two in five of the emptiest fake profiles of labelled sets have a picture. A sample of `FEWEST_TO_DOUBT` in which
fewer than this share do says nothing about pictures: its source writes false for what it does not know."""

_TOGETHER = (
    ("followers",),
    ("following",),
    ("posts_count",),
    ("bio_length",),
    ("created_at",),
    ("handle_length", "handle_digit_ratio"),
)
"""Columns of which people differ. Both of a handle say nothing where one is the same for all: hashes are of one length,
and ids are digits alone."""
_PROBE = 8
"""Rows of a sample that are looked at first: hardly any is alike in so many."""


def without_placeholders(audience: pl.DataFrame) -> pl.DataFrame:
    """The rows with null in place of what their source did not collect; asked again, nothing changes.

    Args:
        audience: Rows of `audience` in any order.
    """
    if audience.height < FEWEST_ALIKE:
        return audience
    rows = audience if audience["creator_id"].is_sorted() else audience.sort("creator_id")
    samples = _samples(rows["creator_id"])
    doubted = {name: creators for name, creators in _doubted(rows, samples) if creators}
    if not doubted:
        return audience
    return audience.with_columns(
        pl.when(~pl.col("creator_id").is_in(creators)).then(name).alias(name) for name, creators in doubted.items()
    )


def _samples(creators: pl.Series) -> Samples:
    """The creators of whom enough were sampled, each with its rows, which stand together."""
    if creators[0] == creators[-1]:
        return [(creators[0], slice(0, len(creators)))]
    return [(creator, own) for creator, own in runs(creators) if own.stop - own.start >= FEWEST_ALIKE]


def _doubted(rows: pl.DataFrame, samples: Samples) -> Iterator[tuple[str, list[str]]]:
    """Each column with the creators whose samples say nothing in it."""
    if not samples:
        return
    for names in _TOGETHER:
        alike = [*dict.fromkeys(creator for name in names for creator in _alike(rows[name], samples))]
        yield from ((name, alike) for name in names)
    yield "has_picture", _without_pictures(rows["has_picture"], samples)


def _alike(column: pl.Series, samples: Samples) -> list[str]:
    """The creators all of whose followers have one value, as far as it is known."""
    if column.null_count() == len(column):
        return []
    found = []
    for creator, own in _suspects(column, samples):
        told = column[own]
        if len(told) - told.null_count() >= FEWEST_ALIKE and told.min() == told.max():
            found.append(creator)
    return found


def _suspects(column: pl.Series, samples: Samples) -> Samples:
    """The samples of which the first rows do not tell that some differ."""
    if len(samples) == 1:
        [(_, own)] = samples
        return samples if len({*column[own].head(_PROBE).to_list()} - {None}) < 2 else []
    starts = np.array([own.start for _, own in samples])
    places = (starts[:, None] + np.arange(_PROBE)).ravel()
    first = column.to_physical().gather(places).cast(pl.Float64).to_numpy().reshape(-1, _PROBE)
    differ = np.fmin.reduce(first, axis=1) < np.fmax.reduce(first, axis=1)
    return [samples[place] for place in np.flatnonzero(~differ).tolist()]


def _without_pictures(pictures: pl.Series, samples: Samples) -> list[str]:
    """The creators hardly any of whose followers has a picture."""
    if pictures.null_count() == len(pictures):
        return []
    unknown, shown = _counted(pictures.is_null(), samples), _counted(pictures, samples)
    known = np.array([own.stop - own.start for _, own in samples]) - unknown
    doubted = (known >= FEWEST_TO_DOUBT) & (shown < IMPLAUSIBLE_PICTURES * known)
    return [samples[place][0] for place in np.flatnonzero(doubted).tolist()]


def _counted(flags: pl.Series, samples: Samples) -> NDArray[np.int64]:
    """How many rows of each sample have the flag."""
    if len(samples) == 1:
        return np.array([flags.sum()])
    below = np.concatenate([[0], np.cumsum(flags.fill_null(value=False).to_numpy())])
    starts, ends = np.array([(own.start, own.stop) for _, own in samples]).T
    return np.asarray(below[ends] - below[starts], dtype=np.int64)
