"""Sources inside installed Python packages: long recordings with cut points, and audio beside text files.

The package is found, never imported. Files are checked against the card's digests before they are used.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import Field

from bench.audio import sha256_file
from bench.config import SpecModel
from bench.corpora.cards import Card
from bench.corpora.entry import Entry
from bench.corpora.settings import parse_settings
from bench.errors import ManifestError, MissingExtraError, Problem


class _Package(SpecModel):
    kind: str
    package: str
    """Name to import."""
    distribution: str
    """Name to install."""
    version: str
    extra: str
    """Of ours, that installs it."""


class _Cut(SpecModel):
    start_s: float
    end_s: float
    text: str


class _Recording(SpecModel):
    file: str
    sha256: str
    cluster: str
    tags: dict[str, str] = Field(default_factory=dict)
    cuts: tuple[_Cut, ...]


class RecordingsSettings(_Package):
    recordings: tuple[_Recording, ...]


class PairsSettings(_Package):
    folder: str
    """Holds one folder per language code, with x.wav and x.txt in it."""
    tags: dict[str, str] = Field(default_factory=dict)


def _locate(settings: _Package) -> Path:
    spec = find_spec(settings.package)
    if spec is None or not spec.submodule_search_locations:
        raise MissingExtraError(settings.distribution, settings.extra)
    try:
        installed = version(settings.distribution)
    except PackageNotFoundError as error:
        raise MissingExtraError(settings.distribution, settings.extra) from error
    if installed != settings.version:
        advice = f"run: pip install '{settings.distribution}=={settings.version}'"
        raise ManifestError([Problem(settings.distribution, f"version {settings.version}", installed, advice)])
    return Path(spec.submodule_search_locations[0])


def _described(settings: _Package) -> str:
    return f"pypi:{settings.distribution}=={settings.version}"


class Recordings:
    """Long recordings, cut where the card says."""

    def __init__(self, card: Card, folder: Path) -> None:
        self._language = card.languages[0]
        self._settings = parse_settings(RecordingsSettings, card)
        self._root = _locate(self._settings)

    @property
    def described(self) -> str:
        return _described(self._settings)

    def entries(self, skip: int) -> Iterator[Entry]:
        """One per cut."""
        return islice(self._all(), skip, None)

    def _all(self) -> Iterator[Entry]:
        for recording in self._settings.recordings:
            path = self._root / recording.file
            _check_digest(path, recording.sha256)
            for number, cut in enumerate(recording.cuts, start=1):
                yield Entry(
                    id=f"{path.stem}-{number:02d}",
                    text=cut.text,
                    language=self._language,
                    audio=path,
                    where=f"{path.name} {cut.start_s:.2f}..{cut.end_s:.2f} s",
                    start_s=cut.start_s,
                    end_s=cut.end_s,
                    cluster=recording.cluster,
                    tags=recording.tags,
                )


def _check_digest(path: Path, expected: str) -> None:
    got: Any = sha256_file(path) if path.exists() else "no such file"
    if got != expected:
        raise ManifestError([Problem(str(path), f"sha256 {expected}", got, "install the package again")])


class Pairs:
    """Audio with its text in a file beside it, one folder per language."""

    def __init__(self, card: Card, folder: Path) -> None:
        self._settings = parse_settings(PairsSettings, card)
        self._languages = card.languages
        self._root = _locate(self._settings)

    @property
    def described(self) -> str:
        return _described(self._settings)

    def entries(self, skip: int) -> Iterator[Entry]:
        """One per audio file, by language and name."""
        return islice(self._all(), skip, None)

    def _all(self) -> Iterator[Entry]:
        for language in self._languages:
            for path in sorted((self._root / self._settings.folder / language).glob("*.wav")):
                yield Entry(
                    id=f"{language}-{path.stem}",
                    text=path.with_suffix(".txt").read_text(encoding="utf-8").strip(),
                    language=language,
                    audio=path,
                    where=str(path),
                    tags=self._settings.tags,
                )
