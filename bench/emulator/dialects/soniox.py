"""Soniox: batch (file, transcription, transcript) and real time.

Source: soniox 2.10.0 (types, realtime, client). Tokens are parts of words; final ones are sent once; what was uploaded
stays until it is deleted.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
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
    Refuse,
    bearer,
    milliseconds,
    object_of,
    seconds_of,
    serve,
    text,
)  # fmt: skip
from bench.emulator.service import Service, Visit
from bench.types import Word

_FORMATS = {"pcm_s16le": "linear16", "pcm_f32le": "linear32", "mulaw": "mulaw", "alaw": "alaw"}


def tokens_of(words: Sequence[Word], *, final: bool | None, first: bool) -> list[dict[str, Any]]:
    """Each word as its two halves, the first with the blank before it."""
    told: list[dict[str, Any]] = []
    for number, word in enumerate(words):
        middle = -(-len(word.text) // 2)
        start, end = milliseconds(word.start_s), milliseconds(word.end_s)
        half = (start + end) // 2
        blank = "" if first and number == 0 else " "
        for part, begins, ends in ((blank + word.text[:middle], start, half), (word.text[middle:], half, end)):
            if part.strip():
                token = {"text": part, "start_ms": begins, "end_ms": ends, "confidence": 0.99}
                told.append(token if final is None else {**token, "is_final": final})
    return told


@dataclass(slots=True)
class Stream(Dialect):
    is_open: bool = False
    said_any: bool = False
    flushing: bool = False
    endpoints: bool = False

    def read(self, frame: str | bytes) -> Sequence[Command]:
        if isinstance(frame, bytes):
            return [Audio(frame)] if frame else [Finish()]
        if not self.is_open:
            return self._configure(frame)
        if frame == "":
            return [Finish()]
        if object_of(frame).get("type") == "finalize":
            self.flushing = True
            return [Flush()]
        return []

    def _configure(self, frame: str) -> Sequence[Command]:
        config = object_of(frame)
        given = bearer(self.headers) or str(config.get("api_key", ""))
        if self.key is not None and given != self.key:
            return [self._refused(401, "Invalid API key.")]
        encoding = _FORMATS.get(str(config.get("audio_format")))
        if encoding is None or not config.get("sample_rate") or not config.get("num_channels"):
            return [self._refused(400, "audio_format, sample_rate and num_channels must be given")]
        if not config.get("model"):
            return [self._refused(400, "Missing model")]
        self.is_open, self.endpoints = True, config.get("enable_endpoint_detection") is True
        language = next(iter(config.get("language_hints") or ()), None)
        silence_s = seconds_of(config.get("max_endpoint_delay_ms"), 1000) if self.endpoints else None
        return [Open(encoding=encoding, sample_rate_hz=config["sample_rate"], language=language, endpoint_s=silence_s)]

    def _refused(self, code: int, message: str) -> Refuse:
        return Refuse([{"tokens": [], "error_code": code, "error_message": message}], 1000)

    def _message(self, tokens: list[dict[str, Any]]) -> Message:
        done = milliseconds(self.audio_s)
        return {"tokens": tokens, "final_audio_proc_ms": done, "total_audio_proc_ms": done}

    def partial(self, words: Sequence[Word]) -> Sequence[Message]:
        return [self._message(tokens_of(words, final=False, first=not self.said_any))]

    def final(self, words: Sequence[Word], *, flushed: bool) -> Sequence[Message]:
        tokens = tokens_of(words, final=True, first=not self.said_any)
        self.said_any = self.said_any or bool(words)
        if flushed and self.flushing:
            self.flushing = False
            tokens.append({"text": "<fin>", "is_final": True})
        elif words and self.endpoints:
            tokens.append({"text": "<end>", "is_final": True})
        return [self._message(tokens)] if tokens else []

    def closing(self) -> Sequence[Message]:
        done = milliseconds(self.audio_s)
        return [{"tokens": [], "final_audio_proc_ms": done, "total_audio_proc_ms": done, "finished": True}]

    def trouble(self, text: str) -> Sequence[Message]:
        return [{"tokens": [], "error_code": 503, "error_message": f"Cannot continue request (code 1). {text}"}]


@dataclass(slots=True)
class _Jobs:
    """What clients left, and the requests about it."""

    service: Service
    shelf: calls.Shelf = field(default_factory=calls.Shelf)

    async def upload(self, service: Service, request: Request, visit: Visit) -> Response:
        body, _ = await calls.body_of(request)
        if not _allowed(service, request):
            return _refuse(401, "Invalid API key.")
        form = calls.form_of(request.headers.get("content-type", ""), body)
        id = self.shelf.keep(form.file or b"")
        told = {"id": id, "filename": "audio.wav", "size": len(form.file or b""), "created_at": "2026-01-01T00:00:00Z"}
        return JSONResponse(told, 201)

    async def create(self, service: Service, request: Request, visit: Visit) -> Response:
        body, arrived_s = await calls.body_of(request)
        if not _allowed(service, request):
            return _refuse(401, "Invalid API key.")
        wanted = json.loads(body)
        data = self.shelf.uploads.get(str(wanted.get("file_id")))
        if data is None or not wanted.get("model"):
            return _refuse(400, "file_id: no such file, or no model")
        language = next(iter(wanted.get("language_hints") or ()), None)
        recording = calls.Recording(service, request, visit, _answer, _refuse, language)
        id = self.shelf.begin(recording, calls.audio_of(data), arrived_s)
        return JSONResponse(_job(id, wanted, "queued"), 201)

    async def status(self, request: Request) -> Response:
        if not _allowed(self.service, request):
            return _refuse(401, "Invalid API key.")
        id = request.path_params["id"]
        job = self.shelf.jobs.get(id)
        if job is None:
            return _refuse(404, "Transcription not found.")
        result = job.result
        if isinstance(result, Response):
            return JSONResponse(_job(id, {}, "error") | {"error_message": "Invalid audio file.", "error_type": "bad"})
        return JSONResponse(_job(id, {}, "processing" if result is None else "completed"))

    async def transcript(self, request: Request) -> Response:
        if not _allowed(self.service, request):
            return _refuse(401, "Invalid API key.")
        job = self.shelf.jobs.get(request.path_params["id"])
        if job is None or not isinstance(job.result, dict):
            return _refuse(404, "Transcript not found.")
        return JSONResponse({"id": request.path_params["id"], **job.result})

    async def delete_job(self, request: Request) -> Response:
        self.shelf.jobs.pop(request.path_params["id"], None)
        return Response(status_code=204)

    async def delete_file(self, request: Request) -> Response:
        self.shelf.uploads.pop(request.path_params["id"], None)
        return Response(status_code=204)

    async def left(self, request: Request) -> Response:
        return JSONResponse({"files": len(self.shelf.uploads), "transcriptions": len(self.shelf.jobs)})


def routes(service: Service) -> list[BaseRoute]:
    """What it serves."""
    jobs = _Jobs(service)

    async def live(websocket: WebSocket) -> None:
        await serve(service, websocket, Stream)

    return [
        WebSocketRoute("/transcribe-websocket", live),
        calls.post(service, "/v1/files", jobs.upload, _refuse),
        Route("/v1/files/{id}", jobs.delete_file, methods=["DELETE"]),
        calls.post(service, "/v1/transcriptions", jobs.create, _refuse),
        Route("/v1/transcriptions/{id}", jobs.status, methods=["GET"]),
        Route("/v1/transcriptions/{id}", jobs.delete_job, methods=["DELETE"]),
        Route("/v1/transcriptions/{id}/transcript", jobs.transcript, methods=["GET"]),
        Route("/emulator/left", jobs.left),
    ]


def _allowed(service: Service, request: Request) -> bool:
    return service.settings.api_key is None or bearer(request.headers) == service.settings.api_key


def _refuse(status: int, message: str) -> Response:
    kinds = {400: "invalid_request", 401: "unauthenticated", 404: "not_found", 429: "rate_limited"}
    told = {
        "status_code": status,
        "error_type": kinds.get(status, "internal_error"),
        "message": message,
        "validation_errors": [],
        "request_id": uuid.uuid4().hex,
    }
    return JSONResponse(told, status)


def _job(id: str, wanted: dict[str, Any], state: str) -> dict[str, Any]:
    return {
        "id": id,
        "status": state,
        "created_at": "2026-01-01T00:00:00Z",
        "model": wanted.get("model", "stt-async"),
        "audio_url": None,
        "file_id": wanted.get("file_id"),
        "filename": "audio.wav",
        "language_hints": wanted.get("language_hints") or [],
        "enable_speaker_diarization": False,
        "enable_language_identification": False,
        "audio_duration_ms": 0,
        "error_type": None,
        "error_message": None,
        "webhook_url": None,
        "webhook_auth_header_name": None,
        "webhook_auth_header_value": None,
        "webhook_status_code": None,
        "client_reference_id": None,
        "context": None,
    }


def _answer(words: Sequence[Word], duration_s: float) -> dict[str, Any]:
    return {"text": text(words), "tokens": tokens_of(words, final=None, first=True)}
