"""What numbers depend on in the machine at hand."""

from __future__ import annotations

import gc
import hashlib
import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

_OPEN_FILES = 10_240
"""What macOS allows at most, whatever it says."""


def describe() -> dict[str, Any]:
    """Processors and memory; `None` where the system does not say."""
    return {"cpus": os.cpu_count(), "cpu": _cpu_model(), "memory_gb": _memory_gb()}


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def _memory_gb() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1)
    except (ValueError, OSError, AttributeError):
        return None


def raise_open_files() -> None:
    """Allow this process as many sockets as the system lets it have: the default of 1,024 is 1,000 streams."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for wanted in (hard, _OPEN_FILES):
        if soft in {wanted, resource.RLIM_INFINITY}:
            return
        with suppress(ValueError, OSError):  # macOS says "unlimited", and refuses it
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            return


_ALLOCATIONS = 200_000
"""Values made between two looks for circles of them; Python's own 700 are a fifth of the time that scoring takes."""


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """Look seldom for values that hold each other in a circle: millions of trials are made, and none is in one."""
    before = gc.get_threshold()
    gc.set_threshold(max(before[0], _ALLOCATIONS) if before[0] else 0, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def cache_path() -> Path:
    """Where this machine's latest calibration lies. A home folder may be shared, so the name holds the machine."""
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    identity = json.dumps([platform.node(), describe()], sort_keys=True)
    return root / "earwitness" / f"calibration-{hashlib.sha256(identity.encode()).hexdigest()[:12]}.json"


def latest() -> dict[str, Any] | None:
    """The machine's latest calibration as stored; `None` where there is none, or none that can be read."""
    try:
        stored: dict[str, Any] = json.loads(cache_path().read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError):
        return None
    return stored
