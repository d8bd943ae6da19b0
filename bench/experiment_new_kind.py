"""A kind of fraud that the model has never seen: what 500 corrected labels of it are worth.

1. Simulated creators, none of whom bought views, train the model in service.
2. Honest creators of a second simulation buy views (`training.injection`: 0.3 of the posts rise until a
   share of 0.4 to 0.8 of all views is bought). The model lets most of them pass; reviewers correct 500, and confirm as
   honest others with views whom they looked at beside them.
3. The model is trained again: afresh on the audits of before and the new ones (`train fraud`), with and without the
   confirmed, and from the one in service on the new ones and as many of before (`train fraud --base champion`).
4. A third simulation judges all: average precision on buyers of views against the honest, and on every other fraud
   against the same honest creators, with a paired bootstrap of 95 % by account.

Exit code 1 where training afresh on all of it gains less than 0.10 on the new kind or loses more than 0.01 elsewhere.

    python bench/experiment_new_kind.py [--creators 12000] [--seed 0]
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
from training.audits.dataset import audit_labels, training_frame
from training.comparisons.paired import average_precision, differences
from training.draws import places
from training.fraud_model.fitting import fit_rows
from training.fraud_model.recipe import PLAIN, Recipe
from training.fraud_model.rows import FraudRows, Source, fraud_rows
from training.injection.doses import DOSED
from training.simulate import simulate
from training.split import groups, held_out

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.fraud import FraudBundle
    from training.comparisons.paired import Difference
    from training.simulate import Simulation

CORRECTED = 500
KIND = "bought_views"
DOSES = (0.4, 0.5, 0.6, 0.7, 0.8)
FEWEST_POSTS = 8  # with views
LEAST_GAIN, MOST_LOST = 0.10, 0.01
ALL = "afresh, corrected and confirmed"
BUYERS, OTHERS = "buyers of views", "other fraud"
"""Whom a training is judged on, each beside the honest."""


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


def found(tables: Tables, verdict: str) -> Tables:
    """The same creators with this verdict of a reviewer."""
    ids = tables.creators["creator_id"]
    at = datetime(2026, 9, 1, tzinfo=UTC)
    audits = pl.DataFrame({"creator_id": ids}).with_columns(
        verdict=pl.lit(verdict), reviewer=pl.lit("desk"), audited_at=pl.lit(at)
    )
    return replace(tables, audits=Tables.from_frames({"audits": audits}).audits)


def learnt_too(rows: FraudRows, new: Tables, before: int | None = None) -> FraudRows:
    """The rows with the audits of `new` to learn from, as far as those are not of the test part.

    Args:
        rows: Those of before.
        new: Creators with audits.
        before: Only so many of the rows of before.
    """
    labels = groups(new).join(audit_labels(new.audits), on="creator_id", how="inner", maintain_order="left")
    labels = labels.filter(~pl.Series(held_out(labels["group"], 0)))
    marked = labels.with_columns(judged=pl.lit(True), real=pl.lit(True))
    more = training_frame(new, marked, rows.context)
    old = rows.learning if before is None else rows.learning.sample(before, seed=0)
    audits = pl.concat([rows.source.tables.audits, new.audits])
    source = replace(rows.source, tables=replace(rows.source.tables, audits=audits))
    return replace(rows, source=source, learning=pl.concat([old, more.select(old.columns)]))


def judged(bundle: FraudBundle, sets: dict[str, pl.DataFrame]) -> dict[str, np.ndarray]:
    """Scores of each set's signals; 0 where the data are insufficient, as nobody is accused then."""
    return {name: bundle.verdict(rows)["probability"].fill_null(0.0).to_numpy() for name, rows in sets.items()}


def compared(before: dict[str, np.ndarray], after: dict[str, np.ndarray], kind: str) -> Difference:
    """AP of a kind after (the challenger's) and before."""
    label = np.repeat([0.0, 1.0], [len(before["honest"]), len(before[kind])])
    first, second = (np.concatenate([part["honest"], part[kind]]) for part in (before, after))
    return differences(label, first, second, figures={"ap": average_precision})["ap"]


def tested_on(simulation: Simulation) -> dict[str, Tables]:
    """The honest, buyers of views among them, and every other fraud."""
    honest = simulation.truth.filter(~pl.col("fraud"))["creator_id"].to_list()
    others = simulation.truth.filter(pl.col("fraud") & ~pl.col("kinds").list.contains(KIND))["creator_id"].to_list()
    new = honest_with_views(simulation)[::2]  # each of these is tested as a buyer, the others as honest
    return {
        "honest": simulation.tables.select([one for one in honest if one not in set(new)]),
        BUYERS: buying_views(simulation.tables.select(new), 2),
        OTHERS: simulation.tables.select(others),
    }


def told(name: str, before: dict[str, np.ndarray], after: dict[str, np.ndarray]) -> bool:
    """Print what a training gained on each kind; whether that is enough."""
    enough = True
    for kind, least in ((BUYERS, LEAST_GAIN), (OTHERS, -MOST_LOST)):
        ap = compared(before, after, kind)
        figures = f"{ap.champion:>8.3f}{ap.challenger:>8.3f}{ap.difference:>+8.3f}   {ap.lo:+.3f} to {ap.hi:+.3f}"
        print(f"{f'{name}, {kind}':42}{figures}", flush=True)
        enough &= ap.difference >= least
    return enough


def main() -> None:
    """Print a table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--creators", type=int, default=12_000)
    options.add_argument("--seed", type=int, default=0)
    asked = options.parse_args()
    first, second, third = (
        simulate(size, 31 + 10 * asked.seed + k) for k, size in enumerate((1, 2, 1) * np.array(asked.creators))
    )
    rows = fraud_rows(Source(of(first.tables, without_views(first))), 0)
    looked_at = honest_with_views(second)
    buyers = found(buying_views(second.tables.select(looked_at[:CORRECTED]), 1), "fraud")
    confirmed = found(second.tables.select(looked_at[CORRECTED : 2 * CORRECTED]), "genuine")
    tested = tested_on(third)
    with tempfile.TemporaryDirectory() as folder:
        champion = fit_rows(rows, Path(folder) / "champion").bundle
        sets = {name: champion.signals(tables) for name, tables in tested.items()}
        before = judged(champion, sets)
        every = learnt_too(learnt_too(rows, buyers), confirmed)
        onto = learnt_too(learnt_too(rows, buyers, CORRECTED), confirmed)
        onto = replace(onto, source=replace(onto.source, champion=champion))
        trained = {
            ALL: (every, PLAIN),
            "afresh, corrected alone": (learnt_too(rows, buyers), PLAIN),
            "from the champion": (onto, Recipe(base="champion")),
        }
        counts = ", ".join(f"{part.height:,} {name}" for name, part in sets.items())
        print(
            f"trained on {rows.learning.height:,} rows, then {CORRECTED} corrected and "
            f"{confirmed.creators.height} confirmed"
        )
        print(f"judged on {counts}", flush=True)
        print(f"{'':42}{'before':>8}{'after':>8}{'gain':>8}   95 %")
        enough = {}
        for k, (name, (learnt, recipe)) in enumerate(trained.items()):
            after = judged(fit_rows(learnt, Path(folder) / str(k), recipe=recipe).bundle, sets)
            enough[name] = told(name, before, after)
    sys.exit(not enough[ALL])


if __name__ == "__main__":
    main()
