"""Audio made ready to send: read, condition, encode, in worker processes, once per recording and condition.

Preparing is outside every timed span and never on the event loop. Conditioned audio is kept on disk for the length of
a run, for every mode, engine and process; which recordings have a place there is settled beforehand, and the others
are made again when they are needed.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import multiprocessing
import shutil
import signal
import sys
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing import forkserver
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Self, TypeAlias

import numpy as np

from bench import audio as audio_io
from bench.addresses import address_of
from bench.audio import Audio
from bench.conditions import sources
from bench.conditions.chain import Conditioned, StepContext, apply
from bench.conditions.vocabulary import request_terms
from bench.conditions.wire import SAMPLE_BYTES, encode, fitted, heard
from bench.corpora.manifest import resolve_audio
from bench.drivers.children import leave_with_parent, starting_children
from bench.errors import AudioError, BenchError, MissingExtraError, Problem
from bench.execution.answers import sent_digest
from bench.execution.inputs import by_corpus
from bench.execution.plan import Plan
from bench.fetching import fetched, forget
from bench.files import written_whole
from bench.types import Call, Condition, Failure, FailureKind, Mode, Trial, Utterance

_CACHED = 64
"""Prepared recordings kept in memory: trials of the same recording and condition are neighbours in the plan."""
_CACHED_S = 3600.0
"""And no more seconds of them, if there is more than one: an hour at 16 kHz is 350 MB."""
_WORKERS = 2
_TRIES = 3
"""How often a recording whose worker died is tried: the other worker's death is none of its doing."""
_KEPT_BYTES = 2_000_000_000
"""Conditioned audio kept on disk at most."""


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
    rates_hz: tuple[int, ...] | None = None
    """Those the engine accepts; `None`: any."""
    kept: Path | None = None
    """Where the conditioned audio is kept for other modes and processes; `None`: nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """One recording under one condition in one mode, ready to send."""

    call: Call
    audio: Audio
    """As conditioned, after the wire: what a local recogniser hears."""
    dose: Mapping[str, float]
    digest: str
    """Of all that is sent (`answers.sent_digest`)."""


def prepare_audio(job: Job) -> Prepared | Failure:
    """Read, condition, encode; what goes wrong is a Failure of kind `audio`."""
    try:
        conditioned = condition_once(job)
        request = fitted(job.condition.request, conditioned.audio.sample_rate_hz, job.rates_hz)
        call = encode(conditioned.audio, request, job.mode, job.utterance.language)
        audio = heard(conditioned.audio, request)
    except (AudioError, MissingExtraError) as error:
        return Failure(kind=FailureKind.AUDIO, message=str(error))
    except Exception as error:  # a codec or a condition chokes on one recording: its trials fail, and no other
        return Failure(kind=FailureKind.AUDIO, message=f"{job.path}: {type(error).__name__}: {error}")
    chunk_bytes = job.condition.request.chunk_bytes or _chunk_bytes(call, job.chunk_ms)
    call = replace(call, keywords=job.keywords, chunk_bytes=chunk_bytes)
    return Prepared(call=call, audio=audio, dose=conditioned.dose, digest=sent_digest(call))


def _chunk_bytes(call: Call, chunk_ms: float | None) -> int | None:
    """A whole number of samples. Opus has packets of its own length."""
    if chunk_ms is None or call.chunks is not None:
        return None
    sample_bytes = SAMPLE_BYTES[call.encoding]
    samples = len(call.audio) / sample_bytes
    return max(1, round(chunk_ms / 1000 * samples / call.duration_s)) * sample_bytes


def condition_once(job: Job) -> Conditioned:
    """As `condition_audio`, from where it is kept, if it is."""
    made = None if job.kept is None else _load_kept(job.kept)
    if made is None:
        made = condition_audio(job)
        if job.kept is not None:
            _save_kept(job.kept, made)
    return made


def condition_audio(job: Job) -> Conditioned:
    """The recording after the condition's steps; the same bytes wherever and whenever it is called.

    Raises:
        AudioError: if the file cannot be read, is not what the manifest was made of, or a step cannot be applied.
        MissingExtraError: if a step's extra is not installed.
    """
    check_is_of_manifest(job)
    audio = audio_io.read(job.path)
    context = StepContext(
        utterance_id=job.utterance.id,
        speech_start_s=job.utterance.speech_start_s,
        speech_end_s=job.utterance.speech_end_s,
        words=job.utterance.words or (),
        load=sources.load,
        listing=sources.listing,
        others=job.others,
        channel=lambda name: _channel(job.path, name),
    )
    return apply(job.condition, audio, context)


def check_is_of_manifest(job: Job) -> None:
    """Before a sample of it is decoded.

    Raises:
        AudioError: if the file is not what the manifest was made of, or too long to be held.
    """
    if job.utterance.num_samples > audio_io.MOST_SAMPLES:
        raise AudioError(audio_io.too_long(job.utterance.num_samples, job.utterance.sample_rate_hz).at(str(job.path)))
    if audio_io.sha256_file(job.path) != job.utterance.sha256:
        raise AudioError(
            Problem(
                str(job.path),
                "the recording that the manifest was made of",
                "another or a part of it (its SHA-256 differs)",
                "restore it, or make the manifest again",
            )
        )


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
        kept_in: Path | None = None,
    ) -> None:
        """Utterances by key, paths of the manifests they came from by corpus, conditions by id.

        `kept_in`: an empty folder for conditioned audio, as long as there is room; `None`: none.
        """
        self._utterances, self._conditions, self._chunk_ms = utterances, conditions, chunk_ms
        self._corpora = by_corpus(utterances.values())
        folders = {corpus: Path(path).parent for corpus, path in manifests.items()}
        self._paths = {
            key: resolve_audio(folders[utterance.corpus], utterance.audio) for key, utterance in utterances.items()
        }
        self._shared_terms: dict[tuple[str, str], tuple[tuple[str, float], ...]] = {}
        self._places = {} if kept_in is None else _places(utterances, conditions, kept_in)

    def job(self, utterance_id: str, condition_id: str, mode: Mode, rates_hz: tuple[int, ...] | None = None) -> Job:
        utterance, condition = self._utterances[utterance_id], self._conditions[condition_id]
        babble = any(step.name == "babble" for step in condition.steps)
        return Job(
            utterance=utterance,
            path=self._paths[utterance_id],
            condition=condition,
            mode=mode,
            keywords=self._keywords(utterance, condition),
            others=self._others(utterance_id) if babble else (),
            chunk_ms=self._chunk_ms if mode == "stream" else None,
            rates_hz=rates_hz,
            kept=self._places.get((utterance_id, condition_id)),
        )

    def _others(self, utterance_id: str) -> tuple[str, ...]:
        """Recordings of the same corpus by other speakers, sorted; of an unknown speaker, all others."""
        mine = self._utterances[utterance_id]
        return tuple(
            sorted(
                str(self._paths[key])
                for key, other in self._utterances.items()
                if other.corpus == mine.corpus
                and key != utterance_id
                and (mine.cluster is None or other.cluster != mine.cluster)
            )
        )

    def _keywords(self, utterance: Utterance, condition: Condition) -> tuple[tuple[str, float], ...]:
        """The same for all utterances of a corpus, and then looked up once, unless they are the utterance's own."""
        corpus = self._corpora[utterance.corpus]
        if condition.request.keywords == "utterance":
            return request_terms(condition.request, utterance, corpus)
        key = (condition.id, utterance.corpus)
        if key not in self._shared_terms:
            self._shared_terms[key] = request_terms(condition.request, utterance, corpus, sources.read_lines)
        return self._shared_terms[key]


