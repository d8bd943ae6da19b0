"""From a bundle and records to typed reports, for every door but that of a file of creators; see `models.scoring`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import TypeAdapter

import features
from features.few import named
from features.records import input_hashes
from models.boosters import booster as boosters
from models.machine.garbage import uncollected
from models.reports import blocks, brand_safety
from models.reports.blocks import RISKY
from models.reports.counterfactuals import lowering, risks, unexplained_risks, with_effects
from models.reports.findings import Relief, benign, bought
from models.reports.intent import intents
from models.reports.narrowing import narrowings
from models.reports.occasions import WISHES, occasions, unwished_risks
from models.reports.overview import Overviews
from models.reports.reasons import reason_rows
from models.reports.report import Anomaly, Counterfactual, Reason, Report
from models.reports.standing import standing_of
from models.reports.variants import Owned, of_anomalies, of_engagement
from models.scoring import rows_of, told_of
from models.verdicts.verdict import judge, verdict_frame

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    import polars as pl
    from numpy.typing import NDArray

    from features import Rows
    from features.records import Tables
    from models.fraud import FraudBundle
    from models.reports.brand_safety import Policy
    from models.reports.variants import Variant
    from models.verdicts.verdict import Judged

_REASONS = TypeAdapter(list[tuple[Reason, ...]])


@dataclass(frozen=True)
class _Asked:
    """What a report is made of: the records, what was prepared of them, and the answers."""

    bundle: FraudBundle
    tables: Tables
    rows: Rows
    signals: pl.DataFrame
    values: NDArray[np.float64]
    judged: Judged
    verdict: list[dict[str, Any]]
    overviews: Overviews | None


def reports(
    bundle: FraudBundle,
    tables: Tables,
    *,
    explain: bool = True,
    counterfactuals: bool = True,
    as_of: date | None = None,
    policy: Policy | None = None,
) -> list[Report]:
    """One report a creator, in the order of `tables.creators`: the same object for HTTP, command line and page.

    See `reported`.
    """
    how = {"explain": explain, "counterfactuals": counterfactuals}
    return reported(bundle, tables, **how, as_of=as_of, policy=policy).reports


@dataclass(frozen=True)
class Reported:
    """Reports, and what they were made of: the signals, and the verdict on each, row by row."""

    reports: list[Report]
    signals: pl.DataFrame
    verdict: pl.DataFrame


def reported(
    bundle: FraudBundle,
    tables: Tables,
    *,
    explain: bool = True,
    counterfactuals: bool = True,
    as_of: date | None = None,
    policy: Policy | None = None,
) -> Reported:
    """Reports with their signals, in the order of `tables.creators`.

    Args:
        bundle: The model.
        tables: The creators' records.
        explain: Without it, everything that explains the answer is left empty.
        counterfactuals: Without them, `counterfactuals` and the anomalies' `effect` are left empty, and `benign` has
            no causes that explain rises alone, which saves scoring the records again with parts taken away.
        as_of: The day at which the accounts are looked at; each record's newest observation unless given.
        policy: Whose words brand safety looks for; those that come with this version unless given.
    """
    with uncollected():
        return _reported(bundle, tables, explain, counterfactuals, as_of, policy or brand_safety.default())


def _reported(
    bundle: FraudBundle, tables: Tables, explain: bool, counterfactuals: bool, as_of: date | None, policy: Policy
) -> Reported:
    hashes = input_hashes(tables)
    rows = features.prepare(bundle.scored(tables), bundle.context, as_of=as_of)
    tables = rows.tables  # parts are taken away from what was there on that day
    signals = bundle.signals(tables, as_of, rows=rows)
    values = boosters.values(signals, bundle.names)
    judged = judge(bundle, signals, values)
    verdict = verdict_frame(judged, signals)
    told_beside = None
    if explain:
        told_beside = Overviews.of(tables, policy, bundle.names, values, rows.history, rows.comments)
    asked = _Asked(bundle, tables, rows, signals, values, judged, verdict.rows(named=True), told_beside)
    told = _explained(asked, counterfactuals) if explain else [{}] * len(asked.verdict)
    peers = blocks.peers_by_cohort(bundle, signals)
    same = {"model": blocks.model_used(bundle), "profile": blocks.profile_used(bundle)}
    answers = [
        Report.model_validate(
            {
                **answer,
                **more,
                **same,
                "contamination": blocks.contamination(answer, about),
                "peers": peers[about["platform"], about["tier"]],
                "input_hash": hashes[answer["creator_id"]],
            }
        )
        for answer, more, about in zip(asked.verdict, told, blocks.about(signals), strict=True)
    ]
    return Reported(answers, signals, verdict)


def _explained(asked: _Asked, with_counterfactuals: bool) -> list[dict[str, object]]:
    """The fields of each report that explain its answer."""
    bundle, answered = asked.bundle, asked.judged.level > 0
    told = told_of(bundle, asked.rows, asked.signals, asked.values, answered)
    typed = iter(_REASONS.validate_python(reason_rows(told)))
    reasons = [next(typed) if is_known else () for is_known in answered.tolist()]
    known, disagreement = rows_of(asked.signals, answered), asked.judged.disagreement[answered]
    apart = intents(told.explanation, bundle.definitions, told.values, known, disagreement, bundle.contract.interval)
    anomalies = _anomalies(asked)
    found: list[tuple[Counterfactual, ...]] = [()] * len(reasons)
    reliefs: list[dict[str, Relief]] = [{}] * len(reasons)
    gathered: dict[str, tuple[str, ...]] = {}
    if with_counterfactuals:
        anomalies, found = _taken_away(asked, reasons, anomalies)
        gathered = occasions(asked.rows.comments)
        wished = _of_wishes(asked, gathered)
        reliefs = [
            {**own, WISHES: wished[creator]} if (creator := str(answer["creator_id"])) in wished else own
            for answer, own in zip(asked.verdict, _reliefs(asked, anomalies), strict=True)
        ]
    by_name = {signal.name: signal for signal in bundle.definitions}
    coverage = named(asked.signals, features.COVERAGE)
    narrowing = narrowings(bundle, coverage, asked.verdict, asked.judged.disagreement, asked.values)
    place = np.where(answered, np.cumsum(answered) - 1, -1).tolist()
    return [
        {
            "reasons": reasons[k],
            "anomalies": anomalies[k],
            "types": bought(reasons[k], by_name) if answer["band"] in RISKY else (),
            "benign": benign(
                reasons[k], by_name, anomalies[k], reliefs[k], gathered.get(str(answer["creator_id"]), ())
            ),
            "intent": blocks.intent(apart, place[k], reasons[k], by_name, risky=answer["band"] in RISKY),
            "counterfactuals": found[k],
            "narrowing": narrowing[k],
            **(asked.overviews.blocks(answer, coverage[k], anomalies[k]) if asked.overviews else {}),
        }
        for k, answer in enumerate(asked.verdict)
    ]


def _anomalies(asked: _Asked) -> list[tuple[Anomaly, ...]]:
    """The anomalies of each creator."""
    found: dict[object, list[Anomaly]] = {}
    for row in features.anomalies(asked.rows).iter_rows(named=True):
        posts = row.pop("evidence", None)
        cited_posts = ({"kind": "posts", "ids": posts},) if posts else ()
        own = found.setdefault(row.pop("creator_id"), [])
        own.append(Anomaly.model_validate({**row, "evidence": cited_posts}))
    return [tuple(found.get(answer["creator_id"], ())) for answer in asked.verdict]


def _reliefs(asked: _Asked, anomalies: Sequence[tuple[Anomaly, ...]]) -> list[dict[str, Relief]]:
    """What each creator's score has less of because of each cause that explains rises of its followers."""
    causes = [
        sorted({one.explained_by for one in own if one.explained_by is not None and one.size > 0})
        if answer["probability"] is not None
        else []
        for answer, own in zip(asked.verdict, anomalies, strict=True)
    ]
    of_creators = [
        (answer["creator_id"], cause) for answer, own in zip(asked.verdict, causes, strict=True) for cause in own
    ]
    unexplained = iter(unexplained_risks(asked.bundle, asked.rows, asked.signals, of_creators))
    return [
        {cause: Relief.of(answer["risk_score"], next(unexplained)) for cause in own}
        for answer, own in zip(asked.verdict, causes, strict=True)
    ]


