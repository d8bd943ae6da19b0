"""A model of one comment as scikit-learn has it: hashed n-grams and logistic regression."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scipy.sparse import hstack
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import LogisticRegression

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray


class HashedComments:
    """Characters within words by two to five, words by one and two, and a linear model of them."""

    def __init__(self, texts: Sequence[str], spam: NDArray[np.bool_]) -> None:
        characters = HashingVectorizer(analyzer="char_wb", ngram_range=(2, 5), alternate_sign=False)
        self._vectorizers = (characters, HashingVectorizer(ngram_range=(1, 2), alternate_sign=False))
        self._model = LogisticRegression(C=10, max_iter=300, tol=1e-3).fit(self._matrix(texts), spam)

    def probability(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Probability of each comment, not calibrated."""
        found: NDArray[np.float64] = self._model.predict_proba(self._matrix(texts))[:, 1]
        return found

    def _matrix(self, texts: Sequence[str]) -> object:
        return hstack([vectorizer.transform(texts) for vectorizer in self._vectorizers]).tocsr()
