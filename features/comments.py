"""Comment signals: what people wrote, how alike it is, who wrote it and how soon.

Evaluated over `features.rows.comments`.
"""

from __future__ import annotations

from functools import partial

import polars as pl

from features import phrases
from features.exact import concentration, known, ratio, share
from features.signal import EVIDENCE_IDS, Direction, Family, Signal, define

FEW_COMMENTS = 10
SOON_HOURS = 1.0
"""Pods engage within the first hour of a post (market practice as described by vendors)."""
BURST_SECONDS = 20.0

_signal = partial(define, Family.COMMENTS, "comments")


def _enough(expression: pl.Expr, of: str) -> pl.Expr:
    return known(expression, of=pl.col(of), least=FEW_COMMENTS)


def _ids(flag: str) -> pl.Expr:
    return pl.col("comment_id").filter(pl.col(flag)).sort().head(EVIDENCE_IDS)


def _flag_signal(
    name: str, flag: str, direction: Direction, sentence: str, supports: tuple[str, ...] = ("bought_comments",)
) -> Signal:
    expression = _enough(share(pl.col(flag)), of=flag)
    return _signal(name, "share", direction, sentence, ("text",), expression, evidence=_ids(flag), supports=supports)


_AUTHORS = pl.col("author_id").drop_nulls().n_unique()
_WORDS = pl.col("words").explode(empty_as_null=False)
_REPEATED = pl.col("author_posts") >= 2
_SOON = (pl.col("hours") >= 0) & (pl.col("hours") <= SOON_HOURS)

SIGNALS = (
    _flag_signal(
        "generic_comment_share",
        "generic",
        1,
        "Share of comments that are one to four words of praise fitting any post; bought ones are, many honest ones "
        "too.",
        ("bought_comments", "pod"),
    ),
    _flag_signal(
        "emoji_only_comment_share",
        "wordless",
        0,
        "Share of comments without a letter or digit; bots need no language, and friends often use none.",
    ),
    _flag_signal(
        "mention_only_comment_share",
        "mention_only",
        0,
        "Share of comments that only mention accounts; giveaways ask for this.",
        ("giveaway",),
    ),
    _flag_signal(
        "mentioning_comment_share",
        "mentioning",
        0,
        "Share of comments that mention an account; people talk to each other, packages do not.",
        (),
    ),
    _flag_signal(
        "promotion_comment_share",
        "promotion",
        1,
        "Share of comments with a link or words that promote the commenter; spam gathers under bought audiences.",
    ),
    _flag_signal(
        "duplicate_comment_share",
        "exact",
        1,
        "Share of longer comments whose text stands more than once; packages draw from lists.",
    ),
    _flag_signal(
        "near_duplicate_comment_share",
        "alike",
        1,
        "Share of longer comments made of the same words as another, whatever order, emoji and punctuation.",
    ),
    _signal(
        "comment_length",
        "characters",
        0,
        "Median length of a comment; packages are short.",
        ("text",),
        _enough(pl.col("length").median(), of="length"),
        supports=("bought_comments",),
    ),
    _signal(
        "comment_length_spread",
        "characters",
        0,
        "Distance between the quartiles of comment length; honest comments are short and long.",
        ("text",),
        _enough(pl.col("length").quantile(0.75, "linear") - pl.col("length").quantile(0.25, "linear"), of="length"),
        supports=("bought_comments",),
    ),
    _signal(
        "lexical_diversity",
        "log ratio",
        0,
        "Log of distinct words over log of words (Herdan's C); lists of phrases repeat their words.",
        ("text",),
        _enough(ratio(_WORDS.n_unique().log(), _WORDS.count().log()), of="length"),
        supports=("bought_comments",),
    ),
    _signal(
        "script_concentration",
        "probability",
        0,
        "Probability that two comments share a script; a bought mix of supplier countries lowers it.",
        ("text",),
        _enough(concentration(pl.col("script"), tuple(phrases.SCRIPTS)), of="script"),
    ),
    _signal(
        "distinct_author_share",
        "share",
        0,
        "Distinct commenters over comments; a small pool of accounts lowers it.",
        ("author_id",),
        _enough(ratio(_AUTHORS, pl.col("author_id").count()), of="author_id"),
        supports=("bought_comments", "pod"),
    ),
    _signal(
        "repeat_commenter_share",
        "share",
        0,
        "Share of comments by people who commented under two posts or more; friends return, and so do pods.",
        ("author_id", "post_id"),
        pl.when(pl.col("post_id").drop_nulls().n_unique() >= 2).then(_enough(share(_REPEATED), of="author_posts")),
        supports=("pod", "small_loyal_community"),
    ),
    _signal(
        "soon_repeat_comment_share",
        "share",
        1,
        "Share of comments by returning people within an hour of the post; pods are told when to come.",
        ("author_id", "post_id", "posted_at", "posts.posted_at"),
        pl.when(pl.col("post_id").drop_nulls().n_unique() >= 2).then(
            known(share(_REPEATED & _SOON), of=pl.col("hours"), least=FEW_COMMENTS)
        ),
        evidence=pl.col("comment_id").filter(_REPEATED & _SOON).sort().head(EVIDENCE_IDS),
        supports=("pod",),
    ),
    _signal(
        "first_hour_comment_share",
        "share",
        0,
        "Share of comments within an hour of the post; pods and packages are quick, and so are loyal readers.",
        ("posted_at", "posts.posted_at"),
        _enough(share(_SOON), of="hours"),
        supports=("pod", "bought_comments"),
    ),
    _signal(
        "comment_delay_hours",
        "hours",
        0,
        "Median time from the post to the comment.",
        ("posted_at", "posts.posted_at"),
        _enough(pl.col("hours").median(), of="hours"),
        supports=("pod", "bought_comments"),
    ),
    _signal(
        "comment_burst_share",
        "share",
        1,
        "Share of comments within 20 seconds of the one before under the same post; scripts deliver them in a row.",
        ("posted_at", "post_id"),
        _enough(share(pl.col("gap_seconds") <= BURST_SECONDS), of="gap_seconds"),
        evidence=pl.col("comment_id").filter(pl.col("gap_seconds") <= BURST_SECONDS).sort().head(EVIDENCE_IDS),
        supports=("bought_comments", "pod"),
    ),
    _signal(
        "comment_reply_share",
        "share",
        0,
        "Share of comments by others that answer another one; conversations are hard to buy.",
        ("is_reply",),
        _enough(share(pl.col("is_reply")), of="is_reply"),
    ),
    _signal(
        "liked_comment_share",
        "share",
        0,
        "Share of comments that somebody liked; packages are liked by nobody.",
        ("likes",),
        _enough(share(pl.col("likes") > 0), of="likes"),
    ),
    _signal(
        "creator_comment_share",
        "share",
        0,
        "Share of all comments that the creator wrote; people answer people.",
        ("author_id",),
        _enough(pl.col("owner_share").first(), of="author_id"),
    ),
)
