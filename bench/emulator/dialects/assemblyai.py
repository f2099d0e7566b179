"""AssemblyAI: batch v2 (upload, create, poll), sync v1, and streaming v3.

Source: assemblyai 1.8.2 (streaming/v3, prerecorded/v2, sync/v1). A bad key is told in the socket, after the upgrade.
"""

from __future__ import annotations

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
    Flush,
    Message,
    Open,
    Refuse,
    Say,
    milliseconds,
    object_of,
    seconds_of,
    serve,
    text,
)  # fmt: skip
from bench.emulator.service import Service, Visit
from bench.types import Word

_ENCODINGS = {"pcm_s16le": "linear16", "pcm_mulaw": "mulaw", "opus": "opus"}


def _words(words: Sequence[Word], *, final: bool = True) -> list[dict[str, Any]]:
    return [
        {
            "text": word.text,
            "start": milliseconds(word.start_s),
            "end": milliseconds(word.end_s),
            "confidence": 0.99 if word.confidence is None else word.confidence,
            **({} if final is None else {"word_is_final": final}),
        }
        for word in words
    ]


@dataclass(slots=True)
class Stream(Dialect):
    """Turns: each message replaces its turn; with `format_turns` a turn that has ended comes twice."""

    min_chunk_s: ClassVar[float] = 0.05
    max_chunk_s: ClassVar[float] = 1.0

    turn: int = 0
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def opening(self) -> Sequence[Command]:
        given = self.headers.get("authorization") or self.query.get("token", "")
        if self.key is not None and given != self.key:
            said = {"type": "Error", "error_code": 1008, "error": "Unauthorized Connection: invalid API key"}
            return [Refuse([said], 1008, "Unauthorized Connection")]
        encoding = self.query.get("encoding", "pcm_s16le")
        rate = self.query.get("sample_rate", "16000")
        if encoding not in _ENCODINGS or not rate.isdigit():
            said = {"type": "Error", "error_code": 3006, "error": "Invalid encoding or sample rate"}
            return [Refuse([said], 3006, "Invalid encoding or sample rate")]
        begin = {"type": "Begin", "id": self.id, "expires_at": 4102444800}
        endpoint_s = seconds_of(self.query.get("max_turn_silence"), 1000)
        return [Open(encoding=_ENCODINGS[encoding], sample_rate_hz=int(rate), endpoint_s=endpoint_s), Say([begin])]

    def read(self, frame: str | bytes) -> Sequence[Command]:
        if isinstance(frame, bytes):
            return self._audio(frame)
        kind = object_of(frame).get("type")
        if kind == "ForceEndpoint":
            return [Flush()]
        return [Finish()] if kind == "Terminate" else []

    def _audio(self, frame: bytes) -> Sequence[Command]:
        encoding = self.query.get("encoding", "pcm_s16le")
        width = {"pcm_s16le": 2, "pcm_mulaw": 1}.get(encoding)
        seconds = None if width is None else len(frame) / width / int(self.query.get("sample_rate", "16000"))
        if seconds is not None and not self.min_chunk_s - 0.001 <= seconds <= self.max_chunk_s + 0.001:
            told = f"Input duration violation: {1000 * seconds:.0f} ms. Expected between 50 and 1000 ms"
            said = {"type": "Error", "error_code": 3007, "error": told}
            return [Refuse([said], 3007, "Input duration violation")]
        return [Audio(frame)]

    def _turn(self, words: Sequence[Word], *, ended: bool, formatted: bool) -> Message:
        said = text(words)
        if not formatted:
            said = said.lower()
        return {
            "type": "Turn",
            "turn_order": self.turn,
            "turn_is_formatted": formatted,
            "end_of_turn": ended,
            "transcript": said if ended else text(words[:-1]).lower(),
            "end_of_turn_confidence": 0.9 if ended else 0.1,
            "words": [*_words(words[:-1]), *_words(words[-1:], final=ended)],
            "utterance": said if ended else "",
        }

    def partial(self, words: Sequence[Word]) -> Sequence[Message]:
        return [self._turn(words, ended=False, formatted=False)]

    def final(self, words: Sequence[Word], *, flushed: bool) -> Sequence[Message]:
        if not words:
            return []
        messages = [self._turn(words, ended=True, formatted=False)]
        if self.query.get("format_turns") == "true":
            messages.append(self._turn(words, ended=True, formatted=True))
        self.turn += 1
        return messages

    def closing(self) -> Sequence[Message]:
        seconds = round(self.audio_s)  # whole ones
        return [{"type": "Termination", "audio_duration_seconds": seconds, "session_duration_seconds": seconds}]

    def trouble(self, text: str) -> Sequence[Message]:
        return [{"type": "Error", "error_code": 3005, "error": text}]


