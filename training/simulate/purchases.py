"""Likes, views and comments that are bought or come from a pod, post by post."""

from __future__ import annotations

import numpy as np

from training.simulate.fraud import LEAST, MOST, beside
from training.simulate.world import BOUGHT_COMMENTS, BOUGHT_LIKES, BOUGHT_VIEWS, POD, Cohort, Floats, Ints, chosen

_POD_LEAST = 2.0
_POD_MOST = 120
"""Comments by a pod under one post; pods have 20 to 200 members, as guides of the market say."""

_LEAST_PACKAGE = {BOUGHT_LIKES: 15.0, BOUGHT_VIEWS: 50.0, BOUGHT_COMMENTS: 3.0}
"""Fewest likes, views or comments that one buys for a post; small purchases go under few posts."""

PACKAGES, TOPPED_UP, MULTIPLIED, IN_PROPORTION = range(4)
_MANNERS = [0.40, 0.12, 0.36, 0.12]

_OFFERS = np.array([1, 1.5, 2, 2.5, 3, 4, 5, 7.5, 10])


def rounded(amount: Floats) -> Floats:
    """The size that a seller would offer: one of 1, 1.5, 2, 2.5, 3, 4, 5, 7.5 times a power of ten."""
    power = 10.0 ** np.floor(np.log10(np.maximum(amount, 1)))
    nearest = np.abs(np.log((np.maximum(amount, 1) / power)[:, None] / _OFFERS[None, :])).argmin(axis=1)
    return np.asarray(np.maximum(_OFFERS[nearest] * power, 10))


def pod(rng: np.random.Generator, people: Cohort, who: Ints, comments: Floats) -> Floats:
    """Comments by members of the creator's pod: about as many under every post.

    Where a pod would need more members than pods have, the comments are bought instead.
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

    By manner: packages of one size under some of the posts, a top-up to the same level, some posts multiplied, or all
    of them in proportion to what each got anyway, which is the hardest to see.
    """
    dose = people.doses[:, kind]
    posts = np.maximum(people.posts, 1)
    mean = np.bincount(who, organic, len(people)) / posts
    wanted = beside(mean, dose) * posts
    manner = chosen(rng, _MANNERS, len(people))
    share = 0.3 + 0.7 * rng.random(len(people)) ** 2.5
    times = np.exp(rng.uniform(np.log(1.5), np.log(6), len(people)))
    share = np.where(manner == MULTIPLIED, np.clip(dose / (1 - dose) / (times - 1), 0.08, 0.9), share)
    # Comments are bought under nearly all posts or the silence under the others would tell.
    share = np.maximum(share, 0.6 + 0.4 * rng.random(len(people))) if kind == BOUGHT_COMMENTS else share
    share = np.where(manner == IN_PROPORTION, 1.0, share)
    share = np.minimum(share, wanted / (posts * _LEAST_PACKAGE[kind]))
    picked = rng.random(len(who)) < share[who]
    picked |= np.bincount(who, picked, len(people))[who] == 0
    many = np.bincount(who, picked, len(people))
    package = np.maximum(wanted / many, _LEAST_PACKAGE[kind])
    package = np.where((rng.random(len(people)) < 0.5) & (package >= 10), rounded(package), package)
    package = np.maximum(package, beside(mean, np.full(len(people), LEAST)) * posts / many)
    goal = (1.35 * np.maximum(mean, 1))[who]
    lift = np.maximum(goal - organic, 0) * picked
    lift_total = np.maximum(np.bincount(who, lift, len(people)), 1e-9)
    top_up = lift * (wanted / lift_total)[who]
    uneven = np.exp((rng.uniform(0.02, 0.5, len(people)))[who] * rng.standard_normal(len(who)))
    weight = (organic + 0.05 * mean[who] + 0.01) * picked * uneven
    proportional = weight * (wanted / np.maximum(np.bincount(who, weight, len(people)), 1e-9))[who]
    exact = package[who] * np.exp(0.03 * rng.standard_normal(len(who)))
    amount = np.select([manner[who] == PACKAGES, manner[who] == TOPPED_UP], [exact, top_up], proportional)
    amount = np.where(picked & (dose[who] > 0), np.maximum(np.round(amount), 1), 0.0)
    # The smallest package would be more than the largest dose where there is next to nothing of one's own.
    most = beside(mean * posts, np.full(len(people), MOST))
    fits = np.minimum(1.0, most / np.maximum(np.bincount(who, amount, len(people)), 1))
    amount = np.asarray(np.floor(amount * fits[who]))
    got = np.bincount(who, amount, len(people))
    people.doses[:, kind] = got / np.maximum(got + mean * posts, 1)
    return amount
