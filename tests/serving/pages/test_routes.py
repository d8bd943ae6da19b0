"""The pages without a browser: what their forms take, who may send them, and what is refused."""

from __future__ import annotations

import base64
import csv
import io
import re
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import orjson
import pytest
from anyio.from_thread import start_blocking_portal

from features import records
from ledger import read_audits
from models.settings import Settings
from serving.access.edge import Edge
from serving.access.gate import COOKIE, Gate
from serving.access.keys import Keyring, Role
from serving.api import examples
from serving.api.problems import RequestError
from serving.api.responses import MOST_ERRORS
from serving.app import create_app
from serving.book import Book
from serving.pages import forms
from serving.pages.carried import MOST_UNPACKED, nested, pack, unpack
from tests.serving.conftest import LOOPBACK, InProcess

if TYPE_CHECKING:
    from collections.abc import Iterator

    from features.records import Tables
    from serving.champions.loaded import Loaded

REPOSITORY = Path(__file__).resolve().parents[3]
EXPORT = REPOSITORY / "tests" / "features" / "exports" / "given" / "modash.json"
KEY = re.compile(r'name="key" value="([0-9a-f]{32})"')


def form(**fields: object) -> dict[str, tuple[None, str]]:
    """Fields of a form as a browser sends them."""
    return {
        name: (None, value if isinstance(value, str) else orjson.dumps(value).decode())
        for name, value in fields.items()
    }


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def book(home: Path) -> Iterator[Book]:
    book = Book(Settings(home=home))
    yield book
    book.close()


@pytest.fixture(scope="module")
def keys(home: Path) -> dict[Role, str]:
    return {role: Keyring(home).create("", role)[1] for role in (Role.SCORE, Role.AUDIT)}


@pytest.fixture(scope="module")
def outside(loaded: Loaded, home: Path, book: Book) -> Iterator[httpx.Client]:
    """A client of a service that asks for keys."""
    with start_blocking_portal() as portal:
        edge = Edge(create_app(loaded, book), Gate(home, always=True))
        with httpx.Client(transport=InProcess(edge, portal), base_url=LOOPBACK) as client:
            yield client


@pytest.fixture
def reader(outside: httpx.Client, keys: dict[Role, str]) -> dict[str, str]:
    """The headers of a browser in which somebody who may audit has signed in."""
    return {"cookie": f"{COOKIE}={keys[Role.AUDIT]}", "sec-fetch-site": "same-origin"}


