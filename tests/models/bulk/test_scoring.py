"""Scoring in parts gives what scoring at once gives."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import polars as pl
import pytest

from features import records
from models import bulk
from models.scoring import score_frame
from tests.models.bulk.conftest import SMALL, run, scores

if TYPE_CHECKING:
    from pathlib import Path

    from models.fraud import FraudBundle


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


def test_a_creator_on_two_lines_is_told_and_scored_once(lines: Path, bundle: FraudBundle, tmp_path: Path) -> None:
    source = tmp_path / "twice.ndjson"
    text = lines.read_text().splitlines()
    source.write_text("\n".join([*text, text[2]]) + "\n")
    [problem] = run(tmp_path / "work", source, bundle).problems().in_order()
    assert problem.line == len(text) + 1
    skipped = run(tmp_path / "skip", source, bundle, bulk.Asked(skip=True))
    assert scores(skipped).equals(score_frame(bundle, records.read(lines)))


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
