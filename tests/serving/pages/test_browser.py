"""The pages in a real browser, against a real process that asks for keys.

One process and one browser for all; whatever a page asks for, writes to the console or pops up is watched throughout.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx
import orjson
import pytest

from serving.access.gate import COOKIE
from serving.access.keys import Keyring, Role
from serving.api import examples
from serving.pages.carried import nested
from tests.serving.test_process import PATIENCE, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

    from features.records import Tables
    from serving.champions.loaded import Loaded

sync_api = pytest.importorskip("playwright.sync_api", reason="install the extra: pip install -e '.[dev]'")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="install the extra: pip install -e '.[dev]'")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="install Chromium: apt-get install chromium")

SERIOUS = {"serious", "critical"}
SHOWN = "[data-shown]:not(:empty)"
ATTACKER = "http://attacker.example"
NAMED = "bonafide.example"
"""Under this name the browser reaches the service as others would: by plain HTTP, and not on loopback."""
BATCH = 24
BROKEN_WORDS = """cells => cells.map(cell => {
  const text = document.createRange();
  text.selectNodeContents(cell);
  return [cell.textContent, text.getClientRects().length];
}).filter(([text, lines]) => lines > text.split(" ").length)"""
"""The cells of a table whose text has more lines than words."""
DOWNLOAD = "Download the report"
FORGED = """<form method="post" enctype="multipart/form-data" action="{}/audit">
<input name="creator_id" value="{}"><button>Win</button></form>"""


def follow(page: Page, name: str) -> None:
    """Press a button and wait until the page that it leads to has loaded; a click alone waits for nothing."""
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


@dataclass
class Watched:
    """A browser's window with what happened in it that should not."""

    page: Page
    home: str
    wrong: list[str] = field(default_factory=list)

    def open(self, path: str = "") -> Page:
        self.page.goto(f"{self.home}/{path}")
        return self.page

    def hand_in(self, content: bytes, name: str = "creators.ndjson") -> Page:
        """Upload records at the start."""
        page = self.open()
        page.set_input_files("#files", {"name": name, "mimeType": "application/json", "buffer": content})
        follow(page, "Score")
        return page


@dataclass(frozen=True)
class Served:
    """A service and keys to it."""

    url: str
    keys: dict[Role, str]
    client: httpx.Client


@pytest.fixture(scope="module")
def served(indexed: Loaded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("browser")
    keys = {role: Keyring(folder / "home").create("", role, rate=100_000)[1] for role in Role}
    with running(folder / "log.txt", {**indexed.environment(), "BONAFIDE_KEYS": "true"}) as client:
        client.headers["x-api-key"] = keys[Role.ADMIN]
        yield Served(str(client.base_url).rstrip("/"), keys, client)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_api.sync_playwright() as playwright:
        options = ["--no-sandbox", f"--host-resolver-rules=MAP {NAMED} 127.0.0.1"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=options, timeout=PATIENCE * 1000)
        yield browser
        browser.close()


def context_of(browser: Browser, served: Served, role: Role | None = Role.ADMIN, **options: object) -> BrowserContext:
    context = browser.new_context(**options)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE * 1000)
    if role is not None:
        context.add_cookies([{"name": COOKIE, "value": served.keys[role], "url": served.url}])
    return context


