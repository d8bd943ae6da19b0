"""An index made part by part is the one made at once, also after a kill."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from features import records
from features.records.sizes import Size
from models.bulk import Model, getting_ready
from models.index import Index, add_of, build, build_of, pieces
from models.index.corpus import Encoded, Encoding

if TYPE_CHECKING:
    from pathlib import Path

    from tests.models.index.conftest import Maker

SMALL = Size(creators=25, rows=100_000, text=10_000_000)


@pytest.fixture(scope="module")
def folder(few: Maker, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The creators in no order, as a folder of tables."""
    source = tmp_path_factory.mktemp("corpus") / "in"
    tables = few.tables.select(few.ids)
    records.write(replace(tables, creators=tables.creators.sample(fraction=1.0, shuffle=True, seed=1)), source)
    return source


@pytest.fixture(scope="module")
def scores(few: Maker, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Their risks as a file."""
    file = tmp_path_factory.mktemp("scores") / "scores.parquet"
    few.scores.write_parquet(file)
    return file


def task_of(few: Maker, scores: Path | None = None) -> Encoding:
    """Encoding by the models of the index."""
    return Encoding(few.fit.folder, Model(few.fraud.folder), scores)


def encoded(place: Path, source: Path, task: Encoding, workers: int = 1) -> Encoded:
    """The creators, encoded part by part."""
    work = Encoded.open(place, source, task, SMALL)
    with getting_ready(place, task, workers) as ready:
        assert [*work.doing(ready)] == [*range(len(work.cut.parts))]
    return work


@pytest.mark.usefixtures("small_segments")
def test_parts_give_to_the_last_byte_what_the_whole_gives(few: Maker, folder: Path, tmp_path: Path) -> None:
    at_once = build(few.some(few.ids), few.fit, few.fraud, tmp_path / "once")
    work = encoded(tmp_path / "work [1]*", folder, task_of(few))  # no pattern
    assert len(work.cut.parts) == 3
    in_parts = build_of(work.by_segment(), few.fit, few.fraud, tmp_path / "parts")
    assert len(in_parts.segments) > 3
    assert in_parts.segments == at_once.segments


def test_several_processes_and_risks_from_a_file_give_the_same(
    few: Maker, folder: Path, scores: Path, tmp_path: Path
) -> None:
    at_once = build(pieces(few.tables), few.fit, few.fraud, tmp_path / "once", scores=few.scores)
    work = encoded(tmp_path / "work", folder, task_of(few, scores), workers=2)
    assert build_of(work.by_segment(), few.fit, few.fraud, tmp_path / "parts").segments == at_once.segments


def test_finished_parts_are_not_encoded_again(few: Maker, folder: Path, scores: Path, tmp_path: Path) -> None:
    task = task_of(few, scores)
    first = encoded(tmp_path / "work", folder, task)
    before = {number: first.file(number, "parquet").stat().st_mtime_ns for number in (0, 2)}
    first.file(1, "parquet").unlink()  # as a kill may leave it, with a segment that is broken
    (first.file(1, "segment") / "arrays.bin").write_bytes(b"")
    part = first.file(1, "parquet").parent
    begun = tmp_path / "work" / "making-by-the-killed"
    begun.mkdir()
    part.rename(begun / part.name)
    again = encoded(tmp_path / "work", folder, task)
    assert again.resumed == 2
    assert {number: again.file(number, "parquet").stat().st_mtime_ns for number in (0, 2)} == before
    few.build(tmp_path / "once")
    build_of(again.by_segment(), few.fit, few.fraud, tmp_path / "parts")
    assert few.answers(Index.open(tmp_path / "parts")) == few.answers(Index.open(tmp_path / "once"))


def test_other_risks_begin_anew(few: Maker, folder: Path, scores: Path, tmp_path: Path) -> None:
    encoded(tmp_path / "work", folder, task_of(few, scores))
    assert not Encoded.open(tmp_path / "work", folder, task_of(few), SMALL).resumed


def test_parts_are_added_to_an_index(few: Maker, folder: Path, scores: Path, tmp_path: Path) -> None:
    few.build(tmp_path / "index", few.ids[:20])
    work = encoded(tmp_path / "work", folder, task_of(few, scores))
    assert add_of(work.by_segment(), few.fit, few.fraud, tmp_path / "index").creators == len(few.ids)
    few.build(tmp_path / "once")
    assert few.answers(Index.open(tmp_path / "index")) == few.answers(Index.open(tmp_path / "once"))