class TestRecords:
    def test_one_creator_is_a_report_and_several_are_a_list(self, client: httpx.Client) -> None:
        one = client.post("/report", files=form(pasted=examples.CREATOR))
        assert (one.status_code, one.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert "likelihood of a purchase" in one.text
        several = client.post("/report", files=form(pasted=[examples.CREATOR, examples.SECOND]))
        assert ">2 creators<" in several.text
        held = re.search(
            r'href="data:text/csv;charset=utf-8;base64,([^"]+)" download="bonafide-list.csv"', several.text
        )
        assert held is not None
        assert base64.b64decode(held[1]).decode("utf-8-sig").splitlines()[0].startswith("creator_id,name,account")

    @pytest.mark.parametrize(
        "content",
        [
            orjson.dumps(examples.SCORE),
            orjson.dumps(examples.SCORE_BATCH),
            orjson.dumps(examples.CREATOR) + b"\n\n" + orjson.dumps(examples.SECOND) + b"\n",
            b"\xef\xbb\xbf" + orjson.dumps([examples.CREATOR]),
        ],
    )
    def test_records_come_as_json_as_lines_or_as_a_request_has_them(self, client: httpx.Client, content: bytes) -> None:
        answer = client.post("/report", files={"files": ("records", content)})
        assert answer.status_code == 200
        assert "creator-1" in answer.text or "creator.1" in answer.text

    def test_tables_come_as_csv_files(self, client: httpx.Client) -> None:
        creators = ("creators.csv", b"creator_id,platform,followers,Reach\nada,instagram,12400,7\ntom,tiktok,900,8\n")
        posts = ("posts.csv", b"creator_id,post_id,likes\n" + b"".join(b"ada,p%d,%d\n" % (k, 90 + k) for k in range(6)))
        answer = client.post("/report", files=[("files", creators), ("files", posts)])
        assert answer.status_code == 200
        assert ">2 creators<" in answer.text
        assert "creators.Reach" in answer.text
        assert client.post("/report", files=[("files", posts)]).status_code == 400

    def test_a_row_of_the_list_opens_its_report(self, client: httpx.Client) -> None:
        listed = client.post("/report", files=form(pasted=[examples.CREATOR, examples.SECOND])).text
        packed = re.search(r'name="packed" value="([^"]+)"', listed)
        assert packed is not None
        opened = client.post("/report", files=form(packed=packed[1], creator="creator-2"))
        assert "9,150 followers" in opened.text
        assert client.post("/report", files=form(packed=packed[1], creator="creator-3")).status_code == 404

    def test_what_an_export_has_too_much_is_told(self, client: httpx.Client) -> None:
        answer = client.post("/report", files={**form(source="modash"), "files": ("modash.json", EXPORT.read_bytes())})
        assert answer.status_code == 200
        assert "Ines Invented" in answer.text
        assert "Fields that are not read" in answer.text
        assert "gender" in answer.text

    def test_a_mapping_of_ones_own_is_taken(self, client: httpx.Client) -> None:
        mapping = (REPOSITORY / "features" / "exports" / "mappings" / "modash.toml").read_bytes()
        files = {"files": ("modash.json", EXPORT.read_bytes()), "mapping": ("own.toml", mapping)}
        assert "Ines Invented" in client.post("/report", files={**form(source="mapping"), **files}).text
        wrong = client.post("/report", files={**form(source="mapping"), **files, "mapping": ("own.toml", b"a = [")})
        assert wrong.status_code == 400
        assert "not TOML" in wrong.text
        assert client.post("/report", files={**form(source="mapping"), "files": files["files"]}).status_code == 400

    @pytest.mark.parametrize(
        ("fields", "status", "said"),
        [
            ({}, 400, "Nothing was handed in"),
            ({"pasted": "{"}, 400, "pasted text, line 1 is not JSON"),
            ({"pasted": "7"}, 400, "neither a record nor a list"),
            ({"pasted": '{"creator_id": "a", "platform": "instagram", "followers": -3}'}, 400, "followers"),
            ({"pasted": "{}", "source": "nobody"}, 400, "names a kind of records that there is not"),
            ({"packed": "AAAA"}, 400, "did not come back as they were"),
        ],
    )
    def test_a_refusal_is_a_page_that_says_why(
        self, client: httpx.Client, fields: dict[str, str], status: int, said: str
    ) -> None:
        answer = client.post("/report", files=form(**fields) or {"nothing": (None, "")})
        assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
        assert said in answer.text

    def test_a_file_that_is_refused_is_named(self, client: httpx.Client) -> None:
        for name, said in (
            ("roster.csv", "roster.csv is none of the tables creators.csv, posts.csv"),
            ("a.json", "a.json, line 1 is not JSON"),
        ):
            answer = client.post("/report", files={"files": (name, b"creator_id,platform")})
            assert answer.status_code == 400
            assert said in answer.text

    def test_a_workbook_is_told_to_be_saved_as_csv(self, client: httpx.Client) -> None:
        answer = client.post("/report", files={"files": ("roster.xlsx", b"PK\x03\x04\x14\x00\x06\x00")})
        assert answer.status_code == 400
        assert "roster.xlsx is a workbook; save each sheet as CSV UTF-8" in answer.text

    def test_every_line_that_cannot_be_read_is_named(self, client: httpx.Client) -> None:
        good = orjson.dumps(examples.CREATOR).decode()
        answer = client.post("/report", files=form(pasted=f"{good}\n{{broken\n\n{good}\nand this"))
        assert answer.status_code == 400
        assert "2 problems in what was handed in" in answer.text
        assert re.findall(r"pasted text, line \d+ is not JSON", answer.text) == [
            f"pasted text, line {number} is not JSON" for number in (2, 5)
        ]

    def test_lines_that_cannot_be_read_are_counted_and_as_many_named_as_a_page_shows(
        self, client: httpx.Client
    ) -> None:
        good, bad = orjson.dumps(examples.CREATOR), b"{\n" * 130
        files = [("files", ("a.ndjson", good + b"\n" + bad)), ("files", ("b.ndjson", b"{"))]
        answer = client.post("/report", files=files)
        assert "131 problems in what was handed in" in answer.text
        assert len(re.findall(r"line \d+ is not JSON", answer.text)) == MOST_ERRORS

    def test_text_that_is_no_records_a_line_is_one_problem(self, client: httpx.Client) -> None:
        cut_off = orjson.dumps(examples.CREATOR, option=orjson.OPT_INDENT_2)[:-1].decode()
        answer = client.post("/report", files=form(pasted=cut_off))
        assert "a problem in what was handed in" in answer.text
        assert "pasted text, line 1 is not JSON" in answer.text

    def test_no_more_lines_are_read_than_a_page_takes_creators(self, client: httpx.Client) -> None:
        good = orjson.dumps(examples.CREATOR)
        broken = client.post("/report", files={"files": ("a.ndjson", b"[\n" * 100_000 + good)})
        assert "a problem in what was handed in" in broken.text
        many = client.post("/report", files={"files": ("a.ndjson", good + b"\n[" * 100_000)})
        assert (many.status_code, "more than 1,000 creators" in many.text) == (413, True)

    def test_a_sheet_of_very_many_columns_is_refused(self, client: httpx.Client) -> None:
        files = {"files": ("creators.csv", b"creator_id,platform" + b",x" * 9_999 + b"\na,x\n")}
        answer = client.post("/report", files=files)
        assert answer.status_code == 400
        assert "creators.csv has 10,001 columns" in answer.text

    def test_a_mapping_that_reads_rows_again_and_again_is_stopped(
        self, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("serving.pages.given.MOST_ROWS", 10)
        files = {"files": ("export.json", EXPORT.read_bytes())}
        answer = client.post("/report", files={**form(source="modash"), **files})
        assert "more than 10 rows of the export" in answer.text

    def test_what_is_no_form_or_too_large_is_refused(self, client: httpx.Client) -> None:
        assert client.post("/report", json=examples.CREATOR).status_code == 415
        broken = {"content-type": "multipart/form-data; boundary=x"}
        assert client.post("/report", content=b"--y", headers=broken).status_code == 400
        assert client.post("/report", files=form(pasted=" " * (forms.MOST_BYTES + 1))).status_code == 413
        many = [{"creator_id": str(k), "platform": "x"} for k in range(1_001)]
        answer = client.post("/report", files=form(pasted=many))
        assert answer.status_code == 413
        assert "as a job" in answer.text

    def test_the_report_can_be_had_as_a_file_of_its_own(self, client: httpx.Client) -> None:
        answer = client.post("/report", files=form(pasted=examples.creator('a"b/../c'), download="1"))
        assert answer.headers["content-disposition"] == 'attachment; filename="bonafide-a-b-..-c.html"'
        assert "<script" not in answer.text
        assert "packed" not in answer.text
        assert len(answer.content) < 1_000_000


class TestCarried:
    def test_records_come_back_as_they_were(self, corpus: Tables) -> None:
        back = records.read(unpack(pack(nested(corpus))), extra="refuse")
        assert records.input_hashes(back) == records.input_hashes(corpus)

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"no",
            zlib.compress(b"{}"),
            zlib.compress(b"["),
            zlib.compress(b"[]")[:-3],
            zlib.compress(b" " * (MOST_UNPACKED + 1)),
        ],
    )
    def test_what_is_broken_or_a_bomb_is_refused(self, content: bytes) -> None:
        with pytest.raises(RequestError):
            unpack(base64.b64encode(content).decode())


