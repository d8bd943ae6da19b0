from __future__ import annotations

import asyncio
import io
import json
import logging
import re
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from anyio.from_thread import start_blocking_portal
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from serving.access import gate, logs
from serving.access.edge import MOST_AT_DOOR, Edge, route_of
from serving.access.gate import Gate
from serving.access.keys import Keyring, Role
from serving.access.limits import Capacity
from serving.api.bodies import read_body
from serving.api.docs_page import PAGE, SCRIPT
from serving.api.problems import MEDIA_TYPE, ProblemDocument
from serving.app import create_app
from tests.serving.conftest import LOOPBACK, InProcess

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from starlette.requests import Request
    from starlette.types import Message, Receive, Scope, Send

OUTSIDE = "http://192.0.2.7:3000"
MARKER = "hunter2-marker"


async def length(request: Request) -> Response:
    return PlainTextResponse(str(len(await read_body(request))))


async def fail(_request: Request) -> Response:
    raise ValueError(MARKER)


PATHS = ("/v1/score", "/v1/audits", "/v1/model", "/metrics", "/livez", "/readyz", "/docs", "/docs.json", "/schema.json")
APP = Starlette(routes=[*(Route(path, length, methods=["GET", "POST"]) for path in PATHS), Route("/v1/fail", fail)])


@contextmanager
def calling(home: Path, base_url: str = OUTSIDE, *, always: bool = False) -> Iterator[httpx.Client]:
    with start_blocking_portal() as portal:
        edge = Edge(APP, Gate(home, always=always))
        with httpx.Client(transport=InProcess(edge, portal), base_url=base_url) as client:
            yield client


@pytest.fixture
def keys(tmp_path: Path) -> dict[Role, dict[str, str]]:
    """A header for each role."""
    ring = Keyring(tmp_path)
    return {role: {"authorization": f"Bearer {ring.create('', role)[1]}"} for role in Role}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[httpx.Client]:
    """A client of a service that others can reach."""
    with calling(tmp_path) as client:
        yield client


def problem(answer: httpx.Response, status: int) -> ProblemDocument:
    assert (answer.status_code, answer.headers["content-type"]) == (status, MEDIA_TYPE), answer.text
    return ProblemDocument.model_validate_json(answer.content)


