"""What the numbers of a run were made with and on."""

from __future__ import annotations

import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from bench import __version__, machine
from bench.store.spec import Environment, Machine


def environment() -> Environment:
    """What the numbers were made with and on."""
    commit, dirty = _revision()
    packages = ("httpx", "websockets", "numpy", "scipy", "soxr", "rapidfuzz", "regex", "uvloop")
    return Environment(
        earwitness=__version__,
        commit=commit,
        dirty=dirty,
        python=platform.python_version(),
        platform=platform.platform(),
        machine=Machine(**machine.describe()),
        calibration=machine.latest(),
        packages={name: _version(name) for name in packages},
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        argv=tuple(sys.argv[1:]),
    )


def scoring_versions() -> dict[str, str | None]:
    """What the numbers of a run may hang on to the last bit."""
    packages = ("numpy", "scipy", "rapidfuzz", "regex", "pyarrow", "jiwer")
    own = {"earwitness": __version__, "python": platform.python_version()}
    return {**own, **{name: _version(name) for name in packages}}


def _revision() -> tuple[str | None, bool | None]:
    root = Path(__file__).parents[2]
    if not (root / ".git").exists():
        return None, None
    try:
        commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, check=True)
        status = subprocess.run(["git", "status", "--porcelain"], cwd=root, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None, None
    return commit.stdout.strip(), bool(status.stdout.strip())


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
