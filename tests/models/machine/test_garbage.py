from __future__ import annotations

import gc
import weakref

from models.machine.garbage import keep, loading


class Circle:
    """Refers to itself, so that only a search finds that nobody else does."""

    def __init__(self) -> None:
        self.itself = self


def test_what_was_kept_is_left_out_of_searches_until_something_else_is_kept() -> None:
    gc.unfreeze()
    circle = Circle()
    gone = weakref.ref(circle)
    try:
        keep()
        assert gc.get_freeze_count() > 0
        del circle
        gc.collect()
        assert gone() is not None
        keep()
        assert gone() is None
    finally:
        gc.unfreeze()


def test_what_was_loaded_is_searched_neither_meanwhile_nor_afterwards() -> None:
    gc.unfreeze()
    try:
        with loading():
            assert not gc.isenabled()
            circle = Circle()
            gone = weakref.ref(circle)
        assert gc.isenabled()
        del circle
        gc.collect()
        assert gone() is not None
    finally:
        gc.unfreeze()


def test_no_search_goes_over_what_was_loaded_when_searches_begin_again() -> None:
    searches: list[str] = []

    def searched(phase: str, _facts: dict[str, int]) -> None:
        searches.append(phase)

    gc.collect()
    gc.callbacks.append(searched)
    try:
        with loading():
            loaded = [Circle() for _ in range(10 * gc.get_threshold()[0])]
        assert gc.isenabled()
        assert not searches
        assert loaded
    finally:
        gc.callbacks.remove(searched)
        gc.unfreeze()
