"""`bonafide`: how a command line is run, and how an error becomes a message and an exit code.

Processes that a command starts import this module once more, and nothing with it.
"""

from __future__ import annotations

import gc
import os
import sys
import warnings


def _warn(message: Warning | str, category: type[Warning], *_place: object, **_more: object) -> None:
    """Print our own warnings plainly; those of libraries are for developers."""
    from features.errors import RecordsWarning

    if issubclass(category, RecordsWarning):
        sys.stderr.write(f"bonafide: {message}\n")


def main() -> None:
    """Run the command line; the only place where an exception becomes a message and an exit code."""
    from bonafide import exits
    from bonafide.commands import commands

    warnings.showwarning = _warn
    try:
        commands(*sys.argv[1:2])()
    except BaseException as error:
        panic = type(error).__name__ == "PanicException"  # of Polars, which is no Exception
        if not (isinstance(error, Exception) or panic) or os.environ.get("BONAFIDE_DEBUG") == "1":
            raise
        sys.stderr.write(exits.message(error) + "\n")
        sys.exit(exits.code(error))
    finally:
        gc.freeze()  # else Python's end searches all that was ever loaded for cycles, a tenth of a second
