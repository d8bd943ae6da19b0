"""Records in, one row of named signals a creator out. Knows nothing of models."""

from features.build import anomalies, build, evidence, prepare, signals, signals_of_posts
from features.catalogue import SIGNAL_NAMES, SIGNALS
from features.context import Context
from features.evaluated import COVERAGE, IDENTITY, Rows
from features.signal import Family, Signal

__all__ = [
    "COVERAGE",
    "IDENTITY",
    "SIGNALS",
    "SIGNAL_NAMES",
    "Context",
    "Family",
    "Rows",
    "Signal",
    "anomalies",
    "build",
    "evidence",
    "prepare",
    "signals",
    "signals_of_posts",
]
