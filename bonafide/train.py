"""`bonafide train`: models from labelled audits."""

from __future__ import annotations

import re
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bonafide.inputs import ContextFolder, load_context

if TYPE_CHECKING:
    from collections.abc import Mapping

    from training.evaluation_tables import Table

app = typer.Typer(name="train", help="Train a model on your audits and register it.", no_args_is_help=True)

Data = Annotated[Path, typer.Option(metavar="DIR", help="Records with labels: a folder of tables, or NDJSON.")]
AnyData = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="Records with labels: a folder of tables, or NDJSON.")
]
FromLedger = Annotated[
    bool, typer.Option("--ledger", help="Learn from the ledger's audits too, with the signals as they were served.")
]
Rows = Annotated[
    Path,
    typer.Option(metavar="DIR", help="Labelled rows: a file under any name, a folder of such files, or records."),
]
Promote = Annotated[bool, typer.Option("--promote", help="Put it in service even where there is a champion.")]
TaxonomyFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Your own niches: TOML with [[niche]] name, aliases, sentence.")
]
PlatformsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--platform",
        metavar="NAME",
        help="The profiles' platform, once for each; read from their creators unless given.",
    ),
]
FromMentions = Annotated[
    bool, typer.Option("--from-mentions", help="Make briefs and matches from the accounts that posts tag.")
]
Seed = Annotated[int, typer.Option(min=0, metavar="S", help="The same data and seed give the same model.")]


class Base(StrEnum):
    """What a training on few audits starts from."""

    CHAMPION = "champion"
    SIMULATED = "simulated"
    NONE = "none"


class Split(StrEnum):
    """What a model is tested on."""

    GROUP = "group"
    TIME = "time"


BaseOption = Annotated[
    Base | None,
    typer.Option(help="For a few hundred audits: start from the champion, beside simulated creators, or from nothing."),
]
SplitOption = Annotated[
    Split, typer.Option(help="Test on other creators and agencies, or on those among them audited last.")
]
LabelDelay = Annotated[
    str, typer.Option(metavar="DAYS", help="With --split time: how late verdicts come; 14d, or hours as 36h.")
]
ProfileOption = Annotated[
    str,
    typer.Option(
        "--profile", metavar="NAME", help="default, cautious or strict: its costs weigh mistakes and set the cut-offs."
    ),
]
Trials = Annotated[
    int | None,
    typer.Option(
        min=1, metavar="N", help="Search for parameters in this many trials, those of an interrupted search included."
    ),
]
TuneSeconds = Annotated[
    float | None,
    typer.Option(
        min=0.0,
        metavar="SECONDS",
        help="Search for parameters for this long; how many trials that is depends on the machine.",
    ),
]
Studies = Annotated[
    str | None, typer.Option(metavar="URL", help="Database of the search; SQLite in BONAFIDE_HOME unless given.")
]
ExplainBudget = Annotated[
    float,
    typer.Option(
        min=1.0, metavar="N", help="Microseconds that explaining one row may take: bounds the number of trees."
    ),
]


@app.command()
def fraud(
    data: AnyData = None,
    ledger: FromLedger = False,
    promote: Promote = False,
    base: BaseOption = None,
    split: SplitOption = Split.GROUP,
    label_delay: LabelDelay = "14d",
    profile: ProfileOption = "default",
    trials: Trials = None,
    tune_seconds: TuneSeconds = None,
    studies: Studies = None,
    explain_budget: ExplainBudget = 1000.0,
    context: ContextFolder = None,
    seed: Seed = 0,
) -> None:
    """Train the fraud model on audits.

    A creator enters as it was when the verdict was given. The model is put in service where there is no champion yet,
    or with --promote. A search for parameters that was interrupted is taken up by the same command.
    """
    from bonafide.inputs import open_ledger
    from bonafide.progress import bar
    from features.errors import UsageError
    from training.fraud import train_fraud
    from training.fraud_model.recipe import Recipe, Tuning

    recipe = Recipe(
        base=None if base is None else base.value,
        split=split.value,
        label_delay=_delay(label_delay),
        profile=profile,
        tuning=None if trials is None and tune_seconds is None else Tuning(trials, tune_seconds, studies),
        explain_budget=explain_budget,
    )
    norms = None if context is None else load_context(context)
    if data is None and not ledger:
        raise UsageError("give --data DIR, --ledger or both")
    with open_ledger() as book, bar("Training bonafide-fraud") as progress:
        trained = train_fraud(
            data,
            ledger=book if ledger else None,
            promote=promote,
            seed=seed,
            recipe=recipe,
            context=norms,
            progress=progress,
        )
    for table in trained.tables:
        _show(table)
    _tell(trained.address, trained.champion, trained.metrics)


