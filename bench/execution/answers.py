"""Answers that are there already: of a run folder, by answer key. With recordings they are replayed, latency kept.

An answer's key is the bytes as sent, the engine's kind and version, its parameters, mode and repeat, without names: the
same question in another run, under another id, has the same key.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from bench.addresses import address_of
from bench.drivers.tape import Tape, replay
from bench.engines.base import LocalEngine
from bench.engines.replay import ReplayEngine
from bench.store import RunFolder
from bench.store.index import LinePlaces
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


Kept: TypeAlias = Tape | Transcript
"""An answer that is there: what came over the socket, or what was said, without its times."""


class Answered(Protocol):
    """Answers that are there already, on this machine or another's."""

    def __bool__(self) -> bool:
        """Whether there are any."""

    async def take(self, trial_id: str, key: str, engine: Any, call: Call) -> Transcript | Failure | None:
        """The answer to a trial's question; `None`: there is none (left)."""


@dataclass(slots=True)
class Answers:
    """By key, each to be taken once: two trials that ask the same get two answers, if there are two."""

    _texts: dict[str, deque[tuple[LinePlaces, int]]] = field(default_factory=lambda: defaultdict(deque))
    _tapes: dict[str, deque[Tape]] = field(default_factory=lambda: defaultdict(deque))
    _taken: dict[str, Kept | None] = field(default_factory=dict)

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
        """No answer is decoded before it is taken."""
        places = run.places()
        for index, key in places.answer_keys():
            if places.answered[index]:
                self._texts[key].append((places, index))
        for key, tape in recorded(run.path):
            self._tapes[key].append(tape)

    async def take(self, trial_id: str, key: str, engine: Any, call: Call) -> Transcript | Failure | None:
        """As of `Answered`."""
        return taken(self.pop(trial_id, key, taped=not isinstance(engine, LocalEngine)), engine, call)

    def pop(self, trial_id: str, key: str, *, taped: bool) -> Kept | None:
        """What is there for a trial, which gets the same if it asks again, as it does whose worker died.

        `taped`: whether what came over the socket will do.
        """
        if trial_id not in self._taken:
            self._taken[trial_id] = self._next(key, taped=taped)
        return self._taken[trial_id]

    def _next(self, key: str, *, taped: bool) -> Kept | None:
        text = self._texts[key].popleft() if self._texts.get(key) else None
        if taped and self._tapes.get(key):
            return self._tapes[key].popleft()
        if text is None:
            return None
        places, index = text
        outcome = places.answer(index).outcome
        assert isinstance(outcome, Transcript)
        run = places.folder.parent
        origin = outcome.origin or address_of(run) or str(run)
        return replace(outcome, timing=Timing(), events=(), origin=origin)


def taken(kept: Kept | None, engine: Any, call: Call) -> Transcript | Failure | None:
    """What an engine makes of an answer that is there."""
    return replay(kept, engine, call) if isinstance(kept, Tape) else kept


def _runs(folder: Path) -> list[RunFolder]:
    below = sorted(path.parent for path in folder.glob("*/trials.jsonl"))
    if below and not RunFolder(folder).is_planned():
        return [RunFolder(path) for path in below]
    return [RunFolder.open(folder)]


def identity_of(engine: Any, planned: Mapping[str, Any]) -> Mapping[str, Any]:
    """What of an engine is part of its answers' keys: of one that is replayed, what it was then."""
    return engine.identity if isinstance(engine, ReplayEngine) else planned
