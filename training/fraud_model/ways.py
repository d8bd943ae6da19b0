"""Ways to learn from audits, compared by cross-validation on real ones: alone, beside simulated ones, or onto a model.

From the champion there are two ways. `calibrated` keeps its trees and fits only the calibration. `continued` grows more
trees onto it: each of its members goes on from its own log odds. A member never saw its own fold, so neither way is
judged on audits that the champion has learnt from.

Audits cover some platforms and kinds of evidence, and say nothing of the others. So simulated creators of all kinds
stand beside them, labelled with what the champion says of them (`training.fraud_model.boosting.as_said`), for the trees
and for the calibration. How far the audits move the model depends on what an audit weighs beside a simulated creator.
Audits cannot show what is lost elsewhere, so the smallest of these weights is taken that is not clearly worse on them.
And since log loss also falls where trees learn no more than the share of fraud among some platform's audits, a way must
rank the audited no worse than the champion does.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import lightgbm as lgb
import numpy as np

from training.audits.label_weights import FACTORS
from training.evaluation_tables import Table
from training.fraud_model.boosting import CrossValidated, TrainingRows, as_said, cross_validate, train, unseen
from training.fraud_model.scores import held_scores, joined, judged_scores

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from models.fraud import FraudBundle
    from training.fraud_model.recipe import Base
    from training.fraud_model.scores import Scores, Weighed

    Floats = NDArray[np.float64]
    Progress = Callable[[int, int], None]

MOST_ADDED = 100
"""Trees that may be grown onto the champion's."""


@dataclass(frozen=True)
class Way:
    """One way that was tried.

    Attributes:
        name: `alone`, `simulated`, `calibrated` or `continued`.
        factor: What a real audit weighs beside its label's weight.
        rows: What was learnt from, with that factor.
        found: What cross-validation found.
        scores: What the calibration is fitted to.
        losses: Log loss of each judged row out of fold, calibrated, times the label's weight.
        loss: Their weighted mean.
        auc: On the same.
        ap: On the same.
        booster: Trains the booster of the bundle, as LightGBM's text.
        onto: The boosters that each fold's trees are grown onto; none where they begin afresh.
        grown: How many trees are grown.
    """

    name: str
    factor: float
    rows: TrainingRows
    found: CrossValidated
    scores: Scores
    losses: Floats
    loss: float
    auc: float
    ap: float
    booster: Callable[[], str]
    onto: tuple[str, ...]
    grown: int


def tried(
    base: Base | None,
    weighed: Weighed,
    params: dict[str, object],
    champion: FraudBundle | None,
    *,
    most: int,
    progress: Progress | None = None,
) -> list[Way]:
    """Every way of a base, the one to train by first, then by calibrated log loss on real audits.

    That is the one of least loss. From the champion it is, of the ways that rank the audited no worse than it does
    itself, the first whose loss is within one standard error of their least (Breiman et al. 1984), as they go from
    least to most that the audits weigh.

    Args:
        base: Where to start from.
        weighed: What to learn from.
        params: LightGBM's.
        champion: For the base of that name.
        most: At most so many trees.
        progress: Called with (done, total).
    """
    makers = _makers(base, weighed, params, champion, most)
    alone = progress if len(makers) == 1 else None
    found = []
    for done, make in enumerate(makers, start=1):
        found.append(make(alone))
        if progress is not None and alone is None:
            progress(done, len(makers))
    by_loss = sorted(found, key=lambda way: way.loss)
    if champion is None:
        return by_loss
    no_worse = [way for way in found if way.auc >= found[0].auc]
    best = min(no_worse, key=lambda way: way.loss)
    chosen = next(way for way in no_worse if _as_good(way, best, weighed))
    return [chosen, *(way for way in by_loss if way is not chosen)]


def _as_good(way: Way, best: Way, weighed: Weighed) -> bool:
    """Whether its loss is within one standard error, over creators, of the best one's."""
    judged = weighed.rows.judged
    more = np.bincount(weighed.creator[judged], way.losses - best.losses)
    more = more[np.unique(weighed.creator[judged])]
    error = np.sqrt(len(more)) * more.std() / weighed.trust[judged].sum()
    return bool(way.loss <= best.loss + error)