class TestKeys:
    @pytest.mark.parametrize(
        ("role", "opens"),
        [
            (Role.SCORE, {"/v1/score", "/v1/model"}),
            (Role.AUDIT, {"/v1/score", "/v1/model", "/v1/audits"}),
            (Role.ADMIN, {"/v1/score", "/v1/model", "/v1/audits", "/metrics", "/schema.json"}),
        ],
    )
    def test_each_role_opens_what_it_is_for_and_nothing_else(
        self, client: httpx.Client, keys: dict[Role, dict[str, str]], role: Role, opens: set[str]
    ) -> None:
        answers = {path: client.get(path, headers=keys[role]) for path in PATHS if path not in gate.OPEN}
        assert {path for path, answer in answers.items() if answer.status_code == 200} == opens
        for path in answers.keys() - opens:
            problem(answers[path], 403)
            assert 'error="insufficient_scope"' in answers[path].headers["www-authenticate"]

    def test_health_and_the_description_are_open(self, client: httpx.Client) -> None:
        assert {client.get(path).status_code for path in ("/livez", "/readyz", "/docs", "/docs.json")} == {200}

    def test_without_a_key_nothing_else_is(self, client: httpx.Client, keys: dict[Role, dict[str, str]]) -> None:
        for path in ("/v1/score", "/metrics", "/schema.json", "/v1/fail"):
            answer = client.get(path)
            problem(answer, 401)
            assert answer.headers["www-authenticate"] == 'Bearer realm="bonafide"'

    def test_the_other_header_does_as_well(self, client: httpx.Client, keys: dict[Role, dict[str, str]]) -> None:
        key = keys[Role.SCORE]["authorization"].removeprefix("Bearer ")
        assert client.get("/v1/score", headers={"x-api-key": key}).status_code == 200
        assert client.get("/v1/score", headers={"authorization": f"bEARER  {key}"}).status_code == 200
        both = client.get("/v1/score", headers={"x-api-key": key, "authorization": f"Bearer {key}"})
        problem(both, 401)

    @pytest.mark.parametrize(
        "value",
        [b"", b"Bearer", b"Bearer ", b"Basic YTpi", b"Bearer \xff\x00", b"Bearer " + b"A" * 60_000, b"Bearer {{7*7}}"],
    )
    def test_hostile_headers_are_refused_and_never_repeated(
        self, client: httpx.Client, keys: dict[Role, dict[str, str]], value: bytes, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.DEBUG):
            answer = client.get("/v1/score", headers=[(b"Authorization", value), (b"X-Request-Id", value)])
        problem(answer, 401)
        assert len(answer.headers["x-request-id"]) == 32
        if len(value) > 9:
            assert value[7:].decode("latin-1") not in caplog.text + answer.text

    def test_a_revoked_key_opens_nothing_from_the_next_request_on(self, tmp_path: Path, client: httpx.Client) -> None:
        made, presented = Keyring(tmp_path).create("", Role.SCORE)
        headers = {"x-api-key": presented}
        assert client.get("/v1/score", headers=headers).status_code == 200
        Keyring(tmp_path).revoke(made.id)
        refused = client.get("/v1/score", headers=headers)
        problem(refused, 401)
        assert 'error="invalid_token"' in refused.headers["www-authenticate"]

    def test_a_key_that_asks_too_often_is_told_when_to_try_again(self, tmp_path: Path, client: httpx.Client) -> None:
        _, presented = Keyring(tmp_path).create("", Role.SCORE, rate=12)
        answers = [client.get("/v1/score", headers={"x-api-key": presented}) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
        problem(answers[-1], 429)
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 5

    def test_keys_that_cannot_be_read_let_nobody_in(
        self, tmp_path: Path, client: httpx.Client, keys: dict[Role, dict[str, str]]
    ) -> None:
        (tmp_path / "keys.json").write_text("{")
        answer = client.get("/v1/score", headers=keys[Role.ADMIN])
        problem(answer, 503)
        assert answer.headers["retry-after"] == "5"
        assert client.get("/livez").status_code == 200

    @pytest.mark.parametrize(
        ("address", "host", "status"),
        [
            ("http://127.0.0.1:3000", None, 200),
            ("http://localhost", None, 200),
            ("http://127.0.0.1:3000", "localhost:3000", 200),
            ("http://127.0.0.1:3000", "[::1]:3000", 200),
            ("http://127.0.0.1:3000", "rebound.example", 401),
            ("http://127.0.0.1:3000", "127.0.0.1.example", 401),
            ("http://127.0.0.1:3000", "", 401),
            (OUTSIDE, "localhost", 401),
            (OUTSIDE, "127.0.0.1", 401),
        ],
    )
    def test_only_loopback_under_a_loopback_name_needs_no_key(
        self, tmp_path: Path, address: str, host: str | None, status: int
    ) -> None:
        with calling(tmp_path, address) as client:
            headers = {} if host is None else {"host": host}
            assert client.get("/v1/score", headers=headers).status_code == status
            assert client.get("/metrics", headers=headers).status_code == status

    def test_behind_a_proxy_loopback_asks_too(self, tmp_path: Path) -> None:
        with calling(tmp_path, LOOPBACK, always=True) as client:
            problem(client.get("/v1/score"), 401)

    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({}, 200),
            ({"sec-fetch-site": "same-origin"}, 200),
            ({"origin": LOOPBACK}, 200),
            ({"sec-fetch-site": "cross-site"}, 403),
            ({"sec-fetch-site": "same-site"}, 403),
            ({"origin": "https://elsewhere.example"}, 403),
            ({"origin": "null"}, 403),
            ({"origin": "http://["}, 403),
        ],
    )
    def test_a_page_of_another_origin_can_write_nothing(
        self, tmp_path: Path, headers: dict[str, str], status: int
    ) -> None:
        with calling(tmp_path, LOOPBACK) as client:
            assert client.post("/v1/audits", headers=headers).status_code == status

    def test_a_link_on_a_page_of_another_origin_may_be_followed(self, tmp_path: Path) -> None:
        with calling(tmp_path, LOOPBACK) as client:
            assert client.get("/v1/score", headers={"sec-fetch-site": "cross-site"}).status_code == 200

    def test_every_path_of_the_service_has_its_role(self) -> None:
        paths = {route.path for route in create_app().routes if isinstance(route, Route)}
        assert paths <= gate.OPEN | gate.ROLES.keys()


