"""What others wrote, how soon, and who returns."""

from __future__ import annotations

import re
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from features.text import phrases
from features.text.alike import ALIKE_LETTERS
from features.text.promotion import SCRIPTS as PROMOTION_SCRIPTS
from features.text.promotion import phrases_in, pieces_in
from features.text.unspaced import LEAST_TOPIC_FREE, MOST_PRAISE, MOST_TOPIC_FREE, SCRIPTS
from features.text.vocabulary import common_pieces, common_stems, stem
from features.text.wishes import is_wish
from pandas_signals.unknown import flag, ratio

if TYPE_CHECKING:
    from collections.abc import Iterable

_OF = {
    "generic": ("generic_comment_share", "length"),
    "wordless": ("emoji_only_comment_share", "length"),
    "mention_only": ("mention_only_comment_share", "length"),
    "mentioning": ("mentioning_comment_share", "length"),
    "promotion": ("promotion_comment_share", "length"),
    "early_short": ("early_short_comment_share", "hours"),
    "first_hour": ("first_hour_comment_share", "hours"),
    "liked": ("liked_comment_share", "likes"),
    "returning": ("repeat_commenter_share", "author_posts"),
}
"""Flag of a comment -> the share that it makes, and the column of which ten values must be known."""


def signals(comments: pd.DataFrame, posts: pd.DataFrame, creators: pd.DataFrame) -> pd.DataFrame:
    """What others wrote, how soon, and who returns."""
    comments = comments.dropna(subset=["text", "author_id", "posted_at"], how="all")
    comments = comments[~_again(comments)]
    own = comments["author_id"] == comments["creator_id"]
    named = comments["author_id"].notna().groupby(comments["creator_id"]).sum()
    owner_share = ratio(own.groupby(comments["creator_id"]).sum(), named)
    posted = posts[["creator_id", "post_id", "posted_at"]].rename(columns={"posted_at": "post_at"})
    comments = comments[~own].merge(posted, on=["creator_id", "post_id"], how="left")
    comments = _texts(comments.merge(creators["observed_at"], left_on="creator_id", right_index=True))
    by = comments.groupby("creator_id", sort=False)
    found = by[list(_OF)].mean()
    known = by[["length", "hours", "said", "likes", "likes_of_texts", "author_posts", "author_id"]].count()
    shares = {signal: found[column].where(known[of] >= 10) for column, (signal, of) in _OF.items()}
    middle, several = by[["length", "hours"]].median(), by[["post_id", "copied"]].nunique()
    fitting = (by["topic_free"].sum() / (known["length"] + 12) - 0.08).clip(lower=0)
    copies = (by["copied"].count() - several["copied"]) / (known["said"] + 30)
    haste = {name: by[name].sum() / by[f"{name}_of"].sum() for name in ("soon_hollow", "early_hollow")}
    words = comments["said"].str.split().explode().groupby(comments["creator_id"], sort=False).agg(["count", "nunique"])
    poverty = ratio(np.log(words["count"]) - np.log(words["nunique"]), np.log(words["count"]) ** 2)
    return pd.DataFrame(shares).assign(
        topic_free_comment_share=fitting.where(known["length"] >= 10),
        soon_hollow_comment_share=haste["soon_hollow"].where(known["hours"] >= 10),
        early_hollow_comment_share=haste["early_hollow"].where(known["hours"] >= 10),
        repeated_comment_share=copies.where(known["said"] >= 10),
        canned_comment_share=ratio(by["sold"].sum() + by["unliked_praise"].sum(), 2 * known["length"]).where(
            known["likes_of_texts"] >= 10
        ),
        comment_length=middle["length"].where(known["length"] >= 10),
        lexical_poverty=poverty.where(known["said"] >= 10),
        comment_delay_hours=middle["hours"].where(known["hours"] >= 10),
        repeat_commenter_share=shares["repeat_commenter_share"].where(several["post_id"] >= 2),
        creator_comment_share=owner_share.where(known["author_id"] >= 10),
    )


def _again(comments: pd.DataFrame) -> pd.Series:
    """Comments that were collected twice, but for the first time; where times are known, as they are here."""
    said = ["creator_id", "post_id", "author_id", "text", "posted_at"]
    return comments[said[2:]].notna().all(axis=1) & comments.duplicated(said)


