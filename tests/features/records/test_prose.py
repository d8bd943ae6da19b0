"""Texts are read as people wrote them, whatever the program that collected them did to their characters."""

from __future__ import annotations

import html
from pathlib import Path

import orjson
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.records import read
from features.records.prose import as_people_wrote, as_written

WRITTEN = "Très joli 😍❤️ Привет"
SPOILT = {
    "references": "Tr&egrave;s joli &#128525;&#x2764;&#xFE0F; &#1055;&#1088;&#1080;&#1074;&#1077;&#1090;",
    "references, twice": "Tr&amp;egrave;s joli &amp;#128525;&amp;#x2764;&amp;#xFE0F; Привет",
    "escapes": r"Tr\u00e8s joli \ud83d\ude0d\u2764\ufe0f \u041f\u0440\u0438\u0432\u0435\u0442",
    "escapes of Python": r"Tr\u00e8s joli \U0001f60d\u2764\ufe0f Привет",
    "Latin-1": WRITTEN.encode().decode("latin-1"),
    "Windows-1252": "".join(
        bytes([byte]).decode("cp1252", "ignore") or chr(byte)  # as browsers read the five bytes that stand for nothing
        for byte in WRITTEN.encode()
    ),
}


@pytest.mark.parametrize("way", SPOILT)
def test_what_a_collector_did_to_characters_is_undone(way: str) -> None:
    assert as_people_wrote([SPOILT[way]]) == [WRITTEN]


@pytest.mark.parametrize(
    "text",
    [
        "AT&T & co; fish&chips;, &, &;, &nosuchthing;",
        "https://a.example/?a=1&copy=2&lt=3",
        r"C:\users\ada, C:\Users, \u12, \U00110000, \x41",
        "você… là… ça… É… Ã, â€, ÂÃ",
        "NÃO! Año ’n’ “ok” – €5",
        "ðŸ˜‚ and 😂",
        "a < b > c, <3 <33 >:( <brb> <abc> <a href",
    ],
)
def test_what_people_write_themselves_stays(text: str) -> None:
    assert as_people_wrote([text]) == [text]


def test_tags_that_youtube_writes_are_undone_and_a_minute_of_the_video_is_no_link() -> None:
    written = 'so <b>good</b><br /><a href="https://www.youtube.com/watch?v=x&amp;t=2m19s">2:19</a><br>I <3 it'
    assert as_people_wrote([written]) == ["so good\n2:19\nI <3 it"]
    link = "https://shop.example/?a=1"
    assert as_people_wrote([f'<a href="{link}">{link}</a>']) == [link]


@given(st.lists(st.none() | st.text(max_size=20)))
def test_a_series_is_read_as_a_list_is(texts: list[str | None]) -> None:
    kept = pl.Series("text", texts, dtype=pl.String)
    assert as_written(kept).to_list() == as_people_wrote(texts)
    assert kept.to_list() == texts


@given(st.text(st.characters(codec="utf-8", exclude_characters="&"), max_size=30))
def test_escaping_by_html_is_undone(text: str) -> None:
    [plain], [back] = as_people_wrote([text]), as_people_wrote([html.escape(text)])
    assert back == plain


def test_a_half_character_becomes_the_replacement_character() -> None:
    assert as_people_wrote([r"a \ud83d b"]) == ["a \ufffd b"]


def test_a_text_made_to_be_looked_through_for_ever_is_looked_through_three_times() -> None:
    assert as_people_wrote(["&" + "amp;" * 100_000 + "lt;"]) == ["&" + "amp;" * 99_997 + "lt;"]


def test_texts_are_mended_at_every_door_and_ids_are_not(tmp_path: Path) -> None:
    spoilt = SPOILT["references"]
    creator = {"creator_id": "a&amp;b", "platform": "x", "bio": spoilt, "handle": "c&amp;d", "display_name": spoilt}
    nested = {**creator, "posts": [{"post_id": "p&amp;1", "caption": spoilt, "alt_text": spoilt}]}
    nested["comments"] = [{"comment_id": f"c&amp;{k}", "author_id": "e&amp;f", "text": spoilt} for k in range(3)]
    sent = read([nested])
    lines, csv = tmp_path / "lines.ndjson", tmp_path / "csv"
    lines.write_bytes(orjson.dumps(nested) + b"\n")
    csv.mkdir()
    pl.DataFrame([creator]).write_csv(csv / "creators.csv")
    for table in ("posts", "comments"):
        pl.DataFrame([{"creator_id": "a&amp;b", **row} for row in nested[table]]).write_csv(csv / f"{table}.csv")
    frames = {
        table: sent[table].with_columns(pl.col(pl.String).replace(WRITTEN, spoilt))
        for table in ("creators", "posts", "comments")
    }
    for tables in (sent, read(lines), read(csv), read(frames)):
        [told] = tables.creators.select("creator_id", "handle", "bio", "display_name").rows()
        assert told == ("a&amp;b", "c&amp;d", WRITTEN, WRITTEN)
        assert tables.posts.select("post_id", "caption", "alt_text").row(0) == ("p&amp;1", WRITTEN, WRITTEN)
        assert tables.comments.select("comment_id", "author_id", "text").rows() == [
            (f"c&amp;{k}", "e&amp;f", WRITTEN) for k in range(3)
        ]
