"""Hugging Face `datasets` as a source: streamed, at a pinned revision, audio decoded by us and never by the library.

The card names dataset, one config per language, split and columns. What cannot be pinned when the card is written
(`revision` left out) is looked up when it is prepared and recorded in the manifest. Works on a local folder too
(parquet, audiofolder), without network.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import Field

from bench.config import SpecModel
from bench.corpora.cards import Card
from bench.corpora.entry import Entry, labels_of
from bench.corpora.settings import parse_settings
from bench.errors import BenchError, MissingExtraError, Problem

_MAGIC = {b"RIFF": ".wav", b"fLaC": ".flac", b"OggS": ".ogg", b"ID3": ".mp3"}


class Settings(SpecModel):
    kind: str
    dataset: str
    """Name on the hub, or a folder beside the card."""
    configs: dict[str, str] = Field(default_factory=dict)
    """Language -> config; none: the dataset has only one."""
    split: str = "test"
    revision: str | None = None
    """Commit, tag or ref."""
    audio: str = "audio"
    text: str = "text"
    id: str | None = None
    """Column with a name for each row; `None`: made of the config and the row number."""
    cluster: str | None = None
    cluster_prefix: str = ""
    tags: dict[str, str] = Field(default_factory=dict)
    """Tag -> column."""
    label_language: bool = False
    """The language is a label, too: of engines that are to find it out."""
    keep_one_in: int = Field(default=1, gt=0)
    """Keep about one row in so many, spread over the whole split; the rest is streamed past, not stored."""
    max_utterances: int | None = Field(default=None, gt=0)
    """Per language, of the rows kept: bounds what is kept on disk."""
    seed: int = 0


class HuggingFace:
    """Rows of a dataset as entries."""

    def __init__(self, card: Card, folder: Path) -> None:
        try:
            # By name at run time: a type checker started in a clone sees our own folder datasets/ first.
            self._library: Any = import_module("datasets")
            self._load: Any = self._library.load_dataset
        except (ImportError, AttributeError) as error:
            raise MissingExtraError("the Hugging Face package datasets", "hf") from error
        self._card = card
        self._settings = parse_settings(Settings, card)
        local = card.path.parent / self._settings.dataset
        self._dataset = str(local) if local.is_dir() else self._settings.dataset
        self._revision = None if local.is_dir() else self._pin()

    @property
    def described(self) -> str:
        """`huggingface:name@revision`."""
        return f"huggingface:{self._settings.dataset}@{self._revision or 'local'} split {self._settings.split}"

    def entries(self, skip: int) -> Iterator[Entry]:
        """Rows by language, each language in the dataset's order."""
        return islice(self._all(), skip, None)

    def _all(self) -> Iterator[Entry]:
        for language in self._card.languages:
            yield from self._rows(language, self._settings.configs.get(language))

    def _rows(self, language: str, config: str | None) -> Iterator[Entry]:
        chosen = self._settings
        try:
            rows = self._load(self._dataset, config, split=chosen.split, revision=self._revision, streaming=True)
            rows = rows.cast_column(chosen.audio, self._undecoded(rows))
            names = _class_names(rows.features or {})
            kept = ((number, row) for number, row in enumerate(rows) if self._is_kept(language, number))
            for number, row in islice(kept, chosen.max_utterances):
                yield self._entry({**row, **_named(row, names)}, language, config, number)
        except _hub_errors() as error:
            raise BenchError(self._explain(error)) from error

    def _is_kept(self, language: str, number: int) -> bool:
        digest = hashlib.sha256(f"{self._settings.seed}:{language}:{number}".encode()).digest()
        return int.from_bytes(digest[:8]) % self._settings.keep_one_in == 0

    def _undecoded(self, rows: Any) -> Any:
        """A feature that leaves audio as it is stored; any other asks for torch."""
        if rows.info.builder_name == "audiofolder":
            return self._library.Value("string")  # rows of this builder hold addresses, not bytes
        return self._library.Audio(decode=False)

    def _entry(self, row: Mapping[str, Any], language: str, config: str | None, number: int) -> Entry:
        chosen = self._settings
        where = f"{chosen.dataset} {config or ''} {chosen.split} row {number}".replace("  ", " ")
        missing = [name for name in (chosen.audio, chosen.text, chosen.id, chosen.cluster) if name and name not in row]
        if missing:
            columns = ", ".join(row)
            raise BenchError(Problem(where, f"a column {missing[0]!r}", columns, f"set it in {self._card.path}"))
        data, suffix = _audio(row[chosen.audio], where)
        name = f"{number:06d}" if chosen.id is None else Path(str(row[chosen.id])).stem
        tags = {tag: str(row[column]) for tag, column in chosen.tags.items() if row.get(column) not in (None, "")}
        cluster = None if chosen.cluster is None or row[chosen.cluster] in (None, "") else row[chosen.cluster]
        return Entry(
            id=f"{config or language}-{name}",
            text=row[chosen.text] or "",
            language=language,
            audio=data,
            suffix=suffix,
            where=where,
            cluster=None if cluster is None else f"{chosen.cluster_prefix}{cluster}",
            tags=tags,
            labels={**labels_of(tags), "language": language} if chosen.label_language else {},
        )

    def _pin(self) -> str:
        from huggingface_hub import HfApi

        try:
            info = HfApi().dataset_info(self._settings.dataset, revision=self._settings.revision)
        except _hub_errors() as error:
            raise BenchError(self._explain(error)) from error
        return str(info.sha)

    def _explain(self, error: Exception) -> Problem:
        advice = {
            "gated": f"accept its terms at {self._card.homepage}, then run: hf auth login",
            "licensed": f"apply at {self._card.homepage}, then run: hf auth login",
        }.get(self._card.access, "check the network, HF_HUB_OFFLINE and HF_TOKEN, and the card")
        detail = " ".join(str(error).split())[:300]
        got = f"{type(error).__name__}: {detail}"
        return Problem(self._settings.dataset, "to read it from Hugging Face", got, advice)


