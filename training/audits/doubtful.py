"""Labels that may be wrong, for a second look: confident learning on out-of-fold probabilities.

Northcutt, Jiang & Chuang (2021), "Confident learning: estimating uncertainty in dataset labels", as cleanlab has it.
Nothing is removed or turned round by it: a person decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from training.evaluation_tables import Table

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHOWN = 20


def doubtful_labels(
    creator_id: pl.Series, label: NDArray[np.float64], probability: NDArray[np.float64]
) -> pl.DataFrame:
    """The labels that confident learning takes for errors, the most doubtful first.

    Args:
        creator_id: Of n creators.
        label: What their audits say, 1 fraud, 0 genuine; both must be there.
        probability: Calibrated probability of fraud by a model that has not seen them.

    Returns:
        `creator_id`, `verdict`, `probability`, `label_quality` (the probability of the verdict given).
    """
    from cleanlab.filter import find_label_issues

    chances = np.column_stack([1.0 - probability, probability])
    given = label.astype(np.int64)
    doubtful = find_label_issues(given, chances, filter_by="both", n_jobs=1)
    quality = chances[np.arange(len(given)), given]
    frame = pl.DataFrame(
        {
            "creator_id": creator_id,
            "verdict": pl.Series(["genuine", "fraud"]).gather(given),
            "probability": probability,
            "label_quality": quality,
        }
    )
    return frame.filter(pl.Series(doubtful)).sort("label_quality", "creator_id")


def as_table(doubtful: pl.DataFrame) -> Table:
    """The first `SHOWN` of them."""
    note = f"{doubtful.height:,} in all, in doubtful_labels.csv: audit anew where one is wrong; none was left out."
    columns = ("creator", "verdict", "probability", "label quality")
    return Table("Labels to look at again", columns, [tuple(row) for row in doubtful.head(SHOWN).iter_rows()], note)
