"""What a signal needs to know of other creators, built once from a corpus: a part each, versioned together.

- `norms`: quantiles of each signal for platform x tier, with which peers are compared;
- `curves`: the counts that a platform's creators of a size receive (`features.families.residuals`);
- `common_growth`: what moved all accounts on a day (`features.histories.common_growth`);
- `commenters`: how many creators a commenter serves (`features.corpus.commenters`);
- `pods`: groups of creators and commenters who serve each other (`features.corpus.pods`).

A context is versioned by its content and pinned in every model. Where a part lacks something, the signals and
percentiles that need it are null.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, fields, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from features.catalogue import SIGNAL_NAMES
from features.corpus import commenters, pods
from features.errors import ContractError
from features.families import residuals
from features.histories import common_growth
from features.lacking import lacking
from features.percentiles import Places
from features.tiers import SCHEME

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from features.corpus.commenters import Directory
    from features.histories.common_growth import CommonDays
    from features.records import Tables

    Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

ABOUT = "context.json"
FORMAT = 2
BUILD_AGAIN = "build it again with `bonafide context build`"
FEW_PEERS = 30
"""A cohort of fewer known values gives no quantiles."""

PROBABILITIES = np.concatenate(([0.0, 0.01, 0.02], np.linspace(0.05, 0.95, 19), [0.98, 0.99, 1.0]))
ANY_TIER = "*"

_NORMS_SCHEMA = pl.Schema(
    {
        "platform": pl.String(),
        "tier": pl.String(),
        "signal": pl.String(),
        "creators": pl.Int64(),
        "quantiles": pl.List(pl.Float64()),
    }
)


SCHEMAS: dict[str, pl.Schema] = {
    "norms": _NORMS_SCHEMA,
    "curves": residuals.SCHEMA,
    "common_growth": common_growth.SCHEMA,
    "commenters": commenters.SCHEMA,
    "pods": pods.SCHEMA,
}
"""The columns of every part."""


@dataclass(frozen=True, eq=False)
class Context:
    """What is known of a corpus; every part may be empty.

    Attributes:
        norms: One row a platform, tier (or `*` for all) and signal: `creators` with a value, `quantiles` at
            `PROBABILITIES`.
        curves: See `features.families.residuals`.
        common_growth: See `features.histories.common_growth`.
        commenters: See `features.corpus.commenters`.
        pods: See `features.corpus.pods`.
    """

    norms: pl.DataFrame = field(default_factory=partial(pl.DataFrame, schema=SCHEMAS["norms"]))
    curves: pl.DataFrame = field(default_factory=partial(pl.DataFrame, schema=SCHEMAS["curves"]))
    common_growth: pl.DataFrame = field(default_factory=partial(pl.DataFrame, schema=SCHEMAS["common_growth"]))
    commenters: pl.DataFrame = field(default_factory=partial(pl.DataFrame, schema=SCHEMAS["commenters"]))
    pods: pl.DataFrame = field(default_factory=partial(pl.DataFrame, schema=SCHEMAS["pods"]))

    @property
    def parts(self) -> dict[str, pl.DataFrame]:
        """Every part by its name."""
        return {part.name: getattr(self, part.name) for part in fields(self)}

    @cached_property
    def version(self) -> str:
        """Twelve hexadecimal digits of the content's SHA-256: equal contexts have equal versions."""
        digest = hashlib.sha256(f"{FORMAT} {SCHEME}".encode())
        for name, frame in self.parts.items():
            digest.update(name.encode())
            digest.update(frame.write_ndjson().encode())
        return digest.hexdigest()[:12]

    def save(self, folder: Path) -> None:
        """Write `context.json` and a Parquet file a part into the folder, made if need be."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, frame in self.parts.items():
            frame.write_parquet(folder / f"{name}.parquet")
        about = {"format": FORMAT, "tiers": SCHEME, "version": self.version}
        (folder / ABOUT).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Context:
        """Read a folder that `save` wrote; ContractError where a part is missing, damaged or of another format."""
        try:
            about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
            context = cls(**{name: pl.read_parquet(folder / f"{name}.parquet", glob=False) for name in SCHEMAS})
        except (OSError, ValueError, pl.exceptions.PolarsError) as error:
            message = f"the context in '{folder}' cannot be read: {type(error).__name__}; {BUILD_AGAIN}"
            raise ContractError(message) from error
        for name, frame in context.parts.items():
            if frame.schema != SCHEMAS[name]:
                message = (
                    f"the context in '{folder}' has other columns in its {name} than this version reads; {BUILD_AGAIN}"
                )
                raise ContractError(message)
        if about.get("format") != FORMAT or about.get("tiers") != SCHEME or about.get("version") != context.version:
            message = (
                f"the context in '{folder}' was changed after it was built, or is of another format; {BUILD_AGAIN}"
            )
            raise ContractError(message)
        return context

    def curve_of(self, platform: str) -> dict[str, Any] | None:
        """The row of `curves` of a platform, without its name; None where there is none."""
        return self._curves.get(platform)

    def cohort_size(self, platform: str, tier: str | None) -> int | None:
        """Creators in the largest signal's cohort; null where the norms have no such cohort."""
        return self._sizes.get((platform, tier or ANY_TIER))

    def medians(self, platform: str, tier: str | None) -> dict[str, float]:
        """The median of each signal of the norms among peers, of all tiers where those of the tier are few."""
        peers = self.norms.filter(pl.col("platform") == platform, pl.col("tier").is_in([tier or ANY_TIER, ANY_TIER]))
        middle = int(np.abs(PROBABILITIES - 0.5).argmin())
        wider_first = peers.sort(pl.col("tier") != ANY_TIER, maintain_order=True)
        return {name: quantiles[middle] for name, quantiles in wider_first.select("signal", "quantiles").iter_rows()}

    def percentiles(self, signals: pl.DataFrame, names: Sequence[str] = SIGNAL_NAMES) -> pl.DataFrame:
        """Where each value stands among peers of the same platform and tier (of all tiers where those are few).

        Args:
            signals: A frame of `features.build`; `platform`, `tier` and the signals named are read.
            names: The signals.

        Returns:
            `creator_id` and one Float64 column a signal: 0 to 1, null where value or norm is missing.
        """
        shares = self.places(signals, signals.select(names).to_numpy().astype(np.float64), names)
        frame = pl.DataFrame(shares, schema=dict.fromkeys(names, pl.Float64), nan_to_null=True)
        return frame.insert_column(0, signals["creator_id"])

    def places(self, signals: pl.DataFrame, values: Floats, names: Sequence[str] = SIGNAL_NAMES) -> Floats:
        """What `percentiles` gives, as an array with NaN for null: a row a creator, a column a signal.

        Args:
            signals: n rows with their `platform` and `tier`.
            values: n x k values of the signals, NaN where one is not known.
            names: The signals, in the order of the values' columns.
        """
        shares = np.full(values.shape, np.nan)
        cohorts: dict[tuple[str, str | None], list[int]] = {}
        for row, cohort in enumerate(zip(signals["platform"], signals["tier"], strict=True)):
            cohorts.setdefault(cohort, []).append(row)
        columns = slice(None) if names is SIGNAL_NAMES else [SIGNAL_NAMES.index(name) for name in names]
        for (platform, tier), rows in cohorts.items():
            shares[rows] = self._places.among(platform, tier, values[rows], columns)
        return shares

    @cached_property
    def _places(self) -> Places:
        return Places(self.norms, SIGNAL_NAMES, PROBABILITIES, ANY_TIER)

    @cached_property
    def _curves(self) -> dict[str, dict[str, Any]]:
        return {row.pop("platform"): row for row in self.curves.rows(named=True)}

    @cached_property
    def served(self) -> Directory:
        """See `features.corpus.commenters.directory`."""
        return commenters.directory(self.commenters)

    @cached_property
    def pods_by_commenter(self) -> Directory:
        """The pod that an account is in: see `features.corpus.pods.directory`."""
        return pods.directory(self.pods, pods.COMMENTER)

    @cached_property
    def pods_by_creator(self) -> Directory:
        """The pod that serves a creator: see `features.corpus.pods.directory`."""
        return pods.directory(self.pods, pods.CREATOR)

    @cached_property
    def common_days(self) -> dict[str, CommonDays]:
        """See `features.histories.common_growth.by_platform`."""
        return common_growth.by_platform(self.common_growth)

    @cached_property
    def lacking(self) -> dict[str, dict[str, str]]:
        """See `features.lacking.lacking`."""
        return lacking(self)

    @cached_property
    def _sizes(self) -> dict[tuple[str, str], int]:
        largest = self.norms.group_by("platform", "tier").agg(pl.col("creators").max())
        return {(platform, tier): creators for platform, tier, creators in largest.iter_rows()}


