from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.records import RECORD_TABLES, Tables
from training.injection.comments import HURRY_MINUTES, bought_comments
from training.injection.counts import bought_likes, bought_likes_in_proportion, bought_views
from training.injection.doses import DOSED
from training.injection.followers import bought_followers, labelled_fakes, purchases
from training.injection.praise import EMOJI, PRAISE, SENTENCES
from training.simulate import Simulation

Inject = Callable[[Tables], Tables]


@pytest.fixture(scope="module")
def tables(simulation: Simulation) -> Tables:
    return simulation.tables.select(simulation.tables.creators["creator_id"][:60].to_list())


@pytest.fixture(scope="module")
def labelled(simulation: Simulation) -> Tables:
    """The same creators with the labels of followers and comments."""
    wanted = simulation.tables.creators["creator_id"][:60].implode()
    kept = {table.name: simulation.tables[table.name] for table in RECORD_TABLES}
    return Tables.from_frames({name: frame.filter(pl.col("creator_id").is_in(wanted)) for name, frame in kept.items()})


def _changed(before: pl.DataFrame, after: pl.DataFrame, column: str) -> pl.DataFrame:
    """The rows in which a column differs, with the new value as `new`; rows must be the same ones in the same order."""
    beside = before.with_columns(new=after[column])
    return beside.filter(pl.col(column).ne_missing(pl.col("new")))


def _is_others() -> pl.Expr:
    return pl.col("author_id").ne_missing(pl.col("creator_id"))


MANNERS: dict[str, Inject] = {
    "likes": lambda tables: bought_likes(tables, 0.3, 3, 7),
    "proportion": lambda tables: bought_likes_in_proportion(tables, 2),
    "views": lambda tables: bought_views(tables, 0.3, 3, 7),
    "step": lambda tables: bought_followers(tables, 0.1, 1, 7),
    "drip": lambda tables: bought_followers(tables, 0.1, 14, 7),
    "praise": lambda tables: bought_comments(tables, 0.3, "praise", 7),
    "multilingual": lambda tables: bought_comments(tables, 0.3, "multilingual", 7),
    "patient": lambda tables: bought_comments(tables, 0.3, "praise", 7, hurried=False, accounts=None),
}
"""All that do not draw on other creators."""

COMMENT_COLUMNS = {"text", "author_id", "posted_at", "likes", "is_reply", "author_verified", "spam"}
TOUCHED = {
    "likes": {"posts": {"likes"}},
    "proportion": {"posts": {"likes"}},
    "views": {"posts": {"views"}},
    "step": {"creators": {"followers"}, "follower_history": {"followers"}},
    "drip": {"creators": {"followers"}, "follower_history": {"followers"}},
    "praise": {"comments": COMMENT_COLUMNS},
    "multilingual": {"comments": COMMENT_COLUMNS},
    "patient": {"comments": COMMENT_COLUMNS},
}


@pytest.mark.parametrize("manner", MANNERS)
def test_nothing_but_what_is_bought_changes(manner: str, tables: Tables) -> None:
    bought = MANNERS[manner](tables)
    assert bought != tables
    for name, frame in tables.items():
        same = [column for column in frame.columns if column not in TOUCHED[manner].get(name, ())]
        assert bought[name].schema == frame.schema
        assert bought[name].select(same).equals(frame.select(same))


@pytest.mark.parametrize("manner", MANNERS)
def test_one_creator_alone_buys_what_it_buys_among_many(manner: str, tables: Tables) -> None:
    among = MANNERS[manner](tables)
    for creator in tables.creators["creator_id"][:60:13]:
        assert MANNERS[manner](tables.select([creator])) == among.select([creator])


@pytest.mark.parametrize("manner", [name for name in MANNERS if name != "proportion"])
def test_rows_in_another_order_buy_the_same(manner: str, tables: Tables) -> None:
    mixed = replace(tables, **{name: frame.sample(fraction=1, shuffle=True, seed=1) for name, frame in tables.items()})
    bought, again = MANNERS[manner](tables), MANNERS[manner](mixed)
    for name, frame in bought.items():
        assert (
            again[name]
            .select(sorted(frame.columns))
            .sort(frame.columns[:2])
            .equals(frame.select(sorted(frame.columns)).sort(frame.columns[:2]))
        )


def test_another_seed_buys_elsewhere(tables: Tables) -> None:
    assert bought_likes(tables, 0.3, 3, 1) != bought_likes(tables, 0.3, 3, 2)
    assert bought_likes(tables, 0.3, 3, 1) == bought_likes(tables, 0.3, 3, 1)


