"""Records with one thing taken away: a stretch of the history, comments, posts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features.exact import EVEN
from features.histories.anomalies import removed
from features.nouns import number_of
from features.records.hashes import runs
from features.rows.comments import INAUTHENTIC
from features.text.alike import ALIKE_LETTERS
from models.reports.standing import NOTHING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date

    from numpy.typing import NDArray

    from features.records import Tables
    from models.reports.report import Anomaly, Reason
    from models.reports.standing import Standing

    Flags = NDArray[np.bool_]
    Supports = Mapping[str, Sequence[str]]

MOST_ANOMALIES = 6
"""Variants of one creator; the largest stretches are tried."""
ALIKE = (
    "comment that repeats a longer text or looks inauthentic",
    "comments that repeat a longer text or look inauthentic",
)
ANYWHERE = (
    "comment that could stand under any post",
    "comments that could stand under any post",
)
LIKE_A_POD = (
    "comment of an account that comments as a pod does",
    "comments of accounts that comment as a pod does",
)
UNLIKE = (
    "post whose counts the rest does not explain",
    "posts whose counts the rest does not explain",
)
"""What is taken away of one, and of several. Of posts reasons cite a few: these are not all there are."""


@dataclass(frozen=True)
class Variant:
    """One creator's record without one thing.

    Attributes:
        creator_id: Whose record it is.
        kind: See `models.reports.report.Counterfactual`.
        what: What was taken away, in words.
        changed: The creator's rows of each table that was changed, as they would be; without posts, also without the
            comments under them.
        anomaly: Number of the anomaly that was taken away, if it is one.
    """

    creator_id: str
    kind: str
    what: str
    changed: dict[str, pl.DataFrame]
    start: date | None = None
    end: date | None = None
    anomaly: int | None = None


class Owned:
    """The rows of each creator of a request: found once, since filtering whole tables for each creator of a batch
    would take quadratic time."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self._places: dict[str, dict[str, slice]] = {}

    def rows(self, table: str, creator_id: str) -> pl.DataFrame:
        """The creator's rows of a table other than `creators`."""
        frame = self.tables[table]
        if table not in self._places:
            self._places[table] = dict(runs(frame["creator_id"]))
        return frame[self._places[table].get(creator_id, slice(0, 0))]


def of_anomalies(own: Owned, creator_id: str, anomalies: Sequence[Anomaly]) -> list[Variant]:
    """The history without each stretch that brought or took followers, the largest first."""
    if not anomalies:
        return []
    whole = own.rows("follower_history", creator_id)
    largest = sorted(enumerate(anomalies), key=lambda item: (-abs(item[1].size), item[0]))[:MOST_ANOMALIES]
    each = [
        Variant(
            creator_id,
            one.kind,
            f"Without the {NAMES[one.kind]} of {stretch(one.start, one.end)} ({_size(one)})",
            {"follower_history": _calmed(whole, one)},
            one.start,
            one.end,
            number,
        )
        for number, one in largest
    ]
    unexplained = [one for _, one in largest if one.explained_by is None]
    return each + ([_without_all(creator_id, whole, unexplained)] if len(unexplained) > 1 else [])


def _without_all(creator_id: str, history: pl.DataFrame, anomalies: Sequence[Anomaly]) -> Variant:
    """Each alone may change little where the others stay: the score knows a purchase by any one of them."""
    start, end = min(one.start for one in anomalies), max(one.end for one in anomalies)
    for one in anomalies:
        history = _calmed(history, one)
    told = f"Without the {len(anomalies)} stretches of {stretch(start, end)} that nothing explains"
    return Variant(creator_id, "unexplained", told, {"follower_history": history}, start, end)


def of_engagement(
    own: Owned,
    creator_id: str,
    reasons: Sequence[Reason],
    supports: Supports,
    standing: Standing = NOTHING,
) -> list[Variant]:
    """The record without the comments, the commenters and the posts that the raising reasons point to.

    Args:
        own: The records.
        creator_id: Whose.
        reasons: The creator's.
        supports: What each signal speaks for.
        standing: What stands out of all of the creator's: taken away where reasons cite any of it.
    """
    raising = [one for one in reasons if one.points > 0 and one.value is not None]
    variants = []
    if any(one.family == "comments" for one in raising):
        comments = own.rows("comments", creator_id)
        cited_of_pod = set(_ids(raising, supports, "comments", {"pod"}))
        pod = _of_commenters(comments, cited_of_pod.union(standing.podded if cited_of_pod & standing.podded else ()))
        cited_as_bought = _ids(raising, supports, "comments", {"bought_comments"})
        bought = frozenset() if standing.anywhere.isdisjoint(cited_as_bought) else standing.anywhere
        for flag, kind, told_of, nouns in (
            (_flagged(comments, creator_id, standing.wished), "comments", _the, ALIKE),
            (_among(comments, bought), "comments", _the, ANYWHERE),
            (pod, "pod_comments", number_of, LIKE_A_POD),
        ):
            if count := int(flag.sum()):
                told = f"Without {told_of(count, *nouns)}"
                variants.append(Variant(creator_id, kind, told, {"comments": comments[np.flatnonzero(~flag)]}))
    cited = set(_ids(raising, supports, "posts", {"bought_likes", "bought_views"}))
    cited.update(name for one in raising if one.evidence for name in standing.out.get(one.signal, ()))
    if cited:
        told = f"Without {number_of(len(cited), *UNLIKE)}"
        changed = {name: _under_others(own.rows(name, creator_id), cited) for name in ("posts", "comments")}
        variants.append(Variant(creator_id, "posts", told, changed))
    return variants


