"""The words of the comments of many creators at once: what `features.text.wording` tells, in a quarter of its time.

Polars' fixed costs are more than all of that for one creator, so both are there; a test holds that they tell the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features.text import phrases
from features.text.alike import ALIKE_LETTERS, BANDS, FEW_WORDS, ROWS, SHARED_TOKENS, sketches
from features.text.phrases import HANDLE, MOST_COMMON_WORDS, MOST_GENERIC_WORDS, PRAISE, WORD
from features.text.vocabulary import common_stems_frame, stems

if TYPE_CHECKING:
    from collections.abc import Sequence

_SAID, _TELLING = pl.col("said"), pl.col("telling")
_WORDS = _SAID.str.split(" ")
_LETTERS = pl.concat_list([_SAID.str.slice(start).str.extract_all("(?s)...") for start in range(3)])
"""All runs of three characters: those that begin at the first, at the fourth …, then at the second …, at the third."""
_TOKENS = pl.when(_WORDS.list.len() >= FEW_WORDS).then(_WORDS).otherwise(_LETTERS)
_MORE_THAN_A_LETTER = pl.col("word").str.len_bytes().sum() > 1
_NO_WORD = f"[^{WORD[1:]}+"


def wording_of_many(lower: pl.Series) -> list[pl.Series]:
    """As `features.text.wording.wording`."""
    texts = (
        pl.LazyFrame({"lower": lower})
        .with_columns(said=pl.col("lower").str.replace_all(f"@{HANDLE}+", " ").str.replace_all(_NO_WORD, " "))
        .with_columns(said=_SAID.str.strip_chars(" "))
        .with_columns(said=pl.when(_SAID != "").then(_SAID))
        .collect()
    )
    return [*_of_known_words(texts), texts["said"]]


def letters_of_many(lower: pl.Series) -> list[pl.Series]:
    """As `features.text.letters.letters`."""
    text = pl.col("lower")
    found = (
        pl.LazyFrame({"lower": lower})
        .select(
            foreign=text.str.extract(phrases.LETTER_NOT_LATIN),
            letters=text.str.contains(phrases.LETTER),
            wordless=text.str.contains(phrases.WORDLESS),
            mention_only=text.str.contains(phrases.MENTIONS),
        )
        .collect()
    )
    return [
        scripts(found["foreign"].to_list(), found["letters"].to_list()),
        found["wordless"],
        found["mention_only"],
    ]


def scripts(foreign: Sequence[str | None], letters: Sequence[bool | None]) -> pl.Series:
    """`script` of texts by their first letter that is not Latin, and by whether there is any letter."""
    told = [
        phrases.script_of(letter) if letter else phrases.LATIN if some else None
        for letter, some in zip(foreign, letters, strict=True)
    ]
    return pl.Series("script", told, dtype=pl.String)


def repetition_of_many(said: pl.Series, copied_from: pl.Series, creators: pl.Series) -> list[pl.Series]:
    """As `features.text.wording.repetition`; creators are numbers from 0 up, and the rows of one stand together."""
    texts = pl.DataFrame({"creator": creators, "said": said, "copied_from": copied_from})
    texts = texts.with_columns(telling=pl.when(_SAID.str.len_chars() >= pl.col("copied_from")).then(_SAID))
    again = _TELLING.is_not_null() & (pl.len().over("creator", "telling") > 1)
    texts = texts.with_columns(repeated=pl.when(_SAID.is_not_null()).then(again))
    return [texts["repeated"], near_duplicates_of_many(texts), *_counts(texts)]


def _of_known_words(texts: pl.DataFrame) -> list[pl.Series]:
    """`praise` and `topic_free`; words are looked up, since a pattern of all of them takes long to compile."""
    size = _SAID.str.count_matches(" ", literal=True) + 1
    said = texts.lazy().filter(size <= MOST_COMMON_WORDS).select("said").unique().with_row_index("text").collect()
    words = said.lazy().select("text", few=size <= MOST_GENERIC_WORDS, word=_WORDS).explode("word").collect()
    few, longer = words.filter("few"), words.filter(~pl.col("few"))
    languages = longer.lazy().join(_languages_of(longer["word"].unique()).lazy(), on="word", how="left")
    praise = few.lazy().group_by("text").agg(praise=pl.col("word").is_in(PRAISE).all() & _MORE_THAN_A_LETTER)
    common = languages.group_by("text").agg(common=pl.col("languages").fill_null(0).bitwise_and() > 0)
    told = said.lazy().join(pl.concat([praise, common], how="diagonal"), on="text").drop("text")
    lower = pl.col("lower")
    topic_free = pl.col("common") & ~lower.str.contains("@", literal=True)
    return (
        texts.lazy()
        .join(told, on="said", how="left", maintain_order="left")
        .with_columns(pl.col("praise", "common").fill_null(value=False))
        .select(pl.when(lower.is_not_null()).then(one) for one in (pl.col("praise"), topic_free.alias("topic_free")))
        .collect()
        .get_columns()
    )


def _languages_of(words: pl.Series) -> pl.DataFrame:
    """The `languages` in which each `word` is common, as bits; without those that are in none."""
    known = pl.DataFrame({"word": words, "stem": stems(words)}).join(common_stems_frame(), on="stem")
    return known.select("word", "languages")


def _counts(texts: pl.DataFrame) -> list[pl.Series]:
    """How many words, and how many different ones, each creator's comments have; the same on all its rows."""
    found = (
        texts.lazy()
        .select("creator", word=_WORDS)
        .explode("word")
        .group_by("creator", maintain_order=True)
        .agg(words=pl.col("word").count(), distinct_words=pl.col("word").drop_nulls().n_unique())
        .select(pl.col("words", "distinct_words").cast(pl.Int64))
        .collect()
    )
    return found[texts["creator"]].get_columns()


