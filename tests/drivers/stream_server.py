"""A WebSocket server on a loopback port that follows a script, and the adapter that speaks its protocol."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from bench.engines.base import Close, Connect, Frame, HttpResponse, StreamSession
from bench.engines.secrets import Secret
from bench.types import Call, Event, Failure, FailureKind, Recognised

HANGS_S = 120.0
"""A limit for what hangs; no test waits for it to pass, and no stall of a busy machine comes near it."""
T = TypeVar("T")
Behaviour = Callable[[ServerConnection, "Heard"], Awaitable[None]]


@dataclass
class Heard:
    """What the server saw of one stream."""

    arrivals_s: list[float] = field(default_factory=list)
    """Monotonic clock, one per binary message."""
    audio: list[bytes] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    close_code: int | None = None
    path: str = ""


def message(kind: str, text: str = "", *, last: bool = False) -> str:
    return json.dumps({"kind": kind, "text": text, "last": last})


async def listen(connection: ServerConnection, heard: Heard) -> None:
    """Take audio until the stream is ended."""
    async for received in connection:
        if isinstance(received, str):
            heard.texts.append(received)
            if received == "end":
                return
        else:
            heard.arrivals_s.append(time.perf_counter())
            heard.audio.append(received)


async def echo_session(connection: ServerConnection, heard: Heard) -> None:
    """An ordinary recogniser: a partial at once, a final when the stream is ended."""
    await connection.send(message("partial", "hel"))
    await listen(connection, heard)
    await connection.send(message("final", "hello world", last=True))
    await connection.wait_closed()


@asynccontextmanager
async def server(behaviour: Behaviour = echo_session) -> AsyncIterator[tuple[str, list[Heard]]]:
    """Address of a running server, and what it heard, one entry per connection."""
    sessions: list[Heard] = []

    async def handle(connection: ServerConnection) -> None:
        heard = Heard(path=connection.request.path if connection.request else "")
        sessions.append(heard)
        with suppress(ConnectionClosed):
            await behaviour(connection, heard)
        await connection.close()
        heard.close_code = connection.close_code

    async with serve(handle, "127.0.0.1", 0, compression=None) as running:
        port = running.sockets[0].getsockname()[1]
        yield f"ws://127.0.0.1:{port}/stt", sessions
        for connection in running.connections:
            connection.transport.abort()


@dataclass
class ScriptSession(StreamSession):
    """The plain protocol of `server`."""

    chunk_bytes: int = 640
    end_deadline_s: float = HANGS_S / 2
    quiet_s: float | None = None
    finished: bool = False
    opening: Sequence[Frame] = ()
    finals: list[str] = field(default_factory=list)
    problem: str | None = None

    def start(self) -> Sequence[Frame]:
        return self.opening

    def audio(self, chunk: bytes) -> Frame:
        return chunk

    def end(self) -> Sequence[Frame]:
        return ["end"]

    def keepalive(self) -> Frame | None:
        return "keepalive"

    def feed(self, frame: Frame, *, t_s: float, audio_sent_s: float) -> Sequence[Event]:
        try:
            said = json.loads(frame)
        except ValueError:
            self.problem = "not JSON"
            return ()
        self.finished = said["last"]
        if said["kind"] == "final":
            self.finals.append(said["text"])
        return [Event(t_s=t_s, kind=said["kind"], text=said["text"], audio_sent_s=audio_sent_s, is_last=said["last"])]

    def outcome(self, close: Close | None) -> Recognised | Failure:
        if self.problem:
            return Failure(kind=FailureKind.PROTOCOL, message=self.problem)
        if close is not None and close.code == 1008:
            return Failure(kind=FailureKind.RATE_LIMIT, message="too many streams")
        if close is not None and not self.finished:
            return Failure(kind=FailureKind.TRUNCATED, message="closed before the last result")
        return Recognised(text=" ".join(self.finals))


@dataclass
class ScriptAdapter:
    url: str
    options: dict[str, object] = field(default_factory=dict)
    secret: str = "s3cret-key"

    def connect(self, call: Call) -> Connect:
        return Connect(
            url=self.url,
            params={"sample_rate": str(call.sample_rate_hz)},
            secrets={"Authorization": Secret(self.secret, "Bearer ")},
        )

    def refused(self, response: HttpResponse) -> Failure:
        kind = FailureKind.AUTH if response.status == 401 else FailureKind.REFUSED
        return Failure(kind=kind, message=response.content.decode(), http_status=response.status)

    def session(self, call: Call) -> ScriptSession:
        return ScriptSession(**self.options)  # type: ignore[arg-type]


def recording(duration_s: float = 0.2) -> Call:
    """Audio of which every two samples differ, so that order and loss can be seen."""
    audio = b"".join(n.to_bytes(4, "little") for n in range(round(8_000 * duration_s)))
    return Call(
        audio=audio,
        content_type="audio/raw",
        encoding="linear16",
        sample_rate_hz=16_000,
        duration_s=duration_s,
        language="en",
    )


def run(work: Coroutine[Any, Any, T], loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None) -> T:
    """Run a coroutine with a limit, so that a driver that hangs fails its test."""

    async def limited() -> T:
        async with asyncio.timeout(HANGS_S):
            return await work

    with asyncio.Runner(loop_factory=loop_factory) as runner:
        return runner.run(limited())
