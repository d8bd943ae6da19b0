"""How a fraud model is trained, beside the data and the seed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from models.verdicts.decision import DEFAULT_PROFILE

Base = Literal["champion", "simulated", "none"]
Split = Literal["group", "time"]

SIMULATED = 2_000
"""Simulated creators that few real audits are joined by."""

EXPLAIN_BUDGET = 1_000.0
"""Microseconds that the explanation of one row may take."""


@dataclass(frozen=True)
class Tuning:
    """How long parameters are searched for.

    Attributes:
        trials: At most so many, those of an interrupted search counted.
        seconds: No trial begins later than this; how many there are then depends on the machine.
        storage: SQLAlchemy's address of the study's database; SQLite in `BONAFIDE_HOME` unless given.
    """

    trials: int | None = 100
    seconds: float | None = None
    storage: str | None = None


@dataclass(frozen=True)
class Recipe:
    """How to train.

    Attributes:
        base: What a team with few audits starts from: the model in service, simulated creators, or nothing; with any
            of them the training is judged as one on few labels. None trains on the audits as they are.
        simulated: Simulated creators beside the audits, for that base and that of the champion.
        split: Test on other creators and agencies, or on those among them that were audited last.
        label_delay: By how much a verdict comes late: how much older than the first tested one those learnt from are.
        profile: Of `models.verdicts.decision.PROFILES`; its costs weigh the classes and its cut-offs decide.
        tuning: Search LightGBM's parameters; those of `training.fraud_model.boosting` unless given.
        explain_budget: See `training.fraud_model.latency`, microseconds.
    """

    base: Base | None = None
    simulated: int = SIMULATED
    split: Split = "group"
    label_delay: timedelta = field(default=timedelta(days=14))
    profile: str = DEFAULT_PROFILE.name
    tuning: Tuning | None = None
    explain_budget: float = EXPLAIN_BUDGET


PLAIN = Recipe()