NAMES = {
    "step": "jump",
    "drip": "steady extra growth",
    "decay": "loss after the rise",
    "round": "round-number jump",
    "mass_following": "mass following",
    "purge": "sudden loss",
}
"""Kinds of anomalies in the middle of a sentence."""


def stretch(start: date, end: date) -> str:
    """Days as people write them: 3 March 2026, 2–5 March 2026, 28 February – 2 March 2026."""
    if start == end:
        return f"{end.day} {end:%B %Y}"
    if (start.year, start.month) == (end.year, end.month):
        return f"{start.day}–{end.day} {end:%B %Y}"
    year = "" if start.year == end.year else f" {start.year}"
    return f"{start.day} {start:%B}{year} – {end.day} {end:%B %Y}"


def _size(anomaly: Anomaly) -> str:
    if anomaly.kind == "mass_following":
        return f"{number_of(anomaly.size, 'account')} followed and left again"
    sign = "−" if anomaly.size < 0 else "+"
    return f"{sign}{number_of(abs(anomaly.size), 'follower')}"


def _calmed(history: pl.DataFrame, anomaly: Anomaly) -> pl.DataFrame:
    """The history without the anomaly; without mass following, the accounts followed stay as they were before it."""
    if anomaly.kind != "mass_following":
        return removed(history, anomaly.start, anomaly.end, anomaly.size)
    before = history.filter(pl.col("date") <= anomaly.start)["following"].drop_nulls()
    after = history.filter(pl.col("date") >= anomaly.end)["following"].drop_nulls()
    if before.is_empty() or after.is_empty():
        return history
    moved = pl.col("following") + (before[-1] - after[0])
    during = pl.col("date").is_between(anomaly.start, anomaly.end, closed="none")
    held = pl.when(during & pl.col("following").is_not_null()).then(before[-1]).otherwise("following")
    following = pl.when(pl.col("date") >= anomaly.end).then(moved.clip(0)).otherwise(held)
    return history.with_columns(following=following.cast(history.schema["following"]))


def _flagged(comments: pl.DataFrame, creator_id: str, wished: Collection[str]) -> Flags:
    """Which comments by others repeat another's text, but for wishes, or look inauthentic.

    A hundred comments are gone through sooner in Python than a plan over them is made.
    """
    texts = [None if text is None else text.strip().lower() for text in comments["text"].to_list()]
    times = Counter(texts)
    flag = np.array([text is not None and len(text) >= ALIKE_LETTERS and times[text] > 1 for text in texts], np.bool_)
    flag &= ~_among(comments, wished)
    if INAUTHENTIC in comments.columns:
        flag |= comments[INAUTHENTIC].cast(pl.Float64).to_numpy() > EVEN  # null is NaN
    return flag & np.array([author != creator_id for author in comments["author_id"].to_list()], np.bool_)


def _among(comments: pl.DataFrame, ids: Collection[str]) -> Flags:
    """Which comments have one of these ids."""
    return np.array([name in ids for name in comments["comment_id"].to_list()], np.bool_)


def _of_commenters(comments: pl.DataFrame, wanted: Collection[str]) -> Flags:
    """Which comments are by the authors of the wanted ones."""
    authors = comments["author_id"].to_list()
    named = zip(comments["comment_id"].to_list(), authors, strict=True)
    speakers = {author for comment, author in named if author is not None and comment in wanted}
    return np.array([author in speakers for author in authors], np.bool_)


def _under_others(rows: pl.DataFrame, cited: set[str]) -> pl.DataFrame:
    """The rows that are not of cited posts; those whose post is not known stay: only the posts are said to be gone."""
    return rows[[k for k, post in enumerate(rows["post_id"].to_list()) if post not in cited]]


def _ids(reasons: Sequence[Reason], supports: Supports, kind: str, kinds: set[str]) -> list[str]:
    """Ids that reasons speaking for any of these kinds of fraud cite, once each."""
    speaking = [one for one in reasons if kinds & set(supports[one.signal])]
    return list(
        dict.fromkeys(name for one in speaking for piece in one.evidence if piece.kind == kind for name in piece.ids)
    )


def _the(number: int, one: str, several: str) -> str:
    return f"the {one}" if number == 1 else f"the {number_of(number, one, several)}"
