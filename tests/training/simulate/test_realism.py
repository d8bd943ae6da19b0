"""Honest simulated creators against the real public sets; tolerances are stated beside each figure."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

import features
from features import records
from training.simulate import Simulation

QUARTILES = (0.25, 0.5, 0.75)


def _posts(simulation: Simulation, genuine: pl.Series, platform: str) -> pl.DataFrame:
    creators = simulation.tables.creators.filter(
        pl.col("creator_id").is_in(genuine.implode()) & (pl.col("platform") == platform)
    )
    return simulation.tables.posts.join(creators.select("creator_id", "followers"), on="creator_id")


def _real(real_data: Path, name: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    folder = real_data / "creators" / name
    return pl.read_parquet(folder / "creators.parquet"), pl.read_parquet(folder / "posts.parquet")


def _fit(frame: pl.DataFrame, x: str, y: str) -> tuple[float, float]:
    """Slope of y on x, both logged, and the robust spread of the residuals."""
    kept = frame.filter((pl.col(x) > 0) & (pl.col(y) > 0))
    logs, target = kept[x].log().to_numpy(), kept[y].log().to_numpy()
    slope, start = np.polyfit(logs, target, 1)
    residual = target - slope * logs - start
    return float(slope), float(1.4826 * np.median(np.abs(residual - np.median(residual))))


def _levels(posts: pl.DataFrame) -> pl.DataFrame:
    return posts.group_by("creator_id").agg(pl.col("likes", "comments").median(), pl.col("followers").first(), pl.len())


def test_likes_and_comments_scale_as_in_the_real_set(
    simulation: Simulation, genuine: pl.Series, real_data: Path
) -> None:
    creators, posts = _real(real_data, "instagram")
    real = _levels(posts.join(creators.select("creator_id", "followers"), on="creator_id"))
    made = _levels(_posts(simulation, genuine, "instagram"))
    for x, y in (("followers", "likes"), ("likes", "comments")):
        ours, theirs = (_fit(frame.filter(pl.col("followers") >= 2000), x, y) for frame in (made, real))
        assert ours[0] == pytest.approx(theirs[0], abs=0.12)  # slope; ordinary accounts 0.757 and 0.726, methods.md
        assert ours[1] == pytest.approx(theirs[1], abs=0.20)  # robust spread of the residual


def test_instagram_engagement_is_near_the_real_set(simulation: Simulation, genuine: pl.Series, real_data: Path) -> None:
    creators, posts = _real(real_data, "instagram")
    real = _levels(posts.join(creators.select("creator_id", "followers"), on="creator_id"))
    made = _levels(_posts(simulation, genuine, "instagram"))
    between = (pl.col("followers") >= 5000) & (pl.col("followers") < 100_000)
    rate = (pl.col("likes") + pl.col("comments")) / pl.col("followers")
    ours, theirs = (frame.filter(between).select(rate.median()).item() for frame in (made, real))
    assert ours == pytest.approx(theirs, rel=0.25)
    ratio = (pl.col("comments") + 1) / (pl.col("likes") + 1)
    ours, theirs = (frame.filter(between).select(ratio.median()).item() for frame in (made, real))
    assert ours == pytest.approx(theirs, rel=0.3)


def test_ordinary_people_get_the_likes_of_ordinary_people(
    simulation: Simulation, genuine: pl.Series, real_data: Path
) -> None:
    creators, posts = _real(real_data, "instagram_ordinary")
    real = _levels(posts.join(creators.select("creator_id", "followers"), on="creator_id"))
    made = _levels(_posts(simulation, genuine, "instagram"))
    small = (pl.col("followers") >= 150) & (pl.col("followers") < 800)
    ours, theirs = (
        f.filter(small).select((pl.col("likes") / pl.col("followers")).median()).item() for f in (made, real)
    )
    assert ours == pytest.approx(theirs, rel=0.35)


@pytest.mark.parametrize(("top", "bottom", "within"), [("likes", "views", 0.25), ("comments", "likes", 0.35)])
def test_tiktok_ratios_are_near_the_real_set(
    simulation: Simulation, genuine: pl.Series, real_data: Path, top: str, bottom: str, within: float
) -> None:
    _, real = _real(real_data, "tiktok")
    made = _posts(simulation, genuine, "tiktok")
    big = pl.col("likes") >= 2000
    ratio = pl.col(top) / pl.col(bottom)
    for quantile in QUARTILES:
        ours, theirs = (frame.filter(big).select(ratio.quantile(quantile)).item() for frame in (made, real))
        assert ours == pytest.approx(theirs, rel=within)


def test_spread_within_a_creator_is_near_the_real_sets(
    simulation: Simulation, genuine: pl.Series, real_data: Path
) -> None:
    for name, platform in (("instagram_ordinary", "instagram"), ("tiktok", "tiktok")):
        _, real = _real(real_data, name)
        made = _posts(simulation, genuine, platform)
        spread = pl.col("likes").log1p().std()
        ours, theirs = (
            frame.group_by("creator_id").agg(spread, pl.len()).filter(pl.col("len") >= 8)["likes"].median()
            for frame in (made, real)
        )
        assert ours == pytest.approx(theirs, rel=0.3)


def _comment_shares(comments: pl.DataFrame) -> dict[str, float]:
    text = pl.col("text")
    others = comments.filter(pl.col("author_id") != pl.col("creator_id"))
    shares = others.select(
        emoji_only=(~text.str.contains(r"[\p{L}\p{N}]")).mean(),
        mentioning=text.str.contains(r"@\w").mean(),
        exclaiming=text.str.contains("!").mean(),
        asking=text.str.contains(r"\?").mean(),
        emoji=text.str.contains(r"[\x{1F000}-\x{1FFFF}\x{2600}-\x{27BF}]").mean(),
        lower=text.str.contains(r"^\p{Ll}").mean(),
    ).to_dicts()[0]
    return {**shares, "own": 1 - others.height / comments.height}


def test_comments_read_like_real_ones(simulation: Simulation, genuine: pl.Series, real_data: Path) -> None:
    real = pl.read_parquet(real_data / "creators" / "instagram" / "comments.parquet")
    ids = simulation.tables.creators.filter(
        (pl.col("platform") == "instagram") & pl.col("creator_id").is_in(genuine.implode())
    )["creator_id"]
    made = simulation.tables.comments.filter(pl.col("creator_id").is_in(ids.implode())).drop_nulls("author_id")
    ours, theirs = _comment_shares(made), _comment_shares(real)
    for name, share in theirs.items():
        assert ours[name] == pytest.approx(share, abs=0.04), name
    length = pl.col("text").str.len_chars()
    for quantile in QUARTILES:
        ours_, theirs_ = (frame.select(length.quantile(quantile)).item() for frame in (made, real))
        assert ours_ == pytest.approx(theirs_, rel=0.3)


def _words_shared(comments: pl.DataFrame) -> float:
    """Of a thousand pairs of comments of three words or more by others, under one creator: how many say the same."""
    words = (
        pl.col("text")
        .str.to_lowercase()
        .str.replace_all(r"[^\p{L}\p{N} ]", "")
        .str.split(" ")
        .list.eval(pl.element().filter(pl.element() != ""))
    )
    said = comments.filter(pl.col("author_id") != pl.col("creator_id")).select("creator_id", words=words)
    said = said.filter(pl.col("words").list.len() >= 3)
    same, each = (
        said.group_by(*by).len().select(pl.col("len") * (pl.col("len") - 1)).sum().item()
        for by in (("creator_id", "words"), ("creator_id",))
    )
    return 1000 * same / each


def test_hardly_two_people_write_the_same(simulation: Simulation, genuine: pl.Series, real_data: Path) -> None:
    real = pl.read_parquet(real_data / "creators" / "instagram" / "comments.parquet")
    made = simulation.tables.comments.filter(pl.col("creator_id").is_in(genuine.implode())).drop_nulls("author_id")
    assert _words_shared(made) < 1.3 * _words_shared(real)


def test_regulars_come_in_much_the_same_order_as_real_ones(
    simulation: Simulation, genuine: pl.Series, real_data: Path
) -> None:
    real = records.read(real_data / "creators" / "instagram")
    busy = real.comments["creator_id"].value_counts().filter(pl.col("count") >= 50)["creator_id"].sort()
    both = simulation.tables.select(genuine.to_list()), real.select(busy.head(600).to_list())
    orders = [features.build(tables)["same_order_of_commenters"].drop_nulls() for tables in both]
    assert min(map(len, orders)) > 30
    ours, theirs = (float(order.mean()) for order in orders)
    assert ours == pytest.approx(theirs, abs=0.1)


def test_genuine_followers_look_like_real_ones(simulation: Simulation, real_data: Path) -> None:
    real = pl.concat(
        [
            pl.read_parquet(real_data / "followers" / f"{name}.parquet").filter(~pl.col("fake"))
            for name in ("instafake", "kaggle_train", "ig_pd", "seraphim")
        ]
    )
    made = simulation.tables.audience.filter(~pl.col("fake"))
    for column, factor in (("followers", 1.6), ("following", 1.6), ("handle_length", 1.2)):
        ours, theirs = (frame[column].drop_nulls().median() for frame in (made, real))
        assert theirs / factor < ours < theirs * factor
    digits = [(frame["handle_digit_ratio"] > 0).mean() for frame in (made, real)]
    assert digits[0] == pytest.approx(digits[1], abs=0.08)
