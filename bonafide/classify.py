"""`bonafide classify`: a probability for each follower or each comment, and the niches of each creator."""

# ruff: noqa: TC001 - Typer reads annotations at run time
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bonafide.inputs import Input, Model
from bonafide.output import Out

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from features.records import Table

app = typer.Typer(name="classify", help="Fake followers, comments that are not genuine, niches.", no_args_is_help=True)

Rows = Annotated[
    Path,
    typer.Argument(
        metavar="INPUT", help="One table's file under any name, a folder of such files, or records (folder or NDJSON)."
    ),
]


@app.command()
def followers(source: Rows, out: Out, model: Model = None) -> None:
    """How likely each follower's profile is fake.

    Writes creator_id, follower_id and probability; null where the creator is known to be on a platform that the model
    did not learn from.
    """
    from features.records import AUDIENCE, creators_beside
    from models.loading import load_followers

    rows = _read(source, out, AUDIENCE)
    bundle = load_followers(model)
    probability = bundle.probability(rows)
    creators = creators_beside(source, "creator_id", "platform")
    if creators is not None:
        probability[rows["creator_id"].is_in(bundle.elsewhere(creators)).to_numpy()] = float("nan")
    _write(rows, AUDIENCE, probability, out)


@app.command()
def comments(source: Rows, out: Out, model: Model = None) -> None:
    """How likely each comment is not genuine.

    Writes creator_id, comment_id and probability; null where a comment has no text.
    """
    from features.records import COMMENTS
    from models.loading import load_comments

    rows = _read(source, out, COMMENTS)
    _write(rows, COMMENTS, load_comments(model).probability(rows), out)


@app.command()
def niches(source: Input, out: Out, model: Model = None) -> None:
    """Which niches each creator is of, by the fit model's classifier.

    Writes creator_id, a weight for each niche of the taxonomy (they sum to 1), and unknown: true where the text is too
    thin for the weights to mean anything.
    """
    from bonafide.inputs import read
    from bonafide.output import check_apart, check_file, write_frame
    from bonafide.terminal import say
    from features.errors import UsageError
    from features.nouns import number_of
    from models.loading import load_fit
    from models.matching.niche_profiles import UNKNOWN, niche_weights

    check_file(out)
    check_apart(out, source)
    encoder = load_fit(model).encoder
    if not encoder.niches.names:
        raise UsageError("this fit model was trained without niche labels; train one on records with a table `niches`")
    found = niche_weights(encoder, read(source))
    write_frame(found, out)
    unknown = int(found[UNKNOWN].sum())
    say(f"{number_of(found.height, 'creator')} classified, {unknown:,} of them unknown; written to {out}")


def _read(source: Path, out: Path, table: Table) -> pl.DataFrame:
    from bonafide.output import check_apart, check_file
    from bonafide.progress import waiting
    from features.records import read_rows

    check_file(out)
    check_apart(out, source)
    with waiting(f"Reading {source}"):
        return read_rows(source, table)


def _write(rows: pl.DataFrame, table: Table, probability: NDArray[np.float64], out: Path) -> None:
    import polars as pl

    from bonafide.output import write_frame
    from bonafide.terminal import say
    from features.nouns import number_of

    frame = rows.select(table.key).with_columns(pl.Series("probability", probability, nan_to_null=True))
    write_frame(frame, out)
    unknown = frame["probability"].null_count()
    beside = f", {unknown:,} of them unknown" if unknown else ""
    say(f"{number_of(frame.height, 'row')} of {table.name} classified{beside}; written to {out}")