def _texts(comments: pd.DataFrame) -> pd.DataFrame:
    """Each comment with what its text, its time and its author show."""
    # Arrow lowers the Turkish I to one character, Unicode to two.
    lower = comments["text"].str.slice(0, 2_000).str.strip().str.replace("İ", "i̇", regex=False).str.lower()
    lower = lower.where(lower != "")
    said = lower.str.replace(r"@[\p{L}\p{N}_.]+", " ", regex=True)
    said = _without_signs(said).str.replace(r"[^\p{L}\p{M}\p{N}]+", " ", regex=True).str.strip()
    hours = (comments["posted_at"] - comments["post_at"]).dt.total_seconds() / 3_600
    hours = hours.where(hours >= 0)
    whole = (hours % 1).eq(0).where(hours.notna()).astype(float).groupby(comments["creator_id"]).transform("mean")
    hours = hours.where(whole < 0.5)
    foreign = lower.str.replace(r"[\P{L}\p{Latin}]+", "", regex=True).str.slice(0, 1)
    script = foreign.map(_script, na_action="ignore")
    praised, common = _unspaced(_without_signs(lower.where(script.isin(SCRIPTS))))
    praise = said.str.split().map(_praise, na_action="ignore").eq(other=True) | praised
    topic_free = said.str.split().map(_topic_free, na_action="ignore").eq(other=True) | common
    wordless, mentioning = lower.str.contains(phrases.WORDLESS), lower.str.contains("@", regex=False)
    promotion = lower.str.contains(phrases.LINK).eq(other=True) | _promoting(said.where(said != ""), script)
    generic = praise & ~wordless & ~mentioning
    topic_free &= ~mentioning
    words = said.where(said != "")
    pairs = zip(words, words.notna(), script, strict=True)
    wish = pd.Series([known and is_wish(text, own) for text, known, own in pairs], index=words.index)
    topic_free &= ~wish
    denser = script.eq(phrases.EAST_ASIAN).eq(other=True)
    least = np.where(generic.eq(other=True), 1, np.where(denser, ALIKE_LETTERS // 2, ALIKE_LETTERS))
    telling = words.where((words.str.len() >= least) & ~wish)
    copied = telling.notna() & comments.assign(words=telling).duplicated(["creator_id", "words"], keep=False)
    sold = generic.eq(other=True) | promotion.eq(other=True) | copied
    short = flag((lower.str.len() <= np.where(script == phrases.EAST_ASIAN, 10, 20)) & ~mentioning, lower)
    hollow = flag(generic | wordless | promotion, lower)
    first_hour, soon, early = (flag(hours <= most, hours) for most in (1, 2, 6))
    seen = ((comments["observed_at"] - comments["post_at"]).dt.total_seconds() / 3_600).clip(lower=1.0)
    stands_for = (1 + 14 / seen).fillna(1.0).round(6)
    author_posts = comments.groupby(["creator_id", "author_id"])["post_id"].transform("nunique", dropna=False)
    author_posts = author_posts.where(comments["author_id"].notna() & comments["post_id"].notna())
    return comments.assign(
        length=lower.str.len(),
        said=words,
        hours=hours,
        generic=flag(generic, lower),
        topic_free=flag(topic_free, lower),
        wordless=flag(wordless, lower),
        mention_only=flag(lower.str.contains(phrases.MENTIONS), lower),
        mentioning=flag(mentioning, lower),
        promotion=flag(promotion, lower),
        copied=telling.where(copied),
        sold=sold,
        unliked_praise=sold & comments["likes"].eq(0),
        likes_of_texts=comments["likes"].where(lower.notna()),
        soon_hollow=hollow & soon,
        early_hollow=hollow & early,
        soon_hollow_of=stands_for.where((hollow & soon).notna()),
        early_hollow_of=stands_for.where((hollow & early).notna()),
        early_short=short & early,
        first_hour=first_hour,
        liked=flag(comments["likes"] > 0, comments["likes"]),
        author_posts=author_posts,
        returning=flag(author_posts >= 2, author_posts),
    )


def _without_signs(texts: pd.Series) -> pd.Series:
    """Blanks for the marks that say how an emoji is drawn."""
    marks = "".join(f"{chr(first)}-{chr(last)}" for first, last in phrases.OF_SIGNS)
    return texts.str.replace(f"[{marks}]", " ", regex=True)


def _promoting(said: pd.Series, script: pd.Series) -> pd.Series:
    """Promotion in plain letters; false where nothing is said."""
    words = said.map(lambda text: phrases_in(text.split()) > 0, na_action="ignore").eq(other=True)
    unspaced = said.where(script.isin(PROMOTION_SCRIPTS))
    return words | unspaced.map(lambda text: pieces_in(text) > 0, na_action="ignore").eq(other=True)


def _unspaced(texts: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Praise, and what else may stand under any post, of texts without spaces between words; false where null."""
    letters = texts.str.count(r"[\p{L}\p{M}\p{N}]")
    praise = _nothing_but([piece for pieces in phrases.UNSPACED_PRAISE_OF.values() for piece in pieces], texts) & (
        letters <= MOST_PRAISE
    )
    common = pd.Series(data=False, index=texts.index)
    for pieces in common_pieces():
        common |= _nothing_but(pieces, texts)
    return praise, common & ~praise & letters.between(LEAST_TOPIC_FREE, MOST_TOPIC_FREE)


def _nothing_but(pieces: Iterable[str], texts: pd.Series) -> pd.Series:
    either = re.compile("|".join(map(re.escape, sorted(pieces, key=len, reverse=True))))
    left = texts.map(lambda text: either.sub(" ", text), na_action="ignore").astype(texts.dtype)
    return left.str.contains(r"[\p{L}\p{M}\p{N}@]").eq(other=False)


def _script(letter: str) -> str:
    return phrases.script_of(letter) if letter else phrases.LATIN


def _praise(words: list[str]) -> bool:
    letter = len(words) == 1 and len(words[0].encode()) == 1
    return 0 < len(words) <= phrases.MOST_GENERIC_WORDS and phrases.PRAISE.issuperset(words) and not letter


def _topic_free(words: list[str]) -> bool:
    few, many, common = phrases.MOST_GENERIC_WORDS, phrases.MOST_COMMON_WORDS, common_stems()
    return few < len(words) <= many and reduce(and_, (common.get(stem(word), 0) for word in words)) > 0
