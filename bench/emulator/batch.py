"""The batch endpoint: one POST in, one transcript or refusal out."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from bench.audio import Audio, from_file_bytes
from bench.emulator import quirks, replies
from bench.emulator.clock import now_s, sleep_until
from bench.emulator.faults import Fault, delay_of, without_tail
from bench.emulator.replies import Refusal
from bench.emulator.segments import hidden, spoken, timed_word
from bench.emulator.service import Service, Visit, reset
from bench.engines.secrets import is_loopback
from bench.errors import AudioError
from bench.types import Word

_STT_PATH = "/waves/v1/stt"
_NOT_AUDIO = b"<{"
"""First bytes of what is text, and is refused; other headerless bytes give an empty transcript, as in life."""


async def transcribe(service: Service, request: Request) -> Response:
    """Answer a batch request; every path leads to one log line."""
    try:
        with service.visit("batch", request.headers) as visit:
            answer = await _answer(service, request, visit)
            response = _refused(service, request, answer) if isinstance(answer, Refusal) else answer
            visit.status = response.status_code
            return response
    except ValueError as error:
        return _json(400, {"status": "error", "message": f"x-emulator-fault: {error}"})


async def _answer(service: Service, request: Request, visit: Visit) -> Response | Refusal:
    stt_path = request.url.path.startswith(_STT_PATH)
    refusal = service.unauthorized(request.headers, request.query_params) or service.over_request_limit()
    body = await _body(request, service.settings.limits.max_body_bytes)
    arrived_s = now_s()
    if visit.fault and visit.fault.kind == "status":
        refusal = replies.status_fault(visit.fault.status, visit.fault.retry_after_s)
    refusal = refusal or replies.refuse_batch(request.query_params, service.settings, stt_path=stt_path)
    if refusal is not None:
        return refusal
    if body is None:
        return replies.too_large(stt_path=stt_path)
    visit.audio_bytes = len(body)
    if request.headers.get("content-type", "").startswith("application/json"):
        fetched = await _fetched(body, service.settings.limits.max_body_bytes)
        if isinstance(fetched, Refusal):
            return fetched
        body = fetched
    answer = await _transcript(service, request.query_params, body, arrived_s, visit)
    if isinstance(answer, Refusal):
        return answer
    return await _sent(request, answer, visit)


def _refused(service: Service, request: Request, refusal: Refusal) -> Response:
    body = quirks.echoing(refusal.body, request.headers, service.settings.quirks)
    return _json(refusal.status, body, refusal.headers)


async def _body(request: Request, limit: int) -> bytes | None:
    """The body, or `None` for one over the limit, which is read to its end but not kept."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size <= limit:
            parts.append(part)
        else:
            parts.clear()
    return b"".join(parts) if size <= limit else None


async def _fetched(body: bytes, limit: int) -> bytes | Refusal:
    """The audio behind `{"url": ...}`. The emulator fetches from loopback only, so that it opens no door."""
    import httpx

    try:
        url = json.loads(body)["url"]
        if not is_loopback(urlsplit(url).hostname or ""):
            return replies.audio_error(replies.BAD_URL)
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            answer = await client.get(url)
    except (ValueError, TypeError, KeyError, AttributeError, httpx.HTTPError):
        return replies.audio_error(replies.BAD_URL)
    if answer.status_code != 200 or len(answer.content) > limit:
        return replies.audio_error(replies.BAD_URL)
    return answer.content


async def _transcript(
    service: Service, query: Mapping[str, str], body: bytes, arrived_s: float, visit: Visit
) -> dict[str, Any] | Refusal:
    try:
        audio = await asyncio.to_thread(from_file_bytes, body)
    except AudioError:
        if not body or body[:1] in {bytes([byte]) for byte in _NOT_AUDIO}:
            return replies.audio_error(replies.BAD_AUDIO)
        return _success(query, (), 0.0, len(body))
    visit.audio_s = audio.duration_s
    words = await _recognised(service, query, audio, arrived_s)
    visit.words = len(words)
    words = hidden(words, service.redacted_words(query))
    answer = _success(query, words, audio.duration_s, len(body))
    labels = await service.labels(audio.samples, query)
    return answer if labels is None else _labelled(answer, labels)


