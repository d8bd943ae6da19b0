"""The gates that a challenger must pass: limits on the figures of a comparison, read from one file."""

from __future__ import annotations

import math
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from features.errors import UsageError
from models.frozen import Frozen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Self

DEFAULT = Path(__file__).parent / "gates.toml"


class Gate(Frozen):
    """One limit, and why it is there.

    Attributes:
        holds_from: Figures, and the least of each from which on the gate holds; below, it passes.
        holds_below: The same the other way round: from there on, it passes.
        may_lack: Whether a figure that could not be measured passes.
    """

    name: str
    figure: str
    at_least: float = -math.inf
    at_most: float = math.inf
    may_lack: bool = False
    holds_from: dict[str, float] = Field(default_factory=dict)
    holds_below: dict[str, float] = Field(default_factory=dict)
    why: str

    @model_validator(mode="after")
    def _has_a_limit(self) -> Self:
        if math.isinf(self.at_least) and math.isinf(self.at_most):
            raise ValueError("at_least or at_most is needed")
        return self

    @property
    def limit(self) -> str:
        """The limit in words."""
        parts = (("at least", self.at_least), ("at most", self.at_most))
        return ", ".join(f"{word} {value:g}" for word, value in parts if not math.isinf(value))

    def passes(self, figures: Mapping[str, float]) -> bool:
        """Whether the figure is within the limit; one that is missing or not a number is not, unless it may lack."""
        if not self._holds(figures):
            return True
        value = figures.get(self.figure, math.nan)
        return self.may_lack if math.isnan(value) else self.at_least <= value <= self.at_most

    def _holds(self, figures: Mapping[str, float]) -> bool:
        """A figure that is missing frees nobody."""
        enough = all(figures.get(name, math.inf) >= least for name, least in self.holds_from.items())
        return enough and all(figures.get(name, -math.inf) < most for name, most in self.holds_below.items())


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    gate: tuple[Gate, ...]


def read_gates(path: Path | None = None) -> tuple[Gate, ...]:
    """The gates of a file, those of `training/comparisons/gates.toml` unless given.

    Raises:
        UsageError: The file is no TOML or no UTF-8, names no gate, or a gate lacks something.
    """
    path = path or DEFAULT
    try:
        found = _File.model_validate(tomllib.loads(path.read_text("utf-8"))).gate
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 at byte {error.start}") from None
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is no TOML: {error}") from None
    except ValidationError as error:
        said = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise UsageError(f"{path}: {said}") from None
    if not found:
        raise UsageError(f"{path}: there is no gate in it")
    return found


def unmet(gates: Sequence[Gate], figures: Mapping[str, float]) -> list[Gate]:
    """The gates that these figures do not pass."""
    return [gate for gate in gates if not gate.passes(figures)]
