"""Numbers and days in the form in which pages show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from models.reports.facts import Range

MOST_DIGITS = 6
"""Beyond the point, of a percentage that is next to a cut-off."""


def count(number: float) -> str:
    """A count in full with thousands separated: 12,345."""
    return f"{number:,.0f}"


def compact(number: float) -> str:
    """A count for an axis: 950, 12k, 3.4M.

    >>> compact(950), compact(12_000), compact(999_999)
    ('950', '12k', '1M')
    """
    for size, mark in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if abs(number) >= 0.9995 * size:
            return f"{number / size:.3g}{mark}"
    return f"{number:.3g}"


def plain(number: float) -> str:
    """A number to three digits, in full from a thousand on and never as a power of ten.

    >>> plain(1_655.9), plain(0.0312), plain(0.000012345)
    ('1,656', '0.0312', '0.000012')
    """
    if abs(number) >= 999.5:
        return f"{number:,.0f}"
    shown = f"{number:.3g}"
    return f"{number:.6f}".rstrip("0").rstrip(".") if "e" in shown else shown


def percent(share: float) -> str:
    """A share of 1 as a percentage; the ends are never rounded to certainty."""
    if 0 < share < 0.01:
        return "<1 %"
    if 0.99 < share < 1:
        return ">99 %"
    return f"{100 * share:.0f} %"


def percent_beside(share: float, cut_offs: Collection[float]) -> str:
    """A share of 1 as a percentage that stands on that side of each cut-off on which it is.

    >>> percent_beside(0.2961, (0.3, 0.7)), percent_beside(0.2999, (0.3, 0.7)), percent_beside(0.3049, (0.3, 0.7))
    ('29.6 %', '29.99 %', '30 %')
    """
    for digits in range(MOST_DIGITS):
        if all((share < cut) == (round(share, 2 + digits) < cut) for cut in cut_offs):
            return f"{100 * share:.{digits}f} %" if digits else percent(share)
    return percent(share)


def of_a_hundred(probability: float) -> str:
    """A probability as so many of 100; the ends are never rounded to certainty."""
    if probability < 0.01:
        return "fewer than 1"
    if probability > 0.99:
        return "more than 99"
    return f"about {100 * probability:.0f}"


def risk(score: float, cut_offs: Collection[float] = ()) -> str:
    """A risk score as a whole number, or as its probability stands beside cut-offs; the ends are never certainty.

    >>> risk(29.61), risk(29.61, (0.3, 0.7)), risk(99.9)
    ('30', '29.6', '>99')
    """
    return percent_beside(score / 100, cut_offs).removesuffix(" %")


def width(share: float) -> str:
    """The width of an interval in points."""
    return f"{100 * share:.0f} points"


def points(number: float) -> str:
    """Points with their sign: +12.3 or −4.0."""
    rounded = round(number, 1)
    return f"{'−' if rounded < 0 else '+'}{abs(rounded):.1f}"


def place(percentile: float | None) -> str:
    """Where a creator stands among its peers, in words.

    A percentile rank, in which peers of the same value count by half: who has what all others have stands at the 50th,
    and is above nobody.

    >>> place(0.73), place(0.5), place(1.0)
    ('73rd percentile of peers', '50th percentile of peers', '99th percentile of peers')
    """
    if percentile is None:
        return "peers not known"
    rank = min(max(round(100 * percentile), 1), 99)
    ending = "th" if rank in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(rank % 10, "th")
    return f"{rank}{ending} percentile of peers"


def change(share: float) -> str:
    """A growth as a percentage with its sign."""
    return f"{'−' if share < 0 else '+'}{100 * abs(share):.1f} %"


def rate(share: float) -> str:
    """A small share of 1, such as an engagement rate, to three digits."""
    return f"{plain(100 * share)} %"


def money(dollars: float) -> str:
    """Dollars: whole ones from 100 on, and never so few that nothing is left.

    >>> money(1_250), money(0.456), money(0.0029)
    ('$1,250', '$0.46', 'less than $0.01')
    """
    if 0 < dollars < 0.005:
        return "less than $0.01"
    return f"${dollars:,.0f}" if dollars >= 100 else f"${dollars:,.2f}"


def dollars(found: Range) -> str:
    """A range of prices; either end may be open."""
    if found.lo is None or found.hi is None:
        known = found.lo if found.hi is None else found.hi
        return "not known" if known is None else f"{'from' if found.hi is None else 'up to'} {money(known)}"
    return f"{money(found.lo)} to {money(found.hi)}"


def day(moment: date) -> str:
    """A day as 3 Mar 2026."""
    return f"{moment.day} {moment:%b %Y}"


def days(start: date, end: date) -> str:
    """A stretch of days; one day alone where both are the same."""
    return day(start) if start == end else f"{day(start)} – {day(end)}"
