"""Ranking beside scikit-learn: TF-IDF, cosine and sort over the same texts.

`in an index`: both have everything about the candidates ready, Bonafide in its index, scikit-learn as a matrix; a brief
is ranked whole. `as records`: both start from the candidates: Bonafide from their records, of which it also works out
signals and risks, scikit-learn from their texts, on which it fits. Creators are simulated, 20,000 at most; beyond that
the same stand in the index again, under new ids and with jittered vectors, and again in the matrix. Medians over briefs
in turn, of

- `50 in order`: filters, the fit model's order and the first 50 with scores, risks, traits and sensitivity,
- `50 with reasons`: these, and for each its reasons, what it beats the next in, quoted posts and past brands,
- `TF-IDF`: the order of all by one cosine, without filters, scores of a model or risks.

    python bench/bench_rank_baseline.py [--sizes 1000 10000 100000] [--records 1000] [--briefs 20] [--models DIR]
"""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from bench_rank import MOST_SIMULATED, filled, some_briefs, trained
from results import Results, Table, medians_in_turn, options, times
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from bonafide.terminal import say
from models.index import Index
from models.ranking import Asked, rank_index, rank_records
from models.texts.documents import brief_text, creator_documents
from training.simulate import simulate

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl
    from numpy.typing import NDArray

    from features.records import Tables
    from models.fit import FitBundle
    from models.fraud import FraudBundle

warnings.simplefilter("ignore")

ORDER, REASONS, THEIRS = "50 in order", "50 with reasons", "TF-IDF"
HOW = {ORDER: Asked(top=50, reasons=0), REASONS: Asked(top=50, reasons=50)}
WAYS = (*HOW, THEIRS)
FEW = 5
"""Briefs that are ranked with candidates as records: each takes as long as scoring all of them."""


def main() -> None:
    """Print the table."""
    parser = options(__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=[1_000, 10_000, 100_000], help="candidates in an index")
    parser.add_argument("--records", type=int, nargs="*", default=[1_000], help="candidates handed in as records")
    parser.add_argument("--briefs", type=int, default=20)
    parser.add_argument("--models", type=Path, help="folder with `fit` and `fraud`; trained where they are not there")
    asked = parser.parse_args()
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        fit, fraud = trained(asked.models or Path(scratch))
        tables = simulate(min(max(asked.sizes + asked.records), MOST_SIMULATED), seed=2).tables
        briefs = some_briefs(tables, asked.briefs)
        for size in asked.records:
            found[f"{size:,} as records"] = records_in_turn(fit, fraud, tables, briefs, size)
        for size in asked.sizes:
            say(f"Building an index of {size:,} ...")
            own = tables.select(tables.creators["creator_id"].head(size).to_list())
            filled(Path(scratch) / f"index-{size}", own, fit, fraud, size)
            index = Index.open(Path(scratch) / f"index-{size}")
            found[f"{size:,} in an index"] = index_in_turn(fit, index, Ready(own, size), briefs)
    rows = [
        (
            name,
            *(times(took[THEIRS] / took[way]) for way in HOW),
            *(f"{1000 * took[way]:,.1f} ms" for way in WAYS),
        )
        for name, took in found.items()
    ]
    title = f"Ranking for a brief, p50 of {asked.briefs}"
    table = Table(title, ("candidates", *(f"{THEIRS} / {way}" for way in HOW), *WAYS), rows)
    Results("rank_baseline", [table], dict(found)).tell(asked)


class Ready:
    """The texts of creators as a TF-IDF matrix; more creators than there are stand in it again."""

    def __init__(self, tables: Tables, size: int) -> None:
        self._vectors = TfidfVectorizer(sublinear_tf=True)
        matrix = self._vectors.fit_transform(creator_documents(tables)["text"].to_list())
        times = -(-size // matrix.shape[0])
        self._matrix = sparse.vstack([matrix] * times, format="csr")[:size]

    def order(self, text: str) -> NDArray[np.int64]:
        """Rows of the creators, the nearest to the text first."""
        cosines = (self._matrix @ self._vectors.transform([text]).T).toarray().ravel()
        return np.argsort(-cosines, kind="stable")


def index_in_turn(fit: FitBundle, index: Index, ready: Ready, briefs: pl.DataFrame) -> dict[str, float]:
    """Median seconds of a brief."""
    ways = [
        {
            **{way: lambda brief=brief, how=how: list(rank_index(fit, brief, index, how)) for way, how in HOW.items()},
            THEIRS: lambda brief=brief: ready.order(brief_text(brief.row(0, named=True))),
        }
        for brief in briefs.iter_slices(1)
    ]
    return medians(ways)


def records_in_turn(
    fit: FitBundle, fraud: FraudBundle, tables: Tables, briefs: pl.DataFrame, size: int
) -> dict[str, float]:
    """Median seconds of a brief whose candidates are handed in with it, over a few briefs."""
    own = tables.select(tables.creators["creator_id"].head(size).to_list())
    return medians(
        [
            {
                **{
                    way: lambda brief=brief, how=how: list(rank_records(fraud, fit, brief, own, how))
                    for way, how in HOW.items()
                },
                THEIRS: lambda brief=brief: Ready(own, size).order(brief_text(brief.row(0, named=True))),
            }
            for brief in briefs.head(FEW).iter_slices(1)
        ]
    )


def medians(ways: list[dict[str, Callable[[], object]]]) -> dict[str, float]:
    """Median over briefs of the seconds of each way; every brief warms up first."""
    took = [medians_in_turn(one, 1) for one in ways]
    return {way: float(np.median([one[way] for one in took])) for way in WAYS}


if __name__ == "__main__":
    main()
