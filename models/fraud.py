"""The fraud model as one bundle: boosters, calibration, interval, context and the contract that pins them."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import features
from features import SIGNALS, Context
from features.context import BUILD_AGAIN
from features.errors import ContractError
from models.audience import sampled_followers
from models.boosters import booster as boosters
from models.bundle import copy_bundle, creator_hash
from models.comments import CommentBundle
from models.contract import described, write_contract
from models.drift import Reference
from models.followers import FollowerBundle
from models.fraud_contract import KIND, FraudContract
from models.verdicts.calibration import sigmoid
from models.verdicts.decision import PROFILES, Profile, profile_named
from models.verdicts.fraud_calibration import FraudCalibration
from models.verdicts.inputs import UNJUDGED, missing_inputs, with_context
from models.verdicts.verdict import explained, judge, risk_frame, verdict_frame

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    import lightgbm as lgb
    import pandas as pd
    import polars as pl
    from numpy.typing import NDArray

    from features import Rows
    from features.records import Tables
    from features.signal import Signal
    from models.boosters.explanation import Explanation
    from models.reports.narrowing import Weighed

BOOSTER = "booster.txt"
MEMBERS = "members"
CONTEXT = "context"
FOLLOWERS = "followers"
COMMENTS = "comments"
REFERENCE = "reference.json"
TRAINED_ON = "trained_on.json"


@dataclass(frozen=True)
class FraudBundle:
    """A fraud model with everything that it was trained with. Make one with `load`.

    Attributes:
        folder: Where it was loaded from.
        contract: Its version, metrics and hashes.
        definitions: The signals that it reads, in its order.
        context: The norms it was trained with, or those that were put in their place.
        followers: The model of one follower's profile that it was trained with, if any.
        comments: The model of one comment that it was trained with, if any.
        reference: What its signals and scores looked like when it was trained.
        trained_on: `creator_hash` of every creator that it was trained on.
        base_log_odds: Calibrated log odds before any signal is known.
    """

    folder: Path
    contract: FraudContract
    definitions: tuple[Signal, ...]
    context: Context
    followers: FollowerBundle | None
    comments: CommentBundle | None
    booster: lgb.Booster
    members: tuple[lgb.Booster, ...]
    reference: Reference
    trained_on: frozenset[str]
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
        contract = FraudContract.load(folder)
        names = [signal.name for signal in SIGNALS]
        booster = boosters.load(folder / BOOSTER, names, contract.trees)
        paths = [folder / MEMBERS / f"{k}.txt" for k in range(contract.members)]
        return cls(
            folder=folder,
            contract=contract,
            definitions=SIGNALS,
            context=Context.load(folder / CONTEXT),
            followers=FollowerBundle.load(folder / FOLLOWERS) if (folder / FOLLOWERS).is_dir() else None,
            comments=CommentBundle.load(folder / COMMENTS) if (folder / COMMENTS).is_dir() else None,
            booster=booster,
            members=tuple(boosters.load(path, names, contract.trees) for path in paths),
            reference=Reference.load(folder / REFERENCE),
            trained_on=_read_creators(folder / TRAINED_ON),
            profile=PROFILES[contract.profile],
            base_log_odds=boosters.base_log_odds(booster, contract.calibration),
        )

    def seen(self, creator_ids: Iterable[str]) -> list[str]:
        """Those of the creators that it was trained on."""
        return [name for name in creator_ids if creator_hash(name) in self.trained_on]

    def with_context(self, context: Context) -> FraudBundle:
        """The same model with other norms in place of the pinned ones.

        Raises ContractError where an earlier version built them, of signals that are no longer computed.
        """
        gone = sorted(set(context.norms["signal"].unique()) - set(features.SIGNAL_NAMES))
        if gone:
            message = f"the context has norms of {', '.join(gone)}, no longer computed; {BUILD_AGAIN}"
            raise ContractError(message)
        return replace(self, context=context)

    def with_profile(self, name: str) -> FraudBundle:
        """The same model with the cut-offs of another profile; UsageError where there is none of that name."""
        return replace(self, profile=profile_named(name))

    def save(self, folder: Path | str) -> None:
        """Copy the bundle's files to a new folder; nothing half-written stays behind."""
        copy_bundle(self.folder, Path(folder))

    @cached_property
    def names(self) -> list[str]:
        """Names of the signals, in the model's order."""
        return [signal.name for signal in self.definitions]

    @cached_property
    def calibration(self) -> FraudCalibration:
        """From raw log odds to calibrated ones."""
        return FraudCalibration(self.contract.calibration, self.base_log_odds, self.contract.steeper)

    @cached_property
    def base_risk(self) -> float:
        """Risk score, 0 to 100, before any signal is known."""
        return 100.0 * float(sigmoid(np.array(self.base_log_odds)))

    @cached_property
    def sentences(self) -> dict[str, str]:
        """What each signal means, by its name."""
        return {signal.name: signal.sentence for signal in self.definitions}

    @cached_property
    def gains(self) -> dict[str, tuple[float, tuple[Weighed, ...]]]:
        """See `models.reports.narrowing.gains`."""
        from models.reports.narrowing import gains  # with the types of reports, which take their time to load

        return gains(self.booster, self.definitions)

    def scored(self, tables: Tables) -> Tables:
        """The tables with the probability that each follower, and each comment, is not genuine."""
        return scored(tables, self.followers, self.comments)

    def signals(self, tables: Tables, as_of: date | None = None, *, rows: Rows | None = None) -> pl.DataFrame:
        """One row of signals a creator, with its coverage, `missing_inputs` and the share of fake followers.

        Args:
            tables: The creators' records.
            as_of: Growth windows end here; at each record's newest observation unless given.
            rows: What `features.prepare` made of `scored(tables)` and the same day, where that is at hand.
        """
        prepared = features.prepare(self.scored(tables), self.context, as_of=as_of) if rows is None else rows
        found = features.signals(prepared, self.context)
        unread = {
            "follower_history.followers": found["history_days"].to_numpy() == 0,
            UNJUDGED: sampled_followers.unjudged(self.followers, prepared),
        }
        missing = missing_inputs(prepared.tables, self.definitions, unread)["missing_inputs"]
        missing = with_context(missing, self.definitions, found["platform"], self.context)
        return found.hstack([missing, *sampled_followers.shares(self.followers, prepared)])

    def probability(self, rows: pd.DataFrame) -> NDArray[np.float64]:
        """Calibrated probability of each row of signals, whatever its coverage."""
        return self.calibration.probability(boosters.raw_log_odds(self.booster, rows), rows.to_numpy(dtype=np.float64))

    def verdict(self, signals: pl.DataFrame) -> pl.DataFrame:
        """The answer for each row of `signals(...)`: state, probability, interval, risk, band and decision.

        Where the data are insufficient, probability, interval, risk and band are null.
        """
        return verdict_frame(judge(self, signals, boosters.values(signals, self.names)), signals)

    def risk(self, signals: pl.DataFrame) -> pl.DataFrame:
        """`creator_id`, `risk_score` and `band` of `verdict`, for many creators of whom nothing else is asked.

        Args:
            signals: `features.build(scored(tables), context)`: nothing beside the signals is read.
        """
        return risk_frame(self, signals)

    def explain(self, signals: pl.DataFrame) -> Explanation:
        """Contributions of every signal to the log odds and to the risk, for each row."""
        return explained(self, boosters.values(signals, self.names))


