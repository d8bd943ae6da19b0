"""The comment model beside scikit-learn: comments a second, from texts to probabilities.

Both are linear and trained on the same simulated comments. scikit-learn's side is `HashingVectorizer` with
char_wb 2-5 and words 1-2, and `LogisticRegression`. The ratio comes first: how many times as many comments a second.
Medians over repeated runs, on one process and one thread.

    python bench/bench_comments.py [--creators 400] [--runs 20]
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from scipy.sparse import hstack
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from bonafide.output import print_table
from training.comments import fit_comments, usable
from training.simulate import simulate

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

warnings.simplefilter("ignore")

ONE_CREATOR = 100
"""Comments of one creator, as a report reads them."""

TRAINED_ON = 10_000


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--creators", type=int, default=400, help="simulated creators whose comments are scored")
    options.add_argument("--runs", type=int, default=20, help="runs of 100 comments; bulk runs a quarter as often")
    asked = options.parse_args()
    comments = usable(simulate(asked.creators, seed=99).tables.comments)
    learnt = comments.sample(min(TRAINED_ON, comments.height), seed=0)
    with tempfile.TemporaryDirectory() as scratch, threadpool_limits(1):
        bundle = fit_comments(learnt, Path(scratch) / "bundle")
        baseline = Baseline(learnt)
        small = comments.sample(min(ONE_CREATOR, comments.height), seed=1)
        few = max(3, asked.runs // 4)
        whole = [
            row_of(bundle.probability, baseline.probability, part, runs)
            for part, runs in ((small, asked.runs), (comments, few))
        ]
    columns = ("comments", "times as many", "ours", "scikit-learn", "ours a second", "scikit-learn a second")
    print_table(columns, whole, title=f"Comments to probabilities, {os.cpu_count()} cores, one thread")


class Baseline:
    """scikit-learn's hashed n-grams and logistic regression."""

    def __init__(self, learnt: pl.DataFrame) -> None:
        characters = HashingVectorizer(analyzer="char_wb", ngram_range=(2, 5), alternate_sign=False)
        self._vectorizers = (characters, HashingVectorizer(ngram_range=(1, 2), alternate_sign=False))
        spam = learnt["spam"].to_numpy()
        self._model = LogisticRegression(C=10, max_iter=300, tol=1e-3).fit(self._matrix(learnt), spam)

    def probability(self, comments: pl.DataFrame) -> NDArray[np.float64]:
        """Probability of each comment, not calibrated."""
        found: NDArray[np.float64] = self._model.predict_proba(self._matrix(comments))[:, 1]
        return found

    def _matrix(self, comments: pl.DataFrame) -> object:
        texts = comments["text"].to_list()
        return hstack([vectorizer.transform(texts) for vectorizer in self._vectorizers]).tocsr()


def row_of(
    ours: Callable[[pl.DataFrame], object], theirs: Callable[[pl.DataFrame], object], part: pl.DataFrame, runs: int
) -> tuple[str, ...]:
    """One row of the table: medians in milliseconds, and comments a second."""
    mine, other = median(lambda: ours(part), runs), median(lambda: theirs(part), runs)
    times = [f"{1000 * seconds:,.2f} ms" for seconds in (mine, other)]
    rates = [f"{part.height / seconds:,.0f}" for seconds in (mine, other)]
    return (f"{part.height:,}", f"{other / mine:.1f}x", *times, *rates)


def median(work: Callable[[], object], runs: int) -> float:
    """Median seconds of a run, after one that warms up."""
    work()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


if __name__ == "__main__":
    main()
