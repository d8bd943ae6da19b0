"""Fit what the simulator draws from to real public sets: `python -m training.simulate.fitting SETS OUT.toml`.

SETS is a folder of records folders `instagram`, `instagram_ordinary`, `tiktok` and `youtube`. Only half of their
creators is read (`training.split.half_of`); the other half is there to judge by. What is written are quantiles, rank
correlations and medians; no row, id or text.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from training.simulate import fitting_comments
from training.split import half_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

PROBABILITIES = (
    0.002, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.975, 0.99, 0.998,
)  # fmt: skip
SETS = ("instagram", "instagram_ordinary", "tiktok", "youtube")
BY_VIEWS = ("tiktok", "youtube")
NEWEST = 110
"""Posts of a creator that are looked at: as many as a simulated record has at most."""
FITTED_ON = 0
"""The half of the creators that is read."""
_HOUR = 1 / 24
_MANY = 100
"""Creators with many posts from which on the noise between posts is taken from a set."""


@dataclass
class Fitted:
    """What one set says of its creators: a column a habit, and standardised noise between posts."""

    habits: dict[str, list[float]] = field(default_factory=dict)
    posts: list[int] = field(default_factory=list)
    noise: dict[str, list[Floats]] = field(default_factory=dict)
    alike: dict[str, list[float]] = field(default_factory=dict)  # correlation of neighbouring posts
    constants: dict[str, float] = field(default_factory=dict)


def main(sets: Path, out: Path) -> None:
    """Fit every set and write the parameters."""
    parts = [f"probabilities = {list(PROBABILITIES)}\n"]
    for name in SETS:
        fitted = fit(sets / name)
        parts.append(written(name, fitted))
    ids = pl.read_parquet(sets / "instagram" / "creators.parquet", glob=False)["creator_id"]
    chosen = ids.filter(pl.Series([half_of(creator) == FITTED_ON for creator in ids]))
    parts.append(fitting_comments.written(sets / "instagram", chosen, PROBABILITIES))
    out.write_text("\n".join(parts), "utf-8")


def fit(folder: Path) -> Fitted:
    """Habits of each creator of the first half of one set."""
    creators = pl.read_parquet(folder / "creators.parquet", glob=False)
    posts = pl.read_parquet(folder / "posts.parquet", glob=False)
    by_views = folder.name in BY_VIEWS
    posts = posts.drop_nulls(["likes", "comments", "views"] if by_views else ["likes", "comments"])
    posts = posts.sort("creator_id", "posted_at" if "posted_at" in posts.columns else "post_id")
    fitted = Fitted()
    everyone = {row["creator_id"]: row for row in creators.iter_rows(named=True)}
    known = {creator: row for creator, row in everyone.items() if half_of(creator) == FITTED_ON}
    for (creator,), rows in posts.group_by("creator_id", maintain_order=True):
        if creator in known:
            _creator(fitted, known[creator], rows.tail(NEWEST), by_views)
    _levels(fitted)
    return fitted


def _creator(fitted: Fitted, creator: dict[str, int], rows: pl.DataFrame, by_views: bool) -> None:
    likes = np.log1p(rows["likes"].to_numpy())
    reach = np.log1p(rows["views"].to_numpy()) if by_views else likes
    sizes = [name for name in ("followers", "following", "posts_count") if name in creator]
    found: dict[str, float] = {name: float(np.log(max(creator[name], 1))) for name in sizes}
    found |= {"reach": float(np.median(reach)), "talk": _talk(rows, likes)}
    if by_views:
        odds = likes - np.log(np.maximum(np.exp(reach) - np.exp(likes), 1))
        found["rate"] = float(np.median(odds))
    if rows.height >= 8:
        found |= _within(fitted, rows, reach, likes, by_views)
    elif rows.height >= 2:
        comments = np.log(rows["comments"].to_numpy() + 0.5)
        fitted.noise.setdefault("reach_pair", []).append(np.diff(reach)[:1])
        fitted.noise.setdefault("talk_pair", []).append(np.diff(comments - likes)[:1])
        if by_views:
            fitted.noise.setdefault("rate_pair", []).append(np.diff(odds)[:1])
    for name, value in found.items():
        fitted.habits.setdefault(name, []).extend([np.nan] * (len(fitted.posts) - len(fitted.habits.get(name, []))))
        fitted.habits[name].append(value)
    fitted.posts.append(rows.height)


def _talk(rows: pl.DataFrame, likes: Floats) -> float:
    """Log comments against log likes; of means where most posts have none."""
    comments = rows["comments"].to_numpy()
    if np.median(comments) >= 3 or rows.height < 8:
        return float(np.median(np.log(comments + 0.5)) - np.median(likes))
    return float(np.log(comments.mean() + 0.05) - 0.5 * _scatter(comments) ** 2 - np.median(likes))


def _scatter(comments: NDArray[np.int64]) -> float:
    """Log-normal spread of the expected comments behind Poisson counts, by the method of moments."""
    mean, variance = comments.mean() + 0.05, comments.var()
    return float(np.sqrt(np.clip(np.log1p(max(variance - mean, 0) / mean**2), 0.02, 2.0)))


def _within(fitted: Fitted, rows: pl.DataFrame, reach: Floats, likes: Floats, by_views: bool) -> dict[str, float]:
    """How one creator's posts differ: spreads, slopes, trend and gaps; keeps the standardised noise."""
    found: dict[str, float] = {}
    centred, spread = reach - np.median(reach), _mad(reach)
    found["reach_spread"] = np.log(spread)
    found["trend"] = float(np.corrcoef(np.arange(len(reach)), np.clip(centred / spread, -4, 4))[0, 1])
    found["trend"] = float(np.arctanh(np.clip(np.nan_to_num(found["trend"]), -0.97, 0.97)))
    _keep(fitted, "reach", centred / spread)
    if by_views:
        odds = likes - np.log(np.maximum(np.exp(reach) - np.exp(likes), 1))
        found["rate_slope"], rest = _slope(centred, odds)
        found["rate_spread"] = np.log(_mad(rest))
        _keep(fitted, "rate", rest / _mad(rest))
    comments = rows["comments"].to_numpy()
    found["talk_slope"], rest = _slope(likes - np.median(likes), np.log(comments + 0.5))
    found["talk_spread"] = np.log(_mad(rest) if np.median(comments) >= 3 else _scatter(comments))
    if np.median(comments) >= 3:
        _keep(fitted, "talk", rest / _mad(rest))
    if "posted_at" in rows.columns:
        gaps = np.log(np.diff(rows["posted_at"].dt.timestamp("ms").to_numpy()) / 86_400_000 + _HOUR)
        found |= {"gap": float(np.median(gaps)), "gap_spread": np.log(_mad(gaps))}
        fitted.noise.setdefault("gap", []).append(np.clip((gaps - np.median(gaps)) / max(_mad(gaps), 0.2), -5, 5))
    return found


