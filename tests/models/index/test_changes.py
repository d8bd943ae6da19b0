"""Adding and removing: the answers depend on which creators are in an index, not on how they came in."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.errors import ContractError, NotFoundError, RecordsError, UsageError
from models.index import Index, add, build, pieces, remove
from models.index.building import check_models

if TYPE_CHECKING:
    from tests.models.index.conftest import Bytes, Maker

QUICK = settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])


@pytest.mark.usefixtures("small_segments")
class TestOrder:
    @given(st.data())
    @QUICK
    def test_one_build_equals_parts_and_additions(self, few: Maker, data: st.DataObject) -> None:
        order = data.draw(st.permutations(few.ids))
        cuts = sorted(data.draw(st.lists(st.integers(1, len(order) - 1), min_size=1, max_size=3, unique=True)))
        parts = np.split(np.array(order), cuts)
        with tempfile.TemporaryDirectory() as folder:
            at_once, in_parts = Path(folder, "once"), Path(folder, "parts")
            few.build(at_once)
            few.build(in_parts, parts[0].tolist())
            for part in parts[1:]:
                few.add(in_parts, part.tolist())
            assert few.answers(Index.open(in_parts)) == few.answers(Index.open(at_once))

    @given(st.data())
    @QUICK
    def test_added_and_removed_equals_never_added(self, few: Maker, bytes_of: Bytes, data: st.DataObject) -> None:
        gone = data.draw(st.lists(st.sampled_from(few.ids), min_size=1, max_size=20, unique=True))
        kept = [one for one in few.ids if one not in gone]
        with tempfile.TemporaryDirectory() as folder:
            never, changed = Path(folder, "never"), Path(folder, "changed")
            few.build(never, kept)
            few.build(changed, kept)
            few.add(changed, gone)
            remove(gone, changed)
            assert few.answers(Index.open(changed)) == few.answers(Index.open(never))
            held = bytes_of(changed)
            assert not [one for one in gone if one.encode() in held]


def test_creators_that_are_there_already_are_replaced(few: Maker, tmp_path: Path, bytes_of: Bytes) -> None:
    few.build(tmp_path / "index")
    before = few.answers(Index.open(tmp_path / "index"))
    new = few.tables.select(few.ids[:3])
    country = new.creators.with_columns(country=pl.lit("Atlantis"))
    changed = type(new)(**{**dict(new.items()), "creators": country})
    add(pieces(changed), few.fit, few.fraud, tmp_path / "index", scores=few.scores)
    index = Index.open(tmp_path / "index")
    assert len(index) == len(few.ids)
    assert index.candidates(few.ids[:3]).traits["country"].to_list() == ["Atlantis"] * 3
    few.add(tmp_path / "index", few.ids[:3])
    assert few.answers(Index.open(tmp_path / "index")) == before
    assert b"Atlantis" not in bytes_of(tmp_path / "index")


@pytest.mark.usefixtures("small_segments")
def test_small_additions_do_not_leave_many_segments(few: Maker, tmp_path: Path) -> None:
    few.build(tmp_path / "index", few.ids[:32])
    for one in few.ids[32:48]:
        manifest = few.add(tmp_path / "index", [one])
    assert [entry.creators for entry in manifest.segments] == [16, 16, 16]


def test_an_index_that_another_one_took_the_place_of_gives_that_ones_creators(few: Maker, tmp_path: Path) -> None:
    """Segments of an index that was made elsewhere, or after this one was deleted, have the same names."""
    folder, elsewhere = tmp_path / "index", tmp_path / "elsewhere"
    few.build(folder, few.ids[:5])
    few.build(elsewhere, few.ids[5:12])
    opened = Index.open(folder)
    folder.rename(tmp_path / "former")
    elsewhere.rename(folder)
    latest = opened.latest()
    assert latest.known(few.ids) == few.ids[5:12]
    assert few.answers(latest) == few.answers(Index.open(folder))
    assert opened.known(few.ids) == few.ids[:5]


def test_an_index_may_become_empty_and_be_filled_again(few: Maker, tmp_path: Path) -> None:
    few.build(tmp_path / "index", few.ids[:5])
    remove(few.ids[:5], tmp_path / "index")
    index = Index.open(tmp_path / "index")
    assert len(index) == 0
    assert few.answers(index)
    few.add(tmp_path / "index", few.ids[:5])
    few.build(tmp_path / "fresh", few.ids[:5])
    assert few.answers(Index.open(tmp_path / "index")) == few.answers(Index.open(tmp_path / "fresh"))


def test_unknown_creators_are_named_and_nothing_is_removed(few: Maker, tmp_path: Path) -> None:
    few.build(tmp_path / "index")
    with pytest.raises(NotFoundError, match="nothing was removed: 'nobody', 'no one'"):
        remove([few.ids[0], "nobody", "no one"], tmp_path / "index")
    assert len(Index.open(tmp_path / "index")) == len(few.ids)


def test_a_creator_that_is_there_twice_is_refused(few: Maker, tmp_path: Path) -> None:
    twice = [*few.some(few.ids[:20]), *few.some(few.ids[19:30])]
    with pytest.raises(RecordsError, match="twice"):
        build(twice, few.fit, few.fraud, tmp_path / "index", scores=few.scores)
    assert not list((tmp_path / "index" / "segments").iterdir())


def test_a_folder_of_something_else_is_not_replaced(few: Maker, tmp_path: Path) -> None:
    (tmp_path / "diary.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"holds other things.*diary"):
        few.build(tmp_path)
    with pytest.raises(UsageError, match="is a file"):
        few.build(tmp_path / "diary.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["diary.txt"]


def test_an_index_of_other_models_is_refused_by_both_versions(few: Maker, tmp_path: Path) -> None:
    manifest = few.build(tmp_path, few.ids[:5])
    fit, fraud = few.fit.contract.version, few.fraud.contract.version
    check_models(tmp_path, manifest, fit, fraud)
    for kind, versions in (("fit", ("other", fraud)), ("fraud", (fit, "other"))):
        made = manifest.fit if kind == "fit" else manifest.fraud
        with pytest.raises(ContractError, match=f"{kind} model {made}, the one in use is other"):
            check_models(tmp_path, manifest, *versions)


def test_an_unfinished_change_by_another_is_waited_for(few: Maker, tmp_path: Path) -> None:
    from models.index.durable import alone

    few.build(tmp_path, few.ids[:5])
    with alone(tmp_path), pytest.raises(UsageError, match="another command"):
        remove(few.ids[:1], tmp_path)
    remove(few.ids[:1], tmp_path)


def test_risks_not_given_are_scored(few: Maker, tmp_path: Path) -> None:
    scored = few.fraud.verdict(few.fraud.signals(few.tables)).select("creator_id", "risk_score", "band")
    build(few.some(few.ids), few.fit, few.fraud, tmp_path / "here")
    build(few.some(few.ids), few.fit, few.fraud, tmp_path / "there", scores=scored)
    here, there = Index.open(tmp_path / "here"), Index.open(tmp_path / "there")
    assert few.answers(here) == few.answers(there)
    assert here.manifest.version == there.manifest.version
    assert here.chosen(few.ids).risk.sort("creator_id").equals(scored.sort("creator_id"))
