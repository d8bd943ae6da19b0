"""`bonafide audits` and `bonafide erase`."""

from __future__ import annotations

import json
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from bonafide import erase
from bonafide.audits import FraudKind
from features import records
from models.reports.sides import FRAUD_KINDS
from serving.jobs.job import Asked, Job, Stored
from serving.jobs.room import Room

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from tests.bonafide.conftest import Run

AUDITS = """creator_id,audited_at,verdict,fake_follower_share,types,reviewer,note
ana,2025-06-01T12:00:00Z,fraud,0.4,"[""bought_followers""]",rev-1,dead accounts
ana,2025-06-01T12:00:00.5Z,genuine,,,rev-2,
ben,2025-06-02,unsure,,,,
"""


def listed(bonafide: Run, *arguments: str) -> list[dict[str, object]]:
    done = bonafide("audits", "list", "--json", *arguments)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_verdict_is_added_and_listed(bonafide: Run) -> None:
    done = bonafide("audits", "add", "ana", "fraud", "--type", "pod", "--reviewer", "rev-1", "--key", "k-1")
    assert (done.returncode, done.stdout) == (0, "k-1\n")
    [audit] = listed(bonafide)
    assert (audit["creator_id"], audit["verdict"], audit["types"], audit["key"]) == ("ana", "fraud", ["pod"], "k-1")
    assert "k-1" in bonafide("audits", "list").stdout
    assert bonafide("audits", "add", "ana", "genuine", "--key", "k-1").returncode == 2
    assert len(listed(bonafide, "--creator", "ana")) == 1


def test_a_kind_of_fraud_is_one_that_reports_name(bonafide: Run) -> None:
    assert tuple(FraudKind) == FRAUD_KINDS
    done = bonafide("audits", "add", "ana", "fraud", "--type", "bought_folowers", "--key", "k-1")
    assert done.returncode == 2
    told = " ".join(done.stderr.replace("│", " ").split())
    assert "'bought_folowers' is not one of " + ", ".join(f"'{kind}'" for kind in FRAUD_KINDS) in told
    assert listed(bonafide) == []
    for kind in FRAUD_KINDS:
        assert bonafide("audits", "add", "ana", "fraud", "--type", kind, "--key", kind).returncode == 0


def test_imported_kinds_of_fraud_stay_as_they_were_called(bonafide: Run, tmp_path: Path) -> None:
    (tmp_path / "audits.csv").write_text(AUDITS.replace("bought_followers", "bots"))
    assert bonafide("audits", "import", "audits.csv").returncode == 0
    assert listed(bonafide)[0]["types"] == ["bots"]


def test_a_verdict_may_be_in_capitals_and_one_is_counted_as_one(bonafide: Run, tmp_path: Path) -> None:
    assert bonafide("audits", "add", "ana", "FRAUD", "--key", "k-1").returncode == 0
    assert listed(bonafide)[0]["verdict"] == "fraud"
    assert bonafide("audits", "dispute", "k-1", "Upheld").returncode == 0
    told = bonafide("audits", "export", "--out", "audits.csv", "--all").stderr
    assert told == "1 audit; written to audits.csv\n"
    told = bonafide("audits", "export", "--out", "audits.csv").stderr
    assert told == "0 audits; 1 left out, as the creator's objection was upheld; written to audits.csv\n"


def test_an_import_can_be_repeated_and_an_export_imported_again(bonafide: Run, tmp_path: Path) -> None:
    (tmp_path / "audits.csv").write_text(AUDITS)
    assert "3 audits stored" in bonafide("audits", "import", "audits.csv").stderr
    assert "3 were there already" in bonafide("audits", "import", "audits.csv").stderr
    for ending in (".parquet", ".csv", ".ndjson"):
        assert bonafide("audits", "export", "--out", f"out/audits{ending}").returncode == 0
        assert "0 audits stored; 3 were" in bonafide("audits", "import", f"out/audits{ending}").stderr
    found = records.read_rows(tmp_path / "out" / "audits.parquet", records.AUDITS, labels=True)
    assert found["verdict"].to_list() == ["fraud", "genuine", "unsure"]


def test_imported_verdicts_may_be_in_capitals(bonafide: Run, tmp_path: Path) -> None:
    file = tmp_path / "audits.csv"
    file.write_text("creator_id,audited_at,verdict\nana,2025-06-01,Fraud\nben,2025-06-01,GENUINE\n", "utf-8")
    done = bonafide("audits", "import", str(file))
    assert done.returncode == 0, done.stderr
    assert {audit["creator_id"]: audit["verdict"] for audit in listed(bonafide)} == {"ana": "fraud", "ben": "genuine"}


