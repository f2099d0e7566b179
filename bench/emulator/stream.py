"""The real-time endpoint: audio in, partials and finals out, until `close_stream` or the client leaves."""

from __future__ import annotations

import asyncio
import json
import logging
import uuid
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from typing import Any

from starlette.responses import JSONResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from bench.audio.energy import SpeechDetector
from bench.emulator import quirks, replies
from bench.emulator.clock import now_s, sleep_until
from bench.emulator.faults import delay_of
from bench.emulator.heard import HeardSpeech
from bench.emulator.outbox import Outbox
from bench.emulator.replies import Refusal
from bench.emulator.segments import Segmenter, SpeechPiece, StreamOptions, message
from bench.emulator.service import Service, Visit, fall_silent, reset
from bench.emulator.settings import EmulatorSettings
from bench.emulator.wire import Decoder, WireError, decoder
from bench.engines.base import Samples
from bench.errors import MissingExtraError
from bench.types import Word

_LOG = logging.getLogger("bench.emulator")


_HALF_OPEN_S = 120.0
"""How long a half-open connection is kept: nobody tells us that its client has gone."""


async def stream(service: Service, websocket: WebSocket) -> None:
    """Serve one WebSocket; every path leads to one log line."""
    try:
        with service.visit("stream", websocket.headers) as visit:
            await _serve(service, websocket, visit)
    except ValueError as error:
        await _deny(websocket, Refusal(400, {"status": "error", "message": f"x-emulator-fault: {error}"}))


async def _serve(service: Service, websocket: WebSocket, visit: Visit) -> None:
    query = websocket.query_params
    live_path = websocket.url.path.endswith("/live")
    refusal = service.unauthorized(websocket.headers, query)
    refusal = refusal or replies.refuse_stream(query, service.settings, live_path=live_path)
    if visit.fault and visit.fault.kind == "status":
        refusal = replies.status_fault(visit.fault.status, visit.fault.retry_after_s)
    await _connect_phase(websocket, visit)
    try:
        wire = decoder(query.get("encoding", "linear16"), int(query.get("sample_rate", "16000")))
    except MissingExtraError as error:
        refusal = refusal or Refusal(501, {"status": "error", "message": str(error)})
    except (KeyError, ValueError):
        refusal = refusal or Refusal(400, {"status": "error", "message": "Invalid query parameters"})
    if refusal is not None:
        visit.status = refusal.status
        body = quirks.echoing(refusal.body, websocket.headers, service.settings.quirks)
        await _deny(websocket, Refusal(refusal.status, body, refusal.headers))
        return
    await websocket.accept()
    outbox = Outbox(websocket, visit)
    if await _turned_away(service, query, outbox):
        return
    await Connection(service, websocket, visit, outbox, wire).run()


async def _connect_phase(websocket: WebSocket, visit: Visit) -> None:
    fault = visit.fault
    if fault is None or fault.phase != "connect":
        return
    if fault.kind == "stall":
        while (await websocket.receive())["type"] != "websocket.disconnect":
            continue
        raise WebSocketDisconnect
    if fault.kind == "delay":
        await sleep_until(now_s() + delay_of(fault, visit.number))


async def _deny(websocket: WebSocket, refusal: Refusal) -> None:
    await websocket.send_denial_response(JSONResponse(dict(refusal.body), refusal.status, dict(refusal.headers)))


async def _turned_away(service: Service, query: Mapping[str, str], outbox: Outbox) -> bool:
    """Refusals that come after the upgrade."""
    language = query.get("language", "")
    if service.over_stream_limit():
        await outbox.close(1008, "Concurrency limit exceeded")
    elif language in service.settings.gated_stream_languages:
        await outbox.say({"type": "error", **replies.region_error(language, service.settings.region)})
        await outbox.close(1000)
    elif query.get("eou_timeout_ms") == "0" and "zero_timeout_hangs" in service.settings.quirks:
        outbox.stalled = True
        return False
    elif query.get("eou_timeout_ms") == "0" or (query.get("model") == "pulse-2" and language[:2] != "en"):
        await outbox.close(1011, "Invalid session parameters")
    else:
        return False
    return True