def watched(context: BrowserContext, served: Served) -> Watched:
    """A window of which every tab is watched."""
    found = Watched(context.new_page(), served.url)

    def tell(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            found.wrong.append(f"{message.type}: {message.text}")

    def watch(page: Page) -> None:
        page.on("console", tell)
        page.on("pageerror", lambda error: found.wrong.append(f"script: {error}"))
        page.on("dialog", lambda dialog: found.wrong.append(f"dialog: {dialog.message}"))

    def ask(url: str) -> None:
        if not url.startswith((served.url + "/", "data:", "blob:", "file:", ATTACKER)):
            found.wrong.append(f"outside: {url}")

    watch(found.page)
    context.on("page", watch)
    context.on("request", lambda request: ask(request.url))
    return found


@pytest.fixture
def window(browser: Browser, served: Served) -> Iterator[Watched]:
    with context_of(browser, served) as context:
        found = watched(context, served)
        yield found
        assert found.wrong == []


@pytest.fixture(scope="module")
def batch(corpus: Tables) -> bytes:
    """Some creators, one a line."""
    return b"\n".join(orjson.dumps(record) for record in nested(corpus)[:BATCH])


@pytest.fixture(scope="module")
def one(batch: bytes) -> bytes:
    """The creator with most comments."""
    return max(batch.splitlines(), key=lambda line: len(orjson.loads(line).get("comments", ())))


def risks(page: Page) -> list[float]:
    values = page.locator("table.list tbody tr:visible td:nth-child(4)").evaluate_all(
        "all => all.map(one => one.dataset.value)"
    )
    return [float(value) for value in values]


def wide(page: Page) -> int:
    width: int = page.evaluate("document.documentElement.scrollWidth")
    return width


class TestList:
    def test_a_batch_is_sorted_filtered_and_opened(self, window: Watched, batch: bytes) -> None:
        page = window.hand_in(batch)
        page.wait_for_selector(SHOWN)
        assert page.locator("#list").inner_text() == f"{BATCH} creators"
        highest_first = risks(page)
        assert highest_first == sorted(highest_first, reverse=True)
        assert page.locator("th[aria-sort=descending]").inner_text().startswith("Risk")
        page.get_by_role("button", name="Risk", exact=True).click()
        assert risks(page) == highest_first[::-1]
        page.get_by_role("button", name="Creator", exact=True).press("Enter")
        names = [text.lower() for text in page.locator("table.list tbody th button").all_inner_texts()]
        assert page.locator("th[aria-sort=ascending]").inner_text().startswith("Creator")
        assert len(names) == BATCH
        page.get_by_label("Band").select_option("high")
        high = page.locator("table.list tbody tr:visible")
        assert 0 < high.count() < BATCH
        assert set(high.locator("td:nth-child(3)").all_inner_texts()) == {"High risk"}
        assert page.locator("[data-shown]").inner_text() == f"{high.count()} of {BATCH} shown"
        page.get_by_label("Find").fill("no creator is called this")
        assert high.count() == 0
        page.get_by_label("Find").fill("")
        with page.expect_popup() as opened:
            high.first.get_by_role("button").click()
        report = opened.value
        report.wait_for_selector("#why")
        assert report.locator(".pill.high").first.inner_text() == "High risk"
        assert page.locator("#list").is_visible()

    def test_a_long_name_breaks_no_words_and_any_name_finds_its_creator(self, window: Watched, batch: bytes) -> None:
        record, *others = map(orjson.loads, batch.splitlines())
        names = {"creator_id": "by-its-id", "handle": "by.its.handle", "display_name": "Steinhausenbergerdorff" * 6}
        page = window.hand_in(b"\n".join(map(orjson.dumps, [{**record, **names}, *others])))
        page.wait_for_selector(SHOWN)
        assert page.locator("table.list tbody td:nth-child(2)").evaluate_all(BROKEN_WORDS) == []
        for name in ("by-its-id", "By.its.handle", "steinhausenbergerdorff" * 6):
            page.get_by_label("Find").fill(name)
            assert page.locator("table.list tbody tr:visible").count() == 1

    def test_without_script_the_list_is_whole_and_opens_reports(
        self, browser: Browser, served: Served, batch: bytes
    ) -> None:
        with context_of(browser, served, java_script_enabled=False) as context:
            window = watched(context, served)
            page = window.hand_in(batch)
            assert page.locator("table.list tbody tr").count() == BATCH
            assert page.locator("[data-filters]").is_hidden()
            with context.expect_page() as opened:
                page.locator("table.list tbody button").first.click()
            assert "likelihood of a purchase" in opened.value.locator(".verdict").inner_text()
            assert window.wrong == []


class TestReport:
    def test_pasted_records_give_a_verdict_whose_bars_add_up(self, window: Watched, one: bytes) -> None:
        page = window.open()
        page.get_by_label("Or paste them").fill(one.decode())
        follow(page, "Score")
        assert re.search(r"\d+ %\s+likelihood of a purchase", page.locator(".verdict").inner_text())
        numbers = page.locator("section[aria-labelledby=why] td.number").all_inner_texts()
        base, *parts, risk = (float(text.replace("−", "-")) for text in numbers)
        assert base + sum(parts) == pytest.approx(risk, abs=0.05 * (len(parts) + 2))
        for section in ("two-answers", "audience", "reasons", "growth", "engagement", "comments", "offer"):
            assert page.locator(f"section[aria-labelledby={section}]").count() == 1, section
        assert page.locator("table.quotes tbody tr").count()

    def test_the_download_is_the_same_page_and_needs_nothing(
        self, browser: Browser, window: Watched, one: bytes, tmp_path: Path
    ) -> None:
        page = window.hand_in(one)
        with page.expect_download() as download:
            page.get_by_role("button", name=DOWNLOAD).click()
        file = tmp_path / "report.html"
        download.value.save_as(file)
        assert file.stat().st_size < 1_000_000
        verdict = page.locator(".verdict").inner_text()
        with browser.new_context() as context:
            alone = context.new_page()
            asked: list[str] = []
            alone.on("request", lambda request: asked.append(request.url))
            alone.on("console", lambda message: asked.append(message.text))
            alone.goto(file.as_uri())
            assert alone.locator(".verdict").inner_text() == verdict
            assert asked == [file.as_uri()]

    def test_a_verdict_is_recorded_once_and_another_site_records_none(
        self, window: Watched, served: Served, batch: bytes
    ) -> None:
        line = batch.splitlines()[3]
        creator = orjson.loads(line)["creator_id"]
        page = window.hand_in(line)
        page.get_by_label("Bought", exact=True).check()
        page.get_by_label("Bought followers").check()
        page.get_by_label("Fake followers, %").fill("35")
        page.get_by_label("Reviewer").fill("reader-2")
        follow(page, "Record the verdict")
        assert page.locator(".said").inner_text() == "The verdict is recorded."
        page.reload()
        assert "nothing was stored twice" in page.locator(".said").inner_text()
        assert "35 % fake followers" in page.locator(".desk").inner_text()
        page.get_by_text("The creator objects to a verdict").click()
        page.get_by_role("group", name="To which verdict").get_by_role("radio").check()
        page.get_by_label("Open", exact=True).check()
        follow(page, "Record the objection")
        assert page.locator(".said").inner_text() == "The objection is recorded."
        assert "the creator objects" in page.locator(".desk li").inner_text()
        forged = FORGED.format(served.url, creator)
        window.page.route(f"{ATTACKER}/", lambda route: route.fulfill(content_type="text/html", body=forged))
        page.goto(f"{ATTACKER}/")
        with page.expect_response("**/audit") as refused:
            page.get_by_role("button").click()
        assert refused.value.status == 403
        window.wrong.clear()  # the browser says so too
        found = served.client.get("/v1/audits", params={"creator_id": creator}).json()["audits"]
        assert [(audit["verdict"], audit["types"], audit["reviewer"]) for audit in found] == [
            ("fraud", ["bought_followers"], "reader-2")
        ]

    def test_in_print_the_report_is_left_and_what_is_folded_is_open(self, window: Watched, one: bytes) -> None:
        page = window.hand_in(one)
        page.emulate_media(media="print", color_scheme="dark")
        for hidden in ("nav.site", ".actions", ".desk form"):
            assert page.locator(hidden).is_hidden()
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert page.locator("#reasons ~ details table").is_visible()
        assert page.pdf().startswith(b"%PDF")


class TestRanking:
    def test_the_index_and_pasted_candidates_are_ranked_with_reasons(self, window: Watched, batch: bytes) -> None:
        page = window.open("rank")
        page.get_by_label("Brand", exact=True).fill("Example Tea")
        page.get_by_label("Brief").fill("Green tea, bread and slow cooking at home")
        follow(page, "Rank")
        assert page.locator("#ranking").inner_text() == "50 of 320 creators for Example Tea"
        scores = [float(text) for text in page.locator("table.list td:nth-child(3)").all_inner_texts()]
        assert scores == sorted(scores, reverse=True)
        page.locator("table.list summary").first.click()
        assert "Fit before risk" in page.locator("table.list details[open]").inner_text()
        page.locator("#pasted").fill(batch.decode())
        follow(page, "Rank")
        assert page.locator("#ranking").inner_text() == f"{BATCH} of {BATCH} creators for Example Tea"
        with page.expect_popup() as opened:
            page.locator("table.list tbody button").first.click()
        assert "likelihood of a purchase" in opened.value.locator(".verdict").inner_text()


class TestSigningIn:
    def test_a_key_opens_the_pages_until_it_is_given_back(self, browser: Browser, served: Served) -> None:
        with context_of(browser, served, role=None) as context:
            page = context.new_page()
            page.goto(served.url)
            page.get_by_label("API key").fill("bonafide_00000000_" + "A" * 43)
            follow(page, "Sign in")
            assert "unknown, expired or revoked" in page.get_by_role("alert").inner_text()
            page.get_by_label("API key").fill(served.keys[Role.SCORE])
            follow(page, "Sign in")
            assert page.locator("#score").is_visible()
            assert page.evaluate("document.cookie") == ""
            follow(page, "Sign out")
            page.goto(served.url)
            assert page.get_by_label("API key").is_visible()

    def test_forms_work_where_the_browser_names_no_site_but_the_origin(
        self, browser: Browser, served: Served, one: bytes
    ) -> None:
        with context_of(browser, served, role=None) as context:
            page = context.new_page()
            sent: list[Request] = []
            page.on("request", lambda request: sent.append(request) if request.method == "POST" else None)
            page.goto(served.url.replace("127.0.0.1", NAMED))
            page.get_by_label("API key").fill(served.keys[Role.SCORE])
            follow(page, "Sign in")
            page.get_by_label("Or paste them").fill(one.decode())
            follow(page, "Score")
            assert page.locator("#why").is_visible()
            told = [request.all_headers() for request in sent]
            assert len(told) == 2
            assert not any("sec-fetch-site" in headers for headers in told)
            assert {headers["origin"] for headers in told} == {served.url.replace("127.0.0.1", NAMED)}


class TestEverybody:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_no_page_has_a_serious_finding_or_is_wider_than_a_phone(
        self, browser: Browser, served: Served, batch: bytes, one: bytes, scheme: str
    ) -> None:
        found: dict[str, list[str]] = {}
        with context_of(browser, served, color_scheme=scheme, viewport={"width": 390, "height": 844}) as context:
            window = watched(context, served)

            def check(name: str) -> None:
                page = window.page
                assert wide(page) <= 390, name
                violations = axe.Axe().run(page).response["violations"]
                found[name] = [f"{v['id']}: {v['nodes'][0]['html']}" for v in violations if v["impact"] in SERIOUS]

            window.open()
            check("start")
            window.hand_in(batch)
            check("list")
            window.hand_in(one)
            for details in window.page.locator("details").all():
                details.evaluate("one => one.open = true")
            check("report")
            window.open("rank").get_by_label("Brief").fill("Bread")
            follow(window.page, "Rank")
            check("ranking")
            window.open("sign-in")
            check("sign in")
            assert window.wrong == []
            follow(window.open(), "Score")
            check("refusal")
        assert not any(found.values()), found

    def test_the_keyboard_reaches_everything_and_shows_where_it_is(self, window: Watched, one: bytes) -> None:
        page = window.open()
        page.keyboard.press("Tab")
        skip = page.locator(":focus")
        assert skip.inner_text() == "Skip to the content"
        assert (skip.bounding_box() or {})["x"] >= 0
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.locator(":focus").get_attribute("id") == "source"
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        page.locator("#pasted").focus()
        page.keyboard.insert_text(one.decode())
        for _ in range(2):
            page.keyboard.press("Tab")
        assert page.locator(":focus").inner_text() == "Score"
        page.keyboard.press("Enter")
        page.wait_for_selector("#why")

    def test_the_description_of_the_api_works_under_the_policy(self, window: Watched) -> None:
        page = window.open("docs")
        page.wait_for_selector(".opblock")
        assert "/v1/score" in page.locator("#swagger-ui").inner_text()


HOSTILE = (
    "<script>window.hacked = 1; alert(1)</script><img src=x onerror='hacked=1'>{{ 7*7 }}{% raw %}${7*7}"
    '"><svg onload=alert(1)></textarea></style><iframe src=javascript:alert(1)>\u202egnp.exe\u2066<!--'
)


class TestHostileRecords:
    def test_ten_megabytes_of_hostile_text_are_text(self, window: Watched, batch: bytes) -> None:
        creator = examples.creator("<b>&\"'`", bio=HOSTILE)
        texts = HOSTILE * (10_000_000 // len(HOSTILE) // 4)
        creator |= {"handle": HOSTILE, "display_name": HOSTILE, "category": HOSTILE}
        creator["comments"] = [
            {"comment_id": f"{HOSTILE}{k}", "post_id": "p1", "author_id": HOSTILE, "text": HOSTILE + texts}
            for k in range(4)
        ]
        for post in creator["posts"]:  # type: ignore[attr-defined]
            post |= {"post_id": f"{post['post_id']}{HOSTILE}", "caption": HOSTILE}
        content = orjson.dumps(creator)
        assert len(content) > 10_000_000
        page = window.hand_in(content)
        page.wait_for_selector("#why")
        assert "<script>" in page.locator("h1").inner_text()
        assert len(page.content()) < 1_000_000
        assert page.evaluate("[window.hacked, document.querySelectorAll('main script, main img, iframe').length]") == [
            None,
            0,
        ]
        assert not re.search("[\u202a-\u202e\u2066-\u2069]", page.content())
        listed = window.hand_in(content + b"\n" + batch.splitlines()[0])
        listed.wait_for_selector(SHOWN)
        assert listed.evaluate("window.hacked") is None
        with listed.expect_popup() as opened:
            listed.get_by_role("button", name="<script>").click()
        assert "<script>" in opened.value.locator("h1").inner_text()

    def test_a_hostile_refusal_is_text_too(self, browser: Browser, served: Served) -> None:
        with context_of(browser, served) as context:
            window = watched(context, served)
            record = {"creator_id": HOSTILE, "platform": "instagram", "followers": HOSTILE, HOSTILE: 1}
            page = window.hand_in(orjson.dumps(record), f"{HOSTILE}.json")
            assert page.locator("#refused").inner_text() == "This does not work as it is"
            assert page.evaluate("[window.hacked, document.querySelectorAll('main script, main img').length]") == [
                None,
                0,
            ]
            assert not [one for one in window.wrong if "400" not in one]
