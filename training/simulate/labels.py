"""What people would say of the simulated creators: audits, niches, briefs and matches."""

from __future__ import annotations

import numpy as np
import polars as pl

from features.records.contract import PLATFORMS
from features.tiers import TIER_NAMES, TIERS
from training.simulate.population import COUNTRIES
from training.simulate.text import LANGUAGES, by_niche, either, phrases
from training.simulate.world import (
    BOUGHT_FOLLOWERS,
    KINDS,
    NICHES,
    Cohort,
    Flags,
    Floats,
    Ints,
    World,
    chosen,
    moments,
    nulled,
)

FLIPPED, UNSURE = 0.007, 0.03
"""Share of verdicts that are wrong, and that are unsure whatever the case."""

CANDIDATES = 24
"""Creators judged for each brief."""

_BOUNDS = [least for _, least in TIERS[1:]]
_NEAR = {
    "fashion": "beauty", "beauty": "fashion", "travel": "food", "food": "interior", "family": "pet",
    "interior": "family", "fitness": "food", "pet": "family", "other": "travel",
}  # fmt: skip


def audits(people: Cohort, fake_share: Floats, world: World, block: int) -> pl.DataFrame:
    """One verdict a creator: 0.7 % wrong, about 5 % unsure, most of them where little was bought."""
    rng = world.rng("audits", block)
    size, dose = len(people), people.doses.max(axis=1)
    guilty = (dose > 0) ^ (rng.random(size) < FLIPPED)
    unsure = rng.random(size) < UNSURE + np.where(dose > 0, 0.30 * np.exp(-dose / 0.06), 0.0)
    verdict = np.where(unsure, 2, guilty.astype(np.int64))
    seen = (people.doses > 0) & (rng.random((size, len(KINDS))) < 0.9) & (verdict == 1)[:, None]
    found = np.clip(fake_share * np.exp(0.15 * rng.standard_normal(size)) + 0.01 * rng.standard_normal(size), 0, 1)
    after = 60 * 86_400 * rng.random(size)
    return pl.DataFrame(
        {
            "creator_id": people.ids,
            "audited_at": moments(world.now + 43_200 + after),
            "verdict": pl.Series(["genuine", "fraud", "unsure"]).gather(verdict),
            "fake_follower_share": nulled(found, rng.random(size) < 0.2),
            "types": [[kind for kind, was in zip(KINDS, row, strict=True) if was] for row in seen],
            "reviewer": "reviewer " + pl.Series(rng.integers(1, 9, size)).cast(pl.String),
        }
    )


def niches(people: Cohort) -> pl.DataFrame:
    """The `niches` table: one or two a creator."""
    names = pl.Series(NICHES)
    first = pl.DataFrame({"creator_id": people.ids, "niche": names.gather(people.niche)})
    rows = np.flatnonzero(people.second_niche >= 0)
    return pl.concat(
        [first, pl.DataFrame({"creator_id": people.ids.gather(rows), "niche": names.gather(people.second_niche[rows])})]
    )


