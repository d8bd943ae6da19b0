"""How far shares of fakes are off, over samples drawn with a share that is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features.rows.followers import FAKE
from training.evaluation_tables import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from models.followers import FollowerBundle

    Floats = NDArray[np.float64]

SHARES = (0.05, 0.10, 0.20, 0.40, 0.60)
SAMPLE = 400
DRAWS = 30
COLUMNS = ("draws", "share by EM", "PACC", "counted", "covered", "width")

_TITLE = f"Share of fakes, {SAMPLE} followers"
_NOTE = (
    f"{DRAWS} samples at each true share of {', '.join(f'{share:.0%}' for share in SHARES)}, drawn with replacement. "
    "Mean absolute error in points of the share given (EM's), of PACC, and of counting "
    "probabilities over one half; how often the 95 % interval holds the truth, and its mean width."
)


@dataclass(frozen=True)
class Drawn:
    """What was found of each sample of one slice: rows of true share, share by EM, PACC, counted, lo, hi."""

    name: str
    found: Floats

    @property
    def figures(self) -> tuple[float, ...]:
        """Mean errors in points, coverage and width."""
        true, *estimates, lo, hi = self.found.T
        errors = [100 * float(np.abs(estimate - true).mean()) for estimate in estimates]
        return (*errors, float(((lo <= true) & (true <= hi)).mean()), float((hi - lo).mean()))


def draws(bundle: FollowerBundle, rows: pl.DataFrame, probability: Floats, name: str, seed: int) -> Drawn | None:
    """Shares of samples of labelled profiles; None where there are not both fakes and genuine ones.

    Args:
        bundle: Never saw the rows.
        rows: Rows of `audience` with `fake`.
        probability: The bundle's, one a row.
        name: Of the slice.
        seed: Decides the samples.
    """
    fake = rows["fake"].to_numpy().astype(bool)
    if not 0 < fake.sum() < len(fake):
        return None
    rng = np.random.default_rng(seed)
    numbered = rows.with_columns(pl.Series(FAKE, probability))
    places, true, samples = [], [], len(SHARES) * DRAWS
    for share in np.repeat(SHARES, DRAWS):
        many = round(SAMPLE * share)
        places += [rng.choice(np.flatnonzero(fake), many), rng.choice(np.flatnonzero(~fake), SAMPLE - many)]
        true.append(many / SAMPLE)
    chosen = np.concatenate(places)
    names = pl.Series("creator_id", [f"{k}" for k in range(samples)]).gather(np.repeat(np.arange(samples), SAMPLE))
    shares = bundle.shares(numbered[chosen].with_columns(names))
    estimates = [shares[name].to_numpy() for name in ("em", "pacc")]
    counted = (probability[chosen] > 0.5).reshape(samples, SAMPLE).mean(axis=1)
    ends = [shares[f"fake_follower_share_{end}"].to_numpy() for end in ("lo", "hi")]
    return Drawn(name, np.column_stack([true, *estimates, counted, *ends]))


def shares_table(slices: Sequence[Drawn]) -> Table:
    """One row a slice, their mean, and one a true share over all slices."""
    rows: list[tuple[object, ...]] = [(one.name, len(one.found), *one.figures) for one in slices]
    if len(slices) > 1:
        figures = np.mean([one.figures for one in slices], axis=0).tolist()
        rows.append(("mean", sum(len(one.found) for one in slices), *figures))
    every = np.concatenate([one.found for one in slices])
    for share in SHARES:
        at = Drawn(f"true share {share:.0%}", every[np.isclose(every[:, 0], share)])
        rows.append((at.name, len(at.found), *at.figures))
    return Table(_TITLE, ("judged", *COLUMNS), rows, _NOTE)
