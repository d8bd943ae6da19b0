"""What the service counts beside what BentoML counts, for Prometheus at `/metrics`."""

from __future__ import annotations

import os
from collections import Counter as Counted
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from models.registry import FIT, FRAUD
from serving.queues.alive import lives

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from prometheus_client import Counter, Gauge

    from models.drift import Shift
    from models.reports.report import Report
    from serving.champions.loaded import Loaded

MODEL_INFO = ("bonafide_model_info", "1 for the versions in service", ("model", "version"))
MODEL_SWAPS = ("bonafide_model_swaps", "Models that came into service, or could not", "outcome")
DRIFT_OVER = ("bonafide_drift_over", "1 while over a limit and above chance", ("number",))


def forget_the_dead() -> None:
    """Take back what processes that are no more said of now: what was under way, in service or refused.

    One that was killed could not take it back itself. What it counted goes on to count.
    """
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    for file in Path(folder).glob("gauge_live*_*.db") if folder else ():
        if not lives(int(file.stem.rpartition("_")[2])):
            file.unlink(missing_ok=True)


def in_service(loaded: Loaded) -> None:
    """Tell which models a process answers with."""
    for name, version in _versions(loaded).items():
        _gauge(*MODEL_INFO).labels(name, version).set(1)


def swapped(before: Loaded, after: Loaded) -> None:
    """Tell that others took their place."""
    for name, version in _versions(before).items():
        _gauge(*MODEL_INFO).labels(name, version).set(0)
    in_service(after)
    _counter(*MODEL_SWAPS).labels("taken_up").inc()


def refused() -> None:
    """Count that models were not taken up."""
    _counter(*MODEL_SWAPS).labels("refused").inc()


def refusing(now: bool) -> None:
    """Tell whether the registry names models that are not in service because they could not be taken up."""
    _gauge("bonafide_models_refused", "1 while newer models cannot be taken up").set(float(now))


def shadowed(outcome: str, creators: int) -> None:
    """Count creators that the challenger scored, that it was not asked about for want of time, or failed at."""
    _counter("bonafide_shadow_creators", "Creators of live traffic, by what became of them", "outcome").labels(
        outcome
    ).inc(creators)


def answered(reports: Iterable[Report]) -> None:
    """Count creators by their band; those that there was too little data on as `none`."""
    for band, creators in Counted(one.band or "none" for one in reports).items():
        _counter("bonafide_creators", "Creators scored, by band", "band").labels(band).inc(creators)


def jobs(states: Mapping[str, int]) -> None:
    """Tell how many jobs there are in each state."""
    for state, count in states.items():
        _gauge("bonafide_jobs", "Jobs that are kept, by state", ("state",)).labels(state).set(count)


def turned_away(status: int) -> None:
    """Count a request that was refused before it reached an endpoint."""
    _counter("bonafide_turned_away", "Requests refused at the door", "status").labels(str(status)).inc()


def drifted(one: Shift) -> None:
    """Tell how far a number has moved from the training, what chance gives, and whether that is over a limit."""
    if one.psi is not None and one.psi_chance is not None:
        _gauge("bonafide_drift_psi", "Population stability index of the last answers", ("number",)).labels(
            one.name
        ).set(one.psi)
        _gauge("bonafide_drift_psi_chance", "What chance alone stays below", ("number",)).labels(one.name).set(
            one.psi_chance
        )
    _gauge(*DRIFT_OVER).labels(one.name).set(float(bool(one.over())))


def forgotten(names: Iterable[str]) -> None:
    """Tell that nothing is known of these numbers any more: another model is in service, which may not have them."""
    for name in names:
        _gauge(*DRIFT_OVER).labels(name).set(0.0)


def _versions(loaded: Loaded) -> dict[str, str]:
    found = {FRAUD: loaded.fraud.contract.version}
    return found if loaded.fit is None else found | {FIT: loaded.fit.contract.version}


# BentoML tells the library late where processes share their figures, so nothing is imported or made before it is used;
# and two requests may be the first to use it.

_MAKING = Lock()


def _gauge(name: str, told: str, labels: tuple[str, ...] = ()) -> Gauge:
    with _MAKING:
        return _made_gauge(name, told, labels)


def _counter(name: str, told: str, label: str) -> Counter:
    with _MAKING:
        return _made_counter(name, told, label)


@cache
def _made_gauge(name: str, told: str, labels: tuple[str, ...]) -> Gauge:
    from prometheus_client import Gauge

    return Gauge(name, told, labels, multiprocess_mode="livemax")


@cache
def _made_counter(name: str, told: str, label: str) -> Counter:
    from prometheus_client import Counter

    return Counter(name, told, (label,))
