"""The model of languages as one process writes it for others."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from features import language_model
from features.language_scores import MANY_TEXTS, Scorer

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
    "import sys; from pathlib import Path; from features import language_model\n"
    "language_model.use_shared(Path(sys.argv[1])); told = language_model.identifier()\n"
    "print(type(told.tk_nextmove).__name__, told.classify('we walked along the river')[0])"
)


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    language_model.share(tmp_path)
    return tmp_path


def mapped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> LanguageIdentifier:
    monkeypatch.setattr(language_model, "_Shared", type("_Shared", (), {"folder": None}))
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
    assert told_by(shared) == ["memoryview", "en"]


def test_a_process_makes_its_own_while_it_is_not_there_whole(shared: Path) -> None:
    [whole] = shared.iterdir()
    whole.rename(shared / "1.part")
    assert told_by(shared) == ["array", "en"]


def test_what_is_there_is_not_written_again(shared: Path) -> None:
    stamps = {file: file.stat().st_mtime_ns for file in shared.rglob("*")}
    language_model.share(shared)
    assert {file: file.stat().st_mtime_ns for file in shared.rglob("*")} == stamps


def told_by(folder: Path) -> list[str]:
    done = subprocess.run([sys.executable, "-c", MAPPED, str(folder)], capture_output=True, text=True, check=True)
    return done.stdout.split()
