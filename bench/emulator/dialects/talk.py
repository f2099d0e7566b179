"""One stream of any dialect: what a client says becomes commands, what is heard becomes messages, and faults strike.

A dialect (`Dialect`) knows its vendor's messages and nothing of sockets, recognisers and faults; those are here, once.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, TypeAlias

from starlette.responses import JSONResponse
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from bench.audio.energy import SpeechDetector
from bench.emulator.clock import now_s, sleep_until
from bench.emulator.faults import delay_of
from bench.emulator.heard import HeardSpeech, RecognizerSession
from bench.emulator.replies import Refusal
from bench.emulator.segments import Segmenter, SpeechPiece
from bench.emulator.service import Service, Visit, fall_silent, reset
from bench.emulator.wire import Decoder, WireError, decoder
from bench.engines.base import Samples
from bench.types import Word

_LOG = logging.getLogger("bench.emulator")
_HALF_OPEN_S = 120.0

Message: TypeAlias = Mapping[str, Any] | str
"""Sent as JSON; a text is sent as it is."""


@dataclass(frozen=True, slots=True)
class Audio:
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """The client has said what it will send; until then nothing is heard."""

    encoding: str
    sample_rate_hz: int
    language: str | None = None
    endpoint_s: float | None = 0.5
    """Silence that ends a segment, where the recogniser does not end them itself; `None`: none does."""


@dataclass(frozen=True, slots=True)
class Say:
    messages: Sequence[Message]


@dataclass(frozen=True, slots=True)
class Flush:
    """End the open segment; the stream goes on."""


@dataclass(frozen=True, slots=True)
class Finish:
    """End the stream."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """Say so, and close."""

    messages: Sequence[Message]
    code: int
    reason: str = ""


Command: TypeAlias = Audio | Open | Say | Flush | Finish | Refuse


@dataclass(slots=True)
class Dialect:
    """How one vendor talks on one stream. Subclasses keep what their protocol counts: turns, items, numbers."""

    close_code: ClassVar[int] = 1000
    closes: ClassVar[bool] = True
    """Whether the server closes when all is said; else it waits for the client to."""
    max_words: ClassVar[int | None] = 10
    """Finals are cut after so many words; `None`: they are not."""

    headers: Mapping[str, str]
    query: Mapping[str, str]
    lists: Mapping[str, Sequence[str]]
    """The query with every value of each name."""
    key: str | None = field(repr=False)
    """What clients must bear; `None`: nothing."""
    audio_s: float = 0.0
    """Heard so far."""

    def subprotocol(self) -> str | None:
        return None

    def refusal(self) -> Refusal | None:
        """An HTTP answer in place of the upgrade."""
        return None

    def opening(self) -> Sequence[Command]:
        """What happens once the socket is open."""
        return ()

    def read(self, frame: str | bytes) -> Sequence[Command]:
        raise NotImplementedError

    def partial(self, words: Sequence[Word]) -> Sequence[Message]:
        raise NotImplementedError

    def final(self, words: Sequence[Word], *, flushed: bool) -> Sequence[Message]:
        """Messages of a final. `flushed`: it was asked for, and is told even without words if the vendor does so."""
        raise NotImplementedError

    def closing(self) -> Sequence[Message]:
        """The end mark, after the last final."""
        return ()

    def trouble(self, text: str) -> Sequence[Message]:
        """A failure of the server's own, told in the socket."""
        raise NotImplementedError


async def serve(service: Service, websocket: WebSocket, kind: type[Dialect]) -> None:
    """Serve one WebSocket; every path leads to one log line."""
    query = websocket.query_params
    lists = {name: query.getlist(name) for name in query}
    dialect = kind(websocket.headers, query, lists, service.settings.api_key)
    try:
        with service.visit("stream", websocket.headers) as visit:
            await _serve(service, websocket, dialect, visit)
    except ValueError as error:
        await websocket.send_denial_response(JSONResponse({"message": f"x-emulator-fault: {error}"}, 400))
    except WebSocketDisconnect:
        return


async def _serve(service: Service, websocket: WebSocket, dialect: Dialect, visit: Visit) -> None:
    fault = visit.fault
    refusal = dialect.refusal()
    if fault and fault.kind == "status":
        headers = {} if fault.retry_after_s is None else {"Retry-After": str(fault.retry_after_s)}
        refusal = Refusal(fault.status, {"message": f"emulated error {fault.status}"}, headers)
    if fault and fault.phase == "connect" and fault.kind == "delay":
        await sleep_until(now_s() + delay_of(fault, visit.number))
    if refusal is not None:
        visit.status = refusal.status
        await websocket.send_denial_response(JSONResponse(dict(refusal.body), refusal.status, dict(refusal.headers)))
        return
    await websocket.accept(subprotocol=dialect.subprotocol())
    await Talk(service, websocket, dialect, visit).run()


