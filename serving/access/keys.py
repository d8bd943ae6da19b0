"""API keys: who may call what, kept as hashes in a file of the home that is replaced whole.

A key is an id, which names it in logs and lists, and a secret of 32 random bytes, which is shown once. The file
holds the secret's SHA-256: of 256 random bits there is nothing to guess, so that a slow hash, which passwords need,
would only slow the service down. The command line alone writes the file; the processes of the service look at it with
each request and read it again where it is another one: what is created or revoked holds from the next request on.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from pydantic import AwareDatetime, Field, ValidationError

from features.disk import one_at_a_time, put_file
from features.errors import ContractError, NotFoundError, UsageError, printable
from models.frozen import Frozen

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

FILE = "keys.json"
SECRET_BYTES = 32
ID_BYTES = 4
PRESENTED = re.compile(rb"bonafide_([0-9a-f]{8})_([A-Za-z0-9_-]{43})")
"""A key as a caller sends it: its id and its secret."""
NONE = (
    "the service would be reached from beyond this machine, so it asks for keys, and there is none; "
    "make one with 'bonafide keys create --role admin'"
)
RATE = 600
"""Requests a minute that a key may make unless it says otherwise."""


class Role(StrEnum):
    """What a key is for; each role may do all that those before it may."""

    SCORE = "score"
    AUDIT = "audit"
    ADMIN = "admin"

    def covers(self, needed: Role) -> bool:
        """Whether this role may do what the other one may.

        >>> Role.ADMIN.covers(Role.AUDIT), Role.SCORE.covers(Role.AUDIT)
        (True, False)
        """
        order = list(Role)
        return order.index(self) >= order.index(needed)


class Key(Frozen):
    """A key as it is kept.

    Attributes:
        id: Names it; no secret.
        number: Its place in the file of uses; never given twice.
        name: What it is for, in its owner's words.
        sha256: Of the secret as it is sent, in hexadecimal.
        rate: Requests a minute.
    """

    id: str = Field(pattern=r"^[0-9a-f]{8}$")
    number: int = Field(ge=0)
    name: str
    role: Role
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    rate: int = Field(ge=1)
    created_at: AwareDatetime
    expires_at: AwareDatetime | None = None
    revoked_at: AwareDatetime | None = None

    def usable(self, now: datetime) -> bool:
        """Whether it opens anything at that time."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    def opened_by(self, secret: bytes) -> bool:
        """Whether this is the key's secret; takes as long whatever is wrong with it."""
        return hmac.compare_digest(_hash(secret), self.sha256)


class _Kept(Frozen):
    """What the file holds: every key that there ever was, by its number."""

    keys: tuple[Key, ...] = ()


class Keyring:
    """The keys of a home.

    Args:
        home: The folder; it need not be there yet.
    """

    def __init__(self, home: Path) -> None:
        self.file = home / FILE
        self._seen: tuple[int, ...] | None = None
        self._keys: dict[str, Key] = {}

    def all(self) -> tuple[Key, ...]:
        """Every key, in the order of creation, revoked ones included.

        Raises:
            ContractError: The file is damaged.
            OSError: It cannot be read.
        """
        return tuple(self._current().values())

    def find(self, presented: bytes, now: datetime) -> Key | None:
        """The usable key that was sent, if it is one; errors as of `all`."""
        parts = PRESENTED.fullmatch(presented)
        if parts is None:
            return None
        key = self._current().get(parts[1].decode())
        return key if key is not None and key.opened_by(parts[2]) and key.usable(now) else None

    def create(
        self,
        name: str,
        role: Role,
        *,
        rate: int = RATE,
        expires_at: datetime | None = None,
        now: datetime | None = None,
    ) -> tuple[Key, str]:
        """Make a key; the key and what its owner sends, which is not kept and cannot be had again.

        Raises:
            UsageError: It would have expired already.
        """
        now = now or datetime.now(UTC)
        if expires_at is not None and expires_at <= now:
            raise UsageError("the key would have expired already")
        secret = secrets.token_urlsafe(SECRET_BYTES)
        with self._alone():
            before = self.all()
            made = Key(
                id=_new_id({key.id for key in before}),
                number=len(before),
                name=printable(name),
                role=role,
                sha256=_hash(secret.encode()),
                rate=rate,
                created_at=now,
                expires_at=expires_at,
            )
            self._put((*before, made))
        return made, f"bonafide_{made.id}_{secret}"

    def revoke(self, key_id: str, now: datetime | None = None) -> Key:
        """Close a key for good; it stays on the list.

        Raises:
            NotFoundError: There is no key of that id.
        """
        with self._alone():
            before = self.all()
            found = next((key for key in before if key.id == key_id), None)
            if found is None:
                raise NotFoundError("no key has that id; 'bonafide keys list' names them")
            closed = found.model_copy(update={"revoked_at": found.revoked_at or now or datetime.now(UTC)})
            self._put(tuple(closed if key is found else key for key in before))
        return closed

    def _current(self) -> dict[str, Key]:
        """The keys by id; the file is read where it is not the one that was read before."""
        try:
            found = self.file.stat()
        except FileNotFoundError:
            self._seen, self._keys = None, {}
            return self._keys
        seen = (found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size)
        if seen != self._seen:
            self._keys = {key.id: key for key in _read(self.file)}
            self._seen = seen
        return self._keys

    def _put(self, keys: tuple[Key, ...]) -> None:
        put_file(self.file, _Kept(keys=keys).model_dump_json(indent=2).encode() + b"\n")

    def _alone(self) -> AbstractContextManager[None]:
        """Nobody else changes the keys."""
        return one_at_a_time(self.file.with_suffix(".lock"))


def demand(home: Path) -> None:
    """UsageError, which says how to make one, where there is no key that opens anything; other errors as of `all`."""
    now = datetime.now(UTC)
    if not any(key.usable(now) for key in Keyring(home).all()):
        raise UsageError(NONE)


def _read(file: Path) -> tuple[Key, ...]:
    try:
        return _Kept.model_validate_json(file.read_bytes()).keys
    except ValidationError:
        raise ContractError(f"{file}: damaged; put a sound copy in its place, or delete it and make new keys") from None


def _new_id(taken: set[str]) -> str:
    while True:
        found = secrets.token_hex(ID_BYTES)
        if found not in taken:
            return found


def _hash(secret: bytes) -> str:
    return hashlib.sha256(secret).hexdigest()
