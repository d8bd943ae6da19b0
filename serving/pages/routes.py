"""The pages' addresses: what each takes, and the page that answers it.

A form that changes anything is safe from other sites by the gate, which refuses every request but `GET` that a browser
says comes from a page of another origin (`Sec-Fetch-Site`, else `Origin`), and by the cookie, which such a request
does not carry.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from anyio import to_thread
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from features.nouns import number_of
from serving.access import logs
from serving.access.gate import COOKIE
from serving.access.keys import Role
from serving.api import answers
from serving.api.problems import RequestError
from serving.pages import jobs, ranked, roster, sheet, signing, verdicts
from serving.pages.carried import nested, pack
from serving.pages.forms import Form, read_form
from serving.pages.given import SOURCES, Given, given
from serving.pages.refusal import showing
from serving.pages.report import report_html
from serving.pages.site import Desk, Site, html, render
from serving.pages.templating import read, site_style

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from features.records import Tables
    from models.reports.report import Report
    from serving.book import Book
    from serving.champions.loaded import Loaded
    from serving.jobs.room import Room
    from serving.pages.roster import Row

HERE = {"/rank": "rank", "/jobs": "jobs"}
NOT_CARRIED = "The creator is not among the records that came with the form."
IN_TABS = "A creator's report opens in a new tab, so that this list stays. The service keeps the scores, and no text."
OF_JOB = "The {:,} of highest risk of {}. The records of a job are not kept, so there are no reports to open."
COMES_BACK = {"cache-control": "private, no-cache"}
"""Of an empty form: a browser that goes back to it has it as it was filled in."""
KEPT = {"cache-control": "max-age=300"}
_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True)
class Asked:
    """What a page is made of."""

    loaded: Loaded
    book: Book | None
    room: Room | None
    site: Site
    form: Form

    @property
    def cut_offs(self) -> tuple[float, float]:
        """Of the model in service: a risk beside a band is told on the side of them on which it is."""
        return self.loaded.fraud.profile.review, self.loaded.fraud.profile.high


def start(asked: Asked) -> Response:
    """`GET /`: the form that takes records."""
    return html(render("start.html.j2", asked.site, sources=SOURCES), headers=COMES_BACK)


def report(asked: Asked) -> Response:
    """`POST /report`: the page about one creator, or the list of several."""
    found = given(asked.form)
    wanted = asked.form.text("creator")
    if not wanted and found.tables.creators.height > 1:
        return _list(asked, found)
    tables = found.tables if not wanted else found.tables.select([wanted])
    if tables.creators.is_empty():
        raise RequestError(404, NOT_CARRIED)
    answer = _answer(asked, tables)
    if asked.form.text("download"):
        return _download(report_html(answer, asked.loaded.fraud.scored(tables)), answer)
    return html(_report(asked, answer, Given(tables, found.leftovers)))


def audit(asked: Asked) -> Response:
    """`POST /audit`: record the verdict of the form, or the objection; the report again, which says what came of it."""
    found, recorded = given(asked.form), None
    status, said = 200, ""
    try:
        if asked.form.text("disputed"):
            said = verdicts.dispute(asked.book, asked.form)
        else:
            said, recorded = verdicts.record(asked.book, asked.form), asked.form.text("key")
    except RequestError as error:
        status = error.status
        said = " ".join([error.detail, *(f"{one.pointer.strip('/')}: {one.detail}" for one in error.faults)])
    answer = _answer(asked, found.tables)
    return html(_report(asked, answer, found, said, failed=status != 200, recorded=recorded), status)


def rank_form(asked: Asked) -> Response:
    """`GET /rank`: the form that takes a brief."""
    return html(_rank(asked), headers=COMES_BACK)


def rank(asked: Asked) -> Response:
    """`POST /rank`: the ranking, and the form as it was filled in."""
    tables = ranked.candidates(asked.form)
    answer = answers.rankings(asked.loaded, ranked.asked(asked.form, tables))
    packed = "" if tables is None else pack(nested(tables))
    placed = ranked.placed(answer, tables)
    address = sheet.address(sheet.ranked(placed))
    return html(_rank(asked, answer=answer, placed=placed, packed=packed, sheet=address))


def _rank(asked: Asked, **values: object) -> str:
    held = asked.loaded.shelf.look()
    return render(
        "rank.html.j2",
        asked.site,
        **{
            "form": asked.form,
            "choices": ranked.CHOICES,
            "cut_offs": asked.cut_offs,
            "shown_reasons": ranked.SHOWN_REASONS,
            "sources": SOURCES,
            "creators": None if held is None else len(held.index),
            "niches": () if asked.loaded.fit is None else asked.loaded.fit.encoder.niches.names,
            "answer": None,
            **values,
        },
    )


def _list(asked: Asked, found: Given) -> Response:
    rows = roster.rows(answers.reports(asked.loaded, found.tables, asked.book, explain=True), found.tables)
    packed = pack(nested(found.tables))
    heading = number_of(len(rows), "creator")
    return html(_rows(asked, rows, heading, note=IN_TABS, packed=packed, leftovers=found.leftovers))


def all_jobs(asked: Asked) -> Response:
    """`GET /jobs`: how far each job is."""
    return html(render("jobs.html.j2", asked.site, jobs=jobs.all_jobs(asked.room)))


def job(asked: Asked) -> Response:
    """`POST /jobs`: what came out of one. Its id, which is all that one needs to read it, stays out of the address."""
    done, rows = jobs.result(asked.room, asked.form.text("job"))
    note = OF_JOB.format(len(rows), number_of(done.progress.done, "creator"))
    return html(_rows(asked, rows, f"Job {done.asked.name or done.id[:8]}", note=note, packed="", leftovers=None))


def _rows(asked: Asked, rows: list[Row], heading: str, **values: object) -> str:
    return render(
        "list.html.j2",
        asked.site,
        rows=rows,
        counts=roster.counts(rows),
        cut_offs=asked.cut_offs,
        heading=heading,
        sheet=sheet.address(sheet.listed(rows)),
        **values,
    )


def _answer(asked: Asked, tables: Tables) -> Report:
    if tables.creators.height != 1:
        raise RequestError(400, NOT_CARRIED)
    [answer] = answers.reports(asked.loaded, tables, asked.book, explain=True)
    return answer


def _report(
    asked: Asked,
    answer: Report,
    found: Given,
    said: str | None = None,
    *,
    failed: bool = False,
    recorded: str | None = None,
) -> str:
    told = verdicts.of(asked.book, answer.creator_id) if asked.site.may_audit else ()
    desk = Desk(pack(nested(found.tables)), told, said, failed, found.leftovers, recorded)
    return report_html(answer, asked.loaded.fraud.scored(found.tables), asked.site, desk)


def _download(content: str, answer: Report) -> Response:
    name = _PLAIN.sub("-", answer.creator_id)[:60]
    return html(content, headers={"content-disposition": f'attachment; filename="bonafide-{name}.html"'})


def _page(work: Callable[[Asked], Response]) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that answers with a page: made on a thread, as scores are."""

    async def endpoint(request: Request) -> Response:
        async def answer() -> Response:
            state = request.app.state
            if state.loaded is None:
                raise RequestError(503, answers.NO_MODEL)
            form = await read_form(request) if request.method == "POST" else Form()
            asked = Asked(state.loaded, state.book, state.room, _site(request), form)
            found = await to_thread.run_sync(work, asked, limiter=state.limiter)
            if state.book is not None:  # the disk is waited for where it holds up no scoring
                await to_thread.run_sync(state.book.settle, limiter=state.waiting_limiter)
            return found

        return await showing(answer)

    return endpoint


