"""Shards: append-only files of JSON lines, one after the other per writer.

A line of a shard is one Result, handed to the operating system in one write: it survives a kill of this process. It
survives a loss of power once it is synced, which happens in groups: at most `SYNC_S` later. A kill can tear only the
last line of a shard; a torn line is not read, and no later writer appends to that shard. Results are merged by trial
id (bench.store.index).
"""

from __future__ import annotations

import os
import threading
from collections import deque
from pathlib import Path

from bench.errors import Problem, StorageError
from bench.store.lines import read_lines
from bench.store.storable import kept
from bench.store.strict import adapter, decoder
from bench.types import Failure, FailureKind, MachineLook, Result

SYNC_S = 1.0
"""What a loss of power may take: the answers of so many seconds. They are asked again by --resume."""
PIECE_BYTES = 2_000_000
"""Of a file, after which a new one is begun: a folder at a URL is pushed file by file, and so pushes each byte once but
for those of the last pieces."""


def looks(folder: Path) -> list[MachineLook]:
    """All looks at the machine, file by file.

    Raises:
        RunFolderError: if a complete line is none.
    """
    decode = decoder(MachineLook)
    return [look for shard in sorted(folder.glob("*.jsonl")) for look in read_lines(shard, "look", decode)]


class Shard:
    """A new file that lines are appended to, each whole or not at all; of many lines, several. Not for sharing between
    threads.
    """

    def __init__(self, folder: Path, suffix: str = "jsonl") -> None:
        self._folder, self._suffix = folder, suffix
        self._path, self._file = _new_file(folder, suffix)
        self._length = 0
        self._full: deque[int] = deque()
        """Files that are only to be synced and closed."""
        self._failed: OSError | None = None
        self._unsynced, self._closing = threading.Event(), threading.Event()
        self._syncing = threading.Thread(target=self._sync_often, name="sync", daemon=True)
        self._syncing.start()

    def append(self, line: bytes) -> None:
        """Hand one line to the operating system.

        Raises:
            StorageError: if there is no room for it, or the file cannot be written; nothing of the line stays.
        """
        if self._length >= PIECE_BYTES:
            self._begin_another()
        written = 0
        try:
            if self._failed is not None:
                raise self._failed
            while written < len(line):
                written += os.write(self._file, line[written:])
        except OSError as error:
            if written:
                os.ftruncate(self._file, self._length)
            raise _cannot_write(self._path, error) from error
        self._length += len(line)
        self._unsynced.set()

    def _begin_another(self) -> None:
        try:
            path, file = _new_file(self._folder, self._suffix)
        except StorageError:
            return  # the one there is can still be written to
        full, self._path, self._file, self._length = self._file, path, file, 0
        self._full.append(full)  # now alone, for the thread that syncs may close it at once

    def close(self) -> None:
        """Sync and close. Idempotent.

        Raises:
            StorageError: if what was appended cannot be synced.
        """
        if self._file < 0:
            return
        self._closing.set()
        self._unsynced.set()
        self._syncing.join()
        self._sync()
        os.close(self._file)
        self._file = -1
        if self._failed is not None:
            raise _cannot_write(self._path, self._failed)

    def _sync_often(self) -> None:
        """In a thread of its own, for a disk may take long: once in `SYNC_S`, if there is something to sync."""
        while not self._closing.is_set():
            self._unsynced.wait()
            self._closing.wait(SYNC_S)
            self._unsynced.clear()
            self._sync()

    def _sync(self) -> None:
        try:
            while self._full:
                os.fsync(self._full[0])
                os.close(self._full.popleft())
            os.fsync(self._file)
        except OSError as error:
            self._failed = error


def _cannot_write(path: Path, error: OSError) -> StorageError:
    return StorageError(
        Problem(
            str(path),
            "to write results",
            str(error.strerror),
            "everything answered before is kept; make room or see to the disk, then go on with --resume",
        )
    )


def _new_file(folder: Path, suffix: str) -> tuple[Path, int]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        number = len(list(folder.glob(f"*.{suffix}")))
        while True:
            # Nodes of a cluster push to one address, and in containers their processes are numbered alike.
            path = folder / f"{number:04d}-{os.getpid()}-{os.urandom(4).hex()}.{suffix}"
            try:
                return path, os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
            except FileExistsError:
                number += 1
    except OSError as error:
        raise _cannot_write(folder, error) from error


class ResultWriter:
    """Appends results to one new shard. Not for sharing between threads."""

    def __init__(self, folder: Path) -> None:
        kept(_EXAMPLE)  # imports all it needs: later there may be no file descriptor left to import with
        self._shard = Shard(folder)

    def append(self, result: Result) -> Result:
        """Append it as it can be stored, and return that: bounded, without keys, or a Failure.

        Raises:
            StorageError: if there is no room for it.
        """
        stored, line = kept(result)
        self._shard.append(line)
        return stored

    def close(self) -> None:
        """Sync and close."""
        self._shard.close()


_EXAMPLE = Result(
    trial_id="", outcome=Failure(kind=FailureKind.AUDIO, message="\ud800"), attempts=0, started_at="1970-01-01"
)


class LookWriter:
    """Appends looks at the machine to one new file."""

    def __init__(self, folder: Path) -> None:
        self._shard = Shard(folder)

    def append(self, look: MachineLook) -> None:
        """Append one line."""
        self._shard.append(adapter(MachineLook).dump_json(look) + b"\n")

    def close(self) -> None:
        """Sync and close."""
        self._shard.close()
