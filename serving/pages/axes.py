"""Accessible SVG without script, and the axes of the charts; text is escaped here.

Every chart is drawn in its own units (the `viewBox`) and scales with the page.
"""

from __future__ import annotations

import math
from datetime import date, timedelta

from markupsafe import Markup, escape

from serving.pages.figures import compact, day

WIDTH, HEIGHT = 760, 250
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 30, 28


def element(name: str, *children: object, **attributes: object) -> Markup:
    """One SVG element; names lose a trailing underscore and turn other underscores into hyphens."""
    pairs = Markup("").join(Markup(' {}="{}"').format(_name(key), _number(item)) for key, item in attributes.items())
    inside = Markup("").join(escape(child) for child in children)
    return Markup("<{0}{1}>{2}</{0}>").format(name, pairs, inside)


def _name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _number(item: object) -> object:
    return f"{item:.1f}".rstrip("0").rstrip(".") if isinstance(item, float) else item


def picture(
    name: str, title: str, description: str, *children: object, size: tuple[int, int] = (WIDTH, HEIGHT)
) -> Markup:
    """The frame of a chart: an image with a title and a description for who cannot see it."""
    return element(
        "svg",
        element("title", title, id=f"{name}-title"),
        element("desc", description, id=f"{name}-desc"),
        *children,
        viewBox=f"0 0 {size[0]} {size[1]}",
        role="img",
        class_="chart",
        aria_labelledby=f"{name}-title {name}-desc",
    )


class Days:
    """The horizontal axis: days from the first to the last."""

    def __init__(self, first: date, last: date) -> None:
        self.first, self.span = first, max((last - first) / timedelta(days=1), 1.0)

    def x(self, when: date) -> float:
        """Where that time lies."""
        return LEFT + (WIDTH - LEFT - RIGHT) * ((when - self.first) / timedelta(days=1)) / self.span

    def axis(self) -> list[Markup]:
        """Labels of up to six days."""
        steps = min(5, int(self.span))
        shown = [self.first + timedelta(days=self.span * i / steps) for i in range(steps + 1)]
        anchors = ["start", *["middle"] * (steps - 1), "end"]
        labels = zip(shown, anchors, strict=True)
        return [
            element("text", day(when), x=self.x(when), y=HEIGHT - 8, class_="tick", text_anchor=anchor)
            for when, anchor in labels
        ]


class Counts:
    """The vertical axis: counts, on a log scale where asked for."""

    def __init__(self, low: float, high: float, *, log: bool = False) -> None:
        self.log = log
        self.step = _round_step((high - low) or max(high, 1.0))
        self.low = 0.0 if log else math.floor(low / self.step) * self.step
        self.high = high if log else math.ceil(max(high, low + self.step) / self.step) * self.step

    def y(self, number: float) -> float:
        """How high that count lies."""
        part = (
            math.log1p(number) / math.log1p(self.high)
            if self.log
            else (number - self.low) / ((self.high - self.low) or 1.0)
        )
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * part

    def ticks(self) -> list[float]:
        """Round counts, or powers of ten on a log scale."""
        if self.log:
            tens = range(1, max(2, math.ceil(math.log10(self.high + 1))))
            return [0.0, *(10.0**power for power in tens)][-5:]
        return [self.low + i * self.step for i in range(round((self.high - self.low) / self.step) + 1)]

    def axis(self) -> list[Markup]:
        """A line and a label for each tick."""
        lines = [
            element("line", x1=LEFT, x2=WIDTH - RIGHT, y1=self.y(tick), y2=self.y(tick), class_="grid")
            for tick in self.ticks()
        ]
        labels = [
            element("text", compact(tick), x=LEFT - 8, y=self.y(tick) + 4, class_="tick", text_anchor="end")
            for tick in self.ticks()
        ]
        return lines + labels


def _round_step(span: float) -> float:
    """A round distance between ticks (1, 2 or 5 times a power of ten) that gives about four of them."""
    rough = max(span, 1.0) / 4
    size = 10.0 ** math.floor(math.log10(rough))
    return max(1.0, next(size * times for times in (1, 2, 5, 10) if size * times >= rough))
