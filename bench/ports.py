"""Ports for services that benchmarks and tests start."""

from __future__ import annotations

import socket
from threading import Lock

_GIVEN: set[int] = set()
_GIVING = Lock()


def free_port() -> int:
    """A port that nobody listens on, and that was not given out before: services that start together all need one."""
    with _GIVING:
        while True:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port: int = probe.getsockname()[1]
            if port not in _GIVEN:
                _GIVEN.add(port)
                return port
