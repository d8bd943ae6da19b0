"""What reports tell beside their verdicts: `models.reports.facts` of every creator of a request."""

from __future__ import annotations

from models.reports.overview.overviews import Overviews

__all__ = ["Overviews"]
