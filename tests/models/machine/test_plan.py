"""Memory decides how a corpus is cut and by how many processes it is worked on."""

from __future__ import annotations

from models.machine.plan import LEAST_ROWS, plan


def test_the_memory_that_is_left_decides_how_many_processes_and_how_large_parts_are() -> None:
    roomy, tight = plan(8 * 10**9, 4), plan(800 * 10**6, 4)
    assert roomy.workers == 4
    assert tight.workers == 1
    assert roomy.size.rows > tight.size.rows >= LEAST_ROWS
