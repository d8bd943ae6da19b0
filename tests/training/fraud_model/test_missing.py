from __future__ import annotations

import polars as pl
import pytest

from features import COVERAGE, SIGNALS
from models.verdicts.decision import evidence_level
from training.fraud_model.fitting import FittedFraud
from training.fraud_model.missing import with_missing


@pytest.fixture(scope="module")
def frame(fitted_fraud: FittedFraud) -> pl.DataFrame:
    return fitted_fraud.tested.filter(evidence_level() > 0)


def test_the_rows_come_first_and_unchanged(frame: pl.DataFrame) -> None:
    assert with_missing(frame, SIGNALS, seed=0)[: frame.height].equals(frame)
    assert with_missing(frame, SIGNALS, seed=0, copies=0).equals(frame)


def test_copies_keep_label_weight_and_group(frame: pl.DataFrame) -> None:
    about = ["creator_id", "group", "label", "weight", "platform", "tier"]
    copies = with_missing(frame, SIGNALS, seed=0)[frame.height :]
    assert copies.height > frame.height
    joined = copies.select(about).join(frame.select(about), on=about, how="inner", nulls_equal=True)
    assert joined.height == copies.height


def test_a_copy_only_lacks_things(frame: pl.DataFrame) -> None:
    copies = with_missing(frame, SIGNALS, seed=0)[frame.height :]
    beside = copies.join(frame, on="creator_id", how="left", maintain_order="left", suffix="_whole")
    for signal in SIGNALS:
        kept = beside.filter(pl.col(signal.name).is_not_null())
        assert kept[signal.name].equals(kept[f"{signal.name}_whole"], null_equal=True, check_names=False)
    assert copies.select(pl.sum_horizontal(signal.name for signal in SIGNALS)).height
    known = pl.sum_horizontal(pl.col(signal.name).is_not_null() for signal in SIGNALS)
    assert copies.select(known.mean()).item() < 0.8 * frame.select(known.mean()).item()  # type: ignore[operator]


def test_a_dropped_table_takes_its_signals_and_its_coverage(frame: pl.DataFrame) -> None:
    copies = with_missing(frame, SIGNALS, seed=0)[frame.height :]
    for coverage, table in zip(COVERAGE, ("posts", "comments", "follower_history", "audience"), strict=True):
        without = copies.filter(pl.col(coverage) == 0)
        assert without.height
        if table in ("comments", "audience"):
            names = [s.name for s in SIGNALS if any(need.startswith(f"{table}.") for need in s.needs)]
            assert without.select(pl.all_horizontal(pl.col(names).is_null())).to_series().all()


def test_every_copy_can_still_be_answered(frame: pl.DataFrame) -> None:
    assert with_missing(frame, SIGNALS, seed=0).select(evidence_level().min()).item() >= 1


def test_what_is_dropped_does_not_depend_on_the_label(frame: pl.DataFrame) -> None:
    turned = frame.with_columns(label=1 - pl.col("label"))
    assert (
        with_missing(frame, SIGNALS, seed=3).drop("label").equals(with_missing(turned, SIGNALS, seed=3).drop("label"))
    )


def test_the_seed_decides(frame: pl.DataFrame) -> None:
    assert with_missing(frame, SIGNALS, seed=1).equals(with_missing(frame, SIGNALS, seed=1))
    assert not with_missing(frame, SIGNALS, seed=1).equals(with_missing(frame, SIGNALS, seed=2))
