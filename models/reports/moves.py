"""What changed between two scorings of the same creators: who moved between bands, and which reasons moved them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import polars as pl

Scores = Callable[[Sequence[str]], Iterable[pl.DataFrame]]
"""Gives those of the named columns that a scoring has, some rows at a time; it is asked more than once."""

CHANGE = pl.Struct({"signal": pl.String, "before": pl.Float64, "after": pl.Float64, "change": pl.Float64})
MOVES = pl.Schema(
    {
        "creator_id": pl.String(),
        "what": pl.String(),
        "band_before": pl.String(),
        "band_after": pl.String(),
        "risk_before": pl.Float64(),
        "risk_after": pl.Float64(),
        "reasons": pl.List(CHANGE),
    }
)
MOVED, NEW, GONE = "moved", "new", "gone"

MOST_EXPLAINED = 10_000
"""Creators whose reasons are compared, those whose risk changed most: what is held in memory has a limit."""
MOST_CAUSES = 3
UNANSWERED = "without an answer"
BANDS = ("low", "review", "high")
OTHER_CUT_OFFS = "The two scorings have other cut-offs between the bands: creators may have moved without their risk."
_VERDICT = pl.Schema({"creator_id": pl.String(), "band": pl.String(), "risk_score": pl.Float64()})
_POINTS = pl.Schema({"creator_id": pl.String(), "signal": pl.String(), "points": pl.Float64()})


@dataclass(frozen=True)
class Cause:
    """A signal whose points changed: by how many on average over the creators, and for how many it changed most."""

    signal: str
    points: float
    largest_for: int


@dataclass(frozen=True)
class Transition:
    """Creators that moved from one band to another; a band of None is no answer."""

    before: str | None
    after: str | None
    creators: int
    causes: tuple[Cause, ...]

    @property
    def sentence(self) -> str:
        """The same in words.

        >>> Transition("low", "review", 12, (Cause("step_share", 8.14, 9),)).sentence
        '12 moved from low to review, because of step share (+8.1 points on average)'
        """
        told = [f"{one.signal.replace('_', ' ')} ({one.points:+.1f} points on average)" for one in self.causes]
        because = f", because of {', '.join(told)}" if told else ""
        return f"{self.creators:,} moved from {self.before or UNANSWERED} to {self.after or UNANSWERED}{because}"


@dataclass(frozen=True, eq=False)
class Moves:
    """What changed.

    Attributes:
        frame: A row of `MOVES` for each creator who moved, the largest change of risk first, is new, or is gone.
        transitions: The moves by their two bands, the most frequent first.
        same: Creators who stayed in their band.
        other_cut_offs: Whether the bands of one scoring overlap those of the other, as those of two profiles do.
    """

    frame: pl.DataFrame
    transitions: tuple[Transition, ...]
    same: int
    other_cut_offs: bool = False

    def count(self, what: str) -> int:
        """How many creators moved, are new or are gone."""
        return self.frame.filter(what=what).height

    @property
    def sentences(self) -> list[str]:
        """All of it in words."""
        others = [f"{self.count(NEW):,} new", f"{self.count(GONE):,} gone", f"{self.same:,} in the band as before"]
        first = [OTHER_CUT_OFFS] if self.other_cut_offs else []
        return [*first, *(one.sentence for one in self.transitions), ", ".join(others)]


def moves(before: Scores, after: Scores) -> Moves:
    """Compare two scorings, each with the columns of `models.scoring.score_frame`; without reasons none are told."""
    old, new = _collected(before, _VERDICT), _collected(after, _VERDICT)
    joined, other = _joined(old, new), _overlap(old, new) or _overlap(new, old)
    frame = joined.filter(pl.col("what").is_not_null())
    moved = frame.filter(what=MOVED)
    reasons = _changes(before, after, moved.drop_nulls().head(MOST_EXPLAINED)["creator_id"])
    told = reasons.group_by("creator_id", maintain_order=True).agg(
        reasons=pl.struct(list(CHANGE.to_schema())).head(MOST_CAUSES)
    )
    whole = frame.join(told, on="creator_id", how="left", maintain_order="left")
    whole = (
        whole.with_columns(pl.col("reasons").fill_null(pl.lit([], pl.List(CHANGE)))).select(MOVES.names()).cast(MOVES)
    )
    told_of = reasons.clear() if other else reasons  # no signal is the cause of what another cut-off does
    return Moves(whole, tuple(_transitions(moved, told_of)), joined.height - frame.height, other)


def _overlap(one: pl.DataFrame, other: pl.DataFrame) -> bool:
    """Whether a risk that is in some band of one scoring is, or would be, in a higher band of the other."""
    for k in range(1, len(BANDS)):
        most = one.filter(pl.col("band").is_in(BANDS[:k]))["risk_score"].max()
        least = other.filter(pl.col("band").is_in(BANDS[k:]))["risk_score"].min()
        if isinstance(most, float) and isinstance(least, float) and most >= least:
            return True
    return False


def _collected(scores: Scores, schema: pl.Schema) -> pl.DataFrame:
    frames = [frame.select(schema.names()).cast(schema) for frame in scores(schema.names())]
    return pl.concat([pl.DataFrame(schema=schema), *frames])


def _joined(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Every creator of either scoring with both verdicts and what became of it, null for one who stayed in its band."""
    old = before.rename({"band": "band_before", "risk_score": "risk_before"}).with_columns(was=True)
    new = after.rename({"band": "band_after", "risk_score": "risk_after"}).with_columns(now=True)
    both = old.join(new, on="creator_id", how="full", coalesce=True)
    what = (
        pl.when(pl.col("was").is_null())
        .then(pl.lit(NEW))
        .when(pl.col("now").is_null())
        .then(pl.lit(GONE))
        .when(pl.col("band_before").ne_missing(pl.col("band_after")))
        .then(pl.lit(MOVED))
    )
    kinds = pl.Enum([MOVED, NEW, GONE])
    change = (pl.col("risk_after") - pl.col("risk_before")).abs()
    ordered = both.with_columns(what=what).sort(
        pl.col("what").cast(kinds), -change, "creator_id", nulls_last=True, maintain_order=True
    )
    return ordered.select(name for name in MOVES if name != "reasons")


