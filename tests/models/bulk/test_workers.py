"""Processes get ready while the corpus is being cut, and share what each would make for itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl
import pytest

from features import records
from features.errors import NotFoundError
from models import bulk
from models.scoring import score_frame
from tests.models.bulk.conftest import PLAIN, SMALL, run, scores

if TYPE_CHECKING:
    from pathlib import Path

    from models.fraud import FraudBundle


@pytest.mark.parametrize("place", ["several", "home"])
def test_several_processes_give_the_same_and_share_in_the_home_if_there_is_one(
    place: str, folder: Path, bundle: FraudBundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BONAFIDE_HOME", str(tmp_path / "home"))
    (tmp_path / place).mkdir()
    several = run(tmp_path / "several", folder, bundle, workers=2)
    assert {file.parents[2].name for file in tmp_path.rglob(f"{bulk.SHARED}/*/*.npy")} == {place}
    assert scores(several).equals(score_frame(bundle, records.read(folder)))


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


def test_a_model_that_a_process_cannot_load_is_the_error_of_the_work(
    folder: Path, bundle: FraudBundle, tmp_path: Path
) -> None:
    model, place = bulk.Model(bundle.folder), tmp_path / "work"
    found = bulk.Run.open(place, folder, model, PLAIN, SMALL)
    missing = bulk.Scoring(bulk.Model(tmp_path / "missing"), PLAIN)
    with bulk.getting_ready(place, missing, 2) as done, pytest.raises(NotFoundError, match="missing"):
        next(found.doing(done))
