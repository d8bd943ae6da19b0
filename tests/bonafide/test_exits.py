"""Exit codes: one for each kind of trouble, and a message without what may be secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from bonafide import exits
from features.errors import ContractError, GateError, NotFoundError, Problem, RecordsError, RefusedError, UsageError

if TYPE_CHECKING:
    from tests.bonafide.conftest import Run


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RecordsError([Problem("posts", "is wrong")]), 1),
        (RefusedError("cannot be held"), 1),
        (NotFoundError("no such thing"), 1),
        (FileNotFoundError(2, "No such file", "x"), 1),
        (UsageError("not so"), 2),
        (ContractError("damaged"), 1),
        (ValueError("SECRET"), 3),
        (OSError(28, "No space left on device", "x"), 3),
        (GateError("too much"), 4),
    ],
)
def test_each_error_has_its_exit_code_and_no_secrets(error: Exception, code: int) -> None:
    assert exits.code(error) == code
    assert exits.message(error).startswith("bonafide: ")
    assert "SECRET" not in exits.message(error)


@pytest.mark.parametrize("kind", [OSError, pl.exceptions.ComputeError])
def test_a_full_disk_is_told_as_that_whoever_wrote(kind: type[Exception]) -> None:
    error = kind("parquet: SECRET: No space left on device (os error 28)")
    assert exits.message(error) == "bonafide: No space left on device"


def test_a_panic_of_polars_is_something_that_broke(bonafide: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def panics() -> None:
        raise pl.exceptions.PanicException("SECRET")

    monkeypatch.setattr("bonafide.commands.commands", lambda *_: panics)
    done = bonafide("score")
    assert done.returncode == 3
    assert done.stderr.startswith("bonafide: something broke (PanicException)")
    assert "SECRET" not in done.stderr
