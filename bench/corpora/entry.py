"""One piece of reference speech on its way into a manifest, whatever it came from.

Sources and importers yield `Entry`s; `Shelf` gives each its place on disk, its digest, its length and, where asked,
the bounds of speech, and makes the `Utterance` of it. Audio that is a whole file stays where it is unless it must be
copied; audio that is bytes, samples, one channel or a part of a file is written under `audio/`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import quote

from bench import audio
from bench.types import Reference, Utterance

_LONGEST_NAME = 150
"""Most file systems take 255 bytes, with the suffix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Reference):
    """Speech and what is known of it, with seconds from the start of the part.

    Without `labels` it has those of `tags` that are labels; without bounds of speech those that the shelf finds.
    """

    id: str
    audio: Path | bytes
    """A file, or the bytes of one."""
    where: str
    """Place in the source, for messages: `transcripts.tsv:17`."""
    is_id_made: bool = False
    """Whether the importer made the id, and it may be made unique; else it is the source's own."""
    start_s: float | None = None
    """Start of the part wanted; `None`: the file's."""
    end_s: float | None = None
    channel: int | None = None
    """The channel wanted; `None`: all, mixed down when read."""
    suffix: str = ".wav"
    """Of `audio` when it is bytes."""
    doubt: str = ""
    """What its source was taken to mean, where it could mean something else; empty: nothing."""

    @property
    def is_whole_file(self) -> bool:
        return isinstance(self.audio, Path) and (self.start_s, self.end_s, self.channel) == (None, None, None)


def labels_of(tags: Mapping[str, str]) -> dict[str, str]:
    """What of an utterance's tags an engine may claim too."""
    return {name: tags[name] for name in ("emotion", "age", "gender") if tags.get(name)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Where a corpus keeps its audio."""

    folder: Path
    """That of the manifest."""
    corpus: str
    audio_folder: str = "audio"
    """Below it, for what is written: must hold no recording of anyone's own."""
    copy: bool = False
    """Copy whole files too, unless they lie in the folder, so that it can be moved to another machine."""
    find_speech: bool = False
    """Set speech_start_s and speech_end_s by voice activity detection."""

    def put(self, entry: Entry, unpacked: audio.Unpacked | None = None) -> Utterance:
        """Bring an entry's audio to its place and describe it; `unpacked` keeps a long recording from part to part.

        Raises:
            AudioError: if the audio is missing, empty or cannot be decoded.
        """
        path = self._place(entry, unpacked)
        info = audio.probe(path)
        known = {spec.name: getattr(entry, spec.name) for spec in fields(Reference)}
        known["labels"] = entry.labels or labels_of(entry.tags)
        if self.find_speech and entry.speech_start_s is None and entry.speech_end_s is None:
            known["speech_start_s"], known["speech_end_s"] = _speech_bounds(path) or (None, None)
        return Utterance(
            id=entry.id,
            corpus=self.corpus,
            audio=self._relative(path),
            sha256=audio.sha256_file(path),
            sample_rate_hz=info.sample_rate_hz,
            num_samples=info.num_samples,
            **known,
        )

    def _place(self, entry: Entry, unpacked: audio.Unpacked | None) -> Path:
        if isinstance(entry.audio, bytes):
            return self._write(entry, entry.suffix, entry.audio)
        if not entry.is_whole_file:
            source = unpacked.path(entry.audio) if unpacked else entry.audio
            part = audio.read(source, start_s=entry.start_s or 0.0, end_s=entry.end_s, channel=entry.channel)
            return self._write(entry, ".wav", audio.to_file_bytes(part, "wav")[0])
        if self.copy and not entry.audio.resolve().is_relative_to(self.folder.resolve()):
            audio.probe(entry.audio)
            return self._write(entry, entry.audio.suffix, entry.audio.read_bytes())
        return entry.audio

    def _write(self, entry: Entry, suffix: str, data: bytes) -> Path:
        path = self.folder / self.audio_folder / (file_name(entry.id) + suffix)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def _relative(self, path: Path) -> str:
        try:
            return Path(os.path.relpath(path.resolve(), self.folder.resolve())).as_posix()
        except ValueError:  # another drive on Windows
            return path.resolve().as_uri()


def file_name(utterance_id: str) -> str:
    """An id as a file name that no system refuses; ids that differ (in more than case) give names that differ."""
    name = quote(utterance_id, safe="").replace("~", "%7E")
    if len(name) <= _LONGEST_NAME:
        return name
    return f"{name[:_LONGEST_NAME]}~{hashlib.sha256(utterance_id.encode()).hexdigest()[:16]}"


def _speech_bounds(path: Path) -> tuple[float, float] | None:
    from bench.corpora.speech_bounds import speech_bounds

    recording = audio.read(path)
    bounds = speech_bounds(recording.samples, recording.sample_rate_hz)
    return None if bounds is None else (round(bounds[0], 3), round(bounds[1], 3))
