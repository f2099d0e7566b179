"""Run folders, corpora and baselines at a URL: any address that fsspec knows, such as `s3://bucket/nightly`.

Object stores know no appending and no locks, so a folder at a URL has a mirror on this machine: it is pulled when it
is opened, worked on as any folder, and pushed file by file, each whole. What was not pushed when a process died is
still in the mirror, and is pushed by the next one that opens it here. Recordings are not mirrored: each is fetched
when it is first read, into a cache of a bounded size. Credentials are the library's own business (of S3:
`AWS_ACCESS_KEY_ID` ...).
"""

from __future__ import annotations

import errno
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from bench.addresses import address_of, cache_folder, is_url, mirror, path_of, url
from bench.errors import MissingExtraError, Problem, StorageError, UsageError
from bench.files import one_at_a_time, written_whole

_HERE: Final = {
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EMFILE, errno.ENFILE),
    *(errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG),
}
"""What a disk of this machine says, and no store."""
_RECORD = ".remote.json"
_LEASE = ".lease.json"
_LAST = ("sealed.json", "trials.jsonl")
"""Names of files that say that others are complete: pushed after them."""
_PUSH_S = 5.0
"""How often a run that goes on is pushed: what the loss of a machine may take."""
_LEASE_S = 60.0
_SETTLE_S = 0.5
"""After which a new lease is looked at again: of two who took it at once, the later one has it."""
_TRIES = 5


def local(address: str | Path) -> Path:
    """A path as it is (`path_of`); of a URL its mirror, with what is there now: a file, or a folder and all below it.

    Raises:
        StorageError: if the store cannot be reached, or refuses.
        MissingExtraError: if no library for such addresses is installed.
        UsageError: as of `mirror`.
    """
    if not is_url(address):
        return path_of(address)
    path = mirror(address)
    _Remote(url(address)).pull(path)
    return path


def refresh(path: Path, *, skip: Callable[[str], bool] = lambda name: False) -> None:
    """Pull what other machines have pushed since into a mirror; nothing, if it is none. `skip`: names to leave."""
    address = address_of(path)
    if address is not None:
        _Remote(address).pull(path, skip)


def publish(path: Path) -> None:
    """Push what has changed in a mirror since it was pulled or pushed; nothing, if it is none.

    Raises:
        StorageError: if the store cannot be reached; everything is still in the mirror.
    """
    address = address_of(path)
    if address is not None and path.exists():
        _Remote(address).push(path)


def fetch(address: str, file: Path) -> None:
    """One object into a file.

    Raises:
        StorageError: if it cannot be fetched.
    """
    _Remote(address).fetch(file)


@contextmanager
def publishing(path: Path, *, alone: bool = True) -> Iterator[None]:
    """Push a mirror while it is worked on, and when that ends, however it does; nothing, if it is none.

    Args:
        path: of the mirror; if no other machine may work on it, it is what was there last when the block begins.
        alone: whether no other machine may work on it.

    Raises:
        UsageError: on entering, if another machine works on it; on leaving, if another one took it over while the
            store could not be reached.
        StorageError: on entering or leaving, if the store cannot be reached; everything is still in the mirror.
    """
    address = address_of(path)
    if address is None:
        yield
        return
    remote, ended = _Remote(address), threading.Event()
    if alone:
        remote.lease(path, is_new=True)
        remote.pull(path)  # what another one left since this was opened
    remote.push(path)  # other machines begin with what is there now
    pushing = _Pushing(remote, path, ended, alone)
    pushing.start()
    try:
        yield
    finally:
        ended.set()
        pushing.join()
        if pushing.taken_over is not None:
            raise pushing.taken_over
        if alone:
            remote.lease(path)
        remote.push(path)
        if alone:
            remote.release(path)


class _Pushing(threading.Thread):
    """Pushes a mirror every `_PUSH_S`, and renews its lease, until that ends or another machine has it."""

    taken_over: UsageError | None = None

    def __init__(self, remote: _Remote, path: Path, ended: threading.Event, alone: bool) -> None:
        super().__init__(name="publishing", daemon=True)
        self._remote, self._path, self._ended, self._alone = remote, path, ended, alone

    def run(self) -> None:
        while not self._ended.wait(_PUSH_S):
            try:
                if self._alone:
                    self._remote.lease(self._path, tries=1)
                self._remote.push(self._path, tries=1)
            except UsageError as error:
                self.taken_over = error
                return  # what was answered here goes up when the run is opened here again
            except StorageError:
                continue  # the mirror has it all; the last push says so if the store does not come back


@contextmanager
def _alone_with(path: Path) -> Iterator[None]:
    """Threads and processes of this machine share the mirror of a bucket, and what is known of it."""
    scheme, bucket, *_ = path.relative_to(cache_folder() / "mirrors").parts
    lock_path = cache_folder() / "mirrors" / scheme / f".{bucket}.syncing"
    lock_path.parent.mkdir(parents=True, exist_ok=True)
    with one_at_a_time(lock_path):
        yield


