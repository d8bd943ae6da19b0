"""What a training of fit leaves to look at: the model card, the pictures, the figures of every brief."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from models.boosters import booster as boosters
from models.matching.pairs import PAIR_FEATURE_NAMES
from training.fit_model.boosting import BASELINE
from training.fit_model.ranking_figures import DEPTHS, TOP, retrieval_metrics
from training.plots import FIT, plot_calibration, plot_precision_recall, plot_signals

if TYPE_CHECKING:
    from pathlib import Path

    from models.fit import FitBundle
    from training.fit_model.boosting import HeldOut

MOST_DRAWN = 2_000  # pairs in the SHAP picture
COMPARED = ("auc", f"ndcg_at_{TOP}", *(f"recall_at_{depth}" for depth in DEPTHS), "mrr")


def write_files(bundle: FitBundle, held_out: HeldOut, folder: Path) -> None:
    """Write `model_card.md`, `briefs.csv` and the plots into a new folder."""
    folder.mkdir(parents=True)
    (folder / "model_card.md").write_text(card(bundle), "utf-8")
    briefs_table(held_out).write_csv(folder / "briefs.csv")
    _, probability, label = held_out.used()
    plot_precision_recall(label, probability, folder / "precision_recall.svg", FIT)
    plot_calibration(label, probability, folder / "calibration.svg", FIT)
    used = pl.concat([one.pairs.filter(one.mixed) for one in held_out.judged])
    drawn = used.sample(min(used.height, MOST_DRAWN), seed=0)
    known = [k for k, name in enumerate(PAIR_FEATURE_NAMES) if drawn[name].null_count() < drawn.height]
    contributions = bundle.explain(boosters.values(drawn, PAIR_FEATURE_NAMES)).log_odds[:, known]
    plot_signals(contributions, boosters.matrix(drawn, [PAIR_FEATURE_NAMES[k] for k in known]), folder / "features.svg")


def briefs_table(held_out: HeldOut) -> pl.DataFrame:
    """One row a brief: its brand's fold, creators ranked and relevant, the model's figures beside the baseline's."""
    rows = []
    for one, scores in held_out.counted():
        baseline = retrieval_metrics(one.pairs[BASELINE].fill_null(0.0).to_numpy(), one.relevance)
        rows.append(
            {
                "brief_id": one.brief_id,
                "fold": one.fold,
                "ranked": len(one.relevance),
                "matched": int(np.count_nonzero(one.relevance)),
                **retrieval_metrics(scores, one.relevance),
                **{f"baseline_{name}": value for name, value in baseline.items()},
            }
        )
    return pl.DataFrame(rows)


def card(bundle: FitBundle) -> str:
    """The model card, in Markdown."""
    contract, metrics = bundle.contract, bundle.contract.metrics
    compared = [f"| {name} | {metrics[name]:.3f} | {metrics[f'baseline_{name}']:.3f} |" for name in COMPARED]
    return "\n".join(
        [
            f"# bonafide-fit {contract.version}",
            "",
            "How well a creator fits a brand's brief, as a calibrated probability among candidates mixed as in its",
            f"calibration ({100 * metrics['relevant_share']:.1f} % of the pairs fit). Fraud risk is no part of it;",
            "it is applied afterwards.",
            "",
            f"Trained {contract.created_at:%Y-%m-%d} on {contract.training['pairs']} pairs of "
            f"{contract.training['briefs']} briefs;",
            f"calibrated and judged on {metrics['pairs']:.0f} pairs mixed as above and on the rankings of "
            f"{metrics['briefs']:.0f} briefs;",
            f"data {contract.data_hash[:12]}, norms {contract.norms_version}.",
            "",
            "## Brands never seen in training",
            "",
            "Means over briefs, each ranked by a model of other brands. The baseline is the cosine of TF-IDF.",
            "",
            "| figure | model | baseline |",
            "|---|---|---|",
            *compared,
            "",
            f"Over pairs: AUC {metrics['pair_auc']:.3f}, average precision {metrics['pair_ap']:.3f}, "
            f"Brier {metrics['pair_brier']:.4f}, calibration error {metrics['pair_ece']:.4f}.",
            "",
            "## Limits",
            "",
            "- Creators that nobody matched with a brief count as not fitting it; some of them would.",
            "- Candidates without text, or in words that the corpus does not have, are judged by what else is known.",
            "- The probability assumes candidates mixed as above; in another mix trust the order, not the number.",
            "",
        ]
    )
