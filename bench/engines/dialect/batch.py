"""A described vendor's batch: one or more HTTP requests as a pure state machine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.engines.base import Exchange, HttpRequest, HttpResponse, Wait
from bench.engines.dialect import paths, templates
from bench.engines.dialect.model import Batch, Step
from bench.engines.dialect.reading import Reader, parsed_json
from bench.engines.dialect.rules import Interpreter
from bench.engines.dialect.values import DialectSettings, Spoken, base64_text, file_name, notes, values_of
from bench.engines.secrets import Secret
from bench.types import Call, Event, Failure, FailureKind, JsonValue, Recognised

_AUDIO = "{audio}"


@dataclass(frozen=True, slots=True)
class Account:
    """How to reach a vendor."""

    settings: DialectSettings
    key: Secret | None

    def address(self, reader: Reader, host: str | None, path: str) -> str:
        """A path under the base address it belongs to; one with a scheme stands for itself."""
        if "://" in path:
            return path
        description = reader.description
        base = self.settings.base_url or (description.hosts[host] if host else description.base_url)
        return base.rstrip("/") + path

    def secrets(self, reader: Reader) -> tuple[dict[str, Secret], dict[str, Secret]]:
        """Headers and parameters that carry the key."""
        told = reader.description.key
        if not self.key or told.place not in {"header", "query"}:
            return {}, {}
        value = {told.name: self.key.prefixed(told.scheme)}
        return (value, {}) if told.place == "header" else ({}, value)


@dataclass(frozen=True, slots=True)
class DescribedBatch:
    """Makes the exchange of each recording."""

    reader: Reader
    account: Account

    def exchange(self, call: Call) -> Exchange:
        return DescribedExchange(self.reader, self.account, call)


def request_of(
    step: Step, reader: Reader, account: Account, values: Mapping[str, Any], call: Call, *, extra: bool = False
) -> HttpRequest:
    """One step as a request. `extra`: it takes the further parameters of the settings."""
    headers = {name: value for name, text in step.headers.items() if (value := _header(text, values)) is not None}
    content, content_type = _body(step, values, call)
    if content_type is not None:
        headers.setdefault("Content-Type", content_type)
    secret_headers, secret_params = account.secrets(reader)
    params = templates.pairs(step.query, values)
    if extra:
        params += templates.pairs(dict(account.settings.extra), {})
    return HttpRequest(
        method=step.method,
        url=account.address(reader, step.host, str(templates.filled(step.path, values) or step.path)),
        params=params,
        headers=headers,
        secrets=secret_headers,
        secret_params=secret_params,
        content=content,
        name=step.name,
    )


def _header(template: str, values: Mapping[str, Any]) -> str | None:
    return paths.as_text(templates.filled(template, values))


def _body(step: Step, values: Mapping[str, Any], call: Call) -> tuple[bytes | None, str | None]:
    if step.body == "audio":
        return call.audio, call.content_type
    if step.body == "json":
        with_audio = values
        if "audio_b64" in templates.names(step.fields):
            with_audio = {**values, "audio_b64": base64_text(call.audio)}
        return templates.json_text(step.fields, with_audio).encode(), "application/json"
    return multipart(step.fields, values, call) if step.body == "multipart" else (None, None)


def multipart(fields: Mapping[str, Any], values: Mapping[str, Any], call: Call) -> tuple[bytes, str]:
    """A form with the audio as its file, parts in the order given. Source: RFC 7578.

    The boundary is made of the audio, so that the same call gives the same bytes.
    """
    boundary = f"earwitness-{hashlib.sha256(call.audio).hexdigest()[:32]}"
    made: list[bytes] = []
    for name, template in fields.items():
        if template == _AUDIO:
            head = f'name="{name}"; filename="{file_name(call.content_type)}"\r\nContent-Type: {call.content_type}'
            made.append(_part(boundary, head, call.audio))
        else:
            made += [
                _part(boundary, f'name="{key}"', text.encode())
                for key, text in templates.pairs({name: template}, values)
            ]
    return b"".join([*made, f"--{boundary}--\r\n".encode()]), f"multipart/form-data; boundary={boundary}"


def _part(boundary: str, head: str, content: bytes) -> bytes:
    return f"--{boundary}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + content + b"\r\n"


class DescribedExchange:
    """One recording: the steps in order, the last one repeated while its job goes on."""

    def __init__(self, reader: Reader, account: Account, call: Call) -> None:
        description = reader.description
        assert description.batch is not None
        self._reader, self._account, self._call = reader, account, call
        self._batch: Batch = description.batch
        self._values: dict[str, Any]
        self._spoken: Spoken
        self._values, self._spoken = values_of(description, account.settings, call, self._batch.accepts, None)
        self._step = 0
        self._polling_since_s: float | None = None
        self._fetching = False
        self._events: tuple[Event, ...] = ()

    @property
    def resolution_s(self) -> float | None:
        return None if self._batch.poll is None else self._every_s

    @property
    def events(self) -> Sequence[Event]:
        return self._events

    @property
    def _every_s(self) -> float:
        assert self._batch.poll is not None
        return self._account.settings.poll_every_s or self._batch.poll.every_s

    def first(self) -> HttpRequest:
        return self._request(self._batch.steps[0])

    def cleanup(self) -> Sequence[HttpRequest]:
        """Only what was really made can be taken away: a step is left out while a value it names is missing."""
        return [
            self._request(step)
            for step in self._batch.cleanup
            if all(name in self._values for name in templates.names(step.path))
        ]

    def next(self, response: HttpResponse, t_s: float) -> HttpRequest | Wait | Recognised | Failure:
        if not 200 <= response.status < 300:
            return self._reader.http_failure(response)
        if self._fetching:
            return self._result(response)
        body = parsed_json(response.content)
        step = self._batch.steps[self._step]
        missing = self._save(step, body)
        if missing:
            return self._protocol(response, f"expected {missing} in the answer to {step.name}")
        if self._step + 1 < len(self._batch.steps):
            self._step += 1
            return self._request(self._batch.steps[self._step])
        return self._result(response) if self._batch.poll is None else self._polled(response, body, t_s)

    def _request(self, step: Step) -> HttpRequest:
        carries = any(name not in {"key", "audio_b64"} and "." not in name for name in templates.names(step.query))
        single = len(self._batch.steps) == 1
        return request_of(step, self._reader, self._account, self._values, self._call, extra=single or carries)

    def _save(self, step: Step, body: JsonValue) -> str | None:
        """Keep what later steps need; returns the path that led nowhere, if one did."""
        for name, path in step.save.items():
            value = self._reader.find(body, path)
            if paths.as_text(value) in (None, ""):
                return f"`{path}`"
            self._values[f"{step.name}.{name}"] = value
        return None

    def _polled(self, response: HttpResponse, body: JsonValue, t_s: float) -> HttpRequest | Wait | Recognised | Failure:
        poll = self._batch.poll
        assert poll is not None
        state = paths.as_text(self._reader.find(body, poll.at))
        if state in poll.done:
            self._fetching = True
            return self._result(response) if self._batch.fetch is None else self._request(self._batch.fetch)
        if state in poll.failed:
            said = self._reader.text(body, poll.error) or self._reader.said(body)
            kind = self._reader.code_kind(self._reader.error_code(body)) or FailureKind.REFUSED
            return self._reader.failure(kind, f"the job ended as {state}: {said or 'no message'}")
        if state is None:
            return self._protocol(response, f"expected the job's state at `{poll.at}`")
        since_s = self._polling_since_s = t_s if self._polling_since_s is None else self._polling_since_s
        if t_s - since_s > poll.within_s:
            return self._reader.failure(FailureKind.TIMEOUT, f"the job was still {state} after {poll.within_s:g} s")
        return Wait(after_s=self._every_s, request=self._request(self._batch.steps[self._step]))

    def _result(self, response: HttpResponse) -> Recognised | Failure:
        if self._batch.events and "text/event-stream" in response.headers.get("content-type", ""):
            return self._streamed(response)
        result, body = self._batch.result, parsed_json(response.content)
        if not isinstance(body, dict):
            return self._plain(response, body)
        told = self._told_in_body(body, response)
        if told is not None:
            return told
        text = self._reader.text(body, result.text)
        if text is None:
            return self._no_text(body, response)
        return Recognised(
            text=text.strip(),
            words=self._reader.words(body, result.words),
            segments=self._reader.segments(body, result.segments),
            extras=self._extras(body, response),
        )

    def _plain(self, response: HttpResponse, body: JsonValue) -> Recognised | Failure:
        """A body that is no JSON object: the text itself, where the vendor has that; not a page, not subtitles."""
        is_text = self._batch.result.plain and (body is None or isinstance(body, str)) and response.content
        if not is_text or response.headers.get("content-type", "").startswith("text/html"):
            return self._protocol(response, "expected a JSON object, got something else")
        whole = body if isinstance(body, str) else response.content.decode("utf-8", "replace")
        if " --> " in whole:
            return self._protocol(response, "expected text, got subtitles: set response_format to json or text")
        return Recognised(text=whole.strip(), extras=notes(self._spoken))

    def _told_in_body(self, body: dict[str, Any], response: HttpResponse) -> Recognised | Failure | None:
        """What a state within an answer of HTTP 200 means; `None`: it is an answer like any other."""
        for path, kinds in self._batch.result.status.items():
            state = paths.as_text(self._reader.find(body, path))
            kind = None if state is None else kinds.get(state)
            if kind == "empty":
                return Recognised(text="", extras=self._extras(body, response))
            if kind is not None:
                said = self._reader.said(body) or "no message"
                return self._reader.failure(
                    FailureKind(kind), f"{path} is {state}: {said}", http_status=response.status
                )
        return None

    def _no_text(self, body: dict[str, Any], response: HttpResponse) -> Failure:
        said, code = self._reader.said(body), self._reader.error_code(body)
        if said:
            kind = self._reader.code_kind(code) or FailureKind.SERVER
            return self._reader.failure(kind, said, http_status=response.status)
        places = " or ".join(f"`{path}`" for path in self._batch.result.text)
        got = ", ".join(sorted(map(str, body))[:20]) or "none"
        return self._protocol(response, f"expected text at {places}, got the fields {got}")

    def _extras(self, body: JsonValue, response: HttpResponse) -> dict[str, JsonValue]:
        result = self._batch.result
        extras = {**self._reader.extras(body, result.extras), **notes(self._spoken)}
        server_s = self._reader.seconds(body, result.server_s, result.server_unit)
        if server_s is not None:
            extras["server_processing_s"] = server_s
        request_id = response.headers.get("x-request-id") or response.headers.get("request-id")
        if request_id:
            extras.setdefault("request_id", request_id)
        return extras

    def _streamed(self, response: HttpResponse) -> Recognised | Failure:
        """Server-sent events, each with the time its last byte came."""
        how = self._batch.accumulate
        assert how is not None, "checked when the description was read"
        interpreter = Interpreter(self._reader, self._batch.events, how)
        self._events = tuple(
            interpreter.take(data, t_s=t_s, audio_sent_s=self._call.duration_s)[0]
            for data, t_s in server_sent(response)
        )
        if interpreter.error is not None:
            return self._reader.failure(*interpreter.error, http_status=response.status)
        if interpreter.problem is not None:
            return self._protocol(response, f"expected events of JSON, got {interpreter.problem}")
        if any(rule.role == "end" for rule in self._batch.events) and not interpreter.ended:
            return self._reader.failure(FailureKind.TRUNCATED, "the events ended without the one that says so")
        return interpreter.recognised(notes(self._spoken))

    def _protocol(self, response: HttpResponse, message: str) -> Failure:
        return self._reader.failure(FailureKind.PROTOCOL, message, http_status=response.status)


def server_sent(response: HttpResponse) -> Iterator[tuple[str, float]]:
    """The data of each event and when its last byte had come. Source: HTML living standard, section 9.2."""
    ends = list(response.arrivals)
    at = 0
    lines: list[str] = []
    for line in response.content.splitlines(keepends=True):
        at += len(line)
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        if text.startswith("data:"):
            lines.append(text.removeprefix("data:").removeprefix(" "))
        elif not text and lines:
            yield "\n".join(lines), _arrival_s(ends, at)
            lines = []
    if lines:
        yield "\n".join(lines), _arrival_s(ends, at)


def _arrival_s(arrivals: Sequence[tuple[float, int]], until: int) -> float:
    return next((t_s for t_s, size in arrivals if size >= until), arrivals[-1][0] if arrivals else 0.0)
