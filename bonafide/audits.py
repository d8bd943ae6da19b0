"""`bonafide audits`: verdicts of people, in the ledger, and whom to ask for next."""

# ruff: noqa: TC001, TC003 - Typer reads annotations at run time
from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bonafide.inputs import Creator, JsonLines, moment_of, open_ledger
from bonafide.output import Out

if TYPE_CHECKING:
    from collections import Counter

    from ledger import Audit, NewAudit

AT_ONCE = 2_000
"""Audits of one transaction of an import."""

app = typer.Typer(
    name="audits", help="Verdicts of people: add, import, export, list, next, dispute.", no_args_is_help=True
)


class Verdict(StrEnum):
    """What a reviewer found."""

    GENUINE = "genuine"
    FRAUD = "fraud"
    UNSURE = "unsure"


class FraudKind(StrEnum):
    """What was bought, as reports name it: `models.reports.sides.FRAUD_KINDS`, which loads more than commands need.

    Imports and the service take any words, since other tools have kinds of their own; a slip of the hand is refused.
    """

    BOUGHT_FOLLOWERS = "bought_followers"
    BOUGHT_LIKES = "bought_likes"
    BOUGHT_VIEWS = "bought_views"
    BOUGHT_COMMENTS = "bought_comments"
    POD = "pod"
    FOLLOW_UNFOLLOW = "follow_unfollow"
    GIVEAWAY_INFLATION = "giveaway_inflation"


class State(StrEnum):
    """What became of a creator's objection."""

    OPEN = "open"
    UPHELD = "upheld"
    REJECTED = "rejected"


Note = Annotated[str | None, typer.Option(metavar="TEXT", help="Free text.")]


@app.callback()
def _group() -> None:
    """Verdicts of people, kept in the ledger: none is overwritten."""


@app.command()
def add(
    creator: Creator,
    verdict: Annotated[
        Verdict,
        typer.Argument(
            metavar="VERDICT", help="What the reviewer found: genuine, fraud or unsure.", case_sensitive=False
        ),
    ],
    share: Annotated[
        float | None, typer.Option(min=0, max=1, metavar="SHARE", help="Share of fake followers found, 0 to 1.")
    ] = None,
    kinds: Annotated[
        list[FraudKind] | None,
        typer.Option(
            "--type",
            metavar="KIND",
            help=f"What was bought: {', '.join(FraudKind)}; repeatable.",
            case_sensitive=False,
        ),
    ] = None,
    reviewer: Annotated[str | None, typer.Option(metavar="NAME", help="Who reviewed.")] = None,
    note: Note = None,
    at: Annotated[
        datetime | None, typer.Option(metavar="TIME", parser=moment_of, help="When, UTC, as 2026-05-31; else now.")
    ] = None,
    key: Annotated[
        str | None, typer.Option(metavar="KEY", help="The audit's name: added again, it is stored once.")
    ] = None,
) -> None:
    """Add one verdict; its key is printed."""
    from bonafide.terminal import say
    from features.errors import UsageError
    from features.records.times import what_is_wrong
    from ledger import NewAudit, append_audits

    when = None if at is None else at.replace(tzinfo=UTC)
    if when is not None and (wrong := what_is_wrong(when)):
        raise UsageError(f"--at {wrong}")
    types = None if kinds is None else tuple(kind.value for kind in kinds)
    audit = NewAudit(creator, verdict.value, when, share, types, reviewer, note, key)
    with open_ledger() as ledger:
        [appended] = append_audits(ledger, [audit])
    _refuse(appended.outcome, creator)
    say({"stored": "Stored.", "known": "It was there already."}[appended.outcome])
    typer.echo("" if appended.audit is None else appended.audit.key)


@app.command("import")
def import_(
    source: Annotated[Path, typer.Argument(metavar="INPUT", help="The table audits: a file, or a folder of tables.")],
) -> None:
    """Import verdicts from Parquet, CSV or NDJSON.

    Those that are in the ledger already are left as they are, so that a file can be imported again.
    """
    from collections import Counter

    from bonafide.progress import bar
    from bonafide.terminal import say
    from features import records
    from features.nouns import number_of
    from ledger import append_audits

    given = [_given(row) for row in records.read_rows(source, records.AUDITS, labels=True).iter_rows(named=True)]
    told: Counter[str] = Counter()
    with open_ledger() as ledger, bar(f"Importing {number_of(len(given), 'audit')}") as progress:
        for k in range(0, len(given), AT_ONCE):
            told.update(one.outcome for one in append_audits(ledger, given[k : k + AT_ONCE]))
            progress(min(k + AT_ONCE, len(given)), len(given))
    say(_sum(told))


