"""Run folders, corpora and baselines at a URL: any address that fsspec knows, such as `s3://bucket/nightly`.

Object stores know no appending and no locks, so a folder at a URL has a mirror on this machine: it is pulled when it
is opened, worked on as any folder, and pushed file by file, each whole. What was not pushed when a process died is
still in the mirror, and is pushed by the next one that opens it here. Recordings are not mirrored: each is fetched
when it is first read, into a cache of a bounded size. Credentials are the library's own business (of S3:
`AWS_ACCESS_KEY_ID` ...).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from bench.errors import MissingExtraError, Problem, StorageError, UsageError
from bench.files import written_whole

_URL = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]+):/{1,2}(?P<rest>[^/].*)", re.DOTALL)
"""One slash is what a `Path` leaves of two."""
_NOT_REMOTE: Final = frozenset({"file", "http", "https", "ws", "wss"})
_RECORD = ".remote.json"
_LEASE = ".lease.json"
_LAST = ("sealed.json", "trials.jsonl")
"""Names of files that say that others are complete: pushed after them."""
_PUSH_S = 5.0
"""How often a run that goes on is pushed: what the loss of a machine may take."""
_LEASE_S = 60.0
_TRIES = 5
_CACHE_GB = 10.0


def is_url(address: str | Path) -> bool:
    """Whether it is at an address that fsspec fetches from."""
    match = _URL.fullmatch(str(address))
    return match is not None and match["scheme"] not in _NOT_REMOTE


def url(address: str | Path) -> str:
    """An address as it is written, whatever a `Path` made of it."""
    match = _URL.fullmatch(str(address))
    if match is None:
        raise ValueError(f"expected an address such as s3://bucket/run, got {address}")
    return f"{match['scheme']}://{match['rest']}".rstrip("/")


def cache_folder() -> Path:
    """Where mirrors and fetched recordings lie: `EARWITNESS_CACHE`, else `~/.cache/earwitness`."""
    given = os.environ.get("EARWITNESS_CACHE")
    return Path(given) if given else Path.home() / ".cache" / "earwitness"


def mirror(address: str | Path) -> Path:
    """Where the copy of what is at a URL lies on this machine, if there is one; looks at nothing.

    Raises:
        UsageError: if the address leads out of where it begins.
    """
    match = _URL.fullmatch(url(address))
    assert match is not None
    parts = [part for part in match["rest"].split("/") if part]
    if any(part in {".", ".."} or "\0" in part for part in parts):
        raise UsageError(Problem(str(address), "an address without . and ..", "one with them", "write it out"))
    return cache_folder().joinpath("mirrors", match["scheme"], *parts)


def address_of(path: Path) -> str | None:
    """The URL that a path is the mirror of; `None`: it is no mirror."""
    root = cache_folder() / "mirrors"
    if not str(path).startswith(f"{root}{os.sep}") or not path.is_absolute():
        return None
    scheme, *parts = path.relative_to(root).parts
    return f"{scheme}://{'/'.join(parts)}" if parts else None


def local(address: str | Path) -> Path:
    """A path as it is; of a URL its mirror, with what is there now: a file, or a folder and all below it.

    Raises:
        StorageError: if the store cannot be reached, or refuses.
        MissingExtraError: if no library for such addresses is installed.
        UsageError: as of `mirror`.
    """
    if not is_url(address):
        return Path(address)
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


def fetched(path: Path) -> Path:
    """A path as it is; of a recording in a mirror, its copy in the cache, fetched if it is not there.

    Raises:
        StorageError: if it cannot be fetched.
    """
    address = None if path.exists() else address_of(path)
    if address is None:
        return path
    copy = _copy(address)
    if copy.is_file():
        os.utime(copy)
    else:
        _Remote(address).fetch(copy)
        _bound(copy.parent, keep=copy)
    return copy


def forget(copy: Path) -> None:
    """Drop a fetched copy that turned out to be of another recording: when it is asked for again, it is fetched."""
    if copy.is_relative_to(cache_folder() / "recordings"):
        copy.unlink(missing_ok=True)


def _copy(address: str) -> Path:
    name = hashlib.sha256(address.encode()).hexdigest()
    return cache_folder() / "recordings" / f"{name}{Path(address).suffix}"


def _bound(folder: Path, keep: Path) -> None:
    """Drop the recordings that were not used for longest, beyond `EARWITNESS_CACHE_GB`."""
    room = float(os.environ.get("EARWITNESS_CACHE_GB", _CACHE_GB)) * 1e9
    known = [(file.stat().st_mtime, file.stat().st_size, file) for file in folder.iterdir() if file.is_file()]
    used = sum(size for _, size, _ in known)
    for _, size, file in sorted(known):
        if used <= room:
            return
        if file != keep:
            file.unlink(missing_ok=True)
            used -= size


@contextmanager
def publishing(path: Path, *, alone: bool = True) -> Iterator[None]:
    """Push a mirror while it is worked on, and when that ends, however it does; nothing, if it is none.

    Args:
        path: of the mirror.
        alone: whether no other machine may work on it.

    Raises:
        UsageError: on entering, if another machine works on it.
        StorageError: on entering or leaving, if the store cannot be reached; everything is still in the mirror.
    """
    address = address_of(path)
    if address is None:
        yield
        return
    remote, ended = _Remote(address), threading.Event()
    if alone:
        remote.lease(path)
    remote.push(path)  # other machines begin with what is there now

    def push_often() -> None:
        while not ended.wait(_PUSH_S):
            try:
                remote.push(path, tries=1)
                if alone:
                    remote.lease(path)
            except (StorageError, UsageError):
                continue  # the mirror has it all; the last push says so if the store does not come back

    pushing = threading.Thread(target=push_often, name="publishing", daemon=True)
    pushing.start()
    try:
        yield
    finally:
        ended.set()
        pushing.join()
        remote.push(path)
        if alone:
            remote.release(path)


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
            there = self._names(store, root)
            record = _read_record(path)
            for name, token in there.items():
                known, file = record.get(name), path / name if name else path
                if skip(name) or name == _LEASE:
                    continue
                if known and file.exists() and (known[0] == token or _state(file) != known[1]):
                    continue  # the same, or changed here
                self._download(store, f"{root}/{name}" if name else root, file)
                record[name] = (token, _state(file))
            for name in [name for name in record if name not in there and not skip(name)]:
                file = path / name if name else path
                if file.exists() and _state(file) == record[name][1]:
                    file.unlink()
                del record[name]
            _write_record(path, record)

        self._tried(do)

    def fetch(self, path: Path) -> None:
        """One object into a file."""

        def do(store: Any, root: str) -> None:
            self._download(store, root, path)

        self._tried(do)

    def push(self, path: Path, tries: int = _TRIES) -> None:
        """Put every file that has changed, each whole; then drop what is no more here."""

        def do(store: Any, root: str) -> None:
            record = _read_record(path)
            here = _files(path)
            for name in sorted(here, key=lambda name: (Path(name).name in _LAST, name)):
                state = _state(here[name])
                if name in record and record[name][1] == state:
                    continue
                target = f"{root}/{name}" if name else root
                store.put_file(str(here[name]), target)
                store.invalidate_cache()
                record[name] = (_token(store.info(target)), state)
                _write_record(path, record)
            for name in [name for name in record if name not in here]:
                target = f"{root}/{name}" if name else root
                if store.exists(target):
                    store.rm_file(target)
                del record[name]
            _write_record(path, record)

        self._tried(do, tries)

    def _download(self, store: Any, source: str, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(file) as partial:
            store.get_file(source, str(partial))

    # -- who works on it ----------------------------------------------------------------------

    def lease(self, path: Path) -> None:
        """Say that this machine works on it.

        Raises:
            UsageError: if another one does.
        """

        def do(store: Any, root: str) -> None:
            target, own = f"{root}/{_LEASE}", _holder(path)
            store.invalidate_cache()
            if store.exists(target):
                said = json.loads(store.cat_file(target))
                if said["holder"] != own and said["until"] > _now():
                    raise UsageError(
                        Problem(
                            self.address,
                            "a run that nobody works on",
                            f"one that {said['holder']} works on",
                            "wait for it, or choose another --out",
                        )
                    )
            store.pipe_file(target, json.dumps({"holder": own, "until": _now() + _LEASE_S}).encode())

        self._tried(do)

    def release(self, path: Path) -> None:
        """Say that it no longer does."""

        def do(store: Any, root: str) -> None:
            store.invalidate_cache()
            if store.exists(f"{root}/{_LEASE}"):
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
                if attempt == tries or isinstance(error, PermissionError | FileNotFoundError):
                    raise StorageError(
                        Problem(
                            self.address,
                            "to reach it",
                            f"{type(error).__name__}: {error}",
                            f"see to the network and the credentials; nothing is lost: {cache_folder()} has it all",
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


def _record_path(path: Path) -> Path:
    return path / _RECORD if path.is_dir() else path.with_name(f".{path.name}{_RECORD}")


def _read_record(path: Path) -> dict[str, tuple[str, str]]:
    """What was pulled or pushed: by name, the token there and the state here."""
    try:
        return {name: (there, here) for name, (there, here) in json.loads(_record_path(path).read_text()).items()}
    except (OSError, ValueError):
        return {}


def _write_record(path: Path, record: Mapping[str, tuple[str, str]]) -> None:
    if not record and not path.exists():
        return
    with written_whole(_record_path(path)) as partial:
        partial.write_text(json.dumps(record))
