"""The fraud model as one bundle: boosters, calibration, interval, context and the contract that pins them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl

import features
from features import SIGNALS, Context
from features.build import at
from features.errors import ContractError
from models import booster as boosters
from models.bundle import BundleContract, copy_bundle, load_contract
from models.calibration import Calibration, sigmoid
from models.contract import check_signals, described, write_contract
from models.decision import PROFILES, Profile, band, decision, evidence_level, state
from models.explanation import Explanation, explain
from models.inputs import missing_inputs
from models.interval import Interval  # noqa: TC001 - pydantic reads it at run time

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import lightgbm as lgb
    import pandas as pd
    from numpy.typing import NDArray

    from features import Rows
    from features.records import Tables
    from features.signal import Signal

KIND = "fraud"
BOOSTER = "booster.txt"
MEMBERS = "members"
CONTEXT = "context"


class FraudContract(BundleContract):
    """What the folder of a fraud model says about itself."""

    kind: Literal["fraud"] = "fraud"
    members: int
    interval: Interval
    profile: str


@dataclass(frozen=True)
class FraudBundle:
    """A fraud model with everything that it was trained with. Make one with `load`.

    Attributes:
        folder: Where it was loaded from.
        contract: Its version, metrics and hashes.
        definitions: The signals that it reads, in its order.
        context: The norms it was trained with, or those that were put in their place.
        base_log_odds: Calibrated log odds before any signal is known.
    """

    folder: Path
    contract: FraudContract
    definitions: tuple[Signal, ...]
    context: Context
    booster: lgb.Booster
    members: tuple[lgb.Booster, ...]
    profile: Profile
    base_log_odds: float

    @classmethod
    def load(cls, folder: Path | str) -> FraudBundle:
        """Load the bundle that lies in `folder`.

        Raises:
            NotFoundError: There is no such folder.
            ContractError: A file was changed, lost or added, or the signals are no longer those of the training.
        """
        folder = Path(folder)
        contract = load_contract(folder, KIND, FraudContract)
        check_signals(folder, contract.signals, SIGNALS)
        if contract.profile not in PROFILES:
            raise ContractError(f"{folder}: there is no profile '{contract.profile}'")
        names = [signal.name for signal in SIGNALS]
        booster = boosters.load(folder / BOOSTER, names, contract.trees)
        paths = [folder / MEMBERS / f"{k}.txt" for k in range(contract.members)]
        return cls(
            folder=folder,
            contract=contract,
            definitions=SIGNALS,
            context=Context.load(folder / CONTEXT),
            booster=booster,
            members=tuple(boosters.load(path, names, contract.trees) for path in paths),
            profile=PROFILES[contract.profile],
            base_log_odds=_base(booster, names, contract.calibration),
        )

    def with_context(self, context: Context) -> FraudBundle:
        """The same model with other norms in place of the pinned ones."""
        return replace(self, context=context)

    def save(self, folder: Path | str) -> None:
        """Copy the bundle's files to a new folder; nothing half-written stays behind."""
        copy_bundle(self.folder, Path(folder))

    @property
    def names(self) -> list[str]:
        """Names of the signals, in the model's order."""
        return [signal.name for signal in self.definitions]

    @property
    def base_risk(self) -> float:
        """Risk score, 0 to 100, before any signal is known."""
        return 100.0 * float(sigmoid(np.array(self.base_log_odds)))

    @cached_property
    def sentences(self) -> dict[str, str]:
        """What each signal means, by its name."""
        return {signal.name: signal.sentence for signal in self.definitions}

    def signals(self, tables: Tables, as_of: date | None = None, *, rows: Rows | None = None) -> pl.DataFrame:
        """One row of signals a creator, with its coverage and `missing_inputs`.

        Args:
            tables: The creators' records.
            as_of: Growth windows end here; at each record's newest observation unless given.
            rows: What `features.prepare` made of the same tables and day, where that is at hand.
        """
        prepared = features.prepare(tables, as_of=as_of) if rows is None else rows
        missing = missing_inputs(at(tables, as_of), self.definitions)
        return features.signals(prepared, self.context).with_columns(missing["missing_inputs"])

    def probability(self, rows: pd.DataFrame) -> NDArray[np.float64]:
        """Calibrated probability of each row of signals, whatever its coverage."""
        return self.contract.calibration.probability(boosters.raw_log_odds(self.booster, rows))

    def verdict(self, signals: pl.DataFrame) -> pl.DataFrame:
        """The answer for each row of `signals(...)`: state, probability, interval, risk, band and decision.

        Where the data are insufficient, probability, interval, risk and band are null. The share of fake
        followers is null: no follower model is part of the bundle.
        """
        level = signals.select(evidence_level()).to_series()
        raw = boosters.raw_log_odds_of_each((self.booster, *self.members), boosters.matrix(signals, self.names))
        log_odds = self.contract.calibration.log_odds(raw)
        probability, disagreement = sigmoid(log_odds[0]), np.std(log_odds[1:], axis=0)
        lo, hi = self.contract.interval.bounds(probability, disagreement, level.to_numpy())
        numbers = pl.DataFrame({"evidence_level": level, "probability": probability, "lo": lo, "hi": hi})
        answered = pl.when(pl.col("evidence_level") > 0)
        frame = pl.concat([signals.select("creator_id"), numbers], how="horizontal").with_columns(
            answered.then(pl.col("probability", "lo", "hi"))
        )
        frame = frame.with_columns(
            state(self.profile), (100.0 * pl.col("probability")).alias("risk_score"), band(self.profile)
        ).with_columns(decision())
        unknown_share = [pl.lit(None, pl.Float64).alias(f"fake_follower_share{end}") for end in ("", "_lo", "_hi")]
        missing = signals["missing_inputs"] if "missing_inputs" in signals.columns else pl.lit(None, pl.List(pl.String))
        return frame.with_columns(*unknown_share, missing.alias("missing_inputs")).select(VERDICT)

    def explain(self, signals: pl.DataFrame) -> Explanation:
        """Contributions of every signal to the log odds and to the risk, for each row."""
        raw = boosters.contributions(self.booster, boosters.matrix(signals, self.names))
        return explain(self.base_log_odds, self.contract.calibration.slope * raw[:, :-1])


VERDICT = (
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
)
"""Columns of a verdict, the ones that `score` writes."""


def write_bundle(
    folder: Path, *, booster: str, members: Sequence[str], context: Context, contract: FraudContract
) -> FraudBundle:
    """Write a bundle from its parts (boosters as LightGBM's text) and load it back.

    `contract.files`, `format`, `version` and `signals` are filled in here.
    """
    (folder / MEMBERS).mkdir(parents=True)
    (folder / BOOSTER).write_text(booster, "utf-8")
    for k, member in enumerate(members):
        (folder / MEMBERS / f"{k}.txt").write_text(member, "utf-8")
    context.save(folder / CONTEXT)
    facts = contract.facts
    write_contract(folder, KIND, {**facts, "signals": described(SIGNALS)})
    return FraudBundle.load(folder)


def _base(booster: lgb.Booster, names: Sequence[str], calibration: Calibration) -> float:
    nothing_known = boosters.matrix(pl.DataFrame({name: [None] for name in names}), names)
    return float(calibration.log_odds(boosters.contributions(booster, nothing_known)[:, -1])[0])
