"""What is finished stays through a kill, and problems are told as those of the whole."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pyarrow.parquet as pq
import pytest

from features import records
from features.errors import RecordsError
from models import bulk
from models.scoring import score_frame
from tests.models.bulk.conftest import PLAIN, SMALL, run, scores

if TYPE_CHECKING:
    from models.fraud import FraudBundle


def test_a_run_goes_on_with_what_is_finished(folder: Path, bundle: FraudBundle, tmp_path: Path) -> None:
    whole = run(tmp_path / "work", folder, bundle)
    expected = scores(whole)
    finished = sorted((tmp_path / "work" / bulk.DONE).iterdir())
    stamps = {file: file.stat().st_mtime_ns for file in finished[1:]}
    shutil.rmtree(finished[0])
    again = bulk.Run.open(tmp_path / "work", folder, bulk.Model(bundle.folder), PLAIN, SMALL)
    assert again.resumed == len(finished) - 1
    again.work(bulk.Model(bundle.folder), 1)
    assert {file: file.stat().st_mtime_ns for file in finished[1:]} == stamps
    assert scores(again).equals(expected)


def test_a_killed_run_is_finished_by_the_next_without_loss_or_doubles(
    folder: Path, bundle: FraudBundle, tmp_path: Path
) -> None:
    place = tmp_path / "work"
    code = (
        "import sys; from pathlib import Path; from models import bulk; from features.records.sizes import Size\n"
        f"size = {SMALL!r}; model = bulk.Model(Path(sys.argv[1]))\n"
        "bulk.Run.open(Path(sys.argv[2]), Path(sys.argv[3]), model, bulk.Asked(), size).work(model, 1)\n"
    )
    done = place / bulk.DONE
    process = subprocess.Popen([sys.executable, "-c", code, str(bundle.folder), str(place), str(folder)])
    deadline = time.monotonic() + 600
    while not list(done.glob("*")) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    process.kill()
    process.wait()
    again = bulk.Run.open(place, folder, bulk.Model(bundle.folder), PLAIN, SMALL)
    assert again.resumed > 0
    again.work(bulk.Model(bundle.folder), 1)
    assert scores(again).equals(score_frame(bundle, records.read(folder)))


def test_nothing_of_a_process_whose_command_was_killed_gets_into_the_next_command(
    folder: Path, bundle: FraudBundle, tmp_path: Path
) -> None:
    place, model, explained = tmp_path / "work", bulk.Model(bundle.folder), bulk.Asked(explain=True)
    killed = bulk.Run.open(place, folder, model, PLAIN, SMALL)
    with bulk.getting_ready(place, bulk.Scoring(model, PLAIN), 1) as ready:
        outliving = killed.doing(ready)
        next(outliving)
        following = run(place, folder, bundle, explained)
        with suppress(OSError):
            next(outliving)
    assert scores(following).equals(score_frame(bundle, records.read(folder), explain=True))


def test_a_part_and_what_is_scored_of_it_are_on_the_disk_before_it_is_finished(
    folder: Path, bundle: FraudBundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, place = tmp_path / "csv", tmp_path / "work"
    source.mkdir()
    records.read(folder).creators.write_csv(source / "creators.csv")  # of text, whose parts are copied
    waited_for: set[int] = set()
    fsync, rename = os.fsync, Path.rename

    def flushed(handle: int) -> None:
        fsync(handle)
        waited_for.add(os.fstat(handle).st_ino)

    def finished(path: Path, target: Path) -> Path:
        assert {one.stat().st_ino for one in (path, *path.rglob("*"))} <= waited_for
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", flushed)
    monkeypatch.setattr(Path, "rename", finished)
    found = run(place, source, bundle, bulk.Asked(signals=True))
    assert {one.stat().st_ino for one in place.rglob("*.*") if one.is_file()} <= waited_for
    assert {file.suffix for file in (place / bulk.DONE).rglob("*.*")} == {".parquet", ".json", ".signals"}
    assert len(list((place / bulk.DONE).iterdir())) == len(found.cut.parts) > 1


def test_problems_name_the_places_of_the_whole(folder: Path, bundle: FraudBundle, tmp_path: Path) -> None:
    source = tmp_path / "in"
    tables = records.read(folder)
    posts = tables.posts.with_row_index("n").with_columns(
        likes=pl.when(pl.col("n").is_in([3, 700])).then(-1).otherwise("likes")
    )
    stray = tables.comments.head(1).with_columns(creator_id=pl.lit("nobody"))
    records.write(tables, source)
    posts.drop("n").write_parquet(source / "posts.parquet")
    pl.concat([tables.comments, stray]).write_parquet(source / "comments.parquet")
    with pytest.raises(RecordsError) as whole:
        records.read(source)
    found = run(tmp_path / "work", source, bundle).problems()
    assert tuple(found.in_order()) == whole.value.problems
    assert found.total == whole.value.total == 3


@pytest.mark.parametrize("skip", [True, False])
def test_rows_that_turn_out_damaged_refuse_their_table_also_where_rows_are_skipped(
    folder: Path, bundle: FraudBundle, tmp_path: Path, skip: bool
) -> None:
    source = tmp_path / "in"
    records.write(records.read(folder), source)
    file = source / "posts.parquet"
    posts = pl.read_parquet(file)
    posts.write_parquet(file, row_group_size=50, compression="zstd", use_pyarrow=True)
    group = pq.read_metadata(file).row_group(0)
    place = group.column(posts.columns.index("likes"))
    start = place.dictionary_page_offset or place.data_page_offset
    content = bytearray(file.read_bytes())
    content[start : start + 12] = b"\xff" * 12
    file.write_bytes(content)
    found = run(tmp_path / "work", source, bundle, bulk.Asked(skip=skip))
    assert found.is_refused(0)
    assert not found.is_refused(len(found.cut.parts) - 1)
    assert found.problems().unreadable
    assert [str(one) for one in found.problems().in_order() if one.table == "posts"] == [
        "posts: posts.parquet is not a Parquet file that can be read"
    ]


def test_fields_that_the_contract_does_not_have_are_named(lines: Path, bundle: FraudBundle, tmp_path: Path) -> None:
    source = tmp_path / "more.ndjson"
    first, *rest = map(json.loads, lines.read_text().splitlines())
    rest[-1]["posts"][0]["mood"] = 1
    source.write_text("".join(json.dumps(record) + "\n" for record in ({**first, "shoe_size": 43}, *rest)))
    assert run(tmp_path / "work", source, bundle).left_out() == {"creators": ["shoe_size"], "posts": ["mood"]}
    assert run(tmp_path / "plain", lines, bundle).left_out() == {}
