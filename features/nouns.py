"""Counts with their nouns, as people read them."""

from __future__ import annotations


def number_of(number: int, noun: str, several: str = "") -> str:
    """How many of what there are.

    Args:
        number: How many.
        noun: What one of them is called.
        several: What more are called, or none; the noun with an s unless given.

    >>> number_of(1, "creator"), number_of(1_200, "brief"), number_of(2, "stretch", "stretches")
    ('1 creator', '1,200 briefs', '2 stretches')
    """
    return f"{number:,} {noun if number == 1 else several or f'{noun}s'}"
