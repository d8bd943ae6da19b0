"""What the risk would be had one thing not been there, or explained nothing: the record scored again without it.

Every variant of every creator is a creator of its own in one set of tables, so that all are prepared and scored in one
go. Only signals that need a table that was changed are taken from the variant; all others keep the creator's own
values, whatever a renamed creator may mean to them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from features.build import signals_over
from features.records import TABLES
from features.records.hashes import runs
from features.rows import comments as comment_rows
from features.rows import history
from features.rows import posts as post_rows
from models.boosters import booster as boosters
from models.reports.report import Counterfactual
from models.reports.rescoring import risks_of, risks_of_changed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from features import Context, Rows
    from features.records import Tables
    from models.fraud import FraudBundle
    from models.reports.report import Anomaly
    from models.reports.variants import Owned, Variant

MOST_TOLD = 5
LEAST_CHANGE = 0.5
"""Points; what changes the risk by less is not told."""
READ_BY = {
    "posts": ("posts",),
    "history": ("posts", "follower_history"),
    "comments": ("posts", "comments"),
}
"""Tables that each family's rows depend on; the audience is never changed."""


def risks(
    bundle: FraudBundle, owned: Owned, rows: Rows, signals: pl.DataFrame, variants: Sequence[Variant]
) -> list[float]:
    """The risk score of each variant.

    Args:
        bundle: The model.
        owned: The creators' records, as they were prepared.
        rows: What was prepared of them.
        signals: Their signals.
        variants: What to take away.
    """
    if not variants:
        return []
    place = {creator: k for k, creator in enumerate(signals["creator_id"])}
    own = boosters.values(signals, bundle.names)[[place[one.creator_id] for one in variants]]
    return risks_of(bundle, np.where(_recomputed(bundle, variants), _values(bundle, owned, rows, variants), own))


def unexplained_risks(
    bundle: FraudBundle, rows: Rows, signals: pl.DataFrame, causes: Sequence[tuple[str, str]]
) -> list[float]:
    """The risk score of creators had a cause explained none of their rises.

    The signal that speaks for the cause by itself, as the share of growth after viral posts, stays: it is told beside.

    Args:
        bundle: The model.
        rows: What was prepared of the creators' records.
        signals: Their signals.
        causes: Creators, each with a cause by which rows of the history are `explained_by`.
    """
    if not causes:
        return []
    place = {creator: k for k, creator in enumerate(signals["creator_id"])}
    days = dict(runs(rows.history["creator_id"]))
    whose = [place[creator] for creator, _ in causes]
    names = pl.Series("creator_id", [f"variant {k}" for k in range(len(causes))], dtype=pl.String)
    frames = [
        rows.history[days[creator]].with_columns(
            unexplained=pl.col("unexplained") | ((pl.col("explained_by") == cause) & (pl.col("surge") != "drop"))
        )
        for creator, cause in causes
    ]
    made = replace(rows, creators=rows.creators[whose].with_columns(names), history=_renamed(frames, names))
    return risks_of_changed(bundle, made, "history", signals[whose])


def _values(bundle: FraudBundle, owned: Owned, rows: Rows, variants: Sequence[Variant]) -> NDArray[np.float64]:
    """The signals of each variant that are evaluated over rows that changed, NaN for all others: variants x signals.

    A family's rows are prepared for all variants together, since a batch costs mostly the same for one record as for
    ten; families that read nothing that changed are left alone. What each comment shows by itself is not read again.
    """
    values = np.full((len(variants), len(bundle.names)), np.nan)
    posts = rows.posts.clear()
    for part, read in READ_BY.items():
        some = {k: one for k, one in enumerate(variants) if not one.changed.keys().isdisjoint(read)}
        if not some:
            continue
        made = _made(part, bundle.context, owned, rows, some, posts)
        posts = made.posts if part == "posts" else posts
        found = signals_over(made, bundle.context, (part,))
        columns = [bundle.names.index(name) for name in found.columns]
        values[np.ix_(list(some), columns)] = boosters.values(found, found.columns)
    return values


def _made(
    part: str, context: Context, owned: Owned, rows: Rows, variants: Mapping[int, Variant], posts: pl.DataFrame
) -> Rows:
    """One family's rows of some variants, each a creator of its own; `posts` are those of which they changed."""
    creators = _creators(rows, variants)
    if part == "history":  # reads the posts as they were prepared
        copies = _copies(owned, creators, variants, "follower_history")
        others = {k: one for k, one in variants.items() if "posts" not in one.changed}
        made = history.rows(copies, creators, context, pl.concat([posts, _prepared(rows.posts, others)]))
    elif part == "posts":
        made = post_rows.rows(_copies(owned, creators, variants, "posts"), creators, context)
    else:
        made = _left(owned, rows.comments, variants)
    changed: dict[str, Any] = {"creators": creators, part: made}
    return replace(rows, **changed)