def _changes(before: Scores, after: Scores, creators: pl.Series) -> pl.DataFrame:
    """`creator_id` and the columns of `CHANGE`, the largest change of a creator first."""
    old, new = _points(before, creators), _points(after, creators)
    if old.is_empty() or new.is_empty():
        return pl.DataFrame(schema={"creator_id": pl.String, **CHANGE.to_schema()})
    both = old.rename({"points": "before"}).join(
        new.rename({"points": "after"}), on=["creator_id", "signal"], how="full", coalesce=True
    )
    zeroed = both.with_columns(pl.col("before", "after").fill_null(0.0))
    changed = zeroed.with_columns(change=pl.col("after") - pl.col("before")).filter(pl.col("change") != 0)
    return changed.sort("creator_id", -pl.col("change").abs(), "signal")


def _points(scores: Scores, creators: pl.Series) -> pl.DataFrame:
    """What each signal added to the risk of these creators, as far as that is told."""
    found = [pl.DataFrame(schema=_POINTS)]
    for frame in scores(["creator_id", "reasons"]) if creators.len() else ():
        if "reasons" in frame.columns:
            own = frame.filter(pl.col("creator_id").is_in(creators.implode())).explode("reasons").drop_nulls("reasons")
            field = pl.col("reasons").struct.field
            found.append(own.select("creator_id", field("signal"), field("points")))
    return pl.concat(found)


def _transitions(moved: pl.DataFrame, reasons: pl.DataFrame) -> list[Transition]:
    groups = moved.group_by("band_before", "band_after").len().sort(-pl.col("len").cast(pl.Int64), "band_before")
    found = []
    for before, after, creators in groups.iter_rows():
        same = pl.col("band_before").eq_missing(pl.lit(before)) & pl.col("band_after").eq_missing(pl.lit(after))
        own = reasons.join(moved.filter(same), on="creator_id", how="semi")
        found.append(Transition(before, after, creators, tuple(_causes(own))))
    return found


def _causes(changes: pl.DataFrame) -> list[Cause]:
    creators = changes["creator_id"].n_unique()
    first = pl.col("change").abs() == pl.col("change").abs().max().over("creator_id")
    by_signal = changes.with_columns(first=first).group_by("signal").agg(pl.col("change").sum(), pl.col("first").sum())
    most = by_signal.sort(-pl.col("change").abs(), "signal").head(MOST_CAUSES)
    return [Cause(signal, change / creators, largest) for signal, change, largest in most.iter_rows()]