@settings(max_examples=20)
@given(share=st.floats(0.01, 1), factor=st.floats(1.5, 5))
def test_the_nearest_whole_number_of_known_posts_is_bought(tables: Tables, share: float, factor: float) -> None:
    posts = tables.posts.filter(pl.col("likes").is_null() | (pl.col("likes") > 1))
    bought = bought_likes(replace(tables, posts=posts), share, factor, 3)
    changed = _changed(posts, bought.posts, "likes")
    assert changed.select((pl.col("new") == (pl.col("likes") * factor).round()).all()).item()
    known = pl.col("likes").count()
    wanted = posts.group_by("creator_id").agg(many=(share * known).round().clip(1), known=known)
    counted = wanted.filter(pl.col("known") > 0).join(changed.group_by("creator_id").len(), on="creator_id", how="left")
    assert counted.select((pl.col("len") == pl.col("many")).all()).item()


def test_hidden_likes_stay_hidden(tables: Tables) -> None:
    hidden = replace(tables, posts=tables.posts.with_columns(likes=pl.lit(None, pl.Int64)))
    assert bought_likes(hidden, 0.5, 3, 1) == hidden


@settings(max_examples=15)
@given(st.floats(0.02, 0.6), st.floats(0.02, 0.6))
@pytest.mark.parametrize("kind", DOSED)
def test_a_higher_dose_buys_the_same_and_more(kind: str, tables: Tables, one: float, other: float) -> None:
    less, more = (DOSED[kind](tables, dose, 5) for dose in sorted((one, other)))
    for name, column in (("posts", "likes"), ("posts", "views"), ("follower_history", "followers")):
        assert (less[name][column] <= more[name][column]).all()
    bought_less = _changed(tables.comments, less.comments, "author_id")
    bought_more = _changed(tables.comments, more.comments, "author_id")
    shared = bought_less.join(bought_more, on=("creator_id", "comment_id"), how="left", suffix="_more")
    assert shared["new"].equals(shared["new_more"])


def test_followers_bought_in_a_day_come_on_that_day_and_stay(tables: Tables) -> None:
    bought, when = bought_followers(tables, 0.1, 1, 4), purchases(tables, 0.1, 1, 4)
    for creator, start, end, many in when.head(20).iter_rows():
        before = tables.follower_history.filter(pl.col("creator_id") == creator)
        after = bought.follower_history.filter(pl.col("creator_id") == creator)
        added = before.select("date", added=after["followers"] - before["followers"])
        assert start == end
        assert set(added.filter(pl.col("date") < start)["added"]) == {0}
        eve = before.filter(pl.col("date") < start)["followers"].drop_nulls()[-1]
        found = added.filter(pl.col("date") >= start)["added"].drop_nulls()
        assert set(found) == {many} or (before["followers"] % 10 == 0).all()
        assert found.is_between(many - 0.01 * eve, many).all()
        assert many == round(eve * 0.1)


def test_counts_that_a_page_shortened_stay_so_after_a_purchase() -> None:
    days = pl.date_range(pl.date(2026, 1, 1), pl.date(2026, 2, 9), eager=True)
    shown = pl.concat(
        pl.DataFrame({"creator_id": name, "date": days, "followers": [first] * 20 + [last] * 20})
        for name, first, last in (("a", 21_800, 21_900), ("b", 1_340_000, 1_350_000), ("c", 20_000, 20_000))
    )
    creators = pl.DataFrame({"creator_id": ["a", "b", "c"], "platform": "youtube"})
    tables = Tables.from_frames({"creators": creators, "follower_history": shown})
    for after in (bought_followers(tables, 0.111, 1, 4), bought_followers(tables, 0.333, 14, 4)):
        counts = dict(after.follower_history.group_by("creator_id").agg("followers").iter_rows())
        assert all(count % 100 == 0 for count in (*counts["a"], *counts["c"]))
        assert all(count % 10_000 == 0 for count in counts["b"])
        assert all(own[-1] > 1.1 * own[0] for own in counts.values())


def test_a_drip_comes_in_equal_parts_and_is_whole_at_its_end(tables: Tables) -> None:
    daily = Tables.from_frames(
        {
            "creators": pl.DataFrame({"creator_id": ["c"], "platform": ["x"], "followers": [1000]}),
            "follower_history": pl.DataFrame(
                {
                    "creator_id": ["c"] * 30,
                    "date": pl.date_range(pl.date(2026, 1, 1), pl.date(2026, 1, 30), eager=True),
                    "followers": [1000] * 30,
                }
            ),
        }
    )
    bought = bought_followers(daily, 0.14, 14, 2)
    gains = bought.follower_history["followers"].diff().drop_nulls()
    assert gains.filter(gains > 0).to_list() == [10] * 14
    assert bought.follower_history["followers"][-1] == bought.creators["followers"][0] == 1140


