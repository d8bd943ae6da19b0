"""Spools: what is being written is nobody else's yet, and what was acknowledged is on the disk."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ledger import spool
from ledger.spool import LOCK, SPOOLS, Spool, all_segments, left_behind, read_segment, segments

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def test_a_record_for_which_the_disk_has_no_room_is_refused_and_nothing_of_it_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taking = Spool(tmp_path)
    taking.append(b"before")
    write, room = os.pwrite, [5, 0]

    def full(file: int, record: bytes, place: int) -> int:
        if not (left := room.pop(0)):
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(file, record[:left], place)

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(OSError, match="No space left"):
        taking.append(b"too much")
    monkeypatch.undo()
    taking.append(b"after")
    [segment] = segments(taking.folder)
    assert list(read_segment(segment)) == [b"before", b"after"]
    taking.release()


def test_a_record_that_the_system_takes_in_pieces_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taking, write = Spool(tmp_path), os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda file, record, place: write(file, record[:3], place))
    for record in (b"the first record", b"the second"):
        taking.append(record)
    monkeypatch.undo()
    [segment] = segments(taking.folder)
    assert list(read_segment(segment)) == [b"the first record", b"the second"]
    taking.release()


def test_what_the_disk_did_not_take_is_not_acknowledged_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system tells once that a flush failed; the next one succeeds without what was lost."""
    taking = Spool(tmp_path)
    taking.append(b"lost")
    _fail_once(monkeypatch)
    for _ in range(2):
        with pytest.raises(OSError, match="Input/output error"):
            taking.settle()


def test_a_segment_that_the_disk_did_not_take_is_waited_for_until_it_was_moved_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taking = Spool(tmp_path)
    open_files = len(list(OPEN.iterdir()))
    taking.append(b"lost")
    _fail_once(monkeypatch)
    with pytest.raises(OSError, match="Input/output error"):
        taking.turn()
    assert len(list(OPEN.iterdir())) == open_files
    taking.append(b"later")
    taking.turn()
    with pytest.raises(OSError, match="Input/output error"):
        taking.settle()
    for path in taking.waiting():
        path.unlink()
    taking.turn()
    taking.settle()
    taking.release()


def test_the_names_above_a_record_are_on_the_disk_before_it_is_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[Path] = []
    monkeypatch.setattr(spool, "flush", flushed.append)
    taking = Spool(tmp_path / "home")
    taking.append(b"record")
    taking.settle()
    assert flushed == [tmp_path / "home" / SPOOLS, tmp_path / "home", taking.folder]
    taking.release()


@pytest.mark.parametrize("left", [True, False], ids=["with a segment that waits", "empty"])
def test_a_spool_that_was_released_takes_nothing_more(left: bool, tmp_path: Path) -> None:
    """Its lock is free then: another process would remove a segment while it is being written."""
    taking = Spool(tmp_path)
    if left:
        taking.append(b"waits")
    taking.release()
    with pytest.raises(OSError, match="stopped"):
        taking.append(b"late")
    with left_behind(tmp_path) as folders:
        assert [list(read_segment(path)) for folder in folders for path in segments(folder)] == [[b"waits"]] * left


def test_a_spool_of_another_user_keeps_no_other_from_being_taken_up_and_costs_no_file_handles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for record in (b"first", b"foreign", b"last"):
        other = Spool(tmp_path)
        other.append(record)
        other.release()
    folders = sorted((tmp_path / SPOOLS).iterdir())
    foreign, open_file = folders[1] / LOCK, os.open

    def refusing(path: Path, *given: Any) -> int:
        if path == foreign:
            raise PermissionError(errno.EACCES, "Permission denied")
        return open_file(path, *given)

    monkeypatch.setattr(os, "open", refusing)
    open_files = len(list(OPEN.iterdir()))
    for _ in range(2):
        with pytest.raises(PermissionError), left_behind(tmp_path) as held:
            assert held == [folders[0], folders[2]]
        assert len(list(OPEN.iterdir())) == open_files


def test_a_spool_that_is_removed_while_all_are_looked_through_has_no_segments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, kept = Spool(tmp_path), Spool(tmp_path)
    kept.append(b"record")
    scandir = os.scandir

    def too_late(folder: Path) -> Iterator[os.DirEntry[str]]:
        if folder == gone.folder:
            monkeypatch.setattr(os, "scandir", scandir)
            gone.release()
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", too_late)
    assert all_segments(tmp_path) == segments(kept.folder) != []
    assert not gone.folder.exists()
    kept.release()


@pytest.mark.parametrize("zeros", [1, 8, 4096])
def test_zeros_after_a_crash_are_no_records(zeros: int, tmp_path: Path) -> None:
    taking = Spool(tmp_path)
    taking.append(b"whole")
    [segment] = segments(taking.folder)
    segment.write_bytes(segment.read_bytes() + bytes(zeros))
    assert list(read_segment(segment)) == [b"whole"]


def _fail_once(monkeypatch: pytest.MonkeyPatch) -> None:
    flush = os.fdatasync

    def failing(_file: int) -> None:
        monkeypatch.setattr(os, "fdatasync", flush)
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fdatasync", failing)
