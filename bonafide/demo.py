"""`bonafide demo`: the whole way once, on simulated creators: audits, training, scores, reports."""

# ruff: noqa: TC003 - Typer reads annotations at run time
from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import polars as pl

    from features.records import Tables
    from models.fit import FitBundle
    from models.fraud import FraudBundle
    from training.fraud import TrainedFraud
    from training.simulate import Simulation
    from training.tracking import Trained

LABELLED = 300
"""Creators whose followers and comments count as labelled one by one; nobody labels those of all."""

MATCHED = 2_000
"""Creators whose fit is learnt: the time grows with the square of their number, and so many show it."""

MARK = "demo.json"
"""In the demo's folder: the models that it registered, and the version of the index that it built."""

INDEX = "index"


def demo(
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder to write to; .bonafide/demo unless set.")
    ] = None,
    creators: Annotated[
        int, typer.Option(min=300, metavar="N", envvar="BONAFIDE_DEMO_CREATORS", help="Creators to train on.")
    ] = 6_000,
    seed: Annotated[int, typer.Option(min=0, metavar="S", help="Decides what is simulated.")] = 0,
) -> None:
    """Go the whole way once, on simulated creators.

    Simulates audits, trains and registers the models, scores examples that they have not seen, writes reports, and
    builds an index of creators to rank.
    """
    from bonafide import showcase
    from bonafide.output import whole_folder
    from models.loading import load_fit, load_fraud
    from models.settings import get_settings

    folder = out or get_settings().home / "demo"
    earlier = _earlier(folder)
    with whole_folder(folder, MARK) as part:
        audits = _simulate(creators, seed, "to train on", part / "audits")
        test = _simulate(max(creators // 2, 300), seed + 1, "to test with", part / "test")
        fraud, fit, registered = _train(audits, part, earlier, seed)
        bundle = load_fraud(fraud.bundle)
        signals = showcase.signals(bundle, test)
        evaluation = showcase.evaluated(bundle, test, signals)
        scores = bundle.verdict(signals)
        examples = showcase.write_examples(bundle, test, scores, part)
        if fraud.champion and fit.champion:
            registered |= _build_index(test.tables, bundle, load_fit(fit.bundle), scores, earlier)
        (part / MARK).write_text(json.dumps(registered, indent=1) + "\n", encoding="utf-8")
    showcase.tell(evaluation, examples, folder, fraud)
    if INDEX in registered:
        showcase.tell_of_index(test)


def _simulate(creators: int, seed: int, purpose: str, folder: Path) -> Simulation:
    from bonafide.progress import bar
    from features.nouns import number_of
    from training.simulate import simulate

    with bar(f"Simulating {number_of(creators, 'creator')} {purpose}") as progress:
        simulation = simulate(creators, seed, progress=lambda _stage, share: progress(round(100 * share), 100))
        simulation.write(folder)
    return simulation


def _train(
    audits: Simulation, part: Path, earlier: dict[str, str], seed: int
) -> tuple[TrainedFraud, Trained, dict[str, str]]:
    """All models, with the norms of all the simulated audits pinned; their addresses by name."""
    from bonafide.progress import bar, waiting
    from features.context import build
    from models.fraud import scored
    from models.loading import load_comments, load_followers
    from models.registry import FIT, FRAUD
    from training.fit import train_fit
    from training.fraud import train_fraud

    registered = _train_rows(audits, part / "labelled", earlier, seed)
    with waiting("Building peers' norms"):
        context = build(scored(audits.tables, load_followers(), load_comments(), out_of_fold=True))
        context.save(part / "context")
    with bar("Training the fraud model") as progress:
        fraud = train_fraud(
            audits.tables,
            truth=audits.truth,
            context=context,
            seed=seed,
            promote=_may_replace(FRAUD, earlier),
            progress=progress,
        )
    with bar("Training the fit model") as progress:
        some = _matched(audits.tables)
        fit = train_fit(some, context=context, seed=seed, promote=_may_replace(FIT, earlier), progress=progress)
    return fraud, fit, {FRAUD: fraud.address, FIT: fit.address, **registered}


def _matched(tables: Tables) -> Tables:
    """The first `MATCHED` creators with their labels, and all briefs."""
    ids = tables.creators["creator_id"].head(MATCHED).to_list()
    matches, niches = (table.filter(table["creator_id"].is_in(ids)) for table in (tables.matches, tables.niches))
    return replace(tables.select(ids), briefs=tables.briefs, matches=matches, niches=niches)


def _train_rows(audits: Simulation, folder: Path, earlier: dict[str, str], seed: int) -> dict[str, str]:
    """The models of one follower and of one comment; their addresses by name."""
    from bonafide.progress import bar
    from features.records import write
    from models.registry import COMMENTS, FOLLOWERS
    from training.comments import train_comments
    from training.followers import train_followers

    write(audits.tables.select(audits.tables.creators["creator_id"].head(LABELLED).to_list()), folder)
    registered = {}
    for name, train in ((FOLLOWERS, train_followers), (COMMENTS, train_comments)):
        with bar(f"Training {name}") as progress:
            trained = train(folder, seed=seed, promote=_may_replace(name, earlier), progress=progress)
        registered[name] = trained.address
    return registered


def _build_index(
    tables: Tables, fraud: FraudBundle, fit: FitBundle, scores: pl.DataFrame, earlier: dict[str, str]
) -> dict[str, str]:
    """Build an index where the service looks for one, and give its version; nothing where a user's own lies there."""
    from bonafide.progress import waiting
    from bonafide.terminal import say
    from features.nouns import number_of
    from models import index
    from models.settings import get_settings

    folder = get_settings().index_folder
    if not may_build(folder, earlier):
        say(f"Your own index in {folder} stays; if other models made it, build it again with `bonafide index build`.")
        return {}
    with waiting(f"Building an index of {number_of(tables.creators.height, 'creator')}"):
        return {INDEX: index.build(index.pieces(tables), fit, fraud, folder, scores=scores).version}


def may_build(folder: Path, earlier: dict[str, str]) -> bool:
    """Whether nothing lies there, or what an earlier demo left there as it was."""
    from features.errors import ContractError, NotFoundError
    from models.index import read_manifest

    try:
        return read_manifest(folder).version == earlier.get(INDEX)
    except NotFoundError:
        return not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))
    except ContractError:
        return False


def _earlier(folder: Path) -> dict[str, str]:
    """What an earlier demo in this folder registered and built, by name."""
    try:
        found: dict[str, str] = json.loads((folder / MARK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def _may_replace(name: str, earlier: dict[str, str]) -> bool:
    """A champion from an earlier demo, or one that no longer loads, may be replaced; a user's own stays."""
    from features.errors import ContractError, NotFoundError
    from models import loading, registry

    try:
        champion = registry.show_model(f"models:/{name}@champion")
        if champion.address == earlier.get(name):
            return True
        loading.load(champion)
    except (ContractError, NotFoundError):
        return True
    return False
