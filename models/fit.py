"""The fit model as one bundle: encoder, booster, calibration and the contract that pins them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field

import features
from features import SIGNALS
from features.errors import ContractError
from models.boosters import booster as boosters
from models.boosters.explanation import Explanation, explain
from models.boosters.shapley import Shapley
from models.boosters.trees import Trees
from models.bundle import SignalContract, copy_bundle, load_contract
from models.contract import check_signals, described, write_contract
from models.matching.encoder import SIGNALS_NEEDED, Encoder
from models.matching.pairs import PAIR_FEATURE_NAMES, PAIR_FEATURES
from models.verdicts.calibration import sigmoid

if TYPE_CHECKING:
    from datetime import date

    import lightgbm as lgb
    import polars as pl
    from numpy.typing import NDArray

    from features.records import Tables

    Floats = NDArray[np.float64]

KIND = "fit"
BOOSTER = "booster.txt"
WORDS = PAIR_FEATURE_NAMES.index("words")
CLOSE = 0.6
"""Cosine of words that one pair in ten thousand exceeds (0.54 on tagged Instagram brands, 0.60 simulated)."""

QUOTED = 8.0
"""Log odds; outweighs what anything else about a creator adds."""


class FitContract(SignalContract):
    """What the folder of a fit model says about itself."""

    kind: Literal["fit"] = "fit"
    features: list[dict[str, object]] = Field(default_factory=list)


@dataclass(frozen=True)
class FitBundle:
    """A fit model with everything that it was trained with. Make one with `load`.

    Attributes:
        folder: Where it was loaded from.
        contract: Its version, metrics and hashes.
        encoder: Text space, niches and norms that it was trained with.
        base_log_odds: Calibrated log odds before anything is known of brief and creator.
    """

    folder: Path
    contract: FitContract
    encoder: Encoder
    booster: lgb.Booster
    base_log_odds: float

    @classmethod
    def load(cls, folder: Path | str) -> FitBundle:
        """Load the bundle that lies in `folder`.

        Raises:
            NotFoundError: There is no such folder.
            ContractError: A file was changed, lost or added, or pair features or signals are not those of the training.
        """
        folder = Path(folder)
        contract = load_contract(folder, KIND, FitContract)
        check_signals(folder, contract.signals, _signals_needed())
        if contract.features != _described_features():
            raise ContractError(f"{folder}: the model was trained on other pair features; train it again")
        booster = boosters.load(folder / BOOSTER, PAIR_FEATURE_NAMES, contract.trees)
        return cls(
            folder, contract, Encoder.load(folder), booster, boosters.base_log_odds(booster, contract.calibration)
        )

    def save(self, folder: Path | str) -> None:
        """Copy the bundle's files to a new folder; nothing half-written stays behind."""
        copy_bundle(self.folder, Path(folder))

    @property
    def base_fit(self) -> float:
        """Fit, 0 to 100, before anything is known of brief and creator."""
        return 100.0 * float(sigmoid(np.array(self.base_log_odds)))

    @cached_property
    def trees(self) -> Trees:
        """The booster's trees, to score many pairs by."""
        return Trees.of(self.booster)

    @cached_property
    def shapley(self) -> Shapley:
        """What the trees' features add to a score, to explain pairs by."""
        return Shapley.of(self.booster, self.trees)

    def signals(self, tables: Tables, as_of: date | None = None) -> pl.DataFrame:
        """One row of signals a creator, by the norms that the model was trained with."""
        return features.build(tables, self.encoder.context, as_of=as_of)

    def probability(self, pairs: Floats) -> Floats:
        """Calibrated probability that each pair fits; `pairs` as `models.matching.pairs.pair_values` gives them."""
        raw = self.trees.raw_log_odds(pairs)
        return sigmoid(self.contract.calibration.log_odds(raw) + closeness(pairs[:, WORDS]))

    def explain(self, pairs: Floats) -> Explanation:
        """Contributions of every pair feature to the log odds and to the fit before risk, for each pair."""
        log_odds = self.contract.calibration.slope * self.shapley.contributions(pairs)
        log_odds[:, WORDS] += closeness(pairs[:, WORDS])
        return explain(self.base_log_odds, log_odds)


def closeness(words: Floats) -> Floats:
    """Log odds that a pair gains beside the trees for sharing more words than pairs to learn from do.

    Trees are flat beyond what they have seen, so a creator whose own captions the brief quotes would not stand out
    from those that merely share words with it. The gain rises in a line from 0 at `CLOSE` to `QUOTED` at cosine 1.
    Words that are not known (NaN) gain nothing.
    """
    beyond = (np.nan_to_num(words) - CLOSE) / (1.0 - CLOSE)
    return np.asarray(QUOTED * np.clip(beyond, 0.0, 1.0), dtype=np.float64)


def write_bundle(folder: Path, *, booster: str, encoder: Encoder, contract: FitContract) -> FitBundle:
    """Write a bundle from its parts (the booster as LightGBM's text) and load it back.

    `contract.files`, `format`, `version`, `features` and `signals` are filled in here.
    """
    folder.mkdir(parents=True)
    (folder / BOOSTER).write_text(booster, "utf-8")
    encoder.save(folder)
    facts = contract.facts
    facts |= {"features": _described_features(), "signals": described(_signals_needed())}
    write_contract(folder, KIND, facts)
    return FitBundle.load(folder)


def _signals_needed() -> list[features.Signal]:
    return [signal for signal in SIGNALS if signal.name in SIGNALS_NEEDED]


def _described_features() -> list[dict[str, object]]:
    return [{"name": f.name, "unit": f.unit, "direction": f.direction, "type": "Float64"} for f in PAIR_FEATURES]
