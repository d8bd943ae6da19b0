"""Who buys what, how much of it and in which manner."""

from __future__ import annotations

import numpy as np

from training.simulate.world import (
    BOUGHT_COMMENTS,
    BOUGHT_FOLLOWERS,
    BOUGHT_LIKES,
    BOUGHT_VIEWS,
    FOLLOW_UNFOLLOW,
    KINDS,
    POD,
    TIKTOK,
    YOUTUBE,
    Flags,
    Floats,
    Ints,
    chosen,
)

SHARE = 0.25
"""Share of creators who bought something. Published shares run from 15 % of accounts with more than a fifth of fake
followers to the 36-42 % of Instagram creators that HypeAuditor (2020-23) calls touched by fraud."""

LEAST, MOST = 0.03, 0.60
"""Doses are spread log-uniformly between these shares."""

LEAST_COMMENTS = 0.15
"""Comments are sold by the ten: a dozen under a post of a creator who has a hundred."""

ONE_DAY, TRANCHES, DRIP = range(3)
SELLERS = 40
"""Sellers of comments and followers; each has its own people, phrases and batches of accounts."""

_FIRST = {
    BOUGHT_FOLLOWERS: 0.46, BOUGHT_LIKES: 0.06, BOUGHT_VIEWS: 0.08, BOUGHT_COMMENTS: 0.20,
    POD: 0.09, FOLLOW_UNFOLLOW: 0.11,
}  # fmt: skip
_ALSO = {
    # those who buy followers often buy the engagement to go with them
    BOUGHT_FOLLOWERS: {BOUGHT_LIKES: 0.45, BOUGHT_COMMENTS: 0.35, BOUGHT_VIEWS: 0.25, POD: 0.10, FOLLOW_UNFOLLOW: 0.10},
    BOUGHT_LIKES: {BOUGHT_FOLLOWERS: 0.65, BOUGHT_COMMENTS: 0.50, BOUGHT_VIEWS: 0.25},
    BOUGHT_VIEWS: {BOUGHT_LIKES: 0.40, BOUGHT_FOLLOWERS: 0.65, BOUGHT_COMMENTS: 0.30},
    BOUGHT_COMMENTS: {BOUGHT_LIKES: 0.40, BOUGHT_FOLLOWERS: 0.50},
    POD: {FOLLOW_UNFOLLOW: 0.30, BOUGHT_LIKES: 0.20, BOUGHT_FOLLOWERS: 0.25},
    FOLLOW_UNFOLLOW: {POD: 0.20, BOUGHT_LIKES: 0.20, BOUGHT_FOLLOWERS: 0.30},
}


def doses(rng: np.random.Generator, platform: Ints, quiet: Flags) -> Floats:
    """Creators × kinds: the share of followers, likes, views or comments that is bought; 0 for what is not.

    Of several kinds of one creator the first has the largest dose, the others one near it. Views are bought only
    where views are the currency, nobody follows in masses on YouTube, and those whose posts are `quiet`, with hardly
    any comments, buy followers rather than comments or a pod.
    """
    size = len(platform)
    guilty = rng.random(size) < SHARE
    base = LEAST * (MOST / LEAST) ** rng.random(size)
    has = _kinds(rng, platform, quiet) & guilty[:, None]
    wobble = np.exp(-0.35 * np.abs(rng.standard_normal((size, len(KINDS)))))
    wobble[np.arange(size), has.argmax(axis=1)] = 1.0
    dose = np.clip(base[:, None] * wobble, LEAST, MOST)
    # In proportion on the logarithm's scale, so that who buys much of one thing still buys much of the other.
    place = np.log(dose[:, BOUGHT_COMMENTS] / LEAST) / np.log(MOST / LEAST)
    dose[:, BOUGHT_COMMENTS] = LEAST_COMMENTS * (MOST / LEAST_COMMENTS) ** place
    return np.where(has, dose, 0.0)


def _kinds(rng: np.random.Generator, platform: Ints, quiet: Flags) -> Flags:
    size = len(platform)
    first = chosen(rng, list(_FIRST.values()), size)
    also = np.zeros((len(KINDS), len(KINDS)))
    for kind, others in _ALSO.items():
        for other, share in others.items():
            also[kind, other] = share
    has = rng.random((size, len(KINDS))) < also[first]
    has[np.arange(size), first] = True
    video = np.isin(platform, (TIKTOK, YOUTUBE))
    swapped = has[:, BOUGHT_VIEWS] & ~video
    has[:, BOUGHT_VIEWS] &= video
    liked = rng.random(size) < 0.4
    has[:, BOUGHT_LIKES] |= swapped & liked
    has[:, BOUGHT_FOLLOWERS] |= swapped & ~liked
    swapped = has[:, FOLLOW_UNFOLLOW] & (platform == YOUTUBE)
    has[:, FOLLOW_UNFOLLOW] &= platform != YOUTUBE
    has[:, BOUGHT_FOLLOWERS] |= swapped
    for kind in (BOUGHT_COMMENTS, POD):
        has[:, BOUGHT_FOLLOWERS] |= has[:, kind] & quiet
        has[:, kind] &= ~quiet
    return has


def manners(rng: np.random.Generator, size: int) -> tuple[Flags, Ints, Ints, Floats]:
    """Whether bought followers leave again, the style of the purchase, the seller, and the quality of the goods."""
    decays = rng.random(size) < 0.5
    style = chosen(rng, [0.42, 0.18, 0.40], size)
    return decays, style, rng.integers(0, SELLERS, size), rng.beta(1.2, 2.8, size)


def beside(organic: Floats, dose: Floats) -> Floats:
    """How much must be bought beside an organic amount so that the dose is its share of the whole."""
    return np.asarray(organic * dose / (1 - dose))
