"""The commands put together; only Typer is imported before one runs, so that `--help` answers at once."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Any

import typer
import typer.core

COMMANDS = (
    *("demo", "simulate", "convert", "context", "train", "score", "report", "rank", "similar", "classify"),
    *("evaluate", "serve", "keys", "index", "models", "drift", "audits", "erase"),
)
"""In the order in which they are listed: each a module with a function of that name, or with a group of them, `app`."""


PYDANTICS = "Value error, "
"""What Pydantic puts before Typer's words on a choice that there is not."""


class _Commands(typer.core.TyperGroup):
    """The commands, of which a wrong choice is told in Typer's words alone."""

    def invoke(self, ctx: Any) -> object:  # noqa: ANN401 - Typer's own type is private
        """Run what the command line names."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = error.message.removeprefix(PYDANTICS)
            raise


def commands(asked: str | None = None) -> typer.Typer:
    """The commands put together: the one that is asked for, all where it is none of them.

    All of them take longer than what a command line of one asks for.
    """
    app = typer.Typer(
        name="bonafide",
        cls=_Commands,
        add_completion=False,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_options)
    for name in COMMANDS if asked not in COMMANDS else (asked,):
        module = import_module(f"bonafide.{name}")
        if hasattr(module, "app"):
            app.add_typer(module.app)
        else:
            app.command()(getattr(module, name))
    return app


def _print_version(wanted: bool) -> None:
    if wanted:
        from serving.version import VERSION

        typer.echo(f"bonafide {VERSION}")
        raise typer.Exit


def _options(
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """How likely is it that a creator's audience is bought, why, and who fits a brand.

    Results go to standard output, messages to standard error. Exit codes: 0 done, 1 the input was
    refused, 2 wrong usage, 3 something else broke, 4 a limit or gate was not met.
    """
