"""Fraud leaves its traces, the more the higher the dose; innocent cases look as they are called."""

from __future__ import annotations

import numpy as np
import polars as pl

from training.simulate import Simulation

WORDS_IN_LATIN = r"\p{Latin}{2}"


def _of(simulation: Simulation, kind: str) -> pl.DataFrame:
    return simulation.truth.filter(pl.col("kinds").list.contains(kind)).select("creator_id", "dose")


def _correlation(frame: pl.DataFrame, a: str, b: str) -> float:
    return float(np.corrcoef(frame[a].rank().to_numpy(), frame[b].rank().to_numpy())[0, 1])


def test_the_sampled_audience_of_who_bought_followers_is_as_fake_as_the_dose(simulation: Simulation) -> None:
    fake = simulation.tables.audience.group_by("creator_id").agg(pl.col("fake").mean(), pl.len())
    bought = _of(simulation, "bought_followers").join(fake.filter(pl.col("len") >= 100), on="creator_id")
    assert bought.height > 150
    assert _correlation(bought, "dose", "fake") > 0.7
    honest = simulation.truth.filter(~pl.col("fraud")).join(fake, on="creator_id")
    assert 0.02 < honest["fake"].mean() < 0.12
    assert bought.filter(pl.col("dose") > 0.3)["fake"].mean() > 0.3


def test_fake_followers_look_like_sold_accounts(simulation: Simulation) -> None:
    means = simulation.tables.audience.group_by("fake").agg(
        pl.col("has_picture", "handle_digit_ratio").mean(), pl.col("followers", "posts_count").median()
    )
    genuine, fake = means.sort("fake").to_dicts()
    assert fake["has_picture"] < genuine["has_picture"] - 0.2
    assert fake["handle_digit_ratio"] > 3 * genuine["handle_digit_ratio"]
    assert fake["followers"] < genuine["followers"] / 3
    assert fake["posts_count"] < genuine["posts_count"] / 3


def test_bought_followers_arrive_as_a_step_or_a_drip(simulation: Simulation) -> None:
    days = simulation.tables.follower_history.sort("creator_id", "date")
    growth = days.with_columns(pl.col("followers").log().diff().over("creator_id").alias("growth"))
    fortnight = growth.with_columns(pl.col("growth").rolling_sum(14, min_samples=1).over("creator_id").alias("gain"))
    best = fortnight.group_by("creator_id").agg(pl.col("gain").max())
    bought = _of(simulation, "bought_followers").join(best, on="creator_id").drop_nulls()
    assert _correlation(bought, "dose", "gain") > 0.4


def test_engagement_per_follower_falls_as_more_followers_are_bought(simulation: Simulation) -> None:
    tables = simulation.tables
    bare = ~pl.col("kinds").list.contains("bought_likes") & ~pl.col("kinds").list.contains("pod")
    only = _of(simulation, "bought_followers").join(simulation.truth.filter(bare), on="creator_id", how="semi")
    rate = tables.posts.group_by("creator_id").agg(pl.col("likes").median())
    rate = rate.join(tables.creators.select("creator_id", "platform", "followers"), on="creator_id").filter(
        (pl.col("platform") == "instagram") & (pl.col("followers") > 1000) & (pl.col("likes") > 0)
    )
    rate = rate.with_columns(
        level=pl.col("likes").log() - 0.757 * pl.col("followers").log(),
    ).drop_nulls()
    strong = rate.join(only.filter(pl.col("dose") > 0.25), on="creator_id")["level"].median()
    honest = rate.join(simulation.truth.filter(~pl.col("fraud")), on="creator_id")["level"].median()
    assert strong < honest - 0.1


def test_bought_likes_come_without_comments(simulation: Simulation) -> None:
    posts = simulation.tables.posts.filter(pl.col("likes") > 0).with_columns(
        ratio=(pl.col("comments") + 0.5).log() - 0.73 * pl.col("likes").log()
    )
    level = posts.group_by("creator_id").agg(pl.col("ratio").median()).drop_nulls()
    kinds = simulation.truth.with_columns(
        likes=pl.col("kinds").list.contains("bought_likes") & ~pl.col("kinds").list.contains("bought_comments")
    )
    joined = level.join(kinds, on="creator_id")
    strong = joined.filter(pl.col("likes") & (pl.col("dose") > 0.3) & ~pl.col("kinds").list.contains("pod"))
    assert strong["ratio"].mean() < joined.filter(~pl.col("fraud"))["ratio"].mean() - 0.1