def _places(
    utterances: Mapping[str, Utterance], conditions: Mapping[str, Condition], folder: Path
) -> dict[tuple[str, str], Path]:
    """Where each recording under each condition that changes it is kept, while there is room."""
    room = _KEPT_BYTES
    places: dict[tuple[str, str], Path] = {}
    for key, utterance in utterances.items():
        for id, condition in conditions.items():
            need = utterance.num_samples * np.dtype(np.float32).itemsize
            if condition.steps and need <= room:
                room -= need
                name = hashlib.sha256(f"{key} {id}".encode()).hexdigest()[:32]
                places[key, id] = folder / f"{name}.npz"
    return places


@contextmanager
def scratch(run_folder: Path) -> Iterator[Path]:
    """An empty folder for conditioned audio, gone afterwards; what a killed run left there goes first."""
    folder = scratch_folder(run_folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def scratch_folder(run_folder: Path) -> Path:
    """Where a run keeps conditioned audio."""
    return run_folder / "scratch"


def _load_kept(path: Path) -> Conditioned | None:
    """What was kept there; `None`: nothing (yet)."""
    try:
        with np.load(path) as kept:
            audio = Audio(kept["samples"], int(kept["sample_rate_hz"]))
            return Conditioned(audio, json.loads(str(kept["dose"])))
    except FileNotFoundError:
        return None


def _save_kept(path: Path, made: Conditioned) -> None:
    """Keep it, whole or not at all; a folder that is gone or full keeps nothing."""
    with suppress(OSError), written_whole(path) as part, part.open("wb") as file:
        np.savez(
            file,
            samples=made.audio.samples,
            sample_rate_hz=made.audio.sample_rate_hz,
            dose=json.dumps(made.dose),
        )


_Key: TypeAlias = tuple[str, str, Mode, tuple[int, ...] | None]


class AudioPool:
    """Prepares audio in worker processes; neighbours in the plan share one preparation."""

    def __init__(self, plan: Plan, kept_in: Path | None = None, *, forgets: bool = True) -> None:
        """`kept_in`: a folder for conditioned audio; `None`, or one that is not there: none is kept on disk.

        `forgets`: whether only the latest recordings are kept in memory; else all are, which the caller bounds.
        """
        self._utterances = plan.utterances
        folder = kept_in if kept_in is not None and kept_in.is_dir() else None
        self._jobs = Jobs(plan.utterances, plan.manifests, plan.conditions, plan.config.stream.chunk_ms, folder)
        self._cache: OrderedDict[_Key, asyncio.Future[Prepared | Failure]] = OrderedDict()
        self._rates_hz = {
            (engine.id, mode): engine.accepts(mode).rates_hz
            for engine in plan.engines.values()
            for mode in engine.modes
        }
        self._rate_kept = {id for id, condition in plan.conditions.items() if not condition.steps}
        """Conditions under which audio keeps its rate for certain."""
        self._cached_s = 0.0
        self._forgets = forgets

    def __enter__(self) -> Self:
        self._pool = _new_pool()
        return self

    def __exit__(self, *exception: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    async def get(self, trial: Trial) -> Prepared | Failure:
        """The audio of a trial, or why there is none."""
        key = self._key(trial)
        future = self._cache.get(key)
        if future is None:
            future = asyncio.ensure_future(self._prepared(self._jobs.job(*key)))
            self._cache[key] = future
            self._cached_s += self._utterances[trial.utterance_id].duration_s
            if self._forgets:
                self._forget()
        # One waiter that is cancelled must not take the audio from the others.
        return await asyncio.shield(future)

    def _key(self, trial: Trial) -> _Key:
        """Engines that take a recording as it is share it, however many rates each of them lists."""
        rates_hz = self._rates_hz.get((trial.engine_id, trial.mode))
        as_is = rates_hz is not None and self._utterances[trial.utterance_id].sample_rate_hz in rates_hz
        plain = as_is and trial.condition_id in self._rate_kept
        return trial.utterance_id, trial.condition_id, trial.mode, None if plain else rates_hz

    async def _prepared(self, job: Job) -> Prepared | Failure:
        """By a worker. One that dies takes all jobs of its pool with it: a new pool tries again.

        So is a fetched recording: its copy may be gone from a cache that is full, or have been an older one, and
        who reads it next to this one may have fetched it again by now.
        """
        problem = "expected it to be made ready, but the process that did so ended"
        last = f"{job.path}: {problem} {_TRIES} times; too little memory, or a fault of its codec?"
        for _ in range(_TRIES):
            pool = self._pool
            try:
                here = await asyncio.to_thread(_fetched, job)
                made = await _in_pool(pool, here)
            except BenchError as error:
                return Failure(kind=FailureKind.AUDIO, message=str(error))
            except BrokenProcessPool:
                await asyncio.sleep(_PAUSE_S)
                if self._pool is pool:
                    pool.shutdown(wait=False)
                    self._pool = _new_pool()
                continue
            if isinstance(made, Prepared) or here == job:
                return made
            last = made.message.replace(str(here.path), address_of(job.path) or str(job.path))
            await asyncio.to_thread(_drop_another, here)
        return Failure(kind=FailureKind.AUDIO, message=last)

    def _forget(self) -> None:
        """Drop the oldest beyond what may be kept; whoever waits for one still gets it."""
        while len(self._cache) > _CACHED or (self._cached_s > _CACHED_S and len(self._cache) > 1):
            (utterance_id, *_), _ = self._cache.popitem(last=False)
            self._cached_s -= self._utterances[utterance_id].duration_s


def _fetched(job: Job) -> Job:
    """With recordings at URLs fetched: workers have no credentials.

    Raises:
        StorageError: if one cannot be.
    """
    if address_of(job.path) is None:
        return job
    return replace(job, path=fetched(job.path), others=tuple(str(fetched(Path(path))) for path in job.others))


def _drop_another(job: Job) -> None:
    """A fetched recording that the manifest was not made of goes, so that it is fetched when it is next asked for."""
    with suppress(OSError):
        if audio_io.sha256_file(job.path) != job.utterance.sha256:
            forget(job.path)


_PAUSE_S = 0.2
"""Until the system knows that a process is dead: before, it would be asked again as if it lived."""


async def _in_pool(pool: ProcessPoolExecutor, job: Job) -> Prepared | Failure:
    """What a worker makes of it.

    Raises:
        BrokenProcessPool: if a worker died, or the server that starts them did.
    """
    try:
        made = asyncio.get_running_loop().run_in_executor(pool, prepare_audio, job)
    except (OSError, EOFError) as error:  # of the server: asked for one more worker, it refuses or never answers
        raise BrokenProcessPool(str(error)) from error
    return await made


def _new_pool() -> ProcessPoolExecutor:
    context = _context()
    if sys.platform == "linux":
        with starting_children():
            forkserver.ensure_running()
    return ProcessPoolExecutor(_WORKERS, mp_context=context, initializer=_start_worker)


def _context() -> BaseContext:
    """How workers start: never forked from this process, which would copy its event loop and its models' threads.

    On Linux they are forked from a server that has imported what all of them need, once for all pools of this process.
    """
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "soundfile", "scipy.ndimage", "scipy.signal"])
    return context


def _start_worker() -> None:
    """Ctrl-C goes to the whole process group, but the parent alone decides when workers stop."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    leave_with_parent()
