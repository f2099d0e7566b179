"""Audio made ready to send: read, condition, encode, in worker processes, once per recording and condition.

Preparing is outside every timed span and never on the event loop.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from bench import audio as audio_io
from bench.audio import Audio
from bench.conditions.chain import Conditioned, StepContext, apply
from bench.conditions.wire import SAMPLE_BYTES, Wire, encode
from bench.corpora.manifest import resolve_audio
from bench.engines.base import Call
from bench.errors import AudioError
from bench.plan import Plan
from bench.types import Condition, Failure, FailureKind, Mode, Trial, Utterance

_CACHED = 64
"""Prepared recordings kept: trials of the same recording and condition are neighbours in the plan."""
_WORKERS = 2
_AUDIO_SUFFIXES = frozenset({".wav", ".flac", ".ogg", ".mp3", ".aif", ".aiff", ".opus"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """All that a worker needs to make one recording ready."""

    utterance: Utterance
    path: Path
    condition: Condition
    mode: Mode
    keywords: tuple[tuple[str, float], ...] = ()
    others: tuple[str, ...] = ()
    """Recordings of the corpus by other speakers, for babble."""
    chunk_ms: float | None = None
    """Size of an audio message where the condition names none; `None`: the engine's default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """One recording under one condition in one mode, ready to send."""

    call: Call
    audio: Audio
    """As conditioned, before encoding: what a local recogniser hears."""
    dose: Mapping[str, float]


def prepare_audio(job: Job) -> Prepared | Failure:
    """Read, condition, encode; what goes wrong is a Failure of kind `audio`."""
    try:
        conditioned = condition_audio(job)
        wire = encode(conditioned.audio, job.condition.request, job.mode)
    except AudioError as error:
        return Failure(kind=FailureKind.AUDIO, message=str(error))
    call = Call(
        audio=wire.audio,
        content_type=wire.content_type,
        encoding=wire.encoding,
        sample_rate_hz=wire.sample_rate_hz,
        duration_s=wire.duration_s,
        language=job.utterance.language,
        keywords=job.keywords,
        chunk_bytes=job.condition.request.chunk_bytes or _chunk_bytes(wire, job.chunk_ms),
        chunks=wire.chunks,
    )
    return Prepared(call=call, audio=conditioned.audio, dose=conditioned.dose)


def _chunk_bytes(wire: Wire, chunk_ms: float | None) -> int | None:
    """A whole number of samples. Opus has packets of its own length."""
    if chunk_ms is None or wire.chunks is not None:
        return None
    sample_bytes = SAMPLE_BYTES[wire.encoding]
    samples = len(wire.audio) / sample_bytes
    return max(1, round(chunk_ms / 1000 * samples / wire.duration_s)) * sample_bytes


def condition_audio(job: Job) -> Conditioned:
    """The recording after the condition's steps; the same bytes wherever and whenever it is called.

    Raises:
        AudioError: if the file cannot be read or a step cannot be applied.
    """
    audio = audio_io.read(job.path)
    context = StepContext(
        utterance_id=job.utterance.id,
        speech_start_s=job.utterance.speech_start_s,
        speech_end_s=job.utterance.speech_end_s,
        words=job.utterance.words or (),
        load=lambda name: audio_io.read(Path(name)),
        listing=_listing,
        others=job.others,
        channel=lambda name: _channel(job.path, name),
    )
    return apply(job.condition, audio, context)


def _listing(name: str) -> tuple[str, ...]:
    folder = Path(name)
    if not folder.is_dir():
        raise AudioError(f"{name}: expected a folder of recordings, found none")
    found = sorted(str(path) for path in folder.rglob("*") if path.suffix.lower() in _AUDIO_SUFFIXES)
    if not found:
        raise AudioError(f"{name}: expected recordings ({', '.join(sorted(_AUDIO_SUFFIXES))}), found none")
    return tuple(found)


