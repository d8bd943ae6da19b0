"""Paths into a document: `profile.posts[].likes`, with `^` for the row around a row and `$` for the document."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

Chain = tuple[object, ...]
"""A row with what it lies in: the document, every list's item on the way, and the row itself last."""

MANY: Final = "[]"


class NotAListError(ValueError):
    """There is something else where a path expects a list."""


@dataclass(frozen=True)
class Path:
    """A path as it is written.

    Names are separated by dots; `[]` after a name means every item of the list that stands there. `^` first goes to
    the row that the row lies in (`^^` one further), `$` to the document, `.` alone is the row itself.
    """

    written: str

    @cached_property
    def steps(self) -> tuple[str, ...]:
        """The names from the row on."""
        return tuple(step for step in self.written.lstrip("^").removeprefix("$").split(".") if step)

    @property
    def climbs(self) -> int:
        """How many rows it goes out of before its first name."""
        return len(self.written) - len(self.written.lstrip("^"))

    @property
    def from_document(self) -> bool:
        """Whether it starts at the document."""
        return self.written.startswith("$")

    def values(self, chain: Chain) -> object:
        """What stands there, None where nothing does; a list where the path has `[]`."""
        start = self._start(chain)
        if not any(step.endswith(MANY) for step in self.steps):
            return _walk(start, self.steps)
        return [value for value in _spread(start, self.steps) if value is not None]

    def within(self, rows: Path) -> str:
        """The same path from the document on, for rows at `rows`.

        >>> Path("^.id").within(Path("media[].comments[]"))
        'media[].id'
        >>> Path("$.id").within(Path("media[].comments[]"))
        'id'
        """
        around = [] if self.from_document else list(rows.steps)
        for _ in range(self.climbs):
            del around[-1:]  # as `values` does, it stays at the document
            while around and not around[-1].endswith(MANY):
                around.pop()
        return ".".join([*around, *self.steps])

    def _start(self, chain: Chain) -> object:
        return chain[0] if self.from_document else chain[max(0, len(chain) - 1 - self.climbs)]


def rows(document: object, path: Path) -> Iterator[Chain]:
    """Every row at a path of a document; the document itself where the path is empty.

    Raises:
        NotAListError: Something other than a list stands where the path has `[]`; an empty object is an empty list.
    """
    yield from _rows((document,), path.steps)


def _rows(chain: Chain, steps: tuple[str, ...]) -> Iterator[Chain]:
    if not steps:
        yield chain
        return
    until = next((k for k, step in enumerate(steps) if step.endswith(MANY)), len(steps) - 1)
    found = _walk(chain[-1], (*steps[:until], steps[until].removesuffix(MANY)))
    if found is None or found == {}:
        return
    if not isinstance(found, list):
        raise NotAListError(".".join(steps[: until + 1]))
    for item in found:
        yield from _rows((*chain, item), steps[until + 1 :])


def _walk(value: object, steps: tuple[str, ...]) -> object:
    for step in steps:
        if not isinstance(value, dict):
            return None
        value = value.get(step)
    return value


def _spread(value: object, steps: tuple[str, ...]) -> Iterator[object]:
    if not steps:
        yield value
        return
    found = _walk(value, (steps[0].removesuffix(MANY),))
    if not steps[0].endswith(MANY):
        yield from _spread(found, steps[1:])
    elif isinstance(found, list):
        for item in found:
            yield from _spread(item, steps[1:])
