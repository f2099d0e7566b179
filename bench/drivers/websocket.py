"""The streaming driver: paces audio into WebSockets, stamps what comes back, and turns each stream into an outcome.

The same code and the same clock for every vendor; adapters only build and parse messages. Many streams share one
event loop, one scheduler (`StreamPool`) and, where utterances repeat, the same audio bytes. A received message is
only stored with its receive time; it is parsed in the background, when no chunk of any stream is due.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any

from bench.drivers.clock import clock
from bench.drivers.failures import HANDLED, FloodError, HalfOpenError, failure
from bench.drivers.http import Client, answer, new_client
from bench.drivers.log import StreamLog
from bench.drivers.pacing import Pacer, Schedule, collector_paused, schedule
from bench.drivers.socket import RefusedUpgradeError, Wire, open_wire, tls
from bench.drivers.tape import Answered, Message, Tape
from bench.engines.base import Close, Frame, PreparedAdapter, StreamAdapter, StreamSession
from bench.types import Call, Failure, FailureKind, Recognised, Transcript

_KEEPALIVE_S = 5.0
_MOST_MESSAGES, _MOST_MESSAGES_PER_S = 5_000, 200
_MOST_BYTES, _MOST_BYTES_PER_S = 16 * 2**20, 64 * 2**10
"""What a stream may send in sum, and besides for each second of its audio; beyond, its peer is given up."""
_GOLDEN = (5**0.5 - 1) / 2
"""Multiples of it, less what is whole, spread evenly however many there are."""


class StreamPool:
    """Streams of one event loop behind one scheduler. Use as an async context manager.

    A process that needs more streams than one loop can pace runs several pools in several processes
    (`execution.processes`); results have the same form.
    """

    def __init__(self, *, ping_interval_s: float = 20.0, ping_timeout_s: float = 20.0) -> None:
        self._ping_interval_s = ping_interval_s
        self._ping_timeout_s = ping_timeout_s
        self._opened = 0
        self._client: Client | None = None
        """For streams whose address is asked for first; opened with the first of them."""

    async def __aenter__(self) -> StreamPool:
        self._pacer = Pacer()
        tls()  # in time for its message, and loaded before anything is timed
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pacer.close()
        if self._client is not None:
            await self._client.__aexit__(kind, error, trace)

    async def stream(
        self,
        adapter: StreamAdapter | PreparedAdapter,
        call: Call,
        *,
        speed: float = 1.0,
        connect_timeout_s: float = 10.0,
        start_at: float | None = None,
        start_strictly: bool = False,
        tape: Tape | None = None,
    ) -> Transcript | Failure:
        """Send one recording as a live microphone would, and return what came back.

        Args:
            adapter: the vendor's protocol.
            call: the encoded recording.
            speed: times real time.
            connect_timeout_s: for DNS, TCP, TLS and upgrade together.
            start_at: on `clock.clock`: connect now, but let the audio's clock start then, or when the connection is
                up if that takes longer. `None`: at once.
            start_strictly: the audio's clock starts at `start_at` even if the connection takes longer; what was due by
                then is sent late, and its lateness counts, as under a load whose sessions come when they come.
            tape: where everything that comes is kept too.
        """
        if not call.audio and not call.chunks:
            return Failure(kind=FailureKind.AUDIO, message="stream: expected audio to send, got none")
        prepare_s = 0.0
        if isinstance(adapter, PreparedAdapter):
            began = clock()
            response = await answer(await self._http(connect_timeout_s), adapter.prepare(call))
            if tape is not None and not isinstance(response, Failure):
                tape.answered.append(Answered(response=response, t_s=0.0))
            prepared = response if isinstance(response, Failure) else adapter.prepared(response)
            if isinstance(prepared, Failure):
                return prepared
            adapter, prepare_s = prepared, clock() - began
        state = _Stream(adapter.session(call), call, speed, self._pacer, tape)
        # Paused with the first of several streams, before it connects, and until the last one is over.
        with collector_paused():
            return await self._run(state, adapter, call, connect_timeout_s, start_at, start_strictly, prepare_s)

    async def _http(self, timeout_s: float) -> Client:
        """For requests that give the address of a stream."""
        if self._client is None:
            self._client = await new_client(timeout_s=timeout_s, max_connections=None).__aenter__()
        return self._client

    async def _run(
        self,
        state: _Stream,
        adapter: StreamAdapter,
        call: Call,
        connect_timeout_s: float,
        start_at: float | None,
        start_strictly: bool,
        prepare_s: float,
    ) -> Transcript | Failure:
        try:
            began = clock() - prepare_s
            async with asyncio.timeout(connect_timeout_s):
                wire = await open_wire(adapter.connect(call), state)
        except RefusedUpgradeError as refusal:
            return adapter.refused(refusal.response)
        except HANDLED as error:
            return failure(error, "connecting")
        try:
            await state.opened(wire)
            now = clock()
            connect_s = now - began
            if start_at is not None and start_strictly:
                state.start(connect_s, start_at, ready_s=max(0.0, now - start_at))
            else:
                state.start(connect_s, now if start_at is None else max(now, start_at))
            state.watch(self._ping_interval_s, self._ping_timeout_s, first_s=self._first_ping_s())
            return await state.over
        finally:
            state.abandon()
            await wire.close()

    def _first_ping_s(self) -> float:
        """After half an interval to a whole one: streams that are opened together must not ping together."""
        self._opened += 1
        return self._ping_interval_s * (0.5 + self._opened * _GOLDEN % 0.5)


async def stream(
    adapter: StreamAdapter | PreparedAdapter, call: Call, *, speed: float = 1.0, connect_timeout_s: float = 10.0
) -> Transcript | Failure:
    """One recording through one WebSocket, paced at `speed` times real time (1: a live microphone).

    Zero of all times in the answer: the start of the audio's live clock, when a microphone would have had the
    first sample. Network trouble is a Failure; an adapter's own bug is raised.
    """
    async with StreamPool() as pool:
        return await pool.stream(adapter, call, speed=speed, connect_timeout_s=connect_timeout_s)


class _Stream:
    """One stream in flight: what is sent when, what came when, and when it is over. The wire's listener."""

    def __init__(
        self, session: StreamSession, call: Call, speed: float, pacer: Pacer, tape: Tape | None = None
    ) -> None:
        self._session = session
        self._pacer = pacer
        self._audio = call.audio
        self._packets = call.chunks
        self._tape = tape
        self._log = StreamLog(_plan(call, session.chunk_bytes, speed))
        self._chunk_bytes = session.chunk_bytes
        self.over: asyncio.Future[Transcript | Failure] = asyncio.get_running_loop().create_future()
        self._inbox: deque[tuple[Frame, float, float]] = deque()
        self._messages_left = _MOST_MESSAGES + round(_MOST_MESSAGES_PER_S * call.duration_s)
        self._bytes_left = _MOST_BYTES + round(_MOST_BYTES_PER_S * call.duration_s)
        self._reading = False
        self._last_heard = 0.0
        self._closed: tuple[Close | None, BaseException | None] | None = None
        self._wire: Wire | None = None
        self._ready: asyncio.Future[None] | None = None
        """While the engine is awaited."""
        self._started = False
        self._is_ended = False
        self._awaits_quiet = False

    async def opened(self, wire: Wire) -> None:
        """Send the opening messages, and wait until the engine is ready for audio, or all is over already."""
        self._wire = wire
        for frame in self._session.start():
            wire.send(frame)
        if self._session.ready:
            return
        self._ready = asyncio.get_running_loop().create_future()
        if self._inbox or self._closed is not None:
            self._read_all()
        within_s = self._session.ready_within_s
        either: set[asyncio.Future[Any]] = {self._ready, self.over}
        await asyncio.wait(either, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
        if not self._ready.done() and not self.over.done():
            self._settle(None, _late(within_s, "that the engine is ready", "its connection"))

    def start(self, connect_s: float, zero: float, ready_s: float = 0.0) -> None:
        """Put the first chunk on the schedule.

        `zero`: when the audio's clock starts. `ready_s`: how long it has been running already.
        """
        self._log.start(zero, connect_s, ready_s)
        self._started = True
        self._last_heard = max(clock(), zero)
        due = self._log.next_due
        assert due is not None, "there is a first chunk"
        self._pacer.at(due, self._send_chunk)
        if zero - clock() > _KEEPALIVE_S:
            self._pacer.at(clock() + _KEEPALIVE_S, self._keep_alive)
        if self._inbox or self._closed is not None:
            self._read_all()

    def watch(self, interval_s: float, timeout_s: float, *, first_s: float) -> None:
        """Ping at intervals, first after `first_s`; a peer of which nothing is heard for long is half-open."""

        def check() -> float | None:
            wire = self._wire
            if self.over.done() or wire is None:
                return None
            now = clock()
            if now - wire.last_received > interval_s + timeout_s:
                wire.give_up(HalfOpenError())
                return None
            wire.ping()
            return now + min(interval_s, timeout_s)

        self._pacer.at(clock() + first_s, check)

    def abandon(self) -> None:
        """Send and parse nothing more, and let go of everything large.

        The scheduler may hold this stream until its last deadline has passed, and the collector is paused, so
        neither the audio nor a cycle with the wire may stay behind.
        """
        if not self.over.done():
            self.over.cancel()
        self._inbox.clear()
        self._audio, self._packets, self._wire = b"", None, None

    # Sending: called by the pacer.

    def _send_chunk(self) -> float | None:
        if self.over.done() or self._closed is not None:
            return None
        wire, log = self._wire, self._log
        assert wire is not None, "chunks are scheduled by start()"
        try:
            frame = self._session.audio(self._chunk(log.num_sent))
            if isinstance(frame, tuple):
                self._send(frame)
            else:
                wire.send(frame)
            log.sent()
            if (due := log.next_due) is not None:
                return due
            ending = self._session.end()
            self._send(ending)
        except Exception as bug:
            self._raise(bug)
            return None
        if ending:
            log.sent_end()
        if self._session.next_end_s is not None:
            self._pacer.at(clock() + self._session.next_end_s, self._end_again)
        self._pacer.at(clock() + self._session.end_deadline_s, self._deadline)
        self._is_ended = True
        self._await_quiet()
        return None

    def _await_quiet(self) -> None:
        """From when the session says that silence is the end; that may be once it has heard something."""
        if self._is_ended and not self._awaits_quiet and self._session.quiet_s is not None:
            self._awaits_quiet = True
            self._pacer.at(clock() + self._session.quiet_s, self._quiet)

    def _send(self, frames: Sequence[Frame]) -> None:
        if self._wire is not None:
            for frame in frames:
                self._wire.send(frame)

    def _end_again(self) -> float | None:
        """The next stage of the end, where the answer that it waits for has not come in time."""
        if self.over.done() or self._session.next_end_s is None:
            return None
        self._send(self._session.end())
        return None if self._session.next_end_s is None else clock() + self._session.next_end_s

    def _chunk(self, index: int) -> bytes:
        if self._packets is not None:
            return self._packets[index]
        return self._audio[index * self._chunk_bytes : (index + 1) * self._chunk_bytes]

    def _keep_alive(self) -> float | None:
        frame = self._session.keepalive()
        now = clock()
        if frame is None or self._log.num_sent or self.over.done() or self._wire is None:
            return None
        self._wire.send(frame)
        return now + _KEEPALIVE_S if now + _KEEPALIVE_S < self._log.zero else None

    def _deadline(self) -> float | None:
        self._read_now()
        if not self.over.done():
            self._settle(None, _late(self._session.end_deadline_s))
        return None

    def _quiet(self) -> float | None:
        quiet_s = self._session.quiet_s
        if quiet_s is None:  # it has heard of something that is still to come
            self._awaits_quiet = False
            return None
        if clock() < self._last_heard + quiet_s:
            return self._last_heard + quiet_s
        self._read_now()
        if not self.over.done():
            self._settle(None, None)
        return None

    # Receiving: called by the wire.

    def received(self, frame: Frame, at: float) -> None:
        self._last_heard = max(at, self._last_heard)
        self._messages_left -= 1
        self._bytes_left -= len(frame)
        if min(self._messages_left, self._bytes_left) < 0:
            if self._wire is not None:
                self._wire.give_up(FloodError())
            return
        self._inbox.append((frame, at, self._log.audio_sent_s))
        if self._wire is not None:
            self._read_all()

    def blocked(self, is_blocked: bool, at: float) -> None:
        self._log.blocked(is_blocked, at)

    def closed(self, close: Close | None, error: BaseException | None, at: float) -> None:
        self._log.blocked(False, at)
        self._closed = (close, error)
        if self._wire is not None:
            self._read_all()

    # Parsing: in the background, in slices.

    def _read_all(self) -> None:
        if not self._reading and not self.over.done():
            self._reading = True
            self._pacer.in_background(self._read())

    def _read_now(self) -> None:
        """Parse what is left: a verdict must not be given over messages that came in time."""
        for _ in self._read():
            pass

    def _read(self) -> Iterator[None]:
        while self._inbox and not self.over.done():
            frame, at, audio_sent_s = self._inbox.popleft()
            # What comes during the set-up comes before there is a clock, and is told as of its beginning.
            t_s = at - self._log.zero if self._started else 0.0
            if self._tape is not None:
                self._tape.messages.append(Message(frame=frame, t_s=t_s, audio_sent_s=audio_sent_s))
            try:
                events = self._session.feed(frame, t_s=t_s, audio_sent_s=audio_sent_s)
                finished = self._session.finished
                if replies := self._session.replies():
                    self._send(replies)
            except Exception as bug:
                self._raise(bug)
                return
            if self._ready is not None and not self._ready.done() and self._session.ready:
                self._ready.set_result(None)
            self._log.heard(events, t_s, counts=finished)
            self._await_quiet()
            if finished:
                self._settle(self._closed[0] if self._closed else None, None)
            yield
        self._reading = False
        if self._closed is not None and not self.over.done():
            close, error = self._closed
            self._settle(close, failure(error, "streaming") if error is not None else None)

    # Ending.

    def _raise(self, bug: Exception) -> None:
        if not self.over.done():
            self.over.set_exception(bug)

    def _settle(self, close: Close | None, trouble: Failure | None) -> None:
        """End the stream. `trouble`: what the driver knows went wrong, if anything did."""
        if self._tape is not None:
            self._tape.close = close
            self._tape.timing = self._log.timing() if trouble is None else None
        try:
            said = self._session.outcome(close)
        except Exception as bug:
            self._raise(bug)
            return
        verdict = _verdict(said, trouble)
        if isinstance(verdict, Recognised):
            self.over.set_result(Transcript(recognised=verdict, timing=self._log.timing(), events=self._log.events))
        else:
            self.over.set_result(self._with_partial(verdict))

    def _with_partial(self, what: Failure) -> Failure:
        events = self._log.events
        finals = " ".join(event.text for event in events if event.kind == "final" and event.text)
        partial = Transcript(recognised=Recognised(text=finals), timing=self._log.timing(), events=events)
        return replace(what, partial=partial)


def _plan(call: Call, chunk_bytes: int, speed: float) -> Schedule:
    if call.chunks is not None:
        return schedule(len(call.chunks), 1, call.duration_s, speed)
    return schedule(len(call.audio), chunk_bytes, call.duration_s, speed)


def _verdict(said: Recognised | Failure, trouble: Failure | None) -> Recognised | Failure:
    """Trouble is never an answer. The adapter knows better what failed, unless all it saw is that messages stopped or
    that no close frame came, of which the driver knows the cause.
    """
    if trouble is None:
        return said
    if isinstance(said, Recognised):
        return trouble
    only_stopped = said.kind in {FailureKind.TRUNCATED, FailureKind.CONNECTION}
    only_stopped = only_stopped and trouble.kind is not FailureKind.TIMEOUT
    return trouble if only_stopped else said


def _late(deadline_s: float, what: str = "the last result", of: str = "the end") -> Failure:
    return Failure(kind=FailureKind.TIMEOUT, message=f"stream: expected {what} within {deadline_s:g} s of {of}")