def quirked_options(
    options: StreamOptions, query: Mapping[str, str], settings: EmulatorSettings, redacted_words: tuple[str, ...]
) -> StreamOptions:
    """The options of a stream as the service's habits have them."""
    return replace(
        options,
        max_words=quirks.cut_words(query, settings.quirks, options.max_words),
        trimmed=options.trimmed or "cut_inside_words" in settings.quirks,
        redacted_words=redacted_words,
        redacted_partials="pii_in_partials" not in settings.quirks,
    )


class Connection:
    """One accepted stream."""

    def __init__(self, service: Service, websocket: WebSocket, visit: Visit, outbox: Outbox, wire: Decoder) -> None:
        query = websocket.query_params
        self._service, self._websocket, self._visit, self._outbox, self._wire = service, websocket, visit, outbox, wire
        self._rate = int(query.get("sample_rate", "16000"))
        self._query, self._quirks = query, service.settings.quirks
        self._options = replies.stream_options(query, live_path=websocket.url.path.endswith("/live"))
        self._options = quirked_options(self._options, query, service.settings, service.redacted_words(query))
        self._distortion = quirks.distortion(query, self._quirks)
        self._carried: Word | None = None
        self._began_s: float | None = None
        self._session_id = uuid.uuid4().hex
        self._segmenter = Segmenter(self._options.max_words)
        self._said = ""
        self._vad_events = query.get("vad_events", query.get("vad")) == "true"
        self._endpoint_s = replies.endpoint_s(query)
        self._detector = None
        if self._vad_events or not service.recognizer.endpoints_itself:
            self._detector = SpeechDetector(self._rate)
        self._tasks: set[asyncio.Task[None]] = set()
        self._session = service.recognizer.open(self._rate, self._options.language, self._heard)

    async def run(self) -> None:
        """Read until the stream is over."""
        try:
            while await self._next():
                pass
        except WireError as error:
            await self._outbox.say({"type": "error", "status": "error", "message": str(error)})
            await self._outbox.close(1011, "audio")
        except Exception:
            _LOG.exception("the recognizer failed")
            await self._outbox.say({"type": "error", "status": "error", "message": "Internal server error"})
            await self._outbox.close(1011, "Internal server error")
        finally:
            for task in self._tasks:
                task.cancel()
            await self._session.abort()

    async def _next(self) -> bool:
        """Take one message; false when the stream is over."""
        event = await self._websocket.receive()
        arrived_s = now_s()
        if event["type"] == "websocket.disconnect":
            self._visit.status = self._visit.status or event.get("code") or 1005
            return False
        if event.get("bytes") is not None:
            return await self._audio(event["bytes"], arrived_s)
        return await self._control(event.get("text") or "", arrived_s)

    async def _audio(self, data: bytes, arrived_s: float) -> bool:
        samples = self._wire.push(data)
        self._visit.audio_bytes += len(data)
        self._visit.audio_s += len(samples) / self._rate
        if self._visit.audio_s > self._service.settings.limits.max_stream_s:
            await self._outbox.close(1008, "Maximum session duration reached")
            return False
        if await self._broken():
            return False
        self._began_s = arrived_s if self._began_s is None else self._began_s
        took_s, fast = arrived_s - self._began_s, self._service.settings.fast_factor
        if quirks.heard_as_garbage(data, self._visit.audio_s, took_s, self._quirks, fast):
            self._distortion = quirks.GARBLED
        if len(samples):
            await self._session.accept(samples, arrived_s)
            await self._follow(samples, arrived_s)
        return True

    async def _broken(self) -> bool:
        """Whether this is where the stream was to break."""
        fault = self._visit.fault
        if fault is None or fault.kind not in {"reset", "close", "half_open", "error_message"}:
            return False
        if self._visit.audio_s < fault.after_s:
            return False
        if fault.kind == "reset":
            self._visit.status = 1006
            reset(self._websocket.scope)
            return True
        if fault.kind == "half_open":
            self._outbox.stalled = True
            fall_silent(self._websocket.scope)
            asyncio.get_running_loop().call_later(_HALF_OPEN_S, reset, self._websocket.scope)
            while (await self._websocket.receive())["type"] != "websocket.disconnect":
                continue
            return True
        if fault.kind == "error_message":
            said = {"type": "error", "status": "error", "message": "emulated error"}
            await self._outbox.say(quirks.echoing(said, self._websocket.headers, self._quirks))
        await self._outbox.close(fault.close_code)
        return True

    async def _follow(self, samples: Samples, arrived_s: float) -> None:
        """Voice activity: its events, and the end of a segment on silence."""
        if self._detector is None:
            return
        for kind, at_s in self._detector.push(samples):
            if self._vad_events:
                await self._outbox.say({"type": kind, "session_id": self._session_id, "timestamp": at_s})
        if not self._service.recognizer.endpoints_itself and self._detector.ends_segment(self._endpoint_s):
            self._spawn(self._end_segment(arrived_s))
            await asyncio.sleep(0)

    async def _control(self, text: str, arrived_s: float) -> bool:
        try:
            command = json.loads(text)
            kind = command.get("type")
        except (ValueError, AttributeError, RecursionError):
            await self._outbox.say({"type": "error", "status": "error", "message": "Invalid JSON message"})
            return True
        if kind == "finalize":
            self._spawn(self._finalize(arrived_s))
            await asyncio.sleep(0)  # it takes its place in the recogniser's order before audio that follows
        elif kind == "keepalive":
            await self._outbox.say({"type": "pong"})
        elif kind in {"close_stream", "end"}:
            await self._finish(arrived_s)
            return self._outbox.stalled
        return True

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            # The session is dead; the next message for it says so to the client.
            _LOG.error("the recognizer failed: %s: %s", type(error).__name__, error)

    async def _heard(self, heard: HeardSpeech) -> None:
        for piece in self._segmenter.heard(self._with_errors(heard)):
            await self._say(piece)

    async def _end_segment(self, arrived_s: float) -> None:
        await self._heard(await self._session.finalize(arrived_s))

    async def _finalize(self, arrived_s: float) -> None:
        if "finalize_unanswered" in self._quirks:
            return
        heard = await self._session.finalize(arrived_s)
        piece = self._segmenter.finalized(self._with_errors(heard))
        for _ in range(2 if "finalize_answered_twice" in self._quirks else 1):
            await self._say(piece)

    async def _finish(self, arrived_s: float) -> None:
        if self._tasks:
            await asyncio.wait(set(self._tasks))
        heard = await self._session.finish(arrived_s)
        for piece in self._segmenter.finished(self._with_errors(heard)):
            await self._say(piece)
        await self._outbox.close(1000)

    def _with_errors(self, heard: HeardSpeech) -> HeardSpeech:
        words = self._service.with_errors(heard.words, self._query, final=heard.final)
        words = quirks.misheard(words, self._query, self._quirks, self._distortion)
        return HeardSpeech(words=words, final=heard.final)

    async def _say(self, piece: SpeechPiece) -> None:
        if "cut_inside_words" in self._quirks and piece.is_final:
            piece = self._cut_inside(piece)
        said = message(piece, self._options, self._session_id)
        if piece.is_final and "empty_full_transcript" in self._quirks:
            said["full_transcript"] = ""
        elif piece.is_final and self._options.full_transcript:
            self._said += said["transcript"]
            said["full_transcript"] = self._said
        await self._outbox.say(said)

    def _cut_inside(self, piece: SpeechPiece) -> SpeechPiece:
        carried, self._carried = self._carried, None
        if piece.is_last or not piece.words:
            return replace(piece, words=(*([carried] if carried else []), *piece.words))
        words, self._carried = quirks.halved(piece.words, carried)
        return replace(piece, words=words)