def test_without_a_history_the_profile_alone_shows_the_followers(tables: Tables) -> None:
    bare = replace(tables, follower_history=tables.follower_history.clear())
    bought = bought_followers(bare, 0.25, 1, 1)
    assert bought.creators["followers"].equals((bare.creators["followers"] * 1.25).round().cast(pl.Int64)) or (
        (bought.creators["followers"] - bare.creators["followers"] * 1.25).abs().max() <= 0.5  # type: ignore[operator]
    )


def test_the_bought_share_of_the_sample_is_fake(labelled: Tables) -> None:
    fakes = labelled_fakes(labelled)
    assert fakes is not None
    nobody = replace(labelled, audience=labelled.audience.with_columns(fake=pl.lit(value=False)))
    bought = bought_followers(nobody, 0.25, 1, 3, fakes=fakes).audience
    shares = bought.group_by("creator_id").agg(pl.col("fake").sum(), many=(0.2 * pl.len()).round().clip(1))
    assert shares.select((pl.col("fake") == pl.col("many")).all()).item()
    profile = ["followers", "following", "posts_count", "created_at"]
    taken = bought.filter("fake").select(profile).unique()
    assert taken.join(fakes.select(profile), on=profile, how="anti", nulls_equal=True).is_empty()


def test_a_share_of_others_comments_is_replaced_and_the_creators_own_stay(tables: Tables) -> None:
    bought = bought_comments(tables, 0.4, "praise", 2)
    changed = _changed(tables.comments, bought.comments, "author_id")
    assert changed.select(_is_others().all()).item()
    others = tables.comments.filter(_is_others()).group_by("creator_id").agg(many=(0.4 * pl.len()).round().clip(1))
    counted = others.join(changed.group_by("creator_id").len(), on="creator_id", how="left")
    assert counted.select((pl.col("len") == pl.col("many")).all()).item()
    assert set(_changed(tables.comments, bought.comments, "text")["new"]) <= set(PRAISE["en"])


def test_hurried_comments_come_soon_after_the_post(tables: Tables) -> None:
    bought = bought_comments(tables, 0.4, "praise", 2)
    late = _changed(tables.comments, bought.comments, "posted_at").join(
        tables.posts.select("creator_id", "post_id", at="posted_at"), on=("creator_id", "post_id")
    )
    minutes = (late["new"] - late["at"]).dt.total_minutes()
    assert minutes.min() >= HURRY_MINUTES[0]  # type: ignore[operator]
    assert minutes.max() <= HURRY_MINUTES[1]  # type: ignore[operator]


def test_praise_is_in_the_creators_language(tables: Tables) -> None:
    turkish = replace(tables, creators=tables.creators.with_columns(language=pl.lit("tr")))
    texts = _changed(tables.comments, bought_comments(turkish, 0.5, "multilingual", 2).comments, "text")["new"]
    words = {text.strip("".join(EMOJI) + " \ufe0f") for text in texts} - {""}
    assert words <= set(PRAISE["tr"])


def test_sentences_are_in_the_creators_language(tables: Tables) -> None:
    turkish = replace(tables, creators=tables.creators.with_columns(language=pl.lit("tr")))
    texts = _changed(tables.comments, bought_comments(turkish, 0.5, "sentences", 2).comments, "text")["new"]
    assert set(texts) == set(SENTENCES["tr"])
    unknown = replace(tables, creators=tables.creators.with_columns(language=pl.lit(None, pl.String)))
    texts = _changed(tables.comments, bought_comments(unknown, 0.5, "sentences", 2).comments, "text")["new"]
    assert set(texts) <= set(SENTENCES["en"])


def test_varied_comments_are_copied_from_other_creators(tables: Tables) -> None:
    bought = _changed(tables.comments, bought_comments(tables, 0.5, "varied", 2).comments, "author_id")
    bought = bought.drop("new").join(
        bought_comments(tables, 0.5, "varied", 2).comments.select("creator_id", "comment_id", new="text"),
        on=("creator_id", "comment_id"),
    )
    writers = tables.comments.filter(_is_others()).group_by("text").agg(pl.col("creator_id").unique().alias("under"))
    found = bought.join(writers, left_on="new", right_on="text")
    assert found.height == bought.height
    assert found.select((pl.col("under").list.set_difference(pl.concat_list("creator_id")).list.len() > 0).all()).item()


def test_bought_comments_are_labelled_where_labels_are_read(labelled: Tables) -> None:
    bought = bought_comments(labelled, 0.3, "praise", 2).comments
    changed = _changed(labelled.comments, bought, "author_id").select("creator_id", "comment_id")
    assert bought.join(changed, on=("creator_id", "comment_id"))["spam"].all()
