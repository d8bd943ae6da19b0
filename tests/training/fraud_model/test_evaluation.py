from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

import training.fraud_model.evaluation as whole
from features.errors import RecordsError, UsageError
from features.records import Tables, write
from models.fraud import FraudBundle
from training.draws import first_of
from training.evaluation_tables import Table, as_json, as_metrics
from training.fraud_model.audit_tables import as_tables, audited, intervals
from training.fraud_model.evaluation import evaluate_fraud
from training.fraud_model.fitting import FittedFraud
from training.real_accounts import real_sets
from training.real_accounts.growth_found import growth_found
from training.real_accounts.injection_found import EVASIVE, INJECTED, Subject, measured
from training.real_accounts.untouched import untouched
from training.simulate import Simulation


@pytest.fixture(scope="module")
def bundle(fitted_fraud: FittedFraud) -> FraudBundle:
    return fitted_fraud.bundle


@pytest.fixture(scope="module")
def genuine(simulation: Simulation) -> Tables:
    honest = simulation.truth.filter(~pl.col("fraud"))["creator_id"].head(80)
    return simulation.tables.select(honest.to_list())


@pytest.fixture(scope="module")
def laid_out(genuine: Tables, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that is laid out as real data, with simulated creators in it."""
    folder = tmp_path_factory.mktemp("laid_out")
    platform = genuine.creators.filter(pl.col("platform") == "instagram")["creator_id"].to_list()
    write(genuine.select(platform), folder / "creators" / "instagram")
    (folder / "growth").mkdir()
    daily = genuine.follower_history.group_by("creator_id").len().filter(pl.col("len") >= 60)["creator_id"].head(12)
    series = genuine.follower_history.filter(pl.col("creator_id").is_in(daily.implode()))
    series.select("creator_id", "date", "followers").write_parquet(folder / "growth" / "few_daily.parquet")
    return folder


def _column(table: Table, name: str) -> dict[object, object]:
    return {row[0]: row[table.columns.index(name)] for row in table.rows}


def _well_formed(tables: list[Table]) -> None:
    assert as_json(tables)
    for table in tables:
        assert table.rows, table.title
        assert {len(row) for row in table.rows} == {len(table.columns)}
        firsts = [row[0] for row in table.rows]
        assert len(set(firsts)) == len(firsts) or table.title.startswith("Simulated genuine creators"), table.title


def test_audits_are_judged_by_slice_kind_and_dose(bundle: FraudBundle, simulation: Simulation) -> None:
    tables = audited(bundle, simulation.tables, simulation.truth)
    overall, slices = tables[:2]
    assert set(_column(overall, "auc")) == {"against the audits", "against the truth"}
    named = set(_column(slices, "auc"))
    assert {"platform instagram", "dose above 0.20", "kind bought_followers"} <= named
    _well_formed([overall, slices])
    metrics = as_metrics(tables)
    assert metrics["Audits- overall/against the truth/auc"] == _column(overall, "auc")["against the truth"]


def test_the_held_out_part_of_a_training_is_told_in_the_same_tables(fitted_fraud: FittedFraud) -> None:
    tables = as_tables(fitted_fraud.evaluation)
    assert [table.title for table in tables][:2] == ["Audits: overall", "Audits: by slice"]
    assert _column(tables[0], "auc")["against the audits"] == fitted_fraud.evaluation.metrics["auc"]


def test_a_model_with_other_costs_is_judged_at_its_own_bands(bundle: FraudBundle, simulation: Simulation) -> None:
    """Recounted from the bands that it answers with."""
    cautious = bundle.with_profile("cautious")
    overall, slices = audited(cautious, simulation.tables, simulation.truth)[:2]
    answers = cautious.verdict(cautious.signals(simulation.tables)).to_pandas().set_index("creator_id")
    truth = simulation.truth.to_pandas().set_index("creator_id")["fraud"]
    decided = simulation.tables.audits.to_pandas().query("verdict != 'unsure'")["creator_id"]
    high = answers.loc[decided.unique()].dropna(subset="probability")["band"] == "high"
    fraud = truth.loc[high.index]
    assert 0 < high.sum() < (answers["probability"] >= bundle.profile.high).sum()
    assert _column(overall, "precision at high")["against the truth"] == pytest.approx(fraud[high].mean())
    assert _column(overall, "recall at high")["against the truth"] == pytest.approx(high[fraud].mean())
    assert _column(overall, "genuine at high")["against the truth"] == pytest.approx(high[~fraud].mean())
    of_kind = truth.index[simulation.truth["kinds"].list.contains("bought_followers").to_numpy()]
    bought = high.loc[high.index.intersection(of_kind)]
    assert _column(slices, "recall at high")["kind bought_followers"] == pytest.approx(bought.mean())
    assert "high from 0.90 (profile cautious)" in overall.note


def test_creators_that_the_model_learnt_from_are_told_beside_the_figures(
    bundle: FraudBundle, simulation: Simulation, fitted_fraud: FittedFraud
) -> None:
    decided = simulation.tables.audits.filter(pl.col("verdict") != "unsure")["creator_id"].unique().to_list()
    answered = bundle.verdict(bundle.signals(simulation.tables.select(decided))).drop_nulls("probability")
    learnt_from = len(bundle.seen(answered["creator_id"]))
    assert f"was trained on {learnt_from:,} of these creators" in audited(bundle, simulation.tables)[0].note
    assert "was trained on" not in as_tables(fitted_fraud.evaluation)[0].note


def _honest(simulation: Simulation) -> Tables:
    """The simulated creators with the audits of those who bought nothing."""
    bought = simulation.truth.filter("fraud")["creator_id"].implode()
    return replace(simulation.tables, audits=simulation.tables.audits.filter(~pl.col("creator_id").is_in(bought)))


def test_a_truth_of_one_kind_is_still_the_truth(bundle: FraudBundle, simulation: Simulation) -> None:
    overall, slices, summary, *_ = audited(bundle, _honest(simulation), simulation.truth)
    assert set(_column(overall, "fraud rate")) == {"against the audits", "against the truth"}
    assert _column(overall, "fraud rate")["against the truth"] == 0
    assert all(note.startswith("Against the truth") for note in (slices.note, summary.note))


def test_a_truth_of_other_creators_is_no_truth(bundle: FraudBundle, simulation: Simulation) -> None:
    overall, slices = audited(bundle, _honest(simulation), simulation.truth.filter("fraud"))[:2]
    assert set(_column(overall, "fraud rate")) == {"against the audits"}
    assert slices.note.startswith("Against the audits")


def test_what_came_after_the_verdict_is_not_judged_by(bundle: FraudBundle, simulation: Simulation) -> None:
    tables = simulation.tables
    last = tables.audits["audited_at"].max()
    sudden = tables.posts.with_columns(
        post_id="later " + pl.col("post_id"),
        posted_at=pl.lit(last) + pl.duration(days=1),
        likes=pl.lit(10_000_000, pl.Int64),
    )
    later = Tables.from_frames({**dict(tables.items()), "posts": pl.concat([tables.posts, sudden])})
    assert audited(bundle, later, simulation.truth) == audited(bundle, tables, simulation.truth)


def test_records_without_audits_are_refused(bundle: FraudBundle, genuine: Tables) -> None:
    with pytest.raises(RecordsError, match="needs audits"):
        audited(bundle, genuine)


def test_audits_of_creators_without_evidence_are_refused(bundle: FraudBundle, simulation: Simulation) -> None:
    bare = Tables.from_frames({"creators": simulation.tables.creators, "audits": simulation.tables.audits})
    with pytest.raises(RecordsError, match="enough posts"):
        audited(bundle, bare)


def test_intervals_are_counted_by_slice_and_decile() -> None:
    rows = 4_000
    judged = pl.DataFrame({"probability": pl.int_range(rows, eager=True) / rows, "state": "ready"}).with_columns(
        label=(pl.int_range(rows) % 2).cast(pl.Float64),
        lo=pl.col("probability") - 0.1,
        hi=pl.col("probability") + 0.1,
        platform=pl.lit("x"),
    )
    summary, cells = intervals(judged, "the audits")
    assert len(cells.rows) == 20
    assert _column(summary, "share of cells covered")["cells"] == 0.2
    assert _column(summary, "mean width")["all"] == pytest.approx(0.2)
    assert _column(cells, "inside")["platform x, decile 5"] == "True"
    assert _column(cells, "inside")["all, decile 0"] == "False"


def test_injected_fraud_is_held_against_the_same_accounts(bundle: FraudBundle, genuine: Tables) -> None:
    table = measured("Injection", [Subject("some", genuine, bundle)], INJECTED, sample=40, seed=0)
    _well_formed([table])
    auc = _column(table, "auc")
    assert {str(name).split(":")[0] for name in auc} == {"some"}
    assert auc["some: followers +20% in one day"] > 0.8  # type: ignore[operator]
    for low, value, high in zip(*(_column(table, name).values() for name in ("auc lo", "auc", "auc hi")), strict=True):
        assert low <= value <= high  # type: ignore[operator]
    assert set(_column(table, "accounts").values()) <= set(range(10, 41))


def test_a_sample_is_the_same_each_time(bundle: FraudBundle, genuine: Tables) -> None:
    subject = Subject("some", genuine, bundle)
    assert measured("", [subject], EVASIVE[:1], sample=30, seed=1) == measured(
        "", [subject], EVASIVE[:1], sample=30, seed=1
    )


def test_a_sample_is_part_of_any_larger_one_of_more_accounts(genuine: Tables) -> None:
    some = genuine.creators[::2]
    small, large, whole = first_of(some, 10, "a"), first_of(some, 20, "a"), first_of(genuine.creators, 20, "a")
    assert (len(small), len(large)) == (10, 20)
    assert {*small} < {*large}
    assert {*whole} & {*some["creator_id"]} <= {*large}
    assert {*first_of(some, 10, "b")} != {*small}


def test_sets_without_enough_accounts_are_left_out(bundle: FraudBundle, genuine: Tables) -> None:
    few = genuine.select(genuine.creators["creator_id"][:5].to_list())
    assert measured("", [Subject("few", few, bundle)], INJECTED, sample=40, seed=0).rows == []


def test_untouched_accounts_are_shown_by_set_and_slice(bundle: FraudBundle, genuine: Tables) -> None:
    sets, slices = untouched([Subject("some", genuine, bundle)], sample=60, seed=0)
    assert _column(sets, "accounts")["some"] == 60
    shares = zip(*(_column(sets, band).values() for band in ("low", "review", "high")), strict=True)
    assert all(sum(row) == pytest.approx(1) for row in shares)  # type: ignore[arg-type]
    assert all(accounts >= 30 for accounts in _column(slices, "accounts").values())  # type: ignore[operator]


def test_purchases_are_looked_for_on_the_days_of_the_purchase(bundle: FraudBundle, laid_out: Path) -> None:
    series = real_sets.series(laid_out)
    assert list(series) == ["few_daily"]
    seen, found = growth_found(bundle.context, series)
    _well_formed([seen, found])
    shares = _column(found, "found")
    assert shares["few_daily: +10% over 1 days"] >= 0.8  # type: ignore[operator]
    assert all(0 <= share <= 1 for share in shares.values())  # type: ignore[operator]


def test_a_folder_of_real_accounts_gets_every_table(
    bundle: FraudBundle, laid_out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole, "SIMULATED", 300)
    monkeypatch.setattr(whole, "RISEN", 20)
    steps: list[tuple[int, int]] = []
    tables = evaluate_fraud(bundle, laid_out, sample=20, progress=lambda *step: steps.append(step))
    titles = [table.title for table in tables]
    for title in ("Untouched real accounts: by set", "Injection into real accounts", "Evasion", "Rising doses"):
        assert title in titles
    _well_formed(tables)
    assert steps[-1][0] == steps[-1][1]


def test_a_folder_of_audits_is_judged_by_a_model_fitted_elsewhere(
    fitted_fraud: FittedFraud, simulation: Simulation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulation.write(tmp_path / "data")
    seen: list[tuple[Tables, int]] = []

    def fit(tables: Tables, folder: Path, *, seed: int, truth: pl.DataFrame | None) -> FittedFraud:
        assert truth is not None
        seen.append((tables, seed))
        return fitted_fraud

    monkeypatch.setattr(whole, "fit_fraud", fit)
    tables = evaluate_fraud(None, tmp_path / "data", train=tmp_path / "data", seed=3)
    assert [(one.audits.height, seed) for one, seed in seen] == [(simulation.tables.audits.height, 3)]
    assert tables[0].title == "Audits: overall"


def test_without_a_model_there_is_nothing_to_judge(laid_out: Path) -> None:
    with pytest.raises(UsageError, match="needs a model"):
        evaluate_fraud(None, laid_out)


def test_real_accounts_are_read_with_their_languages(real_data: Path) -> None:
    sets = real_sets.accounts(real_data)
    assert {"instagram", "instagram_ordinary", "tiktok", "youtube"} <= set(sets)
    enough = real_sets.with_enough(sets["instagram"])
    assert len(enough) > 5_000
    spoken = real_sets.with_languages(sets["instagram"].select(enough[:200])).creators["language"]
    assert spoken.count() > 150
    assert {"en", "es"} <= set(spoken)


def test_real_series_are_daily_and_hold_followers(real_data: Path) -> None:
    for tables in real_sets.series(real_data).values():
        days = tables.follower_history
        assert not days.select("creator_id", "date").is_duplicated().any()
        assert (days["followers"] > 0).all()
        assert set(days["creator_id"]) == set(tables.creators["creator_id"])
