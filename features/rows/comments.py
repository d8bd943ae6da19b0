"""One row a comment by others than the creator, with what its text shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features.corpus import commenters
from features.exact import millionths, ratio
from features.few import Rowwise, beside, collected, empty_once, widened
from features.records.contract import COMMENTS
from features.records.tables import ordered
from features.rows.order import order_of_return, posts_of_authors
from features.rows.pods import NOWHERE, pods_at_work
from features.rows.recollected import counted_once
from features.text import phrases
from features.text.alike import ALIKE_LETTERS
from features.text.languages import caption_language_shares
from features.text.letters import letters
from features.text.phrases import EAST_ASIAN
from features.text.promotion import promoting
from features.text.unspaced import with_unspaced
from features.text.wishes import wishing
from features.text.wording import repetition, wording

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from features.context import Context
    from features.records import Tables

MOST_TEXT = 2_000
"""Characters of a comment that are looked at: the longest real one has 2,195, and patterns cost time by length."""
SHORT = 20
"""Characters, half of real comments have as many; East Asian scripts say in half as many what others say."""
HALF_COME = 14.0
"""Hours after a post within which half of its comments come, on real Instagram."""
SOONEST_SEEN = 1.0
"""Hours after a post; of what is seen sooner little can be told of what is to come."""
INAUTHENTIC = "inauthentic_probability"
_TOGETHER = (
    "author_posts",
    "repeated",
    "near_duplicate",
    "words",
    "distinct_words",
    "caption_language",
    "agreements",
    "disagreements",
    "pod",
)
_CORPUS = pl.Schema(
    {"served": pl.Int64(), "member_of": pl.Int64(), "own_pod": pl.Boolean(), "reciprocity": pl.Float64()}
)


@empty_once("comments")
def rows(tables: Tables, creators: pl.DataFrame, context: Context | None) -> pl.DataFrame:
    """Comments by others; a comment whose author is unknown counts as one by others."""
    found = _by_others(tables, creators)
    shown = [*_of_texts(found["lower"], found["linking"]), *_corpus(context, found)]
    found = found.hstack(shown)
    return _with_the_others(_without_rounded(_SHOWN.beside(found, creators)))


def left(rows: pl.DataFrame, owner_share: pl.Series) -> pl.DataFrame:
    """The rows that are prepared where some comments are not there: what each shows by itself is as it was.

    Args:
        rows: Those that are left of `rows`; whole creators have other names where only some of theirs are.
        owner_share: The share of the creator's own among all comments that are left, by row.
    """
    told = rows.drop(_TOGETHER).with_columns(owner_share.alias("owner_share"), _RUN)
    return _with_the_others(told)


def unwished(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows that are prepared as if words that stand more than once told of a list in wishes too."""
    told = rows.with_columns(_RUN, _COPIED_FROM.alias("copied_from"))
    repeated, near_duplicate, *_ = repetition(told["said"], told["copied_from"], told["run"])
    return told.with_columns(repeated, near_duplicate)


def _with_the_others(found: pl.DataFrame) -> pl.DataFrame:
    """The rows with `_TOGETHER`, what a comment shows beside the creator's other ones."""
    run = found["run"]
    author_posts = posts_of_authors(run, found["post_id"], found["author_id"])
    return found.hstack(
        [
            author_posts,
            *repetition(found["said"], found["copied_from"], run),
            caption_language_shares(found["said"], found["caption"], run).alias("caption_language"),
            *order_of_return(run, found["post_id"], found["author_id"], found["posted_at"], author_posts >= 2),
            pods_at_work(run, found["author_id"], found["member_of"], found["own_pod"]),
        ]
    )


def _by_others(tables: Tables, creators: pl.DataFrame) -> pl.DataFrame:
    """The comments in order, each with its post and what stands beside it."""
    comments = counted_once(ordered(tables.comments, COMMENTS))
    if INAUTHENTIC not in tables.comments.columns:
        comments = comments.with_columns(_NOT_JUDGED)
    beside_posts = _of_one if creators.height == 1 else _of_many
    many, rows = creators.height, comments.height
    found = widened(beside_posts(comments, tables.posts, creators), (_RUN, _IN_LOWER_CASE), many, rows)
    return collected(widened(found, _OF_TEXT, many, rows), rows)