def build(tables: Tables) -> Context:
    """Norms and curves of a corpus: the more creators, the finer; cohorts under `FEW_PEERS` are left out."""
    return build_with_signals(tables)[0]


def build_with_signals(tables: Tables) -> tuple[Context, pl.DataFrame]:
    """The context of a corpus, and the corpus's own signals under it, from one pass over the records."""
    from features.build import aggregate, prepare

    context = Context(
        common_growth=common_growth.build(tables), commenters=commenters.build(tables), pods=pods.build(tables)
    )
    return completed(context, aggregate(prepare(tables, context)))


def completed(context: Context, aggregates: pl.DataFrame) -> tuple[Context, pl.DataFrame]:
    """A context with curves and norms beside its other parts, from aggregates under these; and the signals."""
    from features.build import finish

    context = replace(context, curves=residuals.build(aggregates))
    signals = finish(aggregates, context)
    return replace(context, norms=_norms(signals)), signals


def _norms(signals: pl.DataFrame) -> pl.DataFrame:
    long = signals.unpivot(SIGNAL_NAMES, index=["platform", "tier"], variable_name="signal").drop_nulls("value")
    # There are two zeros, and which of them comes first would depend on the order of the rows.
    long = long.with_columns(value=pl.when(pl.col("value") != 0).then("value").otherwise(0.0))
    both = pl.concat([long.drop_nulls("tier"), long.with_columns(tier=pl.lit(ANY_TIER))])
    quantiles = pl.concat_list([pl.col("value").quantile(p, "linear") for p in PROBABILITIES])
    return (
        both.group_by("platform", "tier", "signal")
        .agg(creators=pl.len().cast(pl.Int64), quantiles=quantiles)
        .filter(pl.col("creators") >= FEW_PEERS)
        .sort("platform", "tier", "signal")
        .select(pl.col(name).cast(dtype) for name, dtype in _NORMS_SCHEMA.items())
    )
