from __future__ import annotations

from dataclasses import replace
from math import comb
from pathlib import Path

import numpy as np
import pytest

from features.errors import ContractError
from models.drift import Bins, Limits, Reference, distance, psi, shift


def numbers(seed: int, rows: int, moved: float = 0.0) -> np.ndarray:
    return np.random.default_rng(seed).normal(moved, 1.0, rows)


def test_the_same_numbers_have_not_moved() -> None:
    bins = Bins.of(numbers(0, 1000))
    found = shift("a", bins, bins)
    assert found.psi == 0.0
    assert not found.over()


def test_the_index_is_that_of_the_formula() -> None:
    bins = Bins.of(np.repeat(np.arange(10.0), 10))
    assert bins.counts == (10,) * 10
    current = bins.filled(np.repeat(np.arange(10.0), [19, 1, *[10] * 8]))
    assert psi(bins, current) == pytest.approx(0.09 * np.log(1.9) + (0.01 - 0.1) * np.log(0.1))


def test_a_moved_window_is_over_the_limit_and_above_chance() -> None:
    bins = Bins.of(numbers(0, 2000))
    assert shift("a", bins, bins.filled(numbers(1, 500, moved=0.8)), compared=60).over() == ("psi",)


@pytest.mark.parametrize("rows", [40, 100, 1000])
def test_chance_alone_seldom_exceeds_what_is_called_chance(rows: int) -> None:
    bins = [Bins.of(numbers(seed, 2000)) for seed in range(20)]
    found = [
        shift("a", one, one.filled(numbers(1000 + 50 * k + seed, rows)))
        for k, one in enumerate(bins)
        for seed in range(50)
    ]
    above = np.mean([one.psi > one.psi_chance for one in found])  # type: ignore[operator]  # both known here
    assert above < 0.03
    if rows < 100:  # where any fixed limit would often be exceeded
        assert np.mean([one.psi > 0.2 for one in found]) > 0.3  # type: ignore[operator]
        assert np.mean([bool(one.over()) for one in found]) < 0.05


def test_flags_and_counts_with_many_ties_are_compared_too() -> None:
    bins = Bins.of(np.repeat([0.0, 1.0], [900, 100]))
    assert shift("a", bins, bins.filled(np.repeat([0.0, 1.0], [90, 10]))).psi == pytest.approx(0, abs=1e-12)
    assert shift("a", bins, bins.filled(np.repeat([0.0, 1.0], [20, 80]))).over() == ("psi",)


def test_what_is_no_longer_known_is_a_shift_of_its_own() -> None:
    bins = Bins.of(numbers(0, 1000))
    holes = numbers(1, 400)
    holes[:200] = np.nan
    found = shift("a", bins, bins.filled(holes))
    assert found.over() == ("missing",)
    assert found.missing == (0.0, 0.5)
    nothing = shift("a", bins, bins.filled(np.full(50, np.nan)))
    assert (nothing.psi, nothing.over()) == (None, ("missing",))


def test_no_rows_at_all_are_no_drift() -> None:
    bins = Bins.of(numbers(0, 100))
    assert shift("a", bins, bins.filled(np.empty(0))).over() == ()


def test_distance_finds_what_a_small_window_shows() -> None:
    found = distance(numbers(0, 200), numbers(1, 30, moved=2.0))
    assert found is not None
    moved = replace(
        shift("a", Bins.of(numbers(0, 200)), Bins.of(numbers(1, 30))), distance=found[0], distance_p=found[1]
    )
    assert "distance" in moved.over(Limits())
    assert distance(np.full(3, np.nan), numbers(0, 5)) is None


@pytest.mark.parametrize(("before", "now"), [(2, 1), (3, 2), (6, 4)])
def test_distance_of_a_handful_of_values_is_told_from_chance(before: int, now: int) -> None:
    found = distance(np.arange(before) + 0.0, np.arange(now) + 100.0)
    assert found is not None
    assert found[0] == 1.0
    assert found[1] == pytest.approx(2 / comb(before + now, now))  # one side above all of the other


def test_a_reference_is_read_as_it_was_written(tmp_path: Path) -> None:
    holes = numbers(0, 50)
    holes[3] = np.nan
    reference = Reference.of(numbers(1, 50), {"a": holes, "b": np.full(50, np.nan)})
    reference.save(tmp_path / "reference.json")
    assert Reference.load(tmp_path / "reference.json") == reference
    (tmp_path / "reference.json").write_text("{")
    with pytest.raises(ContractError, match="reference"):
        Reference.load(tmp_path / "reference.json")
