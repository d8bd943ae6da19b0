"""The list of a batch: a row a creator, to sort, filter and open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from models.reports.blocks import RISKY
from models.reports.report import Band, Decision
from serving.pages import figures, wording

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from features.records import Tables
    from models.reports.report import Report

BANDS = get_args(Band)
DECISIONS = get_args(Decision)


@dataclass(frozen=True)
class Row:
    """A creator of the list.

    Attributes:
        about: Platform and followers in words; empty where they are not at hand.
        reason: The signal that speaks most for the band, and its points; None where there is none.
        called: What else finds the creator: a name in full, the handle, the id.
    """

    creator_id: str
    name: str
    about: str
    decision: str
    band: str | None
    risk_score: float | None
    interval: tuple[float, float] | None
    reason: tuple[str, float] | None
    called: tuple[str, ...] = ()

    @property
    def band_order(self) -> int:
        """Place of the band from no answer to the highest risk."""
        return -1 if self.band is None else BANDS.index(self.band)

    @property
    def decision_order(self) -> int:
        """Place of the decision from the least to the most that is to be done."""
        return DECISIONS.index(self.decision)

    @property
    def risk_order(self) -> float:
        """The risk, below all others where there is no answer."""
        return -1.0 if self.risk_score is None else self.risk_score

    @property
    def width(self) -> float:
        """How wide the interval is, above all others where there is none."""
        return 2.0 if self.interval is None else self.interval[1] - self.interval[0]


def rows(reports: Iterable[Report], tables: Tables) -> list[Row]:
    """The creators of reports, the highest risk first and those without an answer last."""
    profiles = {profile["creator_id"]: profile for profile in tables.creators.iter_rows(named=True)}
    return ordered(_of_report(report, profiles[report.creator_id]) for report in reports)


def ordered(found: Iterable[Row]) -> list[Row]:
    """The highest risk first."""
    return sorted(found, key=lambda row: row.risk_order, reverse=True)


def counts(found: list[Row]) -> dict[str, int]:
    """How many there are of each decision."""
    return {name: sum(row.decision == name for row in found) for name in DECISIONS}


def of_scores(scores: Mapping[str, object], reasons: Iterable[tuple[str, float]]) -> Row:
    """The row of one line of scores (`models.verdicts.verdict.VERDICT`) with its known signals and their points."""
    lo, hi, risk = (_number(scores[name]) for name in ("lo", "hi", "risk_score"))
    band, creator_id = scores["band"], str(scores["creator_id"])
    known = None if band is None else str(band)
    interval = None if lo is None or hi is None else (lo, hi)
    reason, called = main_reason(known, reasons), (creator_id,)
    return Row(creator_id, creator_id, "", str(scores["decision"]), known, risk, interval, reason, called)


def _of_report(report: Report, profile: Mapping[str, object]) -> Row:
    followers, platform = profile["followers"], wording.PLATFORMS[str(profile["platform"])]
    called = [str(name) for name in (profile["display_name"], profile["handle"], report.creator_id) if name]
    return Row(
        report.creator_id,
        called[0],
        f"{platform}, {figures.compact(followers)} followers" if isinstance(followers, int) else platform,
        report.decision,
        report.band,
        report.risk_score,
        None if report.lo is None or report.hi is None else (report.lo, report.hi),
        main_reason(report.band, ((one.signal, one.points) for one in report.reasons if one.value is not None)),
        tuple(called),
    )


def main_reason(band: str | None, reasons: Iterable[tuple[str, float]]) -> tuple[str, float] | None:
    """The reason that speaks most for the band: of a low risk one that lowers it."""
    sign = 1 if band in RISKY else -1
    found = max(reasons, key=lambda reason: sign * reason[1], default=None)
    return found if found is not None and sign * found[1] > 0 else None


def _number(value: object) -> float | None:
    return value if isinstance(value, float) else None
