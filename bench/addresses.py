"""Addresses: which is a path and which a URL, and where on this machine lies what is at a URL."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from bench.errors import Problem, UsageError

_URL = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]+):/{1,2}(?P<rest>[^/].*)", re.DOTALL | re.IGNORECASE)
"""One slash is what a `Path` leaves of two."""
_FILE = re.compile(r"file:(?://(?:localhost)?(?=/))?(?P<path>/(?!/).*)", re.DOTALL | re.IGNORECASE)
_NOT_REMOTE: Final = frozenset({"file", "http", "https", "ws", "wss"})


def is_url(address: str | Path) -> bool:
    """Whether it is at an address that fsspec fetches from."""
    match = _URL.fullmatch(str(address))
    return match is not None and match["scheme"].lower() not in _NOT_REMOTE


def path_of(address: str | Path) -> Path:
    """What is no URL as a path: as it is, or of `file:///tmp/run` what it names.

    Raises:
        UsageError: if it is an address that nothing can be read from or written to as a folder.
    """
    text = str(address)
    if match := _FILE.fullmatch(text):
        return Path(match["path"])
    scheme, colon, _ = text.partition(":/")
    if (colon and scheme.lower() in _NOT_REMOTE) or text.endswith("://"):
        raise UsageError(Problem(text, "a path, or a folder's address such as s3://bucket/run", "another address"))
    return Path(address)


def url(address: str | Path) -> str:
    """An address as it is written, whatever a `Path` made of it.

    Raises:
        UsageError: if it holds a password, which would be written to files and logs.
    """
    match = _URL.fullmatch(str(address))
    if match is None:
        raise ValueError(f"expected an address such as s3://bucket/run, got {address}")
    user, at, host = match["rest"].partition("/")[0].rpartition("@")
    if at and ":" in user:
        where = f"{match['scheme']}://***@{host}"
        advice = "give it to the store's library by its environment (of S3 AWS_ACCESS_KEY_ID ...)"
        raise UsageError(Problem(where, "an address without a password", "one with it", advice))
    return f"{match['scheme'].lower()}://{match['rest']}".rstrip("/")


def cache_folder() -> Path:
    """Where mirrors and fetched recordings lie: `EARWITNESS_CACHE`, else `~/.cache/earwitness`."""
    given = os.environ.get("EARWITNESS_CACHE")
    return Path(given).expanduser().resolve() if given else Path.home() / ".cache" / "earwitness"


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
    root, path = cache_folder() / "mirrors", Path(os.path.normpath(path))  # as a manifest names what is not below it
    if not str(path).startswith(f"{root}{os.sep}") or not path.is_absolute():
        return None
    scheme, *parts = path.relative_to(root).parts
    return f"{scheme}://{'/'.join(parts)}" if parts else None


def by_address(text: str) -> str:
    """A text with mirrors that it names said as their addresses."""
    root = re.escape(str(cache_folder() / "mirrors"))
    return re.sub(rf"{root}/([a-z0-9+.-]+)/", r"\1://", text)
