"""The follower model's bundle: probabilities, shares, out of fold, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from features.errors import ContractError
from features.rows.followers import FAKE
from models.audience.follower_profile import inputs
from models.bundle import DECIMALS, creator_hash
from models.followers import FollowerBundle
from training.followers import fit_followers
from training.simulate import simulate

if TYPE_CHECKING:
    from pathlib import Path

    from features.records import Tables
    from training.fraud_model.fitting import FittedFraud
    from training.simulate import Simulation


@pytest.fixture(scope="module")
def bundle(simulation: Simulation, tmp_path_factory: pytest.TempPathFactory) -> FollowerBundle:
    rows = simulation.tables.audience
    few = rows["creator_id"].unique(maintain_order=True).head(80)
    return fit_followers(
        rows.filter(pl.col("creator_id").is_in(few.implode())), tmp_path_factory.mktemp("f") / "bundle"
    )


@pytest.fixture(scope="module")
def across(simulation: Simulation, tmp_path_factory: pytest.TempPathFactory) -> FollowerBundle:
    """A model of three files, which reads what carries over alone."""
    rows = simulation.tables.audience.sample(3_000, seed=2)
    named = rows.with_columns(source=(pl.int_range(pl.len()) % 3).cast(pl.String))
    return fit_followers(named, tmp_path_factory.mktemp("across") / "bundle")


@pytest.fixture(scope="module")
def unseen() -> Tables:
    return simulate(40, seed=77).tables


def test_fakes_of_creators_never_seen_are_told_apart(bundle: FollowerBundle, unseen: Tables) -> None:
    from sklearn.metrics import roc_auc_score

    probability = bundle.probability(unseen.audience)
    assert roc_auc_score(unseen.audience["fake"], probability) > 0.8
    assert (np.round(probability, 6) == probability).all()


def test_shares_follow_the_truth(bundle: FollowerBundle, unseen: Tables) -> None:
    shares = bundle.shares(unseen)
    truth = unseen.audience.group_by("creator_id").agg(true=pl.col("fake").mean())
    known = shares.drop_nulls("fake_follower_share").join(truth, on="creator_id")
    assert known.height > 10
    inside = pl.col("true").is_between("fake_follower_share_lo", "fake_follower_share_hi")
    assert known.select(inside.mean()).item() > 0.6
    ordered = pl.col("fake_follower_share").is_between("fake_follower_share_lo", "fake_follower_share_hi")
    assert known.select(ordered.all()).item()


def test_under_a_hundred_followers_there_is_no_share(bundle: FollowerBundle, unseen: Tables) -> None:
    name = unseen.audience.group_by("creator_id").len().filter(pl.col("len") >= 100)["creator_id"].sort()[0]
    sample = unseen.audience.filter(pl.col("creator_id") == name)
    few, enough = bundle.shares(sample.head(99)), bundle.shares(sample.head(100))
    assert few.row(0, named=True) == dict.fromkeys(few.columns) | {"creator_id": name, "sampled": 99}
    assert enough["fake_follower_share"].null_count() == 0


def test_one_creator_alone_and_among_others_gets_the_same_bits(bundle: FollowerBundle, unseen: Tables) -> None:
    together = bundle.shares(bundle.with_probability(unseen))
    for name in together["creator_id"].head(5):
        alone = bundle.shares(
            unseen.audience.filter(pl.col("creator_id") == name).sample(fraction=1.0, shuffle=True, seed=1)
        )
        assert alone.equals(together.filter(pl.col("creator_id") == name))


def test_probabilities_are_those_of_the_booster_to_the_last_bit(bundle: FollowerBundle, unseen: Tables) -> None:
    holes = pl.int_range(pl.len()) % 3 == 0
    some = unseen.audience.with_columns(pl.when(~holes).then("bio_length").alias("bio_length"))
    raw = np.asarray(bundle.booster.predict(inputs(some, bundle.contract.inputs).to_numpy(), raw_score=True))
    expected = np.round(bundle.contract.calibration.probability(raw), DECIMALS)
    assert np.array_equal(bundle.probability(some), expected)
    assert np.array_equal(bundle.probability(some.head(1)), expected[:1])


def test_missing_columns_are_survived(bundle: FollowerBundle, unseen: Tables) -> None:
    bare = unseen.audience.with_columns(
        pl.lit(None, dtype).alias(name)
        for name, dtype in unseen.audience.schema.items()
        if name not in ("creator_id", "follower_id", "followers", "following", "fake")
    )
    probability = bundle.probability(bare)
    assert not np.isnan(probability).any()
    assert len(np.unique(probability)) > 10


def test_pictures_that_nobody_has_are_not_believed(bundle: FollowerBundle, unseen: Tables) -> None:
    none = unseen.audience.with_columns(has_picture=pl.lit(value=False))
    unknown = unseen.audience.with_columns(has_picture=pl.lit(None, pl.Boolean))
    many = pl.len().over("creator_id") >= 100
    assert np.array_equal(bundle.probability(none.filter(many)), bundle.probability(unknown.filter(many)))


def test_what_a_source_writes_for_all_followers_is_named_missing(fitted_fraud: FittedFraud, unseen: Tables) -> None:
    written = replace(unseen, audience=unseen.audience.with_columns(posts_count=pl.lit(0), handle_length=pl.lit(32)))
    many = written.audience.group_by("creator_id").len().filter(pl.col("len") >= 100)["creator_id"]
    found = fitted_fraud.bundle.signals(written.select(many.sort().to_list()))
    for missing in found["missing_inputs"].to_list():
        assert {"audience.posts_count", "audience.handle_digit_ratio"} <= {*missing}


def test_creators_trained_on_are_scored_by_a_booster_that_did_not_see_them(
    bundle: FollowerBundle, simulation: Simulation
) -> None:
    inside, outside = (
        bundle.with_probability(simulation.tables),
        bundle.with_probability(simulation.tables, out_of_fold=True),
    )
    seen = pl.Series([creator_hash(name) in bundle.folds for name in inside.audience["creator_id"]])
    differs = inside.audience[FAKE] != outside.audience[FAKE]
    assert differs.filter(seen).mean() > 0.9  # type: ignore[operator]
    assert not differs.filter(~seen).any()
    name = next(name for name in inside.audience["creator_id"] if creator_hash(name) in bundle.folds)
    member = replace(bundle, booster=bundle.members[bundle.folds[creator_hash(name)]], folds={})
    own = inside.audience.filter(pl.col("creator_id") == name)
    assert np.array_equal(member.probability(own), outside.audience.filter(pl.col("creator_id") == name)[FAKE])


def test_an_empty_audience_is_no_problem(bundle: FollowerBundle, unseen: Tables) -> None:
    nothing = replace(unseen, audience=unseen.audience.clear())
    for out_of_fold in (False, True):
        assert bundle.with_probability(nothing, out_of_fold=out_of_fold).audience.schema[FAKE] == pl.Float64
    assert bundle.shares(nothing).height == 0


def test_a_saved_bundle_answers_the_same(bundle: FollowerBundle, unseen: Tables, tmp_path: Path) -> None:
    bundle.save(tmp_path / "copy")
    loaded = FollowerBundle.load(tmp_path / "copy")
    assert loaded.contract == bundle.contract
    assert loaded.shares(unseen).equals(bundle.shares(unseen))


def test_a_changed_bundle_is_refused(bundle: FollowerBundle, tmp_path: Path) -> None:
    bundle.save(tmp_path / "copy")
    (tmp_path / "copy" / "creators.json").write_text("{}", "utf-8")
    with pytest.raises(ContractError, match=r"creators\.json"):
        FollowerBundle.load(tmp_path / "copy")


def test_the_folder_holds_no_creator_s_name(bundle: FollowerBundle, simulation: Simulation) -> None:
    text = "".join(path.read_text("utf-8") for path in bundle.folder.rglob("*") if path.is_file())
    assert not any(f'"{name}"' in text for name in simulation.tables.creators["creator_id"])


def unknown(audience: pl.DataFrame, *known: str) -> pl.DataFrame:
    """The profiles with nothing but the given columns."""
    profile = ("followers", "following", "posts_count", "has_picture", "private", "bio_length", "handle_length",
               "handle_digit_ratio")  # fmt: skip
    return audience.with_columns(
        pl.lit(None, audience.schema[name]).alias(name) for name in profile if name not in known
    )


def test_profiles_of_which_one_thing_is_known_have_no_probability(across: FollowerBundle, unseen: Tables) -> None:
    for known in ((), ("private",), ("following",), ("has_picture",), ("handle_digit_ratio",)):
        assert np.isnan(across.probability(unknown(unseen.audience, *known))).all()
        shares = across.shares(unknown(unseen.audience, *known))
        assert shares["fake_follower_share"].null_count() == shares.height
    rows = unseen.audience.drop_nulls(["followers", "following"])
    assert not np.isnan(across.probability(unknown(rows, "followers", "following"))).any()


def test_the_interval_is_wider_where_counts_are_not_known(across: FollowerBundle, unseen: Tables) -> None:
    rows = unseen.audience.filter(pl.len().over("creator_id") >= 100)
    whole = across.shares(rows)
    shape = across.shares(unknown(rows, "has_picture", "bio_length", "handle_digit_ratio"))
    width = [(one["fake_follower_share_hi"] - one["fake_follower_share_lo"]).mean() for one in (whole, shape)]
    assert width[1] > 1.3 * width[0]


def test_a_model_that_tells_fewer_kinds_of_profiles_apart_still_answers(across: FollowerBundle, unseen: Tables) -> None:
    prevalence = across.contract.prevalence
    fewer = replace(
        prevalence,
        means=tuple(source[-16:] for source in prevalence.means),
        errors=tuple(source[-16:] for source in prevalence.errors),
    )
    earlier = replace(across, contract=across.contract.model_copy(update={"prevalence": fewer}))
    rows = unseen.audience.drop_nulls(["followers", "following"])
    assert earlier.shares(rows).equals(across.shares(rows))
    assert earlier.contract.prevalence.kinds == 16