def _keep(fitted: Fitted, name: str, noise: Floats) -> None:
    if len(noise) >= 15:
        fitted.noise.setdefault(name, []).append(noise)
        clipped = np.clip(noise, -4, 4)
        fitted.alike.setdefault(name, []).append(float(np.nan_to_num(np.corrcoef(clipped[1:], clipped[:-1])[0, 1])))


def _slope(x: Floats, y: Floats) -> tuple[float, Floats]:
    slope = float(np.clip((x * (y - y.mean())).mean() / max(((x - x.mean()) ** 2).mean(), 1e-3), -1.5, 2.5))
    rest = y - slope * x
    return slope, rest - np.median(rest)


def _mad(values: Floats) -> float:
    return max(float(1.4826 * np.median(np.abs(values - np.median(values)))), 0.05)


def _levels(fitted: Fitted) -> None:
    """Reach as the residual on followers, comments as the residual on reach, less the noise of few posts."""
    size = len(fitted.posts)
    for name, values in fitted.habits.items():
        fitted.habits[name] = values + [np.nan] * (size - len(values))
    table = {name: np.array(values) for name, values in fitted.habits.items()}
    if "followers" in table:
        _against(fitted, table, "reach", "followers")
    for name in ("reach", "rate", "talk"):
        pairs = fitted.noise.pop(f"{name}_pair", None)
        if name in table and pairs is not None:
            within = _mad(np.concatenate(pairs)) / np.sqrt(2)
            fitted.constants[f"{name}_within"] = within
            table[name] = _calmer(table[name], within / np.sqrt(np.array(fitted.posts)))
    many = np.array(fitted.posts, dtype=float)
    for name, noise in (("reach_spread", 0.75), ("rate_spread", 0.75), ("talk_spread", 0.75), ("gap_spread", 0.85)):
        if name in table:  # sampling error of a log median absolute deviation
            table[name] = _calmer(table[name], noise * 1.3 / np.sqrt(2 * many))
    fitted.habits = {name: list(values) for name, values in table.items()}


def _against(fitted: Fitted, table: dict[str, Floats], name: str, on: str) -> None:
    kept = np.isfinite(table[name]) & np.isfinite(table[on]) & (table[on] > np.log(20))
    slope, start = np.polyfit(table[on][kept], table[name][kept], 1)
    rest = table[name][kept] - slope * table[on][kept] - start
    kept[np.flatnonzero(kept)[np.abs(rest) > 4 * _mad(rest)]] = False
    slope, start = np.polyfit(table[on][kept], table[name][kept], 1)
    fitted.constants |= {f"{name}_slope": float(slope), f"{name}_start": float(start)}
    table[name] = table[name] - slope * table[on] - start


def _calmer(values: Floats, noise: Floats) -> Floats:
    """The values drawn towards their median so far that sampling error no longer widens their spread."""
    median, total = float(np.nanmedian(values)), float(np.nanstd(values))
    error = float(np.sqrt(np.mean(noise[np.isfinite(values)] ** 2)))
    return np.asarray(median + (values - median) * max(1 - (error / total) ** 2, 0.15) ** 0.5)


def written(name: str, fitted: Fitted) -> str:
    """One set's parameters as TOML."""
    table = {key: np.array(values) for key, values in fitted.habits.items() if np.isfinite(values).sum() >= 25}
    scores = {key: fitting_comments.normal_scores(values) for key, values in table.items()}
    lines = [f"[{name}]", *(f"{key} = {value:.4f}" for key, value in fitted.constants.items())]
    for key, values in fitted.alike.items():
        lines.append(f"{key}_alike = {np.median(values):.3f}")
    lines.append(f"habits = {list(table)}".replace("'", '"'))
    rows = [[_correlation(scores[a], scores[b]) for b in table] for a in table]
    lines.append(f"correlation = {rows}")
    lines.append(f"[{name}.quantiles]")
    lines += [f"{key} = {_quantiles(values)}" for key, values in table.items()]
    lines.append(f"[{name}.noise]")
    lines += [
        f"{key} = {_quantiles(np.concatenate(values))}" for key, values in fitted.noise.items() if len(values) >= _MANY
    ]
    return "\n".join(lines) + "\n"


def _quantiles(values: Floats) -> list[float]:
    return [round(float(value), 3) for value in np.nanquantile(values, PROBABILITIES)]


def _correlation(a: Floats, b: Floats) -> float:
    both = np.isfinite(a) & np.isfinite(b)
    return round(float(np.corrcoef(a[both], b[both])[0, 1]), 3) if both.sum() > 15 else 0.0


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
