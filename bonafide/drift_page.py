"""The drift report as one self-contained HTML page: no script, no outside request."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from features.nouns import number_of
from serving.pages.axes import element, picture
from serving.pages.templating import style
from training.drift import ALL, SCORE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from models.drift import Bins, Limits, Shift
    from training.audits.performance import Performance
    from training.drift import Drift

TEMPLATES = Path(__file__).parent / "templates"
STRONGEST = 20
DRAWN = 6
WIDTH, HEIGHT, GROUND = 380, 170, 140
DELAY_BINS = 20


@dataclass(frozen=True)
class Bar:
    """A signal's index as a bar."""

    name: str
    bar: Markup
    psi: str
    over: str


@dataclass(frozen=True)
class Picture:
    """A signal's distribution, before and now."""

    name: str
    chart: Markup


def drift_html(found: Drift, performance: Performance | None, *, model: str, before: str, now: str) -> str:
    """The page.

    Args:
        found: What was compared.
        performance: What verdicts say, where there are any.
        model: Version of the model.
        before: What the reference is, in words.
        now: What is compared with it.
    """
    signals = [one for one in found.slices[ALL] if one.name != SCORE]
    ordered = sorted(signals, key=lambda one: (not one.over(found.limits), -(one.psi or 0.0)))
    drawn = [one.name for one in ordered[:DRAWN] if one.psi is not None]
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("drift.html.j2").render(
        style=style(),
        model=model,
        before=before,
        now=now,
        over=found.over,
        limits=found.limits,
        score=_histogram(SCORE, *found.bins[SCORE]),
        bars=_bars(ordered[:STRONGEST], found.limits),
        pictures=[Picture(name, _histogram(name, *found.bins[name])) for name in drawn],
        delays=_delays(performance.delays) if performance is not None and performance.delays else None,
        tables=[*found.tables, *([] if performance is None else [performance.table])],
    )


def _bars(shifts: Sequence[Shift], limits: Limits) -> list[Bar]:
    most = max([limits.psi, *(max(one.psi or 0.0, one.psi_chance or 0.0) for one in shifts)]) * 1.05
    return [
        Bar(
            one.name, _bar(one, limits, most), "–" if one.psi is None else f"{one.psi:.3f}", ", ".join(one.over(limits))
        )
        for one in shifts
    ]


def _bar(one: Shift, limits: Limits, most: float) -> Markup:
    lines = [(limits.psi, "limit"), *([] if one.psi_chance is None else [(one.psi_chance, "chance")])]
    return element(
        "svg",
        element(
            "rect",
            x=0,
            y=3,
            width=1000 * (one.psi or 0.0) / most,
            height=14,
            class_="over" if one.over(limits) else "now",
        ),
        *(
            element("line", x1=1000 * value / most, x2=1000 * value / most, y1=0, y2=20, class_=kind)
            for value, kind in lines
        ),
        viewBox="0 0 1000 20",
        preserveAspectRatio="none",
        class_="bar",
        aria_hidden="true",
    )


def _histogram(name: str, before: Bins, now: Bins) -> Markup:
    """Shares of the bins, and of what is not known as the last of them, before and now side by side."""
    both = [_shares(before), _shares(now)]
    most = max(0.01, *(max(shares) for shares in both))
    wide = (WIDTH - 10) / len(both[0])
    columns = [
        element(
            "rect",
            x=5 + k * wide + side * wide * 0.42,
            y=GROUND - (GROUND - 10) * share / most,
            width=wide * 0.4,
            height=(GROUND - 10) * share / most,
            class_=("before", "now")[side],
        )
        for side, shares in enumerate(both)
        for k, share in enumerate(shares)
    ]
    edges = [
        element("text", f"{edge:.3g}", x=5 + (k + 1) * wide, y=GROUND + 14, class_="tick", text_anchor="middle")
        for k, edge in enumerate(before.edges)
        if k % max(1, len(before.edges) // 4) == 0
    ]
    gone = element("text", "unknown", x=WIDTH - 5, y=GROUND + 28, class_="tick", text_anchor="end")
    told = f"Shares of {number_of(before.rows, 'creator')} before and {now.rows:,} now in the tenths of those before."
    return picture(f"drift-{name}", name, told, *columns, *edges, gone, size=(WIDTH, HEIGHT))


def _shares(bins: Bins) -> list[float]:
    return [count / max(bins.rows, 1) for count in (*bins.counts, bins.missing)]


def _delays(days: Sequence[float]) -> Markup:
    counts, edges = np.histogram(days, bins=DELAY_BINS, range=(0.0, max(*days, 1.0)))
    wide = (WIDTH - 10) / DELAY_BINS
    columns = [
        element(
            "rect",
            x=5 + k * wide,
            y=GROUND - (GROUND - 10) * count / max(counts.max(), 1),
            width=wide * 0.9,
            height=(GROUND - 10) * count / max(counts.max(), 1),
            class_="now",
        )
        for k, count in enumerate(counts.tolist())
    ]
    ticks = [
        element("text", f"{edges[k]:.3g}", x=5 + k * wide, y=GROUND + 14, class_="tick", text_anchor="middle")
        for k in range(0, DELAY_BINS + 1, 5)
    ]
    return picture(
        "delays", "Delay of verdicts", f"{number_of(len(days), 'verdict')}.", *columns, *ticks, size=(WIDTH, HEIGHT)
    )
