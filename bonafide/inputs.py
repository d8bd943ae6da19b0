"""What several commands take: records, a model, a context and a day."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from models.machine.plan import LEAST_MEMORY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from features import Context
    from features.records import Refused, Tables
    from ledger import Ledger
    from models import bulk
    from models.fit import FitBundle
    from models.fraud import FraudBundle
    from models.index import Index
    from models.rankings.filters import Limits


class OnError(StrEnum):
    """What to do with rows that are refused."""

    REFUSE = "refuse"
    SKIP = "skip"


class Engine(StrEnum):
    """What works on it."""

    LOCAL = "local"
    SPARK = "spark"


def not_empty(creator: str) -> str:
    """The id; wrong usage where it is none."""
    if not creator:
        raise typer.BadParameter("an id is text that is not empty")
    return creator


Creator = Annotated[str, typer.Argument(metavar="CREATOR", help="The creator's id.", callback=not_empty)]
Input = Annotated[
    Path,
    typer.Argument(metavar="INPUT", help="A folder of tables (Parquet or CSV), or NDJSON with one creator per line."),
]
AnyInput = Annotated[
    str,
    typer.Argument(
        metavar="INPUT",
        help="A folder of tables (Parquet or CSV), or NDJSON with one creator per line; with Spark, also an address.",
    ),
]
OnEngine = Annotated[Engine, typer.Option(help="This machine, or Spark: a corpus that outgrows it.")]
Model = Annotated[
    str | None,
    typer.Option(metavar="URI", help="Bundle folder, models:/NAME@ALIAS or models:/NAME/VERSION; else the champion."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON in place of tables.")]
JsonLines = Annotated[bool, typer.Option("--json", help="One JSON object a line to standard output.")]
ContextFolder = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Norms of your own corpus in place of the model's.")
]
Profile = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Cut-offs from costs: default, cautious or strict; else BONAFIDE_PROFILE's."),
]


def _day_of(text: str) -> datetime:
    """What `--as-of` says; Typer's own words name a format that only a programmer reads."""
    try:
        return datetime.strptime(text, "%Y-%m-%d")
    except ValueError:
        raise typer.BadParameter("expected a day such as 2026-05-31") from None


def moment_of(text: str) -> datetime:
    """A time in UTC, with its clock or without, as options take it."""
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S" if "T" in text else "%Y-%m-%d")
    except ValueError:
        raise typer.BadParameter("expected a time such as 2026-05-31 or 2026-05-31T12:00:00") from None


AsOf = Annotated[
    datetime | None,
    typer.Option(
        metavar="DATE",
        parser=_day_of,
        help="Look at the accounts as of this day, such as 2026-05-31; else the newest.",
    ),
]
MinFollowers = Annotated[
    int | None, typer.Option(min=0, metavar="N", help="Filter: at least this many followers, where known.")
]
MaxFollowers = Annotated[
    int | None, typer.Option(min=0, metavar="N", help="Filter: at most this many followers, where known.")
]
Memory = Annotated[
    str | None,
    typer.Option(
        metavar="SIZE", help="Memory of all processes together, such as 2GB; half of the machine's unless given."
    ),
]
Workers = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="Number of processes; one per core where it pays.")
]
Errors = Annotated[OnError, typer.Option(help="Refuse the whole input, or skip its bad rows and score the rest.")]


def read(source: Path) -> Tables:
    """Read the records; RecordsError with every problem found."""
    from bonafide.progress import waiting
    from features import records

    with waiting(f"Reading {source}"):
        return records.read(source)


def read_beside(source: Path, on_error: OnError, out: Path) -> Tables:
    """Read the records; with `skip`, the refused rows go to a file beside `out`, and what was left is returned."""
    from bonafide.progress import waiting
    from features import records

    if on_error is OnError.REFUSE:
        return read(source)
    with waiting(f"Reading {source}"):
        tables, refused = records.read_lenient(source)
    write_refused(refused, out)
    return tables


