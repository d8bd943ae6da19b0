"""How long explaining one row takes by a booster's shape, beside what `training.latency` works out."""

from __future__ import annotations

import time

import lightgbm as lgb
import numpy as np

from training.latency import explain_microseconds

ROWS, SIGNALS, TREES, REPEATS = 20_000, 93, 200, 60
SHAPES = ((8, 3), (14, 4), (16, 4), (31, 5), (31, 6), (63, 6), (63, 8))


def measured(leaves: int, depth: int) -> tuple[float, int]:
    """The least of `REPEATS` times for one row, microseconds, and the number of leaves grown a tree."""
    rng = np.random.default_rng(0)
    values = rng.standard_normal((ROWS, SIGNALS))
    label = (values[:, :8].sum(axis=1) + np.sin(3 * values[:, 8]) + rng.standard_normal(ROWS) > 0).astype(float)
    params = {"objective": "binary", "num_leaves": leaves, "max_depth": depth, "min_data_in_leaf": 20, "verbosity": -1}
    booster = lgb.train(params, lgb.Dataset(values, label), TREES)
    times = []
    for row in range(REPEATS):
        begun = time.perf_counter()
        booster.predict(values[row : row + 1], pred_contrib=True, num_threads=1)
        times.append(time.perf_counter() - begun)
    return 1e6 * min(times), sum(tree["num_leaves"] for tree in booster.dump_model()["tree_info"]) // TREES


def main() -> None:
    """Print a table."""
    print(f"{'leaves':>8}{'depth':>7}{'measured':>11}{'worked out':>12}   microseconds a row, {TREES} trees")
    for leaves, depth in SHAPES:
        found, grown = measured(leaves, depth)
        print(f"{grown:>8}{depth:>7}{found:>11.0f}{explain_microseconds(TREES, leaves, depth):>12.0f}")


if __name__ == "__main__":
    main()
