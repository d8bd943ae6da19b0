"""Scoring in parts gives what scoring at once gives, also after a kill."""

from __future__ import annotations

import gc
import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

from features import records
from features.errors import NotFoundError, RecordsError
from features.records.sizes import Size
from models import bulk
from models.processes import Processes
from models.scoring import score_frame

if TYPE_CHECKING:
    from models.fraud import FraudBundle
    from training.fraud_fitting import FittedFraud
    from training.simulate import Simulation

SMALL = Size(creators=7, rows=2_000, text=200_000)
PLAIN = bulk.Asked()


@pytest.fixture(scope="module")
def bundle(fitted_fraud: FittedFraud) -> FraudBundle:
    return fitted_fraud.bundle


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, simulation: Simulation) -> Path:
    source = tmp_path_factory.mktemp("corpus") / "in"
    records.write(simulation.tables.select(simulation.tables.creators["creator_id"].head(40).to_list()), source)
    return source


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Path:
    tables = records.read(folder)
    nested = {row["creator_id"]: row for row in map(json.loads, tables.creators.write_ndjson().splitlines())}
    for table in records.RECORD_TABLES[1:]:
        for row in map(json.loads, tables[table.name].write_ndjson().splitlines()):
            nested[row.pop("creator_id")].setdefault(table.name, []).append(row)
    source = tmp_path_factory.mktemp("lines") / "in.ndjson"
    source.write_text("".join(json.dumps(record) + "\n" for record in nested.values()))
    return source


def run(place: Path, source: Path, bundle: FraudBundle, asked: bulk.Asked = PLAIN, workers: int = 1) -> bulk.Run:
    model = bulk.Model(bundle.folder)
    found = bulk.Run.open(place, source, model, asked, SMALL)
    found.work(model, workers)
    return found


def scores(found: bulk.Run) -> pl.DataFrame:
    return pl.concat(list(found.frames()))


