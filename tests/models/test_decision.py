from __future__ import annotations

import polars as pl
import pytest

from models.decision import DEFAULT_PROFILE, band, decision, evidence_level, state


def _coverage(posts: int | None = 0, comments: int = 0, days: int = 0, followers: int = 0) -> pl.DataFrame:
    columns = {"posts_counted": posts, "comments_counted": comments, "history_days": days}
    return pl.DataFrame({name: [value] for name, value in {**columns, "followers_sampled": followers}.items()})


def _judged(level: int, probability: float | None, lo: float | None = None, hi: float | None = None) -> dict[str, str]:
    frame = pl.DataFrame(
        {"evidence_level": [level], "probability": [probability], "lo": [lo], "hi": [hi]},
        schema_overrides={"probability": pl.Float64, "lo": pl.Float64, "hi": pl.Float64},
    )
    judged = frame.with_columns(state(DEFAULT_PROFILE), band(DEFAULT_PROFILE)).with_columns(decision())
    return judged.row(0, named=True)


@pytest.mark.parametrize(
    ("enough", "short"),
    [
        ({"posts": 5}, {"posts": 4}),
        ({"comments": 20}, {"comments": 19}),
        ({"days": 28}, {"days": 27}),
        ({"followers": 100}, {"followers": 99}),
    ],
)
def test_one_kind_of_evidence_is_enough_from_its_limit_on(enough: dict[str, int], short: dict[str, int]) -> None:
    assert _coverage(**enough).select(evidence_level()).item() == 1
    assert _coverage(**short).select(evidence_level()).item() == 0


def test_too_little_of_everything_is_not_enough() -> None:
    assert _coverage(4, 19, 27, 99).select(evidence_level()).item() == 0
    assert _coverage(None).select(evidence_level()).item() == 0
    assert _coverage(5, 20, 28, 100).select(evidence_level()).item() == 4


def test_insufficient_data_needs_data() -> None:
    judged = _judged(0, None)
    assert (judged["state"], judged["band"], judged["decision"]) == ("insufficient_data", None, "need_data")


@pytest.mark.parametrize(
    ("probability", "expected"),
    [
        (0.0, ("low", "approve")),
        (0.2999, ("low", "approve")),
        (0.30, ("review", "review")),
        (0.6999, ("review", "review")),
        (0.70, ("high", "reject")),
        (1.0, ("high", "reject")),
    ],
)
def test_bands_and_decisions_follow_the_cut_offs(probability: float, expected: tuple[str, str]) -> None:
    judged = _judged(4, probability, max(0.0, probability - 0.1), min(1.0, probability + 0.1))
    assert (judged["band"], judged["decision"]) == expected
    assert judged["state"] == "ready"


def test_low_confidence_never_rejects() -> None:
    wide, one_kind = _judged(3, 0.9, 0.5, 0.95), _judged(1, 0.9, 0.8, 0.95)
    assert wide["state"] == one_kind["state"] == "low_confidence"
    assert wide["band"] == one_kind["band"] == "high"
    assert wide["decision"] == one_kind["decision"] == "review"
