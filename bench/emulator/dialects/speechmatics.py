"""Speechmatics: batch jobs and real time v2.

Source: speechmatics-rt 1.2.1, speechmatics-batch 1.1.0, the vendor's published specifications. Audio before
`RecognitionStarted` and a wrong `last_seq_no` are errors of the protocol.
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
    Say,
    bearer,
    object_of,
    seconds_of,
    serve,
    span,
    text,
)  # fmt: skip
from bench.emulator.replies import Refusal
from bench.emulator.service import Service, Visit
from bench.types import Word

_ENCODINGS = {"pcm_s16le": "linear16", "pcm_f32le": "linear32", "mulaw": "mulaw"}
_MARKS = ".,!?"


def _result(kind: str, content: str, start_s: float, end_s: float, **more: Any) -> dict[str, Any]:
    alternative = {"content": content, "confidence": 0.99, "language": "en", "speaker": "UU"}
    return {"type": kind, "start_time": start_s, "end_time": end_s, "alternatives": [alternative], **more}


def results_of(words: Sequence[Word]) -> list[dict[str, Any]]:
    """Words, and their punctuation as entries of its own."""
    told: list[dict[str, Any]] = []
    for word in words:
        bare = word.text.rstrip(_MARKS)
        start_s, end_s = round(word.start_s or 0.0, 3), round(word.end_s or 0.0, 3)
        if bare:
            told.append(_result("word", bare, start_s, end_s))
        for mark in word.text[len(bare) :]:
            told.append(_result("punctuation", mark, end_s, end_s, attaches_to="previous", is_eos=mark != ","))
    return told


def _error(kind: str, reason: str) -> dict[str, Any]:
    return {"message": "Error", "type": kind, "reason": reason}


@dataclass(slots=True)
class Stream(Dialect):
    started: bool = False
    partials: bool = False
    heard: int = 0
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def refusal(self) -> Refusal | None:
        given = bearer(self.headers) or self.query.get("jwt", "")
        if self.key is not None and given != self.key:
            return Refusal(401, {"code": 401, "error": "Permission Denied"})
        return None

    def read(self, frame: str | bytes) -> Sequence[Command]:
        if isinstance(frame, bytes):
            if not self.started:
                return [Refuse([_error("protocol_error", "AddAudio before RecognitionStarted")], 1003)]
            self.heard += 1
            return [Audio(frame), Say([{"message": "AudioAdded", "seq_no": self.heard}])]
        message = object_of(frame)
        match message.get("message"):
            case "StartRecognition":
                return self._start(message)
            case "ForceEndOfUtterance":
                return [Flush()]
            case "EndOfStream":
                last = message.get("last_seq_no")
                # The vendor's own client says the last number that was acknowledged, which may be a lower one.
                if not isinstance(last, int) or last > self.heard:
                    said = f"last_seq_no {last}, but {self.heard} were received"
                    return [Refuse([_error("protocol_error", said)], 1003)]
                return [Finish()]
            case _:
                return [Refuse([_error("invalid_message", "unknown message")], 1003)]

    def _start(self, message: dict[str, Any]) -> Sequence[Command]:
        format, config = message.get("audio_format", {}), message.get("transcription_config", {})
        encoding = _ENCODINGS.get(format.get("encoding", ""))
        if format.get("type") != "raw" or encoding is None:
            return [Refuse([_error("invalid_audio_type", "audio_format")], 1003)]
        if not config.get("language"):
            return [Refuse([_error("invalid_config", "transcription_config.language is required")], 1003)]
        if len(config["language"]) != 2 and "_" not in config["language"] and config["language"] not in {"cmn", "yue"}:
            return [Refuse([_error("invalid_language", f"language {config['language']} is not supported")], 1003)]
        self.started = True
        self.partials = config.get("enable_partials") is True
        info = {"word_delimiter": " ", "language_description": "English", "writing_direction": "left-to-right"}
        silence_s = config.get("conversation_config", {}).get("end_of_utterance_silence_trigger")
        opened = Open(
            encoding=encoding,
            sample_rate_hz=format["sample_rate"],
            language=config["language"],
            endpoint_s=seconds_of(silence_s) or None,
        )
        return [opened, Say([{"message": "RecognitionStarted", "id": self.id, "language_pack_info": info}])]

    def _transcript(self, name: str, words: Sequence[Word]) -> Message:
        start_s, end_s = span(words)
        said = f"{text(words)} " if words else ""
        metadata = {"start_time": start_s, "end_time": end_s, "transcript": said}
        return {"message": name, "format": "2.9", "metadata": metadata, "results": results_of(words)}

    def partial(self, words: Sequence[Word]) -> Sequence[Message]:
        return [self._transcript("AddPartialTranscript", words)] if self.partials else []

    def final(self, words: Sequence[Word], *, flushed: bool) -> Sequence[Message]:
        return [self._transcript("AddTranscript", words)] if words else []

    def closing(self) -> Sequence[Message]:
        return [{"message": "EndOfTranscript"}]

    def trouble(self, text: str) -> Sequence[Message]:
        return [_error("job_error", text)]


@dataclass(slots=True)
class _Jobs:
    """What clients left, and the requests about it."""

    service: Service
    shelf: calls.Shelf = field(default_factory=calls.Shelf)

    async def submit(self, service: Service, request: Request, visit: Visit) -> Response:
        body, arrived_s = await calls.body_of(request)
        if not _allowed(service, request):
            return _refuse(401, "Permission Denied")
        form = calls.form_of(request.headers.get("content-type", ""), body)
        config = json.loads(form.get("config") or "{}").get("transcription_config", {})
        if not config.get("language"):
            return _refuse(400, "Job rejected: config.transcription_config.language is required")
        visit.audio_bytes = len(form.file or b"")
        recording = calls.Recording(service, request, visit, _answer, _refuse, config["language"])
        return JSONResponse({"id": self.shelf.begin(recording, calls.audio_of(form.file or b""), arrived_s)}, 201)

    async def status(self, request: Request) -> Response:
        if not _allowed(self.service, request):
            return _refuse(401, "Permission Denied")
        job = self.shelf.jobs.get(request.path_params["id"])
        if job is None:
            return _refuse(404, "Job not found")
        result = job.result
        state = "running" if result is None else "rejected" if isinstance(result, Response) else "done"
        told: dict[str, Any] = {
            "id": request.path_params["id"],
            "status": state,
            "created_at": "2026-01-01T00:00:00Z",
            "data_name": "audio.wav",
        }
        if state == "rejected":
            told["errors"] = [{"timestamp": "2026-01-01T00:00:00Z", "message": "Error processing the audio"}]
        return JSONResponse({"job": told})

    async def transcript(self, request: Request) -> Response:
        if not _allowed(self.service, request):
            return _refuse(401, "Permission Denied")
        job = self.shelf.jobs.get(request.path_params["id"])
        if job is None or not isinstance(job.result, dict):
            return _refuse(404, "Transcript not found")
        if request.query_params.get("format") == "txt":
            return Response(job.result["txt"], media_type="text/plain")
        return JSONResponse({name: value for name, value in job.result.items() if name != "txt"})

    async def delete(self, request: Request) -> Response:
        self.shelf.jobs.pop(request.path_params["id"], None)
        return JSONResponse({"job": {"id": request.path_params["id"], "status": "deleted"}})


def routes(service: Service) -> list[BaseRoute]:
    """What it serves."""
    jobs = _Jobs(service)

    async def live(websocket: WebSocket) -> None:
        await serve(service, websocket, Stream)

    return [
        WebSocketRoute("/v2", live),
        WebSocketRoute("/v2/", live),
        WebSocketRoute("/v2/{language}", live),
        calls.post(service, "/v2/jobs", jobs.submit, _refuse),
        calls.post(service, "/v2/jobs/", jobs.submit, _refuse),
        Route("/v2/jobs/{id}", jobs.status, methods=["GET"]),
        Route("/v2/jobs/{id}", jobs.delete, methods=["DELETE"]),
        Route("/v2/jobs/{id}/transcript", jobs.transcript, methods=["GET"]),
    ]


def _allowed(service: Service, request: Request) -> bool:
    return service.settings.api_key is None or bearer(request.headers) == service.settings.api_key


def _refuse(status: int, message: str) -> Response:
    return JSONResponse({"code": status, "error": message}, status)


def _answer(words: Sequence[Word], duration_s: float) -> dict[str, Any]:
    return {
        "format": "2.9",
        "job": {"id": uuid.uuid4().hex, "duration": round(duration_s), "created_at": "2026-01-01T00:00:00Z",
                "data_name": "audio.wav"},
        "metadata": {
            "type": "transcription",
            "created_at": "2026-01-01T00:00:00Z",
            "transcription_config": {"language": "en"},
            "language_pack_info": {"word_delimiter": " "},
        },
        "results": results_of(words),
        "txt": text(words),
    }  # fmt: skip