@dataclass(frozen=True, slots=True)
class _Remote:
    """What is at one URL."""

    address: str

    # -- what is there ------------------------------------------------------------------------

    def _names(self, store: Any, root: str) -> dict[str, str]:
        """Of each object at or below the address a token that changes with its content."""
        objects = store.find(root, detail=True)
        return {
            name[len(root) :].lstrip("/"): _token(about)
            for name, about in objects.items()
            if about.get("type") != "directory" and (name == root or name.startswith(f"{root}/"))
        }

    def pull(self, path: Path, skip: Callable[[str], bool] = lambda name: False) -> None:
        """Make the mirror what is at the address, but for what was changed here and is not pushed yet.

        A file that is gone from the mirror is pulled again: whoever cleans a cache does not mean to delete a run.
        """

        def do(store: Any, root: str) -> None:
            store.invalidate_cache()
            there, record = self._names(store, root), _Record(path)
            for name, token in there.items():
                known, file = record[name], path / name if name else path
                if skip(name) or name == _LEASE:
                    continue
                if known and file.exists() and (known[0] == token or _state(file) != known[1]):
                    continue  # the same, or changed here
                source = f"{root}/{name}" if name else root
                if not known and file.is_file() and _continues(file, store.cat_file(source)):
                    continue  # pushed, and killed before it was noted: there may be more here by now
                self._download(store, source, file)
                record[name] = (token, _state(file))
            for name in [name for name in record.names() if name not in there and not skip(name)]:
                known, file = record[name], path / name if name else path
                if known and file.exists() and _state(file) == known[1]:
                    file.unlink()
                record[name] = None

        with self._noting(path):
            self._tried(do)

    def fetch(self, path: Path) -> None:
        """One object into a file."""

        def do(store: Any, root: str) -> None:
            self._download(store, root, path)

        self._tried(do)

    def push(self, path: Path, tries: int = _TRIES) -> None:
        """Put every file that has changed, each whole; then drop what is no more here."""

        def do(store: Any, root: str) -> None:
            record, here = _Record(path), _files(path)
            for name in sorted(here, key=lambda name: (Path(name).name in _LAST, name)):
                try:
                    state, known = _state(here[name]), record[name]
                    if known and known[1] == state:
                        continue
                    target = f"{root}/{name}" if name else root
                    store.put_file(str(here[name]), target)
                except FileNotFoundError:
                    if here[name].exists():
                        raise
                    continue  # removed since it was listed; the next push sees to it
                store.invalidate_cache()
                record[name] = (_token(store.info(target)), state)
            for name in [name for name in record.names() if name not in here]:
                target = f"{root}/{name}" if name else root
                if store.exists(target):
                    store.rm_file(target)
                record[name] = None

        with self._noting(path):
            self._tried(do, tries)

    @contextmanager
    def _noting(self, path: Path) -> Iterator[None]:
        """Alone with the mirror and its record; a disk of this machine that takes no more says so.

        Raises:
            StorageError: if it does.
        """
        try:
            with _alone_with(path):
                yield
        except OSError as error:
            raise StorageError(
                Problem(
                    str(error.filename or path),
                    f"to keep here what is at {self.address}",
                    str(error.strerror or error),
                    "make room, or let EARWITNESS_CACHE name another folder; nothing is lost; go on with --resume",
                )
            ) from error

    def _download(self, store: Any, source: str, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(file) as partial:
            store.get_file(source, str(partial))

    # -- who works on it ----------------------------------------------------------------------

    def lease(self, path: Path, *, is_new: bool = False, tries: int = _TRIES) -> None:
        """Say that this machine works on it. `is_new`: it did not say so before.

        Raises:
            UsageError: if another one does.
        """
        own = _holder(path)

        def do(store: Any, root: str) -> None:
            target = f"{root}/{_LEASE}"
            self._check_lease(store, target, own)
            store.pipe_file(target, json.dumps({"holder": own, "until": _now() + _LEASE_S}).encode())
            if is_new:
                time.sleep(_SETTLE_S)
                self._check_lease(store, target, own)

        self._tried(do, tries)

    def _check_lease(self, store: Any, target: str, own: str) -> None:
        said = _lease(store, target)
        if said is None or said["holder"] == own or said["until"] <= _now():
            return
        raise UsageError(
            Problem(
                self.address,
                "a run that nobody works on",
                f"one that {said['holder']} works on",
                f"wait for it ({said['until'] - _now():.0f} s, if it is gone), or choose another --out",
            )
        )

    def release(self, path: Path) -> None:
        """Say that it no longer does."""

        def do(store: Any, root: str) -> None:
            said = _lease(store, f"{root}/{_LEASE}")
            if said is not None and said["holder"] == _holder(path):
                store.rm_file(f"{root}/{_LEASE}")

        self._tried(do)

    def _tried(self, do: Callable[[Any, str], None], tries: int = _TRIES) -> None:
        """Call the store, again where it cannot be reached.

        Raises:
            StorageError: with what it said last.
        """
        for attempt in range(1, tries + 1):
            try:
                store, root = _store(self.address)
                return do(store, root)
            except _unreachable() as error:
                if isinstance(error, OSError) and error.errno in _HERE:
                    raise
                if attempt == tries or isinstance(error, PermissionError | FileNotFoundError):
                    about = "name" if isinstance(error, FileNotFoundError) else "network and the credentials"
                    raise StorageError(
                        Problem(
                            self.address,
                            "to reach it",
                            f"{type(error).__name__}: {error}",
                            f"see to the {about}; nothing is lost: {cache_folder()} has it all",
                        )
                    ) from error
                time.sleep(min(0.2 * 2**attempt, 5.0))


def _store(address: str) -> tuple[Any, str]:
    """The file system of fsspec for an address, and the address as that writes it."""
    try:
        opened = import_module("fsspec").core.url_to_fs(address)
    except ImportError as error:
        raise MissingExtraError(f"{address.partition(':')[0]}:// addresses ({error})", "cloud") from error
    except ValueError as error:
        raise UsageError(Problem(address, "an address that fsspec knows", str(error))) from error
    return opened[0], str(opened[1])


def _unreachable() -> tuple[type[Exception], ...]:
    """What a store's library raises."""
    try:
        errors = import_module("botocore.exceptions")
    except ImportError:
        return (OSError,)
    return OSError, errors.BotoCoreError, errors.ClientError


def _token(about: Mapping[str, Any]) -> str:
    said = about.get("ETag") or about.get("etag") or about.get("mtime") or about.get("created")
    return f"{about.get('size')} {said}"


def _lease(store: Any, target: str) -> dict[str, Any] | None:
    """Who works on it, and until when; `None`: nobody, or a lease that cannot be read."""
    store.invalidate_cache()
    try:
        said = json.loads(store.cat_file(target)) if store.exists(target) else None
    except (FileNotFoundError, ValueError):  # released since, or written by something else
        return None
    is_lease = isinstance(said, dict) and isinstance(said.get("until"), int | float) and "holder" in said
    return said if is_lease else None


def _continues(file: Path, beginning: bytes) -> bool:
    with file.open("rb") as opened:
        return opened.read(len(beginning)) == beginning


def _now() -> float:
    """Seconds that machines agree on, more or less."""
    return datetime.now(UTC).timestamp()


def _holder(path: Path) -> str:
    return f"{os.uname().nodename}:{path}"


def _files(path: Path) -> dict[str, Path]:
    """What is pushed: everything but what is made for a while (`scratch`, and names that begin with a dot)."""
    if path.is_file():
        return {"": path}
    files = {file.relative_to(path): file for file in sorted(path.rglob("*")) if file.is_file()}
    return {
        name.as_posix(): file
        for name, file in files.items()
        if name.parts[0] != "scratch" and not any(part.startswith(".") for part in name.parts)
    }


def _state(file: Path) -> str:
    about = file.stat()
    return f"{about.st_size} {about.st_mtime_ns}"


class _Record:
    """What was pulled or pushed: of each file the token there and the state here. Each folder of a mirror keeps its
    own, so that an address and those below it (all runs, and one of them) know the same.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._of_folders: dict[Path, dict[str, tuple[str, str]]] = {}

    def __getitem__(self, name: str) -> tuple[str, str] | None:
        folder, key = self._place(name)
        return self._of(folder).get(key)

    def __setitem__(self, name: str, known: tuple[str, str] | None) -> None:
        """Kept at once; `None`: nothing is known any more."""
        folder, key = self._place(name)
        entries = self._of(folder)
        if known is not None:
            entries[key] = known
        elif entries.pop(key, None) is None:
            return
        if folder.is_dir():
            with written_whole(folder / _RECORD) as partial:
                partial.write_text(json.dumps(entries))

    def names(self) -> list[str]:
        """Of all files that were there when this was last looked at."""
        if not self._path.is_dir():
            return [""] if self[""] else []
        folders = sorted({*(file.parent for file in self._path.rglob(_RECORD)), *self._of_folders})
        below = [folder for folder in folders if folder.is_relative_to(self._path)]
        return [(folder / key).relative_to(self._path).as_posix() for folder in below for key in self._of(folder)]

    def _place(self, name: str) -> tuple[Path, str]:
        file = self._path / name if name else self._path
        return file.parent, file.name

    def _of(self, folder: Path) -> dict[str, tuple[str, str]]:
        if folder not in self._of_folders:
            try:
                read = json.loads((folder / _RECORD).read_text())
                self._of_folders[folder] = {name: (there, here) for name, (there, here) in read.items()}
            except (OSError, ValueError, TypeError, AttributeError):
                self._of_folders[folder] = {}
        return self._of_folders[folder]
