"""OpenAI: transcriptions (JSON, verbose, text, server-sent events) and real-time transcription sessions.

Source: openai 3.57.0 (types/audio, types/realtime). There is no end mark: a client commits and waits for its items.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket

from bench.emulator.dialects import calls
from bench.emulator.dialects.talk import (
    Audio,
    Command,
    Dialect,
    Finish,
    Message,
    Open,
    Say,
    bearer,
    object_of,
    seconds_of,
    serve,
    text,
)
from bench.emulator.replies import Refusal
from bench.emulator.service import Service, Visit
from bench.types import Word

_FORMATS = {"audio/pcm": ("linear16", 24_000), "audio/pcmu": ("mulaw", 8_000), "audio/pcma": ("alaw", 8_000)}
_PART_S = 0.02


def _error(kind: str, message: str, code: str | None = None, param: str | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


_BAD_KEY = _error("invalid_request_error", "Incorrect API key provided.", "invalid_api_key")


@dataclass(slots=True)
class Stream(Dialect):
    """Items: each segment is committed, transcribed by deltas and completed, under an id of its own."""

    closes: ClassVar[bool] = False

    items: int = 0
    session: dict[str, Any] = field(default_factory=dict)
    is_open: bool = False

    def refusal(self) -> Refusal | None:
        if self.key is not None and bearer(self.headers) != self.key:
            return Refusal(401, _BAD_KEY)
        return None

    def opening(self) -> Sequence[Command]:
        return [Say([{"type": "session.created", "event_id": "event_0", "session": {"type": "transcription"}}])]

    def read(self, frame: str | bytes) -> Sequence[Command]:
        message = object_of(frame)
        match message.get("type"):
            case "session.update":
                return self._update(message.get("session"))
            case "input_audio_buffer.append":
                try:
                    return [Audio(base64.b64decode(message.get("audio", ""), validate=True))]
                except (binascii.Error, TypeError, ValueError):
                    return [Say([self._failed("invalid_value", "audio: expected base64")])]
            case "input_audio_buffer.commit":
                return [Finish()]
            case _:
                return [Say([self._failed("invalid_request_error", "unknown event type")])]

    def _update(self, session: Any) -> Sequence[Command]:
        session = session if isinstance(session, dict) else {}
        audio = session.get("audio", {}).get("input", {})
        format = audio.get("format", {"type": "audio/pcm", "rate": 24_000})
        encoding = _FORMATS.get(format.get("type"))
        if session.get("type") != "transcription" or encoding is None or format.get("rate", encoding[1]) != encoding[1]:
            return [
                Say([self._failed("invalid_value", "session.audio.input.format: unsupported", "audio.input.format")])
            ]
        self.session = session
        opened: list[Command] = []
        if not self.is_open:
            self.is_open = True
            language = audio.get("transcription", {}).get("language")
            detection = audio.get("turn_detection") or {}
            endpoint_s = seconds_of(detection.get("silence_duration_ms"), 1000) if detection else None
            opened = [Open(encoding=encoding[0], sample_rate_hz=encoding[1], language=language, endpoint_s=endpoint_s)]
        return [*opened, Say([{"type": "session.updated", "event_id": "event_1", "session": session}])]

    def _failed(self, code: str, message: str, param: str | None = None) -> Message:
        return {"type": "error", "event_id": "event_e", **_error("invalid_request_error", message, code, param)}

    def partial(self, words: Sequence[Word]) -> Sequence[Message]:
        return []  # an item is transcribed once it is committed

    def final(self, words: Sequence[Word], *, flushed: bool) -> Sequence[Message]:
        if not words:
            if not flushed:
                return []
            return [self._failed("input_audio_buffer_commit_empty", "Error committing input audio buffer: too small")]
        id, previous = f"item_{self.items}", f"item_{self.items - 1}" if self.items else None
        self.items += 1
        said = text(words)
        half = len(said) // 2
        name = "conversation.item.input_audio_transcription"
        deltas = [
            {"type": f"{name}.delta", "event_id": "event_d", "item_id": id, "content_index": 0, "delta": part}
            for part in (said[:half], said[half:])
            if part
        ]
        usage = {"type": "duration", "seconds": round(self.audio_s, 1)}
        return [
            {
                "type": "input_audio_buffer.committed",
                "event_id": "event_c",
                "item_id": id,
                "previous_item_id": previous,
            },
            *deltas,
            {
                "type": f"{name}.completed",
                "event_id": "event_f",
                "item_id": id,
                "content_index": 0,
                "transcript": said,
                "usage": usage,
            },
        ]

    def trouble(self, text: str) -> Sequence[Message]:
        return [{"type": "error", "event_id": "event_e", **_error("server_error", text, "server_error")}]


def routes(service: Service) -> list[BaseRoute]:
    """What it serves."""

    async def live(websocket: WebSocket) -> None:
        await serve(service, websocket, Stream)

    return [
        calls.post(service, "/v1/audio/transcriptions", _transcribe, _refuse),
        WebSocketRoute("/v1/realtime", live),
    ]


def _refuse(status: int, message: str) -> Response:
    if status == 429:
        return JSONResponse(_error("requests", message, "rate_limit_exceeded"), status)
    kind = "invalid_request_error" if status < 500 else "server_error"
    return JSONResponse(_error(kind, message), status)


async def _transcribe(service: Service, request: Request, visit: Visit) -> Response:
    body, arrived_s = await calls.body_of(request)
    if service.settings.api_key is not None and bearer(request.headers) != service.settings.api_key:
        return JSONResponse(_BAD_KEY, 401)
    form = calls.form_of(request.headers.get("content-type", ""), body)
    model, shape = form.get("model"), form.get("response_format", "json")
    if not model:
        return _refuse(400, "you must provide a model parameter")
    if shape != "json" and not model.startswith("whisper") and shape != "text":
        said = f"response_format '{shape}' is not compatible with model '{model}'"
        return JSONResponse(_error("invalid_request_error", said, "unsupported_value", "response_format"), 400)
    visit.audio_bytes = len(form.file or b"")

    def answer(words: Sequence[Word], duration_s: float) -> dict[str, Any]:
        told: dict[str, Any] = {"text": text(words), "usage": {"type": "duration", "seconds": round(duration_s)}}
        if shape == "verbose_json":
            timed = [{"word": w.text, "start": w.start_s or 0.0, "end": w.end_s or 0.0} for w in words]
            told |= {"language": "english", "duration": duration_s, "segments": [], "words": timed}
        return told

    recording = calls.Recording(service, request, visit, answer, _refuse, form.get("language") or None)
    told = await recording.body(calls.audio_of(form.file or b""), arrived_s)
    if isinstance(told, Response):
        return told
    if form.get("stream") == "true" and not model.startswith("whisper"):
        return StreamingResponse(_events(told["text"]), media_type="text/event-stream")
    return PlainTextResponse(told["text"] + "\n") if shape == "text" else await recording.sent(told)


async def _events(said: str) -> AsyncIterator[str]:
    for number, word in enumerate(said.split(" ")):
        delta = word if number == 0 else f" {word}"
        yield f"data: {json.dumps({'type': 'transcript.text.delta', 'delta': delta})}\n\n"
        await asyncio.sleep(_PART_S)
    yield f"data: {json.dumps({'type': 'transcript.text.done', 'text': said})}\n\n"
