"""Likes, views and comments that are bought or come from a pod, post by post."""

from __future__ import annotations

import numpy as np

from training.simulate.fraud import LEAST, MOST, beside
from training.simulate.world import BOUGHT_COMMENTS, BOUGHT_LIKES, BOUGHT_VIEWS, POD, Cohort, Floats, Ints

_POD_LEAST = 2.0
_POD_MOST = 120
"""Comments by a pod under one post; pods have 20 to 200 members (market.md section iii)."""

_LEAST_PACKAGE = {BOUGHT_LIKES: 15.0, BOUGHT_VIEWS: 50.0, BOUGHT_COMMENTS: 3.0}
"""Fewest likes, views or comments that one buys for a post; small purchases go under few posts."""

_OFFERS = np.array([1, 1.5, 2, 2.5, 3, 4, 5, 7.5, 10])


def rounded(amount: Floats) -> Floats:
    """The size that a seller would offer: one of 1, 1.5, 2, 2.5, 3, 4, 5, 7.5 times a power of ten."""
    power = 10.0 ** np.floor(np.log10(np.maximum(amount, 1)))
    nearest = np.abs(np.log((np.maximum(amount, 1) / power)[:, None] / _OFFERS[None, :])).argmin(axis=1)
    return np.asarray(np.maximum(_OFFERS[nearest] * power, 10))


def pod(rng: np.random.Generator, people: Cohort, who: Ints, comments: Floats) -> Floats:
    """Comments by members of the creator's pod: about as many under every post.

    Pods have 20 to 200 members (market.md section iii): where more would be needed, the comments are bought instead.
    """
    mean = np.bincount(who, comments, len(people)) / np.maximum(people.posts, 1)
    much = beside(mean, people.doses[:, POD]) > _POD_MOST
    people.doses[:, BOUGHT_COMMENTS] = np.where(much, people.doses[:, POD], people.doses[:, BOUGHT_COMMENTS])
    people.doses[:, POD] = np.where(much, 0.0, people.doses[:, POD])
    # Where hardly anybody comments, the smallest pod would be nearly all there is.
    dose = np.where(beside(mean, np.full(len(people), MOST)) < _POD_LEAST, 0.0, people.doses[:, POD])
    members = np.where(dose > 0, np.maximum(beside(mean, dose), _POD_LEAST), 0.0)
    people.doses[:, POD] = members / np.maximum(members + mean, 1)
    return rng.poisson(members[who] * (rng.random(len(who)) < 0.85)).astype(float)


def bought(rng: np.random.Generator, people: Cohort, who: Ints, organic: Floats, kind: int) -> Floats:
    """What is bought under each post, so that over all posts it is the dose's share.

    By style: packages of one size under some of the posts, a top-up to the same level, or in proportion to what the
    post got anyway, which is the hardest to see.
    """
    dose = people.doses[:, kind]
    posts = np.maximum(people.posts, 1)
    mean = np.bincount(who, organic, len(people)) / posts
    wanted = beside(mean, dose) * posts
    share = np.minimum(0.3 + 0.7 * rng.random(len(people)) ** 2.5, wanted / (posts * _LEAST_PACKAGE[kind]))
    picked = rng.random(len(who)) < share[who]
    picked |= np.bincount(who, picked, len(people))[who] == 0
    many = np.bincount(who, picked, len(people))
    package = np.maximum(wanted / many, _LEAST_PACKAGE[kind])
    package = np.where((rng.random(len(people)) < 0.5) & (package >= 10), rounded(package), package)
    package = np.maximum(package, beside(mean, np.full(len(people), LEAST)) * posts / many)
    manner = rng.random(len(people))[who]
    goal = (1.35 * np.maximum(mean, 1))[who]
    lift = np.maximum(goal - organic, 0) * picked
    lift_total = np.maximum(np.bincount(who, lift, len(people)), 1e-9)
    top_up = lift * (wanted / lift_total)[who]
    own = np.maximum(np.bincount(who, organic * picked, len(people)), 1e-9)
    proportional = organic * (wanted / own)[who]
    amount = np.select(
        [manner < 0.66, manner < 0.85],
        [package[who] * np.exp(0.03 * rng.standard_normal(len(who))), top_up],
        proportional,
    )
    amount = np.where(picked & (dose[who] > 0), np.maximum(np.round(amount), 1), 0.0)
    # The smallest package would be more than the largest dose where there is next to nothing of one's own.
    most = beside(mean * posts, np.full(len(people), MOST))
    fits = np.minimum(1.0, most / np.maximum(np.bincount(who, amount, len(people)), 1))
    amount = np.asarray(np.floor(amount * fits[who]))
    got = np.bincount(who, amount, len(people))
    people.doses[:, kind] = got / np.maximum(got + mean * posts, 1)
    return amount
