"""`bonafide keys`: who may call a service that listens beyond this machine."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from bonafide.inputs import JsonLines, moment_of

if TYPE_CHECKING:
    from serving.access.keys import Key

app = typer.Typer(name="keys", help="API keys of the service: create, list, revoke.", no_args_is_help=True)


class KeyRole(StrEnum):
    """What a key is for."""

    SCORE = "score"
    AUDIT = "audit"
    ADMIN = "admin"


@app.callback()
def _group() -> None:
    """API keys of the service, kept as hashes in BONAFIDE_HOME: what is changed holds from the next request on."""


@app.command()
def create(
    role: Annotated[KeyRole, typer.Option(help="score; audit: verdicts too; admin: metrics too.")],
    name: Annotated[str, typer.Option(metavar="TEXT", help="What the key is for.")] = "",
    expires: Annotated[
        datetime | None,
        typer.Option(
            metavar="TIME",
            parser=moment_of,
            help="When it ends, UTC, as 2027-01-01; else never.",
        ),
    ] = None,
    rate: Annotated[int | None, typer.Option(min=1, metavar="N", help="Requests a minute; 600 unless set.")] = None,
) -> None:
    """Make a key and print it; it is shown this once."""
    from bonafide.terminal import say
    from models.settings import get_settings
    from serving.access.keys import RATE, Keyring, Role

    until = None if expires is None else expires.replace(tzinfo=UTC)
    ring = Keyring(get_settings().home)
    made, presented = ring.create(name, Role(role.value), rate=rate or RATE, expires_at=until)
    say(f"Key {made.id} may {_may(made)}. Keep it now: it is not stored and not shown again.")
    typer.echo(presented)


@app.command("list")
def list_(
    as_json: JsonLines = False,
) -> None:
    """List the keys, revoked ones included, and when each was used last."""
    import orjson

    from bonafide.terminal import print_table, say
    from models.settings import get_settings
    from serving.access.keys import Keyring
    from serving.access.uses import Uses

    home = get_settings().home
    uses = Uses(home)
    rows = [(key, uses.last(key)) for key in Keyring(home).all()]
    if as_json:
        for key, used in rows:
            told = key.model_dump(mode="json", exclude={"sha256", "number"})
            typer.echo(orjson.dumps({**told, "state": _state(key), "last_used_at": used}))
    elif rows:
        columns = ("id", "role", "name", "state", "a minute", "created", "expires", "last used")
        print_table(columns, [_cells(key, used) for key, used in rows])
    else:
        say("There are no keys. 'bonafide keys create --role score' makes one.")


@app.command()
def revoke(key_id: Annotated[str, typer.Argument(metavar="ID", help="The key's id, or the key itself.")]) -> None:
    """Close a key for good; running services refuse it from the next request on."""
    from bonafide.terminal import say
    from models.settings import get_settings
    from serving.access.keys import PRESENTED, Keyring

    whole = PRESENTED.fullmatch(key_id.encode())
    closed = Keyring(get_settings().home).revoke(whole[1].decode() if whole else key_id)
    say(f"Key {closed.id} is revoked.")


def _may(key: Key) -> str:
    from features.nouns import number_of
    from serving.access.keys import Role

    words = {Role.SCORE: "score and rank", Role.AUDIT: "score, rank, and write and read audits"}
    return words.get(key.role, "do everything") + f", {number_of(key.rate, 'request')} a minute"


def _state(key: Key) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "usable" if key.usable(datetime.now(UTC)) else "expired"


def _cells(key: Key, used: datetime | None) -> tuple[str, ...]:
    times = tuple("" if time is None else f"{time:%Y-%m-%d %H:%M}" for time in (key.created_at, key.expires_at, used))
    return (key.id, key.role.value, key.name, _state(key), f"{key.rate:,}", *times)
