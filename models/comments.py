"""The model of one comment as a bundle: is it a genuine comment, or spam, bought or a bot's?

A linear model of hashed n-grams and of signals that need no language. An n-gram that training never saw weighs
nothing, so that a text in an unknown language rests on the signals alone, of which one counts the phrases of promotion
that are known in about forty languages. Weights are whole multiples of a step and
are added up as integers: a comment has the same bits alone and among millions, in whatever order.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from features.errors import ContractError
from features.rows.comments import INAUTHENTIC
from features.text import promotion
from models.bundle import DECIMALS, BundleContract, copy_bundle, creator_hash, load_contract
from models.comment_features.grams import PLACES, SIZES
from models.comment_features.reading import read, standard
from models.comment_features.signals import NAMES
from models.contract import write_contract
from models.frozen import Frozen
from models.verdicts.calibration import Calibration  # noqa: TC001 - pydantic reads it at run time

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from features.records import Tables
    from models.comment_features.reading import Reading

    Floats = NDArray[np.float64]

KIND = "comments"
CHUNK = 120_000
"""Characters that are worked on at a time, to bound the memory that it takes."""

_ARRAYS = {"places": np.uint32, "weights": np.int16, "creators": np.uint64, "folds": np.uint8}


class Line(Frozen):
    """One fitted line: its intercept, the step of its n-gram weights and the slope of each signal."""

    intercept: float
    step: float
    slopes: list[float]


class CommentContract(BundleContract):
    """What the folder of a comment model says about itself.

    `lines` holds the model's line and then one a fold, which did not see the creators of that fold. `phrases` is
    `features.text.promotion.version`; models of before do not have it.
    """

    kind: Literal["comments"] = "comments"
    sizes: tuple[int, ...] = SIZES
    places: int = PLACES
    signals: tuple[str, ...] = NAMES
    phrases: str | None = None
    calibration: Calibration
    means: list[float]
    spreads: list[float]
    lines: list[Line]


@dataclass(frozen=True, eq=False)
class CommentBundle:
    """A comment model with everything that it needs. Make one with `load`.

    Attributes:
        folder: Where it was loaded from.
        contract: Its version, metrics and hashes.
        places: Places of the n-grams that it knows, ascending.
        weights: Lines x places, in steps of each line.
        creators: `creator_number` of those whose comments it was trained on, ascending.
        folds: The fold of each.
    """

    folder: Path
    contract: CommentContract
    places: NDArray[np.uint32]
    weights: NDArray[np.int16]
    creators: NDArray[np.uint64]
    folds: NDArray[np.uint8]

    @classmethod
    def load(cls, folder: Path | str) -> CommentBundle:
        """Load the bundle that lies in `folder`.

        Raises:
            NotFoundError: There is no such folder.
            ContractError: A file was changed, lost or added, or comments are no longer read as in the training.
        """
        folder = Path(folder)
        contract = load_contract(folder, KIND, CommentContract)
        if (contract.sizes, contract.places, contract.signals) != (SIZES, PLACES, NAMES):
            raise ContractError(f"{folder}: the model reads comments in another way; train it again")
        if contract.phrases not in (None, promotion.version()):
            raise ContractError(f"{folder}: the model counts other phrases of promotion; train it again")
        bundle = cls(
            folder=folder,
            contract=contract,
            places=_array(folder, "places"),
            weights=_array(folder, "weights"),
            creators=_array(folder, "creators"),
            folds=_array(folder, "folds"),
        )
        if bundle.weights.shape != (len(contract.lines), len(bundle.places)):
            raise ContractError(f"{folder}: the weights do not fit the n-grams")
        return bundle

    @property
    def column(self) -> str:
        """The column that `with_probability` adds."""
        return INAUTHENTIC

    def save(self, folder: Path | str) -> None:
        """Copy the bundle's files to a new folder; nothing half-written stays behind."""
        copy_bundle(self.folder, Path(folder))

    def probability(self, comments: pl.DataFrame) -> Floats:
        """Calibrated probability that each comment is not genuine, to 6 decimals; NaN where the text is null.

        Args:
            comments: Rows with a column `text`, of which the first 2,000 characters are read.
        """
        return self._scored(comments["text"].to_list(), 0)

    def with_probability(self, tables: Tables, *, out_of_fold: bool = False) -> Tables:
        """The tables with `comments.inauthentic_probability`, null where the text is null.

        Args:
            tables: Creators' records.
            out_of_fold: Comments of creators that it was trained on are scored by a line that did not see them;
                null where there is none, as for the one creator of a training set.
        """
        comments = tables.comments
        found = self._out_of_fold(comments) if out_of_fold else self.probability(comments)
        column = pl.Series(INAUTHENTIC, found, dtype=pl.Float64, nan_to_null=True)
        return replace(tables, comments=comments.hstack([column]))

    def _out_of_fold(self, comments: pl.DataFrame) -> Floats:
        line_of = {name: self._line_for(creator_number(name)) for name in comments["creator_id"].unique()}
        line = np.array([line_of[name] for name in comments["creator_id"]], dtype=np.int64)
        texts = np.array(comments["text"].to_list(), dtype=object)
        found = np.full(comments.height, np.nan)
        for one in np.unique(line[line < len(self.contract.lines)]).tolist():
            found[line == one] = self._scored(texts[line == one].tolist(), one)
        return found

    def _line_for(self, hashed: int) -> int:
        """0, the model's, for a creator who is new to it, else the one of the creator's fold."""
        place = int(np.searchsorted(self.creators, np.uint64(hashed)))
        seen = place < len(self.creators) and int(self.creators[place]) == hashed
        return 1 + int(self.folds[place]) if seen else 0

    def _scored(self, texts: list[str | None], line: int) -> Floats:
        table = self._table if line == 0 else self._dense(line)
        found = np.full(len(texts), np.nan)
        for rows, known in _chunks(texts):
            raw = self._log_odds(read(known), self.contract.lines[line], table)
            found[rows] = np.round(self.contract.calibration.probability(raw), DECIMALS)
        return found

    def _log_odds(self, reading: Reading, line: Line, table: NDArray[np.int16]) -> Floats:
        raw = np.full(len(reading.signals), line.intercept)
        for weight, grams in reading.blocks:
            raw += weight * line.step * grams.totals(table) / grams.lengths()
        scaled = standard(reading.signals, self._means, self._spreads)
        for part in np.ascontiguousarray((scaled * line.slopes).T):  # a matrix product adds in an order of its own
            raw += part
        return raw

    @cached_property
    def _table(self) -> NDArray[np.int16]:
        return self._dense(0)

    def _dense(self, line: int) -> NDArray[np.int16]:
        table = np.zeros(PLACES + 1, dtype=np.int16)
        table[self.places] = self.weights[line]
        return table

    @cached_property
    def _means(self) -> Floats:
        return np.array(self.contract.means)

    @cached_property
    def _spreads(self) -> Floats:
        return np.array(self.contract.spreads)


