"""The page's charts; colours come from its style."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from features.nouns import number_of
from serving.pages.axes import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Counts, Days, element, picture
from serving.pages.figures import compact, day, percent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from markupsafe import Markup

GAUGE_WIDTH = 420
BADGE_WIDTH = 24
MOST_POINTS = 400
LOG_FROM = 20.0  # a chart of counts is drawn on a log scale where its largest is this many times its median


@dataclass(frozen=True)
class Mark:
    """A stretch of days to mark: its number in the list below the chart, and whether a benign cause explains it."""

    number: int
    start: date
    end: date
    explained: bool


@dataclass(frozen=True)
class Dot:
    """One post's count; None where it is not known, as where the platform hides it."""

    when: datetime
    count: int | None
    cited: bool = False


def segment(start: float, end: float, low: float, high: float, kind: str) -> Markup:
    """A bar from `start` to `end` on a scale from `low` to `high`, with a line at zero; its number stands beside it."""
    span = (high - low) or 1.0
    left, right = (1000 * (min(start, end) - low) / span, 1000 * (max(start, end) - low) / span)
    zero = 1000 * (0 - low) / span
    return element(
        "svg",
        element("line", x1=zero, x2=zero, y1=0, y2=20, class_="zero"),
        element("rect", x=left, y=3, width=max(right - left, 2.0), height=14, class_=kind),
        viewBox="0 0 1000 20",
        preserveAspectRatio="none",
        class_="bar",
        aria_hidden="true",
    )


def strip(percentile: float) -> Markup:
    """Where a value stands among its peers: the middle half shaded, the value a mark."""
    return element(
        "svg",
        element("rect", x=0, y=8, width=1000, height=4, class_="rail"),
        element("rect", x=250, y=5, width=500, height=10, class_="middle"),
        element("rect", x=min(max(1000 * percentile, 0.0), 1000.0) * 0.985, y=1, width=15, height=18, class_="mark"),
        viewBox="0 0 1000 20",
        preserveAspectRatio="none",
        class_="bar strip",
        aria_hidden="true",
    )


def share(part: float, interval: tuple[float, float] | None) -> Markup:
    """A share as a bar from 0 to 100 % with its interval; its number stands beside it."""
    whisker = [
        element("rect", x=1000 * lo, y=8, width=max(1000 * (hi - lo), 2.0), height=4, class_="whisker")
        for lo, hi in ([] if interval is None else [interval])
    ]
    return element(
        "svg",
        element("rect", x=0, y=4, width=1000, height=12, class_="rail"),
        element("rect", x=0, y=4, width=1000 * part, height=12, class_="part"),
        *whisker,
        viewBox="0 0 1000 20",
        preserveAspectRatio="none",
        class_="bar",
        aria_hidden="true",
    )


def gauge(probability: float, lo: float, hi: float, cuts: tuple[float, float]) -> Markup:
    """The probability on a scale from 0 to 100 % with its interval and the bands' limits."""

    def x(share: float) -> float:
        return 8 + (GAUGE_WIDTH - 16) * share

    zones = [
        element("rect", x=x(a), y=6, width=x(b) - x(a), height=12, class_=f"zone {band}")
        for a, b, band in ((0.0, cuts[0], "low"), (cuts[0], cuts[1], "review"), (cuts[1], 1.0, "high"))
    ]
    labels = [
        element("text", f"{100 * share:.0f} %", x=x(share), y=36, class_="tick", text_anchor=anchor)
        for share, anchor in ((0.0, "start"), (cuts[0], "middle"), (cuts[1], "middle"), (1.0, "end"))
    ]
    whisker = element("rect", x=x(lo), y=10, width=max(x(hi) - x(lo), 2.0), height=4, class_="whisker")
    mark = element("circle", cx=x(probability), cy=12, r=7, class_="needle")
    text = f"Probability {percent(probability)}, interval {percent(lo)} to {percent(hi)}."
    parts = (*zones, whisker, mark, *labels)
    return picture("gauge", "Probability and its interval", text, *parts, size=(GAUGE_WIDTH, 42))


def span(name: str, title: str, share: float, lo: float, hi: float) -> Markup:
    """A share on a scale from 0 to 100 % with its interval."""

    def x(part: float) -> float:
        return 8 + (GAUGE_WIDTH - 16) * part

    rail = element("rect", x=x(0), y=8, width=x(1) - x(0), height=8, class_="rail")
    whisker = element("rect", x=x(lo), y=10, width=max(x(hi) - x(lo), 2.0), height=4, class_="whisker")
    mark = element("circle", cx=x(share), cy=12, r=6, class_="needle")
    ends = ((0.0, "start"), (1.0, "end"))
    labels = [
        element("text", f"{100 * end:.0f} %", x=x(end), y=34, class_="tick", text_anchor=side) for end, side in ends
    ]
    text = f"{percent(share)}, interval {percent(lo)} to {percent(hi)}."
    return picture(name, title, text, rail, whisker, mark, *labels, size=(GAUGE_WIDTH, 40))