def _channel(path: Path, name: str) -> Audio:
    return audio_io.read(path, channel={"left": 0, "right": 1}.get(name))


class Jobs:
    """Looks up what a trial's audio needs."""

    def __init__(
        self,
        utterances: Mapping[str, Utterance],
        manifests: Mapping[str, str],
        conditions: Mapping[str, Condition],
        chunk_ms: float | None = None,
    ) -> None:
        """Utterances by key, paths of the manifests they came from by corpus, conditions by id."""
        self._utterances, self._conditions, self._chunk_ms = utterances, conditions, chunk_ms
        self._paths = {
            key: resolve_audio(Path(manifests[utterance.corpus]).parent, utterance.audio)
            for key, utterance in utterances.items()
        }

    def job(self, utterance_id: str, condition_id: str, mode: Mode) -> Job:
        utterance, condition = self._utterances[utterance_id], self._conditions[condition_id]
        babble = any(step.name == "babble" for step in condition.steps)
        return Job(
            utterance=utterance,
            path=self._paths[utterance_id],
            condition=condition,
            mode=mode,
            keywords=self._keywords(utterance, condition),
            others=self._others(utterance) if babble else (),
            chunk_ms=self._chunk_ms if mode == "stream" else None,
        )

    def _others(self, utterance: Utterance) -> tuple[str, ...]:
        """Recordings of the same corpus by other speakers, sorted."""
        return tuple(
            sorted(
                str(self._paths[key])
                for key, other in self._utterances.items()
                if other.corpus == utterance.corpus and other.cluster != utterance.cluster
            )
        )

    def _keywords(self, utterance: Utterance, condition: Condition) -> tuple[tuple[str, float], ...]:
        request = condition.request
        if request.keywords is None:
            return ()
        terms = self._terms(utterance, request.keywords)
        return tuple((term, request.keyword_boost) for term in list(dict.fromkeys(terms))[: request.max_keywords])

    def _terms(self, utterance: Utterance, wanted: str | tuple[str, ...]) -> list[str]:
        if not isinstance(wanted, str):
            return list(wanted)
        if wanted == "utterance":
            return list(utterance.keywords)
        if wanted == "corpus":
            same = (other for other in self._utterances.values() if other.corpus == utterance.corpus)
            return sorted({term for other in same for term in other.keywords})
        lines = Path(wanted).read_text(encoding="utf-8").splitlines()
        return [line.strip() for line in lines if line.strip()]


class AudioPool:
    """Prepares audio in worker processes; neighbours in the plan share one preparation."""

    def __init__(self, plan: Plan) -> None:
        self._jobs = Jobs(plan.utterances, plan.manifests, plan.conditions, plan.config.stream.chunk_ms)
        self._cache: OrderedDict[tuple[str, str, Mode], asyncio.Future[Prepared | Failure]] = OrderedDict()

    def __enter__(self) -> Self:
        spawn = multiprocessing.get_context("spawn")  # fork would copy the event loop and the model threads
        self._pool = ProcessPoolExecutor(_WORKERS, mp_context=spawn, initializer=_start_worker)
        return self

    def __exit__(self, *exception: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    async def get(self, trial: Trial) -> Prepared | Failure:
        """The audio of a trial, or why there is none."""
        key = (trial.utterance_id, trial.condition_id, trial.mode)
        future = self._cache.get(key)
        if future is None:
            loop = asyncio.get_running_loop()
            future = loop.run_in_executor(self._pool, prepare_audio, self._jobs.job(*key))
            self._cache[key] = future
            if len(self._cache) > _CACHED:
                self._cache.popitem(last=False)
        # One waiter that is cancelled must not take the audio from the others.
        return await asyncio.shield(future)


def _start_worker() -> None:
    """Ctrl-C goes to the whole process group, but the parent alone decides when workers stop.

    A parent that is killed decides nothing more, and its workers would wait for ever.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def leave_with_parent() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=leave_with_parent, daemon=True).start()