def write_refused(refused: Refused, out: Path) -> None:
    """Write the rows that were left out to a file beside `out`, and say so; without any, an earlier file goes."""
    from bonafide.output import write_text
    from bonafide.terminal import say
    from features.nouns import number_of

    beside = out.with_name(f"{out.name}.refused.ndjson")
    if refused.problems:
        write_text(refused.ndjson(), beside)
        say(
            f"{number_of(len(refused.problems), 'problem')}; the rows concerned were left out and are named in {beside}"
        )
    else:
        beside.unlink(missing_ok=True)


def fraud_bundle(model: str | None, context: Path | None = None, profile: str | None = None) -> FraudBundle:
    """The fraud model, with the norms of `context` and the cut-offs of `profile` in place of its own where given."""
    from models.loading import load_fraud

    bundle = load_fraud(model)
    if profile is not None:
        bundle = bundle.with_profile(profile)
    return bundle if context is None else bundle.with_context(load_context(context))


def fraud_model(model: str | None, context: Path | None, profile: str | None) -> bulk.Model:
    """Where that of `fraud_bundle` lies: for the processes that load it; NotFoundError where it does not."""
    from models import bulk
    from models.loading import resolve
    from models.registry import FRAUD
    from models.settings import get_settings

    settings = get_settings()
    if context is not None:
        check_context(context)
    return bulk.Model(resolve(model or settings.fraud_model, FRAUD), context, profile or settings.profile)


def load_context(folder: Path) -> Context:
    """The context in a folder; NotFoundError where there is none."""
    from features import Context

    check_context(folder)
    return Context.load(folder)


def check_context(folder: Path) -> None:
    """NotFoundError where there is no such folder, or no context in it."""
    from features.context import ABOUT
    from features.errors import NotFoundError

    if not (folder / ABOUT).is_file():
        missing = "there is no context in it" if folder.is_dir() else "no such folder"
        raise NotFoundError(f"{folder}: {missing}; build a context with `bonafide context build INPUT --out DIR`")


def followers_within(least: int | None, most: int | None) -> Limits:
    """The limits that `--min-followers` and `--max-followers` set; UsageError where nobody could be within."""
    from features.errors import UsageError
    from models.rankings.filters import Limits

    if least is not None and most is not None and least > most:
        raise UsageError("--min-followers is above --max-followers")
    return Limits(least, most)


def is_index(place: Path) -> bool:
    """Whether an index of creators lies there, and not their records."""
    from models.index.manifest import MANIFEST

    return (place / MANIFEST).is_file()


def open_index(folder: Path) -> tuple[FitBundle, Index]:
    """The fit model in service and the index in a folder.

    Raises:
        NotFoundError: There is no index.
        ContractError: It is damaged, or other models than those in service made it.
    """
    from models.index import Index
    from models.loading import load_fit, load_fraud

    index = Index.open(folder)
    fit = load_fit()
    index.require(fit, load_fraud())
    return fit, index


UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


def memory_bytes(size: str | None) -> int:
    """The bytes that `--memory` names, half of the machine's memory without it.

    Raises:
        UsageError: It is no size, or less than one process takes.

    >>> memory_bytes("2GB"), memory_bytes("512 mb")
    (2000000000, 512000000)
    """
    if size is None:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    found = re.fullmatch(r"(\d+(?:\.\d+)?) ?([KMGT]?B?)", size.strip().upper())
    if found is None or found[2] not in UNITS:
        from features.errors import UsageError  # loads far more than a size needs

        raise UsageError(f"--memory {size}: expected a number and a unit, as 2GB or 512MB")
    named = int(float(found[1]) * UNITS[found[2]])
    if named < LEAST_MEMORY:
        from features.errors import UsageError

        raise UsageError(f"--memory {size}: one process takes more; give {LEAST_MEMORY // 10**6}MB or more")
    return named


@contextmanager
def open_ledger() -> Iterator[Ledger]:
    """The ledger that the settings name."""
    from ledger import Ledger
    from models.settings import get_settings

    settings = get_settings()
    ledger = Ledger(settings.ledger_url, settings.home.resolve())
    try:
        yield ledger
    finally:
        ledger.close()


def day(moment: datetime | None) -> date | None:
    """The day that `--as-of` names."""
    return moment.date() if moment is not None else None
