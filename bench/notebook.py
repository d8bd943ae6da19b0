"""An explained score as a notebook would make it: pandas, `LGBMClassifier` and `shap.TreeExplainer`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas_signals
import shap
from library_signals import Libraries
from lightgbm import LGBMClassifier
from pandas_signals.frames import frames_of

from training.audits.dataset import audit_labels
from training.simulate import simulate

if TYPE_CHECKING:
    import pandas as pd
    from pandas_signals.frames import Frames

    from features.records import Tables
    from models.fraud import FraudBundle

LEARNT_FROM = 300
"""Simulated creators; what is learnt does not matter here, only how large the model is."""


class Notebook:
    """A classifier of as many trees and leaves as a bundle's, and its explainer.

    Its signals are those that pandas has, and with `libraries` those of `library_signals` too.
    """

    def __init__(self, bundle: FraudBundle, *, libraries: bool = False) -> None:
        tables = _simulated()
        self._libraries = Libraries(tables) if libraries else None
        label = dict(audit_labels(tables.audits).select("creator_id", "label").iter_rows())
        signals = self._signals(frames_of(tables)).filter(label.keys(), axis=0)
        nodes = bundle.booster.trees_to_dataframe()
        leaves = nodes[nodes["split_feature"].isna()].groupby("tree_index").size()
        model = LGBMClassifier(
            n_estimators=bundle.contract.trees,
            num_leaves=max(2, int(leaves.max())),
            max_depth=int(nodes["node_depth"].max()) - 1,
            min_child_samples=2,
            verbosity=-1,
        )
        self._names = list(signals.columns)
        self._model = model.fit(signals, [label[name] >= 0.5 for name in signals.index])
        self._explainer = shap.TreeExplainer(self._model)

    def explained(self, frames: Frames) -> pd.DataFrame:
        """Probability of each creator, and the contribution of every signal to its log odds."""
        signals = self._signals(frames).reindex(columns=self._names)
        contributions = np.asarray(self._explainer.shap_values(signals))
        found = signals.copy()
        found[:] = contributions
        return found.assign(probability=self._model.predict_proba(signals)[:, 1])

    def _signals(self, frames: Frames) -> pd.DataFrame:
        own = pandas_signals.signals(frames)
        return own if self._libraries is None else own.join(self._libraries.signals(frames))


@cache
def _simulated() -> Tables:
    return simulate(LEARNT_FROM, seed=1).tables
