"""One simulation that the tests of this folder look at from all sides."""

from __future__ import annotations

import polars as pl
import pytest

from training.simulate import Simulation, simulate


@pytest.fixture(scope="session")
def simulation() -> Simulation:
    return simulate(3000, 5)


@pytest.fixture(scope="session")
def truth(simulation: Simulation) -> pl.DataFrame:
    return simulation.truth


@pytest.fixture(scope="session")
def genuine(truth: pl.DataFrame) -> pl.Series:
    """Ids of honest creators without a hard case that changes what they post or get."""
    calm = pl.col("innocent").is_null() | (pl.col("innocent") == "missing_tables")
    return truth.filter(~pl.col("fraud") & calm)["creator_id"]
