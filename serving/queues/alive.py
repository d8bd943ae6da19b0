"""Whether another process of the service is still there."""

from __future__ import annotations

import os
from contextlib import suppress


def lives(process: int) -> bool:
    """Whether there is a process of this number."""
    try:
        with suppress(PermissionError):  # another user's has the number now
            os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