def _of_many(comments: pl.DataFrame, posts: pl.DataFrame, creators: pl.DataFrame) -> pl.LazyFrame:
    """Comments by others with what is needed of their creator and post, and `owner_share`."""
    return (
        beside(comments, creators, ("platform", "observed_at"))
        .filter(_KNOWN)
        .join(posts.lazy().select(*_POST, *_OF_POSTS), on=_POST, how="left", maintain_order="left")
        .with_columns(_OWNER_SHARE)
        .filter(~_OWN)
    )


def _of_one(comments: pl.DataFrame, posts: pl.DataFrame, creators: pl.DataFrame) -> pl.LazyFrame:
    """The same of a single creator, whose posts are looked up sooner than joined."""
    found = comments.filter(_KNOWN) if all(comments[name].null_count() for name in _TOLD) else comments
    authors = found["author_id"]
    own, named = authors.to_list().count(creators["creator_id"].item()), len(authors) - authors.null_count()
    found = found.filter(~_OWN) if own else found
    place = {post: k for k, post in enumerate(posts["post_id"].to_list())}
    at = pl.Series([place.get(post) for post in found["post_id"].to_list()], dtype=pl.UInt32)
    columns = [
        *(creators[name].new_from_index(0, found.height) for name in ("platform", "observed_at")),
        posts["caption"][at],
        posts["posted_at"][at].alias("post_at"),
        pl.Series("owner_share", [own / named if named else None], dtype=pl.Float64).new_from_index(0, found.height),
    ]
    return found.hstack(columns).lazy()


def _of_texts(lower: pl.Series, linking: pl.Series) -> list[pl.Series]:
    """What words and letters of each comment tell: `praise` and `topic_free`, which no wish is, also where no spaces
    stand between words, `said`, `script`, `wordless`, `mention_only`, `promotion`, by words or by a link, `wish`."""
    praise, topic_free, said = wording(lower)
    script, wordless, mention_only = letters(lower)
    promotion = promoting(lower, said, script) | linking
    wish = wishing(said, script)
    praise, topic_free = with_unspaced(lower, script, praise, topic_free)
    return [praise, topic_free & ~wish, said, script, wordless, mention_only, promotion, wish]


def _hours() -> pl.Expr:
    """Hours after the post; null where the comment is dated before it."""
    hours = _since_post("posted_at")
    return pl.when(hours >= 0).then(hours)


def _without_rounded(found: pl.DataFrame) -> pl.DataFrame:
    """The rows without the hours of creators of whom half and more are whole ones, to the second.

    Sources that say "2 weeks ago", or the day alone, date comments and posts alike, and all come at once. Of exact
    times one in 3,600 is whole by chance.
    """
    hours = found["hours"].to_numpy()
    whole = hours == np.round(hours)  # never where it is not known
    if not whole.any():
        return found
    run = found["run"].to_numpy()
    rounded = (2 * np.bincount(run, whole) >= np.bincount(run, ~np.isnan(hours)))[run]
    exact = np.where(rounded, np.nan, hours)
    return found.with_columns(pl.Series("hours", exact, nan_to_null=True)) if rounded.any() else found


def _stands_for() -> pl.Expr:
    """How many comments one stands for, those included that are still to come, in millionths.

    Of a post that is seen h hours after it a share of h / (h + 14) is there, by a log-logistic curve; all of it where
    nobody knows when it was seen.
    """
    seen = _since_post("observed_at").clip(SOONEST_SEEN)
    return millionths((1 + HALF_COME / seen).fill_null(1.0))


def _since_post(column: str) -> pl.Expr:
    return (pl.col(column) - pl.col("post_at")).dt.total_seconds() / 3_600