def near_duplicates_of_many(texts: pl.DataFrame) -> pl.Series:
    """Whether the creator has nearly the same text once more, as `alike` tells it; null for short ones.

    Args:
        texts: `creator`, `said`, `repeated`, and `telling`, what is said where its copies tell of a list.
    """
    compared = texts.lazy().filter(_TELLING.str.len_chars() >= ALIKE_LETTERS).select("creator", "telling").unique()
    likely = _likely(compared.rename({"telling": "said"}).collect())
    alike = likely.select(
        "creator", telling="said", alike=_sharing_a_band(likely["creator"], likely["tokens"].to_list())
    )
    near = texts.join(alike, on=["creator", "telling"], how="left", maintain_order="left")
    told = pl.when(_SAID.str.len_chars() >= ALIKE_LETTERS).then(
        pl.col("repeated") | pl.col("alike").fill_null(value=False)
    )
    return near.select(near_duplicate=told).to_series()


def _likely(texts: pl.DataFrame) -> pl.DataFrame:
    """The texts of whose tokens enough stand in other texts of the creator, with their `tokens`."""
    texts = texts.with_columns(tokens=_TOKENS.list.unique()).with_row_index("text")
    enough = (
        texts.lazy()
        .select("text", "creator", "tokens")
        .explode("tokens")
        .with_columns(shared=pl.len().over("creator", "tokens") > 1)
        .group_by("text")
        .agg(pl.col("shared").sum(), all=pl.len())
        .filter(pl.col("shared") >= SHARED_TOKENS * pl.col("all"))
    )
    return texts.lazy().join(enough, on="text", how="semi", maintain_order="left").collect()


def _sharing_a_band(creators: pl.Series, tokens: Sequence[Sequence[str]]) -> pl.Series:
    """Whether a band of MinHash values of the text's tokens is that of another text of the creator."""
    hashes = np.array(sketches(tokens), dtype=np.uint32).reshape(len(tokens), BANDS * ROWS)
    frame = pl.DataFrame(hashes, schema=[f"{place}" for place in range(BANDS * ROWS)]).with_columns(creators)
    bands = [[f"{band * ROWS + row}" for row in range(ROWS)] for band in range(BANDS)]
    return frame.select(pl.any_horizontal(pl.len().over(creators.name, *band) > 1 for band in bands)).to_series()
