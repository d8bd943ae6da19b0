"""A small fit model, trained once for all tests here."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from training.fit import FittedFit, fit_bundle

if TYPE_CHECKING:
    from training.simulate import Simulation


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