@app.command()
def fit(
    data: Data,
    promote: Promote = False,
    from_mentions: FromMentions = False,
    context: ContextFolder = None,
    taxonomy: TaxonomyFile = None,
    seed: Seed = 0,
) -> None:
    """Train the fit model on briefs, matches and niches, or on the brands that posts tag.

    Niches are those of --taxonomy; else nine common ones where they cover the labels, else the labels themselves.
    It is put in service where there is no champion yet, or with --promote.
    """
    from bonafide.progress import bar
    from models.matching.taxonomy import Taxonomy
    from training.fit import train_fit

    norms = None if context is None else load_context(context)
    niches = None if taxonomy is None else Taxonomy.read(taxonomy)
    with bar("Training bonafide-fit") as progress:
        trained = train_fit(
            data,
            promote=promote,
            seed=seed,
            context=norms,
            from_mentions=from_mentions,
            taxonomy=niches,
            progress=progress,
        )
    _tell(trained.address, trained.champion, trained.metrics)


@app.command()
def followers(data: Rows, platform: PlatformsOption = None, promote: Promote = False, seed: Seed = 0) -> None:
    """Train the model of one follower's profile on profiles labelled `fake`.

    It enters the fraud models that are trained from then on; it is put in service where there is no champion yet,
    or with --promote. Followers on other platforms than those that it learnt from it does not judge.
    """
    from bonafide.progress import bar
    from training.followers import train_followers

    with bar("Training bonafide-followers") as progress:
        trained = train_followers(data, platforms=platform or (), promote=promote, seed=seed, progress=progress)
    _tell(trained.address, trained.champion, trained.metrics)


@app.command()
def comments(data: Rows, promote: Promote = False, seed: Seed = 0) -> None:
    """Train the model of one comment on comments labelled `spam`.

    It enters the fraud models that are trained from then on; it is put in service where there is no champion yet,
    or with --promote.
    """
    from bonafide.progress import bar
    from training.comments import train_comments

    with bar("Training bonafide-comments") as progress:
        trained = train_comments(data, promote=promote, seed=seed, progress=progress)
    _tell(trained.address, trained.champion, trained.metrics)


_DELAY = re.compile(r"(?P<number>\d+)(?P<unit>[dh])")


def _delay(text: str) -> timedelta:
    from features.errors import UsageError

    found = _DELAY.fullmatch(text)
    if found is None:
        raise UsageError(f"--label-delay '{text}': write days as 14d or hours as 36h")
    number = int(found["number"])
    try:
        return timedelta(days=number) if found["unit"] == "d" else timedelta(hours=number)
    except OverflowError:
        raise UsageError(f"--label-delay '{text}': that is longer than there have been days") from None


def _show(table: Table) -> None:
    from bonafide.terminal import print_table, say

    print_table(table.columns, table.text, title=table.title)
    say(table.note)


def _tell(address: str, champion: bool, metrics: Mapping[str, float]) -> None:
    from bonafide.terminal import print_table, say

    print_table(("metric", "on held-out data"), [(name, f"{value:.4g}") for name, value in metrics.items()])
    if champion:
        say(f"{address} is the champion now")
    else:
        say(f"{address} is registered; `bonafide models promote {address}` puts it in service")
