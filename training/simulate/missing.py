"""What a source does not have: whole tables and single columns left out, whoever the creator is."""

from __future__ import annotations

import numpy as np
import polars as pl

from training.simulate.world import INSTAGRAM, Cohort, Flags, World, chosen

PARTIAL = 0.60
"""Share of creators that come from a source with less than everything."""

_SOURCES: tuple[tuple[float, tuple[str, ...]], ...] = (
    (0.10, ("audience",)),
    (0.06, ("follower_history", "audience")),
    (0.05, ("follower_history",)),
    (0.03, ("comments", "audience")),
    (0.03, ("comments", "follower_history", "audience")),
    (0.04, ("comments",)),
    (0.02, ("posts", "comments")),
    (0.01, ("posts", "comments", "follower_history")),
    (0.03, ("posts", "comments", "audience")),
    (0.63, ()),
)
"""Which tables such sources lack, with how common each is."""

_COLUMNS: dict[str, dict[str, float]] = {
    "creators": {
        "handle": 0.20, "display_name": 0.30, "bio": 0.30, "followers": 0.06, "following": 0.25, "posts_count": 0.20,
        "verified": 0.25, "private": 0.40, "business": 0.40, "category": 0.40, "country": 0.30, "language": 0.30,
        "created_at": 0.60, "agency": 0.60, "price": 0.60, "observed_at": 0.20,
    },
    "posts": {
        "posted_at": 0.05, "likes": 0.0, "comments": 0.06, "views": 0.08, "shares": 0.40, "caption": 0.12,
        "alt_text": 0.50, "media_type": 0.15, "mentions": 0.35, "sponsors": 0.50,
    },
    "follower_history": {"following": 0.45, "posts_count": 0.55},
    "comments": {
        "author_id": 0.07, "posted_at": 0.12, "likes": 0.30, "is_reply": 0.30, "author_verified": 0.45,
        "post_id": 0.04,
    },
    "audience": {
        "has_picture": 0.15, "private": 0.15, "verified": 0.45, "business": 0.45, "bio_length": 0.20,
        "handle_length": 0.20, "handle_digit_ratio": 0.20, "has_url": 0.45, "country": 0.40, "language": 0.45,
        "created_at": 0.50, "followed_rank": 0.45,
    },
}  # fmt: skip
"""Chance that such a source lacks the column; independent of each other."""

_NO_VIEWS = 0.8  # of Instagram creators, whose views few sources have


def leave_out(
    tables: dict[str, pl.DataFrame], people: Cohort, world: World, block: int
) -> tuple[dict[str, pl.DataFrame], list[list[str]], Flags]:
    """Remove tables and columns creator by creator; also names what is gone, and who lost a whole table."""
    rng = world.rng("missing", block)
    size = len(people)
    partial = rng.random(size) < PARTIAL
    source = chosen(rng, [share for share, _ in _SOURCES], size)
    hidden: list[list[str]] = [[] for _ in range(size)]
    whole = np.zeros(size, dtype=bool)
    kept = dict(tables)
    for name, columns in _COLUMNS.items():
        gone = partial & np.array([name in lacking for _, lacking in _SOURCES])[source]
        whole |= gone
        _note(hidden, gone, name)
        lacks = {column: partial & ~gone & (rng.random(size) < chance) for column, chance in columns.items() if chance}
        if name == "posts":
            lacks["views"] |= ~gone & (people.platform == INSTAGRAM) & (rng.random(size) < _NO_VIEWS)
        for column, without in lacks.items():
            _note(hidden, without, f"{name}.{column}")
        kept[name] = _without(tables[name], people.ids, gone, lacks)
    return kept, hidden, whole


def _note(hidden: list[list[str]], which: Flags, name: str) -> None:
    for row in np.flatnonzero(which):
        hidden[row].append(name)


def _without(table: pl.DataFrame, ids: pl.Series, gone: Flags, lacks: dict[str, Flags]) -> pl.DataFrame:
    flags = pl.DataFrame({"creator_id": ids, "": gone} | {f"no {column}": without for column, without in lacks.items()})
    joined = table.join(flags, on="creator_id", how="left", maintain_order="left").filter(~pl.col(""))
    return joined.select(
        [pl.when(~pl.col(f"no {c}")).then(pl.col(c)).alias(c) if c in lacks else pl.col(c) for c in table.columns]
    )
