"""Residuals of engagement: typical counts against the context's curves, which tell what peers receive.

Evaluated over one row a creator, with `features.families.engagement.LEVELS` and the platform's curves beside it. Each
curve gives two signals, one for either tail: below what is expected, from the lower tenth of a creator's posts, and
above it, from the upper one. So what is bought for some posts shows above and hides nothing below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features.exact import MAD_TO_SD, per
from features.records.contract import MEDIA_TYPES
from features.signal import Family, Signal, define
from features.tiers import TIERS

if TYPE_CHECKING:
    Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

CURVES = {
    "likes": ("likes", "followers"),
    "comments": ("comments", "likes_level"),
    "views": ("views", "followers"),
    "likes_by_views": ("likes_by_views", "views_level"),
}
"""Curve -> response, whose `_lower` and `_upper` are tenths of logarithms, and predictor, taken as log(1 + x)."""

TAILS = {"below": "lower", "above": "upper"}
"""Tail of a residual -> the tenth of posts that it is measured at."""

OF_COUNTS = ("likes_below", "likes_above", "comments_above", "views_below", "views_above")
"""Tails that are log counts; the others are logs of one count over another, which may be negative."""

FEW_PEERS = 30
"""A cohort of fewer creators gives no curve, and no offset of its own."""
SHRINKAGE = 30.0
"""An offset of n creators is taken n / (n + 30) of the way: small cohorts stay with their platform."""

_NAMES = tuple(f"{curve}_{tail}" for curve in CURVES for tail in TAILS)
SCHEMA = pl.Schema(
    {
        "platform": pl.String(),
        **{f"{name}_intercept": pl.List(pl.Float64()) for name in _NAMES},
        **{f"{name}_{part}": pl.Float64() for name in _NAMES for part in ("slope", "scale")},
    }
)
"""One row a platform; the intercepts are one for each `cohort`."""
CURVE_COLUMNS = tuple(name for name in SCHEMA if name != "platform")

_TIERS, _FORMATS = len(TIERS) + 1, len(MEDIA_TYPES) + 1


def cohort() -> pl.Expr:
    """Number of a creator's tier and most frequent format, over its rows of posts: `tier * _FORMATS + format`.

    What is not known has a number too, the last of its kind; of formats as frequent the first by name counts.
    """
    followers = pl.col("followers").first()
    tier = pl.sum_horizontal(followers >= least for _, least in TIERS[1:])
    posts = {name: (pl.col("media_type") == name).sum() for name in MEDIA_TYPES}
    most = pl.max_horizontal(posts.values())
    kind = pl.lit(len(MEDIA_TYPES))
    for name in sorted(MEDIA_TYPES, reverse=True):
        kind = pl.when((posts[name] == most) & (most > 0)).then(MEDIA_TYPES.index(name)).otherwise(kind)
    return pl.when(followers.is_not_null()).then(tier).otherwise(len(TIERS)).cast(pl.Int64) * _FORMATS + kind


def residual(name: str) -> pl.Expr:
    """Standardised residual of a curve's tail (`likes_below`), for the creator's platform, tier and format.

    The curve is a straight line, and below none where a count is small enough: none is what is expected there.
    """
    curve, tail = name.rsplit("_", 1)
    response, predictor = CURVES[curve]
    # Without a context the columns of `SCHEMA` are nulls of any type.
    intercept = pl.col(f"{name}_intercept").list.get(pl.col("cohort"), null_on_oob=True)
    expected = intercept + pl.col(f"{name}_slope") * pl.col(predictor).log1p()
    if name in OF_COUNTS:
        expected = expected.clip(0.0)
    return per(pl.col(f"{response}_{TAILS[tail]}") - expected, pl.col(f"{name}_scale"))


def _below(name: str, sentence: str, needs: tuple[str, ...], *supports: str) -> Signal:
    beyond = (-residual(f"{name}_below")).clip(0.0)
    return define(
        Family.ENGAGEMENT, "posts", f"{name}_below_expected", "sd", 1, sentence, needs, beyond, supports=supports
    )


def _above(name: str, sentence: str, needs: tuple[str, ...], *supports: str) -> Signal:
    beyond = residual(f"{name}_above").clip(0.0)
    return define(
        Family.ENGAGEMENT, "posts", f"{name}_above_expected", "sd", 1, sentence, needs, beyond, supports=supports
    )


SIGNALS = (
    _below(
        "likes",
        "Likes of the lesser posts below what peers of that size and format receive; bought followers do not like.",
        ("likes", "creators.followers"),
        "bought_followers",
    ),
    _above(
        "likes",
        "Likes of the better posts above what peers of that size and format receive; bought likes lift them.",
        ("likes", "creators.followers"),
        "bought_likes",
    ),
    _below(
        "comments",
        "Comments under the posts with fewest for their likes below what peers have; bought likes do not talk.",
        ("likes", "comments"),
        "bought_likes",
    ),
    _above(
        "comments",
        "Comments under the posts with most for their likes above what peers have, as pods and purchases bring.",
        ("likes", "comments"),
        "bought_comments",
    ),
    _below(
        "views",
        "Views of the lesser posts below what peers of that size and format get; bought followers do not watch.",
        ("views", "creators.followers"),
        "bought_followers",
    ),
    _above(
        "views",
        "Views of the better posts above what peers of that size and format receive; bought views lift them.",
        ("views", "creators.followers"),
        "bought_views",
    ),
    _below(
        "likes_by_views",
        "Likes over views in the lower tenth of posts below what peers have; bought views do not like.",
        ("likes", "views"),
        "bought_views",
    ),
    _above(
        "likes_by_views",
        "Likes over views in the upper tenth of posts above what peers have; bought likes do not watch.",
        ("likes", "views"),
        "bought_likes",
    ),
)


def build(aggregates: pl.DataFrame) -> pl.DataFrame:
    """The curves of every platform, from the rows of `features.build.aggregate`; a frame of `SCHEMA`.

    Huber regression of each tenth's logarithm on the logarithm of 1 + predictor, over the platform's creators;
    then the median residual of each tier, and of what these leave that of each format, moves the intercept.
    """
    rows = []
    for (platform,), creators in aggregates.group_by("platform"):
        row: dict[str, object] = {"platform": platform}
        for name in _NAMES:
            curve, tail = name.rsplit("_", 1)
            response, predictor = CURVES[curve]
            points = creators.select(
                "cohort", y=pl.col(f"{response}_{TAILS[tail]}"), x=pl.col(predictor).cast(pl.Float64).log1p()
            )
            row.update(_curve(name, points.drop_nulls().sort("x", "y", "cohort")))
        rows.append(row)
    return pl.DataFrame(rows, schema=SCHEMA).sort("platform")


def _curve(name: str, points: pl.DataFrame) -> dict[str, object]:
    """Intercepts, slope and scale of one curve; nothing where too few creators have both counts, or all the same."""
    from sklearn.linear_model import HuberRegressor

    x, y = points.select("x").to_numpy(), points["y"].to_numpy()
    if len(points) < FEW_PEERS or np.ptp(x) == 0:
        return {}
    fitted = HuberRegressor(max_iter=500).fit(x, y)
    residuals = y - fitted.predict(x)
    middle = float(np.median(residuals))
    tiers, formats = (np.asarray(part) for part in np.divmod(points["cohort"].to_numpy(), _FORMATS))
    by_tier = _offsets(residuals - middle, tiers, _TIERS)
    by_format = _offsets(residuals - middle - by_tier[tiers], formats, _FORMATS)
    left = residuals - middle - by_tier[tiers] - by_format[formats]
    scale = float(np.median(np.abs(left - np.median(left))) * MAD_TO_SD)
    if scale == 0:
        return {}
    intercepts = float(fitted.intercept_) + middle + by_tier[:, None] + by_format[None, :]
    return {
        f"{name}_intercept": intercepts.ravel().tolist(),
        f"{name}_slope": float(fitted.coef_[0]),
        f"{name}_scale": scale,
    }


def _offsets(residuals: Floats, groups: Floats, many: int) -> Floats:
    """Median residual of each group, shrunk towards 0 and 0 where the group is small."""
    offsets = np.zeros(many)
    for group in range(many):
        own = residuals[groups == group]
        if len(own) >= FEW_PEERS:
            offsets[group] = np.median(own) * len(own) / (len(own) + SHRINKAGE)
    return offsets
