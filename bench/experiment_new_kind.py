"""A kind of fraud that the model has never seen: what 500 corrected labels of it are worth.

1. Simulated creators, none of whom bought views, train the model in service.
2. Honest creators of a second simulation buy views (`training.injection`: 0.3 of the posts rise until a share of 0.2 to
   0.7 of all views is bought). The model lets most of them pass; reviewers correct 500.
3. The model is trained again: afresh on the audits of before and the 500 corrections (`train fraud`), and from the one
   in service on the corrections and as many verdicts of before (`train fraud --base champion`).
4. A third simulation judges all: average precision on buyers of views against the honest, and on every other fraud
   against the same honest creators, with a paired bootstrap of 95 % by account.

Exit code 1 where training afresh gains less than 0.10 on the new kind or loses more than 0.01 elsewhere.

    python bench/experiment_new_kind.py [--creators 2000] [--seed 0]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features.records import TABLES, Tables
from training.draws import places
from training.fraud import fit_fraud
from training.injection import DOSED
from training.learning_curve import average_precision
from training.recipe import Recipe
from training.simulate import simulate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.fraud import FraudBundle
    from training.simulate import Simulation

CORRECTED = 500
KIND = "bought_views"
DOSES = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
FEWEST_POSTS = 8  # with views
LEAST_GAIN, MOST_LOST = 0.10, 0.01
RESAMPLES = 1_000


def without_views(simulation: Simulation) -> list[str]:
    """Creators who bought no views."""
    return simulation.truth.filter(~pl.col("kinds").list.contains(KIND))["creator_id"].to_list()


def honest_with_views(simulation: Simulation) -> list[str]:
    """Honest creators with views of `FEWEST_POSTS` posts."""
    counted = simulation.tables.posts.group_by("creator_id").agg(pl.col("views").count())
    known = counted.filter(pl.col("views") >= FEWEST_POSTS)["creator_id"].implode()
    return simulation.truth.filter(~pl.col("fraud") & pl.col("creator_id").is_in(known))["creator_id"].to_list()


def buying_views(tables: Tables, seed: int) -> Tables:
    """The same creators, each with views bought at one of `DOSES`."""
    drawn = (places(tables.creators, ("creator_id",), f"dose:{seed}") * len(DOSES)).floor().cast(pl.Int64)
    parts = []
    for k, dose in enumerate(DOSES):
        some = tables.creators["creator_id"].filter(drawn == k).to_list()
        parts.append(DOSED[KIND](tables.select(some), dose, seed))
    return together(parts)


def together(parts: Sequence[Tables]) -> Tables:
    """Several corpora as one."""
    return Tables.from_frames({name: pl.concat([part[name] for part in parts], how="diagonal") for name in TABLES})


def of(tables: Tables, creator_ids: Sequence[str]) -> Tables:
    """The records of these creators with their audits."""
    audits = tables.audits.filter(pl.col("creator_id").is_in(list(creator_ids)))
    return replace(tables.select(creator_ids), audits=audits)


def corrected(tables: Tables) -> Tables:
    """The same creators with a verdict of fraud."""
    ids = tables.creators["creator_id"]
    audits = pl.DataFrame({"creator_id": ids, "verdict": "fraud", "types": [[KIND]] * len(ids), "reviewer": "desk"})
    audits = audits.with_columns(audited_at=pl.lit(datetime(2026, 9, 1, tzinfo=UTC)))
    return together([tables, Tables.from_frames({"audits": audits})])


def scores(bundle: FraudBundle, tables: Tables) -> np.ndarray:
    """Probabilities of the creators, in their order; 0 where the data are insufficient, as nobody is accused then."""
    return bundle.verdict(bundle.signals(tables))["probability"].fill_null(0.0).to_numpy()


def judged(bundle: FraudBundle, sets: dict[str, Tables]) -> dict[str, np.ndarray]:
    """Scores of the honest, of other fraud, and of buyers of views."""
    return {name: scores(bundle, tables) for name, tables in sets.items()}


def compared(before: dict[str, np.ndarray], after: dict[str, np.ndarray], kind: str) -> tuple[float, ...]:
    """AP of a kind before and after, and the difference with its interval."""
    label = np.repeat([0.0, 1.0], [len(before["honest"]), len(before[kind])])
    first, second = (np.concatenate([part["honest"], part[kind]]) for part in (before, after))
    rng = np.random.default_rng(0)
    draws = [rng.integers(0, len(label), len(label)) for _ in range(RESAMPLES)]
    gains = [average_precision(label[d], second[d]) - average_precision(label[d], first[d]) for d in draws]
    low, high = np.quantile(gains, (0.025, 0.975))
    old, new = average_precision(label, first), average_precision(label, second)
    return old, new, new - old, float(low), float(high)


def main() -> None:
    """Print a table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--creators", type=int, default=2_000)
    options.add_argument("--seed", type=int, default=0)
    asked = options.parse_args()
    first, second, third = (simulate(asked.creators, 31 + 10 * asked.seed + k) for k in range(3))
    known = of(first.tables, without_views(first))
    buyers = buying_views(second.tables.select(honest_with_views(second)[:CORRECTED]), 1)
    corrections = corrected(buyers)
    honest = third.truth.filter(~pl.col("fraud"))["creator_id"].to_list()
    others = third.truth.filter(pl.col("fraud") & ~pl.col("kinds").list.contains(KIND))["creator_id"].to_list()
    with_views = honest_with_views(third)
    new = with_views[::2]  # each of these is tested as a buyer, the others as honest
    sets = {
        "honest": third.tables.select([one for one in honest if one not in set(new)]),
        "buyers of views": buying_views(third.tables.select(new), 2),
        "other fraud": third.tables.select(others),
    }
    with tempfile.TemporaryDirectory() as folder:
        champion = fit_fraud(known, Path(folder) / "champion").bundle
        before = judged(champion, sets)
        afresh = fit_fraud(together([known, corrections]), Path(folder) / "afresh", context=champion.context).bundle
        some = known.creators["creator_id"].head(CORRECTED).to_list()
        onto = fit_fraud(
            together([of(known, some), corrections]),
            Path(folder) / "onto",
            recipe=Recipe(base="champion"),
            champion=champion,
        ).bundle
        counts = ", ".join(f"{part.creators.height:,} {name}" for name, part in sets.items())
        print(f"trained on {known.creators.height:,}, corrected {buyers.creators.height}; judged on {counts}")
        print(f"from the champion: {onto.contract.training['way']}, {onto.contract.trees} trees")
        held = True
        print(f"{'':34}{'before':>8}{'after':>8}{'gain':>8}   95 %")
        for name, bundle in (("afresh", afresh), ("from the champion", onto)):
            after = judged(bundle, sets)
            for kind in ("buyers of views", "other fraud"):
                old, now, gain, low, high = compared(before, after, kind)
                print(f"{name + ', ' + kind:34}{old:>8.3f}{now:>8.3f}{gain:>+8.3f}   {low:+.3f} to {high:+.3f}")
                if bundle is afresh:
                    held &= gain >= (LEAST_GAIN if kind == "buyers of views" else -MOST_LOST)
    sys.exit(not held)


if __name__ == "__main__":
    main()
