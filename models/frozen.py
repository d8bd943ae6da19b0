"""What the typed objects of answers and files have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """Not changed once it is made, and without fields that its type does not name."""

    model_config = ConfigDict(frozen=True, extra="forbid")
