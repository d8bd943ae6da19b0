from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest

import features
from features import records
from features.histories.anomalies import removed
from features.histories.causes import Block, Cause, causes
from features.known import known_on
from features.records import Tables
from features.rows import history
from models.fraud import FraudBundle
from models.reporting import reports
from models.reports.counterfactuals import LEAST_CHANGE, MOST_TOLD, lowering, risks, unexplained_risks, with_effects
from models.reports.report import Anomaly, Evidence, Reason, Report
from models.reports.standing import NOTHING, Standing, standing_of
from models.reports.variants import MOST_ANOMALIES, Owned, Variant, of_anomalies, of_engagement, stretch
from training.fraud_model.fitting import FittedFraud
from training.simulate import Simulation


@pytest.fixture(scope="module")
def bundle(fitted_fraud: FittedFraud) -> FraudBundle:
    return fitted_fraud.bundle


@pytest.fixture(scope="module")
def told(bundle: FraudBundle, simulation: Simulation) -> list[Report]:
    return reports(bundle, simulation.tables)


def _risks(bundle: FraudBundle, tables: Tables, variants: list[Variant]) -> list[float]:
    rows = features.prepare(tables, bundle.context)
    return risks(bundle, Owned(tables), rows, bundle.signals(tables, rows=rows), variants)


def _scored(bundle: FraudBundle, tables: Tables, day: date) -> float:
    score = bundle.verdict(bundle.signals(tables, day))["risk_score"].item()
    assert isinstance(score, float)
    return score


def _with_posts(simulation: Simulation) -> str:
    counts = simulation.tables.posts.group_by("creator_id").len().sort("len", "creator_id")
    return str(counts["creator_id"][-1])


def test_an_unchanged_record_keeps_its_risk(bundle: FraudBundle, simulation: Simulation, told: list[Report]) -> None:
    answered = [report for report in told if report.risk_score is not None][:20]
    ids = [report.creator_id for report in answered]
    tables = simulation.tables.select(ids)
    whole = [
        Variant(name, "posts", "Without nothing", {"posts": tables.posts.filter(pl.col("creator_id") == name)})
        for name in ids
    ]
    assert _risks(bundle, tables, whole) == pytest.approx([report.risk_score for report in answered], abs=1e-9)


def test_a_variant_is_scored_as_the_record_would_be(bundle: FraudBundle, simulation: Simulation) -> None:
    creator = _with_posts(simulation)
    tables = simulation.tables.select([creator])
    day = features.prepare(tables, bundle.context).creators["observed_on"].item()
    gone = tables.posts["post_id"].head(4).to_list()
    left = {name: tables[name].filter(~pl.col("post_id").is_in(gone)) for name in ("posts", "comments")}
    history = tables.follower_history
    cut = removed(history, history["date"][-20], history["date"][-18], 500) if history.height > 40 else history
    variants = [
        Variant(creator, "posts", "Without four posts", left),
        Variant(creator, "comments", "Without every other comment", {"comments": tables.comments.gather_every(2)}),
        Variant(creator, "comments", "Without the comments", {"comments": tables.comments.clear()}),
        Variant(creator, "step", "Without a step", {"follower_history": cut}),
    ]
    expected = [_scored(bundle, replace(tables, **one.changed), day) for one in variants]
    assert _risks(bundle, tables, variants) == pytest.approx(expected, abs=1e-9)


def test_what_came_after_the_day_asked_for_changes_no_counterfactual(
    bundle: FraudBundle, simulation: Simulation, told: list[Report]
) -> None:
    ids = [report.creator_id for report in told if report.counterfactuals][:12]
    tables = simulation.tables.select(ids)
    observed = features.prepare(tables, bundle.context).creators["observed_on"]
    day = min(observed.to_list()) - timedelta(days=10)
    found = reports(bundle, tables, as_of=day)
    then = reports(bundle, known_on(tables, day), as_of=day)
    assert any(report.counterfactuals for report in found)
    assert [one.counterfactuals for one in found] == [one.counterfactuals for one in then]
    assert [one.anomalies for one in found] == [one.anomalies for one in then]


def test_one_creators_variants_do_not_depend_on_its_neighbours(
    bundle: FraudBundle, simulation: Simulation, told: list[Report]
) -> None:
    risky = [report for report in told if report.counterfactuals][:3]
    assert risky
    for report in risky:
        assert reports(bundle, simulation.tables.select([report.creator_id])) == [report]


