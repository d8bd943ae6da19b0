"""`bonafide models`: what is registered, how a challenger does against the champion, and what is in service."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bonafide.inputs import Json  # noqa: TC001 - Typer reads annotations at run time

if TYPE_CHECKING:
    from models.registry import Registered
    from training.comparisons.comparison import Comparison
    from training.comparisons.gates import Gate

app = typer.Typer(
    name="models", help="Registered models: list, show, compare, promote, roll back, pack.", no_args_is_help=True
)

Address = Annotated[
    str, typer.Argument(metavar="URI", help="models:/bonafide-fraud/3, or an alias: models:/bonafide-fraud@champion.")
]
Data = Annotated[Path | None, typer.Option(metavar="DIR", help="A test set to compare on: records with audits.")]
Unseen = Annotated[
    bool,
    typer.Option("--unseen-only", help="Leave out creators that either model was trained on; else the set is refused."),
]
GatesFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Gates of your own, as training/comparisons/gates.toml.")
]


@app.command("list")
def list_() -> None:
    """List every version and what is in service."""
    from bonafide.terminal import print_table, say
    from models.registry import list_models

    found = list_models()
    if not found:
        say("No model is registered yet; `bonafide demo` and `bonafide train` register one.")
        return
    print_table(("uri", "aliases", "created"), [(one.address, ", ".join(one.aliases), _when(one)) for one in found])


@app.command()
def show(address: Address) -> None:
    """Show one version with its test metrics."""
    from bonafide.terminal import print_table, say
    from models.registry import show_model

    found = show_model(address)
    facts = [("uri", found.address), ("aliases", ", ".join(found.aliases)), ("created", _when(found))]
    metrics = {name: f"{value:.4g}" for name, value in found.metrics.items() if "/" not in name}
    print_table(("fact", "value"), [*facts, ("run", found.run_id or ""), *sorted(found.tags.items()), *metrics.items()])
    if len(metrics) < len(found.metrics):
        say(f"{len(found.metrics) - len(metrics):,} more, of slices, comparisons and the machine, are in MLflow")


@app.command()
def compare(
    challenger: Annotated[str, typer.Argument(metavar="CHALLENGER", help="A fraud model: models:/bonafide-fraud/3.")],
    champion: Annotated[
        str, typer.Argument(metavar="[CHAMPION]", help="The model to compare it with.")
    ] = "models:/bonafide-fraud@champion",
    data: Data = None,
    unseen_only: Unseen = False,
    gates: GatesFile = None,
    json: Json = False,
) -> None:
    """Compare two fraud models on one test set that neither was trained on.

    Figures with paired intervals, by slice, who is right where they disagree, speed and size, and the gates. It is
    logged with the challenger's run, and the challenger gets the alias `challenger`.
    """
    from features.errors import UsageError
    from models import promotion, registry
    from training.comparisons.gates import read_gates

    if data is None:
        raise UsageError("comparing needs a test set: --data DIR")
    limits = read_gates(gates)
    one, other = registry.find(challenger), registry.find(champion)
    compared = _compared(one, other, data, unseen_only)
    promotion.challenge(one)
    if json:
        typer.echo(compared.as_json())
    else:
        _print(compared)
        _print_gates(limits, compared)


@app.command()
def promote(
    address: Address,
    data: Data = None,
    unseen_only: Unseen = False,
    gates: GatesFile = None,
    force: Annotated[
        str | None, typer.Option(metavar="REASON", help="Promote whatever the gates say; the reason is kept.")
    ] = None,
) -> None:
    """Put a version in service, if it passes the gates; exit code 4 where it does not.

    A fraud model needs a comparison with the champion: one on record, or made now with --data. The first champion of a
    name has no opponent, and fit, follower and comment models have no gates. The champion before is `rollback`'s.
    """
    from bonafide.terminal import say
    from models import loading, promotion, registry

    found = registry.find(address)
    champion = registry.champion(found.name)
    tags = {} if force is None else {"forced": force}
    if champion is not None and champion.version == found.version:
        say(f"{found.address} is the champion already")
        return
    loading.load(found)  # nothing is promoted that no service could load
    if champion is not None and found.name == registry.FRAUD and force is None:
        tags |= _passed(found, champion, data, unseen_only, gates)
    promotion.promote(found.address, tags)
    say(f"{found.address} is the champion now; a running service takes it up within seconds")


@app.command()
def rollback(
    name: Annotated[str, typer.Argument(metavar="NAME", help="bonafide-fraud, bonafide-fit, ...")],
) -> None:
    """Put the champion before the present one back in service; once more, the one before that."""
    from bonafide.terminal import say
    from models import promotion

    found = promotion.rollback(name)
    say(f"{found.address} is the champion again; a running service takes it up within seconds")


@app.command()
def shadow(
    days: Annotated[int, typer.Option(min=1, metavar="DAYS", help="How many days back.")] = 30,
    json: Json = False,
) -> None:
    """Compare what a challenger in shadow said of live traffic with what the champion answered; from the ledger."""
    from datetime import UTC, datetime, timedelta

    from bonafide.inputs import open_ledger
    from bonafide.terminal import tell
    from ledger import audited_scores, read_scores
    from training.audits.shadowed import shadowed

    with open_ledger() as ledger:
        scores = read_scores(ledger, datetime.now(UTC) - timedelta(days=days), role=None)
        audited = audited_scores(ledger)
    tell(shadowed(scores, audited), json=json)


@app.command()
def pack() -> None:
    """Put the models in service into BentoML's store, from which `bentoml build` takes them into a Bento."""
    from models.settings import get_settings, telemetry_off

    telemetry_off()
    from serving.packing import pack as put

    typer.echo(put(get_settings()))


