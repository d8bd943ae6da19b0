"""What the service counts beside what BentoML counts, for Prometheus at `/metrics`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from models.registry import FIT, FRAUD

if TYPE_CHECKING:
    from prometheus_client import Counter, Gauge

    from serving.loaded import Loaded


def in_service(loaded: Loaded) -> None:
    """Tell which models a process answers with."""
    for name, version in _versions(loaded).items():
        _gauge("bonafide_model_info", "1 for the versions in service", ("model", "version")).labels(name, version).set(
            1
        )


def swapped(before: Loaded, after: Loaded) -> None:
    """Tell that others took their place."""
    gauge = _gauge("bonafide_model_info", "1 for the versions in service", ("model", "version"))
    for name, version in _versions(before).items():
        gauge.labels(name, version).set(0)
    in_service(after)
    _swaps().labels("taken_up").inc()


def refused() -> None:
    """Count that models were not taken up."""
    _swaps().labels("refused").inc()


def refusing(now: bool) -> None:
    """Tell whether the registry names models that are not in service because they could not be taken up."""
    _gauge("bonafide_models_refused", "1 while newer models cannot be taken up").set(float(now))


def _versions(loaded: Loaded) -> dict[str, str]:
    found = {FRAUD: loaded.fraud.contract.version}
    return found if loaded.fit is None else found | {FIT: loaded.fit.contract.version}


# BentoML tells the library late where processes share their figures, so nothing is imported or made before it is used.


@cache
def _gauge(name: str, told: str, labels: tuple[str, ...] = ()) -> Gauge:
    from prometheus_client import Gauge

    return Gauge(name, told, labels, multiprocess_mode="livemax")


@cache
def _swaps() -> Counter:
    from prometheus_client import Counter

    return Counter("bonafide_model_swaps", "Models that came into service, or could not", ("outcome",))
