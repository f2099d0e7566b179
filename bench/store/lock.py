"""One process at a time works on a run folder: a lock that the system takes away from a process that is gone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import local

from bench.errors import Problem, RunFolderError, StorageError

_NAME = ".lock"
_held = local()
"""Folders that this thread holds: what it does while it holds one may ask for it again."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder, which is made if it is missing; nothing is left to clean up after a crash.

    Within the block the same thread may hold it again.

    Raises:
        RunFolderError: if another process holds it.
        StorageError: if the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = os.open(folder / _NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        got = "a file" if isinstance(error, FileExistsError) else str(error.strerror)
        raise StorageError(Problem(str(folder), "a folder that can be written", got)) from error
    held: set[Path] = _held.__dict__.setdefault("folders", set())
    try:
        if folder in held:
            yield
            return
        _take(file, folder)
        held.add(folder)
        try:
            yield
        finally:
            held.remove(folder)
    finally:
        os.close(file)


def _take(file: int, folder: Path) -> None:
    try:
        import fcntl
    except ImportError:  # no such locks on this system
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.read(file, 20).decode("ascii", "replace").strip() or "another"
        raise RunFolderError(
            Problem(
                str(folder),
                "a run that nobody works on",
                f"one that process {holder} works on",
                "wait for it, or choose another --out",
            )
        ) from error
    except OSError:  # a file system without locks
        return
    os.ftruncate(file, 0)
    os.write(file, f"{os.getpid()}\n".encode())
