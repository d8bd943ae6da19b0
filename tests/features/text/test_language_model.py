"""The model of languages as one process writes it for others."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from features.text import language_model
from features.text.language_scores import MANY_TEXTS, Scorer

if TYPE_CHECKING:
    from pathlib import Path

    from py3langid.langid import LanguageIdentifier

TEXTS = [
    "we walked along the river",
    "wir sind am fluss entlang gelaufen",
    "DÜN NEHİR BOYUNCA YÜRÜDÜK",
    "",
    "мы",
    "123",
]
MAPPED = (
    "import sys; from pathlib import Path; from features.text import language_model\n"
    "language_model.use_shared(Path(sys.argv[1]), keep=len(sys.argv) > 2); told = language_model.identifier()\n"
    "print(told.tk_nextmove.readonly, told.classify('we walked along the river')[0])"
)


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    language_model.share(tmp_path)
    return tmp_path


def mapped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> LanguageIdentifier:
    monkeypatch.setattr(language_model, "_Shared", type("_Shared", (), {"folder": None, "keeps": False}))
    language_model.use_shared(folder)
    return language_model.identifier.__wrapped__()


def test_a_model_that_another_process_wrote_weighs_texts_to_the_last_bit_as_the_own(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, others = language_model.identifier(), mapped(shared, monkeypatch)
    assert others.tk_nextmove is not own.tk_nextmove
    assert [others.rank(text) for text in TEXTS] == [own.rank(text) for text in TEXTS]
    many = [f"{text} {number}" for text in TEXTS for number in range(MANY_TEXTS)]
    for texts in (TEXTS, many):
        assert Scorer(others).languages(texts) == Scorer(own).languages(texts)


def test_a_process_that_is_told_where_it_lies_maps_it(shared: Path) -> None:
    assert told_by(shared) == ["True", "en"]


def test_a_process_makes_its_own_while_it_is_not_there_whole(shared: Path) -> None:
    [whole] = shared.iterdir()
    whole.rename(shared / "1.part")
    assert told_by(shared) == ["False", "en"]


def test_what_is_there_is_not_written_again(shared: Path) -> None:
    stamps = {file: file.stat().st_mtime_ns for file in shared.rglob("*")}
    language_model.share(shared)
    assert {file: file.stat().st_mtime_ns for file in shared.rglob("*")} == stamps


def test_a_process_that_keeps_it_writes_it_when_it_first_needs_it(tmp_path: Path) -> None:
    assert told_by(tmp_path / "home" / "shared", "keep") == ["True", "en"]
    assert told_by(tmp_path / "home" / "shared") == ["True", "en"]


def test_where_it_cannot_be_written_a_process_makes_its_own(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert told_by(tmp_path / "file", "keep") == ["False", "en"]


def test_what_another_version_wrote_and_what_a_killed_process_began_goes_and_what_is_being_written_stays(
    tmp_path: Path,
) -> None:
    for name, age in (("1-2", 2), ("7.part", 2), ("8.part", 0)):
        (tmp_path / name).mkdir()
        changed = time.time() - age * language_model.LONGEST_WRITE
        os.utime(tmp_path / name, (changed, changed))
    language_model.share(tmp_path)
    whole = {one.name for one in tmp_path.iterdir()} - {"8.part"}
    assert len(whole) == 1
    assert not whole & {"1-2", "7.part"}


def told_by(folder: Path, *keep: str) -> list[str]:
    command = [sys.executable, "-c", MAPPED, str(folder), *keep]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