def test_what_lowers_the_risk_comes_first_and_only_where_the_band_is_not_low(told: list[Report]) -> None:
    assert any(report.counterfactuals for report in told)
    for report in told:
        found = report.counterfactuals
        assert len(found) <= MOST_TOLD
        assert not found or report.band in ("review", "high")
        assert [one.change for one in found] == sorted(one.change for one in found)
        for one in found:
            assert one.risk_score == report.risk_score
            assert one.change == one.without - one.risk_score <= -LEAST_CHANGE
            assert one.what.startswith("Without ")


def test_every_anomaly_of_an_answered_creator_has_its_effect(told: list[Report]) -> None:
    found = [(report, one) for report in told for one in report.anomalies]
    assert found
    for report, anomaly in found:
        if report.risk_score is None:
            assert anomaly.effect is None
        elif len(report.anomalies) <= MOST_ANOMALIES:
            assert anomaly.effect is not None
            assert math.isfinite(anomaly.effect)


def _of_cause(report: Report, cause: str) -> bool:
    return any(one.explained_by == cause and one.size > 0 for one in report.anomalies)


@pytest.mark.parametrize("cause", ["viral_post", "common"])
def test_had_a_cause_explained_nothing_the_risk_would_be_that_of_the_record_without_it(
    cause: str, bundle: FraudBundle, simulation: Simulation, told: list[Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [one.creator_id for one in told if one.risk_score is not None and _of_cause(one, cause)][:10]
    assert ids
    tables = simulation.tables.select(ids)
    rows = features.prepare(tables, bundle.context)
    signals = bundle.signals(tables, rows=rows)
    found = unexplained_risks(bundle, rows, signals, [(name, cause) for name in signals["creator_id"]])

    def without(blocks: list[Block], posts: pl.DataFrame | None) -> list[Cause]:
        return [
            one._replace(explained_by=None) if one.explained_by == cause and block.surge != "drop" else one
            for block, one in zip(blocks, causes(blocks, posts), strict=True)
        ]

    monkeypatch.setattr(history, "causes", without)
    by_itself = signals.select("viral_growth_share") if cause == "viral_post" else signals.select()
    expected = bundle.verdict(bundle.signals(tables).with_columns(by_itself.get_columns()))
    assert found == pytest.approx(expected["risk_score"].to_list(), abs=1e-9)


def test_causes_that_explain_rises_are_told_with_what_they_take_from_the_risk(told: list[Report]) -> None:
    found = [(report, one) for report in told for one in report.benign if not one.signals]
    assert found
    for report, one in found:
        assert one.points < 0
        assert _of_cause(report, one.kind)
        assert any(piece.kind == "days" for piece in one.evidence)


def test_counterfactuals_can_be_left_out(bundle: FraudBundle, simulation: Simulation, told: list[Report]) -> None:
    one = next(report for report in told if report.counterfactuals and report.anomalies)
    (short,) = reports(bundle, simulation.tables.select([one.creator_id]), counterfactuals=False)
    assert short.counterfactuals == ()
    assert all(anomaly.effect is None for anomaly in short.anomalies)
    assert short.reasons == one.reasons


def _anomaly(size: int) -> Anomaly:
    return Anomaly(kind="step", start=date(2026, 3, 2), end=date(2026, 3, 5), size=size, share_of_growth=None)


def test_the_largest_change_is_told_first_and_small_ones_are_not_told() -> None:
    variants = [Variant("a", "step", f"Without {k}", {}, anomaly=k) for k in range(4)]
    without = [70.9, 38.0, 60.0, 80.0]
    assert [(one.what, one.change) for one in lowering(71.0, variants, without)] == [
        ("Without 1", -33.0),
        ("Without 2", -11.0),
    ]
    effects = [one.effect for one in with_effects(71.0, [_anomaly(5)] * 5, variants, without)]
    assert effects[:4] == pytest.approx([0.1, 33.0, 11.0, -9.0])
    assert effects[4] is None


@pytest.mark.parametrize(("together", "told"), [(38.2, ["Without 0"]), (37.0, ["Without all", "Without 0"])])
def test_all_stretches_together_are_told_where_that_is_more_than_one_alone(together: float, told: list[str]) -> None:
    variants = [
        Variant("a", "step", "Without 0", {}, anomaly=0),
        Variant("a", "decay", "Without 1", {}, anomaly=1),
        Variant("a", "unexplained", "Without all", {}),
    ]
    assert [one.what for one in lowering(71.0, variants, [38.0, 71.4, together])] == told


def test_losses_are_told_with_a_minus_sign_and_one_follower_in_the_singular() -> None:
    history = pl.DataFrame({"creator_id": "me", "date": [date(2026, 3, 2), date(2026, 3, 5)], "followers": [9, 8]})
    creators = pl.DataFrame({"creator_id": ["me"], "platform": ["x"]})
    owned = Owned(Tables.from_frames({"creators": creators, "follower_history": history}))
    (found,) = of_anomalies(owned, "me", [_anomaly(-1)])
    assert found.what == "Without the jump of 2–5 March 2026 (−1 follower)"


def _tables() -> Tables:
    texts = ["So lovely, my friend!", "so lovely, my friend!", "Where is this?", "Thanks", "Great", "Nice one", "hello"]
    authors = ["a", "b", "c", "me", "a", "d", "e"]
    comments = {"creator_id": "me", "comment_id": [f"c{k}" for k in range(7)], "author_id": authors, "text": texts}
    posts = {"creator_id": "me", "post_id": ["p1", "p2", "p3"]}
    return Tables.from_frames(
        {
            "creators": pl.DataFrame({"creator_id": ["me"], "platform": ["instagram"]}),
            "comments": pl.DataFrame(comments),
            "posts": pl.DataFrame(posts),
        }
    )


def _reason(name: str, family: str, kind: str, *ids: str, points: float = 5.0) -> Reason:
    return Reason.model_validate(
        {
            "signal": name,
            "family": family,
            "sentence": "",
            "value": 1.0,
            "unit": "",
            "percentile": None,
            "evidence": [Evidence.model_validate({"kind": kind, "ids": ids})],
            "log_odds": points / 10,
            "points": points,
        }
    )


SUPPORTS = {"copies": ("bought_comments",), "early": ("pod",), "likes": ("bought_likes",)}


def test_comments_that_repeat_another_or_look_inauthentic_are_taken_away() -> None:
    tables = _tables()
    probability = pl.Series("inauthentic_probability", [0.1, 0.1, 0.1, 0.9, None, 0.6, 0.1])
    judged = replace(tables, comments=tables.comments.with_columns(probability))
    for given, left in ((tables, ["c2", "c3", "c4", "c5", "c6"]), (judged, ["c2", "c3", "c4", "c6"])):
        (found,) = of_engagement(Owned(given), "me", [_reason("copies", "comments", "comments", "c0")], SUPPORTS)
        assert found.changed["comments"]["comment_id"].to_list() == left
    assert found.what == "Without the 3 comments that repeat a longer text or look inauthentic"


def test_wishes_that_repeat_each_other_stay() -> None:
    reasons = [_reason("copies", "comments", "comments", "c0")]
    assert of_engagement(Owned(_tables()), "me", reasons, SUPPORTS, Standing(wished=frozenset({"c0", "c1"}))) == []


def test_a_comment_as_likely_genuine_as_not_stays_as_no_signal_counts_it() -> None:
    tables = _tables()
    probability = pl.Series("inauthentic_probability", [0.1, 0.1, 0.5, 0.9, None, 0.500001, 0.1])
    judged = replace(tables, comments=tables.comments.with_columns(probability))
    (found,) = of_engagement(Owned(judged), "me", [_reason("copies", "comments", "comments", "c0")], SUPPORTS)
    assert found.changed["comments"]["comment_id"].to_list() == ["c2", "c3", "c4", "c6"]


def test_comments_that_could_stand_under_any_post_are_taken_away_where_reasons_cite_any() -> None:
    asked = (Owned(_tables()), "me", [_reason("copies", "comments", "comments", "c4")], SUPPORTS)
    _, found = of_engagement(*asked, Standing(anywhere=frozenset({"c4", "c5"})))
    assert found.changed["comments"]["comment_id"].to_list() == ["c0", "c1", "c2", "c3", "c6"]
    assert found.what == "Without the 2 comments that could stand under any post"
    assert len(of_engagement(*asked, Standing(anywhere=frozenset({"c5"})))) == 1


def test_praise_emoji_and_promotion_could_stand_under_any_post() -> None:
    texts = {"a": "So pretty!", "b": "❤️❤️", "c": "Follow me back, link in bio", "d": "Where did you buy that lamp?"}
    record = {
        "creator_id": "me",
        "platform": "instagram",
        "comments": [{"comment_id": name, "author_id": f"by {name}", "text": text} for name, text in texts.items()],
    }
    assert standing_of(features.prepare(records.read([record])), ["me"])["me"].anywhere == {"a", "b", "c"}


def test_one_comment_is_told_in_the_singular() -> None:
    tables = _tables()
    probability = pl.Series("inauthentic_probability", [0.1, 0.1, 0.1, 0.1, None, 0.6, 0.1])
    judged = replace(
        tables, comments=tables.comments.filter(pl.col("comment_id") != "c0").with_columns(probability.tail(6))
    )
    (found,) = of_engagement(Owned(judged), "me", [_reason("copies", "comments", "comments", "c1")], SUPPORTS)
    assert found.what == "Without the comment that repeats a longer text or looks inauthentic"


def test_comments_whose_post_is_not_known_stay_where_posts_are_taken_away() -> None:
    tables = _tables()
    comments = tables.comments.with_columns(post_id=pl.lit(None, dtype=pl.String))
    reasons = [_reason("likes", "engagement", "posts", "p2")]
    (found,) = of_engagement(Owned(replace(tables, comments=comments)), "me", reasons, SUPPORTS)
    assert found.what == "Without 1 post whose counts the rest does not explain"
    assert found.changed["comments"].height == comments.height


def test_everything_of_the_accounts_that_comment_as_a_pod_is_taken_away() -> None:
    _, found = of_engagement(Owned(_tables()), "me", [_reason("early", "comments", "comments", "c0")], SUPPORTS)
    assert found.kind == "pod_comments"
    assert found.changed["comments"]["author_id"].to_list() == ["b", "c", "me", "d", "e"]


def test_all_comments_of_a_pod_are_taken_away_where_reasons_cite_some() -> None:
    """Of a pod of twelve, five are cited; without these the others still are a pod."""
    reasons = [_reason("early", "comments", "comments", "c0")]
    _, found = of_engagement(Owned(_tables()), "me", reasons, SUPPORTS, Standing(podded=frozenset({"c0", "c3"})))
    cited_alone = of_engagement(Owned(_tables()), "me", reasons, SUPPORTS, Standing(podded=frozenset({"c3"})))[-1]
    assert found.changed["comments"].height < cited_alone.changed["comments"].height
    assert "c3" not in found.changed["comments"]["comment_id"]
    assert "c3" in cited_alone.changed["comments"]["comment_id"]


def test_posts_with_unexplained_counts_are_taken_away_with_their_comments() -> None:
    tables = _tables()
    comments = tables.comments.with_columns(post_id=pl.lit("p2"))
    reasons = [_reason("likes", "engagement", "posts", "p2", "p1")]
    (found,) = of_engagement(Owned(replace(tables, comments=comments)), "me", reasons, SUPPORTS)
    assert found.what == "Without 2 posts whose counts the rest does not explain"
    assert found.changed["posts"]["post_id"].to_list() == ["p3"]
    assert found.changed["comments"].is_empty()


def test_all_posts_that_a_citing_signal_counts_are_taken_away() -> None:
    reasons = [_reason("likes", "engagement", "posts", "p2"), _reason("copies", "comments", "comments", points=-1.0)]
    out = {"likes": ["p1", "p2"], "copies": ["p3"]}
    (found,) = of_engagement(Owned(_tables()), "me", reasons, SUPPORTS, Standing(out=out))
    assert found.changed["posts"]["post_id"].to_list() == ["p3"]


def test_posts_that_stand_out_are_those_that_are_cited_and_more() -> None:
    def posted(first: int) -> list[dict[str, object]]:
        likes = [400 if n % 3 == first else 100 + n for n in range(24)]
        days = (date(2026, 3, 1) + timedelta(days=n) for n in range(24))
        both = zip(likes, days, strict=True)
        return [{"post_id": f"p{n:02}", "posted_at": f"{day}", "likes": many} for n, (many, day) in enumerate(both)]

    made = [{"creator_id": name, "platform": "instagram", "posts": posted(k)} for k, name in enumerate(("me", "other"))]
    rows = features.prepare(records.read(made))
    found = standing_of(rows, ["me", "nobody"])
    assert found["nobody"] == NOTHING
    assert sorted(found["me"].out["boosted_likes_share"]) == [f"p{n:02}" for n in range(0, 24, 3)]
    assert set(features.evidence(rows)["boosted_likes_share"][0]) < set(found["me"].out["boosted_likes_share"])
    assert found["me"].out["boosted_views_share"] == []
    assert standing_of(rows, []) == {}
    alone = features.prepare(records.read(made[:1]))
    assert standing_of(alone, ["me"]) == {"me": found["me"]}


def test_nothing_stands_out_of_an_account_without_posts() -> None:
    rows = features.prepare(records.read([{"creator_id": "me", "platform": "instagram"}]))
    assert not any(standing_of(rows, ["me"])["me"].out.values())


def test_what_lowers_the_risk_already_is_not_taken_away() -> None:
    lowering_ = [
        _reason("likes", "engagement", "posts", "p2", points=-5.0),
        _reason("copies", "comments", "comments", points=-1.0),
    ]
    assert of_engagement(Owned(_tables()), "me", lowering_, SUPPORTS) == []


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (date(2026, 3, 2), date(2026, 3, 5), "2–5 March 2026"),
        (date(2026, 3, 2), date(2026, 3, 2), "2 March 2026"),
        (date(2026, 2, 28), date(2026, 3, 2), "28 February – 2 March 2026"),
        (date(2025, 12, 30), date(2026, 1, 2), "30 December 2025 – 2 January 2026"),
    ],
)
def test_days_are_written_as_people_do(start: date, end: date, expected: str) -> None:
    assert stretch(start, end) == expected