@pytest.mark.parametrize("source", ["folder", "lines"])
def test_parts_give_to_the_last_bit_what_the_whole_gives(
    source: str, bundle: FraudBundle, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    path = request.getfixturevalue(source)
    place = tmp_path / "work [1]*"  # no pattern
    found = run(place, path, bundle, bulk.Asked(explain=True))
    assert len(found.cut.parts) > 5
    assert not found.problems().total
    assert scores(found).equals(score_frame(bundle, records.read(path), explain=True))


def test_csv_tables_are_cut_too(folder: Path, bundle: FraudBundle, tmp_path: Path) -> None:
    source = tmp_path / "csv"
    source.mkdir()
    tables = records.read(folder)
    tables.creators.write_csv(source / "creators.csv")
    tables.follower_history.write_csv(source / "follower_history.csv")
    found = run(tmp_path / "work", source, bundle)
    assert scores(found).equals(score_frame(bundle, records.read(source)))


@pytest.mark.parametrize("place", ["several", "home"])
def test_several_processes_give_the_same_and_share_in_the_home_if_there_is_one(
    place: str, folder: Path, bundle: FraudBundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BONAFIDE_HOME", str(tmp_path / "home"))
    (tmp_path / place).mkdir()
    several = run(tmp_path / "several", folder, bundle, workers=2)
    assert {file.parents[2].name for file in tmp_path.rglob(f"{bulk.SHARED}/*/*.npy")} == {place}
    assert scores(several).equals(score_frame(bundle, records.read(folder)))


def test_only_several_processes_are_given_what_they_share(tmp_path: Path) -> None:
    for workers in (1, 2):
        shared = tmp_path / f"{workers}"
        with Processes(workers) as processes:
            done = processes.ready(partial(Noted, tmp_path / "noted", 1), shared.mkdir)
            assert [*done([workers])] == [workers]
    assert [shared.exists() for shared in (tmp_path / "1", tmp_path / "2")] == [False, True]


def test_the_process_that_starts_another_works_too_and_the_other_does_not_search_what_stays_for_cycles(
    tmp_path: Path,
) -> None:
    left_out = gc.get_freeze_count()
    with Processes(2) as processes:
        done = processes.ready(partial(Noted, tmp_path / "noted", 2), (tmp_path / "shared").mkdir)
        assert sorted(done([5, 6])) == [5, 6]
    noted = {
        int(pid): int(count) for pid, count in (file.read_text().split() for file in (tmp_path / "noted").iterdir())
    }
    assert noted.pop(os.getpid()) == left_out
    [others] = noted.values()
    assert others > 10_000


class Noted:
    """Writes down which process it is and how many objects are left out of a search for cycles.

    Returns once as many numbers are being done `together`, so that each of them is another process's.
    """

    def __init__(self, folder: Path, together: int) -> None:
        self.folder = folder
        self.together = together
        folder.mkdir(exist_ok=True)

    def __call__(self, number: int) -> None:
        (self.folder / f"{number}.txt").write_text(f"{os.getpid()} {gc.get_freeze_count()}")
        begun = time.monotonic()
        while len([*self.folder.iterdir()]) < self.together:
            assert time.monotonic() - begun < 300, "the other process does nothing"
            time.sleep(0.01)


def test_processes_that_were_ready_before_the_corpus_was_cut_give_each_piece_as_soon_as_it_is_finished(
    folder: Path, bundle: FraudBundle, tmp_path: Path
) -> None:
    model, place = bulk.Model(bundle.folder), tmp_path / "work"
    size = replace(SMALL, processes=2)
    with bulk.getting_ready(place, bulk.Scoring(model, PLAIN), 2) as done:
        found = bulk.Run.open(place, folder, model, PLAIN, size)
        frames = list(found.frames(parts=found.doing(done)))
    assert len(frames) < len(found.cut.parts)
    alone = run(tmp_path / "alone", folder, bundle)
    assert [frame.height for frame in frames] == [frame.height for frame in alone.frames()]
    assert pl.concat(frames).equals(score_frame(bundle, records.read(folder)))


def test_a_creators_later_line_is_left_out_of_what_is_given_while_others_are_scored(
    lines: Path, bundle: FraudBundle, tmp_path: Path
) -> None:
    source = tmp_path / "twice.ndjson"
    text = lines.read_text().splitlines()
    source.write_text("\n".join([*text, text[2]]) + "\n")
    model, asked = bulk.Model(bundle.folder), bulk.Asked(skip=True)
    found = bulk.Run.open(tmp_path / "work", source, model, asked, SMALL)
    with bulk.getting_ready(tmp_path / "work", bulk.Scoring(model, asked), 1) as done:
        scored = pl.concat(list(found.frames(parts=found.doing(done))))
    assert scored.equals(score_frame(bundle, records.read(lines)))


def test_a_model_that_a_process_cannot_load_is_the_error_of_the_work(
    folder: Path, bundle: FraudBundle, tmp_path: Path
) -> None:
    model, place = bulk.Model(bundle.folder), tmp_path / "work"
    found = bulk.Run.open(place, folder, model, PLAIN, SMALL)
    missing = bulk.Scoring(bulk.Model(tmp_path / "missing"), PLAIN)
    with bulk.getting_ready(place, missing, 2) as done, pytest.raises(NotFoundError, match="missing"):
        next(found.doing(done))


def test_which_model_it_is_is_told_without_loading_it(bundle: FraudBundle) -> None:
    code = (
        "import sys; from pathlib import Path; from models import bulk\n"
        "told = bulk.Model(Path(sys.argv[1])).identity()\n"
        "print(told['model'], told['norms'], *sys.modules.keys() & {'lightgbm', 'pandas', 'scipy'})"
    )
    done = subprocess.run([sys.executable, "-c", code, str(bundle.folder)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [bundle.contract.version, bundle.context.version]


@pytest.mark.parametrize(("alone", "loaded"), [(True, set()), (False, {"pandas", "sklearn"})])
def test_lightgbm_is_loaded_alone_where_that_is_asked(
    alone: bool, loaded: set[str], bundle: FraudBundle, tmp_path: Path
) -> None:
    code = (
        "import sys; from pathlib import Path; from models import bulk\n"
        f"bulk.Scoring(bulk.Model(Path(sys.argv[1])), bulk.Asked(), alone={alone}).prepare(Path(sys.argv[2]))\n"
        "print(*sys.modules.keys() & {'lightgbm', 'pandas', 'sklearn'})"
    )
    command = [sys.executable, "-c", code, str(bundle.folder), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert {*done.stdout.split()} == {"lightgbm", *loaded}


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


def test_another_question_begins_anew(folder: Path, bundle: FraudBundle, tmp_path: Path) -> None:
    run(tmp_path / "work", folder, bundle)
    other = bulk.Run.open(tmp_path / "work", folder, bulk.Model(bundle.folder), bulk.Asked(explain=True), SMALL)
    assert not other.resumed


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


def test_a_folder_that_was_being_removed_when_the_command_was_killed_is_begun_anew(
    folder: Path, bundle: FraudBundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, place = tmp_path / "csv", tmp_path / "work"
    source.mkdir()
    tables = records.read(folder)
    tables.creators.write_csv(source / "creators.csv")
    tables.follower_history.write_csv(source / "follower_history.csv")
    found = run(place, source, bundle)
    expected = scores(found)

    def killed(path: Path, **_how: object) -> None:
        rmtree(path / "done")
        rmtree(path / "parts")
        raise KeyboardInterrupt

    with monkeypatch.context() as ending:
        rmtree = shutil.rmtree
        ending.setattr(shutil, "rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            found.remove()
    assert scores(run(place, source, bundle)).equals(expected)


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


def test_fields_that_the_contract_does_not_have_are_named(lines: Path, bundle: FraudBundle, tmp_path: Path) -> None:
    source = tmp_path / "more.ndjson"
    first, *rest = map(json.loads, lines.read_text().splitlines())
    rest[-1]["posts"][0]["mood"] = 1
    source.write_text("".join(json.dumps(record) + "\n" for record in ({**first, "shoe_size": 43}, *rest)))
    assert run(tmp_path / "work", source, bundle).left_out() == {"creators": ["shoe_size"], "posts": ["mood"]}
    assert run(tmp_path / "plain", lines, bundle).left_out() == {}


def test_a_creator_on_two_lines_is_told_and_scored_once(lines: Path, bundle: FraudBundle, tmp_path: Path) -> None:
    source = tmp_path / "twice.ndjson"
    text = lines.read_text().splitlines()
    source.write_text("\n".join([*text, text[2]]) + "\n")
    [problem] = run(tmp_path / "work", source, bundle).problems().in_order()
    assert problem.line == len(text) + 1
    skipped = run(tmp_path / "skip", source, bundle, bulk.Asked(skip=True))
    assert scores(skipped).equals(score_frame(bundle, records.read(lines)))


def test_the_memory_that_is_left_decides_how_many_processes_and_how_large_parts_are() -> None:
    roomy, tight = bulk.plan(8 * 10**9, 4), bulk.plan(800 * 10**6, 4)
    assert roomy.workers == 4
    assert tight.workers == 1
    assert roomy.size.rows > tight.size.rows >= bulk.LEAST_ROWS
