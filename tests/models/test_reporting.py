from __future__ import annotations

import gc
import math
from dataclasses import replace
from typing import NoReturn

import polars as pl
import pytest

from features import SIGNALS, Family
from features.records import input_hashes
from models.reporting import reports
from models.reports.blocks import CROSS_CHECK, SHIFT, contamination, peers_by_cohort
from models.reports.intent import composition
from models.reports.narrowing import CHANCY
from models.reports.reasons import LEAST_CITED, REASON
from models.reports.report import Report
from models.reports.sides import MIDDLE, fraud_end
from models.scoring import score_frame
from models.verdicts.decision import profile_named
from training.fraud_model.fitting import FittedFraud
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


def test_peers_of_a_size_that_the_norms_lack_are_told_as_those_of_all_sizes(
    fitted_fraud: FittedFraud, simulation: Simulation
) -> None:
    platform = simulation.tables.creators["platform"][0]
    signals = pl.DataFrame({"platform": [platform], "tier": ["unheard of"]})
    found = peers_by_cohort(fitted_fraud.bundle, signals)
    wider = found[platform, "unheard of"]
    assert (wider.tier, wider.creators) == (None, fitted_fraud.bundle.context.cohort_size(platform, None))
    assert wider.creators is not None


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
                    assert piece.start <= piece.end


def test_frames_and_reports_tell_the_same_reasons_in_full(told: list[Report], scored: pl.DataFrame) -> None:
    for report, row in zip(told, scored.iter_rows(named=True), strict=True):
        for reason, fields in zip(report.reasons, row["reasons"], strict=True):
            pieces = [piece.model_dump(exclude={"facts"}) | {"ids": list(piece.ids)} for piece in reason.evidence]
            assert pieces == fields["evidence"]
            same = ("value", "unit", "family", "percentile", "telling")
            assert {name: getattr(reason, name) for name in same} == {name: fields[name] for name in same}


def test_evidence_is_cited_where_it_shows_in_the_score(told: list[Report]) -> None:
    cited = [reason for report in told for reason in report.reasons if reason.evidence]
    assert cited
    assert all(abs(reason.points) >= LEAST_CITED for reason in cited)


def test_evidence_speaks_for_what_the_points_say(fitted_fraud: FittedFraud, told: list[Report]) -> None:
    by_name = {signal.name: signal for signal in fitted_fraud.bundle.definitions}
    for reason in (reason for report in told for reason in report.reasons if reason.evidence):
        assert reason.telling
        assert fraud_end(by_name[reason.signal]) * reason.points >= 0, reason.signal


def test_a_reason_tells_whether_its_value_speaks_for_what_its_points_say(told: list[Report]) -> None:
    reasons = [reason for report in told for reason in report.reasons]
    assert all((reason.telling is None) == (reason.value is None) for reason in reasons)
    follows = [(reason, reason.percentile) for reason in reasons if reason.signal == "following_count"]
    assert {True, False} <= {reason.telling for reason, _ in follows}
    for reason, among in follows:
        if among is not None and reason.value:
            assert reason.telling == (among >= MIDDLE if reason.points > 0 else among <= MIDDLE)


def test_what_is_not_known_cites_no_evidence(fitted_fraud: FittedFraud, simulation: Simulation) -> None:
    tables = simulation.tables
    few = replace(tables, comments=tables.comments.group_by("creator_id", maintain_order=True).head(6))
    told = reports(fitted_fraud.bundle, few, counterfactuals=False)
    unknown = [reason for report in told for reason in report.reasons if reason.value is None]
    assert any(abs(reason.points) >= LEAST_CITED for reason in unknown)
    assert not any(reason.evidence for reason in unknown)
    rows = score_frame(fitted_fraud.bundle, few, explain=True)["reasons"].explode().struct.unnest()
    assert rows.filter(pl.col("value").is_null())["evidence"].list.len().max() == 0


def test_intent_leaves_out_what_the_audience_is_made_of(told: list[Report]) -> None:
    made_of = {signal.name for signal in SIGNALS if composition(signal)}
    assert {signal.name for signal in SIGNALS if signal.family is Family.AUDIENCE} >= made_of
    seen = 0
    for report in told:
        assert report.intent is not None
        if report.intent.probability is None:
            assert report.intent.evidence == ()
            continue
        own = [r for r in report.reasons if r.signal in made_of and r.value is not None]
        apart = math.fsum([report.model.base_log_odds, *(r.log_odds for r in report.reasons if r not in own)])
        assert report.intent.probability == pytest.approx(1 / (1 + math.exp(-apart)), abs=1e-9)
        assert report.intent.lo is not None
        assert report.intent.hi is not None
        assert 0 <= report.intent.lo <= report.intent.probability <= report.intent.hi <= 1
        assert report.intent.audience_points == pytest.approx(math.fsum(r.points for r in own), abs=1e-9)
        seen += 1
    assert seen > 300


def test_an_audience_that_nobody_sampled_makes_no_points(fitted_fraud: FittedFraud, simulation: Simulation) -> None:
    whole = simulation.tables
    for report in reports(fitted_fraud.bundle, replace(whole, audience=whole.audience.clear()), counterfactuals=False):
        assert report.intent is not None
        if report.probability is not None:
            assert report.intent.audience_points == 0
            assert report.intent.probability == pytest.approx(report.probability, abs=1e-9)


