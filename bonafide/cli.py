"""`bonafide`: the commands put together, and how an error becomes a message and an exit code.

Only Typer is imported before a command runs, so that `--help` answers at once.
"""

from __future__ import annotations

import gc
import os
import sys
import warnings
from typing import Annotated

import typer

from bonafide import (
    audits,
    classify,
    context,
    convert,
    demo,
    drift,
    erase,
    evaluate,
    exits,
    index,
    keys,
    models,
    rank,
    report,
    score,
    serve,
    similar,
    simulate,
    train,
)

app = typer.Typer(
    name="bonafide",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(demo.demo)
app.command()(simulate.simulate)
app.command()(convert.convert)
app.add_typer(context.app)
app.add_typer(train.app)
app.command()(score.score)
app.command()(report.report)
app.command()(rank.rank)
app.command()(similar.similar)
app.add_typer(classify.app)
app.add_typer(evaluate.app)
app.command()(serve.serve)
app.add_typer(keys.app)
app.add_typer(index.app)
app.add_typer(models.app)
app.command()(drift.drift)
app.add_typer(audits.app)
app.command()(erase.erase)


def _print_version(wanted: bool) -> None:
    if wanted:
        from serving.version import VERSION

        typer.echo(f"bonafide {VERSION}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """How likely is it that a creator's audience is bought, why, and who fits a brand.

    Results go to standard output, messages to standard error. Exit codes: 0 done, 1 the input was
    refused, 2 wrong usage, 3 something else broke, 4 a limit or gate was not met.
    """


def _warn(message: Warning | str, category: type[Warning], *_place: object, **_more: object) -> None:
    """Print our own warnings plainly; those of libraries are for developers."""
    from features.errors import RecordsWarning

    if issubclass(category, RecordsWarning):
        sys.stderr.write(f"bonafide: {message}\n")


def main() -> None:
    """Run the command line; the only place where an exception becomes a message and an exit code."""
    warnings.showwarning = _warn
    try:
        app()
    except Exception as error:
        if os.environ.get("BONAFIDE_DEBUG") == "1":
            raise
        sys.stderr.write(exits.message(error) + "\n")
        sys.exit(exits.code(error))
    finally:
        gc.freeze()  # else Python's end searches all that was ever loaded for cycles, a tenth of a second