@dataclass(slots=True)
class _Jobs:
    """What clients left, and the requests about it."""

    service: Service
    shelf: calls.Shelf = field(default_factory=calls.Shelf)

    async def upload(self, service: Service, request: Request, visit: Visit) -> Response:
        body, _ = await calls.body_of(request)
        if not _allowed(service, request):
            return _refuse(401, "Authentication error, API token missing/invalid")
        visit.audio_bytes = len(body)
        return JSONResponse({"upload_url": f"https://cdn.emulated/upload/{self.shelf.keep(body)}"})

    async def create(self, service: Service, request: Request, visit: Visit) -> Response:
        body, arrived_s = await calls.body_of(request)
        if not _allowed(service, request):
            return _refuse(401, "Authentication error, API token missing/invalid")
        wanted = json.loads(body)
        data = self.shelf.uploads.get(str(wanted.get("audio_url", "")).rpartition("/")[2])
        if data is None:
            return _refuse(400, "audio_url: no such upload")
        recording = calls.Recording(service, request, visit, _answer, _refuse, wanted.get("language_code"))
        recording.trouble = lambda said: {"status": "error", "error": said}
        id = self.shelf.begin(recording, calls.audio_of(data), arrived_s)
        return JSONResponse({"id": id, "status": "queued", "audio_url": wanted["audio_url"]})

    async def status(self, request: Request) -> Response:
        if not _allowed(self.service, request):
            return _refuse(401, "Authentication error, API token missing/invalid")
        id = request.path_params["id"]
        job = self.shelf.jobs.get(id)
        if job is None:
            return _refuse(404, "Transcript lookup error, transcript id not found")
        result = job.result
        told: dict[str, Any] = {"id": id, "audio_url": "https://cdn.emulated/", "status": "processing"}
        if isinstance(result, Response):  # told with 200, as in life
            told |= {"status": "error", "error": "Transcoding failed. File does not appear to contain audio."}
        elif result is not None:
            told |= result
        return JSONResponse(told)

    async def delete(self, request: Request) -> Response:
        self.shelf.jobs.pop(request.path_params["id"], None)
        return JSONResponse({"status": "deleted"})


def routes(service: Service) -> list[BaseRoute]:
    """What it serves."""
    jobs = _Jobs(service)

    async def live(websocket: WebSocket) -> None:
        await serve(service, websocket, Stream)

    return [
        calls.post(service, "/v2/upload", jobs.upload, _refuse),
        calls.post(service, "/v2/transcript", jobs.create, _refuse),
        Route("/v2/transcript/{id}", jobs.status, methods=["GET"]),
        Route("/v2/transcript/{id}", jobs.delete, methods=["DELETE"]),
        calls.post(service, "/v1/transcribe/live", _sync, _refuse),
        WebSocketRoute("/v3/ws", live),
    ]


def _allowed(service: Service, request: Request) -> bool:
    key = service.settings.api_key
    return key is None or request.headers.get("authorization", "") == key


def _refuse(status: int, message: str) -> Response:
    return JSONResponse({"error": message}, status)


def _answer(words: Sequence[Word], duration_s: float) -> dict[str, Any]:
    timed = [
        {name: value for name, value in word.items() if name != "word_is_final"} | {"speaker": None}
        for word in _words(words)
    ]
    return {
        "status": "completed",
        "text": text(words),
        "words": timed,
        "confidence": 0.99,
        "audio_duration": round(duration_s),
        "language_code": "en_us",
    }


async def _sync(service: Service, request: Request, visit: Visit) -> Response:
    body, arrived_s = await calls.body_of(request)
    if not _allowed(service, request):
        return JSONResponse({"status": 401, "title": "Unauthorized", "detail": "invalid API key"}, 401)
    form = calls.form_of(request.headers.get("content-type", ""), body)

    def shape(words: Sequence[Word], duration_s: float) -> dict[str, Any]:
        told = _answer(words, duration_s)
        return {
            "text": told["text"],
            "words": told["words"],
            "confidence": 0.99,
            "audio_duration_ms": round(duration_s * 1000),
            "session_id": str(uuid.uuid4()),
            "request_time_ms": 50,
        }

    recording = calls.Recording(service, request, visit, shape, _refuse)
    return await recording.answer(calls.audio_of(form.file or b""), arrived_s)
