"""Spools: what is being written is nobody else's yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ledger import spool
from ledger.spool import Spool, read_segment

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("first", [True, False], ids=["before the folder is listed", "after it was listed"])
def test_a_segment_begun_while_those_that_wait_are_looked_for_is_not_among_them(
    first: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taking = Spool(tmp_path)
    taking.append(b"closed")
    taking.turn()
    segments = spool.segments

    def listed_while_appending(folder: Path) -> list[Path]:
        if first:
            taking.append(b"begun")
            return segments(folder)
        found = segments(folder)
        taking.append(b"begun")
        return found

    monkeypatch.setattr(spool, "segments", listed_while_appending)
    waiting = taking.waiting()
    monkeypatch.undo()
    assert [list(read_segment(path)) for path in waiting] == [[b"closed"]]
    taking.turn()
    assert [list(read_segment(path)) for path in taking.waiting()] == [[b"closed"], [b"begun"]]
    taking.release()