def _compared(challenger: Registered, champion: Registered, data: Path, unseen_only: bool) -> Comparison:
    from bonafide.progress import bar, waiting
    from features import records
    from models import loading
    from training.comparisons.comparison import compare, log_comparison

    with waiting(f"Reading {data}"):
        tables = records.read(data, labels=True)
    one, other = loading.load_fraud(challenger.address), loading.load_fraud(champion.address)
    with bar(f"Comparing {challenger.address} with {champion.address}") as progress:
        compared = compare(one, other, tables, unseen_only=unseen_only, progress=progress)
    log_comparison(challenger, compared)
    return compared


def _passed(
    found: Registered, champion: Registered, data: Path | None, unseen_only: bool, gates: Path | None
) -> dict[str, str]:
    """What to keep of a challenger that passes; GateError, naming the gates, where it does not or was not compared."""
    from features.errors import GateError
    from models import loading
    from training.comparisons.comparison import recorded
    from training.comparisons.gates import read_gates, unmet

    limits = read_gates(gates)
    if data is not None:
        compared: Comparison | None = _compared(found, champion, data, unseen_only)
    else:
        version = champion.tags.get("bundle_version") or loading.load_fraud(champion.address).contract.version
        compared = recorded(found, version)
    if compared is None:
        raise GateError(
            f"{found.address} was never compared with the champion, {champion.address}; run `bonafide models compare "
            f"{found.address} --data DIR`, or promote it with --data DIR, or with --force REASON"
        )
    _print_gates(limits, compared)
    failed = unmet(limits, compared.figures)
    if failed:
        lines = [f"  {gate.name}: {_measured(gate, compared)}, must be {gate.limit}. {gate.why}" for gate in failed]
        raise GateError("\n".join([f"{found.address} is not promoted; it does not pass:", *lines]))
    return {"compared_on": compared.data_hash, "compared_with": champion.address}


def _print(compared: Comparison) -> None:
    from bonafide.terminal import tell
    from features.nouns import number_of

    tell(compared.tables, json=False)
    typer.echo(f"Test set: {number_of(compared.creators, 'creator')}, hash {compared.data_hash}\n")


def _print_gates(gates: tuple[Gate, ...], compared: Comparison) -> None:
    from bonafide.terminal import print_table

    rows = [
        (
            gate.name,
            gate.figure,
            _measured(gate, compared),
            gate.limit,
            "yes" if gate.passes(compared.figures) else "NO",
        )
        for gate in gates
    ]
    print_table(("gate", "figure", "is", "must be", "passed"), rows, title="Gates")


def _measured(gate: Gate, compared: Comparison) -> str:
    value = compared.figures.get(gate.figure)
    return "not measured" if value is None else f"{value:.4g}"


def _when(found: Registered) -> str:
    return f"{found.created_at:%Y-%m-%d %H:%M}"