def _corpus(context: Context | None, found: pl.DataFrame) -> list[pl.Series]:
    """What the corpus knows of the commenters: whom they serve, and the pod that they are in, perhaps the creator's."""
    if context is None or (context.commenters.is_empty() and context.pods.is_empty()):
        return [_nothing(name, found.height) for name in _CORPUS]
    people = commenters.codes(found["platform"], found["author_id"])
    (served,), (pod, reciprocity) = context.served.find(people), context.pods_by_commenter.find(people)
    own = _own_pod(context, found, pod)
    if not context.pods.is_empty():
        pod = np.where(np.isnan(pod) & ~np.isnan(served), NOWHERE, pod)
    told = zip(_CORPUS.items(), (served, pod, own, reciprocity), strict=True)
    return [
        _nothing(name, len(values)) if np.isnan(values).all() else pl.Series(name, values, nan_to_null=True).cast(dtype)
        for (name, dtype), values in told
    ]


def _own_pod(context: Context, found: pl.DataFrame, pods: NDArray[np.float64]) -> NDArray[np.float64]:
    """Whether each comment's author is in a pod that its creator serves, or that serves the creator; NaN in none."""
    in_pods = ~np.isnan(pods)
    if not in_pods.any():
        return np.full(len(pods), np.nan)
    creators = found.select("platform", "creator_id").filter(in_pods)
    codes = commenters.codes(*creators)
    own = [
        directory.find(codes)[0] == pods[in_pods] for directory in (context.pods_by_commenter, context.pods_by_creator)
    ]
    among = np.full(len(pods), np.nan)
    among[in_pods] = own[0] | own[1]
    return among


def _nothing(name: str, rows: int) -> pl.Series:
    return pl.Series(name, [None], dtype=_CORPUS[name]).new_from_index(0, rows)


# Expressions are put together once: for one creator that takes as long as evaluating them.
_LOWER = pl.col("lower")
_NOT_JUDGED = pl.lit(None, dtype=pl.Float64).alias(INAUTHENTIC)
_TOLD = ("text", "author_id", "posted_at")
"""A comment of which none of these is known is none."""
_KNOWN = pl.any_horizontal(pl.col(name).is_not_null() for name in _TOLD)
_POST = ("creator_id", "post_id")
_OF_POSTS = ("caption", pl.col("posted_at").alias("post_at"))
_OWN = (pl.col("author_id") == pl.col("creator_id")).fill_null(value=False)
_OWNER_SHARE = ratio(_OWN.sum(), pl.col("author_id").is_not_null().sum()).over("creator_id").alias("owner_share")
_RUN = pl.col("creator_id").rle_id().alias("run")
_IN_LOWER_CASE = pl.col("text").str.slice(0, MOST_TEXT).str.strip_chars().str.to_lowercase().alias("lower")
_WRITTEN = pl.when(_LOWER != "").then(_LOWER)
_OF_TEXT = (
    _WRITTEN,
    _WRITTEN.str.contains("@", literal=True).alias("mentioning"),
    _WRITTEN.str.contains(phrases.LINK).alias("linking"),
    _WRITTEN.str.len_chars().cast(pl.Int64).alias("length"),
)
_GENERIC = pl.col("praise") & ~pl.col("wordless") & ~pl.col("mentioning")
_SHORT = pl.when(pl.col("script") == EAST_ASIAN).then(SHORT // 2).otherwise(SHORT)
_COPIED_FROM = (
    pl.when(_GENERIC)
    .then(pl.lit(1, pl.Int64))
    .when(pl.col("script") == EAST_ASIAN)
    .then(ALIKE_LETTERS // 2)
    .otherwise(ALIKE_LETTERS)
)
"""From how many letters on a copy tells of a list. Answers, names and cries of fans are short and alike, and of what is
as short only praise is sold."""
_NEVER_COPIED = MOST_TEXT + 1
"""Wishes are alike however long they are, under a birthday as after a loss."""
_SHOWN = Rowwise(
    (
        _hours().alias("hours"),
        _stands_for().alias("stands_for"),
        millionths(pl.col(INAUTHENTIC)).alias("millionths"),
        _GENERIC.alias("generic"),
        pl.when("wish").then(_NEVER_COPIED).otherwise(_COPIED_FROM).alias("copied_from"),
        ((pl.col("length") <= _SHORT) & ~pl.col("mentioning")).alias("short"),
        millionths(pl.col("served").log()).alias("reach"),
        (_GENERIC | pl.col("wordless") | pl.col("promotion")).alias("hollow"),
    )
)
