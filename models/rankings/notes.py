"""What a brief asks for that a ranking could not use, in sentences for whoever asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.errors import printable
from features.records.contract import PLATFORMS
from features.tiers import TIER_NAMES
from models.texts.documents import brand_text, brief_text, texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from models.matching.pairs import Wish
    from models.niches import Niches
    from models.rankings.pool import Pool
    from models.texts.documents import Brief

NOTHING_SAID = (
    "The brief says nothing about content (no text, niches, brand posts or example creators): creators are ranked by "
    "the traits wanted, engagement, sponsored share and recency alone."
)
NO_WORD_KNOWN = "The model knows no word of the brief: parts of words and niches are compared, words are not."
NOTHING_KNOWN = "The model knows no word of the brief nor any part of one, so its text has no effect."
ONLY_MARKS_KNOWN = (
    "The model knows no word of the brief nor any part of one; its emoji tell a niche, and nothing else is compared."
)
NO_BRAND_WORD_KNOWN = "The model knows no word of the brand's posts, so they have no effect."
NO_CANDIDATES = "There are no creators to rank."
ALL_EXCLUDED = "The filters exclude every creator."
ALL_FAIL = "Every candidate is known to fail a filter."
RISK_AS_A_SHARE = "max_risk counts from 0 to 100, so at most 1 is hardly any risk: a fifth is 20 and not 0.2."
NO_AUDIENCE_KNOWN = "No country of a follower is known of any creator scored, so audience_countries have no effect."


NAMED = {"platforms": PLATFORMS, "tiers": TIER_NAMES}
"""Filters of the brief that know all names there are."""
CODED = ("countries", "languages", "audience_countries")
MOST_UNWANTED = 6
"""Clauses that are told."""
CODE = 2
"""Letters of a country's (ISO 3166) or a language's (ISO 639-1) code."""


def notes_of(wish: Wish, niches: Niches, pool: Pool, fails: bool, unknown: Mapping[str, int]) -> tuple[str, ...]:
    """The notes of one ranking.

    Args:
        wish: The brief.
        niches: What the model knows of niches.
        pool: What is ranked.
        fails: Whether every candidate fails a filter.
        unknown: Of how many candidates each filter does not know whether they fail it.
    """
    return (
        *_of_content(wish),
        *_of_names(wish, niches),
        *_of_filters(wish.brief),
        *_of_unknown(wish.brief, pool, unknown),
        *_of_pool(pool, fails),
    )


def _of_content(wish: Wish) -> Iterator[str]:
    said = brief_text(wish.brief)
    if not said and not texts(wish.brief, "example_creators"):
        yield NOTHING_SAID
    elif said and not wish.text.words.nnz:
        if wish.text.gram_topics.any():
            yield NO_WORD_KNOWN
        else:
            yield ONLY_MARKS_KNOWN if wish.niches.any() else NOTHING_KNOWN
    if wish.unwanted:
        yield _unwanted(wish.unwanted)
    if brand_text(wish.brief) and not wish.brand.word_topics.any():
        yield NO_BRAND_WORD_KNOWN


def _unwanted(clauses: Sequence[str]) -> str:
    told = [f"'{printable(clause)}'" for clause in clauses[:MOST_UNWANTED]]
    more = len(clauses) - len(told)
    also = f" and {more} more" if more else ""
    return f"Read as not wanted, so nobody is found by these words: {', '.join(told)}{also}."


def _of_names(wish: Wish, niches: Niches) -> Iterator[str]:
    if unknown := [name for name in _wanted(wish.brief, "niches") if niches.taxonomy.name_of(name) not in niches.names]:
        yield f"Not among the model's niches, and read as words: {', '.join(map(printable, unknown))}."
    examples = _wanted(wish.brief, "example_creators")
    if missing := len(examples) - len(wish.examples):
        yield f"Of {len(examples)} example creators in the brief, {missing} could not be found."


def _of_filters(brief: Brief) -> Iterator[str]:
    for column, known in NAMED.items():
        if unknown := [name for name in _wanted(brief, column) if name.lower() not in known]:
            yield f"Not among the {column}, which are {', '.join(known)}: {', '.join(map(printable, unknown))}."
    named = [name for column in CODED for name in _wanted(brief, column) if len(name) != CODE]
    if named:
        said = ", ".join(map(printable, named))
        yield f"Countries and languages are codes of two letters, and these are none: {said}."
    most = brief.get("max_risk")
    if isinstance(most, int | float) and 0 < most <= 1:
        yield RISK_AS_A_SHARE


def _of_unknown(brief: Brief, pool: Pool, unknown: Mapping[str, int]) -> Iterator[str]:
    for name, count in unknown.items():
        many = "any" if count == len(pool) else f"{count:,}"
        yield f"{name}: not known of {many} of the {len(pool):,} creators scored, and nobody is left out for that."
    if len(pool) and texts(brief, "audience_countries"):
        known = pool.candidates.traits["audience_countries"]
        if known.null_count() == len(known):
            yield NO_AUDIENCE_KNOWN


def _of_pool(pool: Pool, fails: bool) -> Iterator[str]:
    if not pool.considered:
        yield NO_CANDIDATES
    elif not len(pool):
        yield ALL_EXCLUDED
    elif fails:
        yield ALL_FAIL


def _wanted(brief: Brief, column: str) -> list[str]:
    return list(dict.fromkeys(texts(brief, column)))
