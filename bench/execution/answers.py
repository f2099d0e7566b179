"""Answers that are there already: of a run folder, by answer key. With recordings they are replayed, latency kept.

An answer's key is the bytes as sent, the engine's kind and version, its parameters, mode and repeat, without names: the
same question in another run, under another id, has the same key.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bench.drivers.tape import Tape, replay
from bench.engines.base import LocalEngine
from bench.engines.replay import ReplayEngine
from bench.store import RunFolder
from bench.store.recordings import recorded
from bench.types import Call, Failure, Mode, Timing, Transcript


def sent_digest(call: Call) -> str:
    """Of everything that a request is made of, but for the engine's own parameters."""
    about = [call.content_type, call.encoding, call.sample_rate_hz, call.language, call.keywords, call.chunk_bytes]
    digest = hashlib.sha256(json.dumps(about, ensure_ascii=True).encode())
    digest.update(call.audio)
    for chunk in call.chunks or ():
        digest.update(len(chunk).to_bytes(4, "little"))
    return digest.hexdigest()


def engine_digest(identity: Mapping[str, Any], version: str | None) -> str:
    """Of an engine's kind, parameters and version, as effective."""
    return hashlib.sha256(json.dumps([identity, version], sort_keys=True, default=str).encode()).hexdigest()


def answer_key(sent: str, engine: str, mode: Mode, repeat: int, speed: float) -> str:
    """The key of one question: digests of what is sent and of the engine that is asked. `speed`: of streams."""
    question = f"{sent} {engine} {mode} {repeat} {speed if mode == 'stream' else None}"
    return hashlib.sha256(question.encode()).hexdigest()[:32]


@dataclass(slots=True)
class Answers:
    """By key, each to be taken once: two trials that ask the same get two answers, if there are two."""

    _texts: dict[str, list[Transcript]] = field(default_factory=lambda: defaultdict(list))
    _tapes: dict[str, list[Tape]] = field(default_factory=lambda: defaultdict(list))

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._texts or self._tapes)

    @classmethod
    def of(cls, folders: Iterable[Path]) -> Answers:
        """Of run folders, or folders of such.

        Raises:
            RunFolderError: if one holds no run.
        """
        answers = cls()
        for folder in folders:
            for run in _runs(folder):
                answers._add(run)
        return answers

    def _add(self, run: RunFolder) -> None:
        origin = str(run.path)
        for result in run.results().values():
            if result.answer_key is not None and isinstance(result.outcome, Transcript):
                kept = replace(result.outcome, timing=Timing(), events=(), origin=result.outcome.origin or origin)
                self._texts[result.answer_key].append(kept)
        for key, tape in recorded(run.path):
            self._tapes[key].append(tape)

    def take(self, key: str, engine: Any, call: Call) -> Transcript | Failure | None:
        """The next answer to a question; `None`: there is none (left)."""
        if self._tapes.get(key) and not isinstance(engine, LocalEngine):
            tape = self._tapes[key].pop(0)
            if self._texts.get(key):
                self._texts[key].pop(0)
            return replay(tape, engine, call)
        return self._texts[key].pop(0) if self._texts.get(key) else None


def _runs(folder: Path) -> list[RunFolder]:
    below = sorted(path.parent for path in folder.glob("*/trials.jsonl"))
    if below and not RunFolder(folder).is_planned():
        return [RunFolder(path) for path in below]
    return [RunFolder.open(folder)]


def identity_of(engine: Any, planned: Mapping[str, Any]) -> Mapping[str, Any]:
    """What of an engine is part of its answers' keys: of one that is replayed, what it was then."""
    return engine.identity if isinstance(engine, ReplayEngine) else planned