class Talk:
    """One accepted stream."""

    def __init__(self, service: Service, websocket: WebSocket, dialect: Dialect, visit: Visit) -> None:
        self._service, self._websocket, self._dialect, self._visit = service, websocket, dialect, visit
        self._segmenter = Segmenter(dialect.max_words)
        self._session: RecognizerSession | None = None
        self._wire: Decoder | None = None
        self._rate = 16_000
        self._detector: SpeechDetector | None = None
        self._endpoint_s: float | None = None
        self._order = asyncio.Lock()
        self._struck = False
        self._stalled = False
        self._held: SpeechPiece | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Until the stream is over, or the client has gone."""
        try:
            for command in self._dialect.opening():
                if not await self._do(command, now_s()):
                    return
            while await self._next():
                pass
        except WireError as error:
            await self._tell(self._dialect.trouble(str(error)))
            await self._close(1011)
        except WebSocketDisconnect:
            return
        except Exception:
            _LOG.exception("the emulator failed")
            await self._close(1011)
        finally:
            for task in self._tasks:
                task.cancel()
            if self._session is not None:
                await self._session.abort()

    async def _next(self) -> bool:
        event = await self._websocket.receive()
        arrived_s = now_s()
        if event["type"] == "websocket.disconnect":
            self._visit.status = self._visit.status or event.get("code") or 1005
            return False
        frame = event["bytes"] if event.get("bytes") is not None else event.get("text") or ""
        for command in self._dialect.read(frame):
            if not await self._do(command, arrived_s):
                return False
        return True

    async def _do(self, command: Command, arrived_s: float) -> bool:
        """Carry a command out; false when the stream is over."""
        match command:
            case Audio(data):
                return await self._audio(data, arrived_s)
            case Open():
                self._open(command)
            case Say(messages):
                await self._tell(messages)
            case Flush():
                await self._spawn(self._flush(arrived_s))
            case Finish():
                return await self._finish(arrived_s)
            case Refuse(messages, code, reason):
                await self._tell(messages)
                await self._close(code, reason)
                return False
        return True

    async def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Begun, so that it takes its place in the recogniser's order before audio that follows."""
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        await asyncio.sleep(0)

    def _open(self, command: Open) -> None:
        self._rate, self._endpoint_s = command.sample_rate_hz, command.endpoint_s
        if not self._service.recognizer.endpoints_itself and self._endpoint_s is not None:
            self._detector = SpeechDetector(self._rate)
        self._wire = decoder(command.encoding, command.sample_rate_hz)
        self._session = self._service.recognizer.open(self._rate, command.language, self._heard)

    async def _audio(self, data: bytes, arrived_s: float) -> bool:
        if self._wire is None or self._session is None:
            return True
        samples = self._wire.push(data)
        self._visit.audio_bytes += len(data)
        self._visit.audio_s += len(samples) / self._rate
        self._dialect.audio_s = self._visit.audio_s
        if await self._broken():
            return False
        if len(samples):
            await self._session.accept(samples, arrived_s)
            await self._follow(samples, arrived_s)
        return True

    async def _follow(self, samples: Samples, arrived_s: float) -> None:
        """End the segment on silence."""
        if self._detector is None or self._endpoint_s is None:
            return
        for _ in self._detector.push(samples):
            continue
        if self._detector.ends_segment(self._endpoint_s):
            await self._spawn(self._end_segment(arrived_s))

    async def _end_segment(self, arrived_s: float) -> None:
        if self._session is not None:
            await self._heard(await self._session.finalize(arrived_s))

    async def _broken(self) -> bool:
        """Whether this is where the stream was to break."""
        fault = self._visit.fault
        breaks = fault is not None and fault.kind in {"reset", "close", "half_open", "error_message"}
        if fault is None or not breaks or self._visit.audio_s < fault.after_s:
            return False
        if fault.kind == "reset":
            self._visit.status = 1006
            reset(self._websocket.scope)
        elif fault.kind == "half_open":
            self._stalled = True
            fall_silent(self._websocket.scope)
            asyncio.get_running_loop().call_later(_HALF_OPEN_S, reset, self._websocket.scope)
            while (await self._websocket.receive())["type"] != "websocket.disconnect":
                continue
        else:
            if fault.kind == "error_message":
                await self._tell(self._dialect.trouble("emulated error"))
            await self._close(fault.close_code)
        return True

    async def _heard(self, heard: HeardSpeech) -> None:
        for piece in self._segmenter.heard(self._with_errors(heard)):
            await self._say(piece)

    def _with_errors(self, heard: HeardSpeech) -> HeardSpeech:
        words = self._service.with_errors(heard.words, self._dialect.query, final=heard.final)
        return HeardSpeech(words=words, final=heard.final)

    async def _flush(self, arrived_s: float) -> None:
        if self._session is not None:
            heard = await self._session.finalize(arrived_s)
            await self._say(self._segmenter.finalized(self._with_errors(heard)))

    async def _finish(self, arrived_s: float) -> bool:
        if self._tasks:
            await asyncio.wait(set(self._tasks))
        if self._session is not None:
            heard = await self._session.finish(arrived_s)
            for piece in self._segmenter.finished(self._with_errors(heard)):
                await self._say(piece)
        fault = self._visit.fault
        if not (fault and fault.kind == "missing_last"):
            await self._tell(self._dialect.closing())
        if self._dialect.closes or (fault and fault.kind == "missing_last"):
            await self._close(self._dialect.close_code)
        return not self._dialect.closes

    # What leaves, and what a fault makes of it.

    @property
    def _kind(self) -> str:
        return self._visit.fault.kind if self._visit.fault else ""

    async def _say(self, piece: SpeechPiece) -> None:
        async with self._order:
            if piece.is_last and self._held is not None:
                held, self._held = self._held, None
                await self._send_piece(held)
            for struck in self._struck_pieces(piece):
                await self._send_piece(struck)

    def _struck_pieces(self, piece: SpeechPiece) -> Sequence[SpeechPiece]:
        fault, kind = self._visit.fault, self._kind
        if kind == "empty":
            return [replace(piece, words=())]
        if not piece.is_final or not piece.words or self._struck:
            return [piece]
        if kind in {"missing_final", "reordered_finals", "truncated_tail"}:
            self._struck = True
        if kind == "missing_final":
            return [replace(piece, words=())] if piece.is_last else []
        if kind == "truncated_tail":
            assert fault is not None
            return [replace(piece, words=piece.words[: -fault.words])]
        if kind == "reordered_finals" and not piece.is_last:
            self._held = piece
            return []
        return [piece]

    async def _send_piece(self, piece: SpeechPiece) -> None:
        if not piece.is_final:
            await self._send(self._dialect.partial(piece.words), piece)
            return
        if piece.words:
            self._visit.finals += 1
            self._visit.words += len(piece.words)
        flushed = piece.is_last or piece.from_finalize
        messages = self._dialect.final(piece.words, flushed=flushed)
        if self._kind == "duplicate_final" and piece.words and not self._struck:
            self._struck = True
            messages = [*messages, *messages]  # the very same again: a key that is told twice stays one
        await self._send(messages, piece)

    async def _send(self, messages: Sequence[Message], piece: SpeechPiece | None = None) -> None:
        fault = self._visit.fault
        if fault and fault.kind in {"delay", "stall"} and fault.phase != "connect":
            is_last = piece is not None and (piece.is_last or piece.from_finalize)
            if fault.phase == "each" or is_last:
                self._stalled = self._stalled or fault.kind == "stall"
                await sleep_until(now_s() + delay_of(fault, self._visit.number))
        for message in messages:
            text = message if isinstance(message, str) else json.dumps(message, ensure_ascii=False)
            if fault and fault.kind == "malformed_json" and piece is not None and piece.is_final and not self._struck:
                self._struck = True
                text = text[: len(text) // 2]
            if self._stalled or self._websocket.application_state is not WebSocketState.CONNECTED:
                return
            try:
                await self._websocket.send_text(text)
            except (WebSocketDisconnect, RuntimeError, OSError):
                return

    async def _tell(self, messages: Sequence[Message]) -> None:
        async with self._order:
            await self._send(messages)

    async def _close(self, code: int, reason: str = "") -> None:
        async with self._order:
            if self._stalled:
                return
            self._visit.status = code
            if self._websocket.application_state is WebSocketState.CONNECTED:
                try:
                    await self._websocket.close(code, reason)
                except (WebSocketDisconnect, RuntimeError):
                    return


def object_of(frame: str | bytes) -> dict[str, Any]:
    """A frame's JSON object; empty for anything else."""
    try:
        value = json.loads(frame)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def text(words: Sequence[Word]) -> str:
    return " ".join(word.text for word in words)


def span(words: Sequence[Word]) -> tuple[float, float]:
    """Where words lie, in seconds; nowhere: at zero."""
    if not words:
        return 0.0, 0.0
    return round(words[0].start_s or 0.0, 3), round(words[-1].end_s or 0.0, 3)


def milliseconds(seconds: float | None) -> int:
    return round((seconds or 0.0) * 1000)


def seconds_of(value: Any, per_second: float = 1.0, default: float | None = 0.5) -> float | None:
    """A time as a client says it, in seconds; `default`: it says none, or no number."""
    try:
        return default if value is None else float(value) / per_second
    except (TypeError, ValueError):
        return default


def bearer(headers: Mapping[str, str]) -> str:
    scheme, _, given = headers.get("authorization", "").partition(" ")
    return given.strip() if scheme.lower() == "bearer" else ""
