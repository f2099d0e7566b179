"""Where runs lie that were given no place of their own: `reports/NAME-TIME`, the time in UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from bench.errors import Problem, RunFolderError
from bench.files import REPORTS_ROOT

_TIME = f"{'[0-9]' * 8}T{'[0-9]' * 6}Z"
"""What the times in names of folders look like, as a glob pattern."""


def new_path(name: str) -> Path:
    """A folder for a run of this name that begins now."""
    return REPORTS_ROOT / f"{name}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"


def newest(name: str, *, marker: str, what: str) -> Path:
    """The latest folder of a name, in which `marker` is.

    Raises:
        RunFolderError: if there is none; `what` says what was looked for.
    """
    folders = sorted(path.parent for path in REPORTS_ROOT.glob(f"{name}-{_TIME}/{marker}"))
    if not folders:
        raise RunFolderError(Problem(f"{REPORTS_ROOT}/{name}-*", f"{what} to resume", "none", "run without --resume"))
    return folders[-1]