class TestRanking:
    def test_candidates_are_ranked_with_reasons_and_open_their_reports(self, client: httpx.Client) -> None:
        brief = form(text="Green tea and baking at home", brand="Tea", platforms="instagram", max_risk="60")
        page = client.post("/rank", files={**brief, **form(pasted=examples.INDEXED)})
        assert page.status_code == 200
        assert "3 of 3 creators for" in page.text
        assert page.text.count("All reasons") == 3
        assert "platform is among those wanted" in page.text
        assert "language is among those wanted" not in page.text  # the brief wants none
        held = re.search(r'href="data:text/csv;charset=utf-8;base64,([^"]+)"', page.text)
        assert held is not None
        lines = list(csv.DictReader(io.StringIO(base64.b64decode(held[1]).decode("utf-8-sig"))))
        assert [line["rank"] for line in lines] == ["1", "2", "3"]
        assert all(line["creator_id"] and line["fit_score"] and line["reasons"] for line in lines)
        assert 'name="packed"' in page.text
        assert 'value="instagram" checked' in page.text

    def test_without_records_the_index_is_searched(self, client: httpx.Client, searching: httpx.Client) -> None:
        empty = searching.get("/rank").text
        assert "320 creators of the index" in empty
        assert re.search(r"Separated by commas: \w+, \w+", empty)
        page = searching.post("/rank", files=form(text="Green tea and baking at home", countries="GB, DE"))
        assert "of 320 creators" in page.text
        assert "Left out by filters: countries" in page.text
        assert client.post("/rank", files=form(text="Tea")).status_code == 503

    def test_what_cannot_be_read_is_named(self, client: httpx.Client) -> None:
        wrong = client.post("/rank", files=form(text="Tea", max_risk="much"))
        assert wrong.status_code == 400
        assert "The highest risk must be a number" in wrong.text
        for text in ("nan", "inf", "-1e999"):
            assert client.post("/rank", files=form(text="Tea", max_risk=text)).status_code == 400
        for text in ("1e300", "2.5", "-1"):
            assert "/filters/min_followers" in client.post("/rank", files=form(text="Tea", min_followers=text)).text
        unordered = client.post("/rank", files=form(text="Tea", min_followers="9", max_followers="3"))
        assert "/filters/max_followers" in unordered.text


