"""Cartesia: batch and the manual stream.

Source: cartesia 4.2.0 (resources/stt, types/stt). Commands are bare texts; each transcript is the delta since the last
final one, with its own blanks.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket

from bench.emulator.dialects import calls
from bench.emulator.dialects.talk import (
    Audio,
    Command,
    Dialect,
    Finish,
    Flush,
    Message,
    Open,
    bearer,
    seconds_of,
    serve,
    text,
)
from bench.emulator.replies import Refusal
from bench.emulator.service import Service, Visit
from bench.types import Word

_ENCODINGS = {"pcm_s16le": "linear16", "pcm_f32le": "linear32", "pcm_mulaw": "mulaw", "pcm_alaw": "alaw"}


def _allowed(headers: Mapping[str, str], key: str | None) -> bool:
    return key is None or key in (bearer(headers), headers.get("x-api-key"))


def _error(status: int, title: str, message: str, code: str) -> dict[str, Any]:
    return {"title": title, "message": message, "status_code": status, "error_code": code, "request_id": "emulated"}


def _words(words: Sequence[Word]) -> list[dict[str, Any]]:
    return [
        {"word": word.text, "start": round(word.start_s or 0.0, 3), "end": round(word.end_s or 0.0, 3)}
        for word in words
    ]


@dataclass(slots=True)
class Stream(Dialect):
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    said_any: bool = False
    flushing: bool = False

    def refusal(self) -> Refusal | None:
        if not _allowed(self.headers, self.key):
            return Refusal(401, _error(401, "Unauthorized", "Invalid API key", "unauthorized"))
        if self.query.get("encoding") not in _ENCODINGS or not self.query.get("sample_rate", "").isdigit():
            return Refusal(400, _error(400, "Bad Request", "Invalid encoding or sample_rate", "invalid_request"))
        return None

    def opening(self) -> Sequence[Command]:
        encoding, rate = _ENCODINGS[self.query["encoding"]], int(self.query["sample_rate"])
        silence_s = seconds_of(self.query.get("max_silence_duration_secs"))
        return [Open(encoding=encoding, sample_rate_hz=rate, language=self.query.get("language"), endpoint_s=silence_s)]

    def read(self, frame: str | bytes) -> Sequence[Command]:
        if isinstance(frame, bytes):
            return [Audio(frame)]
        if frame == "finalize":
            self.flushing = True
            return [Flush()]
        return [Finish()] if frame in {"close", "done"} else []

    def _transcript(self, words: Sequence[Word], *, is_final: bool) -> Message:
        blank = " " if self.said_any and words else ""
        return {
            "type": "transcript",
            "text": blank + text(words),
            "is_final": is_final,
            "duration": round(self.audio_s, 3),
            "language": self.query.get("language", "en"),
            "words": _words(words),
            "request_id": self.id,
        }

    def partial(self, words: Sequence[Word]) -> Sequence[Message]:
        return [self._transcript(words, is_final=False)]

    def final(self, words: Sequence[Word], *, flushed: bool) -> Sequence[Message]:
        messages: list[Message] = [self._transcript(words, is_final=True)] if words else []
        self.said_any = self.said_any or bool(words)
        if self.flushing and flushed:
            self.flushing = False
            messages.append({"type": "flush_done", "request_id": self.id})
        return messages

    def closing(self) -> Sequence[Message]:
        return [{"type": "done", "request_id": self.id}]

    def trouble(self, text: str) -> Sequence[Message]:
        return [{"type": "error", **_error(500, "Internal Server Error", text, "internal_error")}]


def routes(service: Service) -> list[BaseRoute]:
    """What it serves."""

    async def live(websocket: WebSocket) -> None:
        await serve(service, websocket, Stream)

    return [calls.post(service, "/stt", _transcribe, _refuse), WebSocketRoute("/stt/websocket", live)]


def _refuse(status: int, message: str) -> Response:
    codes = {401: "unauthorized", 429: "concurrency_limited", 400: "invalid_request"}
    return JSONResponse(_error(status, "Error", message, codes.get(status, "internal_error")), status)


async def _transcribe(service: Service, request: Request, visit: Visit) -> Response:
    body, arrived_s = await calls.body_of(request)
    if not _allowed(request.headers, service.settings.api_key):
        return _refuse(401, "Invalid API key")
    if "cartesia-version" not in request.headers:
        return _refuse(400, "missing header Cartesia-Version")
    form = calls.form_of(request.headers.get("content-type", ""), body)
    if not form.get("model"):
        return _refuse(400, "model is required")
    visit.audio_bytes = len(form.file or b"")

    def answer(words: Sequence[Word], duration_s: float) -> dict[str, Any]:
        told: dict[str, Any] = {
            "type": "transcript",
            "text": text(words),
            "duration": round(duration_s, 3),
            "language": form.get("language", "en"),
            "is_final": True,
            "request_id": str(uuid.uuid4()),
        }
        if "word" in form.fields.get("timestamp_granularities[]", ()):
            told["words"] = _words(words)
        return told

    recording = calls.Recording(service, request, visit, answer, _refuse, form.get("language") or None)
    return await recording.answer(calls.audio_of(form.file or b""), arrived_s)
