"""Pods planted among honest communities, and loyal communities that are none."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl
import pytest

import features
from features.context import Context
from features.corpus import commenters, pods
from features.records import read
from tests.features.conftest import NOW, signals_of
from tests.features.corpus.test_commenters import corpus, digest

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from features.records import Tables

CREATORS = 120
START = datetime(2026, 3, 1, tzinfo=UTC)


def honest(rng: random.Random) -> dict[str, list[str]]:
    """Creators in niches whose readers each read a few of the niche, with fans of their own."""
    comments: dict[str, list[str]] = {}
    for number in range(CREATORS):
        readers = [f"niche{number % 8}-{int(300 * rng.random() ** 2)}" for _ in range(15)]
        comments[f"c{number}"] = readers + [f"fan{number}-{place}" for place in range(20)]
    return comments


def timed(comments: dict[str, list[str]], prompt: Iterable[str] = (), posts: int = 1, seed: int = 1) -> Tables:
    """The corpus with a time of each comment, spread over days, or within the hour of those who are prompt.

    Args:
        comments: The authors of each creator's comments.
        prompt: Who is called to each post.
        posts: Of each creator; the comments are dealt out to them.
        seed: Of the times.
    """
    rng, called = random.Random(seed), set(prompt)
    records = []
    for creator, authors in comments.items():
        rows = [
            {
                "comment_id": f"{creator}-{place}",
                "author_id": author,
                "text": "hello",
                "post_id": f"{creator}-post{place % posts}",
                "posted_at": START + timedelta(hours=rng.random() if author in called else 60 * rng.random()),
            }
            for place, author in enumerate(authors)
        ]
        published = [{"post_id": f"{creator}-post{post}", "posted_at": START} for post in range(posts)]
        records.append({"creator_id": creator, "platform": "instagram", "comments": rows, "posts": published})
    return read(records, now=NOW)


def planted(creators: int, outsiders: int, chance: float, seed: int = 7) -> tuple[Tables, set[str], set[str]]:
    """A corpus in which some creators comment on each other at once, with others who comment on all of them."""
    comments, pod, members = exchanging(creators, outsiders, chance, seed)
    return timed(comments, members), pod, members


def exchanging(
    creators: int, outsiders: int, chance: float, seed: int = 7
) -> tuple[dict[str, list[str]], set[str], set[str]]:
    """The authors of a corpus in which some creators comment on each other, and who they are."""
    rng = random.Random(seed)
    comments = honest(rng)
    pod = rng.sample(sorted(comments), creators)
    members = [*pod, *(f"member{place}" for place in range(outsiders))]
    for creator in pod:
        comments[creator] += [member for member in members if member != creator and rng.random() < chance]
    return comments, set(pod), set(members)


@pytest.mark.parametrize(
    ("creators", "outsiders", "chance"), [(6, 0, 0.9), (12, 12, 0.7), (25, 0, 0.5), (5, 10, 0.8), (4, 5, 1.0)]
)
def test_a_pod_of_creators_is_found_with_its_members(creators: int, outsiders: int, chance: float) -> None:
    tables, pod, members = planted(creators, outsiders, chance)
    (found,) = pods.pods_of(tables).iter_rows(named=True)
    assert len(pod & set(found["creators"])) >= 0.8 * len(pod)
    assert set(found["creators"]) <= pod
    assert len(members & set(found["commenters"])) >= 0.8 * len(members)
    assert found["reciprocity"] > 0.3
    assert found["shared_commenters"] > found["expected"]
    assert found["sooner"] > 0.9
    assert found["first"] == found["last"] == START.date()


def test_accounts_that_serve_many_creators_in_lockstep_are_found_without_reciprocity() -> None:
    comments, served, rented = rents()
    (found,) = pods.pods_of(timed(comments, rented)).iter_rows(named=True)
    assert set(found["creators"]) == served
    assert {name for name in found["commenters"] if name.startswith("rented")} == rented
    assert found["reciprocity"] == 0


def rents() -> tuple[dict[str, list[str]], set[str], set[str]]:
    """Ten creators under whose posts most of thirty accounts comment."""
    rng = random.Random(3)
    comments = honest(rng)
    served = rng.sample(sorted(comments), 10)
    for creator in served:
        comments[creator] += [f"rented{place}" for place in range(30) if rng.random() < 0.7]
    return comments, set(served), {f"rented{place}" for place in range(30)}


def test_friends_who_comment_when_they_see_a_post_are_no_pod() -> None:
    """A local scene, a family with its relatives: as close as a pod, and no sooner there than others."""
    for creators, outsiders, chance in ((12, 12, 0.7), (25, 0, 0.5), (5, 10, 0.8)):
        comments, _, _ = exchanging(creators, outsiders, chance)
        assert pods.pods_of(timed(comments)).is_empty()


def test_fans_of_all_members_of_a_band_are_no_pod() -> None:
    comments, _, _ = rents()
    assert pods.pods_of(timed(comments)).is_empty()


def test_friends_of_whom_it_is_not_known_when_they_comment_are_no_pod() -> None:
    comments, _, _ = exchanging(12, 12, 0.7)
    assert pods.pods_of(corpus(comments)).is_empty()


@pytest.mark.parametrize(("posts", "under", "found"), [(4, 4, 1), (4, 1, 0), (2, 2, 0)])
def test_who_comments_under_all_posts_of_all_the_others_is_a_pod_whenever(posts: int, under: int, found: int) -> None:
    """Calls of a day come no sooner than others; a feast or a conference lasts for a post or two."""
    comments, pod, _ = exchanging(12, 0, 1.0)
    for creator in pod:
        fellows = sorted(pod - {creator})
        comments[creator] = [f"fan{creator}{place}" for place in range(4 * posts)]
        comments[creator] += [one for one in fellows for _ in range(under)]
    assert pods.pods_of(timed(comments, posts=posts)).height == found


def test_the_evidence_names_posts_with_their_creators() -> None:
    comments, _, members = exchanging(12, 0, 0.9)
    tables = timed(comments, members)
    alike = tables.comments.with_columns(post_id=pl.lit("p1"))
    (found,) = pods.pods_of(replace(tables, comments=alike)).iter_rows(named=True)
    assert {post["creator_id"] for post in found["posts"]} == set(found["creators"])
    assert {post["post_id"] for post in found["posts"]} == {"p1"}
    assert sum(post["comments"] for post in found["posts"]) == found["comments"]


def test_a_pod_with_a_denser_middle_is_one() -> None:
    """The middle is found first; the ties to the others, which are left, lead to all of them once more."""
    comments = honest(random.Random(2))
    middle, others = [f"c{number}" for number in range(8)], [f"c{number}" for number in range(8, 16)]
    for creator in middle:
        comments[creator] += [fellow for fellow in middle if fellow != creator]
    for place, creator in enumerate(others):
        known = [middle[(place + step) % 8] for step in range(4)]
        comments[creator] += [*known, *(f"fan{creator}-more{fan}" for fan in range(800))]
        for fellow in known:
            comments[fellow].append(creator)
    (found,) = pods.pods_of(timed(comments, [*middle, *others])).iter_rows(named=True)
    assert set(found["creators"]) == {*middle, *others}


@pytest.mark.parametrize("fans", [0, 200])
def test_a_pod_some_of_whose_creators_are_popular_is_one(fans: int) -> None:
    comments, pod, members = exchanging(8, 0, 0.9)
    for creator in sorted(pod)[:4]:
        comments[creator] += [f"fan{creator}{place}" for place in range(fans)]
    (found,) = pods.pods_of(timed(comments, members)).iter_rows(named=True)
    assert set(found["creators"]) == pod


def test_the_famous_under_whose_posts_a_pod_comments_are_not_of_it() -> None:
    comments, pod, members = exchanging(12, 0, 0.7)
    famous = next(name for name in sorted(comments) if name not in pod)
    comments[famous] += sorted(pod)
    (found,) = pods.pods_of(timed(comments, members)).iter_rows(named=True)
    assert set(found["creators"]) == pod


def test_readers_who_serve_few_of_a_large_pod_are_not_of_it() -> None:
    comments, pod, members = exchanging(30, 0, 0.5)
    for creator in sorted(pod)[:4]:
        comments[creator] += ["reader", "another"]
    (found,) = pods.pods_of(timed(comments, members)).iter_rows(named=True)
    assert set(found["commenters"]) == members


def test_close_groups_that_are_none_do_not_hide_a_pod() -> None:
    """However many scenes are denser than a pod, the search goes on."""
    rng = random.Random(13)
    comments = honest(rng)
    names = sorted(comments)
    for group in (names[start : start + 6] for start in range(0, 90, 6)):
        for creator in group:
            comments[creator] += [friend for friend in group if friend != creator]
    pod = names[90:100]
    for creator in pod:
        comments[creator] += [member for member in pod if member != creator and rng.random() < 0.45]
    (found,) = pods.pods_of(timed(comments, pod)).iter_rows(named=True)
    assert set(found["creators"]) <= set(pod)
    assert len(found["creators"]) >= 0.8 * len(pod)


def test_loyal_communities_are_no_pods() -> None:
    comments, called = honest(random.Random(5)), []
    for number in range(10):
        loyal = [f"loyal{number}-{place}" for place in range(12)]
        comments[f"c{number}"] += loyal * 8
        called += loyal
    assert pods.pods_of(timed(comments, called)).is_empty()


def test_a_creators_two_accounts_with_the_same_fans_are_no_pod() -> None:
    comments = honest(random.Random(6))
    fans = [f"fan-of-both{place}" for place in range(30)]
    comments["c1"] += fans
    comments["c2"] += fans
    assert pods.pods_of(timed(comments, fans)).is_empty()


def test_three_friends_who_comment_on_each_other_are_no_pod() -> None:
    comments = honest(random.Random(8))
    for one, others in {"c1": ["c2", "c3"], "c2": ["c1", "c3"], "c3": ["c1", "c2"]}.items():
        comments[one] += others
    assert pods.pods_of(timed(comments, ["c1", "c2", "c3"])).is_empty()


def test_creators_who_comment_on_a_few_of_their_niche_are_no_pod() -> None:
    rng = random.Random(9)
    comments = honest(rng)
    for number in range(CREATORS):
        niche = [f"c{other}" for other in range(number % 8, CREATORS, 8) if other != number]
        for friend in rng.sample(niche, 2):
            comments[friend].append(f"c{number}")
    assert pods.pods_of(timed(comments, list(comments))).is_empty()


def test_two_pods_are_two() -> None:
    rng = random.Random(11)
    comments = honest(rng)
    names = rng.sample(sorted(comments), 16)
    for group in (names[:8], names[8:]):
        for creator in group:
            comments[creator] += [member for member in group if member != creator]
    found = pods.pods_of(timed(comments, names))
    assert sorted(map(sorted, found["creators"].to_list())) == sorted([sorted(names[:8]), sorted(names[8:])])


def test_renaming_people_and_shuffling_rows_changes_nothing_but_names() -> None:
    tables, _, _ = planted(10, 8, 0.6)
    renamed = {name: f"{index:05}{name[::-1]}" for index, name in enumerate(people(tables))}

    def under_new_names(frame: pl.DataFrame, *columns: str) -> pl.DataFrame:
        return frame.sample(fraction=1, shuffle=True, seed=2).with_columns(pl.col(columns).replace(renamed))

    other = replace(
        tables,
        creators=under_new_names(tables.creators, "creator_id"),
        comments=under_new_names(tables.comments, "creator_id", "author_id"),
    )
    as_named, as_renamed = pods.pods_of(tables), pods.pods_of(other)
    names_alone = ("creators", "commenters", "posts")
    assert as_named.drop(names_alone).equals(as_renamed.drop(names_alone))
    names = [{renamed[name] for name in some} for some in as_named["commenters"].to_list()]
    assert names == [set(some) for some in as_renamed["commenters"].to_list()]


def test_comments_that_were_collected_twice_change_nothing_but_their_numbers() -> None:
    tables, _, _ = planted(10, 8, 0.6)
    again = tables.comments.with_columns(pl.col("comment_id") + "again")
    twice = replace(tables, comments=pl.concat([tables.comments, again]))
    numbers = ("comments", "posts")
    assert pods.pods_of(tables).drop(numbers).equals(pods.pods_of(twice).drop(numbers))
    assert pods.build(tables).equals(pods.build(twice))


def people(tables: Tables) -> list[str]:
    everybody = {*tables.creators["creator_id"], *tables.comments["author_id"].drop_nulls()}
    return sorted(everybody, key=lambda name: (len(name), name))


def test_the_part_names_members_by_hashes_and_roles() -> None:
    tables, pod, members = planted(12, 12, 0.7)
    part = pods.build(tables)
    assert part.schema == pods.SCHEMA
    by_role = {str(role): set(some["member"]) for (role,), some in part.group_by("role")}
    assert by_role[pods.CREATOR] == {digest(name) for name in pod}
    assert len(by_role[pods.COMMENTER] & {digest(name) for name in members}) >= 0.9 * len(members)
    assert not set(part["member"]) & members
    assert part.rows() == part.sort("role", "member").rows()


def test_a_corpus_without_comments_has_no_pods() -> None:
    assert pods.build(corpus({"c1": [], "c2": []})).is_empty()
    assert pods.pods_of(corpus({"c1": []})).is_empty()


def test_the_pods_creators_show_and_a_loyal_community_does_not() -> None:
    tables, pod, members = planted(12, 12, 0.7)
    context = Context(pods=pods.build(tables))
    one = min(pod)
    authors = sorted(members - {one})[:8] + [f"fan{n}" for n in range(12)]
    member = signals_of(record_with(authors, one), context=context)
    assert member["pod_comment_share"] == pytest.approx(0.4)
    assert member["pod_reciprocity"] > 0.3
    loyal = signals_of(record_with([f"loyal{n % 6}" for n in range(30)], one), context=context)
    assert loyal["pod_comment_share"] is None
    assert loyal["pod_reciprocity"] is None


def test_who_serves_a_pod_from_outside_the_corpus_and_is_served_by_it_shows() -> None:
    tables, _, members = planted(12, 12, 0.7)
    outsider = next(name for name in sorted(members) if name.startswith("member"))
    authors = sorted(members - {outsider})[:8] + [f"fan{n}" for n in range(12)]
    found = signals_of(record_with(authors, outsider), context=Context(pods=pods.build(tables)))
    assert found["pod_comment_share"] == pytest.approx(0.4)
    assert found["pod_reciprocity"] > 0.3


@pytest.mark.parametrize("is_of_it", [True, False])
def test_a_member_of_a_pod_who_comes_by_makes_no_pod(is_of_it: bool) -> None:
    """Nor do many under the posts of somebody famous, who serves none of them."""
    tables, pod, members = planted(12, 12, 0.7)
    of_it = pods.build(tables).filter(pl.col("role") == pods.CREATOR)["member"].to_list()
    one = next(name for name in sorted(pod) if digest(name) in of_it) if is_of_it else "someone"
    some = sorted(members - {one})[: 2 if is_of_it else 12]
    context = Context(pods=pods.build(tables), commenters=commenters.build(tables))
    found = signals_of(record_with(some * 2 + [f"fan{n}" for n in range(12)], one), context=context)
    assert found["pod_comment_share"] == 0
    assert found["pod_reciprocity"] is None


def test_whom_others_serve_in_lockstep_is_told_by_their_reach_and_not_as_a_pods_creator() -> None:
    comments, served, rented = rents()
    tables = timed(comments, rented)
    assert not pods.build(tables).is_empty()
    context = Context(pods=pods.build(tables), commenters=commenters.build(tables))
    found = signals_of(record_with([*sorted(rented)[:10], *["fan"] * 10], min(served)), context=context)
    assert found["pod_comment_share"] == 0
    assert found["pod_reciprocity"] is None
    assert found["shared_commenter_share"] == 0.5


def test_reciprocity_cites_the_comments_of_the_pod() -> None:
    tables, pod, members = planted(12, 12, 0.7)
    one = min(pod)
    record = record_with([*(f"fan{n}" for n in range(12)), *sorted(members - {one})[:8]], one)
    evidence = features.evidence(features.prepare(read([record]), Context(pods=pods.build(tables))))
    assert evidence["pod_reciprocity"].item().to_list() == [f"k{place}" for place in range(12, 17)]


def test_only_the_pod_with_most_comments_is_told_of_and_cited() -> None:
    members = [(name, pod, rate) for pod, rate, names in ((0, 0.9, "abc"), (1, 0.2, "defghi")) for name in names]
    rows = [
        {"pod": pod, "member": digest(name), "role": pods.COMMENTER, "reciprocity": rate} for name, pod, rate in members
    ]
    rows += [{"pod": 0, "member": digest("me"), "role": pods.CREATOR, "reciprocity": 0.9}]
    rows += [{"pod": 1, "member": digest("me"), "role": pods.COMMENTER, "reciprocity": 0.2}]
    part = pl.DataFrame([{"creators": 9, "commenters": 9, "density": 0.5} | row for row in rows], schema=pods.SCHEMA)
    context = Context(pods=part.sort("role", "member"))
    record = record_with([*"abcdefghi", "fan"], "me")
    found = signals_of(record, context=context)
    assert (found["pod_comment_share"], found["pod_reciprocity"]) == (0.6, 0.2)
    evidence = features.evidence(features.prepare(read([record]), context))
    assert evidence["pod_comment_share"].item().to_list() == [f"k{place}" for place in range(3, 8)]


def record_with(authors: list[str], creator: str = "someone") -> dict[str, object]:
    rows = [
        {"comment_id": f"k{place}", "author_id": author, "text": f"hi {place}"} for place, author in enumerate(authors)
    ]
    return {"creator_id": creator, "platform": "instagram", "comments": rows}


def test_real_creators_without_pods_have_none(real_data: Path) -> None:
    folder = real_data / "creators" / "instagram"
    creators = pl.read_parquet(folder / "creators.parquet").head(6_000)
    comments = pl.read_parquet(folder / "comments.parquet").join(creators, on="creator_id", how="semi")
    empty = corpus({"c1": []})
    tables = replace(
        empty,
        creators=pl.concat([empty.creators.clear(), creators], how="diagonal_relaxed"),
        comments=pl.concat([empty.comments.clear(), comments], how="diagonal_relaxed"),
    )
    assert pods.pods_of(tables).is_empty()
