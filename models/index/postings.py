"""Inverted lists: of terms for exact cosines with a brief, and of brands for the creators who worked with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy import sparse

from models.rankings.details import hashes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from models.index.packed import Array, Packed

    Singles = NDArray[np.float32]
    Flags = NDArray[np.bool_]
    Numbers = NDArray[np.int64]

BRANDS = ("brands.names", "brands.starts", "brands.rows")
MAPPED = frozenset((*BRANDS[:2], "postings.words.starts", "postings.hashtags.starts"))
"""Arrays that say where to read, which are mapped into memory."""


def term_postings(name: str, part: sparse.csr_array) -> dict[str, Array]:
    """The rows in which each term stands, ascending, with its weights; rows of a segment fit 16 bits.

    Args:
        name: What the part is called in `Candidates.sparse`.
        part: Creators x terms.
    """
    by_term = sparse.csc_array(part)
    by_term.sort_indices()
    parts = (by_term.indptr.astype(np.uint32), by_term.indices.astype(np.uint16), by_term.data.astype(np.float32))
    return dict(zip(_names(name), parts, strict=True))


def cosines(packed: Packed, name: str, creators: int, wanted: sparse.csr_array) -> Singles:
    """Cosine of one row of terms with that part of every creator of a segment; 0 where either has length 0.

    Terms are added in their order, so a creator's cosine has the same bits in whatever segment it lies.
    """
    starts, rows, weights = _names(name)
    first, after = _bounds(packed[starts], wanted.indices)
    ends = np.concatenate([np.zeros(1, dtype=np.int32), np.cumsum(after - first, dtype=np.int32)])
    places = packed.parts(rows, first, after).astype(np.int32)
    lists = sparse.csc_array((packed.parts(weights, first, after), places, ends), shape=(creators, wanted.nnz))
    return np.asarray(lists @ wanted.data, dtype=np.float32)


def brand_postings(brands: pl.Series) -> dict[str, Array]:
    """The rows of each brand by the hash of its name, ascending; of lists of lower-case names, null where none."""
    pairs = (
        pl.DataFrame({"brand": brands})
        .with_row_index("row")
        .explode("brand")
        .drop_nulls("brand")
        .with_columns(name=pl.col("brand"))
    )
    named = pairs.with_columns(hash=pl.Series(hashes(pairs["name"]))).sort("hash", "row")
    names, starts = np.unique(named["hash"].to_numpy(), return_index=True)
    parts = (names, np.append(starts, named.height).astype(np.uint32), named["row"].to_numpy().astype(np.uint16))
    return dict(zip(BRANDS, parts, strict=True))


def worked_with(packed: Packed, creators: int, brands: Sequence[str]) -> Flags:
    """Which creators of a segment worked with any of these brands (lower-case names without @)."""
    names, starts, rows = BRANDS
    found = np.zeros(creators, dtype=np.bool_)
    asked = hashes(pl.Series(brands, dtype=pl.String))
    places = np.unique(np.searchsorted(packed[names], asked))
    places = places[places < len(packed[names])]
    known = places[np.isin(packed[names][places], asked)]
    found[packed.parts(rows, *_bounds(packed[starts], known))] = True
    return found


def _bounds(starts: Array, lists: Array) -> tuple[Numbers, Numbers]:
    """Where each list begins and ends."""
    return starts[lists].astype(np.int64), starts[lists + 1].astype(np.int64)


def _names(part: str) -> tuple[str, str, str]:
    return f"postings.{part}.starts", f"postings.{part}.rows", f"postings.{part}.weights"
