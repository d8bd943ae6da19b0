"""Names, signals and hostile text put into words for people."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from features.families.audience import PLAIN_CLUSTERING, PLAIN_RUN
from features.records.contract import TABLES
from features.signal import EVIDENCE_IDS
from serving.pages import figures
from serving.pages.titles import FIT_TITLES, TITLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from models.reports.facts import Engagement, Said
    from models.reports.report import Evidence, Intent, Reason

BANDS = {"low": "Low risk", "review": "Needs review", "high": "High risk"}
DECISIONS = {"approve": "Approve", "review": "Have a person look", "reject": "Reject", "need_data": "Ask for more data"}
STATES = {
    "ready": "Enough data for a full answer",
    "low_confidence": "An answer on little data: mind the interval",
    "insufficient_data": "Not enough data for an answer",
}
UNKNOWN = "unknown"
FAMILIES = {
    UNKNOWN: "Signals that are not known",
    "profile": "Profile",
    "engagement": "Engagement",
    "growth": "Follower growth",
    "comments": "Comments",
    "audience": "Audience sample",
}
PLATFORMS = {"instagram": "Instagram", "tiktok": "TikTok", "youtube": "YouTube", "x": "X", "linkedin": "LinkedIn"}
ROWS = {
    "posts": "with likes or views",
    "comments": "by others",
    "follower_history": "days with a count",
    "audience": "followers",
}
"""What counts in a table of which there is not enough."""

HEADINGS = {"creators": "Profile", "context": "Comparison with other creators"}
"""Of what is missing, where its name does not say what it is."""

MOST_CITED = 6
YES_OR_NO = "0 or 1"
"""Unit of signals that are one or the other."""
NOUNS = ("accounts", "characters", "creators", "days", "hours")
"""Units of which there is one alone."""
SHARES = ("share", "probability")
FACTORS = ("log units", "log sd")
LOSSES = ("own_loss", "purge_loss")
"""Signals of followers lost, which are above 0."""
COUNTED_UP_TO = {"audience_fake_clustering": PLAIN_CLUSTERING, "audience_fakes_in_a_row": PLAIN_RUN}
"""Signals that say no more where there is more."""
MOST_DIGITS = 9
"""Of the odds against a chance."""
UNITS = {"ratio": "to 1", "sd": "standard deviations", "correlation": "on a scale to 1", "index": ""}
"""What to say in place of a unit."""
KINDS = {"follow_unfollow": "Following and leaving again", "pod": "Comments by a pod"}
"""Kinds of fraud whose names do not say what they are."""
CAUSES = {
    "common": "A day that moved many accounts",
    "wishes": "Wishes, prayers or condolences that many people write alike",
}
"""Benign causes of which the same holds."""
LOOK_ALIKES = {
    "pod": "Friends, a family or a local scene who answer each other as quickly look the same: see what they write and "
    "whether they know each other."
}
"""What innocent people do that looks like a kind of fraud and that no signal tells from it."""

# Marks that reorder the text around them (Unicode UAX #9), and control characters but newline and tab.
_DECEPTIVE = re.compile("[\u202a-\u202e\u2066-\u2069\x00-\x08\x0b-\x1f\x7f-\x9f]")


def quoted(text: str | None, most: int = 200) -> Markup:
    """Text from the records, made inert: shortened, marks that reorder text taken out, escaped, isolated in <bdi>."""
    if text is None:
        return Markup('<span class="muted">not given</span>')
    return Markup('<bdi dir="auto">{}</bdi>').format(inert(text, most))


def inert(text: str, most: int = 200) -> str:
    """Text from the records, shortened and without marks that reorder text; not escaped yet."""
    clean = " ".join(_DECEPTIVE.sub("", text[: 4 * most]).split())
    return clean if len(clean) <= most else clean[: most - 1].rstrip() + "…"


def title(name: str) -> str:
    """A column's or signal's name as a heading: `growth_step_share` reads "Growth step share"."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def cause(kind: str) -> str:
    """A benign cause as a heading.

    >>> cause("viral_post"), cause("common")
    ('Viral post', 'A day that moved many accounts')
    """
    return CAUSES.get(kind) or title(kind)


def signal(name: str) -> str:
    """What a signal is called.

    >>> signal("unexplained_surge"), signal("of_a_later_version")
    ('Largest rise without a known cause', 'Of a later version')
    """
    return TITLES.get(name) or title(name)


def fit(name: str) -> str:
    """What something that a ranking looks at is called.

    >>> fit("brand_topics"), fit("of_a_later_version")
    ('Like creators of such brands', 'Of a later version')
    """
    return FIT_TITLES.get(name) or title(name)


def signals(names: Iterable[str]) -> str:
    """What several signals are called, within a sentence; some names have commas."""
    return "; ".join(called[:1].lower() + called[1:] for called in map(signal, names))


def kind(name: str) -> str:
    """What a kind of fraud is called."""
    return KINDS.get(name) or title(name)


def kinds(names: Iterable[str]) -> str:
    """What several kinds of fraud are called, within a sentence."""
    return ", ".join(kind(name).lower() for name in names)


def enough(intent: Intent) -> str:
    """Of which tables but the audience sample there is enough, and what all but its make-up speaks for."""
    *others, last = (name.replace("_", " ") for name in intent.evidence)
    there = f"{', '.join(others)} and {last}" if others else last
    speaks = f" The signals speak for {kinds(intent.kinds)}." if intent.kinds else ""
    return f"Enough was handed in of {there}.{speaks}"


