"""Follower models trained and judged on sets put together of simulated profiles."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

from features.errors import RecordsError, UsageError
from features.records import write
from models.audience.follower_profile import ALL, CARRIED
from models.loading import load_followers
from training.evaluation_tables import Table
from training.follower_model.fitting import carried_over
from training.follower_model.profiles import COLUMNS, Profiles, source_names
from training.followers import _platforms, evaluate_followers, fit_followers, labelled, train_followers

if TYPE_CHECKING:
    from training.simulate import Simulation


@pytest.fixture(scope="module")
def sets(simulation: Simulation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four files of profiles, two of which are one set's parts."""
    folder = tmp_path_factory.mktemp("sets")
    rows = simulation.tables.audience.sample(3_200, seed=2)
    for place, name in enumerate(("first", "second", "third_train", "third_test")):
        part = rows[place * 800 : (place + 1) * 800].with_columns(
            creator_id=pl.lit(name), follower_id=pl.int_range(800).cast(pl.String)
        )
        part.write_parquet(folder / f"{name}.parquet")
    return folder


def cells(table: Table, column: str) -> dict[object, object]:
    place = table.columns.index(column)
    return {row[0]: row[place] for row in table.rows}


def test_the_parts_of_one_set_are_one_source(sets: Path) -> None:
    assert set(source_names(labelled(sets))) == {"first", "second", "third"}


def test_leaving_a_set_out_judges_every_set_and_their_mean(sets: Path) -> None:
    profiles, shares = evaluate_followers(sets, by="source")
    assert list(cells(profiles, "n").items())[:3] == [("first", 800), ("second", 800), ("third", 1_600)]
    auc = cells(profiles, "auc")
    assert auc["worst"] == min(auc[name] for name in ("first", "second", "third"))  # type: ignore[type-var]
    assert float(str(auc["mean"])) > 0.75
    assert cells(shares, "draws")["mean"] == 3 * 5 * 30
    assert 0.0 <= float(str(cells(shares, "covered")["mean"])) <= 1.0


