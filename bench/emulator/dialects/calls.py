"""Batch of any dialect: bodies and forms read, audio heard, faults struck, jobs kept until they are asked after."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any, TypeAlias

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bench.audio import Audio, from_file_bytes, from_pcm16
from bench.emulator.clock import now_s, sleep_until
from bench.emulator.faults import delay_of
from bench.emulator.service import Service, Visit, reset
from bench.errors import AudioError
from bench.types import Word

Shape: TypeAlias = Callable[[Sequence[Word], float], dict[str, Any]]
"""The body of an answer, of the words and the audio's seconds."""
Refuser: TypeAlias = Callable[[int, str], Response]
"""The vendor's refusal, of a status and a message."""


@dataclass(frozen=True, slots=True)
class Form:
    """A multipart body."""

    fields: Mapping[str, Sequence[str]]
    file: bytes | None
    file_type: str

    def get(self, name: str, default: str = "") -> str:
        return self.fields.get(name, [default])[0]


def form_of(content_type: str, body: bytes) -> Form:
    """The parts of a form; the first with a file name is the file. Source: RFC 7578."""
    message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    fields: dict[str, list[str]] = {}
    file, file_type = None, ""
    for part in message.iter_parts() if message.is_multipart() else ():
        content = part.get_payload(decode=True)
        data = content if isinstance(content, bytes) else b""
        name = part.get_param("name", header="content-disposition")
        if part.get_filename() is not None:
            file, file_type = data, part.get_content_type()
        elif isinstance(name, str):
            fields.setdefault(name, []).append(data.decode("utf-8", "replace"))
    return Form(fields, file, file_type)


def audio_of(data: bytes, sample_rate_hz: int = 16_000, *, headerless: bool = False) -> Audio | None:
    """A file's audio; `None` where it is none. `headerless`: 16-bit samples at this rate."""
    if headerless:
        return Audio(from_pcm16(data), sample_rate_hz)
    try:
        return from_file_bytes(data)
    except AudioError:
        return None


@dataclass(slots=True)
class Recording:
    """One recording to be heard, and what is to be done with the answer."""

    service: Service
    request: Request
    visit: Visit
    shape: Shape
    refuse: Refuser
    language: str | None = None
    trouble: Callable[[str], dict[str, Any]] | None = None
    """A failure told with 200; `None`: the vendor has none."""

    async def answer(self, audio: Audio | None, arrived_s: float) -> Response:
        """The response, with the fault that was drawn for it."""
        body = await self.body(audio, arrived_s)
        return body if isinstance(body, Response) else await self.sent(body)

    async def body(self, audio: Audio | None, arrived_s: float) -> dict[str, Any] | Response:
        """What is heard, in the vendor's form, or its refusal."""
        if audio is None or not len(audio.samples):
            return self.refuse(400, "the audio cannot be decoded")
        self.visit.audio_s = audio.duration_s
        words = await self.service.recognizer.transcribe(audio.samples, audio.sample_rate_hz, self.language, arrived_s)
        words = self.service.with_errors(words, self.request.query_params, final=True)
        fault = self.visit.fault
        if fault and fault.kind == "empty":
            words = ()
        if fault and fault.kind == "truncated_tail":
            words = words[: -fault.words]
        self.visit.words = len(words)
        if fault and fault.kind == "error_message" and self.trouble is not None:
            return self.trouble("emulated error")
        return self.shape(words, audio.duration_s)

    async def sent(self, body: dict[str, Any]) -> Response:
        fault = self.visit.fault
        if fault and fault.kind == "delay":
            await sleep_until(now_s() + delay_of(fault, self.visit.number))
        elif fault and fault.kind == "stall":
            while not await self.request.is_disconnected():
                await asyncio.sleep(0.05)
        elif fault and fault.kind == "reset":
            reset(self.request.scope)
            raise ClientDisconnect
        elif fault and fault.kind == "malformed_json":
            told = json.dumps(body)
            return Response(told[: len(told) // 2], 200, media_type="application/json")
        return JSONResponse(body)


Handler: TypeAlias = Callable[[Service, Request, Visit], Awaitable[Response]]


def post(service: Service, path: str, handler: Handler, refuse: Refuser) -> BaseRoute:
    """A route for requests that are counted, limited and struck by faults. Every path leads to one log line."""

    async def endpoint(request: Request) -> Response:
        try:
            with service.visit("batch", request.headers) as visit:
                response = await _refused_or(service, request, visit, handler, refuse)
                visit.status = response.status_code
                return response
        except ValueError as error:
            return refuse(400, f"x-emulator-fault: {error}")
        except ClientDisconnect:
            return Response(status_code=499)

    return Route(path, endpoint, methods=["POST"])


async def _refused_or(service: Service, request: Request, visit: Visit, handler: Handler, refuse: Refuser) -> Response:
    limited = service.over_request_limit()
    if limited is not None:
        response = refuse(429, "too many requests")
        response.headers.update(limited.headers)
        return response
    fault = visit.fault
    if fault and fault.kind == "status":
        response = refuse(fault.status, f"emulated error {fault.status}")
        if fault.retry_after_s is not None:
            response.headers["Retry-After"] = str(fault.retry_after_s)
        return response
    return await handler(service, request, visit)


@dataclass(slots=True)
class Job:
    """Something that was asked for and is worked on."""

    work: asyncio.Task[dict[str, Any] | Response]
    visit: Visit

    @property
    def result(self) -> dict[str, Any] | Response | None:
        """`None`: it is not over."""
        return self.work.result() if self.work.done() else None


@dataclass(slots=True)
class Shelf:
    """What clients left: uploads by id, and jobs by id."""

    uploads: dict[str, bytes] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)

    def keep(self, data: bytes) -> str:
        id = uuid.uuid4().hex
        self.uploads[id] = data
        return id

    def begin(self, recording: Recording, audio: Audio | None, arrived_s: float) -> str:
        id = uuid.uuid4().hex
        work = asyncio.get_running_loop().create_task(recording.body(audio, arrived_s))
        self.jobs[id] = Job(work, recording.visit)
        return id


async def body_of(request: Request) -> tuple[bytes, float]:
    """The whole body, and when its last byte was there."""
    body = await request.body()
    return body, now_s()
