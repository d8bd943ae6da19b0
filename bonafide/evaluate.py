"""`bonafide evaluate`: how well a model does on labelled or real data, as tables or JSON."""

# ruff: noqa: TC001 - Typer reads annotations at run time
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bonafide.inputs import ContextFolder, Json, Model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from training.evaluation_tables import Table

app = typer.Typer(name="evaluate", help="How well a model does, by slice.", no_args_is_help=True)

Data = Annotated[Path, typer.Option(metavar="DIR", help="Labelled data to judge on.")]
Train = Annotated[Path | None, typer.Option(metavar="DIR", help="Fit on this, and judge on --data.")]
By = Annotated[str | None, typer.Option(metavar="COLUMN", help="Leave one value of this column out at a time.")]
Seed = Annotated[int, typer.Option(min=0, metavar="S", help="Decides folds and samples.")]


@app.command()
def followers(data: Data, train: Train = None, by: By = None, json: Json = False, seed: Seed = 0) -> None:
    """Judge the follower model's recipe on labelled profiles.

    With --train it is fitted there; with --by one value of a column (creator_id, source) is left out at a time;
    else cross-validated, with equal profiles in one fold. Also how far the share of fakes is off.
    """
    from bonafide.progress import waiting
    from bonafide.terminal import tell
    from training.followers import evaluate_followers

    with waiting("Evaluating the follower model"):
        tables = evaluate_followers(data, train=train, by=by, seed=seed)
    tell(tables, json=json)


@app.command()
def comments(data: Data, train: Train = None, by: By = None, json: Json = False, seed: Seed = 0) -> None:
    """Judge the comment model's recipe on labelled comments.

    With --train it is fitted there; with --by one value of a column (creator_id, source) is left out at a time, or a
    tenth of more than 20; else cross-validated, with equal texts in one fold.
    """
    from bonafide.progress import waiting
    from bonafide.terminal import tell
    from training.comments import evaluate_comments

    with waiting("Evaluating the comment model"):
        tables = evaluate_comments(data, train=train, by=by, seed=seed)
    tell(tables, json=json)


@app.command()
def fraud(
    data: Data,
    model: Model = None,
    context: ContextFolder = None,
    train: Train = None,
    json: Json = False,
    seed: Seed = 0,
) -> None:
    """Judge the fraud model on audits, or on real accounts with fraud injected.

    --data is a folder of records with audits, or one with creators/, growth/, followers/ and comments/ of real
    accounts: then injection, untouched accounts, realism, transfer and evasion. With --train the model is fitted there.
    What is found of a registered model is logged in MLflow, with the run that trained it.
    """
    from bonafide.inputs import fraud_bundle
    from bonafide.progress import bar
    from bonafide.terminal import tell
    from models.registry import FRAUD
    from training.fraud_model.evaluation import evaluate_fraud

    bundle = None if train is not None else fraud_bundle(model, context)
    with bar("Evaluating the fraud model") as progress:
        tables = evaluate_fraud(bundle, data, train=train, seed=seed, progress=progress)
    if bundle is not None:
        _log(FRAUD, bundle.contract.version, tables)
    tell(tables, json=json)


@app.command()
def fit(data: Data, model: Model = None, json: Json = False, seed: Seed = 0) -> None:
    """Judge the fit model's recipe, and its niches, on creators whose posts tag brands.

    Half of the creators are learnt from, the others are ranked for each brand that four of each half tag, by a model
    that never saw the brand; all beside the cosine of TF-IDF. Without tagged brands the niches alone are judged.
    With --model the tables are logged in MLflow, with the run that trained it.
    """
    from bonafide.progress import bar
    from bonafide.terminal import tell
    from models.loading import load_fit
    from models.registry import FIT, has_champion
    from training.fit_model.evaluation import evaluate_fit

    with bar("Evaluating the fit model") as progress:
        tables = evaluate_fit(data, seed=seed, progress=progress)
    if model is not None or has_champion(FIT):
        _log(FIT, load_fit(model).contract.version, tables)
    tell(tables, json=json)


def _log(name: str, bundle_version: str, tables: Sequence[Table]) -> None:
    """Leave the tables with the run that trained the model."""
    from bonafide.terminal import say
    from training.tracking import log_tables

    run = log_tables(name, bundle_version, tables)
    say(f"The tables are logged in MLflow, run {run}" if run else "The model is not registered: nothing was logged")
