"""`bonafide models`: what is registered and what is in service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from models.registry import Registered

app = typer.Typer(name="models", help="Registered models: list, show, promote.", no_args_is_help=True)

Address = Annotated[
    str, typer.Argument(metavar="URI", help="models:/bonafide-fraud/3, or an alias: models:/bonafide-fraud@champion.")
]


@app.command("list")
def list_() -> None:
    """List every version and what is in service."""
    from bonafide.output import print_table, say
    from models.registry import list_models

    found = list_models()
    if not found:
        say("No model is registered yet; `bonafide demo` and `bonafide train` register one.")
        return
    print_table(("uri", "aliases", "created"), [(one.address, ", ".join(one.aliases), _when(one)) for one in found])


@app.command()
def show(address: Address) -> None:
    """Show one version with its test metrics."""
    from bonafide.output import print_table
    from models.registry import show_model

    found = show_model(address)
    facts = [("uri", found.address), ("aliases", ", ".join(found.aliases)), ("created", _when(found))]
    metrics = [(name, f"{value:.4g}") for name, value in found.metrics.items()]
    print_table(("fact", "value"), [*facts, ("run", found.run_id or ""), *sorted(found.tags.items()), *metrics])


@app.command()
def promote(address: Address) -> None:
    """Put a version in service.

    It becomes the champion; the one before it keeps the alias `previous`.
    """
    from bonafide.output import say
    from models import registry

    found = registry.promote(address)
    say(f"{found.address} is the champion now; a running service takes it up when it is restarted")


def _when(found: Registered) -> str:
    return f"{found.created_at:%Y-%m-%d %H:%M}"
