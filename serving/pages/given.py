"""From what was pasted or chosen in a form to records: Bonafide's own, or another service's export."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from features import exports, records
from features.errors import NotFoundError, Problem, RecordsError, UsageError, printable
from features.exports import Leftovers
from features.nouns import number_of
from features.records.files import BOM, parse_json
from serving.api.problems import RequestError
from serving.api.requests import MOST_CREATORS
from serving.api.responses import MOST_ERRORS, Fault
from serving.pages.carried import unpack
from serving.pages.forms import Upload

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from features.exports import Mapping
    from features.records import Tables
    from serving.pages.forms import Form

RECORDS, MAPPING = "records", "mapping"
SOURCES = {
    RECORDS: "Bonafide records",
    "modash": "Modash",
    "hypeauditor": "HypeAuditor",
    "insightiq": "InsightIQ",
    "instagram-graph": "Instagram Graph API",
    "youtube-data": "YouTube Data API",
    MAPPING: "An export with a mapping file",
}
"""What a form may hand in, as it names them."""

WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""What a spreadsheet's own files begin with."""
MOST_ROWS = 2_000_000
"""That a mapping of one's own may read: more than a form's bytes hold, were each read once."""
NOTHING = "Nothing was handed in: paste records, or choose a file."
NO_MAPPING = "Choose the mapping file (TOML) too: it says which field fills which column."
UNKNOWN_SOURCE = "The form names a kind of records that there is not."
TOO_MANY = f"These are {{}} creators; a page takes {MOST_CREATORS:,}. Hand more in as a job (POST /v1/jobs)."


@dataclass(frozen=True)
class Given:
    """Checked records, and what of an export found no place in them."""

    tables: Tables
    leftovers: Leftovers | None = None


def is_given(form: Form) -> bool:
    """Whether the form brings any records."""
    return bool(form.text("packed") or form.text("pasted") or form.files.get("files"))


def given(form: Form) -> Given:
    """The records of a form; RequestError that says all that is wrong with them."""
    with _told():
        found = _given(form)
    if found.tables.creators.height > MOST_CREATORS:
        raise RequestError(413, TOO_MANY.format(f"{found.tables.creators.height:,}"))
    return found


def _given(form: Form) -> Given:
    if form.text("packed"):
        return Given(records.read(unpack(form.text("packed")), extra="refuse"))
    uploads = _uploads(form)
    source = form.text("source") or RECORDS
    files = [(upload.name, upload.content) for upload in uploads]
    if source == RECORDS and any(name.lower().endswith(".csv") for name, _ in files):
        sheets = records.read_sheets(files)
        return Given(sheets.tables, Leftovers.of_fields(sheets.left_out) if sheets.left_out else None)
    if source == RECORDS:
        return Given(records.read(_all_records(uploads), extra="refuse"))
    named = form.text("creator_id") or None
    converted = exports.convert(files, _mapping(form, source), creator_id=named, most_rows=MOST_ROWS)
    return Given(converted.tables, converted.leftovers)


def _uploads(form: Form) -> list[Upload]:
    uploads = list(form.files.get("files", ()))
    if form.text("pasted"):
        uploads.append(Upload("pasted text", form.text("pasted").encode()))
    if not uploads:
        raise RequestError(400, NOTHING)
    return uploads


def _mapping(form: Form, source: str) -> Mapping:
    if source != MAPPING:
        if source not in exports.SHIPPED:
            raise RequestError(400, UNKNOWN_SOURCE)
        return exports.load(source)
    own = form.files.get(MAPPING)
    if not own:
        raise RequestError(400, NO_MAPPING)
    try:
        return exports.parsed(own[0].content.decode(), "the mapping file")
    except UnicodeDecodeError:
        raise UsageError("the mapping file is not UTF-8") from None


def _all_records(uploads: Sequence[Upload]) -> list[dict[str, object]]:
    """The records of all files; RecordsError that says what is wrong with each file."""
    found: list[dict[str, object]] = []
    problems: list[Problem] = []
    total = 0
    for upload in uploads:
        try:
            found += _records(upload)
        except RecordsError as error:
            problems += error.problems
            total += error.total
    if problems:
        raise RecordsError(problems, total=total)
    return found


def _records(upload: Upload) -> Sequence[dict[str, object]]:
    """One record, a list of records, or a record a line; also as they stand in a request to the service."""
    name, content = printable(upload.name), upload.content.removeprefix(BOM)
    if content.startswith(WORKBOOKS):
        raise _unreadable(f"{name} is a workbook; save each sheet as CSV UTF-8")
    try:
        found = parse_json(content.strip())
    except ValueError:
        found = _lines(content, name)
    if isinstance(found, dict):
        found = found.get("creators", [found.get("creator", found)])
    if not isinstance(found, list):
        raise _unreadable(f"{name} is neither a record nor a list of records")
    return found


def _lines(content: bytes, name: str) -> list[object]:
    """A record a line; no more lines are read than a page takes creators.

    Raises RecordsError that names every line that cannot be read, as many as a page shows. Where no line is a record,
    the text was not meant as records a line, and the first line alone is named. RequestError where there are more.
    """
    found: list[object] = []
    problems: list[Problem] = []
    total = 0
    lines = ((number, line) for number, line in enumerate(content.splitlines(), 1) if line.strip())
    for number, line in islice(lines, MOST_CREATORS):
        try:
            found.append(parse_json(line))
        except ValueError as error:
            total += 1
            if total <= MOST_ERRORS:
                problems.append(Problem(records.CREATORS.name, f"{name}, line {number} {error}"))
    if not any(isinstance(one, dict) for one in found):
        problems, total = problems[:1], min(total, 1)
    elif next(lines, None) is not None:
        raise RequestError(413, TOO_MANY.format(f"more than {MOST_CREATORS:,}"))
    if problems:
        raise RecordsError(problems, total=total)
    return found


def _unreadable(message: str) -> RecordsError:
    return RecordsError([Problem(records.CREATORS.name, message)])


@contextmanager
def _told() -> Iterator[None]:
    """What is wrong with the records is a refusal of the request."""
    try:
        yield
    except RecordsError as error:
        count = "a problem" if error.total == 1 else number_of(error.total, "problem")
        faults = [Fault(pointer="", detail=f"{problem}.") for problem in error.problems]
        raise RequestError(400, f"Nothing was scored: {count} in what was handed in.", faults) from None
    except (UsageError, NotFoundError) as error:
        raise RequestError(400, f"{error}.") from None
