"""The list of a batch: a row a creator, to sort, filter and open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.blocks import RISKY
from serving.pages import wording

if TYPE_CHECKING:
    from features.records import Tables
    from models.report import Reason, Report

BANDS = ("low", "review", "high")
DECISIONS = ("approve", "review", "reject", "need_data")


@dataclass(frozen=True)
class Row:
    """A creator of the list: the report, and the reason that weighs most for its answer."""

    report: Report
    name: str
    platform: str
    followers: int | None
    reason: Reason | None

    @property
    def band_order(self) -> int:
        """Place of the band from no answer to the highest risk."""
        return -1 if self.report.band is None else BANDS.index(self.report.band)

    @property
    def decision_order(self) -> int:
        """Place of the decision from the least to the most that is to be done."""
        return DECISIONS.index(self.report.decision)


def rows(reports: list[Report], tables: Tables) -> list[Row]:
    """The creators, the highest risk first and those without an answer last."""
    profiles = {row["creator_id"]: row for row in tables.creators.iter_rows(named=True)}
    found = [_row(report, profiles[report.creator_id]) for report in reports]
    return sorted(found, key=lambda row: -1.0 if row.report.risk_score is None else row.report.risk_score, reverse=True)


def counts(found: list[Row]) -> dict[str, int]:
    """How many there are of each decision."""
    return {name: sum(row.report.decision == name for row in found) for name in DECISIONS}


def _row(report: Report, profile: dict[str, object]) -> Row:
    followers = profile["followers"]
    return Row(
        report,
        str(profile["display_name"] or profile["handle"] or report.creator_id),
        wording.PLATFORMS[str(profile["platform"])],
        followers if isinstance(followers, int) else None,
        _main(report),
    )


def _main(report: Report) -> Reason | None:
    """The reason that speaks most for the band: of a low risk one that lowers it."""
    known = [reason for reason in report.reasons if reason.value is not None]
    sign = 1 if report.band in RISKY else -1
    found = max(known, key=lambda reason: sign * reason.points, default=None)
    return found if found is not None and sign * found.points > 0 else None
