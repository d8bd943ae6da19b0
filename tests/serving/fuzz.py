"""The service against its own OpenAPI document: Schemathesis with all of its checks.

Starts a service with small models and an index, and sends what the document allows, what it forbids, and sequences of
requests that its links connect. Exits with Schemathesis' own code: 0 where it found nothing.

    python -m tests.serving.fuzz [--examples 300] [--seed 7]        some 5,000 cases
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import schemathesis
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from features.records import check, times

if TYPE_CHECKING:
    from collections.abc import Sequence

    from serving.champions.loaded import Loaded

REPOSITORY = Path(__file__).resolve().parents[2]
PHASES = ("examples", "coverage", "fuzzing", "stateful")
REPLACED = "positive_data_acceptance,negative_data_rejection"
RULES = frozenset(
    {
        check.DUPLICATE,
        times.FUTURE,
        times.TOO_EARLY,
        f"{times.FUTURE.capitalize()}.",
        f"{times.TOO_EARLY.capitalize()}.",
        "Is below min_followers.",
        "The body is not a Parquet file.",
        "at least one of relevance, authenticity and reach must be above 0",  # of a brief, and of the request
        "weights: at least one of relevance, authenticity and reach must be above 0.",
    }
)
"""What a record or request can break that JSON Schema has no words for."""


@schemathesis.check
def what_the_schema_allows_is_taken(
    context: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case
) -> bool | None:
    """Unless every fault that the answer names is one that no schema can tell."""
    if response.status_code == 400 and case.operation.body:
        told = response.json()
        if RULES.issuperset([fault["detail"] for fault in told["errors"]] or [told["detail"]]):
            return None
    return positive_data_acceptance(context, response, case)


@schemathesis.check
def what_the_schema_forbids_is_refused(
    context: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case
) -> bool | None:
    """Unless it is the text of a job's records: it is looked at later, and told at the job's `/errors`."""
    wrong = [place for place, found in case.meta.components.items() if found.mode.is_negative] if case.meta else []
    if case.operation.label == "POST /v1/jobs" and wrong == [ParameterLocation.BODY]:
        return None
    return negative_data_rejection(context, response, case)


@schemathesis.serializer("application/x-ndjson", "application/vnd.apache.parquet")
def as_it_is(_context: schemathesis.SerializationContext, value: object) -> bytes:
    """Bodies that are no JSON are sent as they were made."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


def fuzz(
    address: str, examples: int, seed: int, phases: Sequence[str] = PHASES, folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run Schemathesis against the service at that address; everything it tells is in the output."""
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{address}/docs.json", "--checks", "all"),
        *("--exclude-checks", REPLACED),
        *("--max-examples", str(examples), "--seed", str(seed), "--phases", ",".join(phases)),
        *("--generation-database", "none", "--request-timeout", "300", "--continue-on-failure", "--no-color"),
    ]
    environment = os.environ | {"SCHEMATHESIS_HOOKS": "tests.serving.fuzz", "PYTHONPATH": str(REPOSITORY)}
    return subprocess.run(
        command, cwd=folder or REPOSITORY, env=environment, capture_output=True, text=True, check=False
    )


def models(folder: Path) -> Loaded:
    """Small models of both kinds, with an index."""
    from models import index
    from serving.champions.loaded import Loaded
    from serving.champions.shelf import Shelf
    from serving.champions.window import Window
    from training.fit import fit_bundle
    from training.fraud import fit_fraud
    from training.simulate import simulate

    corpus = simulate(320, seed=5).tables
    fraud, fit = fit_fraud(corpus, folder / "fraud").bundle, fit_bundle(corpus, folder / "fit").bundle
    index.build(index.pieces(corpus), fit, fraud, folder / "index")
    return Loaded(fraud, fit, Shelf(folder / "index", fit, fraud), Window(fraud))


def main() -> int:
    """Run all phases and print what was found."""
    from tests.serving.test_process import running

    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--examples", type=int, default=300, help="cases of each operation that are made at random")
    options.add_argument("--seed", type=int, default=7)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        loaded = models(Path(scratch))
        with running(Path(scratch, "log.txt"), loaded.environment(), workers=2) as client:
            done = fuzz(str(client.base_url).rstrip("/"), asked.examples, asked.seed, folder=Path(scratch))
    sys.stdout.write(done.stdout + done.stderr)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
