"""Comment signals: what people wrote, how alike it is, and how soon; who wrote it in `comment_authors`.

Evaluated over `features.rows.comments`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from features.exact import LIKELY, MILLION, known, ratio, share
from features.families import comment_authors
from features.families.comment_shares import FEW_COMMENTS, comment_signal, enough, ids, share_signal
from features.signal import EVIDENCE_IDS

if TYPE_CHECKING:
    from features.signal import Signal

FIRST_HOUR = 1.0
"""Pods engage within the first hour of a post (market practice as described by vendors)."""
SOON_HOURS = 2.0
"""Packages that are delivered at once are there within two hours: many begin later than an hour after the post."""
EARLY_HOURS = 6.0
"""Packages are delivered within hours; half of real comments come later than `features.rows.comments.HALF_COME`."""
PEOPLE_ALIKE = 0.3
"""People say the same by chance: so many longer honest comments nearly do. Were these counted, a purchase that takes
the place of a few of them would look like less."""
FEWEST_MORE, PEOPLE_TOPIC_FREE = 12, 0.08
"""Comments that name a thing, which those that fit any post are counted among beside the creator's own, and as much of
them all as people write too: one in seven real accounts with twenty comments or more has more."""
FEW_MORE = 30
"""Comments, each of its own words, that copies are counted among beside the creator's own: for the same reason, since
three copies among twelve comments are chance."""
COLLECTED = frozenset(
    {
        "emoji_only_comment_share",
        "mention_only_comment_share",
        "mentioning_comment_share",
        "early_short_comment_share",
        "comment_length",
        "lexical_poverty",
        "caption_language_share",
        "first_hour_comment_share",
        "comment_delay_hours",
        "liked_comment_share",
        "creator_comment_share",
        "repeat_commenter_share",
        "same_order_of_commenters",
        "commenter_reach",
    }
)
"""Signals that depend on how comments were collected (the newest or the best liked, of one post or of many) as much as
on who wrote them: what one source teaches of them misleads on another."""
LITTLE_TRUST = 0.05
OF_SOME_SELLERS = frozenset({"topic_free_comment_share"})
"""Sentences that fit any post tell most of who sells these, and a model that relied on them would clear those who sell
other comments."""
OF_SPAM = frozenset({"promotion_comment_share", "inauthentic_comment_share", "inauthentic_comment_mean"})
"""Promotion is left under the posts of whoever is seen, for nothing: it is no purchase of theirs by itself."""
SOME_TRUST = 0.5
OF_LISTS = frozenset({"repeated_comment_share", "near_duplicate_comment_share"})
"""Signals of copies, which are as many as a seller's list is short: in the simulator a matter of choice."""
OF_HASTE = frozenset({"soon_hollow_comment_share", "early_hollow_comment_share"})
"""Signals of comments that come at once: a model that relied on them would clear those whose seller waits."""
LESS_TRUST = 0.3
OF_LIKES = frozenset({"canned_comment_share"})
"""Likes are cheap, and where a source does not tell them what is said must do."""
MORE_TRUST = 0.7

_TEXT_AND_TIME = ("text", "posted_at", "posts.posted_at")
_LOG_WORDS = pl.col("words").first().log()
_HOURS = pl.col("hours")
_SOON = _HOURS <= SOON_HOURS
_IN_FIRST_HOUR = _HOURS <= FIRST_HOUR
_EARLY = _HOURS <= EARLY_HOURS
_SAID = pl.col("said")
_REPEATED = pl.col("repeated")
_COPIES = _REPEATED.sum() - _SAID.filter(_REPEATED).n_unique()
_TOPIC_FREE = pl.col("topic_free")
_HOLLOW = pl.col("hollow")
_SOLD = pl.col("generic") | pl.col("promotion") | _REPEATED
_UNLIKED_PRAISE = _SOLD & (pl.col("likes") == 0)
_LIKES_OF_TEXTS = pl.col("likes").filter(pl.col("length").is_not_null())
_INAUTHENTIC = pl.col("millionths") > LIKELY
_ID = pl.col("comment_id").filter(_INAUTHENTIC)
_MOST_LIKELY = _ID.sort_by(-pl.col("millionths").filter(_INAUTHENTIC), _ID).head(EVIDENCE_IDS)


def _haste_signal(name: str, flag: pl.Expr, sentence: str) -> Signal:
    """Comments for which a flag holds that tells of haste, as a share of all that there are and will be."""
    to_come = pl.col("stands_for").filter(flag.is_not_null()).sum()
    return comment_signal(
        name,
        "share",
        1,
        sentence,
        _TEXT_AND_TIME,
        enough(ratio(flag.sum() * MILLION, to_come), of="hours"),
        evidence=ids(flag),
        supports=("bought_comments",),
    )


