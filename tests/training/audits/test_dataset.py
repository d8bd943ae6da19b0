from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest

from features.errors import RecordsError
from features.records import Tables
from training.audits.dataset import audit_labels, data_hash, labelled, undecided
from training.audits.label_weights import UNDECIDED


def _audits(*rows: tuple[str, int, str | None, str | None]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {"creator_id": creator, "audited_at": datetime(2026, 1, day, tzinfo=UTC), "verdict": v, "reviewer": who}
            for creator, day, v, who in rows
        ],
        schema_overrides={"reviewer": pl.String, "verdict": pl.String},
    )


def _labels(*rows: tuple[str, int, str | None, str | None]) -> dict[str, tuple[float, float]]:
    return {creator: (label, weight) for creator, label, weight in audit_labels(_audits(*rows)).iter_rows()}


def test_a_reviewers_last_verdict_counts() -> None:
    given = (("a", 1, "fraud", "ann"), ("a", 2, "genuine", "ann"), ("b", 2, "fraud", None))
    assert _labels(*given) == _labels(*reversed(given)) == {"a": (0.0, 1.0), "b": (1.0, 1.0)}


def test_a_verdict_that_its_reviewer_took_back_does_not_count() -> None:
    given = (("a", 1, "fraud", "ann"), ("a", 2, None, "ann"), ("b", 1, "fraud", "ann"), ("b", 2, "genuine", "bob"))
    assert _labels(*given) == {}
    assert undecided(_audits(*given))["creator_id"].to_list() == ["b", "b"]
    assert _labels(*given, ("b", 3, None, "bob"), ("a", 3, "genuine", "ann")) == {"a": (0.0, 1.0), "b": (1.0, 1.0)}


def test_the_majority_of_reviewers_decides_and_its_share_is_the_weight() -> None:
    found = _labels(("a", 1, "fraud", "ann"), ("a", 1, "fraud", "bob"), ("a", 3, "genuine", "cy"))
    assert found == {"a": (1.0, pytest.approx(2 / 3))}


def test_unsure_is_half_a_vote_against_a_verdict() -> None:
    assert _labels(("a", 1, "fraud", "ann"), ("a", 1, "unsure", "bob")) == {"a": (1.0, pytest.approx(2 / 3))}


def test_undecided_creators_count_a_little_for_both_verdicts() -> None:
    audits = _audits(("a", 1, "fraud", "ann"), ("b", 1, "unsure", "ann"), ("c", 1, "unsure", "ann"), ("c", 2, None, ""))
    found = undecided(audits)
    assert found["creator_id"].to_list() == ["b", "b", "c", "c"]
    assert found["label"].to_list() == [0.0, 1.0] * 2
    assert set(found["weight"]) == {UNDECIDED}


@pytest.mark.parametrize("verdicts", [["unsure"], ["fraud", "genuine"], ["unsure", "unsure", "fraud"], [None]])
def test_no_majority_gives_no_label(verdicts: list[str | None]) -> None:
    assert _labels(*(("a", 1, verdict, f"r{k}") for k, verdict in enumerate(verdicts))) == {}


def _tables(fraud: int, genuine: int) -> Tables:
    verdicts = ["fraud"] * fraud + ["genuine"] * genuine
    ids = [f"c{k}" for k in range(len(verdicts))]
    audits = _audits(*((creator, 1, verdict, "ann") for creator, verdict in zip(ids, verdicts, strict=True)))
    return Tables.from_frames({"creators": pl.DataFrame({"creator_id": ids, "platform": "x"}), "audits": audits})


def test_too_few_audits_are_refused_with_the_numbers() -> None:
    with pytest.raises(RecordsError, match="found 29 fraud and 40 genuine: 21 fraud and 10 genuine are missing"):
        labelled(_tables(29, 40))
    with pytest.raises(RecordsError, match="found 50 fraud and 49 genuine: 1 genuine are missing"):
        labelled(_tables(50, 49))


def test_a_refusal_tells_of_creators_whose_reviewers_do_not_agree() -> None:
    tables = _tables(60, 60)
    others = tables.audits.with_columns(reviewer=pl.lit("bob"), verdict=pl.lit("fraud"))
    audits = pl.concat([tables.audits, others])
    with pytest.raises(RecordsError, match="of 60 further creators the verdicts are tied or unsure"):
        labelled(Tables.from_frames({"creators": tables.creators, "audits": audits}))


def test_labels_come_in_the_order_of_the_creators() -> None:
    rows = labelled(_tables(50, 51))
    assert rows["creator_id"].to_list() == [f"c{k}" for k in range(101)]
    assert rows["label"].sum() == 50


def test_the_data_hash_follows_the_content_and_not_the_order() -> None:
    tables = _tables(50, 51)
    shuffled = Tables.from_frames({"creators": tables.creators.reverse(), "audits": tables.audits.reverse()})
    named = ("creators", "audits")
    assert data_hash(tables, named) == data_hash(shuffled, named)
    assert data_hash(tables, named) != data_hash(_tables(51, 50), named)
    assert data_hash(tables, named) != data_hash(tables, ("creators",))