class TestAnswers:
    @pytest.mark.parametrize("path", ["/docs", "/v1/score", "/v1/fail", "/nothing"])
    def test_every_answer_tells_browsers_to_be_careful(self, tmp_path: Path, path: str) -> None:
        with calling(tmp_path, LOOPBACK) as client:
            headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        policy = headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy

    def test_no_path_but_those_of_files_that_are_there_reaches_what_counts_paths(self) -> None:
        reached: list[str] = []

        async def counting(scope: Scope, receive: Receive, send: Send) -> None:
            reached.append(scope["path"])
            await PlainTextResponse("a file")(scope, receive, send)

        app = Starlette(routes=[Mount("/static_content", counting), Mount("/", APP)])
        with (
            start_blocking_portal() as portal,
            httpx.Client(transport=InProcess(Edge(app, gate_on_loopback()), portal), base_url=LOOPBACK) as client,
        ):
            for name in ("made-up", "a/b", "swagger-ui.css/", "%2e%2e/x", "index.css", ""):
                problem(client.get(f"/static_content/{name}"), 404)
            assert not reached
            files = re.findall(r'"\.(/static_content/[^"]*)"', PAGE)
            assert [client.get(path).status_code for path in files] == [200, 200]

    def test_a_web_socket_is_refused_before_anything_sees_it(self) -> None:
        async def never(_scope: Scope, _receive: Receive, _send: Send) -> None:
            raise AssertionError

        sent: list[Message] = []

        async def connect() -> Message:
            return {"type": "websocket.connect"}

        async def send(message: Message) -> None:
            sent.append(message)

        edge = Edge(Starlette(routes=[Mount("/", never)]), gate_on_loopback())
        asyncio.run(edge({"type": "websocket", "path": "/made-up", "headers": []}, connect, send))
        assert sent == [{"type": "websocket.close"}]  # before it was accepted: 403

    def test_the_page_has_no_script_or_style_in_it(self) -> None:
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", PAGE)
        assert "validatorUrl: null" in SCRIPT

    def test_a_sane_request_id_is_kept_and_any_other_replaced(self, tmp_path: Path) -> None:
        with calling(tmp_path, LOOPBACK) as client:
            kept = client.get("/nothing", headers={"x-request-id": "trace-0123.abc_D"})
            assert kept.headers["x-request-id"] == "trace-0123.abc_D"
            assert problem(kept, 404).request_id == "trace-0123.abc_D"
            for wrong in ("short", "a" * 65, "a b c d e f", "<script>alert(1)", '"},{"level":"x'):
                made = client.get("/livez", headers={"x-request-id": wrong}).headers["x-request-id"]
                assert re.fullmatch("[0-9a-f]{32}", made)
            twice = client.get("/livez", headers=[("x-request-id", "first-one-1"), ("x-request-id", "second-one")])
            assert re.fullmatch("[0-9a-f]{32}", twice.headers["x-request-id"])

    @pytest.mark.parametrize(
        ("path", "start"), [("/nothing", "./"), ("/nothing/here/", "../../"), ("/v2/score", "../")]
    )
    def test_a_browser_sees_a_page_where_there_is_nothing(self, client: httpx.Client, path: str, start: str) -> None:
        browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
        page = client.get(path, headers={"accept": browser})
        assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
        assert f'<a href="{start}">Back to the start</a>' in page.text
        assert all(f'href="{start}{place}"' in page.text for place in ("page.css", "", "rank", "jobs", "docs"))
        for wanted in ("*/*", "application/json", "application/problem+json, text/html;q=0.5", ""):
            problem(client.get(path, headers={"accept": wanted}), 404)
        problem(client.get("/v1/score", headers={"accept": browser}), 401)

    def test_a_compressed_body_is_refused_unread(self, tmp_path: Path) -> None:
        with calling(tmp_path, LOOPBACK) as client:
            for encoding in ("gzip", "br", "gzip, identity", "x" * 5_000):
                answer = client.post("/v1/score", content=b"\x1f\x8b", headers={"content-encoding": encoding})
                problem(answer, 415)
                assert answer.headers["accept-encoding"] == "identity"
            assert client.post("/v1/score", content=b"{}", headers={"content-encoding": "Identity"}).text == "2"


