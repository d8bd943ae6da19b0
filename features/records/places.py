"""The creators of a corpus, and where each of them stands: some 30 bytes each, beside the ids themselves."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

NOBODY = -1


class Places:
    """Finds a creator's place among all by its id.

    The ids' hashes lie in order, and whose hash is found is asked for the id itself. A join would make a table of all
    ids once for each of the many thousand batches of a large corpus.
    """

    def __init__(self, ids: pl.Series) -> None:
        """`ids`: each once, in their order; null is one too."""
        self._ids = ids
        for self._seed in count():
            hashes = self._hashes_of(ids)
            self._order = np.argsort(hashes).astype(np.uint32)
            self._hashes = hashes[self._order]
            if not (self._hashes[1:] == self._hashes[:-1]).any():  # else by another seed
                return

    def __len__(self) -> int:
        """How many creators there are."""
        return len(self._ids)

    def of(self, ids: pl.Series) -> NDArray[np.int64]:
        """The place of each of these; `NOBODY` where no creator has that id."""
        if not len(self):
            return np.full(len(ids), NOBODY)
        found = np.searchsorted(self._hashes, self._hashes_of(ids))
        places = self._order[np.minimum(found, len(self) - 1)]
        same = self._ids.gather(places).eq_missing(ids)
        return np.where(same.to_numpy(), places.astype(np.int64), NOBODY)

    def _hashes_of(self, ids: pl.Series) -> NDArray[np.uint64]:
        return ids.hash(self._seed).to_numpy()
