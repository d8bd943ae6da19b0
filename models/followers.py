"""The model of one follower's profile as a bundle: is it genuine, and how many of a creator's sample are not?"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl

from features.errors import ContractError
from features.placeholders import without_placeholders
from features.rows.followers import FAKE
from models.audience.follower_profile import ALL, availability, inputs, of_one
from models.audience.prevalence import Prevalence, counted
from models.boosters import booster as boosters
from models.boosters.trees import Trees
from models.bundle import DECIMALS, BundleContract, copy_bundle, creator_hash, load_contract
from models.contract import write_contract
from models.verdicts.calibration import Calibration  # noqa: TC001 - pydantic reads it at run time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import lightgbm as lgb
    from numpy.typing import NDArray

    from features.records import Tables

    Floats = NDArray[np.float64]

KIND = "followers"
BOOSTER = "booster.txt"
MEMBERS = "members"
CREATORS = "creators.json"
FEWEST_INPUTS = 2
"""Of the inputs, that have to be known of a profile. By pictures alone shares of labelled sets left out are off by 30
points and more, and with nothing known a share would be what the training's profiles were."""
NO_FOLD = -1
"""Of a creator who stands in the training of every member."""


class FollowerContract(BundleContract):
    """What the folder of a follower model says about itself.

    `trees` counts those of the booster, then of each member. `calibrated_within` is true where there was one source
    only: what another source would change is then assumed. `platforms` are those that the profiles are of; none where
    that was not said, and then no claim is made.
    """

    kind: Literal["followers"] = "followers"
    inputs: tuple[str, ...]
    trees: tuple[int, ...]
    calibration: Calibration
    prevalence: Prevalence
    sources: int
    calibrated_within: bool
    platforms: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class FollowerBundle:
    """A follower model with everything that it needs. Make one with `load`.

    Attributes:
        folder: Where it was loaded from.
        contract: Its version, metrics and hashes.
        booster: Trained on everything.
        members: One a fold, trained on the others.
        folds: `creator_hash` of those whose followers it was trained on, and the fold of each.
    """

    folder: Path
    contract: FollowerContract
    booster: lgb.Booster
    members: tuple[lgb.Booster, ...]
    folds: Mapping[str, int]

    @classmethod
    def load(cls, folder: Path | str) -> FollowerBundle:
        """Load the bundle that lies in `folder`.

        Raises:
            NotFoundError: There is no such folder.
            ContractError: A file was changed, lost or added, or profiles are no longer read as in the training.
        """
        folder = Path(folder)
        contract = load_contract(folder, KIND, FollowerContract)
        names = contract.inputs
        if unknown := [name for name in names if name not in ALL]:
            raise ContractError(f"{folder}: the model expects {', '.join(unknown)}, no longer computed; train it again")
        trees, *others = contract.trees
        return cls(
            folder=folder,
            contract=contract,
            booster=boosters.load(folder / BOOSTER, names, trees),
            members=tuple(boosters.load(folder / MEMBERS / f"{k}.txt", names, n) for k, n in enumerate(others)),
            folds=_read_folds(folder / CREATORS),
        )

    def save(self, folder: Path | str) -> None:
        """Copy the bundle's files to a new folder; nothing half-written stays behind."""
        copy_bundle(self.folder, Path(folder))

    @property
    def column(self) -> str:
        """The column that `with_probability` adds."""
        return FAKE

    @property
    def names(self) -> list[str]:
        """Names of the booster's inputs, in its order."""
        return list(self.contract.inputs)

    def probability(self, audience: pl.DataFrame) -> Floats:
        """Calibrated probability that each profile is fake, to 6 decimals; NaN where too little is known.

        Args:
            audience: Rows of the table `audience`; columns that are null are unknown.
        """
        return self._scored(self._trees, without_placeholders(audience))

    def with_probability(self, tables: Tables, *, out_of_fold: bool = False) -> Tables:
        """The tables with `audience.fake_probability`, and without placeholders in `audience`.

        Args:
            tables: Creators' records.
            out_of_fold: Followers of creators that it was trained on are scored by a member that did not see them;
                null where there is none, as where all of a training's profiles are of one creator.

        Followers of creators on platforms that it did not learn from have none: profiles look different there.
        """
        audience = without_placeholders(tables.audience)
        found = self._out_of_fold(audience) if out_of_fold else self._scored(self._trees, audience)
        if elsewhere := self.elsewhere(tables.creators):
            found[audience["creator_id"].is_in(elsewhere).to_numpy()] = np.nan
        column = pl.Series(FAKE, found, dtype=pl.Float64, nan_to_null=True)
        return replace(tables, audience=audience.hstack([column]))

    def elsewhere(self, creators: pl.DataFrame) -> list[str]:
        """Those of the creators who are on a platform that it did not learn from; none where it does not know."""
        if not self.contract.platforms:
            return []
        return creators.filter(~pl.col("platform").is_in(self.contract.platforms))["creator_id"].to_list()

    def shares(self, audience: Tables | pl.DataFrame) -> pl.DataFrame:
        """How many of each creator's sampled followers are fake.

        Args:
            audience: Tables, or rows of `audience`; their `fake_probability` is taken where it is there, and then they
                hold no placeholders any more. Rows alone say nothing of the platform.

        Returns:
            One row a creator, in order of first appearance: `creator_id`, `fake_follower_share`, `_lo` and `_hi` (95 %
            interval), `em` (EM's estimate, which is the share), `pacc` (PACC's, the cross-check), `shift` (the two
            disagree beyond what sampling allows) and `sampled`. All but `sampled` are null under
            `models.audience.prevalence.FEWEST` sampled followers that it judges.
        """
        rows = audience if isinstance(audience, pl.DataFrame) else self._judged(audience).audience
        known = FAKE in rows.columns
        rows = rows if known else without_placeholders(rows)
        probability = rows[FAKE].to_numpy() if known else self._scored(self._trees, rows)
        creators = _creators(rows)
        sample = _codes(rows["creator_id"], creators)
        kinds = self.contract.prevalence.kinds
        usable = ~np.isnan(probability)
        places = sample[usable] * kinds + availability(rows, kinds)[usable]
        available = np.bincount(places, minlength=len(creators) * kinds).reshape(len(creators), kinds)
        counts = counted(probability, sample, len(creators))
        found = self.contract.prevalence.shares(counts, available)
        sampled = counts.sum(axis=1)
        numbers = {
            "fake_follower_share": found.share,
            "fake_follower_share_lo": found.lo,
            "fake_follower_share_hi": found.hi,
            "em": found.share,
            "pacc": found.pacc,
        }
        told = [bool(one) if known else None for one, known in zip(found.shift, ~np.isnan(found.share), strict=True)]
        return pl.DataFrame(
            [
                creators,
                *(pl.Series(name, values, nan_to_null=True) for name, values in numbers.items()),
                pl.Series("shift", told, dtype=pl.Boolean),
                pl.Series("sampled", sampled),
            ]
        )

    def _judged(self, tables: Tables) -> Tables:
        return tables if FAKE in tables.audience.columns else self.with_probability(tables)

    def _out_of_fold(self, audience: pl.DataFrame) -> Floats:
        names = _creators(audience)
        fold_of = np.array([self.folds.get(creator_hash(name), len(self.members)) for name in names], dtype=np.int64)
        fold = fold_of[_codes(audience["creator_id"], names)] if len(names) else fold_of
        found = np.full(audience.height, np.nan)
        for one in np.unique(fold[fold != NO_FOLD]).tolist():
            trees = self._trees if one == len(self.members) else Trees.of(self.members[one])
            found[fold == one] = self._scored(trees, audience.filter(pl.Series(fold == one)))
        return found

    @cached_property
    def _trees(self) -> Trees:
        """The booster's trees, which take a fourth of LightGBM's time for the profiles of a sample."""
        return Trees.of(self.booster)

    def _scored(self, trees: Trees, audience: pl.DataFrame) -> Floats:
        # No names to check: `inputs` gives the columns in the order that `load` has checked.
        values = inputs(audience, self.contract.inputs).to_numpy()
        found = np.round(self.contract.calibration.probability(trees.raw_log_odds(values)), DECIMALS)
        found[np.count_nonzero(~np.isnan(values), axis=1) < FEWEST_INPUTS] = np.nan
        return found


