from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from features.errors import RecordsError, UsageError
from features.records import write
from models.loading import load_comments
from models.registry import COMMENTS, show_model
from training.comment_model.evaluation import crossed
from training.comment_model.fitting import Labelled
from training.comments import evaluate_comments, fit_comments, train_comments, usable
from training.evaluation_tables import Table, as_json
from training.simulate import Simulation


@pytest.fixture(scope="module")
def rows(simulation: Simulation) -> pl.DataFrame:
    """Some labelled comments, not by the creators themselves."""
    return usable(simulation.tables.comments).drop("source").sample(5_000, seed=2)


@pytest.fixture(scope="module")
def tubespam(real_data: Path) -> Path:
    return real_data / "comments" / "tubespam.parquet"


def _row(table: Table, name: str) -> dict[str, float]:
    return next(dict(zip(table.columns[1:], row[1:], strict=True)) for row in table.rows if row[0] == name)  # type: ignore[arg-type]


def _made_up(promotion: str, talk: str, creators: int = 4) -> pl.DataFrame:
    """Labelled comments that differ in a number each."""
    texts = [(f"{promotion} {k}x{c}", f"{talk} {k}x{c}", c) for k in range(12) for c in range(creators)]
    return pl.DataFrame(
        {
            "creator_id": [f"c{c}" for *_, c in texts for _ in range(2)],
            "comment_id": [str(k) for k in range(2 * len(texts))],
            "text": [text for spam, ham, _ in texts for text in (spam, ham)],
            "spam": [label for _ in texts for label in (True, False)],
        }
    )


def test_leaving_one_video_out_on_real_spam(tubespam: Path) -> None:
    overall, scripts = evaluate_comments(tubespam, by="creator_id")
    mean = _row(overall, "mean")
    assert [row[0] for row in overall.rows][:5] == ["psy", "lmfao", "eminem", "shakira", "katyperry"]
    assert mean["accuracy"] >= 0.94
    assert mean["F1"] >= 0.94
    assert mean["AUC"] >= 0.987
    assert _row(scripts, "all")["comments"] == 1956


def test_no_script_is_flagged_for_being_itself(tubespam: Path, real_data: Path, tmp_path: Path) -> None:
    bundle = fit_comments(pl.read_parquet(tubespam), tmp_path / "bundle")
    comments = pl.scan_parquet(real_data / "creators" / "instagram" / "comments.parquet")
    ordinary = comments.filter(pl.col("text").is_not_null(), pl.col("author_id") != pl.col("creator_id")).collect()
    flagged = ordinary.select("text", flagged=pl.Series(bundle.probability(ordinary)) >= 0.5)
    overall = flagged["flagged"].mean()
    assert isinstance(overall, float)
    for script in ("Cyrillic", "Arabic", "Hangul", "Han", "Hebrew", "Greek", "Thai"):
        written = flagged.filter(pl.col("text").str.contains(rf"\p{{{script}}}"))
        assert written.height > 50
        assert written["flagged"].mean() <= 2 * overall


def test_the_same_rows_in_any_order_give_the_same_model(rows: pl.DataFrame, tmp_path: Path) -> None:
    one = fit_comments(rows, tmp_path / "one")
    other = fit_comments(rows.sample(fraction=1.0, shuffle=True, seed=9), tmp_path / "other")
    assert one.contract.version == other.contract.version