async def _recognised(service: Service, query: Mapping[str, str], audio: Audio, arrived_s: float) -> tuple[Word, ...]:
    words = await service.recognizer.transcribe(audio.samples, audio.sample_rate_hz, query.get("language"), arrived_s)
    words = service.with_errors(words, query, final=True)
    habits = service.settings.quirks
    return quirks.misheard(words, query, habits, quirks.distortion(query, habits))


def _labelled(answer: dict[str, Any], labels: Mapping[str, str]) -> dict[str, Any]:
    """An answer with labels as the service writes them, an emotion as scores, in place of the placeholders."""
    fields: dict[str, Any] = {kind: label for kind, label in labels.items() if kind != "emotion"}
    if "emotion" in labels:
        fields["emotions"] = {labels["emotion"]: 0.9, "neutral" if labels["emotion"] != "neutral" else "sad": 0.1}
    return {name: value for name, value in answer.items() if name not in ("gender", "emotions")} | fields


def _success(query: Mapping[str, str], words: tuple[Word, ...], duration_s: float, size: int) -> dict[str, Any]:
    """The body of a 200. Gender and emotions are placeholders: the emulator hears neither."""
    timed = query.get("word_timestamps") == "true"
    diarize = query.get("diarize") == "true"
    text = " ".join(word.text for word in words)
    body: dict[str, Any] = {
        "status": "success",
        "transcription": text,
        "words": [timed_word(word, diarize=diarize) for word in words] if timed else [],
        "utterances": spoken(words, diarize=diarize) if timed else [],
        "metadata": {"duration": round(duration_s, 3), "fileSize": size},
    }
    if query.get("model") == "pulse-pro":
        del body["utterances"]
        body |= {"language": "en", "request_id": uuid.uuid4().hex, "totalBytes": size}
    if query.get("gender_detection") == "true":
        body["gender"] = "female"
    if query.get("emotion_detection") == "true":
        body["emotions"] = dict.fromkeys(("happiness", "sadness", "disgust", "fear", "anger"), 0.0)
    return body


async def _sent(request: Request, body: dict[str, Any], visit: Visit) -> Response:
    """The response, with the fault that was drawn for it."""
    fault = visit.fault
    if fault is None or fault.kind == "status":
        return _json(200, body)
    if fault.kind == "delay":
        await sleep_until(now_s() + delay_of(fault, visit.number))
    elif fault.kind == "stall":
        await _until_gone(request)
    elif fault.kind == "reset":
        reset(request.scope)
        raise ClientDisconnect
    elif fault.kind == "malformed_json":
        text = json.dumps(body)
        return Response(text[: len(text) // 2], 200, media_type="application/json")
    return _json(200, _changed(body, fault))


def _changed(body: dict[str, Any], fault: Fault) -> dict[str, Any]:
    if fault.kind == "wrong_field":
        return {("text" if name == "transcription" else name): value for name, value in body.items()}
    if fault.kind == "empty":
        return {**body, "transcription": "", "words": [], "utterances": []}
    if fault.kind == "truncated_tail":
        words = body["transcription"].split()
        return {**body, "transcription": without_tail(words, fault.words), "words": body["words"][: -fault.words]}
    if fault.kind == "error_message":
        return {"status": "error", "message": "emulated error"}
    return body


async def _until_gone(request: Request) -> None:
    while not await request.is_disconnected():
        await asyncio.sleep(0.05)


def _json(status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    content = json.dumps(body, ensure_ascii=False)
    return Response(
        content, status, {"x-request-id": uuid.uuid4().hex, **(headers or {})}, media_type="application/json"
    )
