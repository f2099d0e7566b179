"""Gladia v2: batch (upload, create, poll) and live sessions.

Source: gladiaio-sdk 2.2.1 (v2/live, v2/prerecorded). A stream is asked for first; its address has a token in it.
"""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

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
    Message,
    Open,
    Say,
    object_of,
    seconds_of,
    serve,
    span,
    text,
)
from bench.emulator.replies import Refusal
from bench.emulator.service import Service, Visit
from bench.types import Word

_ENCODINGS = {"wav/pcm": "linear16", "wav/ulaw": "mulaw", "wav/alaw": "alaw"}
_RATES = {8000, 16000, 32000, 44100, 48000}


def _words(words: Sequence[Word]) -> list[dict[str, Any]]:
    return [
        {
            "word": f" {word.text}",
            "start": round(word.start_s or 0.0, 3),
            "end": round(word.end_s or 0.0, 3),
            "confidence": 0.99 if word.confidence is None else word.confidence,
        }
        for word in words
    ]


def _utterance(words: Sequence[Word]) -> dict[str, Any]:
    start_s, end_s = span(words)
    return {
        "text": f" {text(words)}" if words else "",
        "start": start_s,
        "end": end_s,
        "language": "en",
        "channel": 0,
        "confidence": 0.99,
        "words": _words(words),
    }


@dataclass(slots=True)
class Stream(Dialect):
    """A session that was asked for; `sessions` has what each was asked to be."""

    sessions: ClassVar[dict[str, dict[str, Any]]] = {}

    utterances: int = 0
    created: str = "2026-01-01T00:00:00.000Z"
    chunks: int = 0
    config: dict[str, Any] = field(default_factory=dict)

    def refusal(self) -> Refusal | None:
        config = self.sessions.get(self.query.get("token", ""))
        if config is None:
            return Refusal(401, {"statusCode": 401, "message": "Invalid or expired token"})
        self.config = config
        return None

    def opening(self) -> Sequence[Command]:
        encoding, rate = _ENCODINGS[self.config.get("encoding", "wav/pcm")], self.config.get("sample_rate", 16000)
        languages = self.config.get("language_config", {}).get("languages") or [None]
        silence_s = seconds_of(self.config.get("endpointing"))
        opened: list[Command] = [
            Open(encoding=encoding, sample_rate_hz=rate, language=languages[0], endpoint_s=silence_s)
        ]
        return (
            [*opened, Say([self._told("start_session"), self._told("start_recording")])] if self.lifecycle else opened
        )

    @property
    def lifecycle(self) -> bool:
        return bool(self._wants("receive_lifecycle_events", False))

    def _wants(self, name: str, default: bool) -> bool:
        return bool(self.config.get("messages_config", {}).get(name, default))

    def _told(self, kind: str, **more: Any) -> Message:
        return {"type": kind, "session_id": self.query.get("token", ""), "created_at": self.created, **more}

    def read(self, frame: str | bytes) -> Sequence[Command]:
        if isinstance(frame, bytes):
            return self._audio(frame)
        message = object_of(frame)
        if message.get("type") == "audio_chunk":
            try:
                return self._audio(base64.b64decode(message["data"]["chunk"], validate=True))
            except (KeyError, TypeError, ValueError, binascii.Error):
                return [Say([self._told("error", message="invalid audio_chunk")])]
        if message.get("type") != "stop_recording":
            return []
        data = {"recording_duration": round(self.audio_s, 3), "recording_left_to_process": 0}
        said = self._told("stop_recording", acknowledged=True, error=None, data=data)
        return [*([Say([said])] if self._wants("receive_acknowledgments", True) else []), Finish()]

    def _audio(self, data: bytes) -> Sequence[Command]:
        if not self._wants("receive_acknowledgments", True):
            return [Audio(data)]
        ranges = {"byte_range": [self.chunks, self.chunks + len(data)], "time_range": [0, 0]}
        self.chunks += len(data)
        return [Audio(data), Say([self._told("audio_chunk", acknowledged=True, error=None, data=ranges)])]

    def _transcript(self, words: Sequence[Word], *, is_final: bool) -> Message:
        data = {"id": f"00_{self.utterances:08d}", "is_final": is_final, "utterance": _utterance(words)}
        return self._told("transcript", data=data)

    def partial(self, words: Sequence[Word]) -> Sequence[Message]:
        return [self._transcript(words, is_final=False)] if self._wants("receive_partial_transcripts", False) else []

    def final(self, words: Sequence[Word], *, flushed: bool) -> Sequence[Message]:
        if not words:
            return []
        said = self._transcript(words, is_final=True)
        self.utterances += 1
        return [said]

    def closing(self) -> Sequence[Message]:
        return [self._told("end_recording"), self._told("end_session")] if self.lifecycle else []

    def trouble(self, text: str) -> Sequence[Message]:
        return [self._told("error", message=text)]


