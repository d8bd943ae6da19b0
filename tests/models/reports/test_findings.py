from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from typing import Literal

import pytest

from features import SIGNALS, Signal
from models.reports.findings import Relief, benign, bought
from models.reports.report import Anomaly, Evidence, Reason
from models.reports.sides import FRAUD_KINDS

BENIGN_CAUSES = {
    "viral_post",
    "giveaway",
    "collaboration",
    "press",
    "platform_purge",
    "seasonal",
    "new_account",
    "non_english_audience",
    "small_loyal_community",
    "hidden_likes",
}


def _signal(name: str, *supports: str, direction: Literal[-1, 0, 1] = 0) -> Signal:
    return replace(SIGNALS[0], name=name, supports=supports, direction=direction)


SUPPORTS = {
    "a": _signal("a", "bought_followers"),
    "b": _signal("b", "bought_followers", "pod"),
    "c": _signal("c", "viral_post"),
    "more": _signal("more", "bought_comments", direction=1),
    "less": _signal("less", "giveaway", direction=-1),
}


def _reasons(
    *parts: tuple[str, float, float | None], evidence: tuple[Evidence, ...] = (), percentile: float | None = None
) -> list[Reason]:
    return [
        Reason(
            signal=name,
            family="growth",
            sentence="What it means.",
            value=value,
            unit="share",
            percentile=percentile,
            evidence=evidence,
            log_odds=log_odds,
            points=10 * log_odds,
        )
        for name, log_odds, value in parts
    ]


def test_who_follows_few_is_not_told_to_follow_and_unfollow() -> None:
    signals = {signal.name: signal for signal in SIGNALS}
    reasons = _reasons(("follow_ratio", 0.3, 0.001), ("following_count", 0.4, 12.0), percentile=0.05)
    assert bought(reasons, signals) == ()
    reasons = _reasons(("follow_ratio", 0.3, 5.0), ("following_count", 0.4, 7_000.0), percentile=0.99)
    assert [one.kind for one in bought(reasons, signals)] == ["follow_unfollow"]


def test_whom_the_followers_follow_is_no_sign_that_the_account_follows_and_unfollows() -> None:
    signals = {signal.name: signal for signal in SIGNALS}
    found = bought(_reasons(("audience_mass_follower_share", 0.9, 0.6), percentile=0.99), signals)
    assert [one.kind for one in found] == ["bought_followers"]


def test_praise_and_many_comments_are_no_sign_of_a_pod() -> None:
    signals = {signal.name: signal for signal in SIGNALS}
    names = (
        "generic_comment_share",
        "soon_hollow_comment_share",
        "first_hour_comment_share",
        "comments_above_expected",
    )
    found = bought(_reasons(*((name, 0.4, 0.9) for name in names), percentile=0.99), signals)
    assert [one.kind for one in found] == ["bought_comments"]
    found = bought(_reasons(("pod_comment_share", 0.4, 0.9), percentile=0.99), signals)
    assert [one.kind for one in found] == ["pod"]


def test_of_likes_and_views_that_do_not_go_together_that_is_told_of_which_posts_are_cited() -> None:
    signals = {signal.name: signal for signal in SIGNALS}
    posts = (Evidence(kind="posts", ids=("p1", "p2")),)
    views = _reasons(("boosted_views_share", 0.5, 0.3), ("boosted_views", 0.4, 1.1), percentile=0.99)
    for evidence, kinds in ((posts, ["bought_likes"]), ((), ["bought_views", "bought_likes"])):
        likes = _reasons(("boosted_likes_share", 0.6, 0.3), evidence=evidence, percentile=0.99)
        assert [one.kind for one in bought([*likes, *views], signals)] == kinds
    assert [one.kind for one in bought(views, signals)] == ["bought_views"]
    likes = _reasons(("boosted_likes_share", 0.6, 0.3), evidence=posts, percentile=0.99)
    below = _reasons(("likes_by_views_below_expected", 0.4, 3.0), percentile=0.99)
    assert [one.kind for one in bought([*likes, *views, *below], signals)] == ["bought_views", "bought_likes"]


def test_an_old_account_is_not_told_to_be_new() -> None:
    signals = {signal.name: signal for signal in SIGNALS}
    assert benign(_reasons(("account_age_days", -0.5, 5_000.0), percentile=0.9), signals) == ()
    (found,) = benign(_reasons(("account_age_days", -0.5, 50.0), percentile=0.03), signals)
    assert found.kind == "new_account"


def test_signals_without_a_direction_say_which_end_speaks_or_that_both_do() -> None:
    both = {one.name for one in SIGNALS if one.supports and not one.direction and not one.end}
    assert both == {"audience_age_spread"}


def test_every_signal_speaks_for_a_known_kind() -> None:
    kinds = {kind for signal in SIGNALS for kind in signal.supports}
    assert kinds <= set(FRAUD_KINDS) | BENIGN_CAUSES