def test_texts_never_cross_from_what_is_judged_to_what_is_fitted(tmp_path: Path) -> None:
    noise = _made_up("alpha", "alpha").with_columns(text=pl.format("w{}q", pl.int_range(pl.len()) // 2 % 24))
    noise = noise.with_columns(
        creator_id=pl.format("c{}", pl.int_range(pl.len()) // 48), spam=pl.int_range(pl.len()) % 2 == 0
    )
    noise.write_parquet(tmp_path / "noise.parquet")
    with pytest.raises(UsageError, match="left to fit on"):  # every text stands under both creators
        evaluate_comments(tmp_path / "noise.parquet", by="creator_id")


def test_a_source_is_left_out_and_another_is_fitted_on(tmp_path: Path) -> None:
    folder = tmp_path / "sources"
    folder.mkdir()
    _made_up("subscribe to my channel now", "what a lovely evening").write_parquet(folder / "a.parquet")
    _made_up("please subscribe to my page", "such a lovely song").write_parquet(folder / "b.parquet")
    left_out = evaluate_comments(folder, by="source")[0]
    assert [row[0] for row in left_out.rows] == ["a", "b", "mean", "pooled"]
    assert _row(left_out, "mean")["AUC"] == 1.0
    moved = evaluate_comments(folder / "b.parquet", train=folder / "a.parquet")[0]
    assert _row(moved, "pooled")["AUC"] == 1.0
    assert "NaN" not in as_json([left_out, moved])


def test_many_creators_are_left_out_in_folds_and_the_title_says_so(tmp_path: Path) -> None:
    _made_up("subscribe to my channel now", "what a lovely evening", creators=24).write_parquet(tmp_path / "a.parquet")
    overall = evaluate_comments(tmp_path / "a.parquet", by="creator_id")[0]
    assert overall.title == "Comments, tenfold, each creator_id in one fold"
    assert [row[0] for row in overall.rows] == [*(f"fold {k}" for k in range(1, 11)), "mean", "pooled"]
    _made_up("subscribe to my channel now", "what a lovely evening", creators=20).write_parquet(tmp_path / "b.parquet")
    overall = evaluate_comments(tmp_path / "b.parquet", by="creator_id")[0]
    assert overall.title == "Comments, leaving one creator_id out at a time"
    assert len(overall.rows) == 22


def test_figures_of_a_sample_say_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _made_up("subscribe to my channel now", "what a lovely evening").write_parquet(tmp_path / "a.parquet")
    whole = evaluate_comments(tmp_path / "a.parquet")
    monkeypatch.setattr("training.comments.MOST_CROSSED", 80)
    some = evaluate_comments(tmp_path / "a.parquet")
    assert (_row(whole[0], "pooled")["comments"], _row(some[0], "pooled")["comments"]) == (96, 80)
    assert all(table.note.endswith("On 80 rows drawn from 96.") for table in some)
    assert not any("drawn from" in table.note for table in whole)


def test_languages_are_known_where_the_folder_holds_the_creators(simulation: Simulation, tmp_path: Path) -> None:
    some = simulation.tables.creators.head(120)["creator_id"].to_list()
    tables = simulation.tables.select(some)
    labels = simulation.tables.comments.filter(pl.col("creator_id").is_in(some))
    write(replace(tables, comments=labels), tmp_path / "records")
    found = evaluate_comments(tmp_path / "records")
    assert [table.title for table in found[1:]] == ["By script", "By language"]
    assert "en" in [row[0] for row in found[2].rows]


def test_the_creators_own_comments_and_rows_without_a_label_are_left_out(rows: pl.DataFrame) -> None:
    own = rows.with_columns(author_id="creator_id")
    unlabelled = rows.with_columns(pl.lit(None, pl.Boolean).alias("spam"))
    both = pl.concat([rows, own, unlabelled])
    assert usable(both).equals(usable(rows))


@pytest.mark.parametrize("spam", [True, False])
def test_labels_of_one_kind_are_refused(rows: pl.DataFrame, tmp_path: Path, spam: bool) -> None:
    with pytest.raises(RecordsError, match="labelled `spam`"):
        fit_comments(rows.with_columns(spam=pl.lit(spam)), tmp_path / "bundle")


@pytest.mark.parametrize("column", ["text", "spam"])
def test_comments_without_any_text_or_label_are_refused_by_what_is_missing(rows: pl.DataFrame, column: str) -> None:
    with pytest.raises(RecordsError, match=f"says `{column}`: the column is missing or empty"):
        usable(rows.with_columns(pl.lit(None, rows.schema[column]).alias(column)))


def test_options_that_cannot_be_met_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    _made_up("subscribe", "hello").write_parquet(path)
    with pytest.raises(UsageError, match="--train"):
        evaluate_comments(path, train=path, by="source")
    with pytest.raises(UsageError, match="no column 'colour'"):
        evaluate_comments(path, by="colour")
    with pytest.raises(UsageError, match="same value"):
        evaluate_comments(path, by="source")


def test_comments_that_all_say_the_same_cannot_be_judged(rows: pl.DataFrame) -> None:
    with pytest.raises(UsageError, match="all comments have the same text"):
        crossed(Labelled.of(rows.head(100).with_columns(text=pl.lit("nice"))), None)


def test_one_creator_is_enough_to_train_but_has_no_score_out_of_fold(tmp_path: Path) -> None:
    rows = pl.concat([_made_up("subscribe now", "hello there", creators=1)] * 3)
    rows = rows.with_columns(
        comment_id=pl.int_range(pl.len()).cast(pl.String), text=pl.format("{} {}", "text", pl.int_range(pl.len()))
    )
    bundle = fit_comments(rows, tmp_path / "bundle")
    assert len(bundle.contract.lines) == 1
    assert (bundle.probability(rows) >= 0.5).tolist() == rows["spam"].to_list()


def test_training_registers_a_model_with_its_figures_and_card(
    simulation: Simulation, tmp_path: Path, tracking_store: Path
) -> None:
    data = tmp_path / "labelled.parquet"
    simulation.tables.comments.sample(6_000, seed=3).drop("post_id").write_parquet(data)
    steps: list[tuple[int, int]] = []
    trained = train_comments(data, progress=lambda done, total: steps.append((done, total)))
    assert trained.champion
    assert trained.address == f"models:/{COMMENTS}/1"
    assert {"auc", "f1", "mean_auc", "ece"} <= trained.metrics.keys()
    assert show_model(trained.address).metrics["auc"] == pytest.approx(trained.metrics["auc"])
    assert load_comments().contract.metrics == trained.metrics
    assert steps[-1] == (2, 2)
    cards = list(tracking_store.rglob("model_card.md"))
    assert len(cards) == 1
    assert "## How well it does" in cards[0].read_text("utf-8")
