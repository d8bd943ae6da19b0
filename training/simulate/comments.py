"""Comments under a few of each creator's posts: who, when, and what they say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy.special import ndtr, ndtri

from training.simulate.fraud import SELLERS
from training.simulate.sold import sold_text
from training.simulate.speech import organic_text, own_text
from training.simulate.text import LANGUAGES, either
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
_SHARED = 0.24  # comments by people seen under several creators, as a fifth of those in the Instagram set are
_WANDERERS = 3.2  # such people for each creator
_REGULAR = 1.2  # comments by a creator's regulars for each that its commenters write beyond their first
_PAGE = 24  # comments that a source gives under a post where it gives the newest
_CLIENTS = 100  # creators of a simulation for each account that a seller of comments has
_PUNCTUAL = 0.5  # correlation of when a regular comes with who it is: Kendall's tau between real posts is 0.27
_FRESH = 0.25  # share of creators whose bought comments come from an account each


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
    answer = (kind == OWN) & (rng.random(size) < 0.75)
    text, spam = _texts(rng, people, posted, rows, answer)
    number = np.arange(size) - np.searchsorted(who, who)
    addressed = text.str.starts_with("@").to_numpy() & (kind == ORGANIC)
    answer |= addressed & (rng.random(size) < people.commenters["replying"][who])
    return pl.DataFrame(
        {
            "creator_id": people.ids.gather(who),
            "comment_id": pl.Series([f"k{i:04d}" for i in range(int(number.max(initial=0)) + 1)]).gather(number),
            "post_id": posted.ids.gather(rows.post),
            "author_id": author,
            "text": text,
            "posted_at": moments(rows.at),
            "likes": _likes(rng, people, rows),
            "is_reply": answer,
            "author_verified": rng.random(size) < np.array([0.013, 0.05, 0.004, 0.01])[kind],
            "spam": spam,
        }
    )


def _likes(rng: np.random.Generator, people: Cohort, rows: Rows) -> Ints:
    """Likes on comments: mostly the creator's own one, which some give to nearly all and some to none."""
    share = people.commenters["liked"][rows.who] * np.array([1.0, 0.6, 0.5, 0.9])[rows.kind]
    more = np.where(rng.random(len(rows)) < 0.09, np.exp(rng.exponential(0.9, len(rows))), 0)
    return np.where(rng.random(len(rows)) < share, 1 + np.minimum(more, 300).astype(np.int64), 0)


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
    talk = (0.05 * rng.gamma(0.7, 1.4, len(people)))[who]  # a comment draws another at once
    prompt = (rng.random(len(post)) < talk) & (np.roll(post, 1) == post) & (kind == ORGANIC)
    at = np.where(prompt, np.minimum(np.roll(at, 1) + rng.exponential(40, len(post)), at), at)
    return Rows(post, who, kind, member, at)


def _sampled(rng: np.random.Generator, people: Cohort, posted: Posted) -> Ints:
    """The post of each sampled comment: one to eight posts a creator, the one with an event among them."""
    size = len(people)
    posts = 1 + chosen(rng, [0.12, 0.16, 0.18, 0.18, 0.14, 0.10, 0.07, 0.05], size)
    wish = rng.random(len(posted)) + posted.event + (posted.comments > 3) * 0.8 + (posted.comments > 0) * 2
    order = np.lexsort((-wish, posted.who))
    rank = np.empty(len(posted), dtype=np.int64)
    rank[order] = np.arange(len(posted)) - np.repeat(np.cumsum(people.posts) - people.posts, people.posts)
    answers = people.commenters["own"]
    page = _PAGE + rng.poisson(0.85 * _PAGE * answers / (1 - answers), size)  # answers come along with what they answer
    most = np.where(people.commenters["newest"] > 0, page, np.minimum(log_normal(rng, 34.0, 0.6, size), 160))
    taken = (rank < posts[posted.who]) * np.minimum(posted.comments, most[posted.who]).astype(np.int64)
    return np.repeat(np.arange(len(posted)), taken)


def _kinds(rng: np.random.Generator, people: Cohort, posted: Posted, post: Ints) -> Ints:
    who = posted.who[post]
    answers = people.commenters["own"]
    whole = np.maximum(posted.organic_comments + posted.bought_comments + posted.pod_comments, 1)
    bought, pod = (posted.bought_comments / whole)[post], (posted.pod_comments / whole)[post]
    drawn = rng.random(len(post))
    kind = np.select([drawn < bought, drawn < bought + pod], [BOUGHT, PODDED], ORGANIC)
    place = np.arange(len(post)) - np.searchsorted(post, post)
    full = (np.bincount(post, minlength=len(posted)) >= _PAGE)[post] & (people.commenters["newest"] > 0)[who]
    own = rng.random(len(post)) < np.where(full, 0.25 * answers[who], answers[who])
    own = np.where(full & (place >= _PAGE), True, own)
    return np.where((kind == ORGANIC) & own, OWN, kind)


