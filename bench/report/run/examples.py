"""The worst utterances: word-level diff, and the audio as it was sent beside the clean recording, read from the run."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from bench.scoring.cells import ScoredTrial
from bench.scoring.text.align import edits_of
from bench.store import RunFolder
from bench.store.clips import Clips

_CONTENT_TYPES = {"flac": "audio/flac", "opus": "audio/ogg", "wav": "audio/wav"}


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


def worst(folder: RunFolder, trials: Sequence[ScoredTrial], clips: Clips) -> list[Example]:
    """The trials that the clips are of."""
    by_id = {trial.trial_id: trial for trial in trials}
    return [
        _example(by_id[clip.trial_id], _data_uri(folder, clip.clean), _data_uri(folder, clip.sent))
        for clip in clips.examples
        if clip.trial_id in by_id
    ]


def _example(trial: ScoredTrial, clean: str | None, sent: str | None) -> Example:
    return Example(
        engine=trial.cell.engine,
        mode=trial.cell.mode,
        condition=trial.cell.condition,
        utterance=trial.utterance_id,
        errors=trial.words_or_all_deleted.errors,
        words=len(trial.reference.split()),
        diff=diff(trial),
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


def listening(folder: RunFolder, clips: Clips) -> Listening | None:
    """`None`: nothing was done to the audio, or it was not on the machine that made the clips."""
    heard = clips.listening
    if heard is None:
        return None
    sent = tuple((condition, uri) for condition, path in heard.conditions if (uri := _data_uri(folder, path)))
    clean = _data_uri(folder, heard.clean)
    return Listening(utterance=heard.utterance, clean=clean, conditions=sent) if clean and sent else None


def _data_uri(folder: RunFolder, path: str | None) -> str | None:
    """`None`: there is no such clip."""
    content = None if path is None else folder.clip(path)
    if content is None or path is None:
        return None
    return f"data:{_CONTENT_TYPES[path.rpartition('.')[2]]};base64,{base64.b64encode(content).decode()}"


def diff(trial: ScoredTrial) -> tuple[Piece, ...]:
    """Word-level diff of an answered trial, along its edit path."""
    a, b = trial.reference.split(), (trial.hypothesis or "").split()
    return tuple(
        Piece(
            op=edit.op,
            reference=" ".join(a[edit.ref_start : edit.ref_end]),
            hypothesis=" ".join(b[edit.hyp_start : edit.hyp_end]),
        )
        for edit in edits_of(trial.path)
    )
