from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from features.errors import RecordsError
from features.records import POSTS, read_rows
from training.evaluation_tables import Table
from training.fit_model.baseline import baseline_scores, post_documents
from training.fit_model.evaluation import FIGURES, evaluate_fit, script_of
from training.fit_model.mentions import mined_trials
from training.fit_model.ranking_figures import retrieval_metrics
from training.simulate import Simulation

BRANDS = ("acme", "bolt", "cord", "dash", "echo", "fern")


@pytest.fixture(scope="module")
def folder(simulation: Simulation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Simulated records in which creators of a niche tag the niche's brand."""
    tables = simulation.tables
    niche = tables.niches.unique("creator_id", keep="first", maintain_order=True)
    names = niche["niche"].value_counts(sort=True)["niche"].to_list()[: len(BRANDS)]
    brand = dict(zip(names, BRANDS, strict=False))
    tagged = niche.with_columns(brand=pl.col("niche").replace_strict(brand, default=None)).filter(
        pl.col("creator_id").hash(0) % 3 > 0
    )
    mentions = pl.concat_list("brand").list.drop_nulls()
    posts = tables.posts.join(tagged.select("creator_id", "brand"), on="creator_id", how="left")
    kept = ["creator_id", "post_id", "posted_at", "likes", "comments", "caption", "alt_text"]
    found = tmp_path_factory.mktemp("mentions")
    write_parts = {
        "creators": tables.creators,
        "posts": posts.with_columns(mentions=mentions).select(*kept, "mentions"),
        "niches": tables.niches,
    }
    for name, frame in write_parts.items():
        frame.write_parquet(found / f"{name}.parquet")
    return found


@pytest.fixture(scope="module")
def found(folder: Path) -> list[Table]:
    return evaluate_fit(folder)


def table(found: list[Table], title: str) -> Table:
    return next(one for one in found if one.title.startswith(title))


def test_the_model_stands_beside_the_baseline_with_intervals(found: list[Table]) -> None:
    overall = table(found, "Brands never seen")
    assert [row[0] for row in overall.rows] == ["binary", "lambdarank"]
    first = dict(zip(overall.columns, overall.rows[0], strict=True))
    assert first["brands"] == len(BRANDS)
    for name in FIGURES:
        low, mean, high = (float(str(first[key])) for key in (f"{name} lo", name, f"{name} hi"))
        assert 0 <= low <= mean <= high <= 1
        assert 0 <= float(str(first[f"{name} baseline"])) <= 1


def test_slices_calibration_and_niches_are_told(found: list[Table]) -> None:
    titles = [one.title for one in found]
    for title in (
        "Briefs cut to a few words",
        "Fit by niche",
        "Fit by tier",
        "Fit by script",
        "Calibration (binary)",
        "Niches",
    ):
        assert any(one.startswith(title) for one in titles), title
    bins = table(found, "Calibration (binary)").rows
    assert sum(int(str(row[1])) for row in bins[:-1]) == bins[-1][1]


def test_without_mentions_only_niches_are_judged(folder: Path, tmp_path: Path) -> None:
    for name in ("creators", "niches"):
        pl.read_parquet(folder / f"{name}.parquet").write_parquet(tmp_path / f"{name}.parquet")
    pl.read_parquet(folder / "posts.parquet").drop("mentions").write_parquet(tmp_path / "posts.parquet")
    assert {one.title.split()[0] for one in evaluate_fit(tmp_path)} == {"Niches"}
    (tmp_path / "niches.parquet").unlink()
    with pytest.raises(RecordsError, match="nothing to judge fit by"):
        evaluate_fit(tmp_path)


@pytest.mark.parametrize(
    ("text", "script"), [("hello", "latin"), ("Привет you", "cyrillic"), ("", "none"), ("123 !", "none")]
)
def test_the_script_is_that_of_most_letters(text: str, script: str) -> None:
    assert script_of(text) == script


def test_the_baseline_on_real_creators_is_the_published_one(real_data: Path) -> None:
    from features.records import read

    data = real_data / "creators" / "instagram"
    posts = read_rows(data, POSTS)
    [trial] = mined_trials(read(data), both=False, posts=posts)
    counted = [one for one in trial.matched if one.counts and not one.short]
    documents = post_documents(trial.candidates.posts, by_creator=True)
    known = set(trial.known.creators["creator_id"])
    fitted_on = post_documents(posts.filter(pl.col("creator_id").is_in(list(known))))
    scores = baseline_scores(fitted_on, [str(one.brief["text"]) for one in counted], list(documents.values()))
    figures = [
        retrieval_metrics(row, np.array([2.0 * (name in one.grades) for name in documents]))
        for row, one in zip(scores, counted, strict=True)
    ]
    mean = {name: np.mean([one[name] for one in figures]) for name in FIGURES}
    assert (len(counted), len(documents)) == (259, 5702)
    assert mean["auc"] == pytest.approx(0.752, abs=0.002)
    assert mean["ndcg_at_10"] == pytest.approx(0.061, abs=0.003)
    assert mean["recall_at_100"] == pytest.approx(0.166, abs=0.003)
    assert mean["mrr"] == pytest.approx(0.154, abs=0.005)
