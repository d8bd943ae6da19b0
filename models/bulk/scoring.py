"""Scoring a corpus part by part; the scores come out in the order of the input."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

import polars as pl

from features.records import input_hashes
from features.records.parquet_files import parquet_names
from features.text import language_model
from models.boosters import lightgbm_alone
from models.bulk.beginning import begin, cut_in
from models.bulk.work import LINE, Work
from models.bulk.workers import getting_ready

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from features.records.parts import Cut, Read
    from features.records.sizes import Size
    from models.bulk.task import Do
    from models.bulk.work import Progress
    from models.fraud import FraudBundle

HASH = "#input_hash"
SIGNALS = "signals"
"""Ending of the files with the signals."""


@dataclass(frozen=True)
class Model:
    """Where a process finds the model, and what is put in place of its own norms and cut-offs."""

    bundle: Path
    context: Path | None = None
    profile: str | None = None

    def load(self) -> FraudBundle:
        """The model."""
        from features import Context
        from models.fraud import FraudBundle

        bundle = FraudBundle.load(self.bundle)
        if self.profile is not None:
            bundle = bundle.with_profile(self.profile)
        return bundle if self.context is None else bundle.with_context(Context.load(self.context))

    def identity(self) -> dict[str, object]:
        """What makes it the same model as before."""
        from features import Context
        from models.fraud_contract import FraudContract
        from models.verdicts.decision import profile_named

        contract = FraudContract.load(self.bundle)
        return {
            "model": contract.version,
            "norms": contract.norms_version if self.context is None else Context.load(self.context).version,
            "profile": asdict(profile_named(self.profile or contract.profile)),
        }


@dataclass(frozen=True)
class Asked:
    """What is asked of a run; see `models.scoring.score_frame`. `skip` leaves rows out that are refused.

    `signals` keeps those that the scores were made of, with the records' hashes, for `Run.with_signals`.
    """

    explain: bool = False
    as_of: date | None = None
    skip: bool = False
    signals: bool = False


@dataclass(frozen=True)
class Scoring:
    """Scoring as what is done with each part.

    Attributes:
        model: The model.
        asked: What is asked.
        alone: LightGBM is loaded by `models.boosters.lightgbm_alone`, in the first process too.
    """

    model: Model
    asked: Asked
    alone: bool = False

    @property
    def skip(self) -> bool:
        """Whether rows that are refused are left out."""
        return self.asked.skip

    def identity(self) -> dict[str, object]:
        """What makes it the same task as before."""
        return {**self.model.identity(), "asked": asdict(self.asked)}

    def share(self, folder: Path) -> None:
        """Write the model of languages."""
        language_model.share(folder)

    def prepare(self, shared: Path) -> Do:
        """Load the model."""
        language_model.use_shared(shared)
        if self.alone:
            lightgbm_alone.load()
        return partial(_scores, self.model.load(), self.asked)


class Run(Work):
    """A corpus that is being scored in a folder of its own.

    Attributes:
        asked: What is asked.
    """

    def __init__(self, folder: Path, cut: Cut, asked: Asked) -> None:
        super().__init__(folder, cut, skip=asked.skip)
        self.asked = asked

    @classmethod
    def open(cls, folder: Path, source: Path, model: Model, asked: Asked, size: Size) -> Run:
        """Go on with the run of that folder where it is the same one, else begin it; see `begin` for the errors.

        Args:
            folder: Of the run; it is begun anew where its input, model or question was another.
            source: A folder of tables or an NDJSON file.
            model: The model.
            asked: What is asked.
            size: Limits of a part.
        """
        return cls(folder, begin(folder, source, Scoring(model, asked), size), asked)

    @classmethod
    def load(cls, folder: Path, asked: Asked) -> Run:
        """The run of that folder as it lies there, whatever became of its input; OSError where there is none."""
        return cls(folder, cut_in(folder), asked)

    def work(self, model: Model, workers: int, progress: Progress | None = None) -> None:
        """Score what is not finished yet.

        Args:
            model: That of `open`.
            workers: Processes.
            progress: Called with the creators that are done and all of them.
        """
        with getting_ready(self.folder, Scoring(model, self.asked), workers) as ready:
            for _ in self.doing(ready, progress):
                pass

    def frames(
        self, columns: Sequence[str] | None = None, parts: Iterable[int] | None = None
    ) -> Iterator[pl.DataFrame]:
        """The scores, piece by piece in the order of the input, as `models.scoring.score_frame` gives them.

        Args:
            columns: Only those of these that there are.
            parts: All of them, as `Work.doing` gives them; else they are finished already.
        """
        numbers = range(len(self.cut.parts)) if parts is None else parts
        if self.cut.by_line:
            numbers = [*numbers]  # which lines are another's creator is known once all are read
        later = self.later_lines()
        for _, piece in groupby(numbers, key=lambda number: self.cut.parts[number].piece):
            scores = pl.concat([self._scores(number, columns) for number in piece], rechunk=True)
            yield scores.filter(_earliest(later)).drop(LINE)

    def _scores(self, number: int, columns: Sequence[str] | None) -> pl.DataFrame:
        file = self.file(number, "parquet")
        there = parquet_names(file)
        wanted = there if columns is None else [LINE, *(name for name in columns if name in there)]
        return pl.read_parquet(file, columns=wanted, glob=False)

    def with_signals(self) -> Iterator[tuple[int, pl.DataFrame, pl.DataFrame]]:
        """Part by part its number, the scores without reasons, and row by row the signals and the records' hashes.

        Only of a run that was asked to keep them; a creator's later lines are left out, as of `frames`.
        """
        later = self.later_lines()
        for number in range(len(self.cut.parts)):
            file = self.file(number, "parquet")
            columns = [name for name in parquet_names(file) if name != "reasons"]
            scores = pl.read_parquet(file, columns=columns, glob=False)
            signals = pl.read_parquet(self.file(number, SIGNALS), glob=False)
            kept = scores.select(_earliest(later)).to_series()
            yield number, scores.filter(kept).drop(LINE), signals.filter(kept)


def _earliest(later: pl.Series) -> pl.Expr:
    """Whether a row's line is none of the later ones of a creator."""
    return ~pl.col(LINE).is_in(later.implode()).fill_null(value=False)


def _scores(bundle: FraudBundle, asked: Asked, read: Read, place: Path) -> pl.DataFrame:
    """Score one part; the signals, where they are asked for, lie beside."""
    from models.scoring import score_with_signals

    scores, signals = score_with_signals(bundle, read.tables, explain=asked.explain, as_of=asked.as_of)
    if asked.signals:
        hashes = pl.Series(HASH, [*input_hashes(read.tables).values()], pl.String)
        signals.hstack([hashes]).write_parquet(place.with_suffix(f".{SIGNALS}"))
    return scores
