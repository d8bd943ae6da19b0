"""A challenger and the champion on one frozen test set: how they differ, how surely, and where."""

from __future__ import annotations

import json
import math
import time
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl

from features.errors import Problem, RecordsError
from models.store import attach, attached
from training.audits.audit_time import signals_as_audited
from training.audits.dataset import audit_labels, data_hash
from training.comparisons.comparison_tables import TURNS, parts, tables_of
from training.comparisons.paired import CUT_OFFS, average_precision, differences, disagreement, flagged
from training.evaluation_tables import Table
from training.fraud_model.audit_evaluation import SLICED_BY, evaluate
from training.fraud_model.rows import LEARNT_FROM
from training.metrics import FEWEST_IN_SLICE, FEWEST_OF_EITHER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from features.records import Tables
    from models.fraud import FraudBundle
    from models.registry import Registered
    from training.comparisons.paired import Difference

    Floats = NDArray[np.float64]
    Progress = Callable[[int, int], None]

SLICE_LEVEL = 0.99
"""Of the intervals of slices: there are many of them, and the worst is looked at."""
TIMED = 512
"""Creators whose explained scores are timed."""


@dataclass(frozen=True)
class Comparison:
    """What a comparison found.

    Attributes:
        challenger: Version of its bundle.
        champion: Version of its bundle.
        data_hash: Of the test set.
        creators: In the test set.
        created_at: When it was made.
        figures: By name, `ap/difference_lo` and the like, as far as they could be measured.
        tables: The same for people.
    """

    challenger: str
    champion: str
    data_hash: str
    creators: int
    created_at: str
    figures: Mapping[str, float]
    tables: tuple[Table, ...]

    def as_json(self) -> str:
        """Everything; in the tables null stands for what could not be measured."""
        return json.dumps(_plain(asdict(self)), indent=1, allow_nan=False) + "\n"


def compare(
    challenger: FraudBundle,
    champion: FraudBundle,
    tables: Tables,
    *,
    unseen_only: bool = False,
    seed: int = 0,
    progress: Progress | None = None,
) -> Comparison:
    """Judge both on every creator of the test set with audits that agree.

    Args:
        challenger: The model that might be promoted.
        champion: The model in service.
        tables: The test set: records with audits; judged as they were when the verdict was given.
        unseen_only: Leave out creators that either was trained on, in place of refusing the set.
        seed: Decides the bootstrap's draws.
        progress: Called with (done, total).

    Raises:
        RecordsError: Nobody in the test set has a verdict of fraud or genuine, or either was trained on some of these
            creators; names them.
    """
    rows = _unseen(audit_labels(tables.audits), challenger, champion, unseen_only)
    ids = rows["creator_id"].to_list()
    frozen = replace(tables.select(ids), audits=_audits(tables, rows))
    bundles = {"champion": champion, "challenger": challenger}
    signals = {who: signals_as_audited(bundle, frozen, ids) for who, bundle in bundles.items()}
    both = _predictions(champion, challenger, rows, signals, frozen)
    answered = both.drop_nulls(["champion", "challenger"])
    if answered.is_empty():
        none = "neither model answers for any creator of the test set that the other answers for"
        raise RecordsError([Problem("audits", none)])
    slices = _slices(answered, seed, progress)
    overall = differences(*_columns(answered), seed=seed)
    figures = {
        **_answered(both),
        **{f"{name}/{part}": value for name, found in overall.items() for part, value in parts(found).items()},
        **flagged(*_columns(answered)[1:]),
        **_disagreements(answered),
        **_worst(slices),
        **_costs(champion, challenger, signals),
    }
    return Comparison(
        challenger=challenger.contract.version,
        champion=champion.contract.version,
        data_hash=data_hash(frozen, LEARNT_FROM),
        creators=rows.height,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        figures={name: value for name, value in figures.items() if math.isfinite(value)},
        tables=tables_of(overall, slices, figures, answered),
    )


def log_comparison(found: Registered, comparison: Comparison) -> None:
    """Leave a comparison with the run that trained the challenger; a later one with the same champion replaces it."""
    if found.run_id is not None:
        metrics = {f"compared/{name}": value for name, value in comparison.figures.items()}
        attach(found.run_id, _place(comparison.champion), comparison.as_json(), metrics)


def recorded(found: Registered, champion: str) -> Comparison | None:
    """The comparison of a version with that champion (the version of its bundle) on record, if there is one."""
    text = None if found.run_id is None else attached(found.run_id, _place(champion))
    if text is None:
        return None
    facts = json.loads(text)
    tables = tuple(
        Table(one["title"], tuple(one["columns"]), [tuple(row) for row in one["rows"]], one["note"])
        for one in facts["tables"]
    )
    return Comparison(**{**facts, "tables": tables})


def _place(champion: str) -> str:
    return f"comparisons/{champion}.json"


