"""Records in, one row of named signals a creator out. Knows nothing of models."""

from features.build import COVERAGE, IDENTITY, anomalies, build, evidence
from features.catalogue import SIGNAL_NAMES, SIGNALS, signal_named
from features.context import Context
from features.signal import Family, Signal

__all__ = [
    "COVERAGE",
    "IDENTITY",
    "SIGNALS",
    "SIGNAL_NAMES",
    "Context",
    "Family",
    "Signal",
    "anomalies",
    "build",
    "evidence",
    "signal_named",
]