def _delays(rng: np.random.Generator, people: Cohort, posted: Posted, post: Ints, kind: Ints, member: Ints) -> Floats:
    """Seconds after the post, of genuine ones as on real Instagram; bought ones come within a day or two."""
    size, who = len(post), posted.who[post]
    place = ndtri(np.clip(_newest(rng, people, posted, post, kind), 1e-9, 1 - 1e-9))
    pace = 0.85 * people.commenters["delay"] + 0.4 + 0.5 * (people.case == LOYAL)
    spread = np.clip(people.commenters["delay_spread"], 0.6, 3.2)
    organic = pace[who] + rng.normal(0, 0.4, len(posted))[post] + spread[who] * place + np.log(3600.0)
    burst = rng.uniform(120, 5400, len(posted))[post] + rng.exponential(900, size)
    spread_out = rng.uniform(0, 1.5 * 86_400, size)
    manner = rng.random(len(people))[who]  # at once, over a day or two, or like anybody else
    together = 60 + 2700 * (1 - np.exp(-member / 25) + 0.1 * rng.random(size))  # a pod, one after the other
    bought = np.select([manner < 0.5, manner < 0.8], [burst, spread_out], np.exp(organic))
    return np.select([kind == BOUGHT, kind == PODDED], [bought, together], np.exp(organic))


def _newest(rng: np.random.Generator, people: Cohort, posted: Posted, post: Ints, kind: Ints) -> Floats:
    """Where in the order of time a comment stands, 0 to 1: anywhere, or among the last where a source gives those.

    The j-th last of n uniform numbers is the product of j powers of uniform ones.
    """
    genuine = kind <= OWN
    turn = np.cumsum(genuine) - 1
    first = np.searchsorted(post, post)
    turn = turn - turn[first] + genuine[first].astype(np.int64) - 1
    left = np.maximum(posted.organic_comments[post] - np.maximum(turn, 0), 1)
    steps = np.cumsum(rng.exponential(1.0, len(post)) / left * genuine)
    before = steps[first]
    last = np.exp(-(steps - before) - rng.exponential(1.0, len(posted))[post] / left)
    return np.where((people.commenters["newest"] > 0)[posted.who[post]], last, rng.random(len(post)))


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
    regular = np.where(loyal, 0.72, np.minimum(_REGULAR * people.commenters["returning"], 0.8)[who])
    draw = rng.random(size)
    fresh = mixed(1, world.seed, block, np.arange(size))
    spoken = np.bincount(people.language, minlength=len(LANGUAGES)) / len(people)
    wanderers = 20 + _WANDERERS * world.creators * spoken[people.language[who]]
    shared = mixed(2, world.seed, people.language[who], (wanderers * rng.random(size) ** 1.3).astype(np.int64))
    circle = (np.where(loyal, 24, 7) * _turn(rng, rows) ** 1.5).astype(np.int64)
    regulars = mixed(3, world.seed, block, who, circle)
    again = (rng.random(size) < (0.05 * rng.gamma(1.0, 1.0, len(people)))[who]) & (np.roll(who, 1) == who)
    organic = np.where(draw < regular, regulars, np.where(draw < regular + _SHARED, shared, fresh))
    organic = np.where(again, np.roll(organic, 1), organic)  # who has just written writes once more
    rented = (member + (people.seller[who] * 131) + who * 17) % int(np.clip(world.creators / _CLIENTS, 30, 400))
    new = (rng.random(len(people)) < _FRESH)[who]
    bought = np.where(new, fresh, mixed(4, people.seller[who] % SELLERS, rented))
    pods = np.where(people.doses[:, POD] > 0, people.seller % max(3, len(people) // 250), -1)
    outsider = mixed(5, world.seed, block, pods[who], member)
    number = np.select([kind == BOUGHT, kind == PODDED], [bought, outsider], organic)
    ids = "u" + pl.Series(number).cast(pl.String)
    fellow, known = _fellows(people, pods, who, member)
    ids = either((kind == PODDED) & known, people.ids.gather(fellow), ids)
    return either(kind == OWN, people.ids.gather(who), ids)


def _turn(rng: np.random.Generator, rows: Rows) -> Floats:
    """Which of a creator's regulars writes, 0 to 1: the same people tend to come first under every post."""
    first = np.searchsorted(rows.post, rows.post)
    many = np.searchsorted(rows.post, rows.post, side="right") - first
    came = ndtri((np.arange(len(rows)) - first + 0.5) / many)
    return np.asarray(ndtr(_PUNCTUAL * came + np.sqrt(1 - _PUNCTUAL**2) * rng.standard_normal(len(rows))))


def _fellows(people: Cohort, pods: Ints, who: Ints, member: Ints) -> tuple[Ints, Flags]:
    """The creator of the same pod that a member number stands for, where it is one of the creators here."""
    order = np.argsort(pods, kind="stable")
    start = np.searchsorted(pods[order], pods[who], side="left")
    many = np.searchsorted(pods[order], pods[who], side="right") - start
    place = np.minimum(start + member, len(people) - 1)
    fellow = order[place]
    return fellow, (member < np.minimum(many, 25)) & (fellow != who)


def _texts(
    rng: np.random.Generator, people: Cohort, posted: Posted, rows: Rows, answer: Flags
) -> tuple[pl.Series, Flags]:
    text, spam = blank(len(rows)), rows.kind >= BOUGHT
    said = np.flatnonzero(rows.kind == ORGANIC)
    who = rows.who[said]
    case = np.where(posted.event[rows.post[said]] | (people.case[who] == PRESS), people.case[who], -1)
    strange = (case == VIRAL) | (case == PRESS)
    organic, spam[said] = organic_text(rng, people, who, giveaway=case == GIVEAWAY, strange=strange)
    text = text.scatter(said, organic)
    own = np.flatnonzero(rows.kind == OWN)
    text = text.scatter(own, own_text(rng, people, rows.who[own], answer[own]))
    hired = np.flatnonzero(rows.kind >= BOUGHT)
    text = text.scatter(hired, sold_text(rng, people, rows.who[hired], rows.kind[hired] == PODDED))
    return text, spam