def test_bad_rows_are_refused_and_nothing_is_imported(bonafide: Run, tmp_path: Path) -> None:
    (tmp_path / "audits.csv").write_text(AUDITS + "cy,2025-06-01,perhaps,,,,\n")
    done = bonafide("audits", "import", "audits.csv")
    assert done.returncode == 1
    assert "verdict" in done.stderr
    assert listed(bonafide) == []


def test_a_verdict_whose_objection_was_upheld_is_not_trained_on(bonafide: Run, tmp_path: Path) -> None:
    bonafide("audits", "add", "ana", "fraud", "--key", "wrong")
    bonafide("audits", "add", "ben", "fraud", "--key", "right")
    for key, states in (("wrong", ("open", "upheld")), ("right", ("open", "rejected"))):
        for state in states:
            assert bonafide("audits", "dispute", key, state).returncode == 0
    assert "1 left out" in bonafide("audits", "export", "--out", "audits.parquet").stderr
    assert pl.read_parquet(tmp_path / "audits.parquet")["creator_id"].to_list() == ["ben"]
    bonafide("audits", "export", "--out", "audits.parquet", "--all")
    assert pl.read_parquet(tmp_path / "audits.parquet").height == 2
    assert bonafide("audits", "dispute", "no-such", "open").returncode == 1


def test_erasing_leaves_nothing_of_a_creator_in_the_home(bonafide: Run, tmp_path: Path) -> None:
    name = "ana-of-the-long-name"
    bonafide("audits", "add", name, "fraud", "--reviewer", "rev-1")
    bonafide("audits", "add", "ben", "genuine")
    table = tmp_path / "home" / "demo" / "posts.parquet"
    table.parent.mkdir(parents=True)
    pl.DataFrame({"creator_id": [name, "ben"], "post_id": ["1", "2"]}).write_parquet(table)
    (tmp_path / "home" / "notes.txt").write_text(f"about {name}")
    (tmp_path / "home" / "cut-short.parquet").write_text(f"PAR1 {name}")
    bundle = tmp_path / "home" / "bundle"
    bundle.mkdir()
    (bundle / "contract.json").write_text("{}")
    pl.DataFrame({"creator_id": [name]}).write_parquet(bundle / "kept.parquet")
    room = Room(tmp_path / "home" / "jobs")
    job = Job(id="0" * 32, state="queued", asked=Asked(), kind="ndjson", bytes=9, accepted_at=datetime.now(UTC))
    waiting = room.place(job.id)
    waiting.mkdir(parents=True)
    (waiting / "records.ndjson").write_text(f'{{"creator_id": "{name}", "platform": "x"}}\n')
    room.put(Stored(job=job))
    done = bonafide("erase", name)
    assert done.returncode == 0, done.stderr
    assert "audits 1" in done.stderr
    assert "records of jobs 1" in done.stderr
    assert "notes.txt still holds the id" in done.stderr
    assert "cut-short.parquet still holds the id" in done.stderr
    assert pl.read_parquet(table)["creator_id"].to_list() == ["ben"]
    assert [audit["creator_id"] for audit in listed(bonafide)] == ["ben"]
    assert "kept.parquet still holds the id" in done.stderr
    (tmp_path / "home" / "notes.txt").unlink()
    (tmp_path / "home" / "cut-short.parquet").unlink()
    (bundle / "kept.parquet").unlink()
    for path in (tmp_path / "home").rglob("*"):
        assert path.is_dir() or name.encode() not in path.read_bytes(), path


def test_what_a_running_service_removes_meanwhile_does_not_stop_an_erasure(
    bonafide: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "ana-of-the-long-name"
    folders = [tmp_path / "home" / part for part in ("first", "second", "third")]
    for folder in folders:
        folder.mkdir(parents=True)
        pl.DataFrame({"creator_id": [name, "ben"]}).write_parquet(folder / "table.parquet")
        (folder / "notes.txt").write_text(f"about {name}")
    looked, scandir = erase._holds, os.scandir

    def removed_before(path: Path, creator: str) -> bool:
        shutil.rmtree(folders[1], ignore_errors=True)
        return looked(path, creator)

    def gone_before(path: str | Path) -> Iterator[os.DirEntry[str]]:
        if Path(path) == folders[0]:
            monkeypatch.setattr(os, "scandir", scandir)
            shutil.rmtree(folders[0])
        return scandir(path)

    monkeypatch.setattr(erase, "_holds", removed_before)
    monkeypatch.setattr(os, "scandir", gone_before)
    done = bonafide("erase", name)
    assert done.returncode == 0, done.stderr
    assert "rows of tables 1" in done.stderr
    assert "third/notes.txt still holds the id" in done.stderr
    assert pl.read_parquet(folders[2] / "table.parquet")["creator_id"].to_list() == ["ben"]
