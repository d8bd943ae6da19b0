"""What is simulated: shares of fraud, kinds, doses, hard cases, what is left out, and the labels."""

from __future__ import annotations

import numpy as np
import polars as pl

from training.simulate import CASES, KINDS, NICHES, Simulation


def test_about_a_quarter_are_fraudulent_in_every_kind(truth: pl.DataFrame) -> None:
    assert 0.21 < truth["fraud"].mean() < 0.29
    kinds = truth["kinds"].explode(empty_as_null=False).value_counts()
    assert set(kinds["kinds"]) == set(KINDS)
    assert kinds["count"].min() >= 25
    assert truth.filter(pl.col("fraud"))["kinds"].list.len().min() >= 1
    assert truth.filter(~pl.col("fraud"))["kinds"].list.len().max() == 0


def test_doses_spread_evenly_on_the_log_scale(truth: pl.DataFrame) -> None:
    doses = truth.filter(pl.col("fraud"))["dose"]
    assert doses.min() >= 0.0299
    edges = np.geomspace(0.03, 0.60, 5)
    shares = np.histogram(doses.to_numpy(), edges)[0] / len(doses)
    assert shares.min() > 0.14
    assert shares.max() < 0.36
    assert truth.filter(~pl.col("fraud"))["dose"].null_count() == truth.filter(~pl.col("fraud")).height


def test_every_hard_case_makes_up_a_fortieth_of_the_honest_and_dishonest_alike(truth: pl.DataFrame) -> None:
    counts = truth["innocent"].drop_nulls().value_counts()
    assert set(counts["innocent"]) == set(CASES)
    assert counts["count"].min() >= 300 / 12_000 * truth.height
    assert truth.filter(pl.col("fraud"))["innocent"].null_count() == truth["fraud"].sum()


def test_what_is_missing_says_nothing_of_fraud(truth: pl.DataFrame) -> None:
    names = truth["hidden"].explode(empty_as_null=False).value_counts()
    common = names.filter(pl.col("count") >= 60)["hidden"]
    assert len(common) > 30
    for name in common:
        share = truth.group_by("fraud").agg(pl.col("hidden").list.contains(name).mean().alias("share"), pl.len())
        genuine, fraud = share.sort("fraud")["share"]
        mean = truth["hidden"].list.contains(name).mean()
        spread = np.sqrt(mean * (1 - mean) * (1 / share["len"]).sum())
        assert abs(genuine - fraud) < 4 * spread, name


def test_hidden_tables_and_columns_are_gone(simulation: Simulation) -> None:
    tables, truth = simulation.tables, simulation.truth
    for name in ("posts", "follower_history", "comments", "audience"):
        lacking = truth.filter(pl.col("hidden").list.contains(name))["creator_id"]
        assert len(lacking) > 0
        assert tables[name]["creator_id"].is_in(lacking.implode()).sum() == 0
    unknown = truth.filter(pl.col("hidden").list.contains("creators.followers"))["creator_id"]
    assert tables.creators.filter(pl.col("creator_id").is_in(unknown.implode()))["followers"].null_count() == len(
        unknown
    )


def test_more_than_half_of_the_creators_lack_something(truth: pl.DataFrame) -> None:
    lacking = truth["hidden"].list.eval(pl.element().filter(pl.element() != "posts.views")).list.len() > 0
    assert 0.5 < lacking.mean() < 0.7


def test_verdicts_follow_the_truth_with_noise(simulation: Simulation) -> None:
    audits = simulation.tables.audits.join(simulation.truth, on="creator_id")
    assert audits.height == simulation.truth.height
    sure = audits.filter(pl.col("verdict") != "unsure")
    wrong = ((sure["verdict"] == "fraud") != sure["fraud"]).mean()
    assert 0.003 < wrong < 0.035
    unsure = audits.group_by(pl.col("dose").fill_null(0) >= 0.2).agg((pl.col("verdict") == "unsure").mean())
    assert 0.03 < (audits["verdict"] == "unsure").mean() < 0.08
    assert unsure.height == 2
    weak = audits.filter(pl.col("dose") < 0.08)
    assert (weak["verdict"] == "unsure").mean() > (audits.filter(~pl.col("fraud"))["verdict"] == "unsure").mean()
    assert 3 <= audits["reviewer"].n_unique() <= 12


def test_relevance_follows_the_niche_asked_for(simulation: Simulation) -> None:
    tables = simulation.tables
    asked = tables.briefs.select("brief_id", pl.col("niches").list.first().alias("asked"))
    matched = tables.matches.join(asked, on="brief_id").join(
        tables.niches.group_by("creator_id").agg("niche"), on="creator_id"
    )
    same = pl.col("niche").list.contains(pl.col("asked"))
    assert matched.filter(same)["relevance"].mean() > matched.filter(~same)["relevance"].mean() + 1.0
    assert set(matched["relevance"]) == {0, 1, 2, 3}
    assert set(tables.niches["niche"]) == set(NICHES)
    assert tables.matches.group_by("brief_id").len()["len"].min() >= 20
