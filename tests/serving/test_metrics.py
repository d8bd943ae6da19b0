from __future__ import annotations

import subprocess
import sys

FIRST_AT_ONCE = """
import sys, threading
from serving import metrics

sys.setswitchinterval(1e-6)
together, failed = threading.Barrier(8), []

def count():
    together.wait()
    try:
        metrics.turned_away(503)
        metrics.refusing(True)
    except Exception as error:
        failed.append(type(error).__name__)

threads = [threading.Thread(target=count) for _ in range(8)]
for one in threads: one.start()
for one in threads: one.join()

from prometheus_client import REGISTRY
print(failed, REGISTRY.get_sample_value("bonafide_turned_away_total", {"status": "503"}))
"""


def test_the_first_who_count_at_once_are_all_counted() -> None:
    done = subprocess.run([sys.executable, "-c", FIRST_AT_ONCE], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] 8.0"
