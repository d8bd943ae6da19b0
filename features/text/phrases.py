"""What a short comment or a caption says: praise that fits any post, promotion, giveaways, mentions, scripts.

Words and phrases stand in phrases.toml and are looked up in lower-case text; what else may be said under any post is
told by `features.text.vocabulary`. Expressions are for Polars (Rust's regex: no look-around) and do without Unicode
word boundaries, which make that engine ten times slower.
"""

from __future__ import annotations

import tomllib
from bisect import bisect_right
from pathlib import Path

_DATA = tomllib.loads(Path(__file__).with_name("phrases.toml").read_text(encoding="utf-8"))

PRAISE_OF: dict[str, list[str]] = {language: words.split() for language, words in _DATA["praise"].items()}
"""Praise and filler that would fit any post, word by word, by language or group of languages."""
PRAISE = frozenset(word for words in PRAISE_OF.values() for word in words)

UNSPACED_PRAISE_OF: dict[str, list[str]] = {
    language: pieces.split() for language, pieces in _DATA["praise_unspaced"].items()
}
"""The same in languages written without spaces between words, piece by piece."""

GIVEAWAY_PHRASES: list[str] = _DATA["giveaway_phrases"]

DECLARED = rf"#(?:{'|'.join(_DATA['paid_hashtags'])})(?:[^\p{{L}}\p{{N}}_]|$)"
"""Hashtags that declare a paid post."""

MOST_GENERIC_WORDS = 4
MOST_COMMON_WORDS = 20
"""Longer comments tell a story, in common words too."""

WORDLESS = r"^[^\p{L}\p{N}]+$"
"""Nothing but emoji, punctuation and white space."""

HANDLE = r"[\p{L}\p{N}._]"
"""A character of an account's name, as it stands after an @."""

MENTIONS = rf"^(?:[^\p{{L}}\p{{N}}@]*@{HANDLE}+)+[^\p{{L}}\p{{N}}]*$"
"""Nothing but mentions of other accounts, as giveaways ask for."""

LINK = r"https?://|www\.|(?:wa|[^a-z]t|^t)\.me/|[a-z0-9]\.(?:com|net|org|ru|shop|store)(?:[^a-z]|$)"

PROMOTION_OF: dict[str, str] = _DATA["promotion"]
"""Phrases that promote the commenter, by language or group of languages; see `features.text.promotion`."""
UNSPACED_PROMOTION_OF: dict[str, str] = _DATA["promotion_unspaced"]
"""The same in languages written without spaces between words, and in Korean, whose words have many ends."""

WISHES_OF: dict[str, str] = _DATA["wishes"]
"""Congratulations, condolences, wishes of holidays and prayers, by language; see `features.text.wishes`."""
UNSPACED_WISHES_OF: dict[str, str] = _DATA["wishes_unspaced"]
"""The same in languages written without spaces between words, and in Korean, whose words have many ends."""

OF_SIGNS = ((0x20D0, 0x20FF), (0xFE00, 0xFE0F))
"""From and to: marks that say how the emoji or digit before them is drawn. ❤️ has one, and is no word for that."""
_OF_SIGNS = "".join(rf"\x{{{first:x}}}-\x{{{last:x}}}" for first, last in OF_SIGNS)
WORD = rf"[\p{{L}}\p{{M}}\p{{N}}--[{_OF_SIGNS}]]"
"""A character of a word."""

LETTER_NOT_LATIN = r"([^\P{L}\p{Latin}])"
LETTER = r"\p{L}"

LATIN = "latin"
EAST_ASIAN = "east_asian"
OTHER_SCRIPT = "other"
_BLOCKS = (  # where scripts' letters begin in Unicode; Chinese and Japanese share theirs
    (0x0370, "greek"),
    (0x0400, "cyrillic"),
    (0x0530, "armenian"),
    (0x0590, "hebrew"),
    (0x0600, "arabic"),
    (0x0780, OTHER_SCRIPT),
    (0x0900, "devanagari"),
    (0x0980, "bengali"),
    (0x0A00, "gurmukhi"),
    (0x0A80, "gujarati"),
    (0x0B00, OTHER_SCRIPT),
    (0x0B80, "tamil"),
    (0x0C00, "telugu"),
    (0x0C80, "kannada"),
    (0x0D00, "malayalam"),
    (0x0D80, "sinhala"),
    (0x0E00, "thai"),
    (0x0E80, "lao"),
    (0x0F00, OTHER_SCRIPT),
    (0x1000, "myanmar"),
    (0x10A0, "georgian"),
    (0x1100, "hangul"),
    (0x1200, "ethiopic"),
    (0x13A0, OTHER_SCRIPT),
    (0x1780, "khmer"),
    (0x1800, OTHER_SCRIPT),
    (0x1F00, "greek"),
    (0x2000, OTHER_SCRIPT),
    (0x3005, EAST_ASIAN),
    (0x3130, "hangul"),
    (0x3190, EAST_ASIAN),
    (0xA000, OTHER_SCRIPT),
    (0xAC00, "hangul"),
    (0xD7B0, OTHER_SCRIPT),
    (0xF900, EAST_ASIAN),
    (0xFB00, OTHER_SCRIPT),
    (0xFB1D, "hebrew"),
    (0xFB50, "arabic"),
    (0xFF66, EAST_ASIAN),
    (0xFFA0, "hangul"),
    (0x10000, OTHER_SCRIPT),
    (0x20000, EAST_ASIAN),
)
_STARTS = [start for start, _ in _BLOCKS]
SCRIPTS = (LATIN, *sorted({name for _, name in _BLOCKS}))


def is_of_a_sign(character: str) -> bool:
    """Whether a character is one of `OF_SIGNS`."""
    return any(first <= ord(character) <= last for first, last in OF_SIGNS)


def script_of(letter: str) -> str:
    """The script of a letter that is not Latin.

    >>> script_of("я"), script_of("の"), script_of("漢")
    ('cyrillic', 'east_asian', 'east_asian')
    """
    return _BLOCKS[max(bisect_right(_STARTS, ord(letter)) - 1, 0)][1]
