"""The list as CSV: what a spreadsheet opens, whatever names hold."""

from __future__ import annotations

import csv
import io
from base64 import b64decode

import pytest

from serving.pages import sheet
from serving.pages.roster import Row

ANSWERED = Row("a", "Ada, the baker", "Instagram, 12.4k followers", "reject", "high", 97.5, (0.9, 1.0), ("pod", 12.25))
SILENT = Row("b", "b", "TikTok", "need_data", None, None, None, None)


def test_a_line_has_what_the_list_shows() -> None:
    first, second = csv.DictReader(io.StringIO(sheet.listed([ANSWERED, SILENT])))
    assert first == {
        "creator_id": "a",
        "name": "Ada, the baker",
        "account": "Instagram, 12.4k followers",
        "decision": "reject",
        "band": "high",
        "risk_score": "97.5",
        "lo": "0.9",
        "hi": "1.0",
        "main_reason": "pod",
        "points": "12.25",
    }
    assert {second[name] for name in sheet.COLUMNS[4:]} == {""}


def test_the_address_holds_it_as_spreadsheets_read_it() -> None:
    head, packed = sheet.address("name\r\nÄda\r\n").split(",", 1)
    assert head == "data:text/csv;charset=utf-8;base64"
    assert b64decode(packed) == b"\xef\xbb\xbf" + "name\r\nÄda\r\n".encode()


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)"])
def test_a_name_is_no_formula(name: str) -> None:
    row = Row(name, name, "", "approve", "low", 1.0, (0.0, 0.1), None)
    [line] = csv.DictReader(io.StringIO(sheet.listed([row])))
    assert line["name"] == line["creator_id"] == f"'{name}"


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Ada;=HYPERLINK(1)", "Ada;'=HYPERLINK(1)"),
        ("Ada\n@SUM(A1)", "Ada\n'@SUM(A1)"),
        ("＝1", "'＝1"),
        ("\t=1", "'\t'=1"),
        ("Ada; Bo - cooks", "Ada; Bo - cooks"),
        ("a=b+c@d", "a=b+c@d"),
    ],
)
def test_no_formula_begins_within_a_name(name: str, written: str) -> None:
    row = Row("a", name, "", "approve", "low", 1.0, (0.0, 0.1), None)
    [line] = csv.DictReader(io.StringIO(sheet.listed([row])))
    assert line["name"] == written
