"""What a report tells beside its verdict is counted right, and null with a reason where it cannot be known."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from features import records
from models.reporting import reports
from models.reports.overview import audience as audience_told
from models.reports.overview import growth as growth_told
from models.reports.overview import posts as posts_told
from models.reports.report import Report
from training.fraud_model.fitting import FittedFraud
from training.simulate import Simulation

START = datetime(2025, 3, 1, 12, tzinfo=UTC)
NOW = datetime(2025, 6, 1, tzinfo=UTC)


def told(fitted_fraud: FittedFraud, **fields: Any) -> Report:
    record = {"creator_id": "c", "platform": "instagram", **fields}
    [report] = reports(fitted_fraud.bundle, records.read([record], now=NOW), counterfactuals=False)
    return report


def posts(likes: list[int | None], **columns: list[Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
        {"post_id": f"p{k}", "likes": n, "comments": 10, "posted_at": (START + timedelta(days=7 * k)).isoformat()}
        for k, n in enumerate(likes)
    ]
    for name, values in columns.items():
        for row, value in zip(rows, values, strict=True):
            row[name] = value
    return rows


def test_the_account_and_how_much_there_is(fitted_fraud: FittedFraud) -> None:
    history = [{"date": (START.date() + timedelta(days=k)).isoformat(), "followers": 1_000 + k} for k in range(40)]
    report = told(fitted_fraud, handle="ada", followers=12_000, posts=posts([100] * 6), follower_history=history)
    assert report.account is not None
    assert report.account.tier is not None
    assert (report.account.handle, report.account.tier.name, report.account.tier.below) == ("ada", "micro", 100_000)
    assert report.data is not None
    assert (report.data.posts, report.data.posts_from, report.data.posts_to) == (6, date(2025, 3, 1), date(2025, 4, 5))
    assert (report.data.history_days, report.data.history_to) == (40, date(2025, 4, 9))
    assert report.authenticity_score == pytest.approx(100 - (report.risk_score or 0))
    assert report.confidence is not None
    assert report.confidence.width == pytest.approx((report.hi or 0) - (report.lo or 0))


def test_an_answer_on_one_kind_of_evidence_is_not_called_sure(
    simulation: Simulation, fitted_fraud: FittedFraud
) -> None:
    whole = simulation.tables
    alone = replace(whole, comments=whole.comments.clear(), audience=whole.audience.clear())
    for tables in (whole, alone):
        found = reports(fitted_fraud.bundle, tables, counterfactuals=False)
        sure = [(one.state, one.confidence) for one in found if one.confidence is not None]
        assert {about.label for state, about in sure if state == "low_confidence"} == {"low"}
        assert all(about.width <= 0.4 or about.label == "low" for _, about in sure)


def test_engagement_is_of_medians_and_of_its_period(fitted_fraud: FittedFraud) -> None:
    likes = [90, 90, 90, 190, 190, 190, 290, 290, 90_000]
    sponsors = [["mill"] if k % 2 else [] for k in range(9)]
    engagement = told(fitted_fraud, followers=1_000, posts=posts(likes, sponsors=sponsors)).engagement
    assert engagement is not None
    assert (engagement.likes, engagement.comments, engagement.views) == (190.0, 10.0, None)
    assert engagement.comments_rate == pytest.approx(0.01)
    assert engagement.posts_per_week == pytest.approx(1.0)
    assert engagement.likes_comments_ratio == pytest.approx(sum(likes) / 90)
    assert engagement.rate_by_period == {"7d": None, "30d": 0.3, "90d": 0.2, "180d": 0.2, "365d": 0.2}
    assert engagement.paid_vs_organic == pytest.approx(200 / 200)
    assert engagement.unavailable["views"] == posts_told.NO_VIEWS


def test_the_reason_of_a_figure_that_is_null_is_true_of_the_record(fitted_fraud: FittedFraud) -> None:
    seen: dict[str, list[Any]] = {"views": [900] * 8}
    without_followers = told(fitted_fraud, posts=posts([100] * 8, **seen)).engagement
    assert without_followers is not None
    for name in ("rate_by_followers", "comments_rate", "views_followers_ratio"):
        assert without_followers.unavailable[name] == posts_told.NO_FOLLOWERS
    unseen = told(fitted_fraud, followers=0, posts=posts([None] * 8, **seen)).engagement
    assert unseen is not None
    assert unseen.unavailable["rate_by_views"] == posts_told.NOT_BESIDE_VIEWS
    assert unseen.unavailable["likes_views_ratio"] == posts_told.NOT_BESIDE_VIEWS
    assert unseen.unavailable["views_followers_ratio"] == posts_told.NO_FOLLOWERS
    assert unseen.unavailable["rate_by_followers"] == posts_told.NO_ENGAGEMENT
    daily = [START.isoformat()] * 8
    quick = told(fitted_fraud, followers=100, posts=posts([100] * 8, posted_at=daily, comments=[0] * 8)).engagement
    assert quick is not None
    assert quick.unavailable["posts_per_week"] == posts_told.ONE_WEEK
    assert quick.unavailable["likes_comments_ratio"] == posts_told.NOBODY_COMMENTED


def test_hidden_likes_that_were_delivered_as_none_are_told_as_missing(fitted_fraud: FittedFraud) -> None:
    some, all_of_them = (told(fitted_fraud, posts=posts(likes)) for likes in ([0, 200, 0, 300] * 2, [0] * 8))
    assert some.engagement is not None
    assert some.engagement.likes == 250
    assert some.data is not None
    assert some.data.hidden_likes_share == 0.5
    assert "posts.likes" not in some.missing_inputs
    assert all_of_them.engagement is not None
    assert all_of_them.engagement.unavailable["likes"] == posts_told.NO_LIKES
    assert "posts.likes" in all_of_them.missing_inputs
    assert all_of_them.state == "insufficient_data"


def test_posts_of_which_no_sponsor_is_known_are_not_told_as_organic(fitted_fraud: FittedFraud) -> None:
    sponsors = [["mill"]] * 4 + [None] * 4
    engagement = told(fitted_fraud, followers=1_000, posts=posts([100] * 8, sponsors=sponsors)).engagement
    assert engagement is not None
    assert engagement.paid_vs_organic is None


def test_growth_is_over_what_there_was(fitted_fraud: FittedFraud) -> None:
    history = [{"date": (START.date() + timedelta(days=k)).isoformat(), "followers": 1_000 + 10 * k} for k in range(41)]
    growth = told(fitted_fraud, follower_history=history).growth
    assert growth is not None
    assert growth.rates["7d"] == pytest.approx(70 / 1_330)
    assert growth.rates["30d"] == pytest.approx(300 / 1_100)
    assert growth.rates["90d"] is None
    assert growth.unavailable["90d"] == growth_told.SHORT
    assert growth.label == "even"
    nothing = told(fitted_fraud, posts=posts([10] * 6)).growth
    assert nothing is not None
    assert (nothing.label, nothing.unavailable["label"]) == (None, growth_told.NO_HISTORY)


def counts(*followers: int, every: int = 1) -> list[dict[str, Any]]:
    days = (START.date() - timedelta(days=400) + timedelta(days=every * k) for k in range(len(followers)))
    return [{"date": day.isoformat(), "followers": n} for day, n in zip(days, followers, strict=True)]


def test_growth_of_a_week_is_not_told_of_counts_a_month_apart(fitted_fraud: FittedFraud) -> None:
    growth = told(fitted_fraud, follower_history=counts(*range(1_000, 2_200, 100), every=30)).growth
    assert growth is not None
    assert (growth.rates["7d"], growth.unavailable["7d"]) == (None, growth_told.GAP)
    assert growth.rates["30d"] == pytest.approx(100 / 2_000)
    assert growth.rates["90d"] == pytest.approx(300 / 1_800)
    assert (growth.rates["365d"], growth.unavailable["365d"]) == (None, growth_told.SHORT)


def test_a_day_without_a_count_leaves_the_growth_of_the_week_known(fitted_fraud: FittedFraud) -> None:
    daily = counts(*(1_000 + 10 * k for k in range(40)))
    growth = told(fitted_fraud, follower_history=[one for k, one in enumerate(daily) if k != 32]).growth
    assert growth is not None
    assert growth.rates["7d"] == pytest.approx(80 / 1_310)
    growth = told(fitted_fraud, follower_history=[one for k, one in enumerate(daily) if k not in (31, 32)]).growth
    assert growth is not None
    assert growth.unavailable["7d"] == growth_told.GAP


def test_growth_is_told_of_counts_that_say_something(fitted_fraud: FittedFraud) -> None:
    wrong = counts(*(1_000 + 10 * k for k in range(33)), 9_000, 9_000, *(1_000 + 10 * k for k in range(35, 41)))
    report = told(fitted_fraud, follower_history=wrong)
    assert report.growth is not None
    assert report.growth.rates["7d"] == pytest.approx(80 / 1_320)
    assert report.growth.label == "even"
    coarse = told(fitted_fraud, follower_history=counts(*[1_200_000] * 25, *[1_300_000] * 25))
    assert coarse.growth is not None
    assert coarse.data is not None
    assert (coarse.growth.label, coarse.growth.unavailable["label"]) == (None, growth_told.UNREAD)
    assert (coarse.growth.rates["30d"], coarse.growth.unavailable["30d"]) == (None, growth_told.UNREAD)
    assert (coarse.data.history_days, coarse.state) == (0, "insufficient_data")
    assert "follower_history.followers" in coarse.missing_inputs


def test_growth_from_nobody_says_so(fitted_fraud: FittedFraud) -> None:
    growth = told(fitted_fraud, follower_history=counts(*[0] * 20, *range(20))).growth
    assert growth is not None
    assert (growth.rates["30d"], growth.unavailable["30d"]) == (None, growth_told.NOBODY)


def test_a_loss_that_nothing_explains_is_not_told_as_explained(fitted_fraud: FittedFraud) -> None:
    report = told(fitted_fraud, follower_history=counts(*(10_000 + 20 * k - 900 * (k >= 30) for k in range(60))))
    assert [(one.kind, one.explained_by) for one in report.anomalies] == [("purge", None)]
    assert report.growth is not None
    assert report.growth.label == "unexplained"


def test_counts_a_month_apart_are_not_told_as_even_growth(fitted_fraud: FittedFraud) -> None:
    monthly = [5_000 + 100 * k + 3_000 * (k > 15) for k in range(30)]
    days = (date(2022, 12, 1) + timedelta(days=30 * k) for k in range(30))
    history = [{"date": day.isoformat(), "followers": n} for day, n in zip(days, monthly, strict=True)]
    report = told(fitted_fraud, follower_history=history)
    assert report.anomalies == ()
    assert report.growth is not None
    assert (report.growth.label, report.growth.unavailable["label"]) == (None, growth_told.FEW_COUNTS)


def test_too_few_counts_are_not_told_as_even_growth(fitted_fraud: FittedFraud) -> None:
    growth = told(fitted_fraud, follower_history=counts(1_000, 9_000, 1_100)).growth
    assert growth is not None
    assert (growth.label, growth.unavailable["label"]) == (None, growth_told.FEW_COUNTS)


def comments(*texts: str | None) -> list[dict[str, Any]]:
    return [
        {"comment_id": f"c{k}", "author_id": f"a{k}", "text": text, "posted_at": START.isoformat()}
        for k, text in enumerate(texts)
    ]


def test_repeated_comments_are_a_share_of_those_that_there_are(fitted_fraud: FittedFraud) -> None:
    texts = [f"what a {word} day that was" for word in ("long", "short", "dull", "bright", "cold", "warm")]
    said = told(fitted_fraud, comments=comments(*["so happy for you"] * 18, *texts)).comments
    assert said is not None
    assert said.repeated_share == pytest.approx(18 / 24)


def test_authentic_comments_are_of_those_that_were_judged(fitted_fraud: FittedFraud) -> None:
    texts = [f"where did you buy the {word} one" for word in ("red", "blue", "green", "black")] * 6
    record = {"creator_id": "c", "platform": "instagram", "comments": comments(*texts, *[None] * 76)}
    tables = records.read([record], now=NOW)
    tables = replace(tables, comments=tables.comments.with_columns(inauthentic_probability=_judged(24, 76)))
    [report] = reports(fitted_fraud.bundle, tables, counterfactuals=False)
    assert report.data is not None
    assert report.comments is not None
    assert report.comments.authentic_share is not None
    assert (report.data.comments, report.comments.authentic_share.n) == (100, 24)


def _judged(genuine: int, unknown: int) -> pl.Series:
    return pl.Series([0.1] * genuine + [None] * unknown, dtype=pl.Float64)


def test_a_follower_is_of_one_type(fitted_fraud: FittedFraud) -> None:
    kinds = [(10, 2_000)] * 30 + [(9_000, 100)] * 20 + [(200, 300)] * 100 + [(200, 1_500)] * 50
    sample = [
        {"follower_id": f"f{k}", "followers": followers, "following": following, "country": "GB" if k % 4 else "IE"}
        for k, (followers, following) in enumerate(kinds)
    ]
    audience = told(fitted_fraud, followers=5_000, audience=sample).audience
    assert audience is not None
    assert audience.reachability is not None
    assert dict(audience.reachability) == pytest.approx(
        {"lt_500": 0.6, "from_500_to_999": 0.0, "from_1000_to_1500": 0.25, "gt_1500": 0.15}
    )
    assert audience.notable_share == pytest.approx(0.1)
    assert [(place.code, place.share) for place in audience.countries] == [("GB", 0.75), ("IE", 0.25)]
    assert audience.types is None
    assert audience.unavailable["types"] == audience_told.NO_TYPES


def test_without_a_sample_nothing_is_said_of_the_sampled(fitted_fraud: FittedFraud) -> None:
    audience = told(fitted_fraud, posts=posts([10] * 6)).audience
    assert audience is not None
    assert set(audience.unavailable.values()) == {audience_told.NONE_SAMPLED}


def test_types_sum_to_one_where_followers_are_judged(simulation: Simulation) -> None:
    judged = simulation.tables.audience.with_columns(pl.lit(0.9).alias("fake_probability"))
    found = audience_told.samples(judged)
    types = [audience_told.types(one) for one in found.values()]
    assert sum(one is not None for one in types) > 50
    for one in types:
        if one is not None:
            assert sum(dict(one).values()) == pytest.approx(1.0)
            assert one.real == pytest.approx(0.0)  # everybody is likely fake, a mass follower or an influencer


def test_posts_with_views_that_nothing_follows_are_named(fitted_fraud: FittedFraud) -> None:
    views = [1_000] * 7 + [3_000]
    report = told(fitted_fraud, followers=5_000, posts=posts([90] * 8, views=views))
    [post] = report.posts
    assert (post.post_id, post.view_inflation) == ("p7", 3.0)
    assert post.engagement_drop == pytest.approx(2 / 3)
    assert post.points == pytest.approx(50.0)
    assert told(fitted_fraud, followers=5_000, posts=posts([90] * 8, views=[1_000] * 8)).posts == ()


def test_without_anything_every_figure_is_null_and_says_why(fitted_fraud: FittedFraud) -> None:
    report = told(fitted_fraud)
    assert report.state == "insufficient_data"
    assert (report.authenticity_score, report.confidence) == (None, None)
    for block in (report.audience, report.engagement, report.growth, report.comments, report.pricing):
        assert block is not None
        null = {name for name, value in block if value is None}
        assert null <= block.unavailable.keys()


def test_a_creator_alone_has_the_blocks_it_has_among_others(fitted_fraud: FittedFraud, simulation: Simulation) -> None:
    ids = simulation.tables.creators["creator_id"].to_list()[:20]
    among = reports(fitted_fraud.bundle, simulation.tables.select(ids), counterfactuals=False)
    for one in among[::7]:
        alone = reports(fitted_fraud.bundle, simulation.tables.select([one.creator_id]), counterfactuals=False)
        assert alone == [one]


def test_without_explanations_there_are_no_blocks(fitted_fraud: FittedFraud, simulation: Simulation) -> None:
    some = simulation.tables.select(simulation.tables.creators["creator_id"].to_list()[:2])
    for report in reports(fitted_fraud.bundle, some, explain=False):
        assert (report.account, report.engagement, report.brand_safety, report.schema_version) == (None,) * 4
