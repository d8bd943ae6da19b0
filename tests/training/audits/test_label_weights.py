from __future__ import annotations

import numpy as np
import pytest

from models.verdicts.decision import PROFILES
from training.audits.label_weights import costs

LABEL = np.array([1.0, 0.0])


def test_equal_costs_change_nothing() -> None:
    assert costs(LABEL, PROFILES["default"]).tolist() == [1.0, 1.0]


@pytest.mark.parametrize(("profile", "ratio"), [("strict", 3.0), ("cautious", 1 / 3)])
def test_fraud_weighs_what_missing_it_costs_beside_a_false_accusation(profile: str, ratio: float) -> None:
    fraud, genuine = costs(LABEL, PROFILES[profile])
    assert fraud / genuine == pytest.approx(ratio)
    assert fraud + genuine == pytest.approx(2.0)
