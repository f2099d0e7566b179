"""`prepare`: a card becomes a folder with audio and a manifest. Slow, once, and resumable.

Entries come from the card's source in a fixed order and are put on the shelf one by one; each finished line goes to
`manifest.jsonl.part` at once. After a kill, lines whose audio still has its digest are kept and the source starts
behind them. `manifest.jsonl` appears only when all is there.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from bench import audio
from bench.corpora.cards import Card, load_card
from bench.corpora.entry import Entry, Shelf
from bench.corpora.locking import LOCK_SUFFIX, lock_digest, unlock, unlock_own
from bench.corpora.manifest import (
    Header,
    Manifest,
    header_line,
    load_manifest,
    parse_line,
    read_header,
    resolve_audio,
    utterance_line,
    write_manifest,
)
from bench.errors import AudioError, ManifestError, Problem
from bench.registry import Registry
from bench.types import Utterance

SOURCES = Registry(
    "corpus_source",
    {
        "espeak": "bench.corpora.synthesis:Synthesised",
        "huggingface": "bench.corpora.huggingface:HuggingFace",
        "release": "bench.corpora.release:Release",
        "package-recordings": "bench.corpora.package_files:Recordings",
        "package-pairs": "bench.corpora.package_files:Pairs",
    },
)
"""kind -> class; third parties add theirs by an entry point in the group `bench.corpus_source`."""


class Source(Protocol):
    """Where a corpus comes from."""

    def __init__(self, card: Card, folder: Path) -> None:
        """Check the card's `source` keys; `folder` is that of the corpus, to keep downloads in.

        Raises:
            ConfigError: with all that is wrong.
            MissingExtraError: if a library it needs is not installed.
        """

    @property
    def described(self) -> str:
        """What goes into the manifest's `source`: an address or name with its revision."""

    def entries(self, skip: int) -> Iterator[Entry]:
        """Entries in a fixed order, without the first `skip`."""


def prepare(card_name_or_path: str, root: Path) -> Path:
    """Fetch a corpus into root/<name>/ and return the path of its manifest; at once if it is there already.

    The corpus is a card, by name or path, or a lock (`*.lock.jsonl`).

    Raises:
        BenchError: with what to do about it.
    """
    if card_name_or_path.endswith(LOCK_SUFFIX):
        return _prepare_lock(Path(card_name_or_path), root)
    card = load_card(card_name_or_path)
    folder = root / folder_name(card.name)
    path = folder / "manifest.jsonl"
    if _is_prepared(path, card.sha256):
        return path
    source: Source = SOURCES.load(card.source["kind"])(card, folder)
    header = _header(card, source.described)
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / "manifest.jsonl.part"
    done = _finished(part, header)
    shelf = Shelf(folder=folder, corpus=card.name, copy=True, find_speech=True)
    _write_part(part, header, done, _put_all(shelf, source.entries(len(done))))
    write_manifest(path, header, _finished(part, header))
    load_manifest(path)
    part.unlink()
    return path


def prepared(card_name_or_path: str, root: Path) -> Manifest:
    """A corpus in memory, fetched first if it is not there; as `prepare`."""
    return load_manifest(prepare(card_name_or_path, root))


def folder_name(corpus: str) -> str:
    """`fleurs:hi` is kept in the folder `fleurs-hi`."""
    return corpus.replace(":", "-")


def _put_all(shelf: Shelf, entries: Iterator[Entry]) -> Iterator[Utterance]:
    for entry in entries:
        try:
            yield shelf.put(entry)
        except AudioError as error:
            raise ManifestError([Problem(entry.where, "audio", str(error))]) from error


def _prepare_lock(path: Path, root: Path) -> Path:
    lock = load_manifest(path)
    folder = root / path.name.removesuffix(LOCK_SUFFIX)
    if _is_prepared(folder / "manifest.jsonl", lock_digest(path)):
        return folder / "manifest.jsonl"
    if lock.header.card_sha256 is None:
        return unlock_own(lock, folder)
    whole = load_manifest(prepare(lock.utterances[0].corpus, root))
    return unlock(lock, whole, folder)


def _is_prepared(path: Path, digest: str) -> bool:
    return path.exists() and read_header(path).card_sha256 == digest


def _header(card: Card, described: str) -> Header:
    from bench.corpora.speech_bounds import VAD_ID

    return Header(
        name=card.name,
        licence=card.licence,
        source=described,
        synthetic=card.synthetic,
        citation=card.citation,
        vad=VAD_ID,
        card_sha256=card.sha256,
        notes=card.notes,
    )


def _write_part(part: Path, header: Header, done: list[Utterance], more: Iterator[Utterance]) -> None:
    with part.open("w", encoding="utf-8", newline="\n") as file:
        file.write(header_line(header) + "\n")
        for utterance in done:
            file.write(utterance_line(utterance) + "\n")
        file.flush()
        for utterance in more:
            file.write(utterance_line(utterance) + "\n")
            file.flush()


def _finished(part: Path, header: Header) -> list[Utterance]:
    """Leading lines of an earlier attempt at the same card whose audio is as it was."""
    done: list[Utterance] = []
    if not part.exists():
        return done
    with part.open("rb") as file:
        if file.readline().decode("utf-8", "replace").rstrip("\n") != header_line(header):
            return done
        for line in file:
            utterance = parse_line(str(part), line)
            if not isinstance(utterance, Utterance) or not _is_intact(part.parent, utterance):
                return done
            done.append(utterance)
    return done


def _is_intact(folder: Path, utterance: Utterance) -> bool:
    path = resolve_audio(folder, utterance.audio)
    return path.exists() and audio.sha256_file(path) == utterance.sha256