def test_figures_of_a_sample_say_so(sets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.followers.MOST_EVALUATED", 2_000)
    profiles, shares = evaluate_followers(sets, by="source")
    assert sum(cells(profiles, "n")[name] for name in ("first", "second", "third")) == 2_000  # type: ignore[misc]
    assert all(table.note.endswith("On 2,000 rows drawn from 3,200.") for table in (profiles, shares))


def test_what_is_judged_keeps_its_duplicates_and_what_is_fitted_does_not(sets: Path, tmp_path: Path) -> None:
    rows = pl.read_parquet(sets / "first.parquet")
    again = rows.with_columns(pl.col("follower_id") + "again")
    pl.concat([rows, again]).write_parquet(tmp_path / "twice.parquet")
    profiles, _ = evaluate_followers(tmp_path / "twice.parquet", train=sets / "second.parquet")
    assert cells(profiles, "n") == {"first": 1_600}
    twice = labelled(tmp_path / "twice.parquet")
    assert len(Profiles.of(twice, 0).label) == rows.unique([*COLUMNS, "fake"]).height


def test_profiles_that_are_judged_are_not_fitted_on_though_the_other_set_has_them_too(
    sets: Path, tmp_path: Path
) -> None:
    first, second = (pl.read_parquet(sets / f"{name}.parquet") for name in ("first", "second"))
    alike = second.join(first, on=COLUMNS, how="semi", nulls_equal=True)
    apart = second.join(first, on=COLUMNS, how="anti", nulls_equal=True)
    apart.write_parquet(tmp_path / "apart.parquet")
    copied = first.with_columns(creator_id=pl.lit("second"), follower_id=pl.col("follower_id") + "again")
    pl.concat([apart, alike, copied]).write_parquet(tmp_path / "mixed.parquet")
    clean, mixed = (
        evaluate_followers(sets / "first.parquet", train=tmp_path / f"{n}.parquet") for n in ("apart", "mixed")
    )
    assert clean == mixed


def test_one_source_is_fitted_within_itself_and_says_so(sets: Path, tmp_path: Path) -> None:
    one = fit_followers(labelled(sets / "first.parquet"), tmp_path / "one")
    three = fit_followers(labelled(sets), tmp_path / "three")
    assert (one.contract.calibrated_within, one.contract.inputs) == (True, ALL)
    assert (three.contract.calibrated_within, three.contract.inputs) == (False, CARRIED)
    sample = labelled(sets / "second.parquet").head(400)
    widths = [
        bundle.shares(sample).select(pl.col("fake_follower_share_hi") - pl.col("fake_follower_share_lo")).item()
        for bundle in (one, three)
    ]
    assert widths[0] > widths[1]


def test_the_same_data_and_seed_give_the_same_model(sets: Path, tmp_path: Path) -> None:
    rows = labelled(sets)
    versions = [
        fit_followers(given, tmp_path / name).contract.version
        for name, given in (("one", rows), ("two", rows.sample(fraction=1.0, shuffle=True, seed=4)))
    ]
    assert versions[0] == versions[1]


def test_cross_validation_and_leaving_out_refuse_what_makes_no_sense(sets: Path) -> None:
    with pytest.raises(UsageError, match="either --train or --by"):
        evaluate_followers(sets, train=sets, by="source")
    with pytest.raises(UsageError, match="same source"):
        evaluate_followers(sets / "first.parquet", by="source")
    with pytest.raises(UsageError, match="left out by 'fake'"):
        evaluate_followers(sets, by="fake")


def test_too_few_labels_are_refused(sets: Path, tmp_path: Path) -> None:
    genuine = pl.read_parquet(sets / "first.parquet").filter(~pl.col("fake"))
    genuine.write_parquet(tmp_path / "genuine.parquet")
    with pytest.raises(RecordsError, match="found 0 and"):
        labelled(tmp_path / "genuine.parquet")
    genuine.drop("fake").write_parquet(tmp_path / "unlabelled.parquet")
    with pytest.raises(RecordsError, match="says `fake`: the column is missing or empty"):
        labelled(tmp_path / "unlabelled.parquet")


@pytest.mark.parametrize("name", [".", "first.parquet"])
def test_profiles_of_which_nothing_is_known_are_refused(name: str, sets: Path, tmp_path: Path) -> None:
    rows = labelled(sets / name)
    unknown = rows.with_columns(pl.lit(None, rows.schema[column]).alias(column) for column in COLUMNS)
    with pytest.raises(RecordsError, match=r"told apart by followers, following, .*without duplicates"):
        fit_followers(unknown, tmp_path / "bundle")


def test_a_training_registers_a_model_with_its_card(sets: Path, tracking_store: Path) -> None:
    trained = train_followers(sets)
    assert trained.champion
    assert load_followers().contract.version == load_followers(trained.address).contract.version
    assert trained.metrics["Fake or genuine- one follower/mean/auc"] > 0.75
    cards = list(tracking_store.rglob("model_card.md"))
    assert len(cards) == 1
    assert "Profiles never fitted on" in cards[0].read_text("utf-8")


def test_a_training_says_which_platforms_it_learnt_from(
    sets: Path, simulation: Simulation, tracking_store: Path, tmp_path: Path
) -> None:
    train_followers(sets, platforms=["instagram"])
    assert load_followers().contract.platforms == ("instagram",)
    assert "- platforms: instagram" in next(tracking_store.rglob("model_card.md")).read_text("utf-8")
    write(simulation.tables.select(simulation.tables.creators["creator_id"].head(60).to_list()), tmp_path / "records")
    trained = train_followers(tmp_path / "records")
    platforms = {*simulation.tables.creators["platform"].head(60)}
    assert {*load_followers(trained.address).contract.platforms} <= platforms
    assert load_followers(trained.address).contract.platforms
    with pytest.raises(UsageError, match="no platform 'myspace'; there are instagram"):
        train_followers(sets, platforms=["myspace"])


def test_platforms_are_not_known_where_nobody_says_whose_profiles_were_left_out(sets: Path, tmp_path: Path) -> None:
    rows = labelled(sets)
    assert fit_followers(rows, tmp_path / "silent").contract.platforms == ()
    first = pl.col("source") == "first"
    named = rows.with_columns(platform=pl.when(first).then(pl.lit("x")).otherwise(pl.lit("tiktok")))
    assert fit_followers(named, tmp_path / "named").contract.platforms == ("tiktok", "x")
    some = named.with_columns(pl.when(~first).then("platform"))
    assert fit_followers(some, tmp_path / "some").contract.platforms == ()
    kept = ("second", "third")
    assert _platforms(named, kept, ()) == ("tiktok",)
    assert _platforms(rows, kept, ["x", "tiktok"]) == ()
    assert _platforms(rows, kept, ["x"]) == ("x",)


def test_real_sets_left_out_are_told_apart(real_data: Path, tmp_path: Path) -> None:
    for name in ("instafake", "kaggle_train", "kaggle_test", "ig_pd", "seraphim"):
        (tmp_path / f"{name}.parquet").symlink_to(real_data / "followers" / f"{name}.parquet")
    profiles, shares = evaluate_followers(tmp_path, by="source")
    auc = cells(profiles, "auc")
    assert float(str(auc["mean"])) >= 0.945
    assert float(str(auc["worst"])) >= 0.86
    assert float(str(cells(shares, "share by EM")["mean"])) <= 4.0
    assert float(str(cells(shares, "covered")["mean"])) >= 0.85
    assert float(str(cells(shares, "width")["mean"])) <= 0.30


def test_a_source_whose_labels_mean_something_else_is_not_trained_on(sets: Path) -> None:
    rows = labelled(sets)
    other = pl.read_parquet(sets / "second.parquet").with_columns(
        creator_id=pl.lit("elsewhere"), fake=pl.int_range(pl.len()) % 2 == 0, source=pl.lit("elsewhere")
    )
    data = Profiles.of(pl.concat([rows, other.select(rows.columns)]), seed=0)
    assert "elsewhere" in set(data.rows["source"])
    assert set(carried_over(data, seed=0).rows["source"]) == {"first", "second", "third"}
