"""The `posts` table: captions, hashtags, tagged brands and alternative texts around the counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from training.simulate.text import MOST_HASHTAGS, by_niche, either, emoji_run, hashtag_blocks, one_group, phrases
from training.simulate.world import (
    COLLABORATION,
    GIVEAWAY,
    HIDDEN,
    INSTAGRAM,
    LINKEDIN,
    NICHES,
    TIKTOK,
    YOUTUBE,
    Cohort,
    Flags,
    Ints,
    World,
    X,
    chosen,
    moments,
    nothing,
    nulled,
)

if TYPE_CHECKING:
    from training.simulate.posts import Posted

# One entry a platform: instagram, tiktok, youtube, x, linkedin.
_SENTENCES = np.array([4.6, 0.22, 7.0, 2.0, 9.0])
_LONGEST = 24  # sentences
_HASHTAGS = np.array([7.5, 2.3, 0.1, 0.4, 2.0])


def table(people: Cohort, posted: Posted, world: World, block: int) -> pl.DataFrame:
    """The `posts` table of a block, complete; likes are null where the creator hides them."""
    rng = world.rng("wording", block)
    who = posted.who
    size, platform = len(who), people.platform[who]
    topic = np.where(
        (people.second_niche[who] >= 0) & (rng.random(size) < 0.35), people.second_niche[who], people.niche[who]
    )
    topic = np.where(rng.random(size) < 0.08, chosen(rng, [1.0] * len(NICHES), size), topic)
    mentions, sponsors = _brands(rng, people, posted, topic)
    image = (platform == INSTAGRAM) & ~posted.video
    alt = "Image may contain: " + either(
        rng.random(size) < 0.6,
        by_niche("alt_by_niche").draw(rng, topic),
        one_group("alt").draw(rng, np.zeros(size, dtype=np.int64)),
    )
    alt = either(rng.random(size) < 0.30, pl.Series(["No photo description available."] * size), alt)
    media = np.select([posted.video, platform == X, platform == LINKEDIN], [0, 1, 1], 2)
    media = np.where((media == 2) & (rng.random(size) < 0.18), 3, media)
    return pl.DataFrame(
        {
            "creator_id": people.ids.gather(who),
            "post_id": posted.ids,
            "posted_at": moments(posted.at),
            "likes": nulled(posted.likes, _hidden(rng, people, who)),
            "comments": posted.comments,
            "views": nulled(posted.views, (platform == LINKEDIN) | image),
            "shares": nulled(posted.shares, np.isin(platform, (INSTAGRAM, YOUTUBE))),
            "caption": captions(rng, people, posted, topic),
            "alt_text": either(image & (rng.random(size) < 0.88), alt, nothing(size)),
            "media_type": pl.Series(["video", "text", "image", "carousel"]).gather(media),
            "mentions": mentions,
            "sponsors": sponsors,
        }
    )  # fmt: skip


def _hidden(rng: np.random.Generator, people: Cohort, who: Ints) -> Flags:
    """Whose likes are hidden: all posts of three in five of those who hide, most posts of the others."""
    share = np.where(
        people.case == HIDDEN, np.where(rng.random(len(people)) < 0.6, 1.1, rng.uniform(0.3, 0.95, len(people))), 0.0
    )
    return np.asarray(rng.random(len(who)) < share[who])


def captions(rng: np.random.Generator, people: Cohort, posted: Posted, topic: Ints) -> pl.Series:
    """Up to seven sentences on the post's topic in the creator's language, emoji, then hashtags."""
    who = posted.who
    size, platform = len(who), people.platform[who]
    tongue = np.where(rng.random(size) < (0.6 * people.english)[who], 0, people.language[who])
    group = tongue * len(NICHES) + topic
    verbose = rng.gamma(1.4, 0.7, len(people))[who] * rng.gamma(1.8, 0.55, size)
    many = np.minimum(rng.poisson(_SENTENCES[platform] * verbose), _LONGEST)
    bare = (platform == TIKTOK) | (platform == X)
    many = np.where(bare, many, np.maximum(many, 1))
    text = pl.Series([""] * size)
    for sentence in range(int(many.max(initial=0))):
        rows = np.flatnonzero(many > sentence)
        link = (
            pl.Series([" ", ". ", "\n", ", "]).gather(chosen(rng, [0.2, 0.55, 0.15, 0.1], len(rows)))
            if sentence
            else pl.Series([""] * len(rows))
        )
        text = text.scatter(rows, text.gather(rows) + link + phrases("captions").draw(rng, group[rows]))
    gift = posted.event & (people.case[who] == GIVEAWAY)
    text = either(gift, phrases("giveaway_captions").draw(rng, group), text)
    text = either(rng.random(size) < 0.5, text + " " + emoji_run(rng, size, 1.4), text)
    keen = np.exp(0.9 * rng.standard_normal(len(people)))[who]
    tags = np.minimum(rng.poisson(_HASHTAGS[platform] * keen) * (rng.random(size) < 0.75), MOST_HASHTAGS)
    return (text + " " + hashtag_blocks().draw(rng, topic * (MOST_HASHTAGS + 1) + tags)).str.strip_chars()


def _brands(rng: np.random.Generator, people: Cohort, posted: Posted, topic: Ints) -> tuple[pl.Series, pl.Series]:
    """Brands tagged and sponsors declared, a few brands again and again; a collaborator tags a bigger account."""
    who = posted.who
    size = len(who)
    habit = np.where(np.isin(people.platform, (TIKTOK, YOUTUBE)), 0.012, 0.30) * rng.gamma(2.0, 0.5, len(people))
    steady = rng.random((len(people), 3))[who, rng.integers(0, 3, size)]
    first = by_niche("brands").at(topic, np.where(rng.random(size) < 0.6, steady, rng.random(size)))
    second = by_niche("brands").draw(rng, topic)
    friend = "creator." + pl.Series(rng.integers(1, 900, size)).cast(pl.String)
    tagging = rng.random(size) < np.minimum(habit, 0.9)[who]
    joint = posted.event & (people.case[who] == COLLABORATION)
    paid = tagging & (rng.random(size) < (0.03 + 0.25 * (rng.random(len(people)) < 0.15))[who])
    frame = pl.DataFrame(
        {
            "a": first,
            "b": second,
            "f": friend,
            "tag": tagging,
            "two": tagging & (rng.random(size) < 0.3),
            "joint": joint,
            "paid": paid,
        }
    )
    kept = [
        pl.when(flag).then(pl.concat_list(name)).otherwise(pl.lit([], dtype=pl.List(pl.String)))
        for flag, name in (("tag", "a"), ("two", "b"), ("joint", "f"))
    ]
    lists = frame.select(
        mentions=pl.concat_list(kept).list.unique(maintain_order=True),
        sponsors=pl.when("paid").then(pl.concat_list("a")).otherwise(pl.lit([], dtype=pl.List(pl.String))),
    )
    return lists["mentions"], lists["sponsors"]
