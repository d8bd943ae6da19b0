"""What one follower's profile shows, as the numbers that the follower model reads; each is null where it is unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features.alone import taken, where
from features.few import collected

if TYPE_CHECKING:
    from numpy.typing import NDArray

FOLLOWERS_A_POST = 2.4
"""Log of the followers that a genuine profile has for each post: the difference of the medians of log(1 + count) is
2.3 to 2.9 on the labelled Instagram sets. With it posts stand in for followers, and either for both."""

CARRIED = ("activity", "excess_following", "has_picture", "bio", "digits")
"""Inputs that carry over to sources never seen: on labelled Instagram sets, leaving one out, these five separate
better than all. Levels of single counts, private accounts and the handle's length differ more between sources."""

_FOLLOWERS, _FOLLOWING, _POSTS = (pl.col(name).log1p() for name in ("followers", "following", "posts_count"))
_EXPECTED = _POSTS + FOLLOWERS_A_POST
_ACTIVITY = pl.coalesce((_FOLLOWERS + _EXPECTED) / 2, _FOLLOWERS, _EXPECTED)

_INPUTS: dict[str, tuple[int, pl.Expr]] = {
    "activity": (-1, _ACTIVITY),
    "excess_following": (1, _FOLLOWING - _ACTIVITY),
    "has_picture": (-1, pl.col("has_picture")),
    "bio": (-1, pl.col("bio_length").log1p()),
    "digits": (1, pl.col("handle_digit_ratio")),
    "followers": (-1, _FOLLOWERS),
    "following": (0, _FOLLOWING),
    "posts": (-1, _POSTS),
    "following_a_follower": (1, _FOLLOWING - _FOLLOWERS),
    "following_a_post": (1, _FOLLOWING - _POSTS),
    "posts_a_follower": (0, _POSTS - _FOLLOWERS),
    "private": (0, pl.col("private")),
    "handle": (0, pl.col("handle_length")),
}
"""Input, the direction in which more of it makes a fake likelier, and its expression."""

ALL = tuple(_INPUTS)

_COLUMNS = {name: expression.cast(pl.Float64).alias(name) for name, (_, expression) in _INPUTS.items()}

GROUPS = ("posts_count", "has_picture", "bio_length", "handle_digit_ratio", "followers", "following")
"""Columns without which scores are another mixture; see `availability`. Earlier models know the first four alone."""


def inputs(audience: pl.DataFrame, names: tuple[str, ...] = ALL) -> pl.DataFrame:
    """The named inputs of each profile, n rows of Float64.

    Args:
        audience: Rows of `audience`, without placeholders.
        names: Some of `ALL`, in the order wanted.
    """
    return collected(audience.lazy().select(_COLUMNS[name] for name in names), audience.height)


def directions(names: tuple[str, ...]) -> list[int]:
    """LightGBM's monotone constraint of each input."""
    return [_INPUTS[name][0] for name in names]


def of_one(audience: pl.DataFrame) -> bool:
    """Whether all rows, of which there are some, are of one creator: to compare takes less than to count creators."""
    creators = audience["creator_id"]
    return not creators.is_empty() and bool((creators == creators[0]).all())


def availability(audience: pl.DataFrame, kinds: int = 2 ** len(GROUPS)) -> NDArray[np.int64]:
    """Which of `GROUPS` is known of each profile, as a number of as many bits, the first the lowest.

    Args:
        audience: Rows of `audience`, without placeholders.
        kinds: How many such numbers there are: of the first groups alone where there are fewer.
    """
    found = np.zeros(len(audience), dtype=np.int64)
    for place, name in enumerate(GROUPS[: kinds.bit_length() - 1]):
        unknown = audience[name].null_count()  # mostly of none or of all
        if unknown == 0:
            found += 2**place
        elif unknown < len(audience):
            found += where(taken(audience[name])) * 2**place
    return found
