"""What is done with each part of a corpus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import polars as pl

    from features.records.parts import Read

    Do = Callable[[Read, Path], pl.DataFrame]
    """Does it with a part's records and gives a row a creator, with `creator_id`; more goes to files at that path with
    endings of their own."""


class Task(Protocol):
    """What is done with each part; it is sent to the processes that do it."""

    @property
    def skip(self) -> bool:
        """Whether rows that are refused are left out."""

    def identity(self) -> Mapping[str, object]:
        """What makes it the same task as before."""

    def share(self, folder: Path) -> None:
        """Write to that folder what several processes use together, and each would make for itself else."""

    def prepare(self, shared: Path) -> Do:
        """Load the models; `shared` is the folder of `share`, where nothing may be yet."""
