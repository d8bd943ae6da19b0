"""An earlier file of scores beside the new one: what may be compared, and who moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from models.reports.moves import Moves

MOVES = "moves.ndjson"


def tell_moves(previous: Path, out: Path) -> None:
    """Say who moved between bands from one file of scores to another, and write it to a file beside `out`."""
    from bonafide.output import write_frame
    from bonafide.progress import waiting
    from bonafide.terminal import say

    with waiting(f"Comparing with {previous}"):
        found = moves_between(previous, out)
    beside = out.with_name(f"{out.name}.{MOVES}")
    write_frame(found.frame, beside)
    for sentence in found.sentences:
        say(sentence)
    say(f"Who moved, who is new and who is gone is in {beside}")


def moves_between(previous: Path, out: Path) -> Moves:
    """What changed from one file of scores to another."""
    from models.reports.moves import moves
    from models.reports.scored import scores_of

    return moves(scores_of(previous), scores_of(out))


def check_previous(path: Path, out: Path) -> None:
    """Refuse what is no file of scores to compare `out` with, before any work is done.

    Raises:
        UsageError: It is none, or would be replaced.
        NotFoundError: There is no such file.
        RecordsError: It cannot be read.
    """
    from bonafide.output import check_ending
    from features.errors import UsageError
    from models.reports.scored import scores_of

    check_ending(path)
    rows = scores_of(path)
    if path.resolve() == out.resolve():
        raise UsageError(f"{path} would be replaced by the output; name another file for one of them")
    needed = {"creator_id", "band", "risk_score"}
    first = next(iter(rows(sorted(needed))), None)
    if first is None or not needed <= set(first.columns):
        raise UsageError(f"{path} has no scores that `bonafide score` wrote: creator_id, band or risk_score is missing")


def is_scored(path: Path) -> bool:
    """Whether a file holds scores, going by its ending; of NDJSON, which holds records too, by its first line."""
    from features.errors import RecordsError
    from features.records.files import ENDINGS, ending
    from models.reports.scored import scores_of

    if ending(path) != ".ndjson":
        return ending(path) in ENDINGS and path.is_file()
    try:
        first = next(iter(scores_of(path)(["probability"])), None) if path.is_file() else None
    except RecordsError:
        return False
    return first is not None and first.width > 0