def _site(request: Request) -> Site:
    note = logs.current()
    role = None if note is None or note.role is None else Role(note.role)
    return Site(
        here=HERE.get(request.url.path, "score"),
        signed_in=COOKIE in request.cookies,
        may_audit=request.app.state.book is not None and (role is None or role.covers(Role.AUDIT)),
    )


def _file(content: str, media_type: str) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that answers with a file of the pages."""

    async def endpoint(_request: Request) -> Response:
        return Response(content, headers=KEPT, media_type=media_type)

    return endpoint


async def _to_start(_request: Request) -> Response:
    """Where a form's address is opened by itself."""
    return RedirectResponse("./", 303)


ROUTES = [
    Route("/", _page(start), methods=["GET"]),
    Route("/report", _page(report), methods=["POST"]),
    Route("/report", _to_start, methods=["GET"]),
    Route("/audit", _page(audit), methods=["POST"]),
    Route("/audit", _to_start, methods=["GET"]),
    Route("/rank", _page(rank_form), methods=["GET"]),
    Route("/rank", _page(rank), methods=["POST"]),
    Route("/jobs", _page(all_jobs), methods=["GET"]),
    Route("/jobs", _page(job), methods=["POST"]),
    Route("/sign-in", signing.form, methods=["GET"]),
    Route("/sign-in", signing.sign_in, methods=["POST"]),
    Route("/sign-out", signing.sign_out, methods=["POST"]),
    Route("/page.css", _file(site_style(), "text/css"), methods=["GET"]),
    Route("/page.js", _file(read("page.js"), "text/javascript"), methods=["GET"]),
    Route("/icon.svg", _file(read("icon.svg"), "image/svg+xml"), methods=["GET"]),
]
