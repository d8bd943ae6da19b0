"""Jobs: taken in, worked on, fetched, compared and taken away."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import subprocess
import sys
import time
import zipfile
import zlib
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import httpx
import orjson
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features import records
from features.errors import NotFoundError
from features.records.kinds import LOST_DIGITS
from ledger import Ledger, read_scores
from models.scoring import score_frame
from models.settings import Pinned, Settings
from serving.api import examples
from serving.api.problems import MEDIA_TYPE, RequestError
from serving.jobs import intake, unpacking, work
from serving.jobs.erasing import blank
from serving.jobs.job import Job
from serving.jobs.keeper import Keeper
from serving.jobs.room import FACTS, Room, records_file
from serving.jobs.runner import FAILED, Runner, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from features.records import Tables
    from serving.champions.loaded import Loaded

NDJSON = {"content-type": "application/x-ndjson"}
PARQUET = {"content-type": "application/vnd.apache.parquet"}
BAD = {"creator_id": "bad", "platform": "instagram", "posts": [{"post_id": "p1", "likes": -5}]}


def nested(tables: Tables, creators: int) -> list[dict]:
    chosen = tables.select(tables.creators["creator_id"].head(creators).to_list())
    rows = {row["creator_id"]: row for row in map(json.loads, chosen.creators.write_ndjson().splitlines())}
    for table in records.RECORD_TABLES[1:]:
        for row in map(json.loads, chosen[table.name].write_ndjson().splitlines()):
            rows[row.pop("creator_id")].setdefault(table.name, []).append(row)
    return list(rows.values())


def lines(creators: list[dict]) -> bytes:
    return b"".join(orjson.dumps(one) + b"\n" for one in creators)


def zipped(content: bytes) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("records.ndjson", content)
    return archive.getvalue()


class House:
    """A service without its processes: whoever posts a job works on it too."""

    def __init__(self, client: httpx.Client, room: Room, settings: Settings) -> None:
        self.client, self.room, self.settings = client, room, settings

    def post(self, content: bytes, headers: dict[str, str] = NDJSON, **asked: object) -> dict:
        answer = self.client.post("/v1/jobs", content=content, headers=headers, params=asked)
        assert answer.status_code == 202, answer.text
        assert answer.headers["location"] == f"/v1/jobs/{answer.json()['id']}"
        assert answer.json()["state"] == "queued"
        return answer.json()

    def done(self, content: bytes, headers: dict[str, str] = NDJSON, **asked: object) -> dict:
        return self.get_when_done(self.post(content, headers, **asked)["id"])

    def get_when_done(self, job_id: str) -> dict:
        while Runner(self.room, self.settings).look():
            pass
        return self.get(job_id)

    def get(self, job_id: str) -> dict:
        return self.client.get(f"/v1/jobs/{job_id}").json()

    def fetch(self, job_id: str, what: str = "result") -> list[dict]:
        answer = self.client.get(f"/v1/jobs/{job_id}/{what}")
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/x-ndjson"
        return [json.loads(line) for line in answer.text.splitlines()]


@pytest.fixture
def house(
    loaded: Loaded,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    client_of: Callable[..., AbstractContextManager[httpx.Client]],
) -> Iterator[House]:
    monkeypatch.setenv("BONAFIDE_HOME", str(tmp_path))
    settings = Settings(pinned=Pinned(**vars(loaded.folders), stamp=None), job_workers=1)
    room = Room(settings.jobs_folder)
    with client_of(loaded, room) as client:
        yield House(client, room, settings)


@pytest.fixture(scope="module")
def creators(corpus: Tables) -> list[dict]:
    return nested(corpus, 30)


def frame(loaded: Loaded, creators: list[dict], *, explain: bool = True) -> pl.DataFrame:
    return score_frame(loaded.fraud, records.read(creators), explain=explain)


def test_a_job_gives_to_the_last_bit_what_scoring_gives(
    house: House, loaded: Loaded, creators: list[dict], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "MOST_CREATORS", 7)
    job = house.done(lines(creators))
    assert (job["state"], job["errors"], job["problem"]) == ("done", 0, None)
    assert (job["progress"]["done"], job["progress"]["total"]) == (30, 30)
    assert job["model_version"] == loaded.fraud.contract.version
    expected = frame(loaded, creators)
    bands = dict(expected["band"].fill_null("unanswered").value_counts().iter_rows())
    told = {name: job["summary"][name] for name in ("low", "review", "high", "unanswered")}
    assert {name: count for name, count in told.items() if count} == bands
    answer = house.client.get(f"/v1/jobs/{job['id']}/result", headers={"accept": PARQUET["content-type"]})
    assert pl.read_parquet(io.BytesIO(answer.content)).equals(expected)
    rows = house.fetch(job["id"])
    assert rows == [json.loads(line) for line in expected.write_ndjson().splitlines()]
    assert house.fetch(job["id"], "errors") == []


def test_what_a_job_gives_is_in_the_ledger_once_also_after_a_kill(
    house: House, loaded: Loaded, creators: list[dict], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "MOST_CREATORS", 7)
    ended = work._Work.end

    def killed(*_: object, **__: object) -> None:
        monkeypatch.setattr(work._Work, "end", ended)
        raise KeyboardInterrupt

    monkeypatch.setattr(work._Work, "end", killed)
    job = house.post(lines([*creators, creators[3]]), on_error="skip")
    with pytest.raises(KeyboardInterrupt):
        Runner(house.room, house.settings).look()
    while Runner(house.room, house.settings).look():
        pass
    with closing(Ledger(house.settings.ledger_url, house.settings.home)) as ledger:
        kept = read_scores(ledger)
    result = frame(loaded, creators, explain=False)
    assert house.get(job["id"])["state"] == "done"
    assert len(house.fetch(job["id"])) == kept.height == 30
    told = result.select("creator_id", "probability", "band").sort("creator_id")
    assert kept.select("creator_id", "probability", "band").sort("creator_id").equals(told)
    hashes = records.input_hashes(records.read(creators))
    assert dict(kept.select("creator_id", "input_hash").iter_rows()) == hashes
    assert set(loaded.fraud.names) <= set(kept.columns)
    assert set(kept["model_version"]) == {loaded.fraud.contract.version}
    assert not list((house.room.place(job["id"]) / "run").glob("*/*.signals"))


def test_what_is_not_given_is_not_in_the_ledger(house: House, creators: list[dict]) -> None:
    assert house.done(lines([*creators[:5], BAD]))["state"] == "refused"
    with closing(Ledger(house.settings.ledger_url, house.settings.home)) as ledger:
        assert read_scores(ledger).is_empty()


def test_parquet_gives_the_same(house: House, loaded: Loaded, creators: list[dict]) -> None:
    tables = records.read(creators)
    whole = tables.creators
    for table in records.RECORD_TABLES[1:]:
        names = [name for name in tables[table.name].columns if name != "creator_id"]
        rows = tables[table.name].group_by("creator_id", maintain_order=True).agg(pl.struct(names).alias(table.name))
        whole = whole.join(rows, on="creator_id", how="left", maintain_order="left")
    content = io.BytesIO()
    whole.write_parquet(content)
    job = house.done(content.getvalue(), PARQUET, explain=False)
    assert job["state"] == "done", job
    expected = frame(loaded, creators, explain=False)
    assert house.fetch(job["id"]) == [json.loads(line) for line in expected.write_ndjson().splitlines()]


def test_records_are_kept_no_longer_than_they_are_needed(house: House, creators: list[dict]) -> None:
    job = house.done(lines(creators[:3]))
    left = {path.name for path in house.room.place(job["id"]).rglob("*") if path.is_file()}
    assert left == {FACTS, "work.json", "cut.json", "part.parquet", "errors.parquet"}


def test_what_is_wrong_refuses_the_job_and_is_named_with_its_place(house: House, creators: list[dict]) -> None:
    job = house.done(lines([creators[0], BAD]) + b"{broken\n")
    assert (job["state"], job["errors"], job["summary"]) == ("refused", 2, None)
    broken, negative = sorted(house.fetch(job["id"], "errors"), key=lambda one: -one["line"])
    assert broken["line"] == 3
    assert "is not JSON" in broken["message"]
    assert negative == {
        "creator_id": "bad",
        "table": "posts",
        "line": 2,
        "row": 0,
        "column": "likes",
        "ids": ["bad", "p1"],
        "message": "is negative",
    }
    refused = house.client.get(f"/v1/jobs/{job['id']}/result")
    assert (refused.status_code, refused.headers["content-type"]) == (409, MEDIA_TYPE)


def test_rows_that_are_wrong_can_be_skipped(house: House, loaded: Loaded, creators: list[dict]) -> None:
    again = {name: creators[1][name] for name in ("creator_id", "platform")}
    more = {**creators[3], "shoe_size": 43}
    content = lines([*creators[:3], more, {"creator_id": "nowhere", "platform": "myspace"}, again])
    job = house.done(content, on_error="skip", explain=False)
    assert (job["state"], job["errors"]) == ("done", 2)
    assert [one["line"] for one in house.fetch(job["id"], "errors")] == [5, 6]
    assert job["left_out"] == {"creators": ["shoe_size"]}
    expected = frame(loaded, creators[:4], explain=False)
    assert house.fetch(job["id"]) == [json.loads(line) for line in expected.write_ndjson().splitlines()]


def test_nothing_but_refused_rows_is_no_result(house: House) -> None:
    job = house.done(b'{"creator_id": "x", "platform": "myspace"}\n', on_error="skip")
    assert (job["state"], job["errors"]) == ("refused", 1)
    blank = house.done(b"\n\n")
    assert (blank["state"], blank["errors"]) == ("refused", 1)
    assert house.fetch(blank["id"], "errors")[0]["message"] == "there are no creators"


class TestDiff:
    @pytest.fixture
    def changed(self, creators: list[dict]) -> list[dict]:
        """One creator less, one more, and one who has nothing any more to be judged by."""
        bare = {"creator_id": creators[1]["creator_id"], "platform": "instagram"}
        return [bare, *creators[2:10], {**creators[20], "creator_id": "someone-new"}]

    def test_jobs_of_one_name_are_compared(self, house: House, creators: list[dict], changed: list[dict]) -> None:
        first = house.done(lines(creators[:10]), name="roster")
        assert first["summary"]["diff"] is None
        assert house.client.get(f"/v1/jobs/{first['id']}/diff").status_code == 404
        second = house.done(lines(changed), name="roster")
        diff = second["summary"]["diff"]
        assert (diff["previous"], diff["same_model"]) == (first["id"], True)
        assert (diff["moved"], diff["new"], diff["gone"], diff["same"]) == (1, 1, 1, 8)
        assert diff["transitions"][0]["sentence"].endswith("to without an answer")
        rows = {row["creator_id"]: row for row in house.fetch(second["id"], "diff")}
        assert rows["someone-new"]["what"] == "new"
        assert rows[creators[0]["creator_id"]]["what"] == "gone"
        assert rows[creators[1]["creator_id"]]["band_after"] is None

    def test_a_job_is_compared_with_the_one_it_names(self, house: House, creators: list[dict]) -> None:
        first, _ = house.done(lines(creators[:3])), house.done(lines(creators[:2]))
        third = house.done(lines(creators[:3]), previous=first["id"])
        assert third["summary"]["diff"]["previous"] == first["id"]
        assert third["summary"]["diff"]["same"] == 3

    def test_a_job_without_a_name_is_compared_with_none(self, house: House, creators: list[dict]) -> None:
        house.done(lines(creators[:2]))
        assert house.done(lines(creators[:2]))["summary"]["diff"] is None


class TestQueue:
    def test_jobs_are_worked_on_in_the_order_they_came(self, house: House, creators: list[dict]) -> None:
        ids = [house.post(lines(creators[:1]))["id"] for _ in range(3)]
        assert [one["id"] for one in house.client.get("/v1/jobs").json()["jobs"]] == ids[::-1]
        runner = Runner(house.room, house.settings)
        for k, job_id in enumerate(ids):
            assert runner.look()
            assert [house.get(one)["state"] for one in ids] == ["done"] * (k + 1) + ["queued"] * (2 - k)
            assert house.get(job_id)["finished_at"]
        assert not runner.look()

    def test_a_job_that_is_taken_away_while_it_runs_leaves_nothing(
        self, house: House, creators: list[dict], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(work, "MOST_CREATORS", 3)
        job_id = house.post(lines(creators))["id"]
        seen = []

        class Removing(Runner):
            def tidy(self) -> None:
                super().tidy()
                if house.room.ids() and house.get(job_id).get("state") == "running":
                    seen.append(house.client.delete(f"/v1/jobs/{job_id}").json())

        runner = Removing(house.room, house.settings)
        while runner.look():
            pass
        assert [one["state"] for one in seen] == ["cancelled"]
        assert house.client.get(f"/v1/jobs/{job_id}").status_code == 404
        assert not [path for path in house.room.folder.rglob("*") if path.is_file()]

    def test_a_job_that_nothing_gets_on_with_ends(self, house: House, creators: list[dict]) -> None:
        job_id = house.post(lines(creators[:1]))["id"]
        stored = house.room.get(job_id)
        house.room.put(stored.model_copy(update={"starts": work.MOST_STARTS}))
        Runner(house.room, house.settings).look()
        assert (house.get(job_id)["state"], house.get(job_id)["problem"]) == ("failed", work.TOO_HARD)

    def test_a_failure_ends_its_job_and_not_the_runner(
        self, house: House, creators: list[dict], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        text = "a secret"

        def fail(*_given: object) -> None:
            raise KeyError(text)

        monkeypatch.setattr(work.bulk.Run, "work", fail)
        job = house.done(lines(creators[:1]))
        assert job["state"] == "failed"
        assert "KeyError" in caplog.text
        assert "a secret" not in caplog.text + json.dumps(job)

    @pytest.mark.parametrize(
        ("error", "said"),
        [
            (OSError(28, "No space left on device", "a secret"), "No space left on device."),
            (OSError("a secret: No space left on device (os error 28)"), "No space left on device."),
            (pl.exceptions.ComputeError("a secret: No space left on device (os error 28)"), "No space left on device."),
            (OSError("a secret"), FAILED),
        ],
    )
    def test_a_full_disk_is_told_as_that_whoever_wrote(
        self, error: Exception, said: str, house: House, creators: list[dict], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_given: object) -> None:
            raise error

        monkeypatch.setattr(work.bulk.Run, "work", fail)
        job = house.done(lines(creators[:1]))
        assert (job["state"], job["problem"]) == ("failed", said)

    def test_finished_jobs_are_removed_after_their_time(self, house: House, creators: list[dict]) -> None:
        job = house.done(lines(creators[:1]))
        house.room.tidy(datetime.now(UTC) - timedelta(days=1))
        assert house.get(job["id"])["state"] == "done"
        house.room.tidy(datetime.now(UTC) + timedelta(seconds=1))
        assert house.client.get(f"/v1/jobs/{job['id']}").status_code == 404

    def test_there_is_one_runner_and_another_when_it_was_killed(
        self, house: House, creators: list[dict], loaded: Loaded, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name, value in loaded.environment().items():
            monkeypatch.setenv(name, value)
        job_id = house.post(lines(creators[:2]))["id"]
        first, second = Keeper(house.room.folder), Keeper(house.room.folder)
        first.look()
        assert first._process is not None
        wait_for(lambda: running(house.room.folder))
        second.look()
        assert second._process is None
        runner = [sys.executable, "-m", "serving.jobs.runner"]
        idle = subprocess.run([*runner, str(os.getpid())], timeout=300, check=False)
        assert idle.returncode == 0
        first._process.kill()
        first._process.wait()
        second.look()
        assert second._process is not None
        wait_for(lambda: house.get(job_id)["state"] == "done")
        second.stop()
        assert not running(house.room.folder)
        orphan = subprocess.run([*runner, "1"], timeout=300, check=False)  # whoever started it is gone by now
        assert orphan.returncode == 1


def wait_for(true: Callable[[], object], seconds: float = 300) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


class TestRefusals:
    @pytest.mark.parametrize(
        ("content", "headers", "asked", "status"),
        [
            (b"{}\n", {"content-type": "text/csv"}, {}, 415),
            (b"{}\n", NDJSON | {"content-encoding": "gzip"}, {}, 415),
            (b"", NDJSON, {}, 400),
            (b"{}\n", PARQUET, {}, 400),
            (b"{}\n", NDJSON, {"on_error": "ignore"}, 400),
            (b"{}\n", NDJSON, {"explain": "perhaps"}, 400),
            (b"{}\n", NDJSON, {"name": "<script>"}, 400),
            (b"{}\n", NDJSON, {"nmae": "x"}, 400),
            (b"{}\n", NDJSON, {"name": ["one", "other"]}, 400),
            (b"{}\n", NDJSON, {"previous": "0" * 32}, 404),
            (b"{}\n", NDJSON, {"previous": "../../etc"}, 400),
        ],
    )
    def test_a_job_that_cannot_be_is_not_taken(
        self, house: House, content: bytes, headers: dict, asked: dict, status: int
    ) -> None:
        answer = house.client.post("/v1/jobs", content=content, headers=headers, params=asked)
        assert (answer.status_code, answer.headers["content-type"]) == (status, MEDIA_TYPE)
        if asked:
            assert answer.json()["errors"][0]["parameter"] == next(iter(asked))
        assert not house.room.ids()
        assert not list((house.room.folder / ".arriving").glob("*"))

    def test_records_beyond_the_limit_are_not_kept(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("BONAFIDE_JOB_BYTES", "100")
        assert house.client.post("/v1/jobs", content=b" " * 101, headers=NDJSON).status_code == 413
        pieces = (b" " * 60 for _ in range(2))
        assert house.client.post("/v1/jobs", content=pieces, headers=NDJSON).status_code == 413
        assert not list((house.room.folder / ".arriving").glob("*"))

    def test_a_line_or_a_number_of_lines_beyond_the_limit_is_refused(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(intake, "PIECE", 40)
        monkeypatch.setattr(intake, "LONGEST_LINE", 50)
        monkeypatch.setattr(intake, "MOST_CREATORS", 4)
        for content in (b"x" * 51, b"\n" + b"x" * 51 + b"\n", b"x" * 30 + b"\n" + b"y" * 51):
            assert house.client.post("/v1/jobs", content=content, headers=NDJSON).status_code == 413
        assert house.client.post("/v1/jobs", content=b"\n" * 5, headers=NDJSON).status_code == 413
        assert house.client.post("/v1/jobs", content=(b"x" * 50 + b"\n") * 4, headers=NDJSON).status_code == 202

    def test_a_line_beyond_the_limit_is_refused_in_however_many_pieces_it_comes(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(intake, "LONGEST_LINE", 50)
        count = intake._Count()
        for _ in range(2):
            count.add(b"x" * 20, "ndjson", 1_000)
        with pytest.raises(RequestError, match=r"^A creator's record near line 1 is larger"):
            count.add(b"x" * 20, "ndjson", 1_000)

    def test_too_many_jobs_at_once_are_put_off(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(intake, "MOST_WAITING", 1)
        arriving = house.room.arrive()
        answer = house.client.post("/v1/jobs", content=b"{}\n", headers=NDJSON)
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")
        arriving.rmdir()
        house.post(b"{}\n")
        answer = house.client.post("/v1/jobs", content=b"{}\n", headers=NDJSON)
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")

    @pytest.mark.parametrize("path", ["", "/result", "/errors", "/diff"])
    @pytest.mark.parametrize("job_id", ["0" * 32, "one", "..", "%2e%2e"])
    def test_a_job_that_is_not_there_is_404(self, house: House, job_id: str, path: str) -> None:
        answer = house.client.get(f"/v1/jobs/{job_id}{path}")
        assert (answer.status_code, answer.headers["content-type"]) == (404, MEDIA_TYPE)
        assert house.client.delete(f"/v1/jobs/{job_id}").status_code == 404

    def test_a_result_is_not_there_before_the_job_is_done(self, house: House) -> None:
        job = house.post(b"{}\n")
        for what in ("result", "errors", "diff"):
            assert house.client.get(f"/v1/jobs/{job['id']}/{what}").status_code == 409

    def test_there_are_two_forms_of_a_result(self, house: House, creators: list[dict]) -> None:
        job = house.done(lines(creators[:1]))
        wanted = {"accept": "text/csv"}
        assert house.client.get(f"/v1/jobs/{job['id']}/result", headers=wanted).status_code == 406


class TestParquet:
    def test_a_broken_file_refuses_its_job(self, house: House) -> None:
        job = house.done(b"PAR1" + b"\0" * 40 + b"PAR1", PARQUET)
        assert job["state"] == "refused"
        assert house.fetch(job["id"], "errors")[0]["message"] == unpacking.NOT_PARQUET

    def test_ids_as_narrow_floats_are_refused_where_these_have_lost_digits(self, house: House) -> None:
        posts = pa.array(
            [[{"post_id": 7.0}, {"post_id": 987654321.0}], None, [None, {"post_id": None}]],
            pa.list_(pa.struct([("post_id", pa.float32())])),
        )
        rows = {"creator_id": pa.array([1.0, 123_456_789.0, 16_777_215.0], pa.float32()), "platform": ["x"] * 3}
        content = io.BytesIO()
        pq.write_table(pa.table({**rows, "posts": posts}), content)
        job = house.done(content.getvalue(), PARQUET)
        assert job["state"] == "refused"
        found = [(one["line"], one["column"], one["message"]) for one in house.fetch(job["id"], "errors")]
        assert (2, "creator_id", LOST_DIGITS) in found
        assert (1, "post_id", LOST_DIGITS) in found
        assert [line for line, _, message in found if message == LOST_DIGITS] == [2, 1]

    def test_ids_as_decimals_and_without_a_sign_keep_every_digit(self, house: House) -> None:
        long = [Decimal("123456789012345678901234"), Decimal(17841400000000001), Decimal(7)]
        for ids, digits in (
            (pa.array(long, pa.decimal128(38, 2)), list(map(str, long))),
            (pa.array([2**64 - 1], pa.uint64()), ["18446744073709551615"]),
        ):
            content = io.BytesIO()
            followers = pa.array([Decimal(1_200)] * len(ids), pa.decimal128(38, 2))
            columns = {"creator_id": ids, "platform": ["x"] * len(ids), "followers": followers}
            pq.write_table(pa.table(columns), content)
            job = house.done(content.getvalue(), PARQUET)
            assert [row["creator_id"] for row in house.fetch(job["id"], "result")] == digits

    def test_a_column_that_is_there_twice_refuses_its_job(self, house: House) -> None:
        content = io.BytesIO()
        table = pa.table({"creator_id": ["a"], "platform": ["x"], "followers": [5]})
        pq.write_table(table.append_column("followers", [[6]]), content)
        job = house.done(content.getvalue(), PARQUET)
        assert job["state"] == "refused"
        assert house.fetch(job["id"], "errors")[0]["message"] == unpacking.DOUBLE

    def test_a_file_that_unpacks_to_more_than_is_allowed_refuses_its_job(self, house: House) -> None:
        bomb = pa.table({"creator_id": [str(k) for k in range(3000)], "bio": ["x" * 100_000] * 3000})
        content = io.BytesIO()
        pq.write_table(bomb, content)
        assert len(content.getvalue()) < 1_000_000
        small = House(house.client, house.room, house.settings.model_copy(update={"job_bytes": 20_000_000}))
        job = small.done(content.getvalue(), PARQUET)
        assert job["state"] == "refused"
        assert house.fetch(job["id"], "errors")[0]["message"] == unpacking.MUCH

    def test_a_file_that_claims_more_than_it_has_refuses_its_job(self, house: House) -> None:
        content = io.BytesIO()
        pq.write_table(pa.table({"creator_id": ["a"], "platform": ["x"]}), content)
        claims = content.getvalue()[:-8] + (2**31 - 1).to_bytes(4, "little") + b"PAR1"
        job = house.done(claims, PARQUET)
        assert job["state"] == "refused"
        assert house.fetch(job["id"], "errors")[0]["message"] == unpacking.NOT_PARQUET

    def test_one_creator_that_a_few_bytes_say_millions_of_times_refuses_its_job(self, house: House) -> None:
        one = pa.StructArray.from_arrays([pa.array(["c"]), pa.array(["again " * 200])], ["comment_id", "text"])
        values = one.take(pa.array([0] * 100_000))
        comments = pa.ListArray.from_arrays([0, len(values)], values)
        content = io.BytesIO()
        pq.write_table(pa.table({"creator_id": ["a"], "platform": ["x"], "comments": comments}), content)
        assert len(content.getvalue()) < 100_000
        job = house.done(content.getvalue(), PARQUET)
        assert job["state"] == "refused"
        assert house.fetch(job["id"], "errors")[0]["message"] == unpacking.MUCH

    def test_more_creators_than_a_job_may_have_refuse_it(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(unpacking, "MOST_CREATORS", 1_000)
        job = house.done(repeated(1_001), PARQUET)
        assert job["state"] == "refused"
        assert house.fetch(job["id"], "errors")[0]["message"] == unpacking.MUCH

    def test_what_is_taken_away_is_unpacked_no_further(self, tmp_path: Path) -> None:
        file, part = tmp_path / "records.parquet", tmp_path / "records.part"
        file.write_bytes(repeated(1_000_000))
        with subprocess.Popen(unpacks(file, part, os.getpid())) as process:
            wait_for(part.exists)
            part.unlink()
            assert process.wait(timeout=60) == unpacking.UNREADABLE
        assert not part.exists()
        with pytest.raises(NotFoundError):
            unpacking.unpack(tmp_path / "gone.parquet", tmp_path / "records.ndjson", 1_000)

    def test_unpacking_ends_with_the_process_that_began_it(self, tmp_path: Path) -> None:
        file = tmp_path / "records.parquet"
        file.write_bytes(repeated(1_000_000))
        gone = subprocess.run(unpacks(file, tmp_path / "part", 1), timeout=300, check=False)
        assert gone.returncode == 1


def repeated(creators: int) -> bytes:
    """A small file that says one creator many times."""
    content = io.BytesIO()
    pq.write_table(pa.table({"creator_id": ["a"] * creators, "platform": ["x"] * creators}), content)
    assert len(content.getvalue()) < 100_000
    return content.getvalue()


def unpacks(file: Path, part: Path, parent: int) -> list[str]:
    """What unpacks a file while a process lives."""
    limits = [str(10**10), str(10**7), str(parent)]
    return [sys.executable, "-m", "serving.jobs.unpacking", str(file), str(part), *limits]


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, zipped], ids=["gzip", "deflate", "zip"])
def test_an_archive_in_place_of_records_is_refused_and_never_unpacked(
    house: House, creators: list[dict], pack: Callable[[bytes], bytes]
) -> None:
    packed = pack(b" " * 50_000_000 + lines(creators[:1]))
    assert len(packed) < 100_000
    told = house.client.post("/v1/jobs", content=packed, headers=NDJSON | {"content-encoding": "gzip"})
    assert (told.status_code, told.headers["accept-encoding"]) == (415, "identity")
    for kind in (NDJSON, PARQUET):
        untold = house.client.post("/v1/jobs", content=packed, headers=kind)
        if untold.status_code == 202:
            assert house.get_when_done(untold.json()["id"])["state"] == "refused"
        else:
            assert untold.status_code == 400
        assert not list(house.room.folder.glob("*/records.*"))


def test_the_documentation_shows_jobs(house: House) -> None:
    document = house.client.get("/docs.json").json()
    paths = document["paths"]
    assert {"post", "get"} == set(paths["/v1/jobs"])
    taken = {one["name"]: one["schema"] for one in paths["/v1/jobs"]["post"]["parameters"]}
    assert taken.keys() == {"name", "explain", "on_error", "previous"}
    assert taken["previous"]["pattern"] == "^[0-9a-f]{32}$"
    assert set(paths["/v1/jobs/{job_id}"]) == {"get", "delete"}
    shown = paths["/v1/jobs/{job_id}"]["get"]["responses"]["200"]["content"]["application/json"]["example"]
    assert Job.model_validate(shown).finished
    body = paths["/v1/jobs"]["post"]["requestBody"]["content"]
    shown = body["application/x-ndjson"]["examples"]["worked"]["value"]
    job = house.done(shown.encode(), name="shown")
    assert job["state"] == "done"
    assert job["progress"]["total"] == 2
    assert shown.encode() == lines([examples.CREATOR, examples.SCORE_BATCH["creators"][1]])
    assert "application/vnd.apache.parquet" in body


class TestErasing:
    def test_a_waiting_job_no_longer_has_the_creator(self, house: House, loaded: Loaded, creators: list[dict]) -> None:
        name, odd = creators[1]["creator_id"], {**creators[3], "creator_id": "ä-1"}
        job_id = house.post(lines([*creators[:3], odd]) + json.dumps(odd | {"creator_id": "ä"}).encode())["id"]
        file = records_file(house.room.place(job_id), "ndjson")
        size = file.stat().st_size
        assert blank(house.room, name) == (1, [])
        assert blank(house.room, "ä") == (1, [])
        assert blank(house.room, "nobody") == (0, [])
        assert file.stat().st_size == size
        assert name.encode() not in file.read_bytes()
        while Runner(house.room, house.settings).look():
            pass
        expected = frame(loaded, [creators[0], creators[2], odd])
        assert house.fetch(job_id) == [json.loads(line) for line in expected.write_ndjson().splitlines()]

    def test_a_job_under_way_goes_on_without_the_creator_and_is_named(
        self, house: House, creators: list[dict], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(work, "MOST_CREATORS", 3)
        name = creators[-1]["creator_id"]
        job_id = house.post(lines(creators))["id"]
        found = []

        class Erasing(Runner):
            def tidy(self) -> None:
                super().tidy()
                if house.get(job_id)["state"] == "running" and not found:
                    found.append(blank(house.room, name))

        while Erasing(house.room, house.settings).look():
            pass
        assert found == [(1, [job_id])]
        assert [one["creator_id"] for one in house.fetch(job_id)] == [one["creator_id"] for one in creators[:-1]]


def test_a_page_lists_jobs_and_what_came_out_of_one(house: House, creators: list[dict]) -> None:
    job = house.done(lines(creators), name="roster")
    page = house.client.get("/jobs").text
    assert "roster" in page
    assert f'value="{job["id"]}"' in page
    listed = house.client.post("/jobs", files={"job": (None, job["id"])}).text
    risks = [
        float(value)
        for value in re.findall(r'<td class="number" data-value="([^"]+)">[^<]*</td>\s*<td class="number"', listed)
    ]
    assert len(risks) == len(creators)
    assert risks == sorted(risks, reverse=True)
    assert "there are no reports to open" in listed
    assert house.client.post("/jobs", files={"job": (None, "0" * 32)}).status_code == 404
    assert house.client.post("/jobs", files={"job": (None, "../..")}).status_code == 404
