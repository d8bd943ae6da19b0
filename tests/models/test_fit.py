from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
import shap
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logit

from features.errors import ContractError, NotFoundError
from models.boosters import booster as boosters
from models.contract import CONTRACT, write_contract
from models.fit import CLOSE, QUOTED, FitBundle, closeness
from models.matching.pairs import PAIR_FEATURE_NAMES, PAIR_FEATURES
from training.fit import FittedFit

SHARES = st.one_of(st.none(), st.floats(0.0, 1.0))


@pytest.fixture(scope="module")
def bundle(fitted_fit: FittedFit) -> FitBundle:
    return fitted_fit.bundle


@pytest.fixture(scope="module")
def seen(fitted_fit: FittedFit) -> np.ndarray:
    every = pl.concat([one.pairs for one in fitted_fit.held_out.judged])
    return boosters.values(every.sample(500, seed=0), PAIR_FEATURE_NAMES)


@pytest.fixture
def copy(bundle: FitBundle, tmp_path: Path) -> Path:
    bundle.save(tmp_path / "copy")
    return tmp_path / "copy"


def values(rows: list[list[float | None]]) -> np.ndarray:
    return np.array(rows, dtype=np.float64).reshape(-1, len(PAIR_FEATURES))


def assert_adds_up(bundle: FitBundle, pairs: np.ndarray) -> None:
    probability, explanation = bundle.probability(pairs), bundle.explain(pairs)
    total = explanation.base_log_odds + explanation.log_odds.sum(axis=1)
    np.testing.assert_allclose(total, logit(probability), rtol=0, atol=1e-9)
    points = bundle.base_fit + explanation.points.sum(axis=1)
    np.testing.assert_allclose(points, 100 * probability, rtol=0, atol=1e-9)


def test_contributions_add_up_to_the_log_odds_and_points_to_the_fit(bundle: FitBundle, seen: np.ndarray) -> None:
    assert_adds_up(bundle, seen)


@settings(max_examples=50)
@given(st.lists(SHARES, min_size=len(PAIR_FEATURES), max_size=len(PAIR_FEATURES)))
def test_contributions_add_up_for_any_pair(bundle: FitBundle, row: list[float | None]) -> None:
    assert_adds_up(bundle, values([row]))


def test_shap_agrees_with_the_raw_contributions(bundle: FitBundle, seen: np.ndarray) -> None:
    rows = pd.DataFrame(seen[:50], columns=PAIR_FEATURE_NAMES)
    raw = boosters.contributions(bundle.booster, rows)
    explained = shap.TreeExplainer(bundle.booster)(rows)
    np.testing.assert_allclose(explained.values, raw[:, :-1], rtol=0, atol=1e-6)


@settings(max_examples=30)
@given(
    st.lists(SHARES, min_size=len(PAIR_FEATURES), max_size=len(PAIR_FEATURES)),
    st.integers(0, len(PAIR_FEATURES) - 1),
    st.floats(0.0, 1.0),
)
def test_a_similarity_only_ever_raises_the_fit(
    bundle: FitBundle, row: list[float | None], at: int, value: float
) -> None:
    direction = PAIR_FEATURES[at].direction
    if direction == 0 or row[at] is None:
        return
    low, high = sorted([row[at] or 0.0, value])
    changed = values([[*row[:at], new, *row[at + 1 :]] for new in (low, high)])
    less, more = bundle.probability(changed) * direction
    assert more >= less


def test_words_of_ones_own_outweigh_everything() -> None:
    gained = closeness(np.array([np.nan, 0.0, CLOSE, (1 + CLOSE) / 2, 1.0]))
    assert gained == pytest.approx([0.0, 0.0, 0.0, QUOTED / 2, QUOTED])


def test_a_saved_bundle_gives_the_same_answers(bundle: FitBundle, copy: Path, seen: np.ndarray) -> None:
    loaded = FitBundle.load(copy)
    assert loaded.contract == bundle.contract
    assert np.array_equal(loaded.probability(seen), bundle.probability(seen))
    assert loaded.base_log_odds == bundle.base_log_odds


def test_a_bundle_holds_no_pickle(bundle: FitBundle) -> None:
    kinds = {path.suffix for path in bundle.folder.rglob("*") if path.is_file()}
    assert kinds == {".json", ".npy", ".parquet", ".txt"}


def test_no_pairs_get_no_answers(bundle: FitBundle) -> None:
    assert bundle.probability(values([])).shape == (0,)
    assert bundle.explain(values([])).log_odds.shape == (0, len(PAIR_FEATURES))


@pytest.mark.parametrize("name", ["booster.txt", "text/words.npy", "niches/taxonomy.json", "context/context.json"])
def test_a_changed_or_missing_file_is_refused(copy: Path, name: str) -> None:
    (copy / name).write_bytes((copy / name).read_bytes() + b" ")
    with pytest.raises(ContractError, match=name):
        FitBundle.load(copy)
    (copy / name).unlink()
    with pytest.raises(ContractError, match=name):
        FitBundle.load(copy)


@pytest.mark.parametrize(
    ("part", "change", "message"),
    [
        ("features", lambda features: features[::-1], "other pair features"),
        ("features", lambda features: [*features, features[0]], "other pair features"),
        ("signals", lambda signals: signals[:-1], "does not know"),
        ("trees", lambda trees: trees + 1, "trees"),
        ("calibration", lambda _: {"slope": "steep"}, "calibration"),
    ],
)
def test_a_contract_of_another_model_is_refused(copy: Path, part: str, change: object, message: str) -> None:
    facts = json.loads((copy / CONTRACT).read_text("utf-8"))
    assert callable(change)
    facts[part] = change(facts[part])
    for made in ("kind", "format", "version", "files"):
        facts.pop(made)
    write_contract(copy, "fit", facts)
    with pytest.raises(ContractError, match=message):
        FitBundle.load(copy)


def test_what_is_not_a_fit_bundle_is_refused(copy: Path, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        FitBundle.load(tmp_path / "nowhere")
    shutil.rmtree(copy / "text")
    with pytest.raises(ContractError):
        FitBundle.load(copy)
