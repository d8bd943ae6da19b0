"""`bonafide rank` and `bonafide similar`, on the index and the creators that the demo leaves."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

from models.index import read_manifest
from models.index.manifest import write_manifest

if TYPE_CHECKING:
    from tests.bonafide.conftest import House, Run

COLUMNS = ["brief_id", "rank", "creator_id", "fit_score", "fit_before_risk", "risk_score", "reasons"]


@pytest.fixture
def briefs(tmp_path: Path) -> Path:
    """Two briefs: one that asks for something, and one that does not."""
    path = tmp_path / "briefs.ndjson"
    asking = {"brief_id": "b", "text": "running shoes", "niches": ["fitness"], "set_size": 3, "countries": ["US", "BR"]}
    path.write_text(f'{json.dumps(asking)}\n{{"brief_id": "nothing"}}\n')
    return path


def test_a_ranking_has_every_candidate_once(house: House, trained: Run, tmp_path: Path) -> None:
    brief = tmp_path / "brief.ndjson"
    brief.write_text('{"brief_id": "b", "text": "running shoes"}\n')
    examples = house.home / "demo" / "examples"
    out = tmp_path / "ranking.parquet"
    arguments = ("--briefs", str(brief), "--candidates", str(examples), "--out", str(out), "--reasons", "2")
    done = trained("rank", *arguments)
    assert done.returncode == 0, done.stderr
    ranking = pl.read_parquet(out)
    assert ranking.columns == COLUMNS
    assert ranking["rank"].to_list() == list(range(1, ranking.height + 1))
    known = pl.read_parquet(examples / "creators.parquet")
    assert sorted(ranking["creator_id"]) == sorted(known["creator_id"])
    assert ranking["reasons"].list.len().to_list()[2:] == [0] * (ranking.height - 2)


def test_an_index_is_told_from_records_and_ranked(trained: Run, house: House, briefs: Path, tmp_path: Path) -> None:
    out = tmp_path / "ranking.csv"
    index = house.home / "index"
    done = trained("rank", "--briefs", str(briefs), "--candidates", str(index), "--out", str(out), "--top", "5")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    ranking = pl.read_csv(out)
    assert ranking.columns == COLUMNS
    assert ranking["brief_id"].to_list() == ["b"] * 5 + ["nothing"] * 5
    assert json.loads(ranking["reasons"][0])[0]["points"]


def test_what_is_to_be_said_of_a_ranking_goes_to_stderr(
    trained: Run, house: House, briefs: Path, tmp_path: Path
) -> None:
    arguments = ("--candidates", str(house.home / "index"), "--out", str(tmp_path / "x.csv"), "--min-followers", "2000")
    done = trained("rank", "--briefs", str(briefs), *arguments)
    assert re.search(
        r"^b: [\d,]+ of [\d,]+ creators; left out .*by countries, [\d,]+ by min_followers", done.stderr, re.M
    )
    assert re.search(r"^b: suggested set of 3: ", done.stderr, re.M)
    assert re.search(r"^nothing: The brief says nothing", done.stderr, re.M)


def test_where_those_begin_who_fail_a_filter_is_said(trained: Run, house: House, briefs: Path, tmp_path: Path) -> None:
    arguments = ("--candidates", str(house.home / "demo" / "examples"), "--out", str(tmp_path / "x.csv"))
    done = trained("rank", "--briefs", str(briefs), *arguments, "--min-followers", "999999999")
    assert re.search(r"^b: from place 1 on they fail a filter: 11 min_followers", done.stderr, re.M), done.stderr


def test_records_and_their_index_give_one_ranking(trained: Run, house: House, briefs: Path, tmp_path: Path) -> None:
    found = []
    for place in ("index", "demo/test"):
        out = tmp_path / f"{place.replace('/', '-')}.parquet"
        done = trained("rank", "--briefs", str(briefs), "--candidates", str(house.home / place), "--out", str(out))
        assert done.returncode == 0, done.stderr
        found.append(pl.read_parquet(out).filter(brief_id="nothing"))
    by_index, by_records = found
    assert by_index.height == by_records.height
    assert by_index.equals(by_records)


@pytest.mark.parametrize("weights", [{"fame": 1}, {"relevance": 0, "authenticity": 0}, {"reach": -1}])
def test_weights_that_cannot_be_used_are_refused_by_the_brief(
    trained: Run, house: House, tmp_path: Path, weights: dict[str, float]
) -> None:
    path = tmp_path / "briefs.ndjson"
    path.write_text("".join(json.dumps({"brief_id": name, "weights": weights}) + "\n" for name in ("one", "two")))
    arguments = ("--candidates", str(house.home / "index"), "--out", str(tmp_path / "x.csv"))
    done = trained("rank", "--briefs", str(path), *arguments)
    assert done.returncode == 1
    assert "(one)" in done.stderr
    assert "(two)" in done.stderr
    assert not (tmp_path / "x.csv").exists()


def test_creators_alike_are_shown_or_written(trained: Run, house: House, tmp_path: Path) -> None:
    creator = pl.read_parquet(house.home / "demo" / "test" / "creators.parquet")["creator_id"][0]
    shown = trained("similar", "--creator", creator, "--top", "3")
    assert shown.returncode == 0, shown.stderr
    out = tmp_path / "alike.parquet"
    done = trained(
        "similar", "--creator", creator, "--index", str(house.home / "index"), "--top", "3", "--out", str(out)
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    alike = pl.read_parquet(out)
    assert alike["rank"].to_list() == [1, 2, 3]
    assert creator not in alike["creator_id"]
    assert all(name in shown.stdout for name in alike["creator_id"])
    assert alike["score"].is_sorted(descending=True)
    assert alike["score"].is_between(0, 1).all()


def test_creators_of_a_niche_within_limits(trained: Run, tmp_path: Path) -> None:
    out = tmp_path / "food.ndjson"
    limits = ("--min-followers", "1000", "--max-followers", "50000")
    done = trained("similar", "--niche", "food", *limits, "--out", str(out))
    assert done.returncode == 0, done.stderr
    found = pl.read_ndjson(out)
    assert found["followers"].drop_nulls().is_between(1000, 50000).all()
    assert found.height == 20


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--creator", "nobody"), "nobody"),
        (("--niche", "nothing"), "food"),
        (("--niche", "food", "--index", "nowhere"), "bonafide index build"),
    ],
)
def test_what_is_not_there_is_said_plainly(trained: Run, arguments: tuple[str, ...], said: str) -> None:
    done = trained("similar", *arguments)
    assert done.returncode == 1
    assert said in done.stderr


def test_an_index_of_other_models_is_refused_by_both_versions(
    trained: Run, house: House, tmp_path: Path, briefs: Path
) -> None:
    index = tmp_path / "index"
    shutil.copytree(house.home / "index", index)
    manifest = read_manifest(index)
    write_manifest(index, manifest.model_copy(update={"fit": "0123456789ab"}))
    ranking = trained("rank", "--briefs", str(briefs), "--candidates", str(index), "--out", str(tmp_path / "x.csv"))
    for refused in (trained("similar", "--niche", "food", "--index", str(index)), ranking):
        assert refused.returncode == 1
        assert "build it again with `bonafide index build`" in refused.stderr
        assert f"made by fit model 0123456789ab, the one in use is {manifest.fit}" in refused.stderr
        assert "Traceback" not in refused.stderr