def test_bought_views_come_without_likes(simulation: Simulation) -> None:
    posts = simulation.tables.posts.filter((pl.col("views") > 0) & (pl.col("likes") > 0))
    least = posts.group_by("creator_id").agg((pl.col("likes") / pl.col("views")).log().quantile(0.2).alias("low"))
    only = simulation.truth.filter(
        pl.col("kinds").list.contains("bought_views") & ~pl.col("kinds").list.contains("bought_likes")
    )
    platform = simulation.tables.creators.select("creator_id", "platform")
    least = least.join(platform, on="creator_id").filter(pl.col("platform") == "tiktok")
    honest = least.join(simulation.truth.filter(~pl.col("fraud")), on="creator_id")["low"].mean()
    assert least.join(only.filter(pl.col("dose") > 0.2), on="creator_id")["low"].mean() < honest - 0.2


def test_bought_comments_are_labelled_generic_and_from_few_people(simulation: Simulation) -> None:
    comments = simulation.tables.comments.filter(pl.col("author_id") != pl.col("creator_id"))
    spam = comments.group_by("creator_id").agg(pl.col("spam").mean(), pl.len())
    bought = _of(simulation, "bought_comments").join(spam.filter(pl.col("len") >= 20), on="creator_id")
    assert _correlation(bought, "dose", "spam") > 0.5
    honest = simulation.truth.filter(~pl.col("fraud")).join(spam, on="creator_id")
    assert honest["spam"].mean() < 0.02
    mine = comments.join(_of(simulation, "bought_comments"), on="creator_id").group_by("spam")
    people = mine.agg(
        (pl.col("author_id").n_unique() / pl.len()).alias("people"), pl.col("text").str.len_chars().median()
    )
    organic, sold = people.sort("spam").to_dicts()
    assert sold["people"] < organic["people"]
    assert sold["text"] < organic["text"]


def test_a_pod_comments_early_and_under_several_posts(simulation: Simulation) -> None:
    comments = simulation.tables.comments.join(_of(simulation, "pod"), on="creator_id").drop_nulls("author_id")
    pods = comments.join(simulation.truth.select("creator_id", "kinds"), on="creator_id").filter(
        ~pl.col("kinds").list.contains("bought_comments")
    )
    several = pods.group_by("creator_id", "author_id", "spam").agg(pl.col("post_id").n_unique().alias("posts"))
    mean = several.group_by("spam").agg(pl.col("posts").mean()).sort("spam")["posts"]
    assert mean[1] > mean[0] + 0.25
    published = simulation.tables.posts.select("creator_id", "post_id", pl.col("posted_at").alias("published"))
    timed = pods.join(published, on=["creator_id", "post_id"]).with_columns(
        hours=(pl.col("posted_at") - pl.col("published")).dt.total_seconds() / 3600
    )
    assert timed.filter("spam")["hours"].median() < 1 < timed.filter(~pl.col("spam"))["hours"].median()


def test_mass_following_shows_in_the_followings(simulation: Simulation) -> None:
    spread = simulation.tables.follower_history.group_by("creator_id").agg(
        (pl.col("following").max() - pl.col("following").min()).alias("range")
    )
    spread = spread.drop_nulls()
    churned = spread.join(_of(simulation, "follow_unfollow"), on="creator_id")["range"]
    honest = spread.join(simulation.truth.filter(~pl.col("fraud")), on="creator_id")["range"]
    assert churned.median() > 4 * honest.quantile(0.9)


def _case(simulation: Simulation, name: str) -> pl.DataFrame:
    return simulation.truth.filter(pl.col("innocent") == name).select("creator_id")


def test_viral_posts_reach_many_times_the_usual(simulation: Simulation) -> None:
    posts = simulation.tables.posts.join(_case(simulation, "viral_post"), on="creator_id")
    top = posts.group_by("creator_id").agg((pl.col("likes").max() / pl.col("likes").median()).alias("times"), pl.len())
    assert (top.filter(pl.col("len") >= 8)["times"] > 6).mean() > 0.8


def test_a_purge_takes_followers_from_everybody_on_one_day(simulation: Simulation) -> None:
    tables = simulation.tables
    days = tables.follower_history.sort("creator_id", "date").join(
        tables.creators.select("creator_id", "platform"), on="creator_id"
    )
    growth = days.with_columns(pl.col("followers").log().diff().over("creator_id").alias("growth"))
    common = growth.group_by("platform", "date").agg(pl.col("growth").median(), pl.len()).drop_nulls()
    common = common.filter(pl.col("len") > 100)
    worst = common.filter(pl.col("platform") == "instagram").sort("growth").head(2)["growth"]
    assert worst[0] < -0.006
    assert worst[1] > -0.002


