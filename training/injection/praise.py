"""What sellers of comments write: praise and sentences that would fit any post; written in praise.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path

_DATA = tomllib.loads(Path(__file__).with_name("praise.toml").read_text(encoding="utf-8"))

PRAISE: dict[str, list[str]] = _DATA["short"]
"""By language, a word or a few each."""

SENTENCES: dict[str, list[str]] = _DATA["sentences"]
"""By language, five words or more each."""

EMOJI: list[str] = _DATA["emoji"]
