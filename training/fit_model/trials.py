"""Trials: creators whom everything is learnt from, others to rank, and briefs that say which of these are right.

Creators are dealt into halves by `training.split.half_of`, so that nothing that is ranked in a trial was learnt from in
it. A booster trained over both halves' trials sees similarities as they are for creators that are new to the encoder.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features.errors import Problem, RecordsError
from models.texts.documents import texts
from training.fit_model.ranking_figures import RELEVANT
from training.split import half_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from features.records import Tables
    from models.texts.documents import Brief

FEWEST_BRANDS = 2  # one to learn from, another to try it on
MOST_OTHERS = 1_000  # creators nobody matched with a brief, ranked beside those matched with it
KNOWN, CANDIDATES = 0, 1


@dataclass(frozen=True)
class Matched:
    """A brief with its matches.

    Attributes:
        brief: Its row.
        brand: Its brand, or its own id where none is named: what splits are grouped by.
        grades: Relevance of each creator that somebody matched with it.
        counts: Whether all candidates are ranked for it; else it only trains.
        short: Whether it is another brief of the brand cut to a few words; figures of rankings leave these out.
    """

    brief: Brief
    brand: str
    grades: Mapping[str, int]
    counts: bool = True
    short: bool = False


@dataclass(frozen=True, eq=False)
class Trial:
    """Records to learn from, and to rank.

    Attributes:
        known: Creators that text, niches and brands are learnt from, with their labels of niches.
        candidates: The creators to rank.
        matched: Briefs, with grades of candidates.
        tagged: The known creators that go with each brand, in order.
        examples: Creators that briefs name as examples.
    """

    known: Tables
    candidates: Tables
    matched: Sequence[Matched]
    tagged: Mapping[str, Sequence[str]]
    examples: Tables


def halves(tables: Tables) -> tuple[list[str], list[str]]:
    """The ids of the creators of each half, in the order of the table."""
    found: tuple[list[str], list[str]] = ([], [])
    for creator_id in tables.creators["creator_id"].to_list():
        found[half_of(creator_id)].append(creator_id)
    return found


def part(tables: Tables, creator_ids: Collection[str]) -> Tables:
    """The records of these creators with their labels of niches."""
    wanted = pl.Series(list(creator_ids), dtype=pl.String).implode()
    return replace(tables.select(list(creator_ids)), niches=tables.niches.filter(pl.col("creator_id").is_in(wanted)))


def matched_briefs(tables: Tables) -> list[Matched]:
    """The briefs that have a relevant match, in the order of `tables.briefs`, their example creators left out.

    Raises:
        RecordsError: There are no briefs, no relevant matches, or of one brand only.
    """
    graded = tables.matches.with_columns(pl.col("relevance").fill_null(0)).join(
        tables.creators.select("creator_id"), on="creator_id", how="semi"
    )
    grades = {
        brief_id: dict(rows.select("creator_id", "relevance").iter_rows())
        for (brief_id,), rows in graded.group_by("brief_id", maintain_order=True)
    }
    found = []
    for brief in tables.briefs.to_dicts():
        examples = set(texts(brief, "example_creators"))
        known = {name: grade for name, grade in grades.get(brief["brief_id"], {}).items() if name not in examples}
        if _relevant(known):
            found.append(Matched(brief, str(brief["brand"] or brief["brief_id"]).casefold(), known))
    return enough_brands(found)


def enough_brands(matched: list[Matched]) -> list[Matched]:
    """The same briefs.

    Raises:
        RecordsError: They are of fewer than `FEWEST_BRANDS` brands.
    """
    if len({one.brand for one in matched}) < FEWEST_BRANDS:
        message = (
            f"at least two brands with a creator of relevance {RELEVANT} or more are needed to learn fit: give the "
            "tables briefs and matches, or mine the brands that posts tag (--from-mentions)"
        )
        raise RecordsError([Problem("matches", message)])
    return matched


def matched_trials(tables: Tables, seed: int) -> list[Trial]:
    """Two trials of the table `matches`: each half is ranked once, and what is learnt comes from the other.

    Creators whom nobody matched are ranked too, a sample of them.

    Raises:
        RecordsError: As for `matched_briefs`.
    """
    matched = matched_briefs(tables)
    graded = {name for one in matched for name in one.grades}
    every = halves(tables)
    found = []
    for ranked in (CANDIDATES, KNOWN):
        known, candidates = set(every[1 - ranked]), set(every[ranked])
        own = [
            replace(one, grades={name: grade for name, grade in one.grades.items() if name in candidates})
            for one in matched
        ]
        others = pl.Series(sorted(candidates - graded), dtype=pl.String)
        sample = others.sample(min(len(others), MOST_OTHERS), seed=seed).to_list()
        found.append(
            Trial(
                known=part(tables, every[1 - ranked]),
                candidates=part(tables, [*sorted(candidates & graded), *sample]),
                matched=[one for one in own if _relevant(one.grades)],
                tagged=_going_with(matched, known),
                examples=_examples(tables, matched),
            )
        )
    return [trial for trial in found if trial.matched and trial.known.creators.height]


def whole(tables: Tables) -> Trial:
    """All creators as known ones, with nobody to rank: what the encoder of the bundle is learnt from."""
    matched = matched_briefs(tables)
    everyone = tables.creators["creator_id"].to_list()
    return Trial(part(tables, everyone), tables.select([]), (), _going_with(matched, set(everyone)), tables.select([]))


def _going_with(matched: Sequence[Matched], known: Collection[str]) -> dict[str, list[str]]:
    found: dict[str, dict[str, None]] = {}
    for one in matched:
        right = (name for name, grade in one.grades.items() if grade >= RELEVANT and name in known)
        found.setdefault(one.brand, {}).update(dict.fromkeys(right))
    return {brand: list(names) for brand, names in found.items()}


def _examples(tables: Tables, matched: Sequence[Matched]) -> Tables:
    return tables.select(list(dict.fromkeys(name for one in matched for name in texts(one.brief, "example_creators"))))


def _relevant(grades: Mapping[str, int]) -> bool:
    return any(grade >= RELEVANT for grade in grades.values())


def fold_of_brands(brands: Collection[str], folds: int, seed: int) -> dict[str, int]:
    """A fold for each brand, of sizes that differ by one at most."""
    names = sorted(set(brands))
    order = np.random.default_rng(seed).permutation(len(names))
    return {names[row]: place % folds for place, row in enumerate(order.tolist())}