def write_bundle(
    folder: Path, *, booster: str, members: Sequence[str], folds: Mapping[str, int], contract: FollowerContract
) -> FollowerBundle:
    """Write a bundle from its parts (boosters as LightGBM's text) and load it back.

    `contract.files`, `format` and `version` are filled in here.
    """
    (folder / MEMBERS).mkdir(parents=True)
    (folder / BOOSTER).write_text(booster, "utf-8")
    for k, member in enumerate(members):
        (folder / MEMBERS / f"{k}.txt").write_text(member, "utf-8")
    (folder / CREATORS).write_text(json.dumps(dict(sorted(folds.items())), indent=0) + "\n", "utf-8")
    write_contract(folder, KIND, contract.facts)
    return FollowerBundle.load(folder)


def _creators(audience: pl.DataFrame) -> pl.Series:
    """Ids of the creators in order of first appearance."""
    ids = audience["creator_id"]
    return ids.head(1) if of_one(audience) else ids.unique(maintain_order=True)


def _codes(creators: pl.Series, names: pl.Series) -> NDArray[np.int64]:
    """The place of each row's creator in `names`."""
    if len(names) < 2:
        return np.zeros(len(creators), dtype=np.int64)
    place = pl.int_range(len(names), dtype=pl.Int64, eager=True)
    return creators.replace_strict(names, place, return_dtype=pl.Int64).to_numpy()


def _read_folds(path: Path) -> dict[str, int]:
    try:
        folds: dict[str, int] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ContractError(f"{path}: cannot be read") from error
    return folds
