"""Smallest AI's Pulse: batch over HTTP and real time over WebSocket, as pure adapters.

Asynchronous batch (`webhook_url`) is left out: the answer would come to a public address. The key is sent
in the `Authorization` header alone. Must not touch sockets, clocks, files or the environment.
Source: the vendor's public documentation; docs/pulse.md says where its sources disagree.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bench.engines.base import About, Accepts, Connect, HttpRequest, HttpResponse
from bench.engines.pulse.messages import error_text, extras_of, segments_of, stream_error_kind, words_of
from bench.engines.pulse.session import PulseSession
from bench.engines.pulse.settings import PulseSettings, batch_query, stream_query
from bench.engines.reading import Object, http_failure, parse_object, text_of
from bench.engines.secrets import Secret
from bench.types import Call, Failure, FailureKind, Recognised

_BATCH_PATHS = {"stt": "/waves/v1/stt/", "pulse": "/waves/v1/pulse/get_text"}
_STREAM_PATHS = {"stt": "/waves/v1/stt/live", "pulse": "/waves/v1/pulse/get_text"}


@dataclass(frozen=True, slots=True)
class _Account:
    """How to reach the service."""

    settings: PulseSettings
    key: Secret | None

    def authorization(self) -> dict[str, Secret]:
        return {"Authorization": self.key.prefixed("Bearer ")} if self.key else {}

    def headers(self) -> dict[str, str]:
        headers = {"X-Source": self.settings.source} if self.settings.source else {}
        if self.settings.expire_content is not None:
            headers["x-expire-content"] = "true" if self.settings.expire_content else "false"
        return headers


@dataclass(frozen=True, slots=True)
class PulseBatch:
    """One POST: the file's bytes, or its public address; options are always in the query."""

    account: _Account

    def request(self, call: Call) -> HttpRequest:
        settings = self.account.settings
        params = batch_query(settings, call.language, call.keywords)
        content, content_type = call.audio, call.content_type
        if settings.send_url and call.audio_url:
            content, content_type = json.dumps({"url": call.audio_url}).encode(), "application/json"
        elif content_type == "application/octet-stream":
            headerless = {"encoding": call.encoding, "sample_rate": str(call.sample_rate_hz)}
            params = {**headerless, **params}
        return HttpRequest(
            method="POST",
            url=settings.base_url.rstrip("/") + _BATCH_PATHS[settings.path_family],
            params=params,
            headers={"Content-Type": content_type, **self.account.headers()},
            secrets=self.account.authorization(),
            content=content,
        )

    def parse(self, response: HttpResponse) -> Recognised | Failure:
        """The transcript; `200` with an empty one is an answer, with no words in it."""
        if not 200 <= response.status < 300:
            return http_failure("Pulse", response, error_text)
        body = parse_object(response.content)
        if body is None:
            return self._failure(FailureKind.PROTOCOL, "expected a JSON object, got something else", response)
        text = text_of(body.get("transcription"))
        if body.get("status") == "error" or (text is None and error_text(body) and not _fields_of_success(body)):
            return self._failure(stream_error_kind(body), error_text(body) or "an error without a message", response)
        if text is None:
            got = ", ".join(sorted(map(str, body))[:20]) or "none"
            return self._failure(FailureKind.PROTOCOL, f"expected the field `transcription`, got: {got}", response)
        extras = extras_of(body)
        request_id = response.headers.get("x-request-id")
        if request_id:
            extras.setdefault("request_id", request_id)
        return Recognised(text=text, words=words_of(body), segments=segments_of(body), extras=extras)

    def _failure(self, kind: FailureKind, message: str, response: HttpResponse) -> Failure:
        return Failure(kind=kind, message=f"Pulse: {message}", http_status=response.status)


def _fields_of_success(body: Object) -> bool:
    return body.get("status") in ("success", "processing")


@dataclass(frozen=True, slots=True)
class PulseStream:
    """One WebSocket for one recording; options are in the handshake's query."""

    account: _Account

    def connect(self, call: Call) -> Connect:
        settings = self.account.settings
        base = settings.base_url.rstrip("/").replace("http", "ws", 1)
        return Connect(
            url=base + _STREAM_PATHS[settings.path_family],
            params=stream_query(settings, call.language, call.keywords, call.encoding, call.sample_rate_hz),
            headers=self.account.headers(),
            secrets=self.account.authorization(),
        )

    def refused(self, response: HttpResponse) -> Failure:
        return http_failure("Pulse", response, error_text)

    def session(self, call: Call) -> PulseSession:
        return PulseSession(self.account.settings, call.chunk_bytes)


class PulseEngine:
    """Registry entry `pulse`: adapters for both modes (`pulse-pro` has no stream)."""

    Settings = PulseSettings
    about = About(
        title="Smallest AI Pulse",
        modes=("batch", "stream"),
        accepts={
            "stream": Accepts(
                encodings=("linear16", "linear32", "alaw", "mulaw", "opus"),
                rates_hz=(8000, 16000, 22050, 24000, 44100, 48000),
            )
        },
        proof="SDK, LiveKit and Pipecat plugins against the emulator; live: never",
        dialect="pulse",
    )

    @staticmethod
    def common_settings(common: Mapping[str, Any]) -> dict[str, Any]:
        """What a run says to all engines, in Pulse's words; it has none for the others."""
        named = {"punctuation": "punctuate", "formatting": "itn_normalize", "endpointing_ms": "eou_timeout_ms"}
        told = {ours: common[theirs] for theirs, ours in named.items() if theirs in common}
        return {**told, **({"numerals": str(common["numerals"]).lower()} if "numerals" in common else {})}

    def __init__(self, settings: PulseSettings, key: Secret | None) -> None:
        account = _Account(settings, key)
        self.version: str | None = None
        """The service does not say which version answered."""
        self.batch: PulseBatch | None = PulseBatch(account)
        self.stream: PulseStream | None = None if settings.model == "pulse-pro" else PulseStream(account)

    @classmethod
    def secret_names(cls, settings: PulseSettings) -> tuple[str, ...]:
        return (settings.api_key_env,) if settings.api_key_env else ()

    @classmethod
    def own_hosts(cls, settings: PulseSettings) -> Mapping[str, tuple[str, ...]]:
        return {"SMALLEST_API_KEY": ("smallest.ai",)}

    @classmethod
    def addresses(cls, settings: PulseSettings) -> tuple[str, ...]:
        return (settings.base_url,)

    @classmethod
    def create(cls, settings: PulseSettings, secrets: Mapping[str, Secret]) -> PulseEngine:
        return cls(settings, secrets.get(settings.api_key_env) if settings.api_key_env else None)
