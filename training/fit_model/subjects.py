"""Subjects mined from hashtags: briefs of a few words, as people write them, matched with creators who use these words.

Briefs of tagged brands teach what creators of one brand have in common, and that is more than the subject: a model of
these alone puts those first who tag brands at all, whatever the brief asks for. A subject's brief is some hashtags of
one post of a known creator, as words, and some other words of the post. Its matches are the creators of the other half
who use two of these hashtags' words too, as hashtags or not. Only words that are used in both ways are subjects; else
creators with little text beside their hashtags would always come first. The words stay in the candidates' texts: a
brief is meant to find those who use its words.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from models.texts.documents import HASHTAG
from models.texts.terms import WORD, plain
from training.fit_model.ranking_figures import RELEVANT
from training.fit_model.trials import Matched
from training.split import half_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FEWEST_USERS = 3  # of a word in each half, as a hashtag and as a plain word
MOST_USERS = 0.03  # of all creators, as a hashtag; what more of them use, as #love, is no subject
ASKED = (2, 3, 4, 5)  # subjects of a brief
SHARED = 2  # of them by who is right
FEWEST_RIGHT = 2
WORDS = (0, 2, 4, 8)  # of a brief beside its subjects
MOST_SUBJECTS = 200  # of a half; more find more of what briefs say and less of the brands that creators tag


def mined_subjects(posts: pl.DataFrame, known: int, seed: int) -> list[Matched]:
    """At most `MOST_SUBJECTS` briefs, a creator's one, in random order; they train and are never counted.

    Args:
        posts: Posts whose captions are masked of the brands that their creators tag.
        known: The half whose posts briefs are written from; those of the other half are right.
        seed: Of what is drawn.
    """
    said = _said(posts)
    users = _users(said, 1 - known)
    own = (
        said.filter(pl.col("half") == known)
        .with_columns(pl.col("tags").list.set_intersection(list(users)))
        .filter(pl.col("tags").list.len() >= SHARED)
        .unique("creator_id", keep="first", maintain_order=True)
        .sample(fraction=1.0, shuffle=True, seed=seed)
    )
    rng = np.random.default_rng(seed)
    found: list[Matched] = []
    for post_id, tags, words in own.select("post_id", "tags", "words").iter_rows():
        asked = _drawn(tags, ASKED, rng)
        one = _matched(f"subjects of {post_id}", asked, _drawn(words, WORDS, rng), users)
        if len(one.grades) >= FEWEST_RIGHT and len(found) < MOST_SUBJECTS:
            found.append(one)
    return found


def _said(posts: pl.DataFrame) -> pl.DataFrame:
    """`half`, `creator_id`, `post_id`, `tags` without the sign and plain `words`, each once and in their order."""
    halves = {name: half_of(name) for name in posts["creator_id"].unique().to_list()}
    tags = pl.col("text").str.extract_all(HASHTAG).list.eval(pl.element().str.strip_prefix("#"))
    words = pl.col("text").str.replace_all(HASHTAG, " ").str.extract_all(WORD)
    return (
        posts.drop_nulls("caption")
        .with_columns(text=plain(pl.col("caption")))
        .select(
            "creator_id",
            "post_id",
            half=pl.col("creator_id").replace_strict(halves, return_dtype=pl.Int64),
            tags=tags.list.unique(maintain_order=True),
            words=words.list.unique(maintain_order=True),
        )
    )


def _users(said: pl.DataFrame, half: int) -> dict[str, list[str]]:
    """The words that are subjects, each with the creators of a half who say it, be it as a hashtag or not."""
    least = [
        _counted(said, column).filter(pl.min_horizontal("one", "other") >= FEWEST_USERS) for column in ("tags", "words")
    ]
    few_enough = pl.col("one") + pl.col("other") <= MOST_USERS * said["creator_id"].n_unique()
    subjects = least[0].filter(few_enough).join(least[1], on="word", how="semi").select("word")
    spoken = said.filter(pl.col("half") == half).select("creator_id", word=pl.col("tags").list.concat("words"))
    users = spoken.explode("word").join(subjects, on="word", how="semi").unique(maintain_order=True)
    return dict(users.group_by("word", maintain_order=True).agg("creator_id").iter_rows())


def _counted(said: pl.DataFrame, column: str) -> pl.DataFrame:
    """`word`, and how many creators of each half (`one`, `other`) have it in the column."""
    users = said.select("creator_id", "half", word=column).explode("word").drop_nulls("word").unique()
    return users.group_by("word").agg(one=(pl.col("half") == 0).sum(), other=(pl.col("half") == 1).sum())


def _drawn(words: Sequence[str], counts: Sequence[int], rng: np.random.Generator) -> list[str]:
    """As many of the words as one of the counts says, in their order."""
    return [words[place] for place in sorted(rng.permutation(len(words))[: rng.choice(counts)].tolist())]


def _matched(name: str, asked: Sequence[str], words: Sequence[str], users: Mapping[str, Sequence[str]]) -> Matched:
    shared = Counter(creator_id for word in asked for creator_id in users[word])
    right = [creator_id for creator_id, count in shared.items() if count >= SHARED]
    brief = {"brief_id": name, "brand": name, "text": " ".join([*asked, *words]), "brand_posts": []}
    return Matched(brief=brief, brand=name, grades=dict.fromkeys(right, RELEVANT), counts=False)
