"""Pods planted among honest communities, and loyal communities that are none."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl
import pytest

import features
from features.context import Context
from features.corpus import commenters, pods
from features.records import read
from tests.features.conftest import signals_of
from tests.features.corpus.test_commenters import corpus, digest

if TYPE_CHECKING:
    from pathlib import Path

    from features.records import Tables

CREATORS = 120


def honest(rng: random.Random) -> dict[str, list[str]]:
    """Creators in niches whose readers each read a few of the niche, with fans of their own."""
    comments: dict[str, list[str]] = {}
    for number in range(CREATORS):
        readers = [f"niche{number % 8}-{int(300 * rng.random() ** 2)}" for _ in range(15)]
        comments[f"c{number}"] = readers + [f"fan{number}-{place}" for place in range(20)]
    return comments


def planted(creators: int, outsiders: int, chance: float, seed: int = 7) -> tuple[Tables, set[str], set[str]]:
    """A corpus in which some creators comment on each other, with others who comment on all of them."""
    rng = random.Random(seed)
    comments = honest(rng)
    pod = rng.sample(sorted(comments), creators)
    members = [*pod, *(f"member{place}" for place in range(outsiders))]
    for creator in pod:
        comments[creator] += [member for member in members if member != creator and rng.random() < chance]
    return corpus(comments), set(pod), set(members)


@pytest.mark.parametrize(("creators", "outsiders", "chance"), [(6, 0, 0.9), (12, 12, 0.7), (25, 0, 0.5), (5, 10, 0.8)])
def test_a_pod_of_creators_is_found_with_its_members(creators: int, outsiders: int, chance: float) -> None:
    tables, pod, members = planted(creators, outsiders, chance)
    (found,) = pods.pods_of(tables).iter_rows(named=True)
    assert len(pod & set(found["creators"])) >= 0.8 * len(pod)
    assert set(found["creators"]) <= pod
    assert len(members & set(found["commenters"])) >= 0.8 * len(members)
    assert found["reciprocity"] > 0.3
    assert found["shared_commenters"] > found["expected"]


def test_accounts_that_serve_many_creators_in_lockstep_are_found_without_reciprocity() -> None:
    rng = random.Random(3)
    comments = honest(rng)
    served = rng.sample(sorted(comments), 10)
    for creator in served:
        comments[creator] += [f"rented{place}" for place in range(30) if rng.random() < 0.7]
    (found,) = pods.pods_of(corpus(comments)).iter_rows(named=True)
    assert set(found["creators"]) == set(served)
    assert {name for name in found["commenters"] if name.startswith("rented")} == {f"rented{n}" for n in range(30)}
    assert found["reciprocity"] == 0


def test_loyal_communities_are_no_pods() -> None:
    comments = honest(random.Random(5))
    for number in range(10):
        loyal = [f"loyal{number}-{place}" for place in range(12)]
        comments[f"c{number}"] += loyal * 8
    assert pods.pods_of(corpus(comments)).is_empty()


def test_a_creators_two_accounts_with_the_same_fans_are_no_pod() -> None:
    comments = honest(random.Random(6))
    fans = [f"fan-of-both{place}" for place in range(30)]
    comments["c1"] += fans
    comments["c2"] += fans
    assert pods.pods_of(corpus(comments)).is_empty()


def test_three_friends_who_comment_on_each_other_are_no_pod() -> None:
    comments = honest(random.Random(8))
    for one, others in {"c1": ["c2", "c3"], "c2": ["c1", "c3"], "c3": ["c1", "c2"]}.items():
        comments[one] += others
    assert pods.pods_of(corpus(comments)).is_empty()


def test_creators_who_comment_on_a_few_of_their_niche_are_no_pod() -> None:
    rng = random.Random(9)
    comments = honest(rng)
    for number in range(CREATORS):
        niche = [f"c{other}" for other in range(number % 8, CREATORS, 8) if other != number]
        for friend in rng.sample(niche, 2):
            comments[friend].append(f"c{number}")
    assert pods.pods_of(corpus(comments)).is_empty()


def test_two_pods_are_two() -> None:
    rng = random.Random(11)
    comments = honest(rng)
    names = rng.sample(sorted(comments), 16)
    for group in (names[:8], names[8:]):
        for creator in group:
            comments[creator] += [member for member in group if member != creator]
    found = pods.pods_of(corpus(comments))
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
    facts = ["shared_commenters", "expected", "density", "reciprocity", "comments"]
    as_named, as_renamed = pods.pods_of(tables), pods.pods_of(other)
    assert as_named.select(facts).equals(as_renamed.select(facts))
    names = [{renamed[name] for name in some} for some in as_named["commenters"].to_list()]
    assert names == [set(some) for some in as_renamed["commenters"].to_list()]


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
    tables, pod, members = planted(12, 12, 0.7)
    of_it = pods.build(tables).filter(pl.col("role") == pods.CREATOR)["member"].to_list()
    one = next(name for name in sorted(pod) if digest(name) in of_it) if is_of_it else "someone"
    some = sorted(members - {one})[: 2 if is_of_it else 9]
    context = Context(pods=pods.build(tables), commenters=commenters.build(tables))
    found = signals_of(record_with(some * 2 + [f"fan{n}" for n in range(12)], one), context=context)
    assert found["pod_comment_share"] == 0
    assert found["pod_reciprocity"] is None


def test_whoever_is_served_by_many_of_a_pod_shows_though_nobody_knows_of_the_creator() -> None:
    tables, _, members = planted(12, 12, 0.7)
    found = signals_of(record_with(sorted(members)[:10] + ["fan"] * 10), context=Context(pods=pods.build(tables)))
    assert found["pod_comment_share"] == pytest.approx(0.5)


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
    rows = [{"comment_id": f"k{place}", "author_id": author, "text": "hi"} for place, author in enumerate(authors)]
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