@dataclass(slots=True)
class _Jobs:
    """What clients left, and the requests about it."""

    service: Service
    shelf: calls.Shelf = field(default_factory=calls.Shelf)

    async def begin(self, request: Request) -> Response:
        if not _allowed(self.service, request):
            return _refuse(401, "gladia key not found")
        try:
            config = json.loads(await request.body())
        except ValueError:
            return _refuse(400, "invalid JSON")
        encoding, rate = config.get("encoding", "wav/pcm"), config.get("sample_rate", 16000)
        if encoding not in _ENCODINGS or rate not in _RATES:
            return _refuse(422, "encoding or sample_rate is not supported")
        token = uuid.uuid4().hex
        Stream.sessions[token] = config
        host = request.headers.get("host", "127.0.0.1")
        told = {"id": token, "created_at": "2026-01-01T00:00:00.000Z", "url": f"ws://{host}/v2/live?token={token}"}
        return JSONResponse(told, 201)

    async def upload(self, service: Service, request: Request, visit: Visit) -> Response:
        body, _ = await calls.body_of(request)
        if not _allowed(service, request):
            return _refuse(401, "gladia key not found")
        form = calls.form_of(request.headers.get("content-type", ""), body)
        id = self.shelf.keep(form.file or b"")
        metadata = {"id": id, "filename": "audio.wav", "source": "upload", "extension": "wav",
                    "size": len(form.file or b""), "audio_duration": 1.0, "number_of_channels": 1}  # fmt: skip
        return JSONResponse({"audio_url": f"https://api.emulated/file/{id}", "audio_metadata": metadata})

    async def create(self, service: Service, request: Request, visit: Visit) -> Response:
        body, arrived_s = await calls.body_of(request)
        if not _allowed(service, request):
            return _refuse(401, "gladia key not found")
        wanted = json.loads(body)
        data = self.shelf.uploads.get(str(wanted.get("audio_url", "")).rpartition("/")[2])
        if data is None:
            return _refuse(422, "audio_url: no such file")
        languages = wanted.get("language_config", {}).get("languages") or [None]
        recording = calls.Recording(service, request, visit, _answer, _refuse, languages[0])
        id = self.shelf.begin(recording, calls.audio_of(data), arrived_s)
        url = f"http://{request.headers.get('host', '127.0.0.1')}/v2/pre-recorded/{id}"
        return JSONResponse({"id": id, "result_url": url}, 201)

    async def status(self, request: Request) -> Response:
        if not _allowed(self.service, request):
            return _refuse(401, "gladia key not found")
        id = request.path_params["id"]
        job = self.shelf.jobs.get(id)
        if job is None:
            return _refuse(404, "job not found")
        result = job.result
        state = "processing" if result is None else "error" if isinstance(result, Response) else "done"
        told: dict[str, Any] = {"id": id, "request_id": id, "version": 2, "kind": "pre-recorded", "status": state,
                                "created_at": "2026-01-01T00:00:00.000Z", "post_session_metadata": {},
                                "error_code": 400 if state == "error" else None}  # fmt: skip
        return JSONResponse({**told, **(result if isinstance(result, dict) else {})})

    async def delete(self, request: Request) -> Response:
        self.shelf.jobs.pop(request.path_params["id"], None)
        return Response(status_code=202)


def routes(service: Service) -> list[BaseRoute]:
    """What it serves."""
    jobs = _Jobs(service)

    async def live(websocket: WebSocket) -> None:
        await serve(service, websocket, Stream)

    return [
        Route("/v2/live", jobs.begin, methods=["POST"]),
        WebSocketRoute("/v2/live", live),
        calls.post(service, "/v2/upload", jobs.upload, _refuse),
        calls.post(service, "/v2/pre-recorded", jobs.create, _refuse),
        Route("/v2/pre-recorded/{id}", jobs.status, methods=["GET"]),
        Route("/v2/pre-recorded/{id}", jobs.delete, methods=["DELETE"]),
    ]


def _allowed(service: Service, request: Request) -> bool:
    return service.settings.api_key is None or request.headers.get("x-gladia-key", "") == service.settings.api_key


def _refuse(status: int, message: str) -> Response:
    told = {"statusCode": status, "message": message, "request_id": uuid.uuid4().hex, "path": "/", "timestamp": ""}
    return JSONResponse(told, status)


def _answer(words: Sequence[Word], duration_s: float) -> dict[str, Any]:
    transcription = {"full_transcript": text(words), "languages": ["en"], "utterances": [_utterance(words)]}
    metadata = {
        "audio_duration": duration_s,
        "number_of_distinct_channels": 1,
        "billing_time": duration_s,
        "transcription_time": 0.05,
    }
    return {"result": {"metadata": metadata, "transcription": transcription}}
