"""The baseline of fit: TF-IDF of words and the cosine, with nothing learnt of brands."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    from numpy.typing import NDArray

WORD = r"(?u)\w\w+"
LEAST_DOCUMENTS = 3


def baseline_scores(posts: Sequence[str], briefs: Sequence[str], documents: Sequence[str]) -> NDArray[np.float64]:
    """Cosines of briefs x documents; sublinear TF-IDF, fitted on posts, of words in `LEAST_DOCUMENTS` of them."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectors = TfidfVectorizer(sublinear_tf=True, min_df=LEAST_DOCUMENTS, token_pattern=WORD).fit(posts)
    return np.asarray((vectors.transform(briefs) @ vectors.transform(documents).T).toarray(), dtype=np.float64)


@overload
def post_documents(posts: pl.DataFrame) -> list[str]: ...
@overload
def post_documents(posts: pl.DataFrame, *, by_creator: Literal[True]) -> dict[str, str]: ...
def post_documents(posts: pl.DataFrame, *, by_creator: bool = False) -> list[str] | dict[str, str]:
    """Caption and alt text of every post, in order; of each creator's together where asked."""
    texts = posts.select("creator_id", text=pl.concat_str(pl.col("caption", "alt_text").fill_null(""), separator="\n"))
    if not by_creator:
        return texts["text"].to_list()
    return dict(texts.group_by("creator_id", maintain_order=True).agg(pl.col("text").str.join("\n")).iter_rows())
