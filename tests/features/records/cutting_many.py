"""Cut a small corpus, then a large one, and say by how many bytes this process was larger at the most meanwhile."""

from __future__ import annotations

import sys
from pathlib import Path

from features.records import cutting, sources
from features.records.cutting import cut
from features.records.sizes import Size

SIZE = Size(creators=1_000, rows=1_000_000, text=100_000_000)


def bytes_of(what: str) -> int:
    """Memory of this process, as the kernel counts it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1_000 * int(line.split()[1]) for line in lines if line.startswith(f"{what}:"))


if __name__ == "__main__":
    cutting.BATCH_ROWS = sources.BATCH_ROWS = 8_192  # little beside what is held of all creators
    small, large, parts = map(Path, sys.argv[1:])
    cut(small, parts, SIZE)
    before = bytes_of("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak is that from now on
    cut(large, parts, SIZE)
    sys.stdout.write(f"{bytes_of('VmHWM') - before}\n")
