"""Models trained once for all tests here: a small fit model, and a fraud model of a sensible size."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl
import pytest

from models.fraud import FraudBundle
from training.fit import FittedFit, fit_bundle
from training.followers import fit_followers
from training.fraud import fit_fraud
from training.simulate import simulate

if TYPE_CHECKING:
    from features.records import Tables
    from training.simulate import Simulation

LEARNT_FROM = 6_000


def decided_at_the_end(tables: Tables) -> Tables:
    """Verdicts that say something, given when everything was there to see: what a model of whole records learns."""
    first, newest = tables.audits["audited_at"].min(), tables.comments["posted_at"].max()
    decided = tables.audits.filter(pl.col("verdict") != "unsure")
    return replace(tables, audits=decided.with_columns(pl.col("audited_at") + (newest - first)))


@pytest.fixture(scope="session")
def learnt_fraud(tmp_path_factory: pytest.TempPathFactory) -> FraudBundle:
    """A fraud model of `LEARNT_FROM` simulated creators, with a model of their followers.

    It has no model of comments: one of simulated spam alone has never seen the praise that
    `training.injection` buys.
    """
    simulated = simulate(LEARNT_FROM, seed=11)
    tables, folder = decided_at_the_end(simulated.tables), tmp_path_factory.mktemp("learnt")
    return fit_fraud(
        tables,
        folder / "fraud",
        truth=simulated.truth,
        followers=fit_followers(tables.audience.sample(20_000, seed=0), folder / "followers"),
    ).bundle


@pytest.fixture(scope="session")
def fitted_fit(simulation: Simulation, tmp_path_factory: pytest.TempPathFactory) -> FittedFit:
    """A fit model trained on `simulation`, of posts alone; its folder must not be changed."""
    tables = simulation.tables
    posts_alone = replace(
        tables,
        comments=tables.comments.clear(),
        audience=tables.audience.clear(),
        follower_history=tables.follower_history.clear(),
    )
    return fit_bundle(posts_alone, tmp_path_factory.mktemp("fit") / "bundle")
