"""A mapping: which field of an export fills which column. Data, read from TOML and checked against the contract."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from pathlib import Path as File
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from features.errors import NotFoundError, UsageError, printable
from features.exports.paths import MANY, Path
from features.records import RECORD_TABLES, TABLES
from features.records.files import ending

FOLDER = resources.files("features.exports") / "mappings"
SHIPPED = ("hypeauditor", "insightiq", "instagram-graph", "modash", "youtube-data")
"""Services whose exports are known, by the name of their mapping."""

Change = Literal[
    "seconds",
    "milliseconds",
    "day",
    "month",
    "day_first",
    "month_first",
    "short",
    "percent",
    "hash",
    "first",
    "present",
    "length",
    "digits",
    "upper",
]
"""What can be done to a value, beside `names`, `holds`, `split`, `join` and `without`; see docs/convert.md."""

Plain = str | bool | int | float

MOST_LETTERS = 64_000
MOST_DOTS = 200
"""In one line: Python's reader of TOML takes time and memory with the square of the parts of a dotted name."""
MOST_STEPS = 50
"""Names of a path; what follows it calls itself for each."""
MOST_LISTED = 50
"""Fields of a column, lists of a table and the like: each is looked for in each row."""
TOO_LONG = f"is longer than the {MOST_LETTERS:,} characters that a mapping may have"
TOO_DOTTED = f"has more than {MOST_DOTS} dots in a line"
TOO_DEEP = "is nested too deeply"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


def _paths(given: object) -> object:
    return [given] if isinstance(given, str) else given


def _not_deep(path: str) -> str:
    if path.count(".") >= MOST_STEPS:
        raise ValueError(f"a path has {MOST_STEPS} names at most")
    return path


Where = Annotated[str, AfterValidator(_not_deep)]
"""A path, or a heading of CSV."""
Wheres = Annotated[tuple[Where, ...], Field(max_length=MOST_LISTED), BeforeValidator(_paths)]


class Source(_Frozen):
    """Where a column's values come from: the first of several fields that is there, or a constant."""

    fields: Wheres = Field(default=(), alias="from")
    always: Plain | None = None
    unless: Where | None = None
    without: str | None = Field(default=None, min_length=1)
    split: str | None = Field(default=None, min_length=1)
    join: str | None = None
    names: dict[str, Plain] | None = None
    holds: dict[str, Plain] | None = None
    change: Change | None = Field(default=None, alias="as")

    @model_validator(mode="before")
    @classmethod
    def _short(cls, given: object) -> object:
        return {"from": given} if isinstance(given, str | list) else given

    @model_validator(mode="after")
    def _one_origin(self) -> Source:
        if bool(self.fields) == (self.always is not None):
            raise ValueError("give either fields ('from') or a constant ('always')")
        return self

    @property
    def reads(self) -> tuple[str, ...]:
        """Every field that it looks at."""
        return self.fields if self.unless is None else (*self.fields, self.unless)


class Block(_Frozen):
    """Rows of one table: where they lie in a document, and what fills their columns."""

    rows: Wheres = ("",)
    columns: dict[str, Source]

    @model_validator(mode="before")
    @classmethod
    def _columns_beside(cls, given: object) -> object:
        if not isinstance(given, dict):
            return given
        rows = {"rows": given["rows"]} if "rows" in given else {}
        return rows | {"columns": {name: source for name, source in given.items() if name != "rows"}}

    @property
    def constants(self) -> frozenset[str]:
        """Columns that hold the same in every row."""
        return frozenset(name for name, source in self.columns.items() if source.always is not None)

    @model_validator(mode="after")
    def _lists(self) -> Block:
        if any(path and not path.endswith(MANY) for path in self.rows):
            raise ValueError("rows are the items of a list: end the path with []")
        return self


