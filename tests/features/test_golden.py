"""Golden rows: the signals of a few creators, which must never change by accident.

After a change on purpose: `python tests/golden/make.py`, and say in the changelog what moved and why.
"""

from __future__ import annotations

import json

from tests.golden import make


def test_the_golden_creators_have_the_golden_signals_to_the_last_bit() -> None:
    golden = json.loads(make.SIGNALS.read_text(encoding="utf-8"))
    assert make.rows() == golden


def test_the_golden_creators_cover_most_signals() -> None:
    golden = json.loads(make.SIGNALS.read_text(encoding="utf-8"))
    known = {name for row in golden for name, value in row.items() if value is not None}
    assert len(known) > 0.85 * len(golden[0])  # the others need a corpus