def _hub_errors() -> tuple[type[Exception], ...]:
    """What reading from the hub, or rows that are not as expected, can raise."""
    from huggingface_hub.errors import HfHubHTTPError

    # The hub's own error derives from that of the HTTP client it uses (requests, httpx or httpx2, by version), which
    # is also what a connection that fails raises, and no OSError.
    return (OSError, KeyError, ValueError, RuntimeError, *HfHubHTTPError.__bases__)


def _class_names(features: Mapping[str, Any]) -> dict[str, list[str]]:
    """Column -> names of its classes, for columns that store numbers for names."""
    return {column: feature.names for column, feature in features.items() if hasattr(feature, "names")}


def _named(row: Mapping[str, Any], names: Mapping[str, list[str]]) -> dict[str, str | None]:
    columns: dict[str, str | None] = {}
    for column, values in names.items():
        index = row.get(column)
        columns[column] = values[index] if isinstance(index, int) and 0 <= index < len(values) else None
    return columns


def _audio(value: Mapping[str, Any] | str | None, where: str) -> tuple[bytes, str]:
    """Undecoded bytes of a file, and its suffix."""
    cell: Mapping[str, Any] = value if isinstance(value, Mapping) else {"path": value}
    path, data = cell.get("path"), cell.get("bytes")
    if data is None and path:
        fsspec: Any = import_module("fsspec")  # the library's own way to open `hf://` and local addresses
        with fsspec.open(path, "rb") as file:
            data = file.read()
    if not data:
        raise BenchError(Problem(where, "audio", "an empty cell", "leave the row out in a local copy"))
    known = next((suffix for magic, suffix in _MAGIC.items() if data.startswith(magic)), None)
    return data, known or Path(path or "").suffix or ".mp3"