_DEFINED = (
    comment_signal(
        "inauthentic_comment_share",
        "share",
        1,
        "Share of comments that the comment model takes for inauthentic rather than not.",
        ("text",),
        enough(share(_INAUTHENTIC), of="millionths"),
        evidence=_MOST_LIKELY,
        supports=("bought_comments",),
    ),
    comment_signal(
        "inauthentic_comment_mean",
        "probability",
        1,
        "Mean probability that a comment is inauthentic, by the comment model.",
        ("text",),
        enough(ratio(pl.col("millionths").sum(), pl.col("millionths").count() * MILLION), of="millionths"),
        supports=("bought_comments",),
    ),
    share_signal(
        "generic_comment_share",
        pl.col("generic"),
        1,
        "Share of comments that are one to four words of praise fitting any post, in any of fifty languages; bought "
        "ones are, many honest ones too.",
    ),
    comment_signal(
        "topic_free_comment_share",
        "share",
        1,
        "Share of comments, twelve others counted in, of five to twenty words that may all stand under any post, in "
        "any of forty languages, beyond 8 %; people who write as much mostly name a thing, packages do not.",
        ("text",),
        enough((_TOPIC_FREE.sum() / (_TOPIC_FREE.count() + FEWEST_MORE) - PEOPLE_TOPIC_FREE).clip(0.0), of="length"),
        evidence=ids(_TOPIC_FREE),
        supports=("bought_comments",),
    ),
    share_signal(
        "emoji_only_comment_share",
        pl.col("wordless"),
        1,
        "Share of comments without a letter or digit; bots need no language, and friends often use none.",
    ),
    share_signal(
        "mention_only_comment_share",
        pl.col("mention_only"),
        0,
        "Share of comments that only mention accounts; giveaways ask for this.",
        supports=("giveaway",),
        end=1,
    ),
    share_signal(
        "mentioning_comment_share",
        pl.col("mentioning"),
        0,
        "Share of comments that mention an account; people talk to each other, packages do not.",
        supports=(),
    ),
    share_signal(
        "promotion_comment_share",
        pl.col("promotion"),
        1,
        "Share of comments with a link or words that promote the commenter; spam gathers under bought audiences.",
    ),
    _haste_signal(
        "soon_hollow_comment_share",
        _HOLLOW & _SOON,
        "Share of comments, those to come under young posts counted in, that are praise, emoji or promotion within two "
        "hours of the post; few have read it yet.",
    ),
    _haste_signal(
        "early_hollow_comment_share",
        _HOLLOW & _EARLY,
        "Share of comments, those to come under young posts counted in, that are praise, emoji or promotion within six "
        "hours of the post; packages come at once.",
    ),
    share_signal(
        "early_short_comment_share",
        pl.col("short") & _EARLY,
        1,
        "Share of comments of a few words, mentioning nobody, within six hours of the post; whatever a package says, "
        "it is short and comes at once.",
        of="hours",
        needs=_TEXT_AND_TIME,
    ),
    comment_signal(
        "repeated_comment_share",
        "share",
        1,
        "Share of comments with words, thirty others counted in, that copy the words of another one, whatever emoji "
        "and mentions; lists run out. Wishes are said alike, and so is what is short and no praise: they copy nothing.",
        ("text",),
        enough(_COPIES / (_SAID.count() + FEW_MORE), of="said"),
        evidence=ids(_REPEATED),
        supports=("bought_comments",),
    ),
    comment_signal(
        "near_duplicate_comment_share",
        "share",
        1,
        "Share of longer comments made of nearly the same words as another one (MinHash), beyond three in ten; "
        "packages draw from lists, and wishes are said alike.",
        ("text",),
        enough((share(pl.col("near_duplicate")) - PEOPLE_ALIKE).clip(0.0), of="near_duplicate"),
        evidence=ids(pl.col("near_duplicate")),
        supports=("bought_comments",),
    ),
    comment_signal(
        "comment_length",
        "characters",
        -1,
        "Median length of a comment; packages are short.",
        ("text",),
        enough(pl.col("length").median(), of="length"),
        supports=("bought_comments",),
    ),
    comment_signal(
        "lexical_poverty",
        "index",
        1,
        "How slowly new words come up (Maas 1972), which hardly depends on how much text there is; lists of phrases "
        "repeat their words.",
        ("text",),
        enough(ratio(_LOG_WORDS - pl.col("distinct_words").first().log(), _LOG_WORDS * _LOG_WORDS), of="said"),
        supports=("bought_comments",),
    ),
    comment_signal(
        "caption_language_share",
        "share",
        -1,
        "Share of groups of comments in the language of the captions; suppliers write in their own.",
        ("text", "posts.caption"),
        pl.col("caption_language").first(),
        supports=("bought_comments",),
    ),
    comment_signal(
        "first_hour_comment_share",
        "share",
        1,
        "Share of comments within an hour of the post; pods and packages are quick, and so are loyal readers.",
        ("posted_at", "posts.posted_at"),
        enough(share(_IN_FIRST_HOUR), of="hours"),
        supports=("bought_comments",),
    ),
    comment_signal(
        "comment_delay_hours",
        "hours",
        -1,
        "Median time from the post to the comment.",
        ("posted_at", "posts.posted_at"),
        enough(_HOURS.median(), of="hours"),
        supports=("bought_comments",),
    ),
    comment_signal(
        "liked_comment_share",
        "share",
        -1,
        "Share of comments that somebody liked; packages are liked by nobody.",
        ("likes",),
        enough(share(pl.col("likes") > 0), of="likes"),
    ),
    comment_signal(
        "canned_comment_share",
        "share",
        1,
        "Share of comments that are praise, promotion or a copy of another one, of which those that somebody liked "
        "count half; creators and readers like what people write, a package is some of the three, and likes are sold "
        "along.",
        ("text", "likes"),
        known(
            ratio(_SOLD.sum() + _UNLIKED_PRAISE.sum(), pl.col("length").count() * 2),
            of=_LIKES_OF_TEXTS,
            least=FEW_COMMENTS,
        ),
        evidence=ids(_UNLIKED_PRAISE),
        supports=("bought_comments",),
    ),
    *comment_authors.SIGNALS,
)

_TRUST = {
    **dict.fromkeys(COLLECTED, LITTLE_TRUST),
    **dict.fromkeys(OF_LISTS | OF_HASTE, LESS_TRUST),
    **dict.fromkeys(OF_LIKES, MORE_TRUST),
    **dict.fromkeys(OF_SOME_SELLERS | OF_SPAM, SOME_TRUST),
}

SIGNALS = tuple(replace(one, trust=_TRUST.get(one.name, one.trust)) for one in _DEFINED)
