"""Texts in the form in which they are compared, the words in them, and terms counted document by document."""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy import sparse

WORD = r"\w\w+"
MOST_LETTERS = 40  # of one word; longer runs are no words

LETTERS = (
    r"\x00-\x7F\x{C0}-\x{131}"  # Latin
    r"\x{400}-\x{481}\x{48A}-\x{52F}\x{621}-\x{64A}"  # Cyrillic and Arabic letters
    r"\x{3041}-\x{3096}\x{30A1}-\x{30FA}\x{4E00}-\x{9FFF}\x{AC00}-\x{D7A3}"  # kana, Han, Hangul syllables
    r"\x{2013}\x{2014}\x{2018}-\x{201E}\x{2022}"  # dashes, quotation marks, bullet
)
"""Those of `SETTLED` that are no emoji."""

SETTLED = LETTERS + r"\x{200D}\x{2600}-\x{27BF}\x{FE0F}\x{1F1E6}-\x{1F1FF}\x{1F300}-\x{1FAFF}"
"""Letters whose texts are in NFKC form as they are: none has another form, and none joins with one before it."""

_UNSETTLED = f"[^{SETTLED}]"
_BITS = 32  # of a term's place; what is above is the document


def plain(text: pl.Expr) -> pl.Expr:
    """The text in NFKC form and lower case. Most texts have that form already, and to see it takes no time."""
    brought = pl.when(text.str.contains(_UNSETTLED)).then(text).str.normalize("NFKC")
    return pl.coalesce(brought, text).str.to_lowercase()


def told_words(documents: pl.Series) -> pl.DataFrame:
    """Rows `document` (its place), `term`: every word of every text, as often as it is there."""
    return told(pl.LazyFrame({"terms": documents}).select(plain(pl.col("terms")).str.extract_all(WORD))).with_columns(
        pl.col("term").str.slice(0, MOST_LETTERS)
    )


def told(documents: pl.LazyFrame) -> pl.DataFrame:
    """The same of `terms`, a list a document."""
    return (
        documents.select(pl.int_range(pl.len(), dtype=pl.Int64).alias("document"), term="terms")
        .explode("term")
        .drop_nulls("term")
        .collect()
    )


def term_matrix(tokens: pl.DataFrame, documents: int, terms: pl.Series) -> sparse.csr_array:
    """How often each document has each term: documents x `terms`, which are all different; others are left out."""
    places = pl.DataFrame({"term": terms, "place": np.arange(len(terms), dtype=np.int64)})
    found = tokens.join(places, on="term", how="inner").select(pl.col("document") * 2**_BITS + pl.col("place"))
    cells, counts = np.unique(found.to_series().to_numpy(), return_counts=True)
    starts = np.searchsorted(cells >> _BITS, np.arange(documents + 1)).astype(np.int32)
    place = (cells & ((1 << _BITS) - 1)).astype(np.int32)
    return sparse.csr_array((counts.astype(np.float64), place, starts), shape=(documents, len(terms)))
