"""Fetch an archive: resumed after a break, checked against its digest, unpacked without leaving its folder."""

from __future__ import annotations

import hashlib
import tarfile
import zipfile
from pathlib import Path

from bench.errors import BenchError, Problem


def fetch(url: str, path: Path, digest: str) -> Path:
    """Download `url` to `path` and check it against `md5:...` or `sha256:...`; at once if it is there.

    Raises:
        BenchError: if it cannot be had, or is not what the card says.
    """
    if path.exists():
        return path
    import httpx

    part = path.with_name(path.name + ".part")
    part.parent.mkdir(parents=True, exist_ok=True)
    have = part.stat().st_size if part.exists() else 0
    headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={have}-"} if have else {})}
    try:
        with httpx.stream("GET", url, headers=headers, follow_redirects=True, timeout=60) as response:
            if response.status_code != httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:  # else: it was all there
                response.raise_for_status()
                resumed = response.status_code == httpx.codes.PARTIAL_CONTENT
                with part.open("ab" if resumed else "wb") as file:
                    for chunk in response.iter_raw():
                        file.write(chunk)
    except httpx.HTTPError as error:
        advice = f"run prepare again to go on, or download it yourself to {path}"
        raise BenchError(Problem(url, "a download", f"{type(error).__name__}: {error}", advice)) from error
    _check(part, digest, url)
    return part.replace(path)


def _check(path: Path, digest: str, url: str) -> None:
    kind, _, expected = digest.partition(":")
    with path.open("rb") as file:
        got = hashlib.file_digest(file, kind).hexdigest()
    if got != expected:
        path.unlink()
        raise BenchError(Problem(url, digest, f"{kind}:{got}", "it was removed, run prepare again"))


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a tar (any compression) or zip archive into a folder, once.

    Raises:
        BenchError: if it is neither, or has members that would leave the folder.
    """
    marker = folder / f".unpacked-{archive.name}"
    if marker.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as file:
                file.extractall(folder)  # drops leading slashes and `..` itself
        else:
            with tarfile.open(archive) as file:
                file.extractall(folder, filter="data")
    except (tarfile.TarError, zipfile.BadZipFile, OSError) as error:
        raise BenchError(
            Problem(str(archive), "a sound tar or zip archive", f"{type(error).__name__}: {error}")
        ) from error
    marker.touch()