def _of_wishes(asked: _Asked, gathered: Mapping[str, Sequence[str]]) -> dict[str, Relief]:
    """What the scores of these creators have less of because wishes that are alike count for no list."""
    known = {
        str(answer["creator_id"]): answer["risk_score"]
        for answer in asked.verdict
        if answer["creator_id"] in gathered and answer["probability"] is not None
    }
    unwished = unwished_risks(asked.bundle, asked.rows, asked.signals, list(known))
    return {creator: Relief.of(risk, without) for (creator, risk), without in zip(known.items(), unwished, strict=True)}


def _taken_away(
    asked: _Asked, reasons: Sequence[Sequence[Reason]], anomalies: Sequence[tuple[Anomaly, ...]]
) -> tuple[list[tuple[Anomaly, ...]], list[tuple[Counterfactual, ...]]]:
    """The anomalies with their effects, and what lowers each creator's risk when it is taken away.

    All variants of all creators are scored in one go. Comments and posts are taken away only where the band is not
    low, anomalies of everyone who has an answer.
    """
    supports = {signal.name: signal.supports for signal in asked.bundle.definitions}
    risky = [answer["creator_id"] for answer in asked.verdict if answer["band"] in RISKY]
    owned, standing = Owned(asked.tables), standing_of(asked.rows, risky)
    variants: list[list[Variant]] = [[] for _ in asked.verdict]
    for answer, told, own, tried in zip(asked.verdict, reasons, anomalies, variants, strict=True):
        creator = str(answer["creator_id"])
        if answer["probability"] is not None:
            tried += of_anomalies(owned, creator, own)
        if answer["band"] in RISKY:
            tried += of_engagement(owned, creator, told, supports, standing[creator])
    without = iter(risks(asked.bundle, owned, asked.rows, asked.signals, [one for own in variants for one in own]))
    left = [[next(without) for _ in own] for own in variants]
    scores = [answer["risk_score"] for answer in asked.verdict]
    parts = list(zip(scores, anomalies, variants, left, strict=True))
    return (
        [with_effects(score, own, tried, found) for score, own, tried, found in parts],
        [
            lowering(score, tried, found) if answer["band"] in RISKY else ()
            for (score, _, tried, found), answer in zip(parts, asked.verdict, strict=True)
        ],
    )