def _unseen(rows: pl.DataFrame, challenger: FraudBundle, champion: FraudBundle, unseen_only: bool) -> pl.DataFrame:
    """The rows of creators that neither was trained on; RecordsError where there are others, unless that is asked."""
    ids = rows["creator_id"].to_list()
    seen = {"challenger": challenger.seen(ids), "champion": champion.seen(ids)}
    known = set().union(*seen.values())
    if known and not unseen_only:
        raise RecordsError(
            [
                Problem("audits", f"the {who} was trained on this creator; --unseen-only leaves it out", ids=(name,))
                for who, names in seen.items()
                for name in names
            ]
        )
    left = rows.filter(~pl.col("creator_id").is_in(list(known)))
    if left.is_empty():
        none = "comparing needs audits: no creator that neither was trained on has a verdict"
        raise RecordsError([Problem("audits", none)])
    return left


def _audits(tables: Tables, rows: pl.DataFrame) -> pl.DataFrame:
    return tables.audits.filter(pl.col("creator_id").is_in(rows["creator_id"].implode()))


def _predictions(
    champion: FraudBundle,
    challenger: FraudBundle,
    rows: pl.DataFrame,
    signals: Mapping[str, pl.DataFrame],
    tables: Tables,
) -> pl.DataFrame:
    """`label`, the probabilities `champion` and `challenger`, and the columns of the slices."""
    found = {
        who: evaluate(bundle, rows.join(signals[who], on="creator_id", how="inner", maintain_order="left"), tables)
        for who, bundle in (("champion", champion), ("challenger", challenger))
    }
    other = found["challenger"].predictions.select("creator_id", challenger="probability")
    return found["champion"].predictions.rename({"probability": "champion"}).join(other, on="creator_id")


def _columns(rows: pl.DataFrame) -> tuple[Floats, Floats, Floats]:
    return rows["label"].to_numpy(), rows["champion"].to_numpy(), rows["challenger"].to_numpy()


def _slices(rows: pl.DataFrame, seed: int, progress: Progress | None) -> dict[str, Difference]:
    """Average precision of every slice with enough creators of either verdict."""
    found_in = [
        (f"{column} {value}", part)
        for column in SLICED_BY
        for (value,), part in rows.drop_nulls(column).group_by(column, maintain_order=True)
        if part.height >= FEWEST_IN_SLICE and FEWEST_OF_EITHER <= part["label"].sum() <= part.height - FEWEST_OF_EITHER
    ]
    found = {}
    for done, (name, part) in enumerate(sorted(found_in, key=lambda one: one[0]), start=1):
        ap = differences(*_columns(part), figures={"ap": average_precision}, level=SLICE_LEVEL, seed=seed)
        found[name] = ap["ap"]
        if progress is not None:
            progress(done, len(found_in))
    return found


def _answered(both: pl.DataFrame) -> dict[str, float]:
    shares = {who: 1 - both[who].null_count() / both.height for who in ("champion", "challenger")}
    named = {f"answered/{who}": share for who, share in shares.items()}
    answered = float(both.drop_nulls(["champion", "challenger"]).height)
    return {"creators": answered, **named, "answered/difference": shares["challenger"] - shares["champion"]}


def _worst(slices: Mapping[str, Difference]) -> dict[str, float]:
    """The least upper end: of the slice in which the challenger is most surely behind."""
    known = [one.hi for one in slices.values() if math.isfinite(one.hi)]
    return {"slices/worst_ap_difference_hi": min(known, default=math.nan)}


def _disagreements(rows: pl.DataFrame) -> dict[str, float]:
    label, champion, challenger = _columns(rows)
    return {
        f"mcnemar_at_{band}/{name}": float(value)
        for band, least in CUT_OFFS.items()
        for name, value in asdict(disagreement(label, champion >= least, challenger >= least)).items()
    }


def _costs(champion: FraudBundle, challenger: FraudBundle, signals: Mapping[str, pl.DataFrame]) -> dict[str, float]:
    """Explained rows a second, bytes and trees of both; timed in turns in this run, the best turn counts."""
    bundles = {"champion": champion, "challenger": challenger}
    seconds = dict.fromkeys(bundles, math.inf)
    rows = {who: signals[who].head(TIMED) for who in bundles}
    for _ in range(TURNS):
        for who, bundle in bundles.items():
            start = time.perf_counter()
            bundle.verdict(rows[who])
            bundle.explain(rows[who])
            seconds[who] = min(seconds[who], time.perf_counter() - start)
    size = {who: float(_bytes(bundle.folder)) for who, bundle in bundles.items()}
    return {
        **{f"latency/{who}_rows_a_second": rows[who].height / seconds[who] for who in bundles},
        "latency/ratio": seconds["challenger"] / seconds["champion"],
        **{f"size/{who}_bytes": size[who] for who in bundles},
        **{f"size/{who}_trees": float(bundle.contract.trees) for who, bundle in bundles.items()},
        "size/ratio": size["challenger"] / size["champion"],
    }


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _plain(item: object) -> object:
    """JSON has no NaN: what could not be measured is null."""
    if isinstance(item, dict):
        return {name: _plain(value) for name, value in item.items()}
    if isinstance(item, list | tuple):
        return [_plain(value) for value in item]
    return None if isinstance(item, float) and not math.isfinite(item) else item