def value(reason: Reason) -> str:
    """A signal's value as people read it, or that it is not known: logarithms as the shares or factors they stand for.

    Growth is against what there was before, a loss too.
    """
    if reason.value is None:
        return "not known"
    number, unit = reason.value + 0.0, reason.unit  # no -0
    if unit == YES_OR_NO:
        return "yes" if number else "no"
    if unit == "log ratio":
        number, unit = (-math.expm1(-number) if reason.signal in LOSSES else math.expm1(number)), "share"
    beyond = " or more" if number >= COUNTED_UP_TO.get(reason.signal, math.inf) else ""
    if unit in SHARES:
        return _signed(f"{figures.plain(100 * number)} %{beyond}")
    if unit in FACTORS:
        return f"× {figures.plain(math.exp(number))}"
    if unit == "-log10 p":
        return f"a chance of 1 in {figures.plain(10**number)}" if number < MOST_DIGITS else "next to no chance"
    if unit == "log days":
        number, unit = math.expm1(number), "days"
    if unit == "log creators":
        number, unit = math.exp(number), "creators"
    shown = figures.plain(number)
    noun = unit.removesuffix("s") if shown == "1" and unit in NOUNS else UNITS.get(unit, unit).replace("/", " a ")
    return _signed(f"{shown}{beyond} {noun}".strip())


def _signed(shown: str) -> str:
    return shown.replace("-", "−", shown.startswith("-"))


def weighed(reason: Reason) -> str:
    """Of a reason whose value does not stand where its points say, that it is no sign alone."""
    sign = "anything bought" if reason.points > 0 else "honesty"
    return f"By itself this value is no sign of {sign}: it counts only together with the other signals."


def engagement(found: Engagement) -> list[tuple[str, str]]:
    """The figures of the posts that are known, named."""
    shown = [
        ("Likes and comments per follower", found.rate_by_followers, figures.rate),
        ("Likes and comments per view", found.rate_by_views, figures.rate),
        ("Median likes", found.likes, figures.count),
        ("Median comments", found.comments, figures.count),
        ("Median views", found.views, figures.count),
        ("Posts a week", found.posts_per_week, figures.plain),
        ("Posts with a sponsor", found.sponsored_share, figures.percent),
        ("Paid against organic", found.paid_vs_organic, "{:.2f} ×".format),
    ]
    return [(name, form(number)) for name, number, form in shown if number is not None]


def comments(found: Said) -> list[tuple[str, str]]:
    """Shares of the comments by others that are known, named."""
    shares = [
        ("Generic", found.generic_share),
        ("Emoji only", found.emoji_only_share),
        ("Mentions only", found.mention_only_share),
        ("Same words as another", found.repeated_share),
        ("Promotion", found.promotion_share),
        ("By returning people", found.repeat_commenter_share),
        ("By members of one pod", found.pod.comment_share if found.pod else None),
    ]
    return [(name, figures.percent(share)) for name, share in shares if share is not None]


def see(found: Sequence[Evidence]) -> Markup:
    """Where to look, and that it is some of more where as much is cited as ever is."""
    cited = [len(piece.ids) for piece in found] + [sum(piece.start is not None for piece in found)]
    return Markup("See {}{}").format("for example " if max(cited) >= EVIDENCE_IDS else "", evidence(found))


def evidence(found: Iterable[Evidence]) -> Markup:
    """Where to look: days, then ids by kind (shortened), with the figures found there; said once where cited often."""
    told: dict[str, dict[Markup, None]] = {}
    for piece in found:
        start, end = piece.start or piece.end, piece.end or piece.start
        if start is not None and end is not None:
            told.setdefault("days", {})[escape(figures.days(start, end))] = None
        for name in piece.ids:
            told.setdefault(piece.kind, {})[Markup("<code>{}</code>").format(quoted(name, 24))] = None
        for name, number in piece.facts.items():
            told.setdefault("facts", {})[escape(f"{title(name).lower()} {number:,.4g}")] = None
    return Markup("; ").join(_several(kind, list(parts)) for kind, parts in sorted(told.items(), key=_by_kind))


def _by_kind(told: tuple[str, object]) -> int:
    return ("days", "posts", "comments", "followers", "facts").index(told[0])


def _several(kind: str, parts: list[Markup]) -> Markup:
    more = f" and {len(parts) - MOST_CITED} more" if len(parts) > MOST_CITED else ""
    noun = "" if kind in ("days", "facts") else f"{kind if len(parts) > 1 else kind[:-1]} "
    return Markup("{}{}{}").format(noun, Markup(", ").join(parts[:MOST_CITED]), more)


def missing(names: Iterable[str]) -> list[tuple[str, str]]:
    """Missing inputs ("follower_history", "posts.likes") by table: its name, and what the table or columns are."""
    found: dict[str, list[str]] = {}
    for name in names:
        table, _, column = name.partition(".")
        found.setdefault(table, []).append(column)
    return [
        (HEADINGS.get(table) or title(table), _about(table, [name for name in columns if name]))
        for table, columns in found.items()
    ]


def _about(table: str, columns: list[str]) -> str:
    if columns:
        return ", ".join(name.replace("_", " ") for name in columns)
    return "all of it" if table in TABLES else ""
