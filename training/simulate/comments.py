"""Comments under a few of each creator's posts: who, when, and what they say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from training.simulate.fraud import SELLERS
from training.simulate.speech import bought_text, organic_text, own_text
from training.simulate.text import either
from training.simulate.world import (
    GIVEAWAY,
    LOYAL,
    POD,
    PRESS,
    VIRAL,
    Cohort,
    Flags,
    Floats,
    Ints,
    World,
    blank,
    chosen,
    log_normal,
    mixed,
    moments,
)

if TYPE_CHECKING:
    from training.simulate.posts import Posted

ORGANIC, OWN, BOUGHT, PODDED = range(4)
_SHARED, _REGULAR = 0.12, 0.12  # comments by people seen under several creators; by one creator's regulars
_SELLER_ACCOUNTS = 900


@dataclass
class Rows:
    """The sampled comments: post, creator, kind, place in a pod's or seller's list, and seconds since 1970."""

    post: Ints
    who: Ints
    kind: Ints
    member: Ints
    at: Floats

    def __len__(self) -> int:
        """How many comments."""
        return len(self.post)


def table(people: Cohort, posted: Posted, world: World, block: int) -> pl.DataFrame:
    """The `comments` table of a block, complete, with its label `spam` (bought or by a pod, or plain spam)."""
    rng = world.rng("comments", block)
    rows = _rows(rng, people, posted, world)
    who, kind, size = rows.who, rows.kind, len(rows)
    author = _authors(rng, people, rows, world, block)
    text, spam = _texts(rng, people, posted, rows)
    number = np.arange(size) - np.searchsorted(who, who)
    liked = log_normal(rng, 0.28, 1.1, len(people))[who] * np.where(kind == ORGANIC, 1.0, 0.5)
    answered = (0.035 * rng.gamma(0.4, 2.5, len(people)))[who]
    return pl.DataFrame(
        {
            "creator_id": people.ids.gather(who),
            "comment_id": pl.Series([f"k{i:04d}" for i in range(int(number.max(initial=0)) + 1)]).gather(number),
            "post_id": posted.ids.gather(rows.post),
            "author_id": author,
            "text": text,
            "posted_at": moments(rows.at),
            "likes": rng.poisson(np.minimum(liked * np.exp(0.6 * rng.standard_normal(size)), 300)),
            "is_reply": rng.random(size) < np.where(kind == OWN, 0.75, np.where(kind == ORGANIC, answered, 0.01)),
            "author_verified": rng.random(size) < np.array([0.013, 0.05, 0.0, 0.01])[kind],
            "spam": spam,
        }
    )


def _rows(rng: np.random.Generator, people: Cohort, posted: Posted, world: World) -> Rows:
    """Which comments are sampled, of which kind, and when they were written; ordered by post and time."""
    post = _sampled(rng, people, posted)
    who = posted.who[post]
    kind = _kinds(rng, people, posted, post)
    member = _members(rng, people, post, who, kind)
    delay = _delays(rng, people, posted, post, kind, member)
    left = world.now - posted.at[post]
    at = posted.at[post] + np.where(delay < left, delay, left * rng.random(len(post)))
    order = np.lexsort((at, post))
    post, who, kind, member, at = post[order], who[order], kind[order], member[order], at[order]
    talk = (0.07 * rng.gamma(0.7, 1.4, len(people)))[who]  # a comment draws another at once
    prompt = (rng.random(len(post)) < talk) & (np.roll(post, 1) == post) & (kind == ORGANIC)
    at = np.where(prompt, np.minimum(np.roll(at, 1) + rng.exponential(40, len(post)), at), at)
    return Rows(post, who, kind, member, at)


def _sampled(rng: np.random.Generator, people: Cohort, posted: Posted) -> Ints:
    """The post of each sampled comment: one to six posts a creator, the one with an event among them."""
    size = len(people)
    posts = 1 + chosen(rng, [0.14, 0.20, 0.22, 0.20, 0.14, 0.10], size)
    wish = rng.random(len(posted)) + posted.event + (posted.comments > 3) * 0.8 + (posted.comments > 0) * 2
    order = np.lexsort((-wish, posted.who))
    rank = np.empty(len(posted), dtype=np.int64)
    rank[order] = np.arange(len(posted)) - np.repeat(np.cumsum(people.posts) - people.posts, people.posts)
    most = np.minimum(log_normal(rng, 34.0, 0.6, size), 160)
    taken = (rank < posts[posted.who]) * np.minimum(posted.comments, most[posted.who]).astype(np.int64)
    return np.repeat(np.arange(len(posted)), taken)


def _kinds(rng: np.random.Generator, people: Cohort, posted: Posted, post: Ints) -> Ints:
    who = posted.who[post]
    answers = np.where(rng.random(len(people)) < 0.3, 0.0, rng.beta(1.6, 4.0, len(people)))
    whole = np.maximum(posted.organic_comments + posted.bought_comments + posted.pod_comments, 1)
    bought, pod = (posted.bought_comments / whole)[post], (posted.pod_comments / whole)[post]
    drawn = rng.random(len(post))
    kind = np.select([drawn < bought, drawn < bought + pod], [BOUGHT, PODDED], ORGANIC)
    own = (kind == ORGANIC) & (rng.random(len(post)) < answers[who])
    return np.where(own, OWN, kind)


def _delays(rng: np.random.Generator, people: Cohort, posted: Posted, post: Ints, kind: Ints, member: Ints) -> Floats:
    """Seconds after the post: log-mean about 10.6, log-sd 2.2, as on real Instagram; bought ones within a day."""
    size, who = len(post), posted.who[post]
    pace = rng.normal(10.3, 1.2, len(people)) + 0.7 * (people.case == LOYAL) + 2.0 * (rng.random(len(people)) < 0.1)
    organic = (
        pace[who]
        + rng.normal(0, 0.4, len(posted))[post]
        + log_normal(rng, 1.65, 0.28, len(people))[who] * rng.standard_normal(size)
    )
    organic += np.where(rng.random(size) < 0.08, rng.exponential(3.5, size), 0)
    burst = rng.uniform(120, 5400, len(posted))[post] + rng.exponential(900, size)
    spread_out = rng.uniform(0, 1.5 * 86_400, size)
    hurried = (rng.random(len(people)) < 0.6)[who]
    together = 60 + 2700 * (1 - np.exp(-member / 25) + 0.1 * rng.random(size))  # a pod, one after the other
    bought = np.where(hurried, burst, spread_out)
    return np.select([kind == BOUGHT, kind == PODDED], [bought, together], np.exp(organic))


def _members(rng: np.random.Generator, people: Cohort, post: Ints, who: Ints, kind: Ints) -> Ints:
    """Which account of the seller or pod a comment comes from; a pod's come in much the same order every time."""
    pool = rng.integers(10, 50, len(people))[who]  # accounts of the seller that serve this creator
    rows = np.flatnonzero(kind == PODDED)
    turn = np.arange(len(rows)) - np.searchsorted(post[rows], post[rows])
    member = (rng.random(len(who)) * pool).astype(np.int64)
    member[rows] = (turn * rng.uniform(1.0, 1.5, len(people))[who[rows]] + 1.5 * rng.random(len(rows))).astype(np.int64)
    return member


