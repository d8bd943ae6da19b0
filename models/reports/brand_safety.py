"""Where words of a keyword policy stand in captions and bio. A policy is data; ours, or a TOML file of one's own.

```toml
name = "ours"
version = "1"

[[category]]
name = "alcohol"
about = "Alcoholic drinks."
words = { en = ["beer", "craft beer"], de = ["bier"] }    # by language, words and phrases
unless = ["root beer"]                                    # phrases in which its words do not count
```

How they are found, and those of `unless`, `models.texts.keywords` says.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from features.errors import NotFoundError, UsageError, printable
from models.reports.facts import BrandSafety, SafetyItem
from models.texts.keywords import NOTHING, Keywords

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.settings import Settings

DEFAULT = Path(__file__).parent / "policies" / "brand_safety.toml"
MOST_POSTS = 20
NO_TEXT = "the record has no captions and no bio"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Category(_Frozen):
    """What a brand may not want to stand beside, and the words that speak for it."""

    name: str = Field(min_length=1, max_length=60)
    about: str
    words: dict[str, tuple[str, ...]] = Field(min_length=1)
    unless: tuple[str, ...] = ()


class _File(_Frozen):
    name: str
    version: str
    category: tuple[Category, ...] = Field(min_length=1)


@dataclass(frozen=True, eq=False)
class Policy:
    """Categories of words, made ready for searching. Make one with `read` or `default`.

    Attributes:
        file: Where it was read from.
        label: Name and version.
        categories: Their names, in order.
        keywords: What speaks for a category.
    """

    file: Path
    label: str
    categories: tuple[str, ...]
    keywords: Keywords

    @classmethod
    def read(cls, file: Path) -> Policy:
        """The policy in a TOML file.

        Raises:
            NotFoundError: There is no such file.
            UsageError: It is not a policy; every place at fault is named.
        """
        if not file.is_file():
            raise NotFoundError(f"there is no policy '{file}'")
        try:
            found = _File.model_validate(tomllib.loads(file.read_text("utf-8")))
        except ValidationError as error:
            faults = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
            raise UsageError(f"{file.name} is not a policy: {printable(faults)}") from None
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise UsageError(f"{file.name} is not TOML: {error}") from None
        return cls(
            file=file,
            label=f"{found.name} {found.version}",
            categories=tuple(category.name for category in found.category),
            keywords=Keywords.of(
                [(one.name, text) for one in found.category for texts in one.words.values() for text in texts],
                [(one.name, text) for one in found.category for text in one.unless],
            ),
        )


@cache
def default() -> Policy:
    """The policy that comes with this version."""
    return Policy.read(DEFAULT)


def in_service(settings: Settings) -> Policy:
    """The policy that the settings name, else the one that comes with this version; errors as of `Policy.read`."""
    return default() if settings.brand_safety is None else Policy.read(settings.brand_safety)


def brand_safety(policy: Policy, bio: str | None, captions: Sequence[tuple[str, str]]) -> BrandSafety:
    """The block of one creator.

    Args:
        policy: Categories and their words.
        bio: The profile's text.
        captions: Id and text of each post that has one.
    """
    texts = [text for _, text in captions] + ([bio] if bio else [])
    hits = policy.keywords.hits(texts)
    in_bio = hits[-1] if bio else NOTHING
    found: dict[str, list[str]] = {}
    for (post_id, _), categories in zip(captions, hits, strict=False):
        for category in categories:
            found.setdefault(category, []).append(post_id)
    return BrandSafety(
        policy=policy.label,
        hits=len(found.keys() | in_bio) if texts else None,
        texts=len(texts),
        items=tuple(
            SafetyItem(
                category=name,
                hit=name in found or name in in_bio,
                posts=tuple(found.get(name, ())[:MOST_POSTS]),
                count=len(found.get(name, ())),
                in_bio=name in in_bio,
            )
            for name in policy.categories
        )
        if found or in_bio
        else _nothing(policy),
        unavailable={} if texts else {"hits": NO_TEXT},
    )


@cache
def _nothing(policy: Policy) -> tuple[SafetyItem, ...]:
    """Every category without a hit, as it is with most creators."""
    return tuple(SafetyItem(category=name, hit=False, posts=(), count=0, in_bio=False) for name in policy.categories)
