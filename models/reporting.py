"""From a bundle and records to answers: one frame for a file of creators, typed reports for every other door."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

import features
from features.records import input_hashes
from models.findings import benign, bought
from models.reasons import REASON, reason_lists
from models.report import Anomaly, ModelUsed, Peers, Reason, Report

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from features import Rows
    from features.records import Tables
    from models.fraud import FraudBundle

MODEL_NAME = "bonafide-fraud"


def score_frame(
    bundle: FraudBundle, tables: Tables, *, explain: bool = False, as_of: date | None = None
) -> pl.DataFrame:
    """One row a creator, in the order of `tables.creators`, with the columns that `score` writes.

    Args:
        bundle: The model.
        tables: The creators' records.
        explain: Adds `reasons`, a list of `models.reasons.REASON`; see `models.reasons.reason_lists` for their order.
        as_of: The day at which the accounts are looked at; each record's newest observation unless given.
    """
    rows = features.prepare(tables, as_of=as_of)
    signals = bundle.signals(tables, as_of, rows=rows)
    verdict = bundle.verdict(signals)
    return _with_reasons(bundle, rows, signals, verdict) if explain else verdict


def reports(bundle: FraudBundle, tables: Tables, *, explain: bool = True, as_of: date | None = None) -> list[Report]:
    """One report a creator, in the order of `tables.creators`: the same object for HTTP, command line and page.

    Args:
        bundle: The model.
        tables: The creators' records.
        explain: Without it, reasons, anomalies, types and benign causes are left empty.
        as_of: The day at which the accounts are looked at; each record's newest observation unless given.
    """
    rows = features.prepare(tables, as_of=as_of)
    signals = bundle.signals(tables, as_of, rows=rows)
    verdict = bundle.verdict(signals)
    anomalies: dict[str, tuple[Anomaly, ...]] = {}
    if explain:
        verdict = _with_reasons(bundle, rows, signals, verdict)
        anomalies = _anomalies(features.anomalies(rows))
    hashes = dict(input_hashes(tables).select("creator_id", "input_hash").iter_rows())
    model, supports = _model_used(bundle), {signal.name: signal.supports for signal in bundle.definitions}
    told = []
    for answer, platform, tier in zip(verdict.iter_rows(named=True), signals["platform"], signals["tier"], strict=True):
        creator, risky = answer["creator_id"], answer["band"] in ("review", "high")
        reasons = _reasons(answer.pop("reasons", ()), bundle)
        told.append(
            Report(
                **answer,
                reasons=reasons,
                anomalies=anomalies.get(creator, ()),
                types=bought(reasons, supports) if risky else (),
                benign=benign(reasons, supports),
                peers=_peers(bundle, platform, tier),
                model=model,
                input_hash=hashes[creator],
            )
        )
    return told


def _with_reasons(bundle: FraudBundle, rows: Rows, signals: pl.DataFrame, verdict: pl.DataFrame) -> pl.DataFrame:
    answered = verdict["probability"].is_not_null()
    known = signals.filter(answered)
    lists = reason_lists(
        bundle.definitions,
        known,
        bundle.context.percentiles(known),
        features.evidence(rows).filter(answered),
        bundle.explain(known),
    )
    joined = verdict.join(lists, on="creator_id", how="left", maintain_order="left")
    return joined.with_columns(pl.col("reasons").fill_null(pl.lit([], pl.List(REASON))))


def _reasons(rows: Iterable[dict[str, object]], bundle: FraudBundle) -> tuple[Reason, ...]:
    sentences = bundle.sentences
    return tuple(Reason.model_validate({**row, "sentence": sentences[str(row["signal"])]}) for row in rows)


def _anomalies(frame: pl.DataFrame) -> dict[str, tuple[Anomaly, ...]]:
    found: dict[str, list[Anomaly]] = {}
    for row in frame.iter_rows(named=True):
        found.setdefault(row.pop("creator_id"), []).append(Anomaly(**row))
    return {creator: tuple(anomalies) for creator, anomalies in found.items()}


def _peers(bundle: FraudBundle, platform: str, tier: str | None) -> Peers:
    creators = bundle.context.cohort_size(platform, tier)
    return Peers(platform=platform, tier=tier, creators=creators, norms_version=bundle.context.version)


def _model_used(bundle: FraudBundle) -> ModelUsed:
    return ModelUsed(
        name=MODEL_NAME,
        version=bundle.contract.version,
        norms_version=bundle.context.version,
        base_log_odds=bundle.base_log_odds,
        base_risk=bundle.base_risk,
    )
