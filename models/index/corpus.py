"""A corpus of any size encoded part by part, and given out by the creators' ids in constant memory.

What is encoded of a part is a segment of its own, in the folder of the work; the index is put together from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features.text import language_model
from models.bulk import Work, begin
from models.index import segment
from models.index.creators import Creators
from models.index.durable import whole_folder
from models.index.encoding import creators_of
from models.index.manifest import SegmentEntry
from models.index.scores import read_scores
from models.index.segment import Segment, write_segment
from models.matching.encoder import Encoder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from features.records.parts import Read
    from features.records.sizes import Size
    from models.bulk import Model
    from models.bulk.task import Do
    from models.fraud import FraudBundle

ENDING = "segment"
"""Of the folders with what was encoded."""


@dataclass(frozen=True)
class Encoding:
    """Encoding as what is done with each part.

    Attributes:
        fit: Folder of the fit model, which gives the vectors.
        fraud: Gives the risks, unless `scores` does.
        scores: What `bonafide score` wrote.
    """

    fit: Path
    fraud: Model
    scores: Path | None = None
    skip: bool = False

    def identity(self) -> dict[str, object]:
        """What makes it the same task as before."""
        from models.fit import FitBundle

        fit = FitBundle.load(self.fit).contract.version
        scores = None if self.scores is None else (str(self.scores.resolve()), self.scores.stat().st_mtime_ns)
        return {"fit": fit, **self.fraud.identity(), "scores": scores}

    def share(self, folder: Path) -> None:
        """Write the model of languages, which risks are told by."""
        if self.scores is None:
            language_model.share(folder)

    def prepare(self, shared: Path) -> Do:
        """Load what gives vectors and risks: what a whole model needs takes as long as a thousand creators."""
        encoder = Encoder.load(self.fit)
        language_model.use_shared(shared)
        if self.scores is None:
            return partial(_encoded, encoder, self.fraud.load(), None)
        return partial(_encoded, encoder, None, read_scores(self.scores))


class Encoded(Work):
    """A corpus that is being encoded in a folder of its own."""

    @classmethod
    def open(cls, folder: Path, source: Path, task: Encoding, size: Size) -> Encoded:
        """Go on with the work of that folder where it is the same, else begin it; see `models.bulk.begin`."""
        return cls(folder, begin(folder, source, task, size), skip=task.skip)

    def by_segment(self) -> Iterator[Creators]:
        """All creators by their ids, as many at a time as an index's segment holds."""
        places = self._places()
        for start in range(0, places.height, segment.MOST_CREATORS):
            yield self._gathered(places.slice(start, segment.MOST_CREATORS))

    def _places(self) -> pl.DataFrame:
        """Where each creator lies, by their ids: `part` and `row`."""
        frames = []
        for number in range(len(self.cut.parts)):
            ids = pl.read_parquet(self.file(number, "parquet"), columns=["creator_id"], glob=False)
            row = pl.int_range(pl.len(), dtype=pl.UInt32)
            frames.append(ids.with_columns(part=pl.lit(number, pl.UInt32), row=row))
        return pl.concat(frames).sort("creator_id").drop("creator_id")

    def _gathered(self, places: pl.DataFrame) -> Creators:
        """These creators in this order, from one part after the other."""
        ordered = places.with_row_index("place").sort("part", "row")
        found = [
            self._segment(number).take(rows["row"].to_numpy().astype(np.int64))
            for (number,), rows in ordered.partition_by("part", as_dict=True, maintain_order=True).items()
        ]
        joined = Creators.concat(found)
        del found  # a segment stands in memory twice at the most
        back = np.argsort(ordered["place"].to_numpy())
        return joined if np.array_equal(back, np.arange(len(back))) else joined.take(back)

    def _segment(self, number: int) -> Segment:
        """What was encoded of a part."""
        count = self.cut.parts[number].creators
        return Segment(self.file(number, ENDING), SegmentEntry(name=str(number), creators=count, files={}))


def _encoded(
    encoder: Encoder, fraud: FraudBundle | None, scores: pl.DataFrame | None, read: Read, place: Path
) -> pl.DataFrame:
    """Encode one part; the segment lies beside."""
    ids = read.tables.creators.select("creator_id")
    if ids.height:
        own = None if scores is None else scores.join(ids, on="creator_id", how="semi")
        with whole_folder(place.with_suffix(f".{ENDING}")) as part:
            write_segment(part, creators_of(read.tables, encoder, fraud, own))
    return ids
