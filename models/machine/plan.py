"""How work on a corpus is divided, so that all processes together keep within a given memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from features.records.sizes import Size

MOST_CREATORS = 1_000
"""Of a part: enough for its own 27 ms to be little beside 1.75 ms a creator, few enough for memory that stays the same
from part to part (it drifts up with parts half as large again) and for a bar that moves."""
ROW_BYTES = 1_000
"""Memory that a row takes, beside its text, while it is read and explained or encoded: 400 to 600 were measured."""
TEXT_FACTOR = 16
"""Bytes of memory for a byte of text, NDJSON's too: 9 were measured."""
PROCESS_BYTES = 420_000_000
"""Of a process with the libraries and its models, before any record: as measured, less what processes share."""
LEAST_ROWS, LEAST_TEXT = 10_000, 1_000_000
"""Of a part, however little memory there is."""
LEAST_MEMORY = PROCESS_BYTES + LEAST_ROWS * ROW_BYTES
"""Of one process and the rows of its smallest part: less cannot be kept to."""


@dataclass(frozen=True)
class Plan:
    """How work is divided: processes, the one that begins it included, and the limits of a part."""

    workers: int
    size: Size


def workers_within(memory: int, workers: int) -> int:
    """As many processes as the memory allows.

    Args:
        memory: Bytes that all processes may take together.
        workers: Processes at most.
    """
    return max(1, min(workers, memory // LEAST_MEMORY))


def plan(memory: int, workers: int) -> Plan:
    """As many processes as the memory allows, and parts that fit into what is left; see `workers_within`."""
    from features.records.sizes import Size  # processes are started before this is loaded

    most = workers_within(memory, workers)
    left = max(memory - most * PROCESS_BYTES, 0) // most
    rows, text = max(left // ROW_BYTES, LEAST_ROWS), max(left // TEXT_FACTOR, LEAST_TEXT)
    return Plan(most, Size(MOST_CREATORS, rows, text, most))
