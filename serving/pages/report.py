"""The report as one self-contained HTML page: no script, no outside request, light and dark, printable."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from models.reports.findings import CAUSES
from models.reports.sides import FRAUD_KINDS
from models.verdicts.wilson import wilson
from serving.pages import charts, excerpts, figures, wording
from serving.pages.templating import environment, style

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markupsafe import Markup

    from features.records import Tables
    from ledger import DisputeState
    from models.reports.report import Anomaly, Finding, Reason, Report
    from serving.pages.site import Desk, Site

VERDICTS = {"genuine": "Genuine", "fraud": "Bought", "unsure": "Cannot be told"}
"""What a person may find, and how the form calls it."""
OBJECTIONS: Mapping[DisputeState, str] = {
    "open": "the creator objects",
    "upheld": "the creator's objection was upheld, so it counts no longer",
    "rejected": "the creator's objection was rejected",
}
"""What became of a creator's objection, as it is told beside the verdict."""
STRONGEST = 5  # reasons told in full in each direction
LEAST_POINTS = 0.05  # points that would read 0.0 are rolled up
MAINLY, PLAIN_POINTS = 2, 2.0  # reasons told beside the verdict, of so many points at least
ALONE = "It rests on the sampled followers alone, which show what an audience is made of and not how it came about."


@dataclass(frozen=True)
class Step:
    """One family's part of the way from the base risk to the risk, in points of 100."""

    family: str
    start: float
    end: float
    reasons: tuple[Reason, ...]

    @property
    def points(self) -> float:
        """What the family adds."""
        return self.end - self.start


@dataclass(frozen=True)
class Counted:
    """A chart of one count of the posts."""

    label: str
    chart: Markup
    hidden: int
    cited: int
    posts: int


@dataclass(frozen=True)
class Part:
    """A share of the sampled followers with its interval."""

    label: str
    share: float
    lo: float
    hi: float


def report_html(report: Report, tables: Tables, site: Site | None = None, desk: Desk | None = None) -> str:
    """The page about one creator.

    Args:
        report: The answer.
        tables: Holds the creator's records; others in it are left alone. Where they carry the comment model's
            probabilities (`FraudBundle.scored`), comments are marked by them.
        site: What the service puts around it; without, the page is one file that needs nothing else.
        desk: What can be done with it there.
    """
    record = excerpts.record(tables, report.creator_id)
    history = excerpts.history(record)
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            record=record,
            name=record.profile.get("display_name") or record.profile.get("handle") or report.creator_id,
            gauge=_gauge(report),
            steps=_steps(report),
            raising=_strongest(report, 1),
            lowering=_strongest(report, -1),
            mainly=_mainly(report),
            first_post=excerpts.first_post(record),
            types=_findings(report.types),
            benign=_findings(report.benign),
            explaining={_cause(one) for one in report.anomalies if one.size > 0},
            types_of=_types(report, excerpts.typed(record)),
            reach=_reach(report, excerpts.reachable(record)),
            sample=excerpts.typed(record),
            left_out=excerpts.left_out(record),
            counts_known=excerpts.counts_known(record),
            rates=_rates(report),
            followers=charts.followers(history, _marks(report)) if len(history) > 1 else None,
            counted=_counted(report, record),
            comments=excerpts.comments(record, report),
            missing=wording.missing(report.missing_inputs),
            charts=charts,
            style=style(),
            site=site,
            desk=desk,
            verdicts=VERDICTS,
            objections=OBJECTIONS,
            fraud_kinds=FRAUD_KINDS,
        )
    )


def _rates(report: Report) -> list[tuple[str, float]]:
    """Growth by the days that it is over, as far as it is known."""
    rates = report.growth.rates if report.growth else {}
    return [(f"{window.removesuffix('d')} days", rate) for window, rate in rates.items() if rate is not None]


def _types(report: Report, sampled: int) -> list[Part]:
    """Types of followers, the genuine first; `sampled` are those whose type is known."""
    found = report.audience.types if report.audience else None
    if found is None:
        return []
    named = (
        ("Real people", found.real),
        ("Influencers", found.influencers),
        ("Mass followers", found.mass_followers),
        ("Suspicious", found.suspicious),
    )
    return _parts(named, sampled)


