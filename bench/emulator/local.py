"""A LocalEngine behind the emulator: real recognition in worker threads, never on the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from bench.emulator.engine_process import EngineProcesses
from bench.emulator.heard import Emit, HeardSpeech, spread
from bench.engines.base import LocalEngine, LocalStream, Samples
from bench.types import Event, Recognised, Word

T = TypeVar("T")

_BACKLOG = 32
"""Messages that may wait for the recogniser; then the socket is read no further."""


class LocalRecognizer:
    """Wraps an engine; `threads` bounds how many calls run at a time. Closes the engine if it can be closed."""

    endpoints_itself = False

    def __init__(self, engine: LocalEngine, threads: int) -> None:
        self._engine = engine
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="recognizer")

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)
        if isinstance(self._engine, EngineProcesses):
            self._engine.close()

    async def transcribe(
        self, samples: Samples, sample_rate_hz: int, language: str | None, arrived_s: float
    ) -> tuple[Word, ...]:
        loop = asyncio.get_running_loop()
        said = await loop.run_in_executor(self._pool, self._engine.transcribe, samples, sample_rate_hz, language)
        return _words_of(said, len(samples) / sample_rate_hz)

    async def labels(self, samples: Samples) -> Mapping[str, str]:
        return {}

    def open(self, sample_rate_hz: int, language: str | None, emit: Emit) -> LocalSession:
        return LocalSession(self._engine, self._pool, sample_rate_hz, language, emit)


@dataclass(frozen=True, slots=True)
class _End:
    """A request to end the segment, or the stream, and where the final goes."""

    last: bool
    answer: asyncio.Future[HeardSpeech]


class LocalSession:
    """One stream: what arrives is heard in order by one task, several messages at once when it falls behind."""

    def __init__(
        self, engine: LocalEngine, pool: ThreadPoolExecutor, sample_rate_hz: int, language: str | None, emit: Emit
    ) -> None:
        self._engine, self._pool, self._emit = engine, pool, emit
        self._rate, self._language = sample_rate_hz, language
        self._inbox: asyncio.Queue[Samples | _End] = asyncio.Queue(_BACKLOG)
        self._stream: LocalStream | None = None
        self._order = asyncio.Lock()
        self._busy = asyncio.Lock()
        self._task = asyncio.get_running_loop().create_task(self._work())

    async def accept(self, samples: Samples, arrived_s: float) -> None:
        await self._put(samples)

    async def finalize(self, arrived_s: float) -> HeardSpeech:
        return await self._end(last=False)

    async def finish(self, arrived_s: float) -> HeardSpeech:
        return await self._end(last=True)

    async def abort(self) -> None:
        async with self._busy:  # a call in progress in its thread cannot be interrupted
            self._task.cancel()
            if self._stream is not None:
                # Not left half open: some engines keep a decoder for the next stream.
                await self._call(self._stream.finish)
                self._stream = None

    async def _put(self, chunk: Samples | _End) -> None:
        """Wait for room in the inbox, first come first served, but not for a worker that has died."""
        async with self._order:
            if self._task.done():
                self._task.result()
            if not self._inbox.full():
                self._inbox.put_nowait(chunk)
                return
            putting = asyncio.ensure_future(self._inbox.put(chunk))
            await asyncio.wait({putting, self._task}, return_when=asyncio.FIRST_COMPLETED)
            if not putting.done():
                putting.cancel()
                self._task.result()

    async def _end(self, *, last: bool) -> HeardSpeech:
        end = _End(last, asyncio.get_running_loop().create_future())
        await self._put(end)
        either: set[asyncio.Future[Any]] = {end.answer, self._task}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not end.answer.done():
            self._task.result()
        return end.answer.result()

    async def _call(self, function: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, function, *arguments)

    async def _work(self) -> None:
        while True:
            samples, end = self._waiting(await self._inbox.get())
            async with self._busy:
                if self._stream is None:
                    self._stream = await self._call(self._engine.open_stream, self._rate, self._language)
                if samples:
                    for event in await self._call(self._stream.accept, np.concatenate(samples)):
                        await self._emit(_heard(event))
                if end is not None:
                    await self._answer(self._stream, end)
                if end is not None and end.last:
                    self._stream = None
                    return

    def _waiting(self, chunk: Samples | _End) -> tuple[list[Samples], _End | None]:
        """Everything in the inbox up to the first request to end something."""
        samples: list[Samples] = []
        while not isinstance(chunk, _End):
            samples.append(chunk)
            if self._inbox.empty():
                return samples, None
            chunk = self._inbox.get_nowait()
        return samples, chunk

    async def _answer(self, stream: LocalStream, end: _End) -> None:
        finals = [_heard(event) for event in await self._call(stream.finish if end.last else stream.finalize)]
        for heard in finals[:-1]:
            await self._emit(heard)
        if not end.answer.done():
            end.answer.set_result(finals[-1] if finals else HeardSpeech(words=(), final=True))


def _heard(event: Event) -> HeardSpeech:
    texts = event.text.split()
    if event.words and len(event.words) == len(texts):
        words: Sequence[Word] = event.words
    else:
        start_s = event.start_s or 0.0
        words = spread(texts, start_s, event.end_s if event.end_s is not None else start_s)
    return HeardSpeech(words=tuple(words), final=event.kind == "final")


def _words_of(said: Recognised, duration_s: float) -> tuple[Word, ...]:
    if said.words:
        return said.words
    if not said.segments or any(segment.start_s is None or segment.end_s is None for segment in said.segments):
        return spread(said.text.split(), 0.0, duration_s)
    return tuple(
        word
        for segment in said.segments
        for word in spread(segment.text.split(), segment.start_s or 0.0, segment.end_s or 0.0)
    )
