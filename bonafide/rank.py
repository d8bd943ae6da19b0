"""`bonafide rank`: creators for a brand's brief."""

# ruff: noqa: TC001, TC003 - Typer reads annotations at run time
from __future__ import annotations

from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bonafide.inputs import MaxFollowers, MinFollowers
from bonafide.output import Out

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from models.ranking import Asked
    from models.rankings.ranking import Rankings, SuggestedSet

COLUMNS = ("brief_id", "rank", "creator_id", "fit_score", "fit_before_risk", "risk_score", "reasons")
MOST_NAMED = 10  # members of a set in a message


class Form(StrEnum):
    """How risk takes its part of the score."""

    MULTIPLY = "multiply"
    SUBTRACT = "subtract"
    GATE = "gate"


def rank(
    briefs: Annotated[Path, typer.Option(metavar="FILE", help="Briefs: NDJSON with one per line, Parquet or CSV.")],
    candidates: Annotated[
        Path,
        typer.Option(metavar="INPUT", help="The candidates: a folder of tables, NDJSON, or the folder of an index."),
    ],
    out: Out,
    top: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="Creators to give back for each brief; all that are scored unless given."
        ),
    ] = None,
    reasons: Annotated[int, typer.Option(min=0, metavar="N", help="Give reasons for the first N of a brief.")] = 50,
    risk_form: Annotated[Form, typer.Option(help="How the fraud risk takes its part of the fit.")] = Form.MULTIPLY,
    min_followers: MinFollowers = None,
    max_followers: MaxFollowers = None,
) -> None:
    """Rank creators for a brand's briefs.

    Of records, all are scored for every brief, none is left out, and those that fail a filter stand last. Of an
    index, those that fail a filter are left out, and the nearest to the brief are scored. The fraud risk is weighed in.
    """
    from bonafide.inputs import followers_within
    from bonafide.output import check_apart, check_file, write_frame
    from bonafide.terminal import say
    from features import records
    from models.ranking import Asked

    check_file(out)
    check_apart(out, briefs, candidates)
    limits = followers_within(min_followers, max_followers)
    asked = Asked(top=top, reasons=reasons, risk_form=risk_form.value, limits=limits)
    frames = []
    for answer in _answers(records.read_briefs(briefs), candidates, asked):
        tell(answer)
        frames.append(frame(answer))
    write_frame(_joined(frames), out)
    say(f"Written to {out}")


def _answers(briefs: pl.DataFrame, candidates: Path, asked: Asked) -> Iterator[Rankings]:
    """The rankings of each brief, from records or from an index."""
    from bonafide.inputs import fraud_bundle, is_index, open_index, read
    from bonafide.progress import waiting
    from features.nouns import number_of
    from models.loading import load_fit
    from models.ranking import rank_index, rank_records

    if is_index(candidates):
        fit, index = open_index(candidates)
        with waiting(f"Ranking an index of {number_of(len(index), 'creator')} for {number_of(briefs.height, 'brief')}"):
            yield from rank_index(fit, briefs, index, asked)
        return
    fraud, fit = fraud_bundle(None), load_fit(None)
    tables = read(candidates)
    with waiting(f"Ranking {number_of(tables.creators.height, 'creator')} for {number_of(briefs.height, 'brief')}"):
        yield from rank_records(fraud, fit, briefs, tables, asked)


def tell(answer: Rankings) -> None:
    """What is to be said of a ranking beside its rows, a line each, to standard error."""
    from bonafide.terminal import say
    from features.nouns import number_of

    left_out = ", ".join(f"{count:,} by {name}" for name, count in answer.excluded.items())
    lines = [
        f"{len(answer.results):,} of {number_of(answer.considered, 'creator')}"
        + (f"; left out {left_out}" * bool(left_out))
    ]
    lines += answer.notes
    lines += _failing(answer)
    lines += [
        f"with a tenth {change} weight on {one.weight}, {count} of the first ten would change"
        for one in answer.sensitivity
        for change, count in (("more", one.plus_10_percent), ("less", one.minus_10_percent))
        if count
    ]
    lines += [] if answer.set is None else [_told(answer.set)]
    for line in lines:
        say(f"{answer.brief_id}: {line}")


def _failing(answer: Rankings) -> list[str]:
    """From where on those stand who fail a filter, and how many fail each; their score may be above those before."""
    failing = [one for one in answer.results if one.failed_filters]
    if not failing:
        return []
    counts = Counter(name for one in failing for name in one.failed_filters)
    told = ", ".join(f"{count:,} {name}" for name, count in counts.most_common())
    return [f"from place {failing[0].rank} on they fail a filter: {told}"]


def _told(found: SuggestedSet) -> str:
    more = len(found.members) - MOST_NAMED
    names = ", ".join(found.members[:MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")
    facts = [] if found.total_price is None else [f"{found.total_price:,.0f} USD"]
    facts += [] if found.highest_overlap is None else [f"highest overlap {found.highest_overlap:.2f}"]
    facts += [f"{found.without_price:,} without a price left out"] if found.without_price else []
    return f"suggested set of {len(found.members):,}: " + "; ".join([names or "nobody", *facts])


def frame(answer: Rankings) -> pl.DataFrame:
    """A ranking as rows, with the columns that `rank` writes; reasons are empty where none were asked for."""
    import polars as pl

    reason = pl.Struct(
        {
            "signal": pl.String,
            "value": pl.Float64,
            "unit": pl.String,
            "log_odds": pl.Float64,
            "points": pl.Float64,
            "matched_terms": pl.List(pl.String),
        }
    )
    types = (pl.String, pl.Int64, pl.String, pl.Float64, pl.Float64, pl.Float64, pl.List(reason))
    rows = [one.model_dump(include=set(COLUMNS)) for one in answer.results]
    return pl.DataFrame(rows, schema=dict(zip(COLUMNS, types, strict=True)))


def _joined(frames: list[pl.DataFrame]) -> pl.DataFrame:
    import polars as pl

    return pl.concat(frames)