def write_bundle(folder: Path, arrays: Mapping[str, NDArray[np.generic]], contract: CommentContract) -> CommentBundle:
    """Write a bundle from its arrays (see `CommentBundle`) and load it back; `contract.files` is filled in here."""
    folder.mkdir(parents=True)
    for name, dtype in _ARRAYS.items():
        np.save(folder / f"{name}.npy", arrays[name].astype(dtype, casting="same_kind"), allow_pickle=False)
    write_contract(folder, KIND, contract.facts)
    return CommentBundle.load(folder)


def creator_number(creator_id: str) -> int:
    """`creator_hash` as a number."""
    return int(creator_hash(creator_id), 16)


def _array(folder: Path, name: str) -> NDArray[Any]:
    try:
        array: NDArray[Any] = np.load(folder / f"{name}.npy", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise ContractError(f"{folder}: {name}.npy cannot be read") from error
    if array.dtype != _ARRAYS[name]:
        raise ContractError(f"{folder}: {name}.npy holds {array.dtype}")
    return array


def _chunks(texts: list[str | None]) -> Iterator[tuple[list[int], list[str]]]:
    """The texts that are known, with their places, in parts of about `CHUNK` characters."""
    places = [place for place, text in enumerate(texts) if text is not None]
    known = [text for text in texts if text is not None]
    part = np.cumsum([len(text) for text in known]) // CHUNK
    bounds = [0, *(np.flatnonzero(np.diff(part)) + 1).tolist(), len(known)]
    for start, end in pairwise(bounds) if known else ():
        yield places[start:end], known[start:end]
