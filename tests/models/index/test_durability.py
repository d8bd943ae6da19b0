"""An index outlives what happens to its writers, its readers and its files."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from features.errors import ContractError, NotFoundError
from models.index import Index, build, remove

if TYPE_CHECKING:
    from tests.models.index.conftest import Bytes, Maker

REPOSITORY = Path(__file__).resolve().parents[3]

KILLED = """
import os, sys
from pathlib import Path
from features.records import read
from models.fit import FitBundle
from models.fraud import FraudBundle
from models.index import building, build, pieces
fit, fraud, records, out = map(Path, sys.argv[1:])
building.write_manifest = lambda *_: os._exit(9)
build(pieces(read(records)), FitBundle.load(fit), FraudBundle.load(fraud), out)
"""


def test_a_killed_build_leaves_the_index_as_it_was(few: Maker, tmp_path: Path, bytes_of: Bytes) -> None:
    from features.records import write

    out = tmp_path / "index"
    few.build(out, few.ids[:20])
    before = few.answers(Index.open(out))
    write(few.tables.select(few.ids[20:40]), tmp_path / "records")
    arguments = [str(few.fit.folder), str(few.fraud.folder), str(tmp_path / "records"), str(out)]
    done = subprocess.run([sys.executable, "-c", KILLED, *arguments], cwd=REPOSITORY, check=False)
    assert done.returncode == 9
    assert len(list((out / "segments").iterdir())) == 2
    assert few.answers(Index.open(out)) == before
    remove(few.ids[:1], out)
    assert len(list((out / "segments").iterdir())) == 1
    assert few.ids[30].encode() not in bytes_of(out)


@pytest.mark.parametrize("change", ["build", "add", "remove"])
def test_an_error_leaves_the_index_as_it_was(
    change: str, few: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few.build(tmp_path, few.ids[:20])
    before = few.answers(Index.open(tmp_path))

    def fail(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("models.index.building.write_manifest", fail)
    with pytest.raises(OSError, match="no space"):
        {
            "build": lambda: few.build(tmp_path),
            "add": lambda: few.add(tmp_path, few.ids[15:30]),
            "remove": lambda: remove(few.ids[:2], tmp_path),
        }[change]()
    assert few.answers(Index.open(tmp_path)) == before
    assert len(list((tmp_path / "segments").iterdir())) == 1


def test_a_reader_keeps_answering_while_the_index_changes(few: Maker, tmp_path: Path) -> None:
    base, more = few.ids[:40], few.ids[40:]
    few.build(tmp_path / "all")
    few.build(tmp_path / "index", base)
    without = few.answers(Index.open(tmp_path / "index"), briefs=2)
    known = {without, few.answers(Index.open(tmp_path / "all"), briefs=2)}
    held = Index.open(tmp_path / "index")
    wrong: list[object] = []
    done = threading.Event()

    def read() -> None:
        index = Index.open(tmp_path / "index")
        while not done.is_set():
            try:
                index = index.latest()
                if few.answers(index, briefs=2) not in known:
                    wrong.append("another answer")
            except Exception as error:
                wrong.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(6):
        few.add(tmp_path / "index", more)
        remove(more, tmp_path / "index")
    done.set()
    reader.join()
    assert not wrong
    assert few.answers(held, briefs=2) == without
    assert held.latest() is not held
    assert held.latest().latest().manifest == Index.open(tmp_path / "index").manifest


def test_an_index_that_did_not_change_is_not_opened_again(few: Maker, tmp_path: Path) -> None:
    few.build(tmp_path, few.ids[:5])
    index = Index.open(tmp_path)
    assert index.latest() is index
    few.add(tmp_path, few.ids[5:6])
    assert len(index.latest()) == 6


@pytest.mark.parametrize("name", ["segment.json", "creators.arrow", "details.arrow", "vectors.bin", "arrays.bin"])
def test_a_damaged_file_is_named(name: str, few: Maker, tmp_path: Path) -> None:
    few.build(tmp_path, few.ids[:20])
    [path] = tmp_path.rglob(name)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(ContractError, match=f"{name}: the file is damaged"):
        Index.open(tmp_path)
    path.write_bytes(content)
    index = Index.open(tmp_path)
    middle = len(content) // 2
    path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    with pytest.raises(ContractError, match=f"{name}: the file is damaged"):
        index.check()
    path.unlink()
    with pytest.raises(ContractError, match=f"{name}: the file is missing"):
        Index.open(tmp_path)


def test_a_damaged_manifest_is_named(few: Maker, tmp_path: Path) -> None:
    few.build(tmp_path, few.ids[:5])
    path = tmp_path / "index.json"
    facts = json.loads(path.read_bytes())
    for content, said in (
        (b"{", "damaged"),
        (b"[]", "damaged"),
        (json.dumps({**facts, "format": 7}).encode(), "format 7 is unknown"),
        (json.dumps({**facts, "fit": "other"}).encode(), "was changed after"),
    ):
        path.write_bytes(content)
        with pytest.raises(ContractError, match=rf"index\.json: .*{said}"):
            Index.open(tmp_path)
    path.unlink()
    with pytest.raises(NotFoundError, match="there is no index"):
        Index.open(tmp_path)
    with pytest.raises(NotFoundError, match="bonafide index build"):
        remove(few.ids[:1], tmp_path / "nowhere")


def test_a_segment_that_is_gone_is_said_plainly(few: Maker, tmp_path: Path) -> None:
    import shutil

    few.build(tmp_path, few.ids[:5])
    shutil.rmtree(tmp_path / "segments" / "000000")
    with pytest.raises(ContractError, match="000000"):
        Index.open(tmp_path)


def test_a_first_build_that_failed_may_be_repeated(few: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> object:
        yield from few.some(few.ids[:20])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(broken(), few.fit, few.fraud, tmp_path / "index", scores=few.scores)  # type: ignore[arg-type]
    with pytest.raises(NotFoundError):
        Index.open(tmp_path / "index")
    few.build(tmp_path / "index", few.ids[:5])
    assert len(Index.open(tmp_path / "index")) == 5
