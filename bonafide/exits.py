"""Exit codes, and the plain message with a hint that goes with an error."""

from __future__ import annotations

from typing import Final

DONE: Final = 0
REFUSED: Final = 1
WRONG_USAGE: Final = 2
BROKEN: Final = 3
NOT_MET: Final = 4


def code(error: BaseException) -> int:
    """The exit code of an error: 1 input refused or not found, 2 wrong usage, 4 a gate, 3 anything else."""
    from features.errors import ContractError, GateError, NotFoundError, RecordsError, RefusedError, UsageError

    if isinstance(error, RecordsError | ContractError | RefusedError | NotFoundError | FileNotFoundError):
        return REFUSED
    if isinstance(error, UsageError):
        return WRONG_USAGE
    if isinstance(error, GateError):
        return NOT_MET
    return BROKEN


def message(error: BaseException) -> str:
    """What to print: a deliberate error's own words; of any other its kind, and how to see more.

    The words of an unexpected error are left out, because they may quote what is in the records.
    """
    from features.disk import said_by_system
    from features.errors import BonafideError

    if isinstance(error, BonafideError):
        return f"bonafide: {error}"
    if isinstance(error, FileNotFoundError) and error.filename:
        return f"bonafide: {error.filename}: no such file or folder"
    if isinstance(error, FileExistsError | NotADirectoryError) and error.filename:
        return f"bonafide: {error.filename}: a folder is needed where a file is"
    if said := said_by_system(error):
        place = f"{error.filename}: " if isinstance(error, OSError) and error.filename else ""
        return f"bonafide: {place}{said}"
    return (
        f"bonafide: something broke ({type(error).__name__}). "
        "Set BONAFIDE_DEBUG=1 and run it again to see where; the trace may quote the records."
    )
