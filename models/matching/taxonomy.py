"""The niches that creators are sorted into: data, not code. Nine by default, or those of a TOML file of one's own.

```toml
[[niche]]
name = "fitness"                       # names the column of `classify niches`
aliases = ["sport", "gym"]             # other names that labels and briefs may use
sentence = "Training and sport."       # for people
```

A label or a brief names a niche by its name or an alias; letter case, Unicode form (NFKC) and blanks at the ends or
doubled make no difference.
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from features.errors import NotFoundError, Problem, RecordsError, UsageError, printable
from models.frozen import Frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

DEFAULT = Path(__file__).parent / "taxonomies" / "instagram.toml"
RESERVED = ("creator_id", "unknown")
"""Columns of `classify niches` that no niche may be named like."""


class Niche(BaseModel):
    """One niche."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    name: str = Field(min_length=1)
    aliases: tuple[str, ...] = ()
    sentence: str = ""


class _File(Frozen):
    niche: tuple[Niche, ...] = Field(min_length=1)


@dataclass(frozen=True)
class Taxonomy:
    """Niches in order. Make one with `default`, `read` or `of_labels`."""

    niches: tuple[Niche, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The niches' names, in order."""
        return tuple(niche.name for niche in self.niches)

    @classmethod
    def default(cls) -> Taxonomy:
        """The nine niches of the Instagram set."""
        return cls.read(DEFAULT)

    @classmethod
    def read(cls, file: Path) -> Taxonomy:
        """The taxonomy in a TOML file.

        Raises:
            NotFoundError: There is no such file.
            UsageError: It cannot be read, or two niches share a name or an alias, or one is named like a column.
        """
        if not file.is_file():
            raise NotFoundError(f"there is no taxonomy '{file}'")
        try:
            found = cls(_File.model_validate(tomllib.loads(file.read_text("utf-8"))).niche)
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise UsageError(f"{file} is no TOML: {error}") from error
        except ValidationError as error:
            places = ", ".join(".".join(map(str, one["loc"])) + ": " + one["msg"].lower() for one in error.errors())
            raise UsageError(f"{file} is no taxonomy; it needs [[niche]] tables with a name ({places})") from error
        if wrong := found._clashes():
            raise UsageError(f"{file}: {'; '.join(wrong)}")
        return found

    @classmethod
    def of_labels(cls, labels: Iterable[str]) -> Taxonomy:
        """The default where it covers all labels; else the labels themselves, each as it is written most often.

        Raises:
            RecordsError: A label is named like a column of `classify niches`.
        """
        counted = Counter(label.strip() for label in labels)
        default = cls.default()
        if all(default.name_of(label) is not None for label in counted):
            return default
        spelt: dict[str, str] = {}
        for label, _ in sorted(counted.items(), key=lambda item: (-item[1], item[0])):
            spelt.setdefault(_key(label), label)
        found = cls(tuple(Niche(name=name) for name in sorted(spelt.values()) if name))
        if wrong := found._clashes():
            raise RecordsError([Problem("niches", one, column="niche") for one in wrong])
        return found

    def name_of(self, label: str) -> str | None:
        """The name of the niche that a label means; None where it is of none."""
        return self._names_by_key.get(_key(label))

    def restricted(self, names: Sequence[str]) -> Taxonomy:
        """The niches of these names, in this taxonomy's order."""
        return Taxonomy(tuple(niche for niche in self.niches if niche.name in names))

    def resolved(self, labels: pl.DataFrame) -> pl.DataFrame:
        """The table `niches` with every label replaced by its niche's name, each niche of a creator once.

        Raises:
            RecordsError: A label is of no niche; each such row is named by its creator and label.
        """
        names = [self.name_of(label) for label in labels["niche"].to_list()]
        known = f"the taxonomy does not have this niche; it has {', '.join(map(printable, self.names))}"
        problems = [
            Problem("niches", known, column="niche", ids=row)
            for row, name in zip(labels.select("creator_id", "niche").iter_rows(), names, strict=True)
            if name is None
        ]
        if problems:
            raise RecordsError(problems)
        return labels.with_columns(niche=pl.Series(names, dtype=pl.String)).unique().sort("creator_id", "niche")

    @cached_property
    def _names_by_key(self) -> dict[str, str]:
        return {_key(word): niche.name for niche in self.niches for word in (*niche.aliases, niche.name)}

    def _clashes(self) -> list[str]:
        words = [{_key(word) for word in (niche.name, *niche.aliases)} for niche in self.niches]
        shared = sorted(word for word, times in Counter(word for own in words for word in own).items() if times > 1)
        taken = [name for name in self.names if _key(name) in RESERVED]
        return [f"'{printable(word)}' names two niches" for word in shared] + [
            f"a niche must not be named '{name}', which is a column of `classify niches`" for name in taken
        ]


def _key(label: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", label).casefold().split())
