from __future__ import annotations

from pathlib import Path

import pytest

from features.errors import UsageError
from training.comparisons.gates import Gate, read_gates, unmet


def test_each_gate_says_what_it_limits_and_why() -> None:
    gates = read_gates()
    assert len({gate.name for gate in gates}) == len(gates) >= 8
    assert all(len(gate.why) > 30 for gate in gates)


def test_a_figure_at_the_limit_passes_and_one_beyond_does_not() -> None:
    gate = Gate(name="a", figure="ap", at_least=0.5, at_most=0.9, why="because")
    assert [gate.passes({"ap": value}) for value in (0.5, 0.9, 0.49, 0.91)] == [True, True, False, False]
    assert gate.limit == "at least 0.5, at most 0.9"


def test_what_was_not_measured_does_not_pass_unless_it_may_lack() -> None:
    gate = Gate(name="a", figure="ap", at_least=0.5, why="because")
    assert unmet([gate], {}) == unmet([gate], {"ap": float("nan")}) == [gate]
    assert unmet([gate.model_copy(update={"may_lack": True})], {}) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[gate]]\nname = "\u00e9"'.encode("latin-1"), r"gates\.toml is not UTF-8 at byte 17"),
        (b"[[gate]", "line 1"),
        (b"gate = []", "no gate"),
        (b'[[gate]]\nname = "a"\nfigure = "ap"\nwhy = "w"', "at_least or at_most"),
        (b'[[gate]]\nname = "a"\nfigure = "ap"\nat_least = 1', "why"),
        (b'[[gate]]\nname = "a"\nfigure = "ap"\nwhy = "w"\nat_lest = 1', "at_lest"),
    ],
)
def test_a_file_that_is_no_list_of_gates_is_refused(text: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "gates.toml"
    path.write_bytes(text)
    with pytest.raises(UsageError, match=said):
        read_gates(path)
