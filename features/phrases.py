"""What a short comment or a caption says: praise that fits any post, promotion, giveaways, mentions, scripts.

Words and phrases stand in phrases.toml. All of it is looked up in lower-case text. Expressions are for Polars
(Rust's regex: no look-around) and do without Unicode word boundaries, which make that engine ten times slower.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

_DATA = tomllib.loads(Path(__file__).with_name("phrases.toml").read_text(encoding="utf-8"))

PRAISE = frozenset(word for words in _DATA["praise"].values() for word in words.split())
"""Praise and filler that would fit any post, word by word."""

PROMOTION_PHRASES: list[str] = _DATA["promotion_phrases"]
PROMOTION_WORDS = frozenset(_DATA["promotion_words"])
GIVEAWAY_PHRASES: list[str] = _DATA["giveaway_phrases"]

DECLARED = rf"#(?:{'|'.join(_DATA['paid_hashtags'])})(?:[^\p{{L}}\p{{N}}_]|$)"
"""Hashtags that declare a paid post."""

MOST_GENERIC_WORDS = 4

WORDLESS = r"^[^\p{L}\p{N}]+$"
"""Nothing but emoji, punctuation and white space."""

MENTIONS = r"^(?:[^\p{L}\p{N}@]*@[\p{L}\p{N}._]+)+[^\p{L}\p{N}]*$"
"""Nothing but mentions of other accounts, as giveaways ask for."""

LINK = r"https?://|www\.|[a-z0-9]\.(?:com|net|org|ru|shop|store)(?:[^a-z]|$)"

WORD = r"[\p{L}\p{M}\p{N}]+"

SCRIPTS: dict[str, str] = {
    "latin": r"\p{Latin}",
    "cyrillic": r"\p{Cyrillic}",
    "arabic": r"\p{Arabic}",
    "devanagari": r"\p{Devanagari}",
    "kana": r"[\p{Hiragana}\p{Katakana}]",
    "hangul": r"\p{Hangul}",
    "han": r"\p{Han}",
    "thai": r"\p{Thai}",
    "hebrew": r"\p{Hebrew}",
    "greek": r"\p{Greek}",
}
"""Script -> a character of it; a comment belongs to the first that it contains, rarer ones last to win over Latin."""