def scored(
    tables: Tables, followers: FollowerBundle | None, comments: CommentBundle | None, *, out_of_fold: bool = False
) -> Tables:
    """The tables with the probability that each follower, and each comment, is not genuine, as far as models are given.

    Args:
        tables: The creators' records; where they carry the probabilities already, these stay.
        followers: Adds `audience.fake_probability`.
        comments: Adds `comments.inauthentic_probability`.
        out_of_fold: Rows that a model was trained on are scored by a fold of it that did not see them.
    """
    for model, name in ((followers, "audience"), (comments, "comments")):
        if model is not None and tables[name].height and model.column not in tables[name].columns:
            tables = model.with_probability(tables, out_of_fold=out_of_fold)
    return tables


def write_bundle(
    folder: Path,
    *,
    booster: str,
    members: Sequence[str],
    context: Context,
    reference: Reference,
    trained_on: Iterable[str],
    contract: FraudContract,
    followers: FollowerBundle | None = None,
    comments: CommentBundle | None = None,
) -> FraudBundle:
    """Write a bundle from its parts (boosters as LightGBM's text) and load it back.

    `trained_on` holds a `creator_hash` each. `contract.files`, `format`, `version` and `signals` are filled in here.
    """
    (folder / MEMBERS).mkdir(parents=True)
    (folder / BOOSTER).write_text(booster, "utf-8")
    for k, member in enumerate(members):
        (folder / MEMBERS / f"{k}.txt").write_text(member, "utf-8")
    context.save(folder / CONTEXT)
    reference.save(folder / REFERENCE)
    (folder / TRAINED_ON).write_text(json.dumps(sorted(trained_on), indent=0) + "\n", "utf-8")
    for part, name in ((followers, FOLLOWERS), (comments, COMMENTS)):
        if part is not None:
            shutil.copytree(part.folder, folder / name)
    write_contract(folder, KIND, {**contract.facts, "signals": described(SIGNALS)})
    return FraudBundle.load(folder)


def _read_creators(path: Path) -> frozenset[str]:
    try:
        return frozenset(map(str, json.loads(path.read_text("utf-8"))))
    except (OSError, ValueError, TypeError) as error:
        raise ContractError(f"{path}: cannot be read") from error
