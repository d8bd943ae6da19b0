"""Residuals of engagement: typical counts against the context's curves, which tell what peers receive.

Evaluated over one row a creator, with `features.engagement.LEVELS` and the platform's curves beside it.
"""

from __future__ import annotations

from functools import partial

import polars as pl

from features.exact import per
from features.signal import Family, define

_signal = partial(define, Family.ENGAGEMENT, "posts")

CURVES = {
    "likes_residual": ("likes_level", "followers"),
    "comments_residual": ("comments_level", "likes_level"),
    "views_residual": ("views_level", "followers"),
    "likes_residual_by_views": ("likes_level", "views_level"),
}
"""Residual signal -> response and predictor of the context's curve, both taken as log(1 + x)."""


def residual(name: str) -> pl.Expr:
    """Standardised residual of log response on log predictor, from the curve of the creator's platform."""
    response, predictor = CURVES[name]
    expected = pl.col(f"{name}_intercept") + pl.col(f"{name}_slope") * pl.col(predictor).log1p()
    return per(pl.col(response).log1p() - expected, pl.col(f"{name}_scale"))


SIGNALS = (
    _signal(
        "likes_residual",
        "sd",
        0,
        "Log likes against what peers of that size receive; bought followers lower it, bought likes raise it.",
        ("likes", "creators.followers"),
        residual("likes_residual"),
        supports=("bought_followers", "bought_likes"),
    ),
    _signal(
        "comments_residual",
        "sd",
        0,
        "Log comments against what peers with as many likes receive; pods raise it, bought likes lower it.",
        ("likes", "comments"),
        residual("comments_residual"),
        supports=("bought_likes", "bought_comments", "pod"),
    ),
    _signal(
        "views_residual",
        "sd",
        0,
        "Log views against what peers of that size receive; bought followers lower it, bought views raise it.",
        ("views", "creators.followers"),
        residual("views_residual"),
        supports=("bought_followers", "bought_views"),
    ),
    _signal(
        "likes_residual_by_views",
        "sd",
        0,
        "Log likes against what peers with as many views receive; bought views lower it, bought likes raise it.",
        ("likes", "views"),
        residual("likes_residual_by_views"),
        supports=("bought_views", "bought_likes"),
    ),
)
