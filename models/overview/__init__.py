"""What reports tell beside their verdicts: `models.facts` of every creator of a request."""

from __future__ import annotations

from models.overview.overviews import Overviews

__all__ = ["Overviews"]
