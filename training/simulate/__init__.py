"""Simulated creators with audits: organic behaviour, fraud in kinds and doses, and hard innocent cases.

Everything follows from a seed. `truth` says what was simulated; it is not part of the records.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from features.disk import replace_folder
from features.records import Tables, write
from training.simulate import audience, comments, growth, labels, missing, population, posts, profile, wording
from training.simulate.world import CASES, KINDS, MISSING, NICHES, Cohort, Flags, World, nulled

__all__ = ["CASES", "KINDS", "NICHES", "UNTIL", "Simulation", "simulate"]

UNTIL = date(2026, 6, 30)
"""The last simulated day, unless another is given."""

BLOCK = 2000
"""Creators that are worked out at a time."""

CREATORS_A_BRIEF = 40

Progress = Callable[[str, float], None]


@dataclass(frozen=True, eq=False)
class Simulation:
    """The simulated records with their labels, and the truth behind them.

    `truth` has one row a creator: `creator_id`, `fraud`, `kinds` (list of `KINDS`), `dose` (the largest share that is
    bought, null when none is), `innocent` (one of `CASES` for honest creators with a hard case, else null) and `hidden`
    (tables, and `table.column`, that were left out).
    """

    tables: Tables
    truth: pl.DataFrame

    def write(self, folder: Path) -> None:
        """Write a Parquet file a table and `truth.parquet` to a folder, which appears whole or not at all."""
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as scratch:
            made = Path(scratch) / "made"
            write(self.tables, made)
            self.truth.write_parquet(made / "truth.parquet")
            replace_folder(folder, made)


def simulate(creators: int, seed: int, *, until: date = UNTIL, progress: Progress | None = None) -> Simulation:
    """Simulate this many creators up to a day; the same seed, count and day give the same records.

    `progress` is told what is being done and how far it is, 0 to 1. Raises ValueError below one creator or a seed
    below zero.
    """
    if creators < 1 or seed < 0:
        raise ValueError("creators must be at least 1 and the seed at least 0")
    world = World.of(creators, seed, until)
    parts = []
    for block, start in enumerate(range(0, creators, BLOCK)):
        parts.append(_block(world, block, start, min(BLOCK, creators - start)))
        if progress is not None:
            progress("simulating creators", min(start + BLOCK, creators) / creators)
    frames = {name: pl.concat([part[name] for part in parts]) for name in parts[0]}
    truth = frames.pop("truth")
    return Simulation(Tables.from_frames(frames), truth)


def _block(world: World, block: int, start: int, size: int) -> dict[str, pl.DataFrame]:
    people = population.cohort(world, block, start, size)
    timing = posts.times(people, world, block)
    found = growth.paths(people, world, block)
    posted = posts.counts(people, found, timing, world, block)
    short = growth.coarse(world.rng("coarse", block), people)
    followers = growth.shown(people, found.total[:, -1], short)
    following = found.following[:, -1].astype(np.int64)
    tables = {
        "creators": profile.table(people, followers, following, world, block),
        "posts": wording.table(people, posted, world, block),
        "follower_history": growth.history(people, found, short, world, block),
        "comments": comments.table(people, posted, world, block),
        "audience": audience.table(people, found, world, block),
    }
    tables, hidden, whole = missing.leave_out(tables, people, world, block)
    many = max(6, size // CREATORS_A_BRIEF)
    first = block * (BLOCK // CREATORS_A_BRIEF)
    tables["briefs"], tables["matches"] = labels.briefs(people, world, block, first, many)
    tables["audits"] = labels.audits(people, found.bought[:, -1] / found.total[:, -1] + 0.05, world, block)
    tables["niches"] = labels.niches(people)
    return tables | {"truth": _truth(people, hidden, whole)}


def _truth(people: Cohort, hidden: list[list[str]], whole: Flags) -> pl.DataFrame:
    dose = people.doses.max(axis=1)
    case = np.where((people.case == -1) & whole, MISSING, people.case)
    names = [*CASES, None]
    return pl.DataFrame(
        {
            "creator_id": people.ids,
            "fraud": people.fraud,
            "kinds": [[kind for kind, share in zip(KINDS, row, strict=True) if share > 0] for row in people.doses],
            "dose": nulled(dose, dose == 0),
            "innocent": [None if guilty else names[c] for c, guilty in zip(case, people.fraud, strict=True)],
            "hidden": hidden,
        },
        schema_overrides={"kinds": pl.List(pl.String), "hidden": pl.List(pl.String), "innocent": pl.String},
    )
