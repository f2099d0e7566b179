"""The worst utterances: word-level diff, and the audio as it was sent beside the clean recording."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.audio import Audio, read, resample, to_file_bytes
from bench.conditions.wire import heard
from bench.errors import AudioError, MissingExtraError, UnknownNameError
from bench.execution.audio import Job, Jobs, condition_audio
from bench.scoring.text.align import align
from bench.store import RunFolder

_SHOWN = 12
_PER_UTTERANCE = 2
_LISTENED_S = 15.0
_PLAYED_HZ = 16_000
"""Embedded audio is FLAC at this rate or below, to keep the page small; the engines heard the full rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of the diff: `equal`, `substitute`, `delete` or `insert`."""

    op: str
    reference: str
    hypothesis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One trial to look at and listen to."""

    engine: str
    mode: str
    condition: str
    utterance: str
    errors: int
    words: int
    diff: tuple[Piece, ...]
    clean: str | None
    """Data URI; `None`: the recording is not on this machine."""
    sent: str | None
    """Data URI; `None`: as the clean one, or not on this machine."""


def worst(folder: RunFolder, rows: Sequence[Mapping[str, Any]]) -> list[Example]:
    """The answered trials with most word errors, at most two of an utterance."""
    clips = _Clips(folder)
    return [_example(row, clips) for row in _chosen(rows)]


def _chosen(rows: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    wrong = [row for row in rows if row["failure_kind"] is None and _errors(row)]
    seen: dict[str, int] = {}
    shown = 0
    for row in sorted(wrong, key=lambda row: (-_errors(row), row["trial_id"])):
        if seen.get(row["utterance_id"], 0) < _PER_UTTERANCE and shown < _SHOWN:
            seen[row["utterance_id"]] = seen.get(row["utterance_id"], 0) + 1
            shown += 1
            yield row


def _errors(row: Mapping[str, Any]) -> int:
    return int(row["words_substitutions"] + row["words_deletions"] + row["words_insertions"])


def _example(row: Mapping[str, Any], clips: _Clips) -> Example:
    clean, sent = clips.of(row["utterance_id"], row["condition"])
    return Example(
        engine=row["engine"],
        mode=row["mode"],
        condition=row["condition"],
        utterance=row["utterance_id"],
        errors=_errors(row),
        words=len(row["reference"].split()),
        diff=diff(row["reference"], row["hypothesis"]),
        clean=clean,
        sent=sent,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """One utterance under every condition, to be heard side by side."""

    utterance: str
    clean: str
    """Data URI."""
    conditions: tuple[tuple[str, str], ...]
    """Condition, data URI of what was sent."""


def listening(folder: RunFolder, rows: Sequence[Mapping[str, Any]]) -> Listening | None:
    """The utterance of middling length, cut short if it is long; `None`: its audio is not on this machine."""
    lengths = sorted({(row["duration_s"], row["utterance_id"]) for row in rows})
    if not lengths:
        return None
    utterance = lengths[len(lengths) // 2][1]
    conditions = list(dict.fromkeys(row["condition"] for row in rows if row["utterance_id"] == utterance))
    clips = _Clips(folder, longest_s=_LISTENED_S)
    made = {condition: clips.of(utterance, condition) for condition in folder.conditions() if condition in conditions}
    clean = next((clean for clean, _ in made.values() if clean is not None), None)
    sent = tuple((condition, uri) for condition, (_, uri) in made.items() if uri is not None)
    return Listening(utterance=utterance, clean=clean, conditions=sent) if clean and sent else None


def diff(reference: str, hypothesis: str) -> tuple[Piece, ...]:
    """Word-level diff of two normalised texts."""
    a, b = reference.split(), hypothesis.split()
    return tuple(
        Piece(
            op=edit.op,
            reference=" ".join(a[edit.ref_start : edit.ref_end]),
            hypothesis=" ".join(b[edit.hyp_start : edit.hyp_end]),
        )
        for edit in align(a, b)
    )


class _Clips:
    """Audio of trials, made again by the same steps; every clip is encoded once."""

    def __init__(self, folder: RunFolder, longest_s: float | None = None) -> None:
        """`longest_s`: clips are cut there; `None`: they are whole."""
        self._conditions, self._longest_s = folder.conditions(), longest_s
        self._jobs = Jobs(folder.utterances(), folder.spec().manifests, self._conditions)
        self._made: dict[tuple[str, str], tuple[str | None, str | None]] = {}

    def of(self, utterance_id: str, condition_id: str) -> tuple[str | None, str | None]:
        """Data URIs of the clean recording and of what was sent."""
        key = (utterance_id, condition_id)
        if key not in self._made:
            self._made[key] = self._make(self._jobs.job(utterance_id, condition_id, "batch"))
        return self._made[key]

    def _make(self, job: Job) -> tuple[str | None, str | None]:
        request = job.condition.request
        changed = bool(job.condition.steps) or request.encoding != "linear16" or request.sample_rate_hz is not None
        try:
            clean = self._data_uri(read(job.path))
            sent = self._data_uri(heard(condition_audio(job).audio, request)) if changed else None
        except (AudioError, MissingExtraError, UnknownNameError):
            # The report says that it has no audio; a recording, an extra or a step that is not on this machine is
            # no reason to have no report.
            return None, None
        return clean, sent

    def _data_uri(self, audio: Audio) -> str:
        kept = (
            audio.samples if self._longest_s is None else audio.samples[: int(self._longest_s * audio.sample_rate_hz)]
        )
        small = resample(Audio(kept, audio.sample_rate_hz), min(audio.sample_rate_hz, _PLAYED_HZ))
        content, content_type = to_file_bytes(small, "flac")
        return f"data:{content_type};base64,{base64.b64encode(content).decode()}"
