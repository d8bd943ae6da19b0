"""Ports for services that start at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from bench.ports import free_port


def test_no_port_is_given_out_twice() -> None:
    with ThreadPoolExecutor(8) as threads:
        ports = list(threads.map(lambda _: free_port(), range(600)))
    assert len(set(ports)) == 600
