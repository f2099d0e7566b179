"""A LocalEngine in processes of its own, so that recognition never holds the event loop's interpreter lock.

PocketSphinx keeps the lock for the whole of a call (1.6 s seen for 9 s of speech), Moonshine for parts of it.
Streams are dealt out to the processes in turn. Calls block, and are made from worker threads.
"""

from __future__ import annotations

import itertools
import multiprocessing
import signal
import threading
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any

from bench.drivers.children import starting_children
from bench.engines import ENGINES
from bench.engines.base import LocalEngine, LocalStream, Samples
from bench.errors import BenchError, Problem, UsageError
from bench.types import Event, Recognised


class EngineDiedError(Exception):
    """The recogniser raised, or its process is gone."""


class EngineProcesses:
    """A LocalEngine by name, loaded once in each process.

    Raises:
        UsageError: if there is no such local engine, or it cannot be loaded; with why.
    """

    def __init__(self, name: str, processes: int) -> None:
        self._hosts = [_Host(name) for _ in range(processes)]
        versions = [host.loaded() for host in self._hosts]
        self.version = versions[0]
        self._turn = itertools.cycle(self._hosts)
        self._streams = itertools.count()

    def transcribe(self, samples: Samples, sample_rate_hz: int, language: str | None) -> Recognised:
        said: Recognised = next(self._turn).call("transcribe", None, samples, sample_rate_hz, language)
        return said

    def open_stream(self, sample_rate_hz: int, language: str | None) -> LocalStream:
        host, number = next(self._turn), next(self._streams)
        host.call("open_stream", number, sample_rate_hz, language)
        return _RemoteStream(host, number)

    def close(self) -> None:
        for host in self._hosts:
            host.close()


class _RemoteStream:
    def __init__(self, host: _Host, number: int) -> None:
        self._host, self._number = host, number

    def accept(self, samples: Samples) -> Sequence[Event]:
        events: Sequence[Event] = self._host.call("accept", self._number, samples)
        return events

    def finalize(self) -> Sequence[Event]:
        events: Sequence[Event] = self._host.call("finalize", self._number)
        return events

    def finish(self) -> Sequence[Event]:
        events: Sequence[Event] = self._host.call("finish", self._number)
        return events


class _Host:
    """One process, and the pipe to it."""

    def __init__(self, name: str) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._lock = threading.Lock()
        self._process = context.Process(target=_serve, args=(name, theirs), daemon=True)
        with starting_children():
            self._process.start()
        theirs.close()

    def loaded(self) -> str:
        """Wait for the engine; its version."""
        try:
            succeeded, value = self._pipe.recv()
        except EOFError as error:
            raise UsageError(Problem("recognizer", "it to load", "an end of its process")) from error
        if not succeeded:
            raise UsageError(*value)
        return str(value)

    def call(self, method: str, stream: int | None, *arguments: Any) -> Any:
        try:
            with self._lock:
                self._pipe.send((method, stream, arguments))
                succeeded, value = self._pipe.recv()
        except (EOFError, OSError) as error:
            raise EngineDiedError(f"{method}: the recognizer's process has ended") from error
        if not succeeded:
            raise EngineDiedError(value)
        return value

    def close(self) -> None:
        self._pipe.close()
        self._process.join(1)
        if self._process.is_alive():
            self._process.terminate()
            self._process.join(5)


def _serve(name: str, pipe: Connection) -> None:
    """In the child: answer calls until the pipe ends, which it does with the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        engine = _create(name)
    except BenchError as error:
        pipe.send((False, error.problems))
        return
    pipe.send((True, engine.version))
    streams: dict[int, LocalStream] = {}
    while True:
        try:
            method, stream, arguments = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            answer = (True, _called(engine, streams, method, stream, arguments))
        except Exception as error:
            answer = (False, f"{type(error).__name__}: {error}")
        pipe.send(answer)


def _create(name: str) -> LocalEngine:
    factory = ENGINES.load(name)
    engine = factory.create(factory.Settings(), {})
    if not isinstance(engine, LocalEngine):
        raise UsageError(Problem("recognizer", "a local engine or script:FILE", repr(name)))
    return engine


def _called(
    engine: LocalEngine, streams: dict[int, LocalStream], method: str, stream: int | None, arguments: tuple[Any, ...]
) -> Any:
    if stream is None:
        return engine.transcribe(*arguments)
    if method == "open_stream":
        streams[stream] = engine.open_stream(*arguments)
        return None
    result = getattr(streams[stream], method)(*arguments)
    if method == "finish":
        del streams[stream]
    return result