def followers(history: Sequence[tuple[date, int]], marks: Sequence[Mark]) -> Markup:
    """Followers by day, with the marked stretches shaded and numbered."""
    shown = _thinned(history)
    days = Days(
        min([history[0][0], *(mark.start for mark in marks)]), max([history[-1][0], *(mark.end for mark in marks)])
    )
    counts = Counts(min(n for _, n in shown), max(n for _, n in shown))
    lines = [
        element("polyline", points=" ".join(f"{days.x(d):.1f},{counts.y(n):.1f}" for d, n in run), class_="line")
        for run in _runs(shown)
    ]
    shades = [_shade(mark, days) for mark in marks]
    text = (
        f"From {day(history[0][0])} to {day(history[-1][0])} followers went from {history[0][1]:,} to "
        f"{history[-1][1]:,}; {number_of(len(marks), 'stretch', 'stretches')} marked and listed below."
    )
    return picture(
        "followers", "Followers by day", text, *counts.axis(), *days.axis(), *shades, *lines, *_badges(marks, days)
    )


def posts(name: str, label: str, dots: Sequence[Dot]) -> Markup:
    """One count of the posts over time (`label`: likes, views); those without it as rings on the axis."""
    known = [dot.count for dot in dots if dot.count is not None]
    typical, largest = median(known), max(known)
    days = Days(dots[0].when, dots[-1].when)
    counts = Counts(0, largest, log=largest > LOG_FROM * max(typical, 1))
    drawn = [_dot(dot, days, counts) for dot in dots]
    level = counts.y(typical)
    line = element("line", x1=LEFT, x2=WIDTH - RIGHT, y1=level, y2=level, class_="median")
    scale = ", log scale" if counts.log else ""
    note = element(
        "text", f"median {compact(typical)}{scale}", x=WIDTH - RIGHT, y=TOP - 14, class_="tick", text_anchor="end"
    )
    hidden = len(dots) - len(known)
    text = f"{number_of(len(dots), 'post')}, median {typical:,.0f}, largest {largest:,}; {hidden} without a count."
    return picture(name, f"{label} by post", text, *counts.axis(), *days.axis(), line, note, *drawn)


def _dot(dot: Dot, days: Days, counts: Counts) -> Markup:
    x = days.x(dot.when)
    if dot.count is None:
        return element("circle", cx=x, cy=HEIGHT - BOTTOM, r=3.5, class_="hidden-count")
    y = counts.y(dot.count)
    stem = element("line", x1=x, x2=x, y1=HEIGHT - BOTTOM, y2=y, class_="stem")
    return stem + element("circle", cx=x, cy=y, r=4.5 if dot.cited else 3.5, class_="dot cited" if dot.cited else "dot")


def _shade(mark: Mark, days: Days) -> Markup:
    left, right = days.x(mark.start), days.x(mark.end)
    middle, width = (left + right) / 2, max(right - left, 6.0)
    height = HEIGHT - TOP - BOTTOM
    return element("rect", x=middle - width / 2, y=TOP, width=width, height=height, class_=f"shade {_kind(mark)}")


def _badges(marks: Sequence[Mark], days: Days) -> list[Markup]:
    """The marks' numbers above them; those that would overlap share one badge."""
    groups: list[list[Mark]] = []
    for mark in sorted(marks, key=lambda mark: (mark.start, mark.number)):
        if groups and days.x(mark.start) - days.x(groups[-1][-1].start) < BADGE_WIDTH:
            groups[-1].append(mark)
        else:
            groups.append([mark])
    return [part for group in groups for part in _badge(group, days)]


def _badge(group: list[Mark], days: Days) -> tuple[Markup, Markup]:
    first, last = group[0], group[-1]
    text = str(first.number) if first is last else f"{first.number}–{last.number}"
    middle = min((days.x(first.start) + days.x(last.end)) / 2, WIDTH - RIGHT - BADGE_WIDTH / 2)
    width = BADGE_WIDTH - 4.0 if first is last else 2.0 * BADGE_WIDTH
    kind = _kind(min(group, key=lambda mark: mark.explained))
    left = middle - width / 2
    return (
        element("rect", x=left, y=TOP - 24, width=width, height=20, rx=10, class_=f"badge {kind}"),
        element("text", text, x=middle, y=TOP - 9.5, class_="badge-text", text_anchor="middle"),
    )


def _kind(mark: Mark) -> str:
    return "explained" if mark.explained else "unexplained"


def _thinned(history: Sequence[tuple[date, int]]) -> Sequence[tuple[date, int]]:
    """At most about `MOST_POINTS` of the points: the lowest and highest of each stretch, so that no jump is lost."""
    if len(history) <= MOST_POINTS:
        return history
    size = math.ceil(2 * len(history) / MOST_POINTS)
    kept: set[tuple[date, int]] = {history[0], history[-1]}
    for start in range(0, len(history), size):
        stretch = history[start : start + size]
        kept |= {min(stretch, key=lambda p: p[1]), max(stretch, key=lambda p: p[1])}
    return sorted(kept)


def _runs(history: Sequence[tuple[date, int]]) -> list[list[tuple[date, int]]]:
    """The points split where days are missing: a gap wider than four times the usual one, and a week."""
    gaps = [(b[0] - a[0]).days for a, b in pairwise(history)]
    widest = max(7.0, 4 * median(gaps)) if gaps else 7.0
    runs = [[history[0]]]
    for gap, point in zip(gaps, history[1:], strict=True):
        if gap > widest:
            runs.append([])
        runs[-1].append(point)
    return runs
