"""Ports for services that start at once."""

from __future__ import annotations

import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from bench.ports import free_port

DRAWN = """
import socket, sys
drawn = [socket.socket() for _ in range(400)]
for one in drawn:
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in drawn))
"""


def test_no_port_is_given_out_twice() -> None:
    with ThreadPoolExecutor(8) as threads:
        ports = list(threads.map(lambda _: free_port(), range(400)))
    assert len(set(ports)) == 400
    done = subprocess.run([sys.executable, "-c", DRAWN], capture_output=True, text=True, check=True)
    assert len({*ports} | {*map(int, done.stdout.split())}) == 800


def test_a_port_is_kept_for_who_names_it() -> None:
    port = free_port()
    with socket.socket() as anybody, pytest.raises(OSError, match="in use"):
        anybody.bind(("127.0.0.1", port))
    for _ in range(2):
        with socket.socket() as service:
            service.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            service.bind(("127.0.0.1", port))
            service.listen()
            socket.create_connection(("127.0.0.1", port)).close()
