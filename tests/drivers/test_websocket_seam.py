"""What vendors need beyond a plain protocol: ready gates, staged ends, answers to messages, keys in odd places."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

from bench.drivers import websocket
from bench.drivers.clock import clock
from bench.engines.base import Connect, Frame, HttpRequest, HttpResponse
from bench.engines.secrets import Secret
from bench.types import Call, Event, Failure, FailureKind, Transcript
from tests.drivers.stream_server import HANGS_S, ScriptAdapter, ScriptSession, listen, message, recording, run, server


@dataclass
class GatedSession(ScriptSession):
    """Audio waits for `ready`; `ask` is answered; the end has two stages; audio comes with a mark."""

    ready_within_s: float = HANGS_S
    stage_s: float = 1.0
    is_ready: bool = False
    stages: list[str] = field(default_factory=lambda: ["flush", "end"])
    waiting: bool = False
    answers: list[Frame] = field(default_factory=list)

    @property
    def ready(self) -> bool:
        return self.is_ready

    @property
    def next_end_s(self) -> float | None:
        return self.stage_s if self.waiting else None

    def audio(self, chunk: bytes) -> tuple[Frame, ...]:
        return chunk, "mark"

    def end(self) -> Sequence[Frame]:
        stage = self.stages.pop(0)
        self.waiting = bool(self.stages)
        return [stage]

    def replies(self) -> Sequence[Frame]:
        answers, self.answers = self.answers, []
        return answers

    def feed(self, frame: Frame, *, t_s: float, audio_sent_s: float) -> Sequence[Event]:
        said = json.loads(frame)["kind"]
        if said == "ready":
            self.is_ready = True
        elif said == "ask":
            self.answers.append("answer")
        elif said == "flushed":
            self.answers += self.end()
        else:
            return super().feed(frame, t_s=t_s, audio_sent_s=audio_sent_s)
        return [Event(t_s=t_s, kind="meta", text=said)]


@dataclass
class GatedAdapter(ScriptAdapter):
    def session(self, call: Call) -> GatedSession:
        return GatedSession(**self.options)  # type: ignore[arg-type]


def _call(behaviour, **options):
    async def main():
        async with server(behaviour) as (url, sessions):
            outcome = await websocket.stream(GatedAdapter(url, options), recording(0.1))
        return outcome, sessions[0]

    return run(main())


async def _slowly_ready(connection, heard):
    await asyncio.sleep(0.6)
    heard.texts.append(f"audio before ready: {len(heard.audio)}")
    await connection.send(json.dumps({"kind": "ready"}))
    await connection.send(json.dumps({"kind": "ask"}))
    await listen(connection, heard)
    await connection.send(message("final", "hello", last=True))


def test_audio_waits_until_the_engine_is_ready_and_its_wait_is_set_up():
    began = clock()
    outcome, heard = _call(_slowly_ready, stage_s=0.2)
    took_s = clock() - began
    assert isinstance(outcome, Transcript), outcome
    assert "audio before ready: 0" in heard.texts
    timing = outcome.timing
    assert timing.connect_s > 0.3  # it waited for 0.6 s
    # The clock of the audio started when the engine was ready: had it begun before, some time would be counted twice.
    assert timing.connect_s + timing.done_s < took_s
    assert all(sent >= timing.due_s(index) for index, sent in enumerate(timing.chunk_sent_s))


def test_a_message_is_answered_and_audio_may_be_several_messages():
    _, heard = _call(_slowly_ready, stage_s=0.2)
    assert "answer" in heard.texts
    assert heard.texts.count("mark") == len(heard.audio)


def test_an_engine_that_is_never_ready_is_a_timeout_before_any_audio():
    async def never(connection, heard):
        await listen(connection, heard)

    outcome, heard = _call(never, ready_within_s=0.2)
    assert isinstance(outcome, Failure)
    assert outcome.kind is FailureKind.TIMEOUT
    assert "expected that the engine is ready within 0.2 s of its connection" in outcome.message
    assert heard.audio == []


def test_an_engine_that_hangs_up_before_it_is_ready_is_told_as_it_is():
    async def hang_up(connection, heard):
        await connection.close(1008)

    outcome, heard = _call(hang_up)
    assert isinstance(outcome, Failure)
    assert outcome.kind is FailureKind.RATE_LIMIT
    assert heard.audio == []


async def _flushed(connection, heard):
    await connection.send(json.dumps({"kind": "ready"}))
    async for received in connection:
        if received == "flush":
            await connection.send(json.dumps({"kind": "flushed"}))
        if received == "end":
            await connection.send(message("final", "hello", last=True))
            return


def test_the_next_stage_of_the_end_follows_its_answer():
    outcome, _ = _call(_flushed, stage_s=HANGS_S / 4)
    assert isinstance(outcome, Transcript), outcome
    assert outcome.timing.done_s < HANGS_S / 4


def test_the_next_stage_of_the_end_comes_in_time_without_an_answer():
    outcome, heard = _call(_slowly_ready, stage_s=0.2)
    assert isinstance(outcome, Transcript)
    assert [text for text in heard.texts if text in {"flush", "end"}] == ["flush", "end"]


def test_keys_may_be_parameters_and_subprotocols_and_parameters_may_repeat():
    seen = []

    class Adapter(ScriptAdapter):
        def connect(self, call):
            return Connect(
                url=self.url,
                params=(("term", "a"), ("term", "b c")),
                secret_params={"token": Secret("s3cret-token")},
                subprotocols=("realtime", Secret("s3cret-sub", "token.")),
            )

    async def main():
        async def handle(connection):
            seen.append((connection.request.path, connection.request.headers["Sec-WebSocket-Protocol"]))
            try:
                async for received in connection:
                    if received == "end":
                        await connection.send(message("final", "hello", last=True))
            except ConnectionClosed:
                return

        async with serve(handle, "127.0.0.1", 0, subprotocols=["realtime"]) as running:
            port = running.sockets[0].getsockname()[1]
            return await websocket.stream(Adapter(f"ws://127.0.0.1:{port}/x"), recording(0.05))

    outcome = run(main())
    assert isinstance(outcome, Transcript), outcome
    assert seen == [("/x?term=a&term=b+c&token=s3cret-token", "realtime, token.s3cret-sub")]
    assert "s3cret" not in repr(Adapter("ws://x").connect(recording()))


class _Prepared:
    """Asks for the address first."""

    def __init__(self, url: str, status: int = 201) -> None:
        self.url, self.status = url, status

    def prepare(self, call: Call) -> HttpRequest:
        return HttpRequest(method="POST", url=f"{self.url}/session", content=b"{}")

    def prepared(self, response: HttpResponse) -> ScriptAdapter | Failure:
        if response.status != 201:
            return Failure(kind=FailureKind.AUTH, message="no", http_status=response.status)
        return ScriptAdapter(response.content.decode())


def _prepared(status: int, wait_s: float):
    async def main():
        async with server() as (url, _):

            async def http(reader, writer):
                await reader.readuntil(b"\r\n\r\n")
                await asyncio.sleep(wait_s)
                body = url.encode()
                writer.write(f"HTTP/1.1 {status} X\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body)
                await writer.drain()
                writer.close()

            front = await asyncio.start_server(http, "127.0.0.1", 0)
            async with front:
                port = front.sockets[0].getsockname()[1]
                return await websocket.stream(_Prepared(f"http://127.0.0.1:{port}"), recording(0.05))

    return run(main())


def test_a_request_before_the_stream_gives_its_address_and_is_part_of_the_set_up():
    outcome = _prepared(201, 0.4)
    assert isinstance(outcome, Transcript), outcome
    assert outcome.timing.connect_s > 0.2  # a connection alone takes a few milliseconds


def test_a_request_before_the_stream_that_is_refused_is_the_outcome():
    outcome = _prepared(401, 0.0)
    assert isinstance(outcome, Failure)
    assert outcome.kind is FailureKind.AUTH
