"""Other services' exports, turned into records by mappings that are data files (see docs/convert.md)."""

from __future__ import annotations

from features.exports.convert import Converted, convert
from features.exports.leftovers import Leftovers
from features.exports.mapping import SHIPPED, Mapping, load, parsed

__all__ = ["SHIPPED", "Converted", "Leftovers", "Mapping", "convert", "load", "parsed"]
