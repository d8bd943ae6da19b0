"""Python's search for cycles among objects: left out where there is nothing to find."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the search, which goes over all records read and answers made so far again and again and finds nothing.

    A fifth of the time of a thousand reports. In several threads, who turned it off turns it on again.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextmanager
def loading() -> Iterator[None]:
    """Without the search while libraries or a model are loaded, and with all that is there then left out of later ones.

    For a process that does one thing and ends: what it loaded stays. A search goes over all of it, while it is loaded,
    later and at the end.
    """
    with uncollected():
        yield
        gc.freeze()  # before the search is on again: it would begin with all of them at once


def keep() -> None:
    """Leave all objects that are there now out of later searches, after one last search among them.

    For a process that has loaded its models and answers from then on: each search would go over all that was loaded,
    which takes a twentieth of the time of a request and stops all of them meanwhile.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