def briefs(people: Cohort, world: World, block: int, first: int, many: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Briefs numbered from `first` and their judged candidates, all of this block."""
    rng = world.rng("briefs", block)
    niche = (np.arange(first, first + many) + rng.integers(0, 2, many)) % len(NICHES)
    tongue = np.where(rng.random(many) < 0.55, 0, chosen(rng, [1.0] * len(LANGUAGES), many))
    tier = rng.integers(1, len(TIERS) - 1, many)  # this tier or the next
    strict = rng.random((many, 3)) < np.array([0.35, 0.6, 0.5])  # platform, tier, language are asked for
    platform = chosen(rng, [0.55, 0.25, 0.12, 0.04, 0.04], many)
    ids = [f"brief-{world.seed}-{i:05d}" for i in range(first, first + many)]
    picked, relevance = _judged(rng, people, niche, np.stack([platform, tier, tongue], axis=1), strict)
    matches = pl.DataFrame(
        {
            "brief_id": np.repeat(ids, CANDIDATES),
            "creator_id": people.ids.gather(picked.ravel()),
            "relevance": relevance.ravel(),
        }
    )
    matches = matches.unique(["brief_id", "creator_id"], keep="first", maintain_order=True)
    group = tongue * len(NICHES) + niche
    lines = [phrases("captions").draw(rng, group) for _ in range(7)]
    brand = by_niche("brands").draw(rng, niche)
    near = pl.Series(NICHES).gather(niche)
    text = brand + " is looking for creators in " + near + ". " + lines[0] + ". " + lines[1] + ". " + lines[2] + "."
    best = np.take_along_axis(picked, np.argsort(-relevance, axis=1)[:, :2], axis=1)
    wants = _wishes(strict, platform, tier, tongue)
    shown = zip(best, rng.random(many) < 0.3, strict=True)
    table = pl.DataFrame(
        {
            "brief_id": ids,
            "brand": brand,
            "text": either(rng.random(many) < 0.9, text, brand + " " + near),
            "niches": [[NICHES[n]] for n in niche],
            "brand_posts": [list(row) for row in zip(*lines[3:], strict=True)],
            "example_creators": [people.ids.gather(row).to_list() if use else [] for row, use in shown],
            **wants,
            "max_risk": nulled(rng.choice([40.0, 60.0, 80.0], many), rng.random(many) < 0.7),
        }
    )
    return table, matches


def _wishes(strict: Flags, platform: Ints, tier: Ints, tongue: Ints) -> dict[str, list[list[str]]]:
    spoken = [[land for land, (_, said) in COUNTRIES.items() if said == tongue_] for tongue_ in LANGUAGES]
    return {
        "platforms": [[PLATFORMS[p]] if on else [] for p, on in zip(platform, strict[:, 0], strict=True)],
        "tiers": [list(TIER_NAMES[t : t + 2]) if on else [] for t, on in zip(tier, strict[:, 1], strict=True)],
        "languages": [[LANGUAGES[t]] if on else [] for t, on in zip(tongue, strict[:, 2], strict=True)],
        "audience_countries": [spoken[t] if on and t else [] for t, on in zip(tongue, strict[:, 2], strict=True)],
    }


def _judged(rng: np.random.Generator, people: Cohort, niche: Ints, wish: Ints, strict: Flags) -> tuple[Ints, Ints]:
    """Candidates of each brief, half of them from its niche, and how relevant each is (0 to 3)."""
    many, size = len(niche), len(people)
    likely = [(people.niche == n) | (people.second_niche == n) for n in range(len(NICHES))]
    picked = np.empty((many, CANDIDATES), dtype=np.int64)
    for row, n in enumerate(niche):
        weight = 1.0 + likely[n] * size / max(likely[n].sum(), 1)
        picked[row] = rng.choice(size, CANDIDATES, replace=size < CANDIDATES, p=weight / weight.sum())
    asked = niche[:, None]
    neighbour = np.array([NICHES.index(_NEAR[name]) for name in NICHES])[asked]
    first, second = people.niche[picked], people.second_niche[picked]
    fit = np.select(
        [first == asked, second == asked, (first == neighbour) | (second == neighbour)], [1.0, 0.7, 0.3], 0.0
    )
    tier = np.searchsorted(_BOUNDS, people.followers[picked], side="right")
    off_tier = np.minimum(np.maximum(np.maximum(wish[:, 1:2] - tier, tier - wish[:, 1:2] - 1), 0), 3)
    off_tongue = people.language[picked] != wish[:, 2:3]
    off_platform = people.platform[picked] != wish[:, 0:1]
    merit = (
        3.1 * fit
        - strict[:, 1:2] * 0.45 * off_tier
        - strict[:, 2:3] * 0.9 * off_tongue
        - strict[:, 0:1] * 1.3 * off_platform
    )
    merit += 0.35 * np.clip(people.habits["reach"][picked], -1.5, 1.5) + 0.35 * rng.standard_normal(picked.shape)
    merit -= 0.5 * people.doses[picked, BOUGHT_FOLLOWERS]
    return picked, np.clip(np.round(merit), 0, 3).astype(np.int64)