@app.command()
def export(
    out: Out,
    every: Annotated[bool, typer.Option("--all", help="Also verdicts to which an objection was upheld.")] = False,
) -> None:
    """Write the table audits, as training takes it."""
    from bonafide.output import write_frame
    from bonafide.terminal import say
    from features.nouns import number_of
    from ledger import audits_frame

    with open_ledger() as ledger:
        found = audits_frame(ledger, upheld=True)
        kept = found if every else audits_frame(ledger)
    write_frame(kept, out)
    left = found.height - kept.height
    without = f"; {left:,} left out, as the creator's objection was upheld" if left else ""
    say(f"{number_of(kept.height, 'audit')}{without}; written to {out}")


@app.command("list")
def list_(
    creator: Annotated[str | None, typer.Option(metavar="ID", help="Only this creator's.")] = None,
    as_json: JsonLines = False,
) -> None:
    """List verdicts by their time."""
    from dataclasses import asdict

    import orjson

    from bonafide.terminal import print_table, say
    from ledger import read_audits

    with open_ledger() as ledger:
        found = read_audits(ledger, creator)
    if as_json:
        for audit in found:
            typer.echo(orjson.dumps(asdict(audit)))
    elif found:
        print_table(("creator", "verdict", "when", "reviewer", "objection", "key"), [_cells(one) for one in found])
    else:
        say("There are no audits in the ledger.")


@app.command("next")
def next_(
    top: Annotated[int, typer.Option(min=1, metavar="N", help="At most this many.")] = 20,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write them to this file instead of printing.")
    ] = None,
) -> None:
    """Which scored creators to audit next: the model is unsure, they are asked for often, none audited is like them.

    Worth is the product of the three, each from 0 to 1; every creator listed counts as audited for those below.
    """
    from bonafide.output import check_file, write_frame
    from bonafide.terminal import print_table, say
    from models.loading import load_fraud
    from training.audits.queue import audit_queue, from_scores

    if out is not None:
        check_file(out)
    from ledger import audits_frame, read_scores

    with open_ledger() as ledger:
        scores, audited = read_scores(ledger), audits_frame(ledger, upheld=True)["creator_id"]
    bundle = load_fraud()
    found = audit_queue(bundle, *from_scores(scores, bundle.names, audited), top)
    if out is not None:
        write_frame(found, out)
    elif found.is_empty():
        say("The ledger has no scored creator that waits for an audit; what a service or its jobs score is in it.")
    else:
        rows = [[_told(cell) for cell in row] for row in found.iter_rows()]
        print_table(found.columns, rows)


@app.command()
def dispute(
    key: Annotated[str, typer.Argument(metavar="KEY", help="The audit's key.")],
    state: Annotated[
        State,
        typer.Argument(
            metavar="STATE", help="What became of the objection: open, upheld or rejected.", case_sensitive=False
        ),
    ],
    note: Note = None,
) -> None:
    """Note a creator's objection to a verdict, or what became of it.

    The verdict stays; one whose objection was upheld is not trained on.
    """
    from bonafide.terminal import say
    from ledger import append_dispute

    with open_ledger() as ledger:
        append_dispute(ledger, key, state.value, note)
    say(f"The objection to {key} is {state.value}.")


def _given(row: dict[str, object]) -> NewAudit:
    from ledger import NewAudit

    types = row.pop("types")
    row.pop("source")
    return NewAudit(**row, types=tuple(types) if isinstance(types, list) else None)  # type: ignore[arg-type]  # checked as read


def _refuse(outcome: str, creator: str) -> None:
    from features.errors import UsageError, printable

    if outcome == "conflict":
        raise UsageError("there is an audit of this key with other content; audits are never overwritten")
    if outcome == "erased":
        raise UsageError(f"{printable(creator)} was erased after the time of this audit")


def _sum(told: Counter[str]) -> str:
    from features.nouns import number_of

    verb = "was" if told["known"] == 1 else "were"
    parts = [f"{number_of(told['stored'], 'audit')} stored", f"{told['known']:,} {verb} there already"]
    if told["erased"]:
        parts.append(f"{told['erased']:,} left out, whose creators were erased since")
    return "; ".join(parts)


def _told(cell: object) -> str:
    from features.errors import printable

    return f"{cell:.3f}" if isinstance(cell, float) else printable(str(cell))


def _cells(audit: Audit) -> tuple[str, ...]:
    from features.errors import printable

    state = "" if audit.dispute is None else audit.dispute.state
    when = f"{audit.audited_at:%Y-%m-%d %H:%M}"
    texts = (audit.creator_id, audit.verdict or "", when, audit.reviewer or "", state, audit.key)
    return tuple(map(printable, texts))
