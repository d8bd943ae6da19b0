"""A follower model is asked about followers on the platforms that it learnt from, and about no others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl
import pytest

from features.rows.followers import FAKE
from models.reporting import reports
from models.reports.blocks import ELSEWHERE
from models.scoring import score_frame
from models.verdicts.inputs import UNJUDGED
from models.verdicts.verdict import SHARE
from training.followers import fit_followers
from training.simulate import simulate

if TYPE_CHECKING:
    from features.records import Tables
    from models.followers import FollowerBundle
    from models.fraud import FraudBundle
    from training.fraud_model.fitting import FittedFraud
    from training.simulate import Simulation

LEARNT = ("instagram", "tiktok")


@pytest.fixture(scope="module")
def followers(simulation: Simulation, tmp_path_factory: pytest.TempPathFactory) -> FollowerBundle:
    bundle = fit_followers(simulation.tables.audience, tmp_path_factory.mktemp("followers") / "bundle")
    assert bundle.contract.platforms == ()
    return replace(bundle, contract=bundle.contract.model_copy(update={"platforms": LEARNT}))


@pytest.fixture(scope="module")
def fraud(fitted_fraud: FittedFraud, followers: FollowerBundle) -> FraudBundle:
    return replace(fitted_fraud.bundle, followers=followers)


@pytest.fixture(scope="module")
def unseen() -> Tables:
    return simulate(60, seed=78).tables


def elsewhere(tables: Tables) -> set[str]:
    """Creators with a hundred sampled followers on other platforms."""
    many = tables.audience.group_by("creator_id").len().filter(pl.col("len") >= 100)["creator_id"]
    others = tables.creators.filter(~pl.col("platform").is_in(LEARNT))["creator_id"]
    return {*many} & {*others}


def test_followers_on_other_platforms_have_no_probability(followers: FollowerBundle, unseen: Tables) -> None:
    audience = followers.with_probability(unseen).audience
    none = audience.filter(pl.col(FAKE).is_null())
    assert {*none["creator_id"]} >= elsewhere(unseen)
    platform = dict(unseen.creators.select("creator_id", "platform").iter_rows())
    assert {platform[name] for name in none["creator_id"]}.isdisjoint(LEARNT)
    shares = followers.shares(unseen).filter(pl.col("creator_id").is_in(elsewhere(unseen)))
    assert shares["sampled"].sum() == 0
    assert shares["fake_follower_share"].null_count() == shares.height


def test_a_model_that_does_not_say_where_it_learnt_makes_no_claim(followers: FollowerBundle, unseen: Tables) -> None:
    silent = replace(followers, contract=followers.contract.model_copy(update={"platforms": ()}))
    assert silent.with_probability(unseen).audience[FAKE].null_count() == 0


def test_an_answer_says_that_fakes_on_other_platforms_are_not_known(fraud: FraudBundle, unseen: Tables) -> None:
    others = elsewhere(unseen)
    assert others
    for report in reports(fraud, unseen, counterfactuals=False):
        found = report.contamination
        assert (report.creator_id in others) == (found.note == ELSEWHERE)
        assert (UNJUDGED in report.missing_inputs) == (found.note == ELSEWHERE or found.shift is True)
        if report.creator_id in others:
            assert (found.share, found.lo, found.hi, found.shift) == (None, None, None, True)
            shares = [reason for reason in report.reasons if reason.signal == "audience_fake_share"]
            assert all(reason.value is None for reason in shares)


def test_every_door_leaves_the_share_open(fraud: FraudBundle, unseen: Tables) -> None:
    others = elsewhere(unseen)
    together = fraud.verdict(fraud.signals(unseen)).filter(pl.col("creator_id").is_in(others))
    written = score_frame(fraud, unseen).filter(pl.col("creator_id").is_in(others))
    for frame in (together, written):
        assert all(frame[name].null_count() == frame.height for name in SHARE)
        assert frame["missing_inputs"].list.contains(UNJUDGED).all()
    for name in sorted(others):
        alone = fraud.verdict(fraud.signals(unseen.select([name])))
        assert alone.equals(together.filter(pl.col("creator_id") == name))
