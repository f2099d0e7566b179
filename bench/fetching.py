"""Recordings at a URL: each is fetched when it is first read, into a cache of a bounded size that processes share."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bench.addresses import address_of, cache_folder
from bench.errors import Problem, UsageError
from bench.remote import fetch

_CACHE_GB: Final = 10.0
_IN_USE_S = 120.0
"""What was asked for so lately may not have been read yet: it stays, however small the cache is."""


def fetched(path: Path) -> Path:
    """A path as it is; of a recording in a mirror, its copy in the cache, fetched if it is not there.

    Raises:
        StorageError: if it cannot be fetched.
    """
    address = None if path.exists() else address_of(path)
    if address is None:
        return path
    copy = _copy(address)
    try:
        os.utime(copy)
    except FileNotFoundError:
        fetch(address, copy)
        _bound(copy.parent)
    return copy


def forget(copy: Path) -> None:
    """Drop a fetched copy that turned out to be of another recording: when it is asked for again, it is fetched."""
    if copy.is_relative_to(cache_folder() / "recordings"):
        copy.unlink(missing_ok=True)


def _copy(address: str) -> Path:
    name = hashlib.sha256(address.encode()).hexdigest()
    return cache_folder() / "recordings" / f"{name}{Path(address).suffix}"


def _bound(folder: Path) -> None:
    """Drop the recordings that were not used for longest, beyond `EARWITNESS_CACHE_GB`."""
    room, known = _room_bytes(), list[tuple[float, int, Path]]()
    for file in folder.iterdir():
        with suppress(FileNotFoundError):  # dropped by another process
            if not file.name.startswith("."):  # those are on their way
                known.append((file.stat().st_mtime, file.stat().st_size, file))
    used, now = sum(size for _, size, _ in known), datetime.now(UTC).timestamp()
    for used_at, size, file in sorted(known):
        if used <= room or used_at > now - _IN_USE_S:
            return
        file.unlink(missing_ok=True)
        used -= size


def _room_bytes() -> float:
    given = os.environ.get("EARWITNESS_CACHE_GB", str(_CACHE_GB))
    try:
        room = float(given)
    except ValueError:
        room = -1.0
    if not room >= 0:
        raise UsageError(Problem("EARWITNESS_CACHE_GB", "a number of gigabytes, such as 10", repr(given)))
    return room * 1e9
