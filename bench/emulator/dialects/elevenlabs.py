"""ElevenLabs Scribe: batch and real time.

Source: elevenlabs 2.78.0 (speech_to_text, realtime). With timestamps every commit is told twice; no message ends it.
"""

from __future__ import annotations

import base64
import binascii
import math
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket

from bench.emulator.dialects import calls
from bench.emulator.dialects.talk import (
    Audio,
    Command,
    Dialect,
    Flush,
    Message,
    Open,
    Refuse,
    Say,
    object_of,
    seconds_of,
    serve,
    text,
)
from bench.emulator.replies import Refusal
from bench.emulator.service import Service, Visit
from bench.types import Word

_FORMATS = {f"pcm_{rate}": ("linear16", rate) for rate in (8000, 16000, 22050, 24000, 44100, 48000)}
_FORMATS["ulaw_8000"] = ("mulaw", 8000)
_KEYTERMS, _KEYTERM_CHARS = 50, 20


def _allowed(headers: Mapping[str, str], query: Mapping[str, str], key: str | None) -> bool:
    return key is None or headers.get("xi-api-key", query.get("token", "")) == key


def _words(words: Sequence[Word]) -> list[dict[str, Any]]:
    """Words with the blanks between them, as entries of their own."""
    told: list[dict[str, Any]] = []
    for number, word in enumerate(words):
        start_s, end_s = round(word.start_s or 0.0, 3), round(word.end_s or 0.0, 3)
        if number:
            told.append({"text": " ", "start": told[-1]["end"], "end": start_s, "type": "spacing", "logprob": 0.0})
        confidence = 0.99 if word.confidence is None else max(word.confidence, 1e-6)
        told.append(
            {"text": word.text, "start": start_s, "end": end_s, "type": "word", "logprob": math.log(confidence)}
        )
    return told


@dataclass(slots=True)
class Stream(Dialect):
    closes: ClassVar[bool] = False

    def refusal(self) -> Refusal | None:
        if self.query.get("audio_format", "pcm_16000") not in _FORMATS:
            return Refusal(400, {"detail": {"status": "invalid_request", "message": "audio_format"}})
        return None

    def opening(self) -> Sequence[Command]:
        if not _allowed(self.headers, self.query, self.key):
            said = {"message_type": "auth_error", "error": "You must be authenticated to use this endpoint."}
            return [Refuse([said], 1008, "auth_error")]
        terms = self.lists.get("keyterms", ())
        if len(terms) > _KEYTERMS or any(len(term) > _KEYTERM_CHARS for term in terms):
            return [Refuse([{"message_type": "unaccepted_terms", "error": "keyterms: too many or too long"}], 1008)]
        encoding, rate = _FORMATS[self.query.get("audio_format", "pcm_16000")]
        config = {"sample_rate": rate, "audio_format": self.query.get("audio_format", "pcm_16000")}
        started = {"message_type": "session_started", "session_id": uuid.uuid4().hex, "config": config}
        silence_s = seconds_of(self.query.get("vad_silence_threshold_secs"))
        opened = Open(
            encoding=encoding,
            sample_rate_hz=rate,
            language=self.query.get("language_code"),
            endpoint_s=silence_s if self.query.get("commit_strategy") == "vad" else None,
        )
        return [opened, Say([started])]

    def read(self, frame: str | bytes) -> Sequence[Command]:
        message = object_of(frame)
        if message.get("message_type") != "input_audio_chunk":
            return [Say([{"message_type": "input_error", "error": "expected input_audio_chunk"}])]
        try:
            data = base64.b64decode(message.get("audio_base_64", ""), validate=True)
        except (binascii.Error, TypeError, ValueError):
            return [Say([{"message_type": "input_error", "error": "audio_base_64: expected base64"}])]
        audio: list[Command] = [Audio(data)] if data else []
        return [*audio, Flush()] if message.get("commit") is True else audio

    def partial(self, words: Sequence[Word]) -> Sequence[Message]:
        return [{"message_type": "partial_transcript", "text": text(words)}]

    def final(self, words: Sequence[Word], *, flushed: bool) -> Sequence[Message]:
        if not words and not flushed:
            return []
        messages: list[Message] = [{"message_type": "committed_transcript", "text": text(words)}]
        if self.query.get("include_timestamps") == "true":
            messages.append(
                {
                    "message_type": "committed_transcript_with_timestamps",
                    "text": text(words),
                    "language_code": self.query.get("language_code", "en"),
                    "words": _words(words),
                }
            )
        return messages

    def trouble(self, text: str) -> Sequence[Message]:
        return [{"message_type": "transcriber_error", "error": text}]


def routes(service: Service) -> list[BaseRoute]:
    """What it serves."""

    async def live(websocket: WebSocket) -> None:
        await serve(service, websocket, Stream)

    return [
        calls.post(service, "/v1/speech-to-text", _convert, _refuse),
        WebSocketRoute("/v1/speech-to-text/realtime", live),
    ]


def _refuse(status: int, message: str) -> Response:
    codes = {401: "invalid_api_key", 429: "too_many_concurrent_requests", 400: "invalid_request"}
    return JSONResponse({"detail": {"status": codes.get(status, "internal_error"), "message": message}}, status)


async def _convert(service: Service, request: Request, visit: Visit) -> Response:
    body, arrived_s = await calls.body_of(request)
    if not _allowed(request.headers, request.query_params, service.settings.api_key):
        return _refuse(401, "Invalid API key")
    form = calls.form_of(request.headers.get("content-type", ""), body)
    if not form.get("model_id"):
        missing = {"type": "missing", "loc": ["body", "model_id"], "msg": "Field required"}
        return JSONResponse({"detail": [missing]}, 422)
    visit.audio_bytes = len(form.file or b"")
    events = form.get("tag_audio_events", "true") == "true"

    def answer(words: Sequence[Word], duration_s: float) -> dict[str, Any]:
        told = _words(words)
        if events and words:  # left at its default, sounds are in the text
            told.append({"text": "(applause)", "start": duration_s, "end": duration_s, "type": "audio_event"})
        return {
            "language_code": form.get("language_code", "eng"),
            "language_probability": 0.99,
            "text": text(words) + (" (applause)" if events and words else ""),
            "words": [{"logprob": 0.0, **entry} for entry in told],
            "transcription_id": uuid.uuid4().hex,
            "audio_duration_secs": round(duration_s, 3),
        }

    recording = calls.Recording(service, request, visit, answer, _refuse, form.get("language_code") or None)
    headerless = form.get("file_format") == "pcm_s16le_16"
    return await recording.answer(calls.audio_of(form.file or b"", headerless=headerless), arrived_s)
