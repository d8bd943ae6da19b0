"""What a notebook takes from libraries, of what `pandas_signals` leaves out.

The same questions as Bonafide's signals of these kinds, each answered in the plain way of its library and therefore not
by the same figures: scikit-learn and LightGBM judge every comment and follower, rensa finds near-duplicates, py3langid
names languages, ruptures finds where growth changes. What no library has is not here: causes of surges, orders of
commenters, and what needs other creators.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import py3langid
from hashed_comments import HashedComments
from lightgbm import LGBMClassifier
from rensa import RMinHash, RMinHashLSH
from ruptures import KernelCPD

from training.comments import usable

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pandas_signals.frames import Frames

    from features.records import Tables

HASHES, BANDS, ALIKE = 60, 10, 0.7
"""Of MinHash, as many as Bonafide takes."""
GROUPS, GROUP, CAPTION = 3, 100, 200
"""Comments are put together until there are so many groups of so many letters, captions until there are as many."""
SHORTEST, PENALTY = 3, 4.0
"""Days of a level and cost of a change, in units of log(days) x variance."""
TREES, DEPTH = 100, 4
"""Of the model of one follower."""
LEARNT = 2_000
"""Comments; what is learnt does not matter here, and hashed n-grams are as many whatever it is."""
COUNTS = ["followers", "following", "posts_count", "bio_length", "handle_length"]
GIVEN = ["has_picture", "private", "handle_digit_ratio"]


class Libraries:
    """Models of a comment and of a follower, learnt from simulated ones, and the signals that they and others give."""

    def __init__(self, tables: Tables) -> None:
        comments = usable(tables.comments)
        comments = comments.sample(min(LEARNT, comments.height), seed=0)
        self._comments = HashedComments(comments["text"].to_list(), comments["spam"].to_numpy())
        audience = tables.audience.filter(tables.audience["fake"].is_not_null()).to_pandas()
        self._followers = LGBMClassifier(n_estimators=TREES, max_depth=DEPTH, num_leaves=2**DEPTH - 1, verbosity=-1)
        self._followers.fit(profiles(audience), audience["fake"].astype(bool))

    def signals(self, frames: Frames) -> pd.DataFrame:
        """One row a creator who has any of them, one column a signal."""
        found = [levels(frames["follower_history"])]
        comments = frames["comments"]
        comments = comments[(comments["author_id"] != comments["creator_id"]) & comments["text"].notna()]
        if len(comments):
            spam = pd.Series(self._comments.probability(comments["text"].to_list()), index=comments.index)
            texts = comments["text"].str.lower().groupby(comments["creator_id"], sort=False)
            captions = frames["posts"].dropna(subset=["caption"]).groupby("creator_id", sort=False)["caption"]
            found += [
                _judged(spam, comments["creator_id"], "spam"),
                texts.apply(near_duplicates).rename("near_duplicates"),
                in_the_captions_language(captions.apply(" ".join), texts.apply(list)),
            ]
        audience = frames["audience"]
        if len(audience):
            fake = pd.Series(self._followers.predict_proba(profiles(audience))[:, 1], index=audience.index)
            found.append(_judged(fake, audience["creator_id"], "fake"))
        return pd.concat(found, axis=1)


def _judged(probability: pd.Series, creators: pd.Series, what: str) -> pd.DataFrame:
    """Of each creator's rows the mean probability, and the share that is likelier so than not."""
    judged = pd.DataFrame({f"{what}_mean": probability, f"{what}_share": probability > 0.5})
    return judged.groupby(creators, sort=False).mean()


def profiles(audience: pd.DataFrame) -> pd.DataFrame:
    """Counts by their logarithm and beside each other, and what is given as it is."""
    logs = np.log1p(audience[COUNTS].astype("float64"))
    beside = pd.DataFrame(
        {
            "following_a_follower": logs["following"] - logs["followers"],
            "following_a_post": logs["following"] - logs["posts_count"],
            "posts_a_follower": logs["posts_count"] - logs["followers"],
        }
    )
    return pd.concat([logs, beside, audience[GIVEN].astype("float64")], axis=1)


def near_duplicates(texts: pd.Series) -> float:
    """Share of texts with a near relative among the others."""
    tokens = [text.split() for text in texts]
    index = RMinHashLSH(ALIKE, HASHES, BANDS)
    digests = RMinHash.digest_matrix_from_token_sets(tokens, HASHES, 1)
    return float(np.mean(index.insert_matrix_and_query_duplicate_flags(digests)))


def in_the_captions_language(captions: pd.Series, texts: pd.Series) -> pd.Series:
    """Share of a creator's groups of comments that py3langid gives the language that it gives the captions."""
    found = {}
    for creator, written in captions.items():
        whole = " ".join(texts.get(creator, ()))
        groups = [whole[place : place + GROUP] for place in islice(range(0, len(whole), GROUP), GROUPS)]
        home = py3langid.classify(written[:CAPTION])[0]
        found[creator] = np.mean([py3langid.classify(group)[0] == home for group in groups]) if groups else np.nan
    return pd.Series(found, name="caption_language", dtype="float64")


def levels(history: pd.DataFrame) -> pd.DataFrame:
    """How many levels a creator's daily growth has, and how far the highest stands above the usual day."""
    ordered = history.dropna(subset=["followers"]).sort_values(["creator_id", "date"])
    by = ordered.groupby("creator_id", sort=False)["followers"]
    return pd.DataFrame.from_dict(
        {creator: _levels(np.diff(np.log1p(counts.to_numpy()))) for creator, counts in by},
        orient="index",
        columns=["levels", "highest_level"],
    )


def _levels(growth: NDArray[np.float64]) -> tuple[float, float]:
    if len(growth) < 2 * SHORTEST:
        return np.nan, np.nan
    penalty = PENALTY * np.log(len(growth)) * growth.var()
    ends = KernelCPD(kernel="linear", min_size=SHORTEST).fit(growth).predict(pen=max(penalty, 1e-12))
    means = [part.mean() for part in np.split(growth, ends[:-1])]
    return float(len(ends)), float(max(means) - np.median(growth))
