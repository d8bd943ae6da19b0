"""Ports for services that benchmarks and tests start."""

from __future__ import annotations

import atexit
import socket
from contextlib import ExitStack

_KEPT = ExitStack()
atexit.register(_KEPT.close)


def free_port() -> int:
    """A port that nobody has, kept for a service until this process ends, also while that is not running.

    Its socket stays bound and never listens: Linux gives the port to nobody then who asks for any, neither to another
    process nor to a connection; who names it and sets SO_REUSEADDR, as services do, gets it.
    """
    kept = _KEPT.enter_context(socket.socket())
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    kept.bind(("127.0.0.1", 0))
    port: int = kept.getsockname()[1]
    return port
