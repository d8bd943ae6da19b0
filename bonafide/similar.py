"""`bonafide similar`: creators of an index like one of them, or of a niche."""

# ruff: noqa: TC001, TC003 - Typer reads annotations at run time
from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bonafide.inputs import MaxFollowers, MinFollowers

if TYPE_CHECKING:
    import polars as pl

    from models.rankings.ranking import Similar, Similars

SHOWN = ("rank", "creator", "score", "risk", "platform", "followers", "niches", "shares", "matched words")


LEAST_SHOWN = 0.05  # weight of a niche in the table


class Same(StrEnum):
    """Traits that creators found may have to share."""

    PLATFORM = "platform"
    TIER = "tier"


def similar(
    creator: Annotated[str | None, typer.Option(metavar="ID", help="Creators like this one of the index.")] = None,
    niche: Annotated[
        str | None, typer.Option(metavar="NAME", help="Creators of this niche, as the model names it.")
    ] = None,
    index: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The index; BONAFIDE_INDEX's or .bonafide/index unless given.")
    ] = None,
    top: Annotated[int, typer.Option(min=1, metavar="N", help="How many to give back.")] = 20,
    same: Annotated[
        list[Same] | None, typer.Option(help="Only those of the creator's own; may be given twice.")
    ] = None,
    min_followers: MinFollowers = None,
    max_followers: MaxFollowers = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="File to write, in the format of its ending; else a table is shown."),
    ] = None,
) -> None:
    """Find creators like one of an index, or creators of a niche.

    The score is from 0 to 1: how alike the texts, topics and niches of the two are, or the niche's weight.
    """
    from bonafide.inputs import followers_within, open_index
    from bonafide.output import check_file, write_frame
    from bonafide.terminal import print_table, say
    from features.errors import UsageError
    from features.nouns import number_of
    from models import similar as search
    from models.ranking import versions
    from models.settings import get_settings

    if out is not None:
        check_file(out)
    if (creator is None) == (niche is None):
        raise UsageError("name a creator with --creator, or a niche with --niche")
    limits = followers_within(min_followers, max_followers)
    fit, opened = open_index(index or get_settings().index_folder)
    answer = search.similar(
        fit,
        opened,
        creator_id=creator,
        niche=niche,
        top=top,
        limits=limits,
        same=[one.value for one in same or []],
        model=versions(opened),
    )
    for note in answer.notes:
        say(note)
    if out is None:
        print_table(SHOWN, [_row(one) for one in answer.results])
    else:
        write_frame(frame(answer), out)
        say(f"{len(answer.results):,} of {number_of(answer.considered, 'creator')}; written to {out}")


def frame(answer: Similars) -> pl.DataFrame:
    """The creators found as rows."""
    import polars as pl

    types = pl.Schema(
        {
            "rank": pl.Int64(),
            "creator_id": pl.String(),
            "score": pl.Float64(),
            "risk_score": pl.Float64(),
            "band": pl.String(),
            "platform": pl.String(),
            "followers": pl.Int64(),
            "tier": pl.String(),
            "country": pl.String(),
            "language": pl.String(),
            "price": pl.Float64(),
            "niches": pl.List(pl.Struct({"niche": pl.String(), "weight": pl.Float64()})),
            "shared_traits": pl.List(pl.String),
            "matched_terms": pl.List(pl.String),
        }
    )
    rows = [
        {
            **one.model_dump(exclude={"traits", "niches"}),
            **asdict(one.traits),
            "niches": [{"niche": name, "weight": weight} for name, weight in one.niches.items()],
        }
        for one in answer.results
    ]
    return pl.DataFrame(rows, schema=types)


def _row(one: Similar) -> tuple[str, ...]:
    risk = "-" if one.risk_score is None else f"{one.risk_score:.0f} {one.band or ''}".strip()
    followers = "-" if one.traits.followers is None else f"{one.traits.followers:,}"
    niches = ", ".join(f"{name} {weight:.2f}" for name, weight in one.niches.items() if weight >= LEAST_SHOWN)
    shared, words = ", ".join(one.shared_traits), ", ".join(one.matched_terms)
    return (
        *(str(one.rank), one.creator_id, f"{one.score:.3f}", risk),
        *(one.traits.platform or "-", followers, niches, shared, words),
    )
