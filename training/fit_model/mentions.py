"""Brands mined from the accounts that posts tag: briefs and matches without anybody's judgement.

A brief is what known creators wrote in the posts that tag the brand; its matches are the creators of the other half who
tag it too. Nobody may be found by the brand's name. So every @mention is removed, and from a candidate's texts every
word that contains the name of a brand that the candidate tags (letters only, in any case); a brief loses its mentions
and its own brand's name. Candidates' `mentions` and `sponsors` are emptied. All of this happens before anything is
learnt or compared.

Such briefs are hundreds of words long, and people write few. So every brand has a second brief of some words of the
first, to learn from, and a model learns from subjects too (`training.fit_model.subjects`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from training.fit_model.ranking_figures import RELEVANT
from training.fit_model.subjects import mined_subjects
from training.fit_model.trials import CANDIDATES, KNOWN, Matched, Trial, enough_brands, part
from training.split import half_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from features.records import Tables

MOST_POSTS = 20  # of a brief
FEWEST_TAGGERS = 2  # of a brand in each half, to train on it
FEWEST_TO_COUNT = 4  # the same, to be ranked and reported
SHORT = (4, 8, 16, 32)  # words of a brief that is cut short
MENTION = re.compile(r"@[\w.]+")
WORD = re.compile(r"\S+")
TEXTS = {"creators": ("bio", "display_name", "handle"), "posts": ("caption", "alt_text")}


@dataclass(frozen=True, eq=False)
class Tagged:
    """A brand and who tags it: the creators of each half, in the order of the posts."""

    brand: str
    halves: tuple[tuple[str, ...], tuple[str, ...]]

    @property
    def fewest(self) -> int:
        """Taggers in the half that has the fewer."""
        return min(map(len, self.halves))


def letters(text: str) -> str:
    """The letters alone, letter case aside.

    >>> letters("#Dr_Martens2x")
    'drmartensx'
    """
    return "".join(one for one in text.casefold() if one.isalpha())


def masked_text(text: str, brands: Collection[str]) -> str:
    """The text without @mentions, and without words that contain the name of one of the brands.

    >>> masked_text("My #NikeRun shoes, thanks @nike!", ["nike"])
    'My   shoes, thanks  !'
    """
    names = {letters(brand) for brand in brands} - {""}
    bare = MENTION.sub(" ", text)
    return WORD.sub(lambda word: " " if any(name in letters(word.group()) for name in names) else word.group(), bare)


def masked(tables: Tables) -> Tables:
    """The records with every creator's texts masked of the brands that the creator tags, and of these tags."""
    brands: dict[str, set[str]] = {}
    for creator_id, brand in _tags(tables.posts, "mentions", "sponsors"):
        brands.setdefault(creator_id, set()).add(brand)

    def bare(frame: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
        ids = frame["creator_id"].to_list()
        texts = {
            name: [
                None if text is None else masked_text(text, brands.get(creator_id, ()))
                for creator_id, text in zip(ids, frame[name].to_list(), strict=True)
            ]
            for name in columns
        }
        return frame.with_columns(pl.Series(name, values, dtype=pl.String) for name, values in texts.items())

    posts = bare(tables.posts, TEXTS["posts"])
    none = [pl.lit([], dtype=pl.List(pl.String)).alias(name) for name in ("mentions", "sponsors")]
    return replace(tables, creators=bare(tables.creators, TEXTS["creators"]), posts=posts.with_columns(none))


def tagged_brands(posts: pl.DataFrame) -> list[Tagged]:
    """Every account that posts mention, by name."""
    found: dict[str, tuple[dict[str, None], dict[str, None]]] = {}
    for creator_id, brand in _tags(posts, "mentions"):
        found.setdefault(brand, ({}, {}))[half_of(creator_id)][creator_id] = None
    return [Tagged(brand, (tuple(one), tuple(other))) for brand, (one, other) in sorted(found.items())]


def mined_trials(
    tables: Tables,
    *,
    both: bool = True,
    posts: pl.DataFrame | None = None,
    short_counted: bool = False,
    seed: int = 0,
) -> list[Trial]:
    """Trials of the brands that posts tag, and of subjects to learn from.

    Args:
        tables: Records with posts.
        both: Rank each half once; else only the odd one.
        posts: The posts in the order in which briefs take them; as in `tables` unless given.
        short_counted: Rank all candidates for briefs cut short as for whole ones; else they only train.
        seed: Of the subjects that are drawn.

    Raises:
        RecordsError: Fewer than two brands have enough taggers.
    """
    in_order = tables.posts if posts is None else posts
    brands = [one for one in tagged_brands(in_order) if one.fewest >= FEWEST_TAGGERS]
    bare = masked(tables)
    said = set(tables.posts["creator_id"].to_list())
    every = [name for name in tables.creators["creator_id"].to_list() if name in said]
    found = []
    for ranked in (CANDIDATES, KNOWN) if both else (CANDIDATES,):
        briefs = mined_briefs(in_order, brands, known=1 - ranked)
        matched = [
            Matched(
                brief=briefs[one.brand],
                brand=one.brand,
                grades=dict.fromkeys(one.halves[ranked], RELEVANT),
                counts=one.fewest >= FEWEST_TO_COUNT,
            )
            for one in brands
        ]
        short = [cut_short(one, counts=one.counts and short_counted) for one in matched]
        found.append(
            Trial(
                known=part(bare, [name for name in every if half_of(name) != ranked]),
                candidates=part(bare, [name for name in every if half_of(name) == ranked]),
                matched=[*enough_brands(matched), *short, *mined_subjects(bare.posts, 1 - ranked, seed)],
                tagged={one.brand: one.halves[1 - ranked] for one in tagged_brands(in_order)},
                examples=tables.select([]),
            )
        )
    return found


def mined_whole(tables: Tables) -> Trial:
    """All creators as known ones, masked, with nobody to rank: what the encoder of the bundle is learnt from."""
    tagged = {one.brand: (*one.halves[0], *one.halves[1]) for one in tagged_brands(tables.posts)}
    known = part(masked(tables), tables.creators["creator_id"].to_list())
    return Trial(known, tables.select([]), (), tagged, tables.select([]))


def mined_briefs(posts: pl.DataFrame, brands: Sequence[Tagged], known: int) -> dict[str, dict[str, object]]:
    """A brief a brand: what the first `MOST_POSTS` posts of known creators that tag it say, without its name.

    Of every second brand the posts stand as `brand_posts` too, so that a model learns from briefs with and without.
    """
    wanted: Mapping[str, list[str]] = {one.brand: [] for one in brands}
    columns = posts.select("creator_id", "mentions", "caption", "alt_text").iter_rows()
    for creator_id, mentions, *said in columns:
        if half_of(creator_id) != known:
            continue
        for brand in dict.fromkeys(map(_name, mentions or ())):
            if len(wanted.get(brand, range(MOST_POSTS))) < MOST_POSTS:
                wanted[brand].append(masked_text("\n".join(text for text in said if text), [brand]))
    return {
        brand: {
            "brief_id": brand,
            "brand": brand,
            "text": "\n".join(said),
            "brand_posts": said if place % 2 else [],
        }
        for place, (brand, said) in enumerate(wanted.items())
    }


def cut_short(one: Matched, *, counts: bool) -> Matched:
    """The brief cut to as many of its words as one of `SHORT` says, drawn at random by the brand's name, in order."""
    rng = np.random.default_rng(list(one.brand.encode()))
    words = str(one.brief["text"]).split()
    chosen = sorted(rng.permutation(len(words))[: rng.choice(SHORT)].tolist())
    brief = {
        "brief_id": f"{one.brand}, cut short",
        "text": " ".join(words[place] for place in chosen),
        "brand_posts": [],
    }
    return replace(one, brief={**one.brief, **brief}, counts=counts, short=True)


def _tags(posts: pl.DataFrame, *columns: str) -> Iterator[tuple[str, str]]:
    for creator_id, *tags in posts.select("creator_id", *columns).iter_rows():
        for accounts in tags:
            yield from ((creator_id, _name(account)) for account in accounts or ())


def _name(account: str) -> str:
    return account.lower().removeprefix("@")
