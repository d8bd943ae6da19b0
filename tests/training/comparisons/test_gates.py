from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from features.errors import UsageError
from training.comparisons.comparison_tables import parts
from training.comparisons.gates import Gate, read_gates, unmet
from training.comparisons.paired import differences, flagged


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


def refused(champion: np.ndarray, challenger: np.ndarray) -> set[str]:
    """The gates on band `high` that are not met, of 200 fraudulent and then 200 genuine creators."""
    label = np.repeat([1.0, 0.0], 200)
    found = differences(label, champion, challenger)
    figures = {f"{name}/{part}": value for name, one in found.items() for part, value in parts(one).items()}
    figures |= flagged(champion, challenger)
    return {gate.name for gate in unmet(read_gates(), figures) if "high" in gate.figure}


def in_high(fraud: int, genuine: int) -> np.ndarray:
    """Probabilities with so many of either kind in band `high`."""
    return np.where(np.tile(np.arange(200), 2) < np.repeat([fraud, genuine], 200), 0.9, 0.5)


def test_who_begins_to_use_the_band_is_held_to_what_the_band_costs() -> None:
    """Against a champion that calls nobody high, any false alarm is one more, and no precision is as good as none."""
    nobody, one = in_high(0, 0), in_high(1, 0)
    for champion in (nobody, one):
        assert refused(champion, in_high(120, 8)) == set()
        assert refused(champion, in_high(60, 60)) == {"net benefit at high"}
    assert refused(nobody, nobody) == set()


def test_who_goes_on_using_the_band_may_not_call_more_genuine_creators_high() -> None:
    champion = in_high(120, 4)
    assert refused(champion, in_high(120, 24)) == {"precision at high", "false alarms at high"}
    assert refused(champion, in_high(180, 30)) == {"precision at high", "false alarms at high"}
    assert refused(champion, in_high(130, 4)) == set()


def test_a_gate_may_hold_from_a_figure_on_or_below_it() -> None:
    above = Gate(name="a", figure="ap", at_least=0.5, why="because", holds_from={"flagged": 10})
    below = Gate(name="a", figure="ap", at_least=0.5, why="because", holds_below={"flagged": 10})
    for gate, passed in ((above, [True, False]), (below, [False, True])):
        assert [gate.passes({"ap": 0.4, "flagged": many}) for many in (9, 10)] == passed
        assert not gate.passes({"ap": 0.4})
