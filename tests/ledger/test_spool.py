"""Spools: what is being written is nobody else's yet, and what was acknowledged is on the disk."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from ledger import spool
from ledger.spool import Spool, read_segment

OPEN = Path("/proc/self/fd")


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


def test_a_segment_that_could_not_be_begun_is_begun_by_the_next_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taking = Spool(tmp_path)
    open_files = len(list(OPEN.iterdir()))

    def full(_folder: Path) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(spool, "flush", full)
    for _ in range(3):
        with pytest.raises(OSError, match="Too many open files"):
            taking.append(b"refused")
    monkeypatch.undo()
    assert len(list(OPEN.iterdir())) == open_files
    taking.append(b"taken")
    taking.settle()
    taking.turn()
    assert [list(read_segment(path)) for path in taking.waiting()] == [[b"taken"]]
    taking.release()