def test_the_other_cases_look_as_they_are_called(simulation: Simulation) -> None:
    tables = simulation.tables
    young = tables.creators.join(_case(simulation, "new_account"), on="creator_id").drop_nulls(
        ["created_at", "observed_at"]
    )
    assert (young["observed_at"] - young["created_at"]).dt.total_days().max() <= 91
    hidden = tables.posts.join(_case(simulation, "hidden_likes"), on="creator_id")
    assert hidden["likes"].null_count() > 0.6 * hidden.height
    foreign = tables.comments.join(_case(simulation, "non_english"), on="creator_id")
    letters = foreign.filter(pl.col("text").str.replace_all(r"@[\w.]+|#\w+", "").str.contains(r"\p{L}{2}"))
    assert letters["text"].str.replace_all(r"@[\w.]+|#\w+", "").str.contains(WORDS_IN_LATIN).mean() < 0.25
    others = tables.comments.filter(pl.col("author_id") != pl.col("creator_id"))
    many = others.group_by("creator_id").agg((pl.col("author_id").n_unique() / pl.len()).alias("people"), pl.len())
    loyal = many.filter(pl.col("len") >= 30).join(_case(simulation, "small_loyal_community"), on="creator_id")
    assert loyal["people"].median() < 0.7
    gift = others.join(_case(simulation, "giveaway"), on="creator_id")
    assert gift["text"].str.contains("@").mean() > 2 * others["text"].str.contains("@").mean()


def test_missing_tables_are_honest_creators_without_a_whole_table(simulation: Simulation) -> None:
    missing = simulation.truth.filter(pl.col("innocent") == "missing_tables")
    whole = missing["hidden"].list.eval(pl.element().filter(~pl.element().str.contains(".", literal=True)))
    assert whole.list.len().min() >= 1


def test_bought_followers_stand_together_in_the_order_of_following(simulation: Simulation) -> None:
    clear = simulation.truth.filter(
        (pl.col("kinds") == ["bought_followers"]) & pl.col("dose").is_between(0.15, 0.5)
    ).select("creator_id")
    ranked = simulation.tables.audience.join(clear, on="creator_id").drop_nulls("followed_rank")
    ranked = ranked.with_columns(place=pl.col("followed_rank").rank("ordinal").over("creator_id"))
    runs = (
        ranked.sort("creator_id", "place")
        .with_columns(change=pl.col("fake") != pl.col("fake").shift().over("creator_id"))
        .group_by("creator_id")
        .agg(
            pl.col("change").mean(), expected=2 * pl.col("fake").mean() * (1 - pl.col("fake").mean()), sampled=pl.len()
        )
        .filter(pl.col("sampled") >= 100)
    )
    assert runs.height > 8
    assert (runs["change"] / runs["expected"]).median() < 0.8


def test_commenters_are_shared_by_creators_and_pods_answer_each_other(simulation: Simulation) -> None:
    others = simulation.tables.comments.filter(pl.col("author_id") != pl.col("creator_id"))
    serves = others.group_by("author_id").agg(pl.col("creator_id").n_unique().alias("creators"))
    shared = others.join(serves, on="author_id").group_by("creator_id").agg((pl.col("creators") >= 2).mean())
    honest = simulation.truth.filter(~pl.col("fraud"))
    assert 0.10 < shared.join(honest, on="creator_id")["creators"].mean() < 0.35  # 0.20 of real comments
    hired = _of(simulation, "bought_comments").filter(pl.col("dose") > 0.2)
    sold = others.filter("spam").join(serves, on="author_id").join(hired, on="creator_id")
    assert (sold["creators"] >= 2).mean() > shared.join(honest, on="creator_id")["creators"].mean() + 0.15
    ids = simulation.tables.creators["creator_id"].implode()
    fellows = others.filter(pl.col("author_id").is_in(ids)).select("creator_id", "author_id").unique()
    back = fellows.join(fellows, left_on=["creator_id", "author_id"], right_on=["author_id", "creator_id"], how="semi")
    assert back.height > 0.1 * fellows.height
    assert fellows.join(_of(simulation, "pod"), on="creator_id", how="anti").height == 0


def test_news_moves_many_accounts_of_a_platform_on_one_day(simulation: Simulation) -> None:
    days = simulation.tables.follower_history.join(
        simulation.tables.creators.select("creator_id", "platform"), on="creator_id"
    ).join(simulation.truth.filter(~pl.col("fraud")), on="creator_id", how="semi")
    growth = days.sort("creator_id", "date").with_columns(
        growth=pl.col("followers").log().diff().over("creator_id").abs()
    )
    daily = growth.drop_nulls("growth").group_by("platform", "date").agg(pl.col("growth").median(), pl.len())
    busy = daily.filter(pl.col("len") > 60)
    quiet = busy.group_by("platform").agg(pl.col("growth").median().alias("usual"))
    moved = busy.join(quiet, on="platform").filter(pl.col("growth") > 4 * pl.col("usual"))
    assert 3 <= moved.height <= 40


def test_histories_of_a_month_hold_purchases_too(simulation: Simulation) -> None:
    days = simulation.tables.follower_history.group_by("creator_id").len().filter(pl.col("len").is_between(26, 32))
    assert days.height > 60
    assert days.join(_of(simulation, "bought_followers"), on="creator_id").height >= 5
