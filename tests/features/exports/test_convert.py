"""Exports of other services become the five tables, and what has no place in them is named."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from features.errors import NotFoundError, RecordsError, UsageError
from features.exports import SHIPPED, Converted, convert, load
from features.exports.mapping import Mapping

GIVEN = Path(__file__).parent / "given"
NOW = datetime(2025, 6, 1, tzinfo=UTC)
EXPORTS = {
    "modash": ["modash.json"],
    "hypeauditor": ["hypeauditor-instagram.json", "hypeauditor-youtube.json", "hypeauditor-tiktok.json"],
    "insightiq": ["insightiq.ndjson"],
    "instagram-graph": ["instagram-graph.json", "instagram-graph-discovery.json"],
    "youtube-data": ["youtube-channels.json", "youtube-videos.json", "youtube-comments.json"],
}


def converted(name: str, *files: str, creator_id: str | None = None) -> Converted:
    given = [(file, (GIVEN / file).read_bytes()) for file in files or EXPORTS[name]]
    return convert(given, load(name), creator_id=creator_id, now=NOW)


def of_json(mapping: dict[str, Any], *documents: object, creator_id: str | None = None) -> Converted:
    content = json.dumps(documents).encode()
    return convert([("given.json", content)], Mapping.model_validate(mapping), creator_id=creator_id, now=NOW)


def mapping(**tables: Any) -> dict[str, Any]:
    creators = {"creator_id": "id", "platform": {"always": "tiktok"}, "handle": "name"}
    shape = {"about": "a profile", "has": "id", "creators": creators, **tables}
    return {"name": "own", "about": "a test's own", "format": "json", "shapes": [shape]}


OF_CSV = Mapping.model_validate(
    {
        "name": "own",
        "about": "",
        "format": "csv",
        "shapes": [
            {"about": "", "has": "id", "creators": {"creator_id": "id", "platform": {"always": "x"}, "bio": "n"}}
        ],
    }
)


def test_every_service_has_an_example() -> None:
    assert set(EXPORTS) == set(SHIPPED)


@pytest.mark.parametrize(
    ("name", "creators", "rows"),
    [
        ("modash", ["4400001"], {"posts": 10, "follower_history": 9}),
        (
            "hypeauditor",
            ["jonas.climbs.example", "UCinvented00000000000001", "6900000000000000001"],
            {"posts": 15, "follower_history": 61},
        ),
        ("insightiq", ["901", "902"], {"posts": 16, "follower_history": 12}),
        ("instagram-graph", ["17840000000000001", "17840000000000002"], {"posts": 14, "comments": 40}),
        ("youtube-data", ["UCinvented00000000000009"], {"posts": 7, "comments": 13}),
    ],
)
def test_examples_become_records(name: str, creators: list[str], rows: dict[str, int]) -> None:
    tables = converted(name).tables
    assert tables.creators["creator_id"].to_list() == creators
    assert {table: frame.height for table, frame in tables.items() if frame.height and table != "creators"} == rows


def test_values_arrive_in_the_units_of_the_contract() -> None:
    modash = converted("modash").tables
    creator = modash.creators.row(0, named=True)
    assert (creator["platform"], creator["country"], creator["language"]) == ("instagram", "PT", "pt")
    assert (creator["followers"], creator["following"], creator["business"]) == (48_200, 612, True)
    assert modash.posts["media_type"].unique().sort().to_list() == ["carousel", "image", "video"]
    assert modash.posts.filter(post_id="310455")["sponsors"].to_list() == [["Example Mill"]]
    assert modash.follower_history["date"][0] == date(2024, 4, 1)
    youtube = converted("youtube-data").tables
    assert youtube.creators["handle"].to_list() == ["slowradioexample"]
    assert youtube.creators["followers"].to_list() == [61_200]  # which the export writes as a text
    assert youtube.posts["caption"][0] == "A 1938 receiver, part 0\nCapacitors first.\nradio\nrepair"


def test_two_lists_of_days_become_one_history() -> None:
    history = converted("hypeauditor", "hypeauditor-instagram.json").tables.follower_history
    assert history.height == 31
    assert history.null_count().row(0, named=True)["following"] == 0


def test_a_hidden_count_is_unknown() -> None:
    channels = json.loads((GIVEN / "youtube-channels.json").read_bytes())
    channels["items"][0]["statistics"] |= {"subscriberCount": "0", "hiddenSubscriberCount": True}
    done = convert([("c.json", json.dumps(channels).encode())], load("youtube-data"), now=NOW)
    assert done.tables.creators["followers"].to_list() == [None]


@pytest.mark.parametrize("hidden", [-1, "-1", -1.0])
def test_a_count_of_minus_one_is_unknown(hidden: object) -> None:
    posts = {"rows": "p[]", "creator_id": "^.id", "post_id": "id", "likes": "n"}
    given = {"id": "a", "p": [{"id": "q", "n": hidden}, {"id": "r", "n": 7}]}
    assert of_json(mapping(posts=posts), given).tables.posts["likes"].to_list() == [None, 7]


def test_people_are_hashed_and_the_creator_stays_the_creator() -> None:
    youtube = converted("youtube-data").tables.comments
    own = youtube.filter(is_reply=True)
    assert own["author_id"].to_list() == ["UCinvented00000000000009"]
    others = youtube.filter(is_reply=False)["author_id"].to_list()
    assert all(re.fullmatch(r"[0-9a-f]{16}", one) for one in others)
    assert len(set(others)) == 12
    graph = converted("instagram-graph", "instagram-graph.json").tables.comments
    assert graph.filter(is_reply=True)["author_id"].unique().to_list() == ["17840000000000001"]  # known by its handle
    assert graph.filter(is_reply=True)["post_id"].n_unique() == 8


def test_what_found_no_place_is_named() -> None:
    left = converted("modash").leftovers
    assert {"profile.audience", "profile.avgLikes", "profile.profile.picture"} <= set(left.fields)
    assert not any(name.startswith("profile.recentPosts[].likes") for name in left.fields)
    assert "price" in left.unmapped["creators"]
    assert left.unmapped["comments"][0] == "creator_id"
    assert left.empty["posts"] == ("views", "shares", "saves")
    assert all([*left.unmapped.values(), *left.empty.values()])  # a table is named for its columns
    assert left.merged == {"posts": 2}
    assert left.differing == {"posts.likes": 1}


def test_values_without_a_name_are_counted_and_unknown() -> None:
    posts = {
        "rows": "posts[]",
        "post_id": "id",
        "creator_id": "$.id",
        "media_type": {"from": "t", "names": {"a": "image"}},
    }
    done = of_json(mapping(posts=posts), {"id": "c", "posts": [{"id": 1, "t": "a"}, {"id": 2, "t": "b"}]})
    assert done.tables.posts["media_type"].to_list() == ["image", None]
    assert done.leftovers.unnamed == {"posts.media_type": 1}


def test_truths_are_named_as_toml_writes_them() -> None:
    kind = {"from": "film", "names": {"true": "video", "false": "image"}}
    posts = {"rows": "posts[]", "post_id": "id", "creator_id": "$.id", "media_type": kind}
    done = of_json(mapping(posts=posts), {"id": "c", "posts": [{"id": 1, "film": True}, {"id": 2, "film": False}]})
    assert done.tables.posts["media_type"].to_list() == ["video", "image"]


def test_a_field_that_another_shape_reads_does_not_hide_an_unread_one() -> None:
    first = mapping()["shapes"][0]
    second = {"about": "a list", "has": "of", "posts": {"rows": "posts[]", "creator_id": "$.of", "post_id": "id"}}
    own = mapping() | {"shapes": [first, second]}
    done = of_json(own, {"id": "c"}, {"of": "c", "name": "not read", "posts": [{"id": 1}]})
    assert done.leftovers.fields == ("name",)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"from": "n", "as": "percent"}, 0.125),
        ({"from": "handle", "as": "digits"}, 0.4),
        ({"from": ["none", "n"], "as": "percent"}, 0.125),
    ],
)
def test_shares(changed: dict[str, Any], expected: float) -> None:
    audience = {"rows": "f[]", "creator_id": "$.id", "follower_id": "u", "handle_digit_ratio": changed}
    done = of_json(mapping(audience=audience), {"id": "c", "f": [{"u": "x", "n": "12.5 %", "handle": "ab1c2"}]})
    assert done.tables.audience["handle_digit_ratio"].to_list() == [expected]


@pytest.mark.parametrize(
    "source",
    [
        {"from": "handle", "without": "@", "as": "digits"},
        {"from": "handle", "names": {"@": "", "@a1": "a1"}, "as": "digits"},
    ],
)
def test_a_value_of_which_nothing_is_left_is_unknown(source: dict[str, Any]) -> None:
    audience = {"rows": "f[]", "creator_id": "$.id", "follower_id": "u", "handle_digit_ratio": source}
    done = of_json(
        mapping(audience=audience), {"id": "c", "f": [{"u": "x", "handle": "@"}, {"u": "y", "handle": "@a1"}]}
    )
    assert dict(done.tables.audience.select("follower_id", "handle_digit_ratio").iter_rows()) == {"x": None, "y": 0.5}


def test_times_from_numbers() -> None:
    posts = {"rows": "p[]", "creator_id": "^.id", "post_id": "id", "posted_at": {"from": "at", "as": "milliseconds"}}
    done = of_json(mapping(posts=posts), {"id": "c", "p": [{"id": 1, "at": 1_740_000_000_000}]})
    assert done.tables.posts["posted_at"].to_list() == [datetime(2025, 2, 19, 21, 20, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("change", "written", "expected"),
    [
        ("day_first", "31/12/2024", datetime(2024, 12, 31, tzinfo=UTC)),
        ("day_first", "1.2.2025", datetime(2025, 2, 1, tzinfo=UTC)),
        ("day_first", "01-02-2025 17:05", datetime(2025, 2, 1, 17, 5, tzinfo=UTC)),
        ("month_first", "12/31/2024", datetime(2024, 12, 31, tzinfo=UTC)),
        ("month_first", "1/2/2025 9:05:30", datetime(2025, 1, 2, 9, 5, 30, tzinfo=UTC)),
        ("day_first", "2025-02-01", datetime(2025, 2, 1, tzinfo=UTC)),
    ],
)
def test_days_as_people_write_them(change: str, written: str, expected: datetime) -> None:
    posts = {"rows": "p[]", "creator_id": "^.id", "post_id": "id", "posted_at": {"from": "at", "as": change}}
    done = of_json(mapping(posts=posts), {"id": "c", "p": [{"id": 1, "at": written}]})
    assert done.tables.posts["posted_at"].to_list() == [expected]


@pytest.mark.parametrize(("change", "written"), [("day_first", "12/31/2024"), ("month_first", "31/12/2024")])
def test_a_day_that_there_is_not_is_refused(change: str, written: str) -> None:
    posts = {"rows": "p[]", "creator_id": "^.id", "post_id": "id", "posted_at": {"from": "at", "as": change}}
    with pytest.raises(RecordsError, match="posted_at"):
        of_json(mapping(posts=posts), {"id": "c", "p": [{"id": 1, "at": written}]})


@pytest.mark.parametrize(
    ("written", "expected"),
    [("12.3k", 12_300), ("1.15 M", 1_150_000), ("2B", 2_000_000_000), ("12,400", 12_400), ("940", 940), (7, 7)],
)
def test_counts_as_people_write_them(written: object, expected: int) -> None:
    posts = {"rows": "p[]", "creator_id": "^.id", "post_id": "id", "likes": {"from": "n", "as": "short"}}
    assert (
        of_json(mapping(posts=posts), {"id": "c", "p": [{"id": 1, "n": written}]}).tables.posts["likes"][0] == expected
    )


@pytest.mark.parametrize("written", ["12,3k", "1,24", "k", "12.3 likes", "-2k"])
def test_a_count_that_may_mean_two_things_is_refused(written: str) -> None:
    posts = {"rows": "p[]", "creator_id": "^.id", "post_id": "id", "likes": {"from": "n", "as": "short"}}
    with pytest.raises(RecordsError, match="likes"):
        of_json(mapping(posts=posts), {"id": "c", "p": [{"id": 1, "n": written}]})


def test_a_count_with_a_point_before_three_digits_is_refused_as_it_may_be_thousands() -> None:
    posts = {"rows": "p[]", "creator_id": "^.id", "post_id": "id", "likes": "n"}
    with pytest.raises(RecordsError, match=r"likes.*expected a whole number"):
        of_json(mapping(posts=posts), {"id": "c", "p": [{"id": 1, "n": "12.000"}]})
    assert of_json(mapping(posts=posts), {"id": "c", "p": [{"id": 1, "n": "12.0"}]}).tables.posts["likes"][0] == 12


def test_csv_for_a_mapping_of_json_is_told_as_that() -> None:
    with pytest.raises(RecordsError, match=r"sheet\.csv is CSV, and this mapping reads JSON"):
        convert([("sheet.csv", b"id\na\n")], load("modash"))


def test_an_export_of_something_else_is_refused() -> None:
    with pytest.raises(RecordsError, match=r"modash\.json is not an export that the mapping insightiq knows"):
        converted("insightiq", "modash.json")
    with pytest.raises(RecordsError, match="line 2, is not JSON at character"):
        convert([("a.ndjson", b'\n{"id": secret}')], load("modash"))
    with pytest.raises(RecordsError, match="is empty"):
        convert([("a.json", b" \n")], load("modash"))
    with pytest.raises(RecordsError, match=r"has no list at posts\[\]"):
        of_json(mapping(posts={"rows": "posts[]", "creator_id": "$.id", "post_id": "id"}), {"id": "c", "posts": 3})


def test_values_that_a_column_cannot_hold_are_refused_with_their_place() -> None:
    posts = {"rows": "p[]", "creator_id": "$.id", "post_id": "id", "likes": "likes"}
    with pytest.raises(RecordsError) as refused:
        of_json(mapping(posts=posts), {"id": "c", "p": [{"id": 1, "likes": "many"}, {"likes": 2}]})
    assert {(p.table, p.column) for p in refused.value.problems} == {("posts", "likes"), ("posts", "post_id")}
    assert "many" not in str(refused.value)


@pytest.mark.parametrize("likes", ["1_000", "1,000", "Infinity", "9" * 5000, "١٢", "0x10", "12 likes", [3], {"n": 3}])
def test_what_is_no_number_is_not_read_as_one(likes: object) -> None:
    posts = {"rows": "p[]", "creator_id": "$.id", "post_id": "id", "likes": "likes"}
    with pytest.raises(RecordsError, match="likes"):
        of_json(mapping(posts=posts), {"id": "c", "p": [{"id": 1, "likes": likes}]})


def test_a_document_may_be_nested_deeply() -> None:
    inner: dict[str, object] = {}
    for _ in range(900):
        inner = {"deeper": inner}
    done = of_json(mapping(), {"id": "c", "nested": inner})
    assert done.leftovers.fields == ("nested",)


def test_rows_of_a_creator_that_is_not_there_are_refused() -> None:
    with pytest.raises(RecordsError, match="names a creator that no document of the export describes"):
        converted("youtube-data", "youtube-videos.json")


def test_the_creator_can_be_named() -> None:
    tables = converted("instagram-graph", "instagram-graph.json", creator_id="mill").tables
    assert tables.creators["creator_id"].to_list() == ["mill"]
    assert tables.comments.filter(is_reply=True)["author_id"].unique().to_list() == ["mill"]
    with pytest.raises(UsageError, match="2 creators"):
        converted("insightiq", creator_id="mill")


def test_an_unknown_service_is_not_found() -> None:
    with pytest.raises(NotFoundError, match="no mapping is named klout"):
        load("klout")
    with pytest.raises(NotFoundError, match="there is no file"):
        load("none.toml")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("name = 1 2", "is not TOML"),
        ("name = 'x'\nabout = 'x'\nformat = 'json'\nshapes = []", "shapes"),
        ("[[shapes]]\nabout = 'x'\nhas = 'id'\n[shapes.posts]\nrows = 'p[]'\nhearts = 'h'", "no column 'hearts'"),
        ("[[shapes]]\nabout = 'x'\nhas = 'id'\n[shapes.fans]\nid = 'h'", "no table 'fans'"),
        ("[[shapes]]\nabout = 'x'\n[shapes.posts]\npost_id = 'h'", "how such a document is recognised"),
        ("[[shapes]]\nabout = 'x'\nhas = 'id'\n[shapes.posts]\nrows = 'p'\npost_id = 'h'", "end the path with"),
        (
            "[[shapes]]\nabout = 'x'\nhas = 'id'\n[shapes.posts]\nlikes = { from = 'l', as = 'eval' }",
            "posts.0.likes.as",
        ),
        ("[[shapes]]\nabout = 'x'\nhas = 'id'\n[shapes.posts]\nlikes = { run = 'l' }", "posts.0.likes"),
        ("x = " + "[" * 10_000, "is nested too deeply"),
        ("x = " + "{a=" * 10_000, "is nested too deeply"),
        (f"{'a.' * 20_000}a = 1", "more than 200 dots in a line"),
        ("#" * 64_001, "is longer than the 64,000 characters"),
        (f"[[shapes]]\nabout = 'x'\nhas = '{'a.' * 50}a'", "50 names at most"),
        (f"[[shapes]]\nabout = 'x'\nhas = {['a'] * 51}", "at most 50 items"),
    ],
    ids=range(14),
)
def test_a_mapping_at_fault_is_refused_naming_the_place(text: str, fault: str, tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    head = "" if text.startswith("name") else "name = 'x'\nabout = 'x'\nformat = 'json'\n"
    file.write_text(head + text)
    with pytest.raises(UsageError) as refused:
        load(str(file))
    assert fault in str(refused.value)


def test_a_mapping_that_an_editor_wrote_in_two_bytes_a_letter_is_told_as_that(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text("name = 'x'", "utf-16")
    with pytest.raises(UsageError, match=r"^own\.toml is not UTF-8$"):
        load(str(file))


def test_of_a_mapping_at_fault_the_faults_alone_are_told(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text("name = 'x'\nformat = 'csv'\n[[shapes]]\nabout = 'x'\nhas = 'id'\n[shapes.posts]\nhearts = 'h'")
    with pytest.raises(UsageError) as refused:
        load(str(file))
    assert str(refused.value) == (
        "own.toml is not a mapping:\n  about: is missing\n  shapes.0: the table posts has no column 'hearts'"
    )


def test_of_csv_that_no_shape_fits_the_headings_looked_for_are_told() -> None:
    shape = {"about": "a line a post", "has": ["Post", "Day"], "creators": {"creator_id": "Post"}}
    own = Mapping.model_validate({"name": "own", "about": "", "format": "csv", "shapes": [shape]})
    with pytest.raises(RecordsError, match=r"own\.csv, line 2 is not an export .* \(a line a post: Post, Day\)"):
        convert([("own.csv", b"post,day\na,1\n")], own)


def test_a_path_that_goes_out_of_the_document_stays_in_it() -> None:
    own = mapping(posts={"rows": "posts[]", "creator_id": "^^^.id", "post_id": "id"})
    found = of_json(own, {"id": "ada", "posts": [{"id": "p1"}]})
    assert found.tables.posts.select("creator_id", "post_id").rows() == [("ada", "p1")]


def test_rows_that_are_read_again_and_again_are_counted() -> None:
    own = Mapping.model_validate(mapping(posts={"rows": ["p[]"] * 50, "creator_id": "$.id", "post_id": "id"}))
    files = [("given.json", json.dumps({"id": "ada", "p": [{"id": str(k)} for k in range(20)]}).encode())]
    assert convert(files, own, most_rows=2_000).tables.posts.height == 20
    with pytest.raises(RecordsError, match="more than 1,000 rows of the export"):
        convert(files, own, most_rows=1_000)


def test_csv_that_is_ragged_is_refused() -> None:
    shape = {"about": "a line a creator", "has": "id", "creators": {"creator_id": "id", "platform": {"always": "x"}}}
    own = Mapping.model_validate({"name": "own", "about": "", "format": "csv", "shapes": [shape]})
    assert convert([("a.csv", b"id,n\na,1\nb,\n")], own).tables.creators["creator_id"].to_list() == ["a", "b"]
    assert convert([("a.csv", b"id;n\r\na;1\r\nb;\r\n")], own).tables.creators["creator_id"].to_list() == ["a", "b"]
    for ragged in (b"id,n\na,1,2\n", b"id,n\na\n", b'id,n\n"a"b,1\n'):
        with pytest.raises(RecordsError, match=r"a\.csv, line 2"):
            convert([("a.csv", ragged)], own)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"id;n;n\r\na;1;2\r\n", "own.csv: the heading has 'n' more than once"),
        (b"id,n,n\na,1,2\n", "own.csv: the heading has 'n' more than once"),
    ],
)
def test_a_heading_that_cannot_be_read_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(RecordsError, match=said):
        convert([("own.csv", content)], OF_CSV)


def test_a_text_in_csv_may_be_long_and_nameless_columns_are_nothing() -> None:
    content = f"id,n,,\na,{'x' * 200_000},,\n".encode()
    assert convert([("own.csv", content)], OF_CSV).tables.creators["bio"].str.len_chars().to_list() == [200_000]