class TestKeys:
    def test_without_a_key_a_page_is_the_form_to_sign_in(self, outside: httpx.Client) -> None:
        for path in ("/", "/rank"):
            answer = outside.get(path)
            assert answer.status_code == 401
            assert 'action="./sign-in"' in answer.text
            assert "Bearer" not in answer.text  # for programs
        for path in ("/page.css", "/page.js", "/icon.svg", "/docs", "/sign-in"):
            assert outside.get(path).status_code == 200

    def test_signing_in_keeps_the_key_where_no_script_and_no_other_site_reaches_it(
        self, outside: httpx.Client, keys: dict[Role, str]
    ) -> None:
        answer = outside.post("/sign-in", files=form(key=keys[Role.SCORE]))
        assert (answer.status_code, answer.headers["location"]) == (303, "./")
        kept = answer.headers["set-cookie"]
        assert "HttpOnly" in kept
        assert "SameSite=strict" in kept
        assert "Secure" not in kept
        outside.cookies.clear()
        host = {"origin": "https://localhost"}
        assert (
            "Secure" in outside.post("/sign-in", files=form(key=keys[Role.SCORE]), headers=host).headers["set-cookie"]
        )
        outside.cookies.clear()
        for wrong in ("", "bonafide_00000000_short", keys[Role.SCORE] + "\r\nset-cookie: a=b"):
            refused = outside.post("/sign-in", files=form(key=wrong))
            assert (refused.status_code, refused.headers["content-type"]) == (401, "text/html; charset=utf-8")
            assert "The key is unknown, expired or revoked" in refused.text
            assert 'action="./sign-in"' in refused.text
            assert "set-cookie" not in refused.headers
        odd = {"origin": "http://[", "sec-fetch-site": "same-origin"}
        assert outside.post("/sign-in", files=form(key=keys[Role.SCORE]), headers=odd).status_code == 303
        outside.cookies.clear()
        assert outside.post("/sign-in", files=form(key="k" * 20_000)).status_code == 413

    def test_a_key_that_was_revoked_is_asked_for_again(self, outside: httpx.Client, home: Path) -> None:
        key, sent = Keyring(home).create("", Role.SCORE)
        cookie = {"cookie": f"{COOKIE}={sent}"}
        assert outside.get("/", headers=cookie).status_code == 200
        Keyring(home).revoke(key.id)
        assert outside.get("/", headers=cookie).status_code == 401

    def test_the_cookie_opens_pages_and_nothing_else(self, outside: httpx.Client, reader: dict[str, str]) -> None:
        assert outside.get("/", headers=reader).status_code == 200
        assert outside.get("/v1/model", headers=reader).status_code == 401
        assert outside.post("/v1/score", json=examples.SCORE, headers=reader).status_code == 401

    def test_who_may_only_score_sees_no_verdict_and_gives_none(
        self, outside: httpx.Client, keys: dict[Role, str], book: Book
    ) -> None:
        cookie = {"cookie": f"{COOKIE}={keys[Role.SCORE]}"}
        page = outside.post("/report", files=form(pasted=examples.CREATOR), headers=cookie)
        assert page.status_code == 200
        assert "Record the verdict" not in page.text
        assert outside.post("/audit", files=form(key="k"), headers=cookie).status_code == 403