def as_table(ways: Sequence[Way]) -> Table:
    """What was tried, the best first."""
    rows: list[tuple[object, ...]] = [
        (way.name, way.factor, way.found.trees, way.loss, way.auc, way.ap) for way in ways
    ]
    note = (
        "On the audited creators out of fold, none of those simulated beside them; the first is what the model is "
        "trained by: from the champion the one in which audits weigh least of those that rank no worse than it does "
        "(AUC) and are within one standard error of the least log loss, as audits do not show what is lost where there "
        "are none. The log loss is calibrated, weighed "
        "by reviewers' agreement, and counts the copies that lack inputs too; AUC and average precision are of whole "
        "records."
    )
    columns = ("way", "weight of a real audit", "trees", "log loss", "auc", "average precision")
    return Table("Ways to learn that were tried", columns, rows, note)


def _makers(
    base: Base | None, weighed: Weighed, params: dict[str, object], champion: FraudBundle | None, most: int
) -> list[Callable[[Progress | None], Way]]:
    fresh = partial(_fresh, weighed, params, most)
    if base == "simulated":
        return [partial(fresh, "simulated", factor) for factor in FACTORS]
    if champion is None:
        return [partial(fresh, "alone", 1.0)]
    added = max(0, min(MOST_ADDED, most - champion.contract.trees))
    onto = partial(_onto, weighed, params, champion)
    return [partial(onto, "calibrated", 1.0, 0), *(partial(onto, "continued", f, added) for f in FACTORS[:4] if added)]


def _fresh(
    weighed: Weighed, params: dict[str, object], most: int, name: str, factor: float, progress: Progress | None
) -> Way:
    rows = weighed.by(factor)
    found = cross_validate(rows, params, progress, most=most)
    scores = judged_scores(weighed, found)
    return _way(name, factor, weighed, rows, found, scores, partial(train, rows, params, found.trees), (), found.trees)


def _onto(
    weighed: Weighed,
    params: dict[str, object],
    champion: FraudBundle,
    name: str,
    factor: float,
    most: int,
    _progress: Progress | None,
) -> Way:
    rows = weighed.by(factor)
    members = tuple(member.model_to_string() for member in champion.members)
    found = _cross_continued(rows, params, members, most, champion.contract.trees)
    added = found.trees - champion.contract.trees
    own = champion.booster.model_to_string()
    booster = partial(train, rows, params, added, onto=own) if added else partial(str, own)
    scores = joined(judged_scores(weighed, found), held_scores(weighed, found, champion))
    return _way(name, factor, weighed, rows, found, scores, booster, members, added)


def _cross_continued(
    rows: TrainingRows, params: dict[str, object], members: Sequence[str], most: int, trees: int
) -> CrossValidated:
    """Grow trees onto each member with the rows that it may see, until the unseen folds get no better."""
    if most == 0:
        return CrossValidated(trees, tuple(members), unseen(rows, members), ())
    grown, curves = [], []
    for member, (learn, judge) in zip(members, rows.parts, strict=True):
        losses: dict[str, Any] = {}
        start = lgb.Booster(model_str=member)
        weight = as_said(rows, start).weight
        data, valid = (
            lgb.Dataset(rows.signals.iloc[part], rows.label[part], weight=weight[part], free_raw_data=False)
            for part in (learn, judge)
        )
        grown.append(
            lgb.train(
                params,
                data,
                num_boost_round=most,
                init_model=start,
                valid_sets=[valid],
                callbacks=[lgb.record_evaluation(losses)],
            )
        )
        curves.append(losses["valid_0"]["binary_logloss"])
    mean = np.mean(curves, axis=0)
    added = int(np.argmin(mean)) + 1
    texts = tuple(booster.model_to_string(num_iteration=trees + added) for booster in grown)
    return CrossValidated(trees + added, texts, unseen(rows, texts), tuple(mean[:added].tolist()))


def _way(
    name: str,
    factor: float,
    weighed: Weighed,
    rows: TrainingRows,
    found: CrossValidated,
    scores: Scores,
    booster: Callable[[], str],
    onto: tuple[str, ...],
    grown: int,
) -> Way:
    from sklearn.metrics import average_precision_score, roc_auc_score

    label, trust = rows.label[rows.judged], weighed.trust[rows.judged]
    log_odds = scores.scaling.log_odds(found.raw[rows.judged])
    losses = trust * (np.logaddexp(0.0, log_odds) - label * log_odds)
    whole_label, whole = rows.label[weighed.whole], found.raw[weighed.whole]
    return Way(
        name=name,
        factor=factor,
        rows=rows,
        found=found,
        scores=scores,
        losses=losses,
        loss=float(losses.sum() / trust.sum()),
        auc=float(roc_auc_score(whole_label, whole)),
        ap=float(average_precision_score(whole_label, whole)),
        booster=booster,
        onto=onto,
        grown=grown,
    )
