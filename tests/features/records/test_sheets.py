"""CSV tables without a folder: the same tables as from one, and all that is wrong with them at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from features import records
from features.errors import RecordsError
from features.records import read_sheets

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

CREATORS = b"creator_id,platform,followers\nada,instagram,12400\ntom,tiktok,38000\n"
POSTS = b"creator_id,post_id,posted_at,likes\nada,p1,2024-03-01,310\ntom,p1,2024-03-02T10:00:00Z,\n"


def refusal(*files: tuple[str, bytes]) -> str:
    with pytest.raises(RecordsError) as refused:
        read_sheets(files)
    return str(refused.value)


def test_they_are_read_as_from_a_folder(tmp_path: Path, now: datetime) -> None:
    (tmp_path / "creators.csv").write_bytes(CREATORS)
    (tmp_path / "posts.csv").write_bytes(POSTS)
    read = read_sheets([("Posts.CSV", POSTS), ("creators.csv", b"\xef\xbb\xbf" + CREATORS)], now=now)
    assert records.input_hashes(read.tables) == records.input_hashes(records.read(tmp_path, now=now))
    assert read.left_out == ()


def test_columns_that_the_contract_does_not_have_are_named(now: datetime) -> None:
    read = read_sheets([("creators.csv", b"creator_id,platform,Reach,E-Mail\nada,x,1,2\n")], now=now)
    assert read.left_out == ("creators.E-Mail", "creators.Reach")


def test_all_that_is_wrong_is_told_at_once() -> None:
    told = refusal(
        ("creators.csv", CREATORS.replace(b"12400", b"12.3k")),
        ("posts.csv", POSTS.replace(b"p1", b"p\xff")),
        ("roster.csv", CREATORS),
        ("comments.csv", b""),
        ("creators.csv", CREATORS),
    )
    assert "column 'followers' (ada): expected a whole number" in told
    assert "posts.csv is not UTF-8" in told
    assert "roster.csv is none of the tables creators.csv, posts.csv" in told
    assert "comments.csv is empty" in told
    assert "creators.csv is handed in more than once" in told


def test_creators_have_to_be_among_them() -> None:
    assert "creators.csv, which says who they are, is not among them" in refusal(("posts.csv", POSTS))
    assert "there are no creators" in refusal(("creators.csv", b"creator_id,platform\n"))
