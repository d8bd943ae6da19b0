"""What a signal needs to know of other creators: expected curves and peers' quantiles, built once from a corpus.

A context is versioned by its content and pinned in every model. Norms are quantiles of each signal for platform x
tier; curves give the expected count for a platform. Where a cohort is too small, its part is left out, the signals
and percentiles that need it are null.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features.catalogue import SIGNAL_NAMES
from features.errors import ContractError
from features.residuals import CURVES
from features.tiers import SCHEME

if TYPE_CHECKING:
    from pathlib import Path

    from features.records import Tables

    Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

FORMAT = 1
FEW_PEERS = 30
"""A cohort of fewer known values gives no quantiles."""

PROBABILITIES = np.concatenate(([0.0, 0.01, 0.02], np.linspace(0.05, 0.95, 19), [0.98, 0.99, 1.0]))
ANY_TIER = "*"

CURVE_COLUMNS = tuple(f"{name}_{part}" for name in CURVES for part in ("intercept", "slope", "scale"))
_CURVES_SCHEMA = pl.Schema({"platform": pl.String(), **{column: pl.Float64() for column in CURVE_COLUMNS}})
_NORMS_SCHEMA = pl.Schema(
    {
        "platform": pl.String(),
        "tier": pl.String(),
        "signal": pl.String(),
        "creators": pl.Int64(),
        "quantiles": pl.List(pl.Float64()),
    }
)


@dataclass(frozen=True)
class Context:
    """Norms and curves of a corpus.

    Attributes:
        norms: One row a platform, tier (or `*` for all) and signal: `creators` with a value, `quantiles` at
            `PROBABILITIES`.
        curves: One row a platform: intercept, slope and scale of each curve of `features.residuals.CURVES`.
    """

    norms: pl.DataFrame
    curves: pl.DataFrame

    @cached_property
    def version(self) -> str:
        """Twelve hexadecimal digits of the content's SHA-256: equal contexts have equal versions."""
        digest = hashlib.sha256(f"{FORMAT} {SCHEME}".encode())
        for frame in (self.norms, self.curves):
            digest.update(json.dumps(frame.to_dict(as_series=False), sort_keys=True).encode())
        return digest.hexdigest()[:12]

    def save(self, folder: Path) -> None:
        """Write `context.json`, `norms.parquet` and `curves.parquet` into the folder, made if need be."""
        folder.mkdir(parents=True, exist_ok=True)
        self.norms.write_parquet(folder / "norms.parquet")
        self.curves.write_parquet(folder / "curves.parquet")
        about = {"format": FORMAT, "tiers": SCHEME, "version": self.version}
        (folder / "context.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Context:
        """Read a folder that `save` wrote; ContractError where a part is missing, damaged or of another format."""
        try:
            about = json.loads((folder / "context.json").read_text(encoding="utf-8"))
            context = cls(pl.read_parquet(folder / "norms.parquet"), pl.read_parquet(folder / "curves.parquet"))
        except (OSError, ValueError, pl.exceptions.PolarsError) as error:
            message = f"the context in '{folder}' cannot be read: {type(error).__name__}"
            raise ContractError(message) from error
        for name, frame, schema in (
            ("norms", context.norms, _NORMS_SCHEMA),
            ("curves", context.curves, _CURVES_SCHEMA),
        ):
            if frame.schema != schema:
                message = f"the context in '{folder}' has other columns in its {name} than this version reads"
                raise ContractError(message)
        if about.get("format") != FORMAT or about.get("tiers") != SCHEME or about.get("version") != context.version:
            message = f"the context in '{folder}' was changed after it was built, or is of another format"
            raise ContractError(message)
        return context

    def cohort_size(self, platform: str, tier: str | None) -> int | None:
        """Creators in the largest signal's cohort; null where the norms have no such cohort."""
        return self._sizes.get((platform, tier or ANY_TIER))

    def percentiles(self, signals: pl.DataFrame) -> pl.DataFrame:
        """Where each value stands among peers of the same platform and tier (of all tiers where those are few).

        Args:
            signals: A frame of `features.build`.

        Returns:
            `creator_id` and one Float64 column a signal: 0 to 1, null where value or norm is missing.
        """
        values = signals.select(SIGNAL_NAMES).to_numpy().astype(np.float64)
        shares = np.full(values.shape, np.nan)
        cohorts = signals.select("platform", pl.col("tier").fill_null(ANY_TIER)).with_row_index("row")
        for (platform, tier), rows in cohorts.group_by("platform", "tier"):
            picked = rows["row"].to_numpy()
            for place, name in enumerate(SIGNAL_NAMES):
                quantiles = self._quantiles_of(str(platform), str(tier), name)
                if quantiles is not None:
                    shares[picked, place] = _place_among(quantiles, values[picked, place])
        frame = pl.DataFrame(shares, schema=dict.fromkeys(SIGNAL_NAMES, pl.Float64), nan_to_null=True)
        return frame.insert_column(0, signals["creator_id"])

    def _quantiles_of(self, platform: str, tier: str, name: str) -> Floats | None:
        found = self._quantiles.get((platform, tier, name))
        return found if found is not None else self._quantiles.get((platform, ANY_TIER, name))

    @cached_property
    def _quantiles(self) -> dict[tuple[str, str, str], Floats]:
        return {
            (platform, tier, name): np.asarray(quantiles)
            for platform, tier, name, _, quantiles in self.norms.iter_rows()
        }

    @cached_property
    def _sizes(self) -> dict[tuple[str, str], int]:
        largest = self.norms.group_by("platform", "tier").agg(pl.col("creators").max())
        return {(platform, tier): creators for platform, tier, creators in largest.iter_rows()}


def build(tables: Tables) -> Context:
    """Norms and curves of a corpus: the more creators, the finer; cohorts under `FEW_PEERS` are left out."""
    return build_with_signals(tables)[0]


def build_with_signals(tables: Tables) -> tuple[Context, pl.DataFrame]:
    """The context of a corpus, and the corpus's own signals under it, from one pass over the records."""
    from features.build import aggregate, finish, prepare

    aggregates = aggregate(prepare(tables))
    curves = _curves(aggregates)
    signals = finish(aggregates, Context(pl.DataFrame(schema=_NORMS_SCHEMA), curves))
    return Context(_norms(signals), curves), signals


def _place_among(quantiles: Floats, values: Floats) -> Floats:
    """Mid-rank of each value on the grid of quantiles, so that a value shared by many stands in their middle."""
    left = np.searchsorted(quantiles, values, side="left")
    right = np.searchsorted(quantiles, values, side="right")
    last = len(quantiles) - 1
    among = (PROBABILITIES[np.minimum(left, last)] + PROBABILITIES[np.maximum(right - 1, 0)]) / 2
    between = np.interp(values, quantiles, PROBABILITIES)
    return np.where(np.isnan(values), np.nan, np.where(right > left, among, between))


def _norms(signals: pl.DataFrame) -> pl.DataFrame:
    long = signals.unpivot(SIGNAL_NAMES, index=["platform", "tier"], variable_name="signal").drop_nulls("value")
    both = pl.concat([long.drop_nulls("tier"), long.with_columns(tier=pl.lit(ANY_TIER))])
    quantiles = pl.concat_list([pl.col("value").quantile(p, "linear") for p in PROBABILITIES])
    return (
        both.group_by("platform", "tier", "signal")
        .agg(creators=pl.len().cast(pl.Int64), quantiles=quantiles)
        .filter(pl.col("creators") >= FEW_PEERS)
        .sort("platform", "tier", "signal")
        .select(pl.col(name).cast(dtype) for name, dtype in _NORMS_SCHEMA.items())
    )


def _curves(aggregates: pl.DataFrame) -> pl.DataFrame:
    rows = []
    for (platform,), creators in aggregates.sort("creator_id").group_by("platform"):
        row: dict[str, object] = {"platform": platform}
        for name, (response, predictor) in CURVES.items():
            row.update(_curve(name, creators[response], creators[predictor]))
        rows.append(row)
    return pl.DataFrame(rows, schema=_CURVES_SCHEMA).sort("platform")


def _curve(name: str, response: pl.Series, predictor: pl.Series) -> dict[str, float]:
    """Huber regression of log(1 + response) on log(1 + predictor); nothing where too few creators have both."""
    from sklearn.linear_model import HuberRegressor

    points = pl.DataFrame({"x": predictor, "y": response}).drop_nulls().select(pl.all().log1p()).to_numpy()
    if len(points) < FEW_PEERS or np.ptp(points[:, 0]) == 0:
        return {}
    x, y = points[:, :1], points[:, 1]
    fitted = HuberRegressor(max_iter=500).fit(x, y)
    residuals = y - fitted.predict(x)
    scale = float(np.median(np.abs(residuals - np.median(residuals))) * 1.4826)
    if scale == 0:
        return {}
    return {
        f"{name}_intercept": float(fitted.intercept_ + np.median(residuals)),
        f"{name}_slope": float(fitted.coef_[0]),
        f"{name}_scale": scale,
    }