def _reach(report: Report, sampled: int) -> list[Part]:
    """By how many accounts followers follow; `sampled` are those of whom that is known."""
    found = report.audience.reachability if report.audience else None
    if found is None:
        return []
    named = (
        ("Fewer than 500", found.lt_500),
        ("500 to 999", found.from_500_to_999),
        ("1,000 to 1,500", found.from_1000_to_1500),
        ("More than 1,500", found.gt_1500),
    )
    return _parts(named, sampled)


def _parts(named: Sequence[tuple[str, float]], sampled: int) -> list[Part]:
    """Shares with Wilson's interval of 95 %, as everywhere in the report."""
    shares = np.array([share for _, share in named])
    lo, hi = wilson(shares, np.full(len(shares), float(max(sampled, 1))))
    return [Part(label, share, *ends) for (label, share), *ends in zip(named, lo.tolist(), hi.tolist(), strict=True)]


def _gauge(report: Report) -> Markup | None:
    if report.probability is None or report.lo is None or report.hi is None:
        return None
    return charts.gauge(report.probability, report.lo, report.hi, (report.profile.review, report.profile.high))


def _steps(report: Report) -> list[Step]:
    """What is not known, then the families in their fixed order, each from where the one before it ended."""
    grouped: dict[str, list[Reason]] = {name: [] for name in wording.FAMILIES}
    for reason in report.reasons:
        grouped[wording.UNKNOWN if reason.value is None else reason.family].append(reason)
    parts = [(name, _by_size(reasons)) for name, reasons in grouped.items() if reasons]
    added = [sum(reason.points for reason in reasons) for _, reasons in parts]
    ends = list(accumulate(added, initial=report.model.base_risk))
    return [Step(name, start, end, own) for (name, own), start, end in zip(parts, ends, ends[1:], strict=False)]


def _by_size(reasons: list[Reason]) -> tuple[Reason, ...]:
    return tuple(sorted(reasons, key=lambda reason: (-abs(reason.points), reason.signal)))


def _strongest(report: Report, sign: int) -> tuple[Reason, ...]:
    known = [reason for reason in report.reasons if reason.value is not None]
    return _by_size([reason for reason in known if sign * reason.points >= LEAST_POINTS])[:STRONGEST]


def _mainly(report: Report) -> str:
    """What moves the score most either way by its own value, and what sampled followers alone do not show."""
    told = []
    for sign, verb in ((1, "raises"), (-1, "lowers")):
        plain = [reason for reason in _strongest(report, sign) if abs(reason.points) >= PLAIN_POINTS]
        most = [reason for reason in plain if reason.telling is not False][:MAINLY]
        named = " and ".join(map(_moved, most))
        told += [f"What {verb} it most: {named}."] if named else []
    if report.probability is not None and report.intent and not report.intent.evidence:
        told.append(ALONE)
    return " ".join(told)


def _moved(reason: Reason) -> str:
    name, value = wording.signals([reason.signal]), wording.value(reason)
    return f"{name} ({value}: {figures.points(reason.points)} points)"


def _findings(findings: tuple[Finding, ...]) -> list[Finding]:
    return sorted(findings, key=lambda finding: (-abs(finding.points), finding.kind))


def _cause(anomaly: Anomaly) -> str | None:
    """The kind of benign cause that explains it, as findings call it."""
    return None if anomaly.explained_by is None else CAUSES.get(anomaly.explained_by, anomaly.explained_by)


def _marks(report: Report) -> list[charts.Mark]:
    return [
        charts.Mark(number, anomaly.start, anomaly.end, anomaly.explained_by is not None)
        for number, anomaly in enumerate(report.anomalies, 1)
    ]


def _counted(report: Report, record: excerpts.Record) -> list[Counted]:
    """Charts of likes, views and comments by post; only those of which a platform shows any."""
    cited = frozenset(excerpts.cited(report, "posts"))
    shown = []
    for column in ("likes", "views", "comments"):
        dots = excerpts.dots(record, column, cited)
        if dots:
            hidden = sum(dot.count is None for dot in dots)
            marked = sum(dot.cited and dot.count is not None for dot in dots)
            label = wording.title(column)
            chart = charts.posts(f"posts-{column}", label, dots)
            shown.append(Counted(label, chart, hidden, marked, len(dots)))
    return shown