def _authors(rng: np.random.Generator, people: Cohort, rows: Rows, world: World, block: int) -> pl.Series:
    who, kind, member = rows.who, rows.kind, rows.member
    size = len(who)
    loyal = (people.case == LOYAL)[who]
    regular = np.where(loyal, 0.72, (_REGULAR * rng.gamma(1.5, 0.67, len(people)))[who])
    draw = rng.random(size)
    fresh = mixed(1, world.seed, block, np.arange(size))
    wanderers = 2 * world.creators + 50
    shared = mixed(2, world.seed, people.language[who], (wanderers * rng.random(size) ** 2).astype(np.int64))
    circle = (np.where(loyal, 24, 7) * rng.random(size) ** 1.5).astype(np.int64)
    regulars = mixed(3, world.seed, block, who, circle)
    again = (rng.random(size) < (0.05 * rng.gamma(1.0, 1.0, len(people)))[who]) & (np.roll(who, 1) == who)
    organic = np.where(draw < regular, regulars, np.where(draw < regular + _SHARED, shared, fresh))
    organic = np.where(again, np.roll(organic, 1), organic)  # who has just written writes once more
    rented = (member + (people.seller[who] * 131) + who * 17) % _SELLER_ACCOUNTS
    bought = mixed(4, people.seller[who] % SELLERS, rented)
    pods = np.where(people.doses[:, POD] > 0, people.seller % max(3, len(people) // 250), -1)
    outsider = mixed(5, world.seed, block, pods[who], member)
    number = np.select([kind == BOUGHT, kind == PODDED], [bought, outsider], organic)
    ids = "u" + pl.Series(number).cast(pl.String)
    fellow, known = _fellows(people, pods, who, member)
    ids = either((kind == PODDED) & known, people.ids.gather(fellow), ids)
    return either(kind == OWN, people.ids.gather(who), ids)


def _fellows(people: Cohort, pods: Ints, who: Ints, member: Ints) -> tuple[Ints, Flags]:
    """The creator of the same pod that a member number stands for, where it is one of the creators here."""
    order = np.argsort(pods, kind="stable")
    start = np.searchsorted(pods[order], pods[who], side="left")
    many = np.searchsorted(pods[order], pods[who], side="right") - start
    place = np.minimum(start + member, len(people) - 1)
    fellow = order[place]
    return fellow, (member < np.minimum(many, 25)) & (fellow != who)


def _texts(rng: np.random.Generator, people: Cohort, posted: Posted, rows: Rows) -> tuple[pl.Series, Flags]:
    text, spam = blank(len(rows)), rows.kind >= BOUGHT
    said = np.flatnonzero(rows.kind == ORGANIC)
    who = rows.who[said]
    case = np.where(posted.event[rows.post[said]] | (people.case[who] == PRESS), people.case[who], -1)
    strange = (case == VIRAL) | (case == PRESS)
    organic, spam[said] = organic_text(rng, people, who, giveaway=case == GIVEAWAY, strange=strange)
    text = text.scatter(said, organic)
    own = np.flatnonzero(rows.kind == OWN)
    text = text.scatter(own, own_text(rng, people, rows.who[own]))
    hired = np.flatnonzero(rows.kind >= BOUGHT)
    text = text.scatter(hired, bought_text(rng, people, rows.who[hired], rows.kind[hired] == PODDED))
    return text, spam