def test_the_audience_alone_says_nothing_of_intent(fitted_fraud: FittedFraud, simulation: Simulation) -> None:
    sampled = simulation.tables.audience.group_by("creator_id").len().filter(pl.col("len") >= 100)["creator_id"]
    whole = simulation.tables.select(sampled.head(5).to_list())
    tables = replace(
        whole,
        posts=whole.posts.clear(),
        comments=whole.comments.clear(),
        follower_history=whole.follower_history.clear(),
    )
    for report in reports(fitted_fraud.bundle, tables):
        assert report.probability is not None
        assert report.intent is not None
        assert report.intent.probability is None
        assert "audience sample" in report.intent.note


def test_contamination_says_why_there_is_no_answer(told: list[Report], simulation: Simulation) -> None:
    counts = dict(simulation.tables.audience.group_by("creator_id").len().iter_rows())
    for report in told:
        found = report.contamination
        assert found.sampled == counts.get(report.creator_id, 0)
        assert found.share == report.fake_follower_share
        if found.share is None:
            assert found.note.startswith(("No followers", "Fewer than 100", "No model"))


def test_an_estimate_beside_the_signals_is_told() -> None:
    answer = {"fake_follower_share": 0.3, "fake_follower_share_lo": 0.2, "fake_follower_share_hi": 0.4}
    found = contamination(answer, {"followers_sampled": 400, CROSS_CHECK: 0.32, SHIFT: True})
    assert (found.share, found.lo, found.hi, found.cross_check, found.sampled) == (0.3, 0.2, 0.4, 0.32, 400)
    assert "unlike" in found.note


def test_what_is_lacking_would_make_known_what_is_not_and_needs_nothing_else(
    fitted_fraud: FittedFraud, simulation: Simulation
) -> None:
    by_name = {signal.name: signal for signal in SIGNALS}
    few = replace(
        simulation.tables,
        comments=simulation.tables.comments.group_by("creator_id", maintain_order=True).head(15),
        posts=simulation.tables.posts.clear(),
    )
    seen = 0
    for report in reports(fitted_fraud.bundle, few, counterfactuals=False):
        known = {reason.signal for reason in report.reasons if reason.value is not None}
        gone = {name for name in ("comments", "follower_history", "audience") if name in report.missing_inputs}
        for one in report.narrowing:
            assert known.isdisjoint(one.signals)
            assert CHANCY.isdisjoint(one.signals)
            for name in one.signals:
                needed = {need.partition(".")[0] for need in by_name[name].needs}
                assert needed.isdisjoint(gone - {one.input})
                assert set(by_name[name].needs).isdisjoint(report.missing_inputs)
            seen += len(one.signals)
    assert seen


def test_what_is_lacking_would_narrow_the_interval(told: list[Report], simulation: Simulation) -> None:
    by_name = {signal.name: signal for signal in SIGNALS}
    for report in told:
        lacking = {one.input for one in report.narrowing}
        assert {
            name for name in ("posts", "comments", "follower_history", "audience") if name in report.missing_inputs
        } <= lacking
        for one in report.narrowing:
            if report.lo is None or report.hi is None:
                assert one.width_now is None
            else:
                assert one.width_now == pytest.approx(report.hi - report.lo)
                assert one.width_expected <= one.width_now + 1e-12
            assert all(any(need.startswith(one.input) for need in by_name[name].needs) for name in one.signals)
    assert any(report.narrowing for report in told)


def test_a_profile_moves_the_cut_offs_and_nothing_else(fitted_fraud: FittedFraud, simulation: Simulation) -> None:
    tables = simulation.tables.select(simulation.tables.creators["creator_id"][:60].to_list())
    stricter = replace(fitted_fraud.bundle, profile=profile_named("strict"))
    usual = reports(fitted_fraud.bundle, tables, counterfactuals=False)
    strict = reports(stricter, tables, counterfactuals=False)
    for one, other in zip(usual, strict, strict=True):
        assert (one.probability, one.lo, one.hi, one.reasons) == (other.probability, other.lo, other.hi, other.reasons)
        assert (other.profile.name, other.profile.review, other.profile.high) == ("strict", 0.1, 0.7)
        if one.probability is not None and 0.1 <= one.probability < 0.3:
            assert (one.band, other.band) == ("low", "review")


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
    hashes = input_hashes(simulation.tables)
    for report in told:
        assert report.input_hash == hashes[report.creator_id]
        assert report.model.version == fitted_fraud.bundle.contract.version
        assert report.peers.norms_version == fitted_fraud.bundle.contract.norms_version


def test_without_explanation_a_report_is_the_verdict_alone(fitted_fraud: FittedFraud, simulation: Simulation) -> None:
    tables = simulation.tables.select(simulation.tables.creators["creator_id"][:20].to_list())
    for report in reports(fitted_fraud.bundle, tables, explain=False):
        assert (report.reasons, report.types, report.benign, report.anomalies) == ((), (), (), ())
        assert (report.counterfactuals, report.narrowing, report.intent) == ((), (), None)


def test_no_creator_at_all_gives_no_report(fitted_fraud: FittedFraud, simulation: Simulation) -> None:
    nobody = simulation.tables.select([])
    assert reports(fitted_fraud.bundle, nobody) == []
    assert score_frame(fitted_fraud.bundle, nobody, explain=True).columns == [*SCORE_COLUMNS, "reasons"]


def test_collection_is_off_during_reports_alone(
    fitted_fraud: FittedFraud, simulation: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []

    def failing(_tables: object) -> NoReturn:
        seen.append(gc.isenabled())
        raise RuntimeError("broken")

    monkeypatch.setattr("models.reporting.input_hashes", failing)
    with pytest.raises(RuntimeError, match="broken"):
        reports(fitted_fraud.bundle, simulation.tables)
    assert (seen, gc.isenabled()) == ([False], True)