class TestVerdicts:
    def test_a_verdict_is_recorded_once_and_told(
        self, outside: httpx.Client, reader: dict[str, str], book: Book
    ) -> None:
        creator = examples.creator("audited-1")
        shown = outside.post("/report", files=form(pasted=creator), headers=reader).text
        found = KEY.search(shown)
        assert found is not None
        verdict = form(
            pasted=creator, key=found[1], creator_id="audited-1", verdict="fraud", fake_percent="35", types="pod"
        )
        first, again = (outside.post("/audit", files=verdict, headers=reader) for _ in range(2))
        assert "The verdict is recorded." in first.text
        assert "nothing was stored twice" in again.text
        [stored] = read_audits(book.ledger, "audited-1")
        assert (stored.verdict, stored.fake_follower_share, stored.types) == ("fraud", 0.35, ("pod",))
        assert "35 % fake followers" in first.text
        assert f"bonafide audits dispute {found[1]} open" in first.text
        assert f"bonafide audits dispute {found[1]} open" not in shown
        other = outside.post("/audit", files={**verdict, **form(verdict="genuine")}, headers=reader)
        assert other.status_code == 409
        assert "never overwritten" in other.text

    def test_an_objection_to_a_verdict_is_recorded_and_told(
        self, outside: httpx.Client, reader: dict[str, str], book: Book
    ) -> None:
        creator = examples.creator("objects-1")
        verdict = form(pasted=creator, key="case-7", creator_id="objects-1", verdict="fraud")
        assert "the creator objects" not in outside.post("/audit", files=verdict, headers=reader).text
        for state, told in (
            ("open", "the creator objects"),
            ("rejected", "objection was rejected"),
            ("upheld", "objection was upheld"),
        ):
            objection = form(pasted=creator, disputed="case-7", state=state, note="It was a giveaway")
            answer = outside.post("/audit", files=objection, headers=reader)
            assert (answer.status_code, "The objection is recorded." in answer.text) == (200, True)
            assert told in answer.text.replace("&#39;", "'")
            [stored] = read_audits(book.ledger, "objects-1")
            assert stored.dispute is not None
            assert (stored.dispute.state, stored.dispute.note) == (state, "It was a giveaway")
        for wrong, status in (({"state": "perhaps"}, 400), ({"disputed": "nobody's"}, 404)):
            assert outside.post("/audit", files={**objection, **form(**wrong)}, headers=reader).status_code == status
        [stored] = read_audits(book.ledger, "objects-1")
        assert stored.dispute is not None
        assert stored.dispute.state == "upheld"

    @pytest.mark.parametrize(
        "headers",
        [
            {"sec-fetch-site": "cross-site", "origin": "https://attacker.example"},
            {"sec-fetch-site": "same-site"},
            {"origin": "https://attacker.example"},
            {"origin": "null"},
        ],
    )
    def test_a_page_of_another_site_records_nothing(
        self, outside: httpx.Client, reader: dict[str, str], book: Book, headers: dict[str, str]
    ) -> None:
        sent = {"cookie": reader["cookie"], **headers}
        verdict = form(pasted=examples.creator("victim"), key="forged", creator_id="victim", verdict="fraud")
        for path in ("/audit", "/report", "/rank", "/sign-in", "/sign-out"):
            assert outside.post(path, files=verdict, headers=sent).status_code == 403
        assert not read_audits(book.ledger, "victim")

    def test_pages_let_browsers_say_where_a_form_comes_from(
        self, outside: httpx.Client, reader: dict[str, str]
    ) -> None:
        assert outside.get("/", headers=reader).headers["referrer-policy"] == "same-origin"
        assert outside.get("/rank").headers["referrer-policy"] == "same-origin"

    def test_without_a_ledger_there_is_no_form(self, client: httpx.Client) -> None:
        assert "Record the verdict" not in client.post("/report", files=form(pasted=examples.CREATOR)).text


def test_a_failure_is_a_page_that_tells_nothing(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError("hunter2-marker")

    monkeypatch.setattr("serving.api.answers.reported", fail)
    answer = client.post("/report", files=form(pasted=examples.CREATOR))
    assert (answer.status_code, answer.headers["content-type"]) == (500, "text/html; charset=utf-8")
    assert "hunter2" not in answer.text
    assert answer.headers["x-request-id"] in answer.text


def test_the_forms_addresses_lead_to_the_start(client: httpx.Client) -> None:
    for path in ("/report", "/audit"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "./")
