"""What a process may use, and what it used."""

from __future__ import annotations

import resource
from pathlib import Path


def resident_bytes() -> int:
    """Memory of this process at this moment."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


def cpu_s() -> float:
    """Processor time this process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
