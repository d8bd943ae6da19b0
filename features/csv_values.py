"""How long a value of CSV may be that Python's own reader takes."""

from __future__ import annotations

import csv


def allow_values_of(length: int) -> None:
    """Let values have so many characters, 131,072 otherwise. The limit is one of the whole process and only rises."""
    csv.field_size_limit(max(csv.field_size_limit(), length))