def _left(owned: Owned, comments: pl.DataFrame, variants: Mapping[int, Variant]) -> pl.DataFrame:
    """The comments, as they were prepared, that each variant still has."""
    places = dict(runs(comments["creator_id"]))
    frames, shares = [], []
    for one in variants.values():
        given = one.changed.get("comments", owned.rows("comments", one.creator_id))
        there = set(given["comment_id"].to_list())
        own = comments[places.get(one.creator_id, slice(0, 0))]
        frames.append(own[[k for k, name in enumerate(own["comment_id"].to_list()) if name in there]])
        named = given["author_id"].count()
        shares.append((given["author_id"] == one.creator_id).sum() / named if named else None)
    times = [one.height for one in frames]
    owner_share = pl.Series(shares, dtype=pl.Float64)[np.repeat(np.arange(len(times)), times)]
    return comment_rows.left(_renamed(frames, _names(variants)), owner_share)


def _prepared(posts: pl.DataFrame, variants: Mapping[int, Variant]) -> pl.DataFrame:
    """The posts, as they were prepared, of each variant that has all of them."""
    owners = pl.DataFrame(
        [pl.Series("creator_id", [one.creator_id for one in variants.values()], dtype=pl.String)]
    ).with_columns(_names(variants).alias("variant"))
    return owners.join(posts, on="creator_id").with_columns(creator_id="variant").select(posts.columns)


def lowering(risk: float, variants: Sequence[Variant], without: Sequence[float]) -> tuple[Counterfactual, ...]:
    """What lowers one creator's risk when it is taken away, the most first."""
    tried = list(zip(variants, without, strict=True))
    # All stretches together are told where that is more than the largest of them alone.
    least = {"unexplained": min((left for one, left in tried if one.anomaly is not None), default=risk)}
    lower = [(one, left) for one, left in tried if left <= min(risk, least.get(one.kind, risk)) - LEAST_CHANGE]
    return tuple(
        Counterfactual.model_validate(
            {
                "what": one.what,
                "kind": one.kind,
                "start": one.start,
                "end": one.end,
                "risk_score": risk,
                "without": left,
                "change": left - risk,
            }
        )
        for one, left in sorted(lower, key=lambda item: item[1])[:MOST_TOLD]
    )


def with_effects(
    risk: float, anomalies: Sequence[Anomaly], variants: Sequence[Variant], without: Sequence[float]
) -> tuple[Anomaly, ...]:
    """One creator's anomalies with the points that the score has because of each, where that was tried."""
    tried = {one.anomaly: risk - left for one, left in zip(variants, without, strict=True) if one.anomaly is not None}
    return tuple(one.model_copy(update={"effect": tried[k]}) if k in tried else one for k, one in enumerate(anomalies))


def _creators(rows: Rows, variants: Mapping[int, Variant]) -> pl.DataFrame:
    """Every variant as a creator of its own, with what was prepared of its creator."""
    place = {creator: k for k, creator in enumerate(rows.creators["creator_id"].to_list())}
    return rows.creators[[place[one.creator_id] for one in variants.values()]].with_columns(_names(variants))


def _copies(owned: Owned, creators: pl.DataFrame, variants: Mapping[int, Variant], table: str) -> Tables:
    """The records of `_creators`, observed on the day on which their creators are, with that table alone."""
    tables = owned.tables
    seen = pl.col("observed_on").cast(tables.creators.schema["observed_at"])
    records = creators.with_columns(observed_at=seen).select(tables.creators.columns)
    frames = [one.changed.get(table, owned.rows(table, one.creator_id)) for one in variants.values()]
    left_out = {name: tables[name].clear() for name in TABLES if name not in ("creators", table)}
    return replace(tables, creators=records, **{table: _renamed(frames, _names(variants))}, **left_out)


def _names(variants: Mapping[int, Variant]) -> pl.Series:
    """A name for each."""
    return pl.Series("creator_id", [f"variant {k}" for k in variants], dtype=pl.String)


def _renamed(frames: Sequence[pl.DataFrame], names: pl.Series) -> pl.DataFrame:
    """The rows of each variant under its name."""
    return pl.concat(frames).with_columns(names[np.repeat(np.arange(len(frames)), [one.height for one in frames])])


def _recomputed(bundle: FraudBundle, variants: Sequence[Variant]) -> NDArray[np.bool_]:
    """Which signals of each variant need a table that was changed."""
    needed = [{need.partition(".")[0] for need in signal.needs} for signal in bundle.definitions]
    return np.array([[bool(tables & one.changed.keys()) for tables in needed] for one in variants])
