"""Creators as the fit model sees them: traits, and vectors in parts by name, so that they are kept and cut as one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from scipy import sparse

    Singles = NDArray[np.float32]
    Rows = NDArray[np.int64]

Part = TypeVar("Part", "Singles", "sparse.csr_array")

TRAITS = pl.Schema(
    {
        "creator_id": pl.String(),
        "platform": pl.String(),
        "tier": pl.String(),
        "country": pl.String(),
        "language": pl.String(),
        "followers": pl.Int64(),
        "posts_count": pl.Int64(),
        "price": pl.Float64(),  # asked for a post, USD
        "engagement": pl.Float64(),  # percentile among peers of the same platform and size
        "sponsored_share": pl.Float64(),
        "days_since_last_post": pl.Float64(),
        "text_length": pl.Float64(),  # letters of all that is at hand
        "hashtag_rate": pl.Float64(),  # hashtags a post at hand
        "leaning": pl.Float64(),  # length of the brand topics before they are brought to 1
        "brand_talk": pl.Float64(),  # how like those who tag brands
        "audience_countries": pl.List(pl.Struct({"country": pl.String(), "share": pl.Float64()})),
        "brands": pl.List(pl.String()),  # tagged or declared as sponsors, lower case
        "brand_posts": pl.List(pl.Struct({"brand": pl.String(), "posts": pl.Int64(), "last": pl.Date()})),
    }
)
"""What a pair needs to know of a creator beside texts; null where not known. `audience_countries` are the shares of
those sampled followers whose country is known; `brand_posts` tells of each of `brands` how many posts and the last."""


SHOWN = ("audience_countries", "brand_posts")
"""Traits that an answer tells of the creators shown; only where a brief asks for countries are the first compared."""


@dataclass(frozen=True, eq=False)
class Candidates:
    """Creators, one row each in every part.

    Attributes:
        traits: Columns of `TRAITS`; a pool that an index found is without those of `SHOWN` that it has no need of.
        dense: Matrices of creators x dimensions. Rows have length 1, or 0 where nothing is said: `word_topics`,
            `gram_topics`, `brand_topics`; those of `niches` sum to 1, or to 0.
        sparse: Matrices of creators x terms, float32 with int32 indices, rows of length 1 or 0; `words` are over
            `encoder.text.words.terms`.
    """

    traits: pl.DataFrame
    dense: Mapping[str, Singles]
    sparse: Mapping[str, sparse.csr_array]

    def __len__(self) -> int:
        """Number of creators."""
        return self.traits.height

    @property
    def creator_ids(self) -> list[str]:
        """The creators, in order."""
        return self.traits["creator_id"].to_list()

    def take(self, rows: Rows) -> Candidates:
        """These rows, in this order; vectors are cut out part by part, as they are asked for."""
        return Candidates(self.traits[rows], Cut.of(self.dense, rows), Cut.of(self.sparse, rows))

    @staticmethod
    def concat(parts: Sequence[Candidates]) -> Candidates:
        """The creators of all parts, in order; at least one part is needed, and all must be of one encoder."""
        from scipy import sparse

        first = parts[0]
        return Candidates(
            pl.concat([part.traits for part in parts]),
            {name: np.concatenate([part.dense[name] for part in parts]) for name in first.dense},
            {
                name: sparse.csr_array(sparse.vstack([part.sparse[name] for part in parts], format="csr"))
                for name in first.sparse
            },
        )


class Cut(Mapping[str, Part]):
    """Some rows of matrices that stand side by side, each cut out when it is first asked for.

    Of a pool, fifty are shown, and of these two of seven parts; the others would be copied for nothing.
    """

    def __init__(self, whole: Mapping[str, Part], rows: Rows) -> None:
        self._whole: Mapping[str, Part] = whole
        self._rows = rows
        self._done: dict[str, Part] = {}

    @classmethod
    def of(cls, parts: Mapping[str, Part], rows: Rows) -> Cut[Part]:
        """These rows of the parts; of parts that are cut themselves, nothing between is made."""
        if isinstance(parts, Cut):
            return cls(parts._whole, parts._rows[rows])
        return cls(parts, rows)

    def __getitem__(self, name: str) -> Part:
        """The rows of a part."""
        if name not in self._done:
            self._done[name] = self._whole[name][self._rows]
        return self._done[name]

    def __iter__(self) -> Iterator[str]:
        """The parts' names."""
        return iter(self._whole)

    def __len__(self) -> int:
        """Number of parts."""
        return len(self._whole)
