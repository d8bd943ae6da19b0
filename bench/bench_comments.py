"""The comment model beside scikit-learn: comments a second, from texts to probabilities.

Both are linear and trained on the same simulated comments. scikit-learn's side is `HashingVectorizer` with
char_wb 2-5 and words 1-2, and `LogisticRegression`. The ratio comes first: how many times as many comments a second.
Medians over repeated runs, on one process and one thread.

    python bench/bench_comments.py [--creators 400] [--runs 20] [--json FILE]
"""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path

from hashed_comments import HashedComments
from results import Results, Table, medians_in_turn, options, rate, times
from threadpoolctl import threadpool_limits

from training.comments import fit_comments, usable
from training.simulate import simulate

warnings.simplefilter("ignore")

ONE_CREATOR = 100
"""Comments of one creator, as a report reads them."""

TRAINED_ON = 10_000
OURS, THEIRS = "Bonafide", "scikit-learn"


def main() -> None:
    """Print the table."""
    parser = options(__doc__)
    parser.add_argument("--creators", type=int, default=400, help="simulated creators whose comments are scored")
    parser.add_argument("--runs", type=int, default=20, help="runs of 100 comments; bulk runs a quarter as often")
    asked = parser.parse_args()
    comments = usable(simulate(asked.creators, seed=99).tables.comments)
    learnt = comments.sample(min(TRAINED_ON, comments.height), seed=0)
    with tempfile.TemporaryDirectory() as scratch, threadpool_limits(1):
        bundle = fit_comments(learnt, Path(scratch) / "bundle")
        baseline = HashedComments(learnt["text"].to_list(), learnt["spam"].to_numpy())
        small = comments.sample(min(ONE_CREATOR, comments.height), seed=1)
        ways = {OURS: bundle.probability, THEIRS: lambda part: baseline.probability(part["text"].to_list())}
        found = {
            part.height: medians_in_turn(
                {way: lambda work=work, part=part: work(part) for way, work in ways.items()}, runs
            )
            for part, runs in ((small, asked.runs), (comments, max(3, asked.runs // 4)))
        }
    columns = ("comments", "scikit-learn / Bonafide", OURS, THEIRS, f"{OURS}, a second", f"{THEIRS}, a second")
    rows = [row_of(many, took) for many, took in found.items()]
    figures: dict[str, object] = {f"{many} comments": took for many, took in found.items()}
    Results("comments", [Table("Comments to probabilities, one thread", columns, rows)], figures).tell(asked)


def row_of(comments: int, took: dict[str, float]) -> tuple[str, ...]:
    """One row of the table: the ratio, medians in milliseconds, and comments a second."""
    milliseconds = (f"{1000 * seconds:,.2f} ms" for seconds in took.values())
    rates = (rate(comments / seconds) for seconds in took.values())
    return (f"{comments:,}", times(took[THEIRS] / took[OURS]), *milliseconds, *rates)


if __name__ == "__main__":
    main()
