"""The driver of recognisers in this process: the same pacing, clock and log as the WebSocket driver.

The recogniser runs in one worker thread per stream, so that a slow one falls behind visibly (late events) instead
of delaying the microphone.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import replace
from typing import Any, TypeAlias

from bench.drivers.clock import clock
from bench.drivers.log import StreamLog
from bench.drivers.pacing import Pacer, Schedule, collector_paused, schedule
from bench.engines.base import LocalEngine, LocalStream, Samples
from bench.types import Event, Failure, FailureKind, Recognised, Segment, Timing, Transcript, Word

_Chunk: TypeAlias = Samples | None
"""`None`: the end."""


def transcribe(
    engine: LocalEngine, samples: Samples, sample_rate_hz: int, language: str | None
) -> Transcript | Failure:
    """Whole recording (mono float32 in -1..1); blocks, so call it in a worker thread.

    Zero of all times: this call. A recogniser's exception is a Failure.
    """
    began = clock()
    try:
        recognised = engine.transcribe(samples, sample_rate_hz, language)
    except Exception as error:
        return _failed(error)
    timing = Timing(done_s=clock() - began, audio_s=len(samples) / sample_rate_hz)
    return Transcript(recognised=recognised, timing=timing)


async def stream(
    engine: LocalEngine,
    samples: Samples,
    sample_rate_hz: int,
    language: str | None,
    *,
    chunk_s: float,
    speed: float = 1.0,
) -> Transcript | Failure:
    """Feed a recording as a live microphone would, in chunks of about `chunk_s` (a whole number of samples).

    Zero of all times: the start of the audio's live clock. An event's `t_s` is when the recogniser returned it.
    `connect_s` is the time it took to open the recogniser's stream.
    """
    if len(samples) == 0:
        return Failure(kind=FailureKind.AUDIO, message="stream: expected audio to send, got none")
    chunk = max(1, round(chunk_s * sample_rate_hz))
    state = _LocalStream(schedule(len(samples), chunk, len(samples) / sample_rate_hz, speed))
    worker = threading.Thread(
        target=state.recognise, args=(engine, sample_rate_hz, language), name="recogniser", daemon=True
    )
    with collector_paused(), closing(Pacer()) as pacer:
        worker.start()
        try:
            if await state.opened:
                state.pace(pacer, samples, chunk)
            return await state.over
        finally:
            state.stop()


class _LocalStream:
    """One stream in flight. `recognise` runs in the worker thread, all else on the event loop."""

    def __init__(self, plan: Schedule) -> None:
        self._log = StreamLog(plan)
        self._loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[bool] = self._loop.create_future()
        self.over: asyncio.Future[Transcript | Failure] = self._loop.create_future()
        self._chunks: queue.SimpleQueue[_Chunk] = queue.SimpleQueue()
        self._stopped = False
        self._connect_s = 0.0

    def pace(self, pacer: Pacer, samples: Samples, chunk: int) -> None:
        """Put the chunks into the recogniser's queue as they become due."""
        log = self._log
        log.start(clock(), self._connect_s)

        def send() -> float | None:
            if self._stopped or self.over.done():
                return None
            part = samples[log.num_sent * chunk : (log.num_sent + 1) * chunk]
            log.sent()
            self._chunks.put(part)
            if (due := log.next_due) is not None:
                return due
            log.sent_end()
            self._chunks.put(None)
            return None

        first = log.next_due
        assert first is not None, "there is a first chunk"
        pacer.at(first, send)

    def stop(self) -> None:
        """Let the worker end after the chunk it is at."""
        self._stopped = True
        self._chunks.put(None)

    def recognise(self, engine: LocalEngine, sample_rate_hz: int, language: str | None) -> None:
        """The worker's life: open, accept each chunk, finish."""
        began = clock()
        try:
            recogniser = engine.open_stream(sample_rate_hz, language)
            self._connect_s = clock() - began
            self._tell(self.opened, True)
            self._listen(recogniser)
        except Exception as error:
            self._tell(self.opened, False)
            self._tell(self.over, _failed(error))

    def _listen(self, recogniser: LocalStream) -> None:
        while (samples := self._chunks.get()) is not None and not self._stopped:
            self._note(recogniser.accept(samples))
        if self._stopped:
            return
        self._note(recogniser.finish())
        self._log.heard((), clock() - self._log.zero, counts=True)
        events = self._log.events
        self._tell(self.over, Transcript(recognised=recognised_from(events), timing=self._log.timing(), events=events))

    def _note(self, events: Sequence[Event]) -> None:
        t_s, audio_s = clock() - self._log.zero, self._log.audio_sent_s
        self._log.heard([replace(event, t_s=t_s, audio_sent_s=audio_s) for event in events], t_s)

    def _tell(self, future: asyncio.Future[Any], value: object) -> None:
        def settle() -> None:
            if not future.done():
                future.set_result(value)

        # The loop is gone when the caller was cancelled; then nobody waits for the answer.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(settle)


def recognised_from(events: Sequence[Event]) -> Recognised:
    """The text of a stream: its finals in order."""
    finals = [event for event in events if event.kind == "final" and event.text]
    words: list[Word] = [word for event in finals for word in event.words or ()]
    return Recognised(
        text=" ".join(event.text.strip() for event in finals),
        words=tuple(words) if words else None,
        segments=tuple(Segment(text=event.text, start_s=event.start_s, end_s=event.end_s) for event in finals),
    )


def _failed(error: Exception) -> Failure:
    return Failure(kind=FailureKind.ENGINE, message=f"recogniser: {type(error).__name__}: {error}")
