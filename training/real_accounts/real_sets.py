"""Real accounts for the evaluation, from a folder that is laid out as the project's real data.

`creators/<set>/` holds records, `growth/*_daily*.parquet` series of follower counts, `followers/` and `comments/`
labelled rows. Whatever is not there is left out of the evaluation.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl

from features.records import Tables, read
from models.verdicts.decision import ENOUGH

if TYPE_CHECKING:
    from pathlib import Path

PLATFORM_OF_SERIES = "x"
"""Series say nothing of the platform; the larger set is of X, and no other part of the record depends on it."""

OWN_DAYS = "Of sets of follower series, what moved all accounts on a day is taken from the set itself."
"""What the notes of tables say of how `training.real_accounts.growth_found.with_common_growth` judges them."""

CERTAIN_TEXT, MOST_TEXT = 60, 1_500
"""Letters below which nobody can be sure of a language, and as many as are looked at."""


def is_real_data(folder: Path) -> bool:
    """Whether the folder is laid out as real data rather than as records."""
    return (folder / "creators").is_dir()


def accounts(folder: Path) -> dict[str, Tables]:
    """The records of each set of creators, by its name."""
    return {path.name: read(path) for path in sorted((folder / "creators").iterdir()) if path.is_dir()}


def series(folder: Path) -> dict[str, Tables]:
    """Records with nothing but a follower history, by the name of the file that they come from."""
    found = {}
    for path in sorted((folder / "growth").glob("*_daily*.parquet")):
        counts = pl.read_parquet(path, glob=False)
        wanted = [name for name in ("creator_id", "date", "followers", "following") if name in counts.columns]
        # Some are counted several times a day, and a count of none stands for the day the account was opened.
        daily = counts.select(wanted).filter(pl.col("followers") > 0)
        daily = daily.unique(("creator_id", "date"), keep="last", maintain_order=True)
        last = daily.sort("creator_id", "date").group_by("creator_id", maintain_order=True).last()
        creators = last.drop("date").with_columns(platform=pl.lit(PLATFORM_OF_SERIES))
        found[path.stem] = Tables.from_frames({"creators": creators, "follower_history": daily}, labels=False)
    return found


def with_languages(tables: Tables) -> Tables:
    """The same records with `creators.language` filled in from captions and comments where they are long enough."""
    texts = pl.concat(
        [
            tables.posts.select("creator_id", text="caption"),
            tables.comments.filter(pl.col("author_id").ne_missing(pl.col("creator_id"))).select("creator_id", "text"),
        ]
    )
    letters = pl.col("text").str.replace_all(r"(?:[@#]|https?://)\S+|[^\pL\s]+", " ").str.strip_chars()
    joined = (
        texts.drop_nulls()
        .with_columns(letters)
        .sort("creator_id", "text")
        .group_by("creator_id")
        .agg(pl.col("text").str.join(" ").str.slice(0, MOST_TEXT))
        .filter(pl.col("text").str.len_chars() >= CERTAIN_TEXT)
    )
    found = joined.select("creator_id", found=pl.Series(map(_language, joined["text"]), dtype=pl.String))
    creators = tables.creators.join(found, on="creator_id", how="left", maintain_order="left")
    language = pl.coalesce("language", "found").alias("language")
    return replace(tables, creators=creators.with_columns(language).select(tables.creators.columns))


def with_enough(tables: Tables) -> list[str]:
    """Creators with enough of any kind of evidence for an answer, counted on the records themselves."""
    others = tables.comments.filter(pl.col("author_id").ne_missing(pl.col("creator_id")))
    seen = tables.posts.filter(pl.col("likes").is_not_null() | pl.col("views").is_not_null())
    counted = {
        "posts_counted": seen,
        "comments_counted": others,
        "history_days": tables.follower_history.drop_nulls("followers"),
        "followers_sampled": tables.audience,
    }
    enough: set[str] = set()
    for name, rows in counted.items():
        sizes = rows.group_by("creator_id").len()
        enough.update(sizes.filter(pl.col("len") >= ENOUGH[name])["creator_id"])
    return [creator for creator in tables.creators["creator_id"] if creator in enough]


@lru_cache(maxsize=20_000)  # the same accounts come back under every kind of fraud
def _language(text: str) -> str:
    import py3langid  # loads a model, half a second

    return str(py3langid.classify(text)[0])