class TestLogs:
    @pytest.fixture
    def lines(self) -> Iterator[Callable[[], list[dict[str, object]]]]:
        """What is written while the test runs."""
        written: list[str] = []

        class Keep(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                written.append(logs.JsonLines().format(record))

        logger, handler = logging.getLogger("bentoml.bonafide"), Keep()
        level = logger.level
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        yield lambda: [json.loads(line) for line in written]
        logger.removeHandler(handler)
        logger.setLevel(level)

    def test_a_request_is_one_line_without_what_was_sent(
        self, tmp_path: Path, client: httpx.Client, lines: Callable[[], list[dict[str, object]]]
    ) -> None:
        made, presented = Keyring(tmp_path).create(MARKER, Role.SCORE)
        headers = {"x-api-key": presented, "x-request-id": "request-1", "user-agent": MARKER}
        client.post(f"/v1/score?creator_id={MARKER}", content=MARKER, headers=headers)
        client.get(f"/{MARKER}")
        client.get("/livez")
        scored, unknown = lines()
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", str(scored.pop("time")))
        assert isinstance(scored.pop("ms"), float)
        assert scored == {
            "level": "info",
            "request_id": "request-1",
            "message": "request",
            "method": "POST",
            "route": "/v1/score",
            "status": 200,
            "model": None,
            "key": made.id,
        }
        assert (unknown["route"], unknown["status"]) == (None, 404)
        assert MARKER not in json.dumps(lines())
        assert presented[18:] not in json.dumps(lines())

    def test_a_failure_is_found_by_its_request_id_and_its_message_stays_out(
        self, tmp_path: Path, lines: Callable[[], list[dict[str, object]]]
    ) -> None:
        with calling(tmp_path, LOOPBACK) as client:
            answer = client.get("/v1/fail")
        document = problem(answer, 500)
        assert {line["request_id"] for line in lines()} == {document.request_id}
        assert "ValueError while answering" in str(lines()[0]["message"])
        assert MARKER not in json.dumps(lines())

    def test_whoever_writes_beside_the_service_quotes_no_record(self, monkeypatch: pytest.MonkeyPatch) -> None:
        out, loggers = io.StringIO(), [logging.getLogger(name) for name in ("", "bentoml", "uvicorn.error", "circus")]
        for logger in loggers:
            monkeypatch.setattr(logger, "handlers", [logging.StreamHandler(out)])
        logs.as_json()
        for logger in loggers:
            try:
                raise ValueError(MARKER)
            except ValueError:
                logger.exception("it broke")
        assert {json.loads(line)["error"] for line in out.getvalue().splitlines()} == {"ValueError"}
        assert MARKER not in out.getvalue()

    def test_an_exception_in_any_log_has_type_and_place_only(self) -> None:
        try:
            raise ValueError(MARKER)
        except ValueError:
            record = logging.getLogger("x").makeRecord("x", 40, "f", 1, "it\nbroke", (), sys.exc_info())
        line = logs.JsonLines().format(record)
        assert "\n" not in line
        assert json.loads(line)["error"] == "ValueError"
        assert MARKER not in line

    def test_routes_are_patterns_wherever_they_are_mounted(self) -> None:
        inner = Starlette(routes=[Route("/v1/jobs/{job}", length)])
        outer = [Mount("/static", Starlette()), Mount("/", inner)]

        def scope(path: str) -> dict[str, object]:
            return {"type": "http", "method": "GET", "path": path, "root_path": "", "headers": []}

        assert route_of(outer, scope("/v1/jobs/17")) == "/v1/jobs/{job}"
        assert route_of(inner.routes, scope("/v1/other")) is None


def gate_on_loopback() -> Gate:
    return Gate(Path("no-keys"), always=False)


class TestRoom:
    def test_what_is_over_is_refused_at_once_and_what_is_under_way_is_answered(self) -> None:
        capacity = Capacity(most=2)

        async def ask() -> None:
            go = asyncio.Event()

            async def wait(_request: Request) -> Response:
                await go.wait()
                return PlainTextResponse("done")

            app = Starlette(routes=[Route("/v1/score", wait, methods=["POST"]), Route("/livez", length)])
            transport = httpx.ASGITransport(Edge(app, gate_on_loopback(), capacity))  # type: ignore[arg-type]
            async with httpx.AsyncClient(transport=transport, base_url=LOOPBACK) as client:
                begun = [asyncio.create_task(client.post("/v1/score", content=b"12345678")) for _ in range(2)]
                while capacity.under_way < 2:
                    await asyncio.sleep(0)
                for _ in range(50):
                    refused = await client.post("/v1/score")
                    problem(refused, 503)
                    assert refused.headers["retry-after"] == "1"
                assert (await client.get("/livez")).status_code == 200
                go.set()
                assert [(await one).text for one in begun] == ["done", "done"]

        asyncio.run(ask())
        assert (capacity.under_way, capacity.held) == (0, 0)

    def test_who_has_no_key_yet_takes_no_room_from_others(self) -> None:
        capacity = Capacity(most=1)

        async def ask() -> None:
            go, begun = asyncio.Event(), 0

            async def wait(_request: Request) -> Response:
                nonlocal begun
                begun += 1
                await go.wait()
                return PlainTextResponse("done")

            app = Starlette(
                routes=[Route("/sign-in", wait, methods=["POST"]), Route("/v1/score", length, methods=["POST"])]
            )
            transport = httpx.ASGITransport(Edge(app, gate_on_loopback(), capacity))  # type: ignore[arg-type]
            async with httpx.AsyncClient(transport=transport, base_url=LOOPBACK) as client:
                waiting = [asyncio.create_task(client.post("/sign-in")) for _ in range(MOST_AT_DOOR)]
                while begun < MOST_AT_DOOR:
                    await asyncio.sleep(0)
                assert (await client.post("/sign-in")).status_code == 503
                assert (await client.post("/v1/score", content=b"1")).text == "1"
                go.set()
                assert {(await one).text for one in waiting} == {"done"}

        asyncio.run(ask())

    def test_bodies_that_together_are_too_large_are_refused(self) -> None:
        capacity = Capacity(most_held=100)

        async def ask() -> None:
            go = asyncio.Event()

            async def slow() -> AsyncIterator[bytes]:
                yield b"x" * 80
                await go.wait()
                yield b"x"

            transport = httpx.ASGITransport(Edge(APP, gate_on_loopback(), capacity))  # type: ignore[arg-type]
            async with httpx.AsyncClient(transport=transport, base_url=LOOPBACK) as client:
                first = asyncio.create_task(client.post("/v1/score", content=slow()))
                while capacity.held < 80:
                    await asyncio.sleep(0)
                problem(await client.post("/v1/score", content=b"x" * 30), 503)
                go.set()
                assert (await first).text == "81"

        asyncio.run(ask())
        assert (capacity.under_way, capacity.held) == (0, 0)

    @pytest.mark.parametrize("pause", [60, 0.01])
    def test_a_body_that_stops_arriving_or_hardly_comes_is_given_up(self, pause: float) -> None:
        capacity = Capacity(quiet=0.05)

        async def ask() -> None:
            async def stalled() -> AsyncIterator[bytes]:
                for _ in range(500):
                    yield b"x"
                    await asyncio.sleep(pause)

            transport = httpx.ASGITransport(Edge(APP, gate_on_loopback(), capacity))  # type: ignore[arg-type]
            async with httpx.AsyncClient(transport=transport, base_url=LOOPBACK) as client:
                problem(await client.post("/v1/score", content=stalled()), 408)

        asyncio.run(ask())
        assert (capacity.under_way, capacity.held) == (0, 0)
