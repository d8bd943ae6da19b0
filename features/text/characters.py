"""Which characters of a text count, for `str.translate`: much quicker than a pattern, whatever the script."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ASCII = 128
"""Characters of it."""
MOST_REMEMBERED = 20_000
"""Characters that are looked up once only: all of Unicode would take a hundred megabytes."""


class Kept(dict[int, int]):
    """Characters that are kept as themselves, everything else as a blank; filled as characters come up.

    >>> Kept(str.isalnum).words("so-called #news")
    ['so', 'called', 'news']
    """

    def __init__(self, kept: Callable[[str], object]) -> None:
        """`kept` says of one character whether it is kept."""
        super().__init__()
        self.kept = kept
        self._ascii = bytes(self[code] if code < ASCII else 0 for code in range(256))

    def __missing__(self, code: int) -> int:
        """The character at its first time."""
        found = code if self.kept(chr(code)) else ord(" ")
        if len(self) < MOST_REMEMBERED:
            self[code] = found
        return found

    def words(self, text: str) -> list[str]:
        """What is kept, cut at everything else; of ASCII, as most texts are, in half the time."""
        if text.isascii():
            return text.encode().translate(self._ascii).decode().split()
        return text.translate(self).split()


class Kinds(dict[int, str]):
    """The kind of each character as one character of ASCII; filled as characters come up.

    >>> Kinds(lambda character: "ab"[character.isupper()]).of("Über")
    'baaa'
    """

    def __init__(self, kind_of: Callable[[str], str]) -> None:
        """`kind_of` says of one character what kind it is."""
        super().__init__()
        self.kind_of = kind_of
        self._ascii = "".join(self[code] if code < ASCII else " " for code in range(256)).encode()

    def __missing__(self, code: int) -> str:
        """The kind of a character at its first time."""
        kind = self.kind_of(chr(code))
        if len(self) < MOST_REMEMBERED:
            self[code] = kind
        return kind

    def of(self, text: str) -> str:
        """The kinds of a text's characters, one a character."""
        if text.isascii():
            return text.encode().translate(self._ascii).decode()
        return text.translate(self)
