"""Deepgram v1 listen (Nova), batch and real time.

Source: deepgram-sdk 7.17.0 (listen/v1, types/listen_v1*); VENDORS notes 1.1. Error bodies and close codes are of lower
grade (documents, issue threads).
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
    object_of,
    seconds_of,
    serve,
    span,
    text,
)
from bench.emulator.replies import Refusal
from bench.emulator.service import Service, Visit
from bench.types import Word

_ENCODINGS = {"linear16", "linear32", "mulaw", "alaw", "opus"}
_FLAGS = ("punctuate", "smart_format", "numerals", "filler_words", "profanity_filter", "diarize", "interim_results")


def is_allowed(headers: Mapping[str, str], key: str | None) -> bool:
    """Whether the key is there, by either scheme."""
    scheme, _, given = headers.get("authorization", "").partition(" ")
    return key is None or (scheme.lower() in {"token", "bearer"} and given.strip() == key)


def error(code: str, message: str) -> dict[str, Any]:
    """The body of a refusal."""
    return {"err_code": code, "err_msg": message, "request_id": str(uuid.uuid4())}


def _bad_query(query: Mapping[str, str]) -> str | None:
    wrong = [name for name in _FLAGS if query.get(name, "true") not in {"true", "false"}]
    return f"Invalid query parameter {wrong[0]}" if wrong else None


def _words(words: Sequence[Word]) -> list[dict[str, Any]]:
    return [
        {
            "word": word.text.lower().strip(".,!?"),
            "punctuated_word": word.text,
            "start": round(word.start_s or 0.0, 3),
            "end": round(word.end_s or 0.0, 3),
            "confidence": 0.99 if word.confidence is None else word.confidence,
        }
        for word in words
    ]


@dataclass(slots=True)
class Stream(Dialect):
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    cut_s: float = 0.0
    flushing: bool = False

    def refusal(self) -> Refusal | None:
        if not is_allowed(self.headers, self.key):
            return Refusal(401, error("INVALID_AUTH", "Invalid credentials."), {"dg-error": "Invalid credentials."})
        problem = _bad_query(self.query)
        if problem or self.query.get("encoding", "linear16") not in _ENCODINGS:
            return Refusal(400, error("Bad Request", problem or "Unsupported encoding"), {"dg-error": "Bad Request"})
        return None

    def opening(self) -> Sequence[Command]:
        rate = int(self.query.get("sample_rate", "16000"))
        encoding = self.query.get("encoding", "linear16")
        given = self.query.get("endpointing", "500")
        endpoint_s = None if given == "false" else seconds_of(given, 1000)
        return [
            Open(encoding=encoding, sample_rate_hz=rate, language=self.query.get("language"), endpoint_s=endpoint_s)
        ]

    def read(self, frame: str | bytes) -> Sequence[Command]:
        if isinstance(frame, bytes):
            return [Audio(frame)] if frame else [Finish()]  # an empty frame is the old way to end
        kind = object_of(frame).get("type")
        if kind == "Finalize":
            self.flushing = True
            return [Flush()]
        return [Finish()] if kind == "CloseStream" else []

    def _results(self, words: Sequence[Word], *, is_final: bool, from_finalize: bool = False) -> Message:
        start_s, end_s = span(words)
        start_s = start_s if words else self.cut_s
        duration_s = max(0.0, end_s - start_s) if words else 0.0
        self.cut_s = max(self.cut_s, end_s) if is_final else self.cut_s
        said = text(words)
        return {
            "type": "Results",
            "channel_index": [0, 1],
            "start": start_s,
            "duration": round(duration_s, 3),
            "is_final": is_final,
            "speech_final": is_final,
            "from_finalize": from_finalize,
            "channel": {"alternatives": [{"transcript": said, "confidence": 0.99, "words": _words(words)}]},
            "metadata": {
                "request_id": self.request_id,
                "model_info": {"name": "general-nova-3", "version": "emulated", "arch": "nova-3"},
                "model_uuid": self.request_id,
            },
        }

    def partial(self, words: Sequence[Word]) -> Sequence[Message]:
        return [self._results(words, is_final=False)] if self.query.get("interim_results") == "true" else []

    def final(self, words: Sequence[Word], *, flushed: bool) -> Sequence[Message]:
        return [self._results(words, is_final=True, from_finalize=flushed and self.flushing)]

    def closing(self) -> Sequence[Message]:
        return [
            {
                "type": "Metadata",
                "transaction_key": "deprecated",
                "request_id": self.request_id,
                "sha256": "0" * 64,
                "created": "2026-01-01T00:00:00.000Z",
                "duration": round(self.audio_s, 3),
                "channels": 1,
            }
        ]

    def trouble(self, text: str) -> Sequence[Message]:
        return [{"type": "Error", "variant": "emulated", "description": text, "message": text}]


def routes(service: Service) -> list[BaseRoute]:
    """What it serves."""

    async def live(websocket: WebSocket) -> None:
        await serve(service, websocket, Stream)

    return [calls.post(service, "/v1/listen", _listen, _refuse), WebSocketRoute("/v1/listen", live)]


def _refuse(status: int, message: str) -> Response:
    codes = {401: "INVALID_AUTH", 429: "TOO_MANY_REQUESTS"}
    return JSONResponse(error(codes.get(status, "Bad Request" if status < 500 else "Internal"), message), status)


async def _listen(service: Service, request: Request, visit: Visit) -> Response:
    body, arrived_s = await calls.body_of(request)
    query = request.query_params
    if not is_allowed(request.headers, service.settings.api_key):
        return _refuse(401, "Invalid credentials.")
    problem = _bad_query(query)
    if problem:
        return _refuse(400, problem)
    visit.audio_bytes = len(body)
    recording = calls.Recording(service, request, visit, _answer, _refuse, query.get("language"))
    return await recording.answer(calls.audio_of(body), arrived_s)


def _answer(words: Sequence[Word], duration_s: float) -> dict[str, Any]:
    id = str(uuid.uuid4())
    alternative = {"transcript": text(words), "confidence": 0.99, "words": _words(words)}
    return {
        "metadata": {
            "transaction_key": "deprecated",
            "request_id": id,
            "sha256": "0" * 64,
            "created": "2026-01-01T00:00:00.000Z",
            "duration": round(duration_s, 3),
            "channels": 1,
            "models": [id],
            "model_info": {id: {"name": "general-nova-3", "version": "emulated", "arch": "nova-3"}},
        },
        "results": {"channels": [{"alternatives": [alternative]}]},
    }
