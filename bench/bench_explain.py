"""How long explaining one row takes by a booster's shape, beside what `training.fraud_model.latency` works out.

python bench/bench_explain.py [--rows 20000] [--trees 200] [--json FILE]
"""

from __future__ import annotations

import time

import lightgbm as lgb
import numpy as np
from results import Results, Table, options

from training.fraud_model.latency import explain_microseconds

SIGNALS, REPEATS = 93, 60
SHAPES = ((8, 3), (14, 4), (16, 4), (31, 5), (31, 6), (63, 6), (63, 8))


def measured(rows: int, trees: int, leaves: int, depth: int) -> tuple[float, int]:
    """The least of `REPEATS` times for one row, microseconds, and the number of leaves grown a tree."""
    rng = np.random.default_rng(0)
    values = rng.standard_normal((rows, SIGNALS))
    label = (values[:, :8].sum(axis=1) + np.sin(3 * values[:, 8]) + rng.standard_normal(rows) > 0).astype(float)
    params = {"objective": "binary", "num_leaves": leaves, "max_depth": depth, "min_data_in_leaf": 20, "verbosity": -1}
    booster = lgb.train(params, lgb.Dataset(values, label), trees)
    times = []
    for row in range(REPEATS):
        begun = time.perf_counter()
        booster.predict(values[row : row + 1], pred_contrib=True, num_threads=1)
        times.append(time.perf_counter() - begun)
    return 1e6 * min(times), sum(tree["num_leaves"] for tree in booster.dump_model()["tree_info"]) // trees


def main() -> None:
    """Print a table."""
    parser = options(__doc__)
    parser.add_argument("--rows", type=int, default=20_000, help="rows that are learnt from")
    parser.add_argument("--trees", type=int, default=200)
    asked = parser.parse_args()
    rows, figures = [], dict[str, object]()
    for leaves, depth in SHAPES:
        found, grown = measured(asked.rows, asked.trees, leaves, depth)
        expected = explain_microseconds(asked.trees, leaves, depth)
        rows.append(
            (f"{grown} leaves, depth {depth}", f"{found / expected:.2f}", f"{found:.0f} µs", f"{expected:.0f} µs")
        )
        figures[f"{leaves} leaves, depth {depth}"] = {"measured, us": found, "worked out, us": expected}
    columns = ("shape", "measured / worked out", "measured", "worked out")
    Results("explain", [Table(f"Explaining one row, {asked.trees} trees", columns, rows)], figures).tell(asked)


if __name__ == "__main__":
    main()