class Shape(_Frozen):
    """One kind of document of a service: how it is recognised, and the tables that it fills."""

    about: str
    has: Wheres = ()
    equals: dict[Where, Plain] = Field(default_factory=dict)
    tables: dict[str, Annotated[tuple[Block, ...], Field(max_length=MOST_LISTED)]]

    @model_validator(mode="before")
    @classmethod
    def _tables_beside(cls, given: object) -> object:
        if not isinstance(given, dict):
            return given
        own = {name: given[name] for name in ("about", "has", "equals") if name in given}
        tables = {name: value for name, value in given.items() if name not in own}
        blocks = {name: value if isinstance(value, list) else [value] for name, value in tables.items()}
        return own | {"tables": blocks}

    @model_validator(mode="after")
    def _of_the_contract(self) -> Shape:
        if not self.has and not self.equals:
            raise ValueError("say how such a document is recognised: 'has' or 'equals'")
        for name, blocks in self.tables.items():
            if name not in {table.name for table in RECORD_TABLES}:
                raise ValueError(f"there is no table '{printable(name)}'")
            known = TABLES[name].schema()
            for column in (column for block in blocks for column in block.columns):
                if column not in known:
                    raise ValueError(f"the table {name} has no column '{printable(column)}'")
        return self


class Mapping(_Frozen):
    """How one service's exports become records."""

    name: str
    about: str
    format: Literal["json", "csv"]
    shapes: tuple[Shape, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _rows_of_csv(self) -> Mapping:
        blocks = (block for shape in self.shapes for some in shape.tables.values() for block in some)
        if self.format == "csv" and any(path for block in blocks for path in block.rows):
            raise ValueError("a line of CSV is a row: give no 'rows'")
        return self

    @property
    def expected(self) -> str:
        """What documents it knows; of CSV with the headings that they are known by."""
        csv = self.format == "csv"
        return "; ".join(f"{one.about}: {', '.join(one.has)}" if csv and one.has else one.about for one in self.shapes)

    def shape_of(self, document: object) -> Shape | None:
        """The first shape that a document has; None where it has none."""
        return next((shape for shape in self.shapes if self._fits(document, shape)), None)

    def _fits(self, document: object, shape: Shape) -> bool:
        if self.format == "csv":  # a heading is taken as it is written, and its value may be empty
            row = document if isinstance(document, dict) else {}
            return all(name in row for name in shape.has) and all(row.get(k) == v for k, v in shape.equals.items())
        there = all(Path(path).values((document,)) not in (None, []) for path in shape.has)
        return there and all(Path(path).values((document,)) == value for path, value in shape.equals.items())


@cache
def load(name: str) -> Mapping:
    """The mapping of a service by its name, or of a TOML file by its path.

    Raises:
        NotFoundError: There is neither.
        UsageError: The file is not a mapping; every place at fault is named.
    """
    if name in SHIPPED:
        return parsed((FOLDER / f"{name}.toml").read_text("utf-8"), name)
    file = File(name)
    if ending(file) != ".toml":
        raise NotFoundError(f"no mapping is named {printable(name)}: {', '.join(SHIPPED)} are, or name a .toml file")
    if not file.is_file():
        raise NotFoundError(f"there is no file {file}")
    try:
        return parsed(file.read_text("utf-8"), file.name)
    except UnicodeDecodeError:
        raise UsageError(f"{file.name} is not UTF-8") from None


def parsed(text: str, place: str) -> Mapping:
    """The mapping that a TOML text is; UsageError, which calls it `place`, as of `load`."""
    if len(text) > MOST_LETTERS:
        raise UsageError(f"{place} {TOO_LONG}")
    if max(line.count(".") for line in text.split("\n")) > MOST_DOTS:
        raise UsageError(f"{place} {TOO_DOTTED}")
    try:
        return Mapping.model_validate(tomllib.loads(text))
    except RecursionError:
        raise UsageError(f"{place} {TOO_DEEP}") from None
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{place} is not TOML: {error}") from None
    except ValidationError as error:
        raise UsageError(f"{place} is not a mapping:\n{_faults(error)}") from None


def _faults(error: ValidationError) -> str:
    """What is wrong and where, a line each; not that there are no shapes where those given are at fault."""
    found = error.errors()
    if any(fault["loc"][:1] == ("shapes",) and len(fault["loc"]) > 1 for fault in found):
        found = [fault for fault in found if fault["loc"] != ("shapes",)]
    said = {"missing": "is missing"}
    return "\n".join(
        f"  {_where(fault['loc'])}: {said.get(fault['type'], fault['msg'].removeprefix('Value error, '))}"
        for fault in found
    )


def _where(place: tuple[Any, ...]) -> str:
    return ".".join(printable(str(step)) for step in place if step not in ("tables", "columns")) or "the file"