def test_without_mass_following_the_followings_stay_as_they_were() -> None:
    days = [date(2026, 3, 1 + k) for k in range(7)]
    history = pl.DataFrame(
        {"creator_id": "me", "date": days, "followers": [1_000] * 7, "following": [300, 310, 900, None, 700, 320, 330]}
    )
    tables = Tables.from_frames(
        {"creators": pl.DataFrame({"creator_id": ["me"], "platform": ["x"]}), "follower_history": history}
    )
    wave = Anomaly(kind="mass_following", start=days[1], end=days[5], size=590, share_of_growth=None)
    (found,) = of_anomalies(Owned(tables), "me", [wave])
    assert found.what == "Without the mass following of 2–6 March 2026 (590 accounts followed and left again)"
    assert found.changed["follower_history"]["following"].to_list() == [300, 310, 310, None, 310, 310, 320]
    assert found.changed["follower_history"]["followers"].to_list() == [1_000] * 7


def test_the_largest_stretches_are_tried() -> None:
    history = pl.DataFrame(
        {"creator_id": "me", "date": [date(2026, 3, 1), date(2026, 3, 6)], "followers": [1_000, 9_000]}
    )
    tables = Tables.from_frames(
        {"creators": pl.DataFrame({"creator_id": ["me"], "platform": ["x"]}), "follower_history": history}
    )
    found = of_anomalies(Owned(tables), "me", [_anomaly(size) for size in range(10)])
    assert [one.anomaly for one in found] == [*range(9, 9 - MOST_ANOMALIES, -1), None]
    assert found[0].what == "Without the jump of 2–5 March 2026 (+9 followers)"


def test_all_that_nothing_explains_is_taken_away_together_too() -> None:
    days = [date(2026, 3, k) for k in (1, 2, 5, 9)]
    history = pl.DataFrame({"creator_id": "me", "date": days, "followers": [1_000, 1_010, 1_510, 2_520]})
    tables = Tables.from_frames(
        {"creators": pl.DataFrame({"creator_id": ["me"], "platform": ["x"]}), "follower_history": history}
    )
    first = Anomaly(kind="step", start=days[1], end=days[2], size=500, share_of_growth=None)
    second = Anomaly(kind="round", start=days[2], end=days[3], size=1_000, share_of_growth=None)
    *_, together = of_anomalies(Owned(tables), "me", [first, second])
    assert together.kind == "unexplained"
    assert together.what == "Without the 2 stretches of 2–9 March 2026 that nothing explains"
    assert together.changed["follower_history"]["followers"].to_list() == [1_000, 1_010, 1_010, 1_020]
    explained = second.model_copy(update={"explained_by": "giveaway"})
    assert [one.kind for one in of_anomalies(Owned(tables), "me", [first, explained])] == ["round", "step"]
