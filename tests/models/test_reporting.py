from __future__ import annotations

import math

import polars as pl
import pytest

from features import SIGNALS
from features.records import input_hashes
from models.reasons import REASON
from models.report import Report
from models.reporting import reports, score_frame
from training.fraud import FittedFraud
from training.simulate import Simulation

SCORE_COLUMNS = [
    "creator_id",
    "state",
    "probability",
    "lo",
    "hi",
    "risk_score",
    "band",
    "decision",
    "fake_follower_share",
    "fake_follower_share_lo",
    "fake_follower_share_hi",
    "missing_inputs",
]


@pytest.fixture(scope="module")
def told(fitted_fraud: FittedFraud, simulation: Simulation) -> list[Report]:
    return reports(fitted_fraud.bundle, simulation.tables)


@pytest.fixture(scope="module")
def scored(fitted_fraud: FittedFraud, simulation: Simulation) -> pl.DataFrame:
    return score_frame(fitted_fraud.bundle, simulation.tables, explain=True)


def test_scores_have_the_columns_of_the_command_line(
    fitted_fraud: FittedFraud, simulation: Simulation, scored: pl.DataFrame
) -> None:
    assert scored.columns == [*SCORE_COLUMNS, "reasons"]
    assert scored.schema["reasons"] == pl.List(REASON)
    assert score_frame(fitted_fraud.bundle, simulation.tables).equals(scored.drop("reasons"))


def test_reports_and_scores_say_the_same(told: list[Report], scored: pl.DataFrame) -> None:
    for report, row in zip(told, scored.iter_rows(named=True), strict=True):
        for column in SCORE_COLUMNS:
            value = getattr(report, column)
            assert (list(value) if column == "missing_inputs" else value) == row[column]
        assert [(r.signal, r.log_odds, r.points) for r in report.reasons] == [
            (r["signal"], r["log_odds"], r["points"]) for r in row["reasons"]
        ]


def test_reasons_add_up_to_probability_and_risk(told: list[Report]) -> None:
    for report in told:
        if report.probability is None or report.risk_score is None:
            assert report.reasons == ()
            continue
        log_odds = report.model.base_log_odds + math.fsum(reason.log_odds for reason in report.reasons)
        assert log_odds == pytest.approx(math.log(report.probability / (1 - report.probability)), abs=1e-9)
        points = report.model.base_risk + math.fsum(reason.points for reason in report.reasons)
        assert points == pytest.approx(report.risk_score, abs=1e-9)


def test_reasons_come_with_what_a_reader_needs_and_the_unknown_last(told: list[Report]) -> None:
    by_name = {signal.name: signal for signal in SIGNALS}
    for report in told:
        order = [(reason.value is None, -abs(reason.points)) for reason in report.reasons]
        assert order == sorted(order)
        for reason in report.reasons:
            about = by_name[reason.signal]
            assert (reason.sentence, reason.unit, reason.family) == (about.sentence, about.unit, about.family)
            assert reason.percentile is None or 0 <= reason.percentile <= 1
    kinds = {piece.kind for report in told for reason in report.reasons for piece in reason.evidence}
    assert kinds == {"posts", "days", "comments", "followers"}


def test_evidence_names_things_of_the_creators_own(told: list[Report], simulation: Simulation) -> None:
    posts = dict(simulation.tables.posts.group_by("creator_id").agg("post_id").iter_rows())
    for report in told:
        for reason in report.reasons:
            for piece in reason.evidence:
                if piece.kind == "posts":
                    assert set(piece.ids) <= set(posts[report.creator_id])
                if piece.kind == "days":
                    assert piece.start is not None
                    assert piece.end is not None


def test_what_was_bought_is_said_only_where_risk_is_not_low(told: list[Report]) -> None:
    assert any(report.types for report in told)
    for report in told:
        if report.band in (None, "low"):
            assert report.types == ()
        assert all(finding.log_odds > 0 for finding in report.types)
        assert all(finding.log_odds < 0 for finding in report.benign)


def test_a_creator_alone_gets_the_same_report(
    fitted_fraud: FittedFraud, simulation: Simulation, told: list[Report]
) -> None:
    for k in (0, 7, 21):
        assert reports(fitted_fraud.bundle, simulation.tables.select([told[k].creator_id])) == [told[k]]


def test_a_report_says_what_gave_it(told: list[Report], fitted_fraud: FittedFraud, simulation: Simulation) -> None:
    hashes = dict(input_hashes(simulation.tables).select("creator_id", "input_hash").iter_rows())
    for report in told:
        assert report.input_hash == hashes[report.creator_id]
        assert report.model.version == fitted_fraud.bundle.contract.version
        assert report.peers.norms_version == fitted_fraud.bundle.contract.norms_version


def test_without_explanation_a_report_is_the_verdict_alone(fitted_fraud: FittedFraud, simulation: Simulation) -> None:
    tables = simulation.tables.select(simulation.tables.creators["creator_id"][:20].to_list())
    for report in reports(fitted_fraud.bundle, tables, explain=False):
        assert (report.reasons, report.types, report.benign, report.anomalies) == ((), (), (), ())


def test_no_creator_at_all_gives_no_report(fitted_fraud: FittedFraud, simulation: Simulation) -> None:
    nobody = simulation.tables.select([])
    assert reports(fitted_fraud.bundle, nobody) == []
    assert score_frame(fitted_fraud.bundle, nobody, explain=True).columns == [*SCORE_COLUMNS, "reasons"]
