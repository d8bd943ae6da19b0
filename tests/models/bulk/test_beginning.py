"""Work that is another one than before, or was being removed, is begun anew."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from features import records
from features.errors import RecordsError
from models import bulk
from tests.models.bulk.conftest import SMALL, run, scores

if TYPE_CHECKING:
    from pathlib import Path

    from models.fraud import FraudBundle


def test_another_question_begins_anew(folder: Path, bundle: FraudBundle, tmp_path: Path) -> None:
    run(tmp_path / "work", folder, bundle)
    other = bulk.Run.open(tmp_path / "work", folder, bulk.Model(bundle.folder), bulk.Asked(explain=True), SMALL)
    assert not other.resumed


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


def test_a_corpus_that_is_refused_while_it_is_cut_leaves_no_copy_of_itself(bundle: FraudBundle, tmp_path: Path) -> None:
    source = tmp_path / "csv"
    source.mkdir()
    (source / "creators.csv").write_text("creator_id,platform\n1,x\n2,x\n")
    (source / "posts.csv").write_text("creator_id,post_id\n1,1\n1,2,3\n")
    with pytest.raises(RecordsError, match="more values here than columns"):
        bulk.Run.open(tmp_path / "work", source, bulk.Model(bundle.folder), bulk.Asked(explain=False), SMALL)
    assert not (tmp_path / "work").exists()
