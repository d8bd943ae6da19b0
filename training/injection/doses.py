"""Every kind of fraud by one dose: the share of likes, views, followers or comments that was bought in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.injection.comments import bought_comments
from training.injection.counts import bought_likes, bought_views
from training.injection.followers import bought_followers, labelled_fakes

if TYPE_CHECKING:
    from collections.abc import Callable

    from features.records import Tables

POSTS_BOUGHT = 0.3
"""Share of the posts under which likes and views are bought."""


def _factor(dose: float) -> float:
    """Times what a bought post has to rise so that `dose` is the bought share of all, were posts alike."""
    return 1 + dose / ((1 - dose) * POSTS_BOUGHT)


DOSED: dict[str, Callable[[Tables, float, int], Tables]] = {
    "bought_likes": lambda tables, dose, seed: bought_likes(tables, POSTS_BOUGHT, _factor(dose), seed),
    "bought_views": lambda tables, dose, seed: bought_views(tables, POSTS_BOUGHT, _factor(dose), seed),
    "bought_followers": lambda tables, dose, seed: bought_followers(
        tables, dose / (1 - dose), 1, seed, fakes=labelled_fakes(tables)
    ),
    "dripped_followers": lambda tables, dose, seed: bought_followers(
        tables, dose / (1 - dose), 14, seed, fakes=labelled_fakes(tables)
    ),
    "bought_comments": lambda tables, dose, seed: bought_comments(tables, dose, "multilingual", seed),
}
"""Kinds of fraud by dose, 0 to below 1: the share of likes, views, followers or comments that was bought in the end.

A dose of 0 is for the caller to leave out: it buys the smallest package.
"""
