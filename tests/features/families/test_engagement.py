"""Engagement signals on posts written by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import features
from features.build import aggregate
from features.families.engagement import FEW_MORE
from features.records import read
from features.signal import EVIDENCE_IDS
from tests.features.conftest import NOW, creator, posts, signals_of

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random


def test_the_engagement_rate_is_the_median_of_likes_and_comments_over_followers() -> None:
    record = creator(followers=1_000, posts=posts([10, 20, 90], comments=[0, 10, 10]))
    assert signals_of(record)["engagement_rate"] == pytest.approx(0.03)


def test_the_rate_by_views_needs_no_followers() -> None:
    signals = signals_of(creator(posts=posts([10, 20, 30], comments=[0, 0, 0], views=[100, 100, 100])))
    assert signals["engagement_rate_by_views"] == pytest.approx(0.2)
    assert signals["engagement_rate"] is None


def test_hidden_likes_are_unknown_and_not_zero() -> None:
    signals = signals_of(creator(followers=100, posts=posts([None, None], comments=[3, 4])))
    assert signals["engagement_rate"] is None
    assert signals["hidden_likes_share"] is None


def test_partly_hidden_likes_are_counted() -> None:
    assert signals_of(creator(posts=posts([5, None, None, None])))["hidden_likes_share"] == pytest.approx(0.75)


def test_likes_of_none_under_posts_that_people_comment_on_are_hidden() -> None:
    comments, views = [8 + n % 3 for n in range(20)], [1_000 + 10 * n for n in range(20)]
    for hidden in (range(0, 20, 3), range(20)):
        nothing, unknown = (
            signals_of(
                creator(
                    followers=2_000,
                    posts=posts([sign if n in hidden else 100 + n for n in range(20)], comments=comments, views=views),
                )
            )
            for sign in (0, None)
        )
        assert nothing == unknown


def test_three_likes_under_posts_with_more_comments_are_hidden() -> None:
    comments = [8 + n % 3 for n in range(20)]
    for hidden in (range(0, 20, 3), range(20)):
        three, unknown = (
            signals_of(creator(posts=posts([sign if n in hidden else 100 + n for n in range(20)], comments=comments)))
            for sign in (3, None)
        )
        assert three == unknown


def test_three_likes_that_may_be_three_are_counted() -> None:
    few = creator(followers=100, posts=posts([3, 1, 3, 2, 3, 5, 3], comments=[4, 1, 4, 0, 4, 2, 4]))
    assert signals_of(few)["hidden_likes_share"] == 0
    quiet = creator(followers=100, posts=posts([3, 100, 3, 120, 3, 90, 3], comments=[2, 9, 3, 9, 3, 9, 2]))
    assert signals_of(quiet)["hidden_likes_share"] == 0


def test_views_of_none_of_posts_that_people_like_are_not_counted() -> None:
    likes = [100 + n for n in range(20)]
    nothing, unknown = (
        signals_of(creator(posts=posts(likes, comments=[5] * 20, views=[1_000 if n % 3 else sign for n in range(20)])))
        for sign in (0, None)
    )
    assert nothing == unknown
    assert nothing["excess_likes_share"] == 0


def test_posts_that_nobody_noticed_have_likes_and_views_of_none() -> None:
    quiet = creator(followers=100, posts=posts([0, 1, 0, 2, 0, 0], comments=[0, 0, 1, 0, 0, 0], views=[0] + [9] * 5))
    signals = signals_of(quiet)
    assert signals["hidden_likes_share"] == 0
    assert signals["engagement_rate"] == pytest.approx(0.005)
    small = creator(followers=100, posts=posts([0, 1, 0, 2, 3, 0], comments=[2, 1, 4, 1, 2, 3]))
    assert signals_of(small)["hidden_likes_share"] == 0


def test_hidden_likes_of_one_creator_hide_none_of_another() -> None:
    hidden = posts([0, 100] * 5, comments=[9] * 10)
    quiet = posts([0, 3] * 5, comments=[0, 0] * 5)
    records = [creator(posts=hidden), {**creator(posts=quiet), "creator_id": "d"}]
    together = features.build(read(records, now=NOW)).rows(named=True)
    assert together == [signals_of(record) for record in records]
    assert [row["hidden_likes_share"] for row in together] == [0.5, 0]


def test_no_followers_gives_no_rate() -> None:
    assert signals_of(creator(followers=0, posts=posts([5], comments=[1])))["engagement_rate"] is None


def test_likes_all_alike_have_no_spread_and_a_narrow_band() -> None:
    signals = signals_of(creator(posts=posts([100, 101, 99, 100, 100, 102])))
    assert signals["likes_spread"] < 0.02
    assert signals["narrow_like_band_share"] == 1


def test_spread_of_four_posts_is_not_known() -> None:
    assert signals_of(creator(posts=posts([1, 2, 3, 4])))["likes_spread"] is None


def test_posts_with_thrice_the_likes_and_no_more_comments_are_in_excess() -> None:
    likes = [100, 110, 90, 105, 95, 100, 98, 300, 320, 310]
    record = creator(posts=posts(likes, comments=[10] * 10))
    assert signals_of(record)["excess_likes_share"] == pytest.approx(3 / (10 + FEW_MORE))


def test_a_post_that_went_viral_with_its_comments_is_not_in_excess() -> None:
    record = creator(posts=posts([100] * 9 + [3_000], comments=[10] * 9 + [1_200]))
    signals = signals_of(record)
    assert signals["excess_likes_share"] == 0
    assert signals["viral_reach"] == pytest.approx(3.40, abs=0.02)
    assert signals["boosted_likes"] < 0.05


def test_a_sponsor_is_declared_by_column_or_by_hashtag() -> None:
    by_hashtag = creator(posts=posts([1, 2], caption=["thanks #ad", "my day"]))
    by_column = creator(posts=posts([1, 2], sponsors=[["brand"], []]))
    assert signals_of(by_hashtag)["sponsored_share"] == pytest.approx(0.5)
    assert signals_of(by_column)["sponsored_share"] == pytest.approx(0.5)
    assert signals_of(creator(posts=posts([1, 2])))["sponsored_share"] is None


@pytest.mark.parametrize(
    "caption",
    [
        "GIVEAWAY time", "Gewinnspiel!", "Sorteo nuevo", "розыгрыш призов", "抽奖", "ÇEKİLİŞ!", "KONKURS", "WINACTIE",
        "TÄVLING!", "Soutěž o dva kusy", "ΔΙΑΓΩΝΙΣΜΟΣ", "РОЗІГРАШ", "แจกของรางวัล", "गिवअवे", "הגרלה",
    ],
)  # fmt: skip
def test_a_giveaway_is_recognised_in_several_languages(caption: str) -> None:
    assert signals_of(creator(posts=posts([1], caption=[caption])))["giveaway_share"] == 1


def test_posting_rhythm_is_in_hours() -> None:
    assert signals_of(creator(posts=posts([1] * 6)))["posting_gap_hours"] == pytest.approx(24)


def grown(size: int, boosted: tuple[int, ...] = (), times: float = 3.0) -> list[dict[str, Any]]:
    """Posts of an account that doubles, each within a fifth of its trend, some with `times` the likes."""
    likes = [round(100 * 2 ** (n / size) * (0.8 + 0.1 * (n * 7 % 5))) for n in range(size)]
    return posts(
        [round(count * times) if n in boosted else count for n, count in enumerate(likes)],
        comments=[4 + n % 3 for n in range(size)],
    )


def test_likes_bought_for_some_posts_stand_out_of_their_neighbours() -> None:
    untouched, bought = (signals_of(creator(posts=grown(30, boosted))) for boosted in ((), tuple(range(0, 30, 4))))
    for name in ("boosted_likes", "excess_likes_share", "boosted_likes_share"):
        assert bought[name] > untouched[name]
    assert untouched["excess_likes_share"] == 0
    assert 0.8 * 8 / (30 + FEW_MORE) < bought["excess_likes_share"] <= 8 / (30 + FEW_MORE)


def test_one_post_of_few_says_less_than_as_large_a_share_of_many() -> None:
    few, many = (signals_of(creator(posts=grown(size, tuple(range(4, size, 9))))) for size in (9, 45))
    for name in ("excess_likes_share", "boosted_likes_share"):
        assert 0 < 1.4 * few[name] < many[name]


def test_growth_alone_is_no_excess() -> None:
    likes = [round(50 * 1.2**n) for n in range(30)]
    signals = signals_of(creator(posts=posts(likes, comments=[5] * 30)))
    assert signals["likes_spread"] > 2
    assert signals["boosted_likes_share"] <= 0.1


@pytest.mark.parametrize(("name", "noise"), [("boosted_likes", 0.05), ("boosted_likes_share", 0.0)])
def test_more_bought_posts_never_lower_what_is_seen_against_the_lesser_ones(name: str, noise: float) -> None:
    order = [n * 7 % 30 for n in range(30)]
    values = [signals_of(creator(posts=grown(30, tuple(order[:bought]))))[name] for bought in (0, 3, 6, 9, 12, 15, 18)]
    assert all(value >= max(values[: place + 1]) - noise for place, value in enumerate(values))
    assert values[-1] > 2 * values[0]


def test_where_views_are_known_they_explain_the_likes() -> None:
    views = [1_000 * 3 ** (n % 4) for n in range(20)]
    likes = [count // 10 for count in views]
    organic = signals_of(creator(posts=posts(likes, comments=[5] * 20, views=views)))
    alone = signals_of(creator(posts=posts(likes, comments=[5] * 20)))
    assert organic["excess_likes_share"] == 0
    assert alone["excess_likes_share"] > 0.2


@pytest.mark.parametrize(("times", "viral"), [(4.2, True), (3.8, False)])
def test_a_post_went_viral_that_reached_four_times_as_many_as_usual(times: float, *, viral: bool) -> None:
    likes, views = [1_000] * 20, [10_000] * 20
    likes[12], views[12] = round(times * 1_000), round(times * 10_000)
    record = creator(posts=posts([*likes], views=views))
    evidence = features.evidence(features.prepare(read([record], now=NOW)))
    assert evidence["viral_reach"].item().to_list() == ["p012"] * viral
    assert signals_of(record)["viral_reach"] == pytest.approx(math.log(times), abs=0.01)


def test_posts_with_many_more_comments_than_their_likes_bring_are_cited() -> None:
    comments = [60 if n in (4, 11) else 10 + n % 3 for n in range(20)]
    record = creator(posts=posts([100 + n % 7 for n in range(20)], comments=comments))
    evidence = features.evidence(features.prepare(read([record], now=NOW)))
    assert set(evidence["boosted_comments_share"].item()) == {"p004", "p011"}
    assert signals_of(record)["boosted_comments_share"] == pytest.approx(2 / 20)


OF_LIKES = ("boosted_likes", "boosted_likes_share", "excess_likes_share")
OF_VIEWS = ("boosted_views", "boosted_views_share")


def seen(since: int, likes: tuple[float, ...] = (), views: tuple[float, ...] = ()) -> dict[str, Any]:
    """Signals of an account with 20 posts, a day apart, the newest of which have other likes or views.

    Args:
        since: Days from the newest post to the observation.
        likes: How many times the usual likes the newest posts have.
        views: How many times the usual views they have.
    """
    usual = np.array([1_000 + 10 * (n * 7 % 11) for n in range(20)])
    liked, viewed = (np.array([1.0] * (20 - len(times)) + [*times]) for times in (likes, views))
    rows = posts(
        [round(count) for count in usual / 10 * liked],
        views=[round(count) for count in usual * viewed],
        comments=[4 + n % 3 for n in range(20)],
        posted_at=[(NOW - timedelta(days=since + 19 - n)).isoformat() for n in range(20)],
    )
    return signals_of(creator(posts=rows, observed_at=NOW.isoformat()))


def test_views_that_are_still_to_come_are_no_sign_of_bought_likes() -> None:
    untouched, young = seen(1), seen(1, views=(0.7, 0.5, 0.2))
    for name in ("boosted_likes_share", "excess_likes_share"):
        assert young[name] == untouched[name] == 0
    assert young["boosted_likes"] == pytest.approx(untouched["boosted_likes"], abs=0.02)


def test_a_post_of_long_ago_has_all_the_views_that_it_will_have() -> None:
    young, old = (seen(days, views=(0.2, 0.2, 0.2)) for days in (1, 30))
    for name in OF_LIKES:
        assert old[name] > young[name] + 0.05


def test_likes_or_views_bought_for_the_newest_posts_stand_out() -> None:
    untouched = seen(1)
    likes, views = seen(1, likes=(3.0, 3.0, 3.0)), seen(1, views=(4.0, 4.0, 4.0))
    for name in OF_LIKES:
        assert likes[name] > untouched[name] + 0.05
    for name in OF_VIEWS:
        assert views[name] > untouched[name] + 0.05


def test_what_an_undated_post_lacks_counts_by_half() -> None:
    usual = [1_000 + 40 * (n * 7 % 11) for n in range(20)]
    rows = posts(
        [count // 10 for count in usual],
        views=[round(count * (0.2 if n % 5 == 0 else 1)) for n, count in enumerate(usual)],
        posted_at=[f"2025-01-{n + 1:02}T00:00:00Z" for n in range(20)],
    )
    dated, undated = (
        signals_of(creator(posts=[row | times for row in rows], observed_at=NOW.isoformat()))
        for times in ({}, {"posted_at": None})
    )
    for name in ("boosted_likes", "excess_likes_share"):
        assert dated[name] > undated[name] + 0.05


def test_what_is_to_come_leaves_hidden_likes_unknown() -> None:
    shown = [100 + n for n in range(14)]
    hidden = posts([*shown, *(None,) * 6], views=[1_000 + n for n in range(20)])
    some, without = (signals_of(creator(posts=rows)) for rows in (hidden, hidden[:14]))
    for name in (*OF_LIKES, *OF_VIEWS):
        assert some[name] == pytest.approx(without[name])


def test_views_that_likes_do_not_follow_are_in_excess() -> None:
    views = [1_000 + 10 * n if n % 4 else 5_000 for n in range(20)]
    signals = signals_of(creator(posts=posts([100] * 20, comments=[5] * 20, views=views)))
    assert signals["boosted_views_share"] == pytest.approx(5 / (20 + FEW_MORE))
    assert signals["boosted_views"] > 1.2
    assert signals["excess_likes_share"] == 0
    assert signals_of(creator(posts=posts([100] * 20)))["boosted_views_share"] is None


def sold(liked: tuple[int, ...], seen: tuple[int, ...]) -> dict[str, list[str]]:
    """What is cited of an account that bought likes for some posts and views for some."""

    def counts(usual: int, bought: tuple[int, ...]) -> list[int | None]:
        return [round(usual * (0.8 + 0.06 * (n * 3 % 7))) * (4 if n in bought else 1) for n in range(30)]

    record = creator(posts=posts(counts(100, liked), comments=counts(10, ()), views=counts(1_000, seen)))
    return features.evidence(features.prepare(read([record], now=NOW))).row(0, named=True)


OF_LIKES = ("boosted_likes", "boosted_likes_share", "excess_likes_share")
OF_VIEWS = ("boosted_views", "boosted_views_share")


@pytest.mark.parametrize("bought", [tuple(range(0, 30, 3)), tuple(n for n in range(30) if n % 5 < 3)])
def test_posts_that_were_left_alone_are_not_cited_beside_those_that_were_bought(bought: tuple[int, ...]) -> None:
    touched = {f"p{n:03}" for n in bought}
    likes, views = sold(bought, ()), sold((), bought)
    for cited, own, other in ((likes, OF_LIKES[:2], OF_VIEWS), (views, OF_VIEWS, OF_LIKES)):
        assert all(len(cited[name]) == EVIDENCE_IDS and touched >= {*cited[name]} for name in own)
        assert not any(cited[name] for name in other)


def test_posts_with_bought_likes_are_cited_beside_others_with_bought_views() -> None:
    cited = sold(tuple(range(0, 30, 5)), tuple(range(2, 30, 5)))
    for name, first in (("boosted_likes_share", 0), ("boosted_views_share", 2)):
        assert len(cited[name]) == EVIDENCE_IDS
        assert {f"p{n:03}" for n in range(first, 30, 5)} >= {*cited[name]}


def test_the_post_that_stands_out_most_is_cited_first() -> None:
    likes: list[int | None] = [{4: 400, 11: 900, 17: 600}.get(n, 100 + n) for n in range(20)]
    cited = features.evidence(features.prepare(read([creator(posts=posts(likes))], now=NOW))).row(0, named=True)
    assert all(cited[name] == ["p011", "p017", "p004"] for name in OF_LIKES)


def test_a_post_whose_other_count_is_low_is_not_cited() -> None:
    low = {"comments": [20] * 20, "views": [2_000 if n % 4 else 300 for n in range(20)]}
    record = creator(posts=posts([200] * 20, **low))
    cited = features.evidence(features.prepare(read([record], now=NOW))).row(0, named=True)
    assert not any(cited[name] for name in OF_LIKES)


def test_a_post_near_the_line_counts_in_part() -> None:
    shares = []
    for times in (1.3, 1.6, 2.0, 2.5, 3.0, 4.0):
        likes: list[int | None] = [round(1_000 * times) if n == 7 else 1_000 for n in range(20)]
        shares.append(signals_of(creator(posts=posts(likes)))["excess_likes_share"] * (20 + FEW_MORE))
    assert shares[0] == 0
    assert shares[2] == pytest.approx(0.5, abs=0.01)
    assert shares[4:] == [1, 1]
    assert all(later - earlier < 0.4 for earlier, later in pairwise(shares))


def test_bought_views_hardly_move_the_line_that_lesser_posts_draw() -> None:
    order = [n * 7 % 30 for n in range(30)]
    views = [round(1_000 * (0.8 + 0.1 * (n * 11 % 5))) for n in range(30)]
    found = []
    for bought in (0, 3, 6, 9, 12, 15, 18):
        lifted = [count * 5 if n in order[:bought] else count for n, count in enumerate(views)]
        found.append(signals_of(creator(posts=posts([100] * 30, views=lifted)))["boosted_views_share"])
    assert all(value >= max(found[: place + 1]) - 0.03 for place, value in enumerate(found))
    assert found[-1] > 0.3


def test_likes_over_views_of_few_posts_are_not_compared_with_those_of_peers() -> None:
    for size, known in ((7, False), (8, True)):
        record = creator(followers=1_000, posts=posts([100] * size, views=[1_000] * size))
        levels = aggregate(features.prepare(read([record], now=NOW)))
        assert (levels["likes_by_views_upper"].item() is not None) == known
        assert levels["likes_by_views_lower"].item() is not None


def test_only_posts_that_a_signal_counts_are_cited() -> None:
    views = [1_000 + 10 * n for n in range(20)]
    views[3], views[7] = 1_800, 4_000
    record = creator(posts=posts([100] * 20, comments=[5] * 20, views=views))
    found = features.evidence(features.prepare(read([record], now=NOW)))["boosted_views_share"].item().to_list()
    assert found == ["p007"]
    alike = creator(posts=posts([view // 10 for view in views], comments=[5] * 20, views=views))
    assert not features.evidence(features.prepare(read([alike], now=NOW)))["boosted_views_share"].item().to_list()


def test_likes_without_comments_or_views_are_compared_with_the_posts_around() -> None:
    signals = signals_of(creator(posts=posts([100, 110, 90, 105, 95, 100, 98, 300, 320, 310])))
    assert signals["excess_likes_share"] == pytest.approx(3 / (10 + FEW_MORE))


def test_seven_posts_are_too_few_to_tell_two_kinds_apart() -> None:
    signals = signals_of(creator(posts=posts([100, 110, 90, 105, 95, 300, 98], comments=[5] * 7)))
    assert signals["boosted_likes"] is None
    assert signals["boosted_likes_share"] is None
    assert signals["likes_spread"] is not None


def test_hidden_likes_of_some_posts_leave_the_others_as_they_are() -> None:
    shown = grown(30, (3, 9, 15, 21))
    hidden = [post if n % 6 else post | {"likes": None} for n, post in enumerate(shown)]
    signals = signals_of(creator(posts=hidden))
    assert signals["hidden_likes_share"] == pytest.approx(5 / 30)
    assert 0.8 * 4 / (25 + FEW_MORE) < signals["excess_likes_share"] <= 4 / (25 + FEW_MORE)


def test_posts_without_times_are_compared_with_one_another() -> None:
    timeless = [{**post, "posted_at": None} for post in grown(30, tuple(range(0, 30, 4)))]
    signals = signals_of(creator(posts=timeless))
    assert signals["excess_likes_share"] > 0.1
    assert signals["engagement_volatility"] is not None
    assert signals["posting_gap_hours"] is None


def test_a_viral_post_is_one_that_people_saw_and_not_one_that_was_bought() -> None:
    comments = [40] * 20
    viral = signals_of(creator(posts=posts([100] * 19 + [2_000], comments=[*comments[:19], 3_000])))
    bought = signals_of(creator(posts=posts([100] * 19 + [2_000], comments=comments)))
    assert viral["viral_reach"] == pytest.approx(2.99, abs=0.02)
    assert bought["viral_reach"] == 0


def test_comments_alone_make_no_post_viral() -> None:
    talked_about = posts([None] * 12 + [100] * 12, comments=[5] * 11 + [500] + [5] * 12)
    assert signals_of(creator(posts=talked_about))["viral_reach"] == 0


counts = st.tuples(st.integers(40, 10**6), st.integers(40, 10**5), st.one_of(st.none(), st.integers(40, 10**7)))
CONTRASTS = ("boosted_likes", "boosted_views", "likes_spread", "engagement_volatility")


@settings(max_examples=20)
@given(st.lists(counts, min_size=8, max_size=40))
def test_contrasts_within_an_account_do_not_depend_on_its_size(rows: list[tuple[int, int, int | None]]) -> None:
    def of(times: int) -> dict[str, Any]:
        likes, comments, views = zip(*rows, strict=True)
        larger = [None if count is None else count * times for count in views]
        return signals_of(
            creator(
                posts=posts([n * times for n in likes], comments=[n * times for n in comments], views=larger),
            )
        )

    small, large = of(1), of(4)
    for name in CONTRASTS:
        assert small[name] == (None if large[name] is None else pytest.approx(large[name], abs=0.15))


@settings(max_examples=20)
@given(st.lists(counts, min_size=1, max_size=30), st.randoms(use_true_random=False), st.booleans())
def test_the_order_of_rows_and_the_ids_of_posts_change_nothing(
    rows: list[tuple[int, int, int | None]], random: Random, timed: bool
) -> None:
    likes, comments, views = map(list, zip(*rows, strict=True))
    written = posts(likes, comments=comments, views=views)
    if not timed:
        written = [{**post, "posted_at": None} for post in written]
    shuffled = random.sample(written, len(written))
    renamed = [{**post, "post_id": f"q{place}"} for place, post in enumerate(shuffled)]
    assert signals_of(creator(posts=renamed)) == signals_of(creator(posts=written))


def test_one_creator_alone_and_among_others_has_the_same_signals() -> None:
    records = [
        creator(creator_id=f"c{n}", posts=[{**post, "post_id": f"{n}-{post['post_id']}"} for post in made])
        for n, made in enumerate(
            (
                grown(30, (3, 9)),
                posts([5, None, 7, None] * 6, views=[None, 90, 70, None] * 6),
                grown(11),
                [{**post, "posted_at": None} for post in grown(17, (1, 5))],
            )
        )
    ]
    together = features.build(read(records, now=NOW)).rows(named=True)
    assert together == [features.build(read([record], now=NOW)).row(0, named=True) for record in records]


@pytest.mark.parametrize(("folder", "least"), [("instagram_ordinary", 0.95), ("tiktok", 0.97)])
def test_tripled_likes_under_three_in_ten_posts_stand_out_on_real_accounts(
    real_data: Path, folder: str, least: float
) -> None:
    tables = read(real_data / "creators" / folder)
    enough = tables.posts.group_by("creator_id").len().filter(pl.col("len") >= 8)["creator_id"].sort()[:300].implode()
    mine = pl.col("creator_id").is_in(enough)
    untouched = replace(tables, creators=tables.creators.filter(mine), posts=tables.posts.filter(mine))
    drawn = untouched.posts.with_columns(draw=np.random.default_rng(5).random(untouched.posts.height))
    chosen = pl.col("draw").rank().over("creator_id") <= (0.3 * pl.len().over("creator_id")).round()
    more = drawn.with_columns(likes=pl.when(chosen).then(pl.col("likes") * 3).otherwise("likes")).drop("draw")
    bought = replace(untouched, posts=more)
    before, after = features.build(untouched), features.build(bought)
    for name in ("boosted_likes", "excess_likes_share", "boosted_likes_share"):
        genuine, fraud = before[name].to_numpy(), after[name].to_numpy()
        above = (fraud[:, None] > genuine[None, :]).mean() + 0.5 * (fraud[:, None] == genuine[None, :]).mean()
        assert above >= least
