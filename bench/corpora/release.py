"""A release as its makers publish it: archives to download, or a folder the user has put in place, read by an importer.

The unpacked release lies in `<corpus folder>/source/`; audio that is whole files stays there and is not copied.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path, PurePosixPath

from pydantic import Field

from bench.config import SpecModel
from bench.corpora.cards import Card
from bench.corpora.download import fetch, unpack
from bench.corpora.entry import Entry
from bench.corpora.importers import IMPORTERS
from bench.corpora.importers.common import ImportOptions, Problems
from bench.corpora.importing import shaped, shortened
from bench.corpora.settings import parse_settings
from bench.errors import BenchError, ManifestError, Problem


class _Archive(SpecModel):
    url: str
    digest: str = Field(pattern="^(md5|sha256):[0-9a-f]+$")


class Settings(SpecModel):
    kind: str
    format: str
    """Of `bench corpus import`."""
    archives: tuple[_Archive, ...] = ()
    """None: the user unpacks the release."""
    path: str = "."
    """Within the release; `{language}` stands for the card's languages in turn."""
    split: str = "test"
    columns: dict[str, str] = Field(default_factory=dict)
    tags: dict[str, str] = Field(default_factory=dict)
    audio_root: str | None = None
    """Within the release, `{language}` as in `path`."""
    whole: bool = False
    """Recordings stay whole, and their parts become segments of one utterance."""
    uem: str | None = None
    """Within the release: which parts of each recording are scored."""


class Release:
    """Entries of an unpacked release."""

    def __init__(self, card: Card, folder: Path) -> None:
        self._card = card
        self._settings = parse_settings(Settings, card)
        self._folder = folder / "source"
        if self._settings.format not in IMPORTERS:
            IMPORTERS.load(self._settings.format)

    @property
    def described(self) -> str:
        """The homepage, or the archives with their digests."""
        archives = (f"{archive.url} ({archive.digest})" for archive in self._settings.archives)
        return ", ".join(archives) or f"{self._card.homepage} (unpacked by the user)"

    def entries(self, skip: int) -> Iterator[Entry]:
        """What the importer finds, by language."""
        self._get()
        return islice(self._all(), skip, None)

    def _get(self) -> None:
        for archive in self._settings.archives:
            name = PurePosixPath(archive.url.split("?")[0]).name
            unpack(fetch(archive.url, self._folder.parent / "download" / name, archive.digest), self._folder)
        if not self._folder.is_dir():
            raise BenchError(
                Problem(
                    self._card.name,
                    f"the unpacked release in {self._folder}",
                    "none",
                    f"get it from {self._card.homepage} (licence: {self._card.licence})",
                )
            )

    def _all(self) -> Iterator[Entry]:
        read = IMPORTERS.load(self._settings.format)
        problems: Problems = []
        for language in self._card.languages if "{language}" in self._settings.path else self._card.languages[:1]:
            options = self._options(language)
            yield from shaped(read(self._at(self._settings.path, language), options, problems), options, problems)
        if problems:
            raise ManifestError(shortened(problems))

    def _at(self, path: str, language: str) -> Path:
        return self._folder / path.replace("{language}", language)

    def _options(self, language: str) -> ImportOptions:
        root = self._settings.audio_root
        return ImportOptions(
            language=language,
            audio_root=None if root is None else self._at(root, language),
            columns=self._settings.columns,
            tags=self._settings.tags,
            split=self._settings.split,
            whole=self._settings.whole,
            uem=None if self._settings.uem is None else self._at(self._settings.uem, language),
        )