def test_kinds_of_fraud_come_strongest_first_with_the_signals_that_raise_the_risk() -> None:
    found = bought(_reasons(("b", 0.3, 1.0), ("a", 0.5, 1.0), ("c", 0.9, 1.0)), SUPPORTS)
    assert [(one.kind, one.signals, one.log_odds) for one in found] == [
        ("bought_followers", ("b", "a"), 0.8),
        ("pod", ("b",), 0.3),
    ]


def test_signals_that_lower_the_risk_are_no_sign_of_fraud() -> None:
    assert bought(_reasons(("a", -0.5, 1.0), ("b", 0.05, 1.0)), SUPPORTS) == ()


def test_what_is_not_known_is_no_sign_of_fraud() -> None:
    assert bought(_reasons(("a", 0.9, None)), SUPPORTS) == ()


def test_a_benign_cause_is_found_where_its_signal_lowers_the_risk() -> None:
    (found,) = benign(_reasons(("a", -1.0, 1.0), ("c", -0.4, 0.2)), SUPPORTS)
    assert (found.kind, found.signals, found.points) == ("viral_post", ("c",), -4.0)


def test_what_is_absent_is_no_benign_cause() -> None:
    for nothing in (0.0, None):
        assert benign(_reasons(("c", -0.4, nothing)), SUPPORTS) == ()


def test_a_benign_cause_counts_only_the_signals_that_lower_the_risk() -> None:
    (found,) = benign(_reasons(("c", -0.9, 0.2), ("c", 0.3, 0.2)), SUPPORTS)
    assert (found.log_odds, found.signals) == (-0.9, ("c",))
    for signal in SIGNALS:
        assert set(signal.supports) & set(FRAUD_KINDS) or not signal.supports or signal.direction <= 0, signal.name


def test_evidence_that_several_signals_share_is_named_once() -> None:
    posts = Evidence(kind="posts", ids=("p1", "p2"))
    (found,) = bought(_reasons(("a", 0.5, 1.0), ("a", 0.4, 1.0), evidence=(posts,)), SUPPORTS)
    assert found.evidence == (posts,)


def test_a_signal_that_speaks_by_being_high_does_not_where_it_is_not() -> None:
    assert [one.kind for one in bought(_reasons(("more", 0.9, 0.2), percentile=0.9), SUPPORTS)] == ["bought_comments"]
    assert [one.kind for one in bought(_reasons(("more", 0.9, 0.2)), SUPPORTS)] == ["bought_comments"]
    assert bought(_reasons(("more", 0.9, 0.2), percentile=0.2), SUPPORTS) == ()
    assert bought(_reasons(("more", 0.9, 0.0)), SUPPORTS) == ()


def test_a_benign_cause_is_there_where_its_signal_is_high() -> None:
    assert [one.kind for one in benign(_reasons(("less", -0.9, 0.2), percentile=0.9), SUPPORTS)] == ["giveaway"]
    assert benign(_reasons(("less", -0.9, 0.2), percentile=0.2), SUPPORTS) == ()


def test_anomalies_that_a_cause_explains_are_evidence_of_it() -> None:
    post = Evidence(kind="posts", ids=("p20",))
    day = date(2026, 5, 2)
    explained = Anomaly(
        kind="step", start=day, end=day, size=9, share_of_growth=0.1, explained_by="viral_post", evidence=(post,)
    )
    (found,) = benign(_reasons(("c", -0.4, 0.2)), SUPPORTS, [explained])
    assert found.evidence == (Evidence(kind="days", start=day, end=day), post)
    assert benign([], SUPPORTS, [explained]) == ()


def test_a_cause_lowers_the_risk_by_the_rises_that_it_explains() -> None:
    day = date(2026, 5, 2)
    explained = Anomaly(kind="step", start=day, end=day, size=9, share_of_growth=0.1, explained_by="common")
    (found,) = benign([], SUPPORTS, [explained], {"common": Relief.of(20.0, 80.0)})
    assert (found.kind, found.signals, found.points) == ("common", (), -60.0)
    assert found.log_odds == pytest.approx(-2 * math.log(4))
    assert found.evidence == (Evidence(kind="days", start=day, end=day),)
    (both,) = benign(_reasons(("c", -0.4, 0.2)), SUPPORTS, [], {"viral_post": Relief.of(20.0, 80.0)})
    assert (both.kind, both.signals, both.points) == ("viral_post", ("c",), -64.0)


def test_an_explanation_that_lowers_the_risk_by_next_to_nothing_or_raises_it_is_no_benign_cause() -> None:
    for unexplained in (20.0, 22.0, 10.0):
        assert benign([], SUPPORTS, [], {"press": Relief.of(20.0, unexplained)}) == ()
