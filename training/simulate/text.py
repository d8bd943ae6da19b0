"""Phrase banks in thirteen languages, and drawing from them for many rows at once."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import polars as pl

from training.simulate.world import NICHES, Flags, Floats, Ints

LANGUAGES = ("en", "es", "pt", "fr", "de", "it", "id", "tr", "ru", "ar", "hi", "ja", "ko")
OTHER_SCRIPTS = ("ru", "ar", "hi", "ja", "ko")
MOST_HASHTAGS = 30
_RUNS_EACH = 60
"""Runs of hashtags of each length and niche that are drawn from."""
_VOWELS = r"([aeouiyаеоуы])$"


@cache
def load(name: str) -> dict[str, Any]:
    """The phrases of one language, or `common`, as the file has them."""
    return tomllib.loads(files("training.simulate").joinpath("phrases", f"{name}.toml").read_text("utf-8"))


class Bank:
    """Strings in groups (language × niche, or niche), from which rows are drawn by their group.

    A group's entries are equally likely however many variants (slots filled in other ways) each has.
    """

    def __init__(self, groups: list[list[list[str]]]) -> None:
        entries = [variants for group in groups for variants in group]
        self._flat = pl.Series([text for variants in entries for text in variants], dtype=pl.String)
        self._many = np.array([len(variants) for variants in entries], dtype=np.int64)
        self._first = np.concatenate([[0], np.cumsum(self._many)[:-1]])
        self._counts = np.array([len(group) for group in groups], dtype=np.int64)
        self._starts = np.concatenate([[0], np.cumsum(self._counts)[:-1]])

    def draw(self, rng: np.random.Generator, group: Ints, favour: float = 1.0) -> pl.Series:
        """One string a row. `favour` above one prefers the first strings of a group."""
        place = rng.random(len(group)) ** favour
        return self.at(group, place)

    def at(self, group: Ints, place: Floats) -> pl.Series:
        """The string at a place (0 to 1) within each row's group."""
        scaled = place * self._counts[group]
        entry = self._starts[group] + scaled.astype(np.int64)
        variant = ((scaled % 1.0) * self._many[entry]).astype(np.int64)
        return self._flat.gather(self._first[entry] + variant)


@cache
def phrases(kind: str) -> Bank:
    """The phrases of one kind for every language × niche (group = language × 9 + niche), slots filled."""
    groups = []
    for language in LANGUAGES:
        book = load(language)
        groups += [_filled(book[kind], book["words"][niche], book.get("slots", {})) for niche in NICHES]
    return Bank(groups)


def _filled(templates: list[str], words: list[str], slots: dict[str, list[str]]) -> list[list[str]]:
    """Every template with its slots filled; as many variants of each as its longest list of words has."""
    filled = []
    for template in templates:
        used = {name: choices for name, choices in {**slots, "n": words}.items() if f"{{{name}}}" in template}
        variants = []
        for i in range(max((len(choices) for choices in used.values()), default=1)):
            value = {name: choices[(i * 5 + k * 3) % len(choices)] for k, (name, choices) in enumerate(used.items())}
            after = {
                f"{name}2": choices[(i * 5 + k * 3 + 1) % len(choices)]
                for k, (name, choices) in enumerate(used.items())
            }
            variants.append(template.format(**value, **after))
        filled.append(variants)
    return filled


@cache
def by_niche(kind: str) -> Bank:
    """Words that differ by niche only: `brands`, `hashtags_by_niche`, `alt_by_niche`."""
    return Bank([[[text] for text in load("common")[kind][niche]] for niche in NICHES])


@cache
def one_group(kind: str) -> Bank:
    """Words that are the same for everybody: `emoji`, `bought`, `alt`."""
    return Bank([[[text] for text in load("common")[kind]]])


@cache
def hashtag_blocks() -> Bank:
    """Runs of hashtags; group = niche × (`MOST_HASHTAGS` + 1) + how many."""
    rng = np.random.default_rng(0)
    groups = []
    for niche in NICHES:
        own, general = load("common")["hashtags_by_niche"][niche], load("common")["hashtags"]
        tags = [f"#{tag}" for tag in (*own, *general)] + [f"#{a}{b}" for a in own[:5] for b in own[5:]]
        groups += [
            [[" ".join(rng.permutation(tags)[:many])] for _ in range(_RUNS_EACH if many else 1)]
            for many in range(MOST_HASHTAGS + 1)
        ]
    return Bank(groups)


def emoji_run(rng: np.random.Generator, size: int, mean: Floats | float = 2.0) -> pl.Series:
    """One to about eight emoji, the same repeated or two kinds, favourites most; `mean` is their expected number."""
    bank, zero = one_group("emoji"), np.zeros(size, dtype=np.int64)
    first, second = bank.draw(rng, zero, 2.2), bank.draw(rng, zero, 1.6)
    many = np.minimum(rng.geometric(1 / np.maximum(mean, 1.01), size), 10)
    frame = pl.DataFrame({"a": first, "b": second, "n": many, "mix": rng.random(size)})
    same = pl.col("a").repeat_by("n").list.join("")
    run = pl.when(pl.col("mix") < 0.72).then(same).when(pl.col("mix") < 0.9).then(pl.col("a") + pl.col("b"))
    return frame.select(run.otherwise(pl.col("b") + same).alias("text")).to_series()


def cased(rng: np.random.Generator, text: pl.Series, capital: float, shouted: float = 0.008) -> pl.Series:
    """The same words with a capital first letter, or all in capitals, in these shares; some endings drawn out."""
    size = len(text)
    frame = pl.DataFrame({"t": text, "u": rng.random(size), "long": rng.random(size), "more": rng.integers(1, 6, size)})
    last = pl.col("t").str.extract(_VOWELS, 1).fill_null("")
    longer = (
        pl.when(pl.col("long") < 0.05).then(pl.col("t") + last.repeat_by("more").list.join("")).otherwise(pl.col("t"))
    )
    first = pl.col("t").str.slice(0, 1).str.to_uppercase() + pl.col("t").str.slice(1)
    typed = (
        pl.when(pl.col("u") < capital).then(first).when(pl.col("u") > 1 - shouted).then(pl.col("t").str.to_uppercase())
    )
    return frame.with_columns(t=longer).select(typed.otherwise(pl.col("t")).alias("text")).to_series()


def ended(rng: np.random.Generator, text: pl.Series, loud: Floats) -> pl.Series:
    """The text with a closing mark: exclamation marks for the share `loud` of rows, at times a full stop or dots."""
    draw = rng.random(len(text))
    quiet = np.searchsorted([0.915, 0.965, 0.985, 1.0], rng.random(len(text)), side="right")
    marks = np.where(draw < loud, 4 + np.searchsorted([0.66, 0.84, 1.0], rng.random(len(text))), quiet)
    return text + pl.Series(["", ".", "..", "...", "!", "!!", "!!!"]).gather(np.minimum(marks, 6))


def either(condition: Flags, yes: pl.Series, no: pl.Series) -> pl.Series:
    """Row by row the first series where the condition holds, else the second."""
    frame = pl.DataFrame({"c": condition, "y": yes, "n": no})
    return frame.select(pl.when("c").then("y").otherwise("n").alias("text")).to_series()
