"""Fit what the simulator draws of comments to the Instagram set: habits of the people under each creator's posts."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy.stats import beta, norm, rankdata

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FEWEST = 15
"""Comments by others from which a creator is looked at."""
PAGE = 24
"""Comments that the source gave under a post, the newest; below it a post's comments are all there."""

EMOJI = r"[\x{1F000}-\x{1FFFF}\x{2600}-\x{27BF}]"
SHARES = ("liked", "replying", "emoji_only", "mentioning", "exclaiming", "emoji", "own", "returning")
LEVELS = ("length", "delay", "delay_spread")


def habits(folder: Path) -> pl.DataFrame:
    """One row a creator: hits and tries of each of `SHARES`, each of `LEVELS` or null, and log `followers`."""
    read = partial(pl.read_parquet, glob=False)
    creators = read(folder / "creators.parquet").select("creator_id", followers=pl.col("followers").log())
    posts = read(folder / "posts.parquet").select("creator_id", "post_id", at="posted_at", all="comments")
    rows = read(folder / "comments.parquet").join(posts, on=["creator_id", "post_id"])
    text, by_others = pl.col("text"), pl.col("author_id") != pl.col("creator_id")
    rows = rows.with_columns(
        worded=text.str.contains(r"[\p{L}\p{N}]"),
        mentioning=text.str.contains("@", literal=True),
        hours=(pl.col("posted_at") - pl.col("at")).dt.total_seconds() / 3600,
        others=by_others,
    )
    whole = pl.col("all") < PAGE
    flags = {
        "liked": (pl.col("likes") > 0, pl.col("likes").is_not_null()),
        "replying": (pl.col("is_reply"), pl.col("mentioning")),
        "emoji_only": (~pl.col("worded"), pl.col("text").is_not_null()),
        "mentioning": (pl.col("mentioning"), pl.col("text").is_not_null()),
        "exclaiming": (text.str.contains("!", literal=True), pl.col("worded")),
        "emoji": (text.str.contains(EMOJI), pl.col("worded")),
    }
    found = (
        rows.filter("others")
        .group_by("creator_id")
        .agg(
            *((hit & among).sum().alias(name) for name, (hit, among) in flags.items()),
            *(among.sum().alias(f"{name}_of") for name, (_, among) in flags.items()),
            pl.len(),
            returning=pl.len() - pl.col("author_id").n_unique(),
            length=text.filter("worded").str.len_chars().log1p().mean(),
            delay=(pl.col("hours") + 0.01).log().filter(whole).median(),
            delay_spread=(pl.col("hours") + 0.01).log().filter(whole).std(),
        )
    )
    own = rows.group_by("creator_id").agg(own=(~pl.col("others")).sum(), own_of=pl.len())
    kept = found.filter(pl.col("len") >= FEWEST).join(own, on="creator_id").join(creators, on="creator_id")
    return kept.with_columns(returning_of=pl.col("len"))


def written(folder: Path, chosen: pl.Series, probabilities: tuple[float, ...]) -> str:
    """The parameters as TOML, of the creators in `chosen`."""
    table = habits(folder).filter(pl.col("creator_id").is_in(chosen.implode()))
    scores, quantiles = {"followers": normal_scores(table["followers"].to_numpy())}, {}
    reliable = {"followers": 1.0}
    for name in SHARES:
        hits, tries = table[name].to_numpy().astype(float), table[f"{name}_of"].to_numpy().astype(float)
        a, b = _beta(hits, tries)
        quantiles[name] = [round(float(value), 4) for value in np.atleast_1d(beta.ppf(probabilities, a, b))]
        scores[name] = normal_scores(np.where(tries > 0, hits / np.maximum(tries, 1), np.nan))
        reliable[name] = float(np.median(tries) / (np.median(tries) + a + b))
    for name in LEVELS:
        values = table[name].to_numpy().astype(float)
        quantiles[name] = [round(float(value), 3) for value in np.nanquantile(values, probabilities)]
        scores[name], reliable[name] = normal_scores(values), 0.85
    names = list(scores)
    rows = [[_true(scores[a], scores[b], reliable[a] * reliable[b]) if a != b else 1.0 for b in names] for a in names]
    head = [f"[comments]\nhabits = {names}".replace("'", '"'), f"correlation = {rows}"]
    followers = table["followers"].to_numpy()
    head.append(f"followers = [{np.mean(followers):.2f}, {np.std(followers):.2f}]")
    lines = [f"{name} = {values}" for name, values in quantiles.items()]
    return "\n".join([*head, "[comments.quantiles]", *lines]) + "\n"


def _beta(hits: Floats, tries: Floats) -> tuple[float, float]:
    """Parameters of a beta distribution of shares behind binomial counts, by the method of moments."""
    known = tries >= 4
    share, n = hits[known] / tries[known], tries[known]
    mean = hits[known].sum() / n.sum()
    within = mean * (1 - mean) * np.mean(1 / n)
    between = max(share.var() - within, 1e-4) / (1 - np.mean(1 / n))
    size = max(mean * (1 - mean) / between - 1, 0.2)
    return mean * size, (1 - mean) * size


def normal_scores(values: Floats) -> Floats:
    """Normal quantiles of the values' ranks; NaN where a value is."""
    known = np.isfinite(values)
    scores = np.full(len(values), np.nan)
    scores[known] = norm.ppf((rankdata(values[known]) - 0.5) / known.sum())
    return scores


def _true(a: Floats, b: Floats, reliable: float) -> float:
    """Correlation less the sampling error of both."""
    both = np.isfinite(a) & np.isfinite(b)
    return round(float(np.clip(np.corrcoef(a[both], b[both])[0, 1] / np.sqrt(reliable), -0.9, 0.9)), 3)
