"""A described vendor's stream: the session as a pure state machine, and how it is opened.

Never raises for anything a server can send. Must not touch sockets or clocks; the driver does.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bench.engines.accumulate import Delta
from bench.engines.base import Close, Connect, Frame, HttpRequest, HttpResponse, StreamSession
from bench.engines.dialect import paths, templates
from bench.engines.dialect.batch import Account, request_of
from bench.engines.dialect.model import Stream, Template
from bench.engines.dialect.reading import Reader, parsed_json
from bench.engines.dialect.rules import Interpreter
from bench.engines.dialect.values import SAMPLE_BYTES, SILENT_SAMPLE, base64_text, notes, values_of
from bench.engines.secrets import Secret, revealed
from bench.types import Call, Event, Failure, FailureKind, JsonValue, Recognised, Timing, Transcript

_SILENCE = "silence"
_SILENCE_S = 0.1
_OPEN_FACTOR = 3
"""So much longer is waited for more while a segment is open that no final has closed."""


@dataclass(frozen=True, slots=True)
class DescribedStream:
    """Opens streams. `saved`: what a preparatory request gave."""

    reader: Reader
    account: Account
    saved: Mapping[str, Any]

    @property
    def _stream(self) -> Stream:
        stream = self.reader.description.stream
        assert stream is not None
        return stream

    def _values(self, call: Call) -> dict[str, Any]:
        values, _ = values_of(
            self.reader.description, self.account.settings, call, self._stream.accepts, self.account.key
        )
        return {**values, **self.saved}

    def connect(self, call: Call) -> Connect:
        stream, values = self._stream, self._values(call)
        path = str(templates.filled(stream.path, values) or "")
        address = self.account.address(self.reader, stream.host, path).replace("http", "ws", 1)
        if "://" in path:
            address = path
        headers, params = self.account.secrets(self.reader)
        if self.account.key is not None and self.reader.description.key.place == "first_frame":
            _ = revealed({"first frame": self.account.key}, address)  # raises where the key does not belong
        said = {name: text for name, part in stream.headers.items() if (text := _text(part, values)) is not None}
        extra = templates.pairs(dict(self.account.settings.extra), {})
        return Connect(
            url=address,
            params=(*templates.pairs(stream.query, values), *extra),
            headers=said,
            secrets=headers,
            secret_params=params,
            subprotocols=tuple(_subprotocols(stream.subprotocols, values, self.account.key)),
        )

    def refused(self, response: HttpResponse) -> Failure:
        return self.reader.http_failure(response)

    def session(self, call: Call) -> DescribedSession:
        _, spoken = values_of(
            self.reader.description, self.account.settings, call, self._stream.accepts, self.account.key
        )
        return DescribedSession(
            self.reader, self._stream, self.account.settings, call, self._values(call), notes(spoken)
        )


@dataclass(frozen=True, slots=True)
class PreparedStream:
    """A stream whose address is asked for first."""

    reader: Reader
    account: Account

    def prepare(self, call: Call) -> HttpRequest:
        stream = self.reader.description.stream
        assert stream is not None
        assert stream.prepare is not None
        values, _ = values_of(self.reader.description, self.account.settings, call, stream.accepts, self.account.key)
        return request_of(stream.prepare, self.reader, self.account, values, call)

    def prepared(self, response: HttpResponse) -> DescribedStream | Failure:
        if not 200 <= response.status < 300:
            return self.reader.http_failure(response)
        stream = self.reader.description.stream
        assert stream is not None
        assert stream.prepare is not None
        body = parsed_json(response.content)
        saved = {f"prepare.{name}": self.reader.find(body, path) for name, path in stream.prepare.save.items()}
        for name, value in saved.items():
            if paths.as_text(value) in (None, ""):
                path = stream.prepare.save[name.removeprefix("prepare.")]
                return self.reader.failure(
                    FailureKind.PROTOCOL, f"expected `{path}` in the answer to {stream.prepare.name}"
                )
        if stream.secret_url:
            Secret(str(saved["prepare.url"]))  # from now on it is masked wherever a key is
        # Opened without the key: what was prepared stands for it.
        return DescribedStream(self.reader, replace(self.account, key=None), saved)


def _subprotocols(templates_: Sequence[str], values: Mapping[str, Any], key: Secret | None) -> Iterator[str | Secret]:
    for template in templates_:
        if "{key}" not in template:
            text = _text(template, values)
            if text is not None:
                yield text
        elif key is not None:
            yield key.prefixed(template.removesuffix("{key}"))


def _text(template: str, values: Mapping[str, Any]) -> str | None:
    return paths.as_text(templates.filled(template, values))


class DescribedSession(StreamSession):
    """One stream."""

    def __init__(
        self,
        reader: Reader,
        stream: Stream,
        settings: Any,
        call: Call,
        values: Mapping[str, Any],
        extras: Mapping[str, JsonValue],
    ) -> None:
        self._reader, self._stream, self._settings, self._values = reader, stream, settings, dict(values)
        self._interpreter = Interpreter(reader, stream.rules, stream.accumulate)
        self._extras = dict(extras)
        self._chunk_bytes = call.chunk_bytes or self._default_chunk(call)
        self._silence = b"\0" * (round(_SILENCE_S * call.sample_rate_hz) * SAMPLE_BYTES.get(call.encoding, 2))
        width = SAMPLE_BYTES.get(call.encoding)
        self._filling = SILENT_SAMPLE.get(call.encoding, b"\0")
        least = stream.accepts.min_chunk_ms / 1000 * call.sample_rate_hz
        self._least_bytes = 0 if width is None else math.ceil(least) * width
        self._sent_chunks = 0
        self._stages = list(stream.end)
        self._waits_for: Any = None
        self._replies: list[Frame] = []
        self._finished = False
        self._end_sent = False

    def _default_chunk(self, call: Call) -> int:
        width = SAMPLE_BYTES.get(call.encoding, 2)
        chunk_ms = self._settings.chunk_ms or self._stream.chunk_ms
        return max(1, round(chunk_ms / 1000 * call.sample_rate_hz)) * width

    @property
    def chunk_bytes(self) -> int:
        return self._chunk_bytes

    @property
    def end_deadline_s(self) -> float:
        return float(self._settings.end_deadline_s or self._stream.finish.deadline_s)

    @property
    def quiet_s(self) -> float | None:
        finish = self._stream.finish
        if not self._finished or finish.settle_s is None:
            return finish.quiet_s
        return finish.settle_s * (_OPEN_FACTOR if self._interpreter.is_open else 1)

    @property
    def ready(self) -> bool:
        return self._stream.ready is None or self._interpreter.ready

    @property
    def ready_within_s(self) -> float:
        return self._stream.ready_within_s

    @property
    def finished(self) -> bool:
        """Whether the last result is there, or an error that ends everything before the audio was to begin."""
        interpreter = self._interpreter
        is_sure = self._stream.finish.settle_s is None or interpreter.nothing_left or interpreter.error is not None
        return (self._finished and is_sure) or (not self.ready and interpreter.error is not None)

    @property
    def next_end_s(self) -> float | None:
        return self._waits_for.within_s if self._waits_for is not None and self._stages else None

    def _frame(self, template: Template) -> Frame:
        if isinstance(template, str):
            return str(templates.filled(template, self._frame_values()) or "")
        return templates.json_text(template, self._frame_values())

    def _frame_values(self) -> dict[str, Any]:
        return {**self._values, "chunk_count": self._sent_chunks}

    def start(self) -> Sequence[Frame]:
        return [self._frame(template) for template in self._stream.open]

    def audio(self, chunk: bytes) -> Frame:
        """A chunk as a message; a last one that is shorter than the vendor takes is filled up with silence."""
        self._sent_chunks += 1
        chunk += self._filling * (-(-(self._least_bytes - len(chunk)) // len(self._filling)))
        if self._stream.audio is None:
            return chunk
        return templates.json_text(self._stream.audio, {**self._values, "audio_b64": base64_text(chunk)})

    def keepalive(self) -> Frame | None:
        template = self._stream.keepalive
        if template is None:
            return None
        return self._silence if template == _SILENCE else self._frame(template)

    def end(self) -> Sequence[Frame]:
        """The next stages, up to one that waits for an answer."""
        self._end_sent = self._interpreter.end_sent = True
        frames: list[Frame] = []
        self._waits_for = None
        while self._stages and self._waits_for is None:
            stage = self._stages.pop(0)
            frames += [self._frame(template) for template in stage.send]
            self._waits_for = stage if stage.until is not None else None
        self._settle()
        return frames

    def replies(self) -> Sequence[Frame]:
        if not self._replies:
            return ()
        replies, self._replies = self._replies, []
        return replies

    def feed(self, frame: Frame, *, t_s: float, audio_sent_s: float) -> Sequence[Event]:
        event, rule, message = self._interpreter.take(frame, t_s=t_s, audio_sent_s=audio_sent_s)
        self._extras.update(self._reader.extras(message, self._stream.extras) if self._stream.extras else {})
        if self._stream.ready is not None and not self._interpreter.ready:
            self._interpreter.ready = self._reader.matches(frame, message, self._stream.ready)
        if rule is not None and rule.send:
            self._replies += [self._frame(template) for template in rule.send]
        waits_for = self._waits_for
        if waits_for is not None and self._reader.matches(frame, message, waits_for.until):
            self._replies += self.end()
        if any(self._reader.matches(frame, message, mark) for mark in self._stream.finish.when):
            self._finished = self._finished or self._end_sent or self._interpreter.ended
        self._finished = self._finished or self._interpreter.ended
        self._settle()
        return (replace(event, is_last=True) if self._finished and not event.is_last else event,)

    def explained(self, frame: Frame) -> str:
        """Which rule decides about a message, for whoever writes the description."""
        rules = self._stream.rules
        rule = self._interpreter.rule_for(frame, parsed_json(frame))
        return "no rule" if rule is None else f"rules[{rules.index(rule)}] {rule.role}"

    def _settle(self) -> None:
        """The end was answered, and where several things may still be open, all that was begun is closed."""
        if not (self._end_sent and self._interpreter.heard):
            return
        accumulator = self._interpreter.accumulator
        is_open = self._stream.finish.all_settled and isinstance(accumulator, Delta) and not accumulator.is_settled
        self._finished = not is_open

    def outcome(self, close: Close | None) -> Recognised | Failure:
        """A complete answer, or why there is none, with what had arrived by then."""
        interpreter, finish = self._interpreter, self._stream.finish
        if interpreter.problem is not None:
            return self._failure(FailureKind.PROTOCOL, f"expected a message of the protocol, got {interpreter.problem}")
        if self._finished and interpreter.error is None:
            return self._recognised()
        if interpreter.error is not None:
            return self._failure(*interpreter.error)
        if close is not None and close.code is not None and close.code in finish.close_codes and self._end_sent:
            return self._recognised()
        if close is not None:
            return self._closed(close)
        if finish.quiet_s is not None and self._end_sent:
            return self._recognised()
        return self._failure(FailureKind.TRUNCATED, f"expected the end mark within {self.end_deadline_s:g} s, got none")

    def _closed(self, close: Close) -> Failure:
        kind = self._reader.close_kind(close.code)
        told = self._reader.code_kind(_first_word(close.reason)) if close.reason else None
        if told is None and close.code is not None:
            told = self._reader.code_kind(str(close.code))
        code = "no close frame" if close.code is None else f"close code {close.code}"
        reason = f" ({close.reason})" if close.reason else ""
        if kind is FailureKind.TRUNCATED:
            return self._failure(kind, f"expected the end mark before the connection was closed, got {code}{reason}")
        return self._failure(told or kind, f"the stream ended with {code}{reason}")

    def _recognised(self) -> Recognised:
        return self._interpreter.recognised(self._extras)

    def _failure(self, kind: FailureKind, message: str) -> Failure:
        so_far = self._recognised()
        shown = Recognised(
            text=self._interpreter.so_far(), words=so_far.words, segments=so_far.segments, extras=so_far.extras
        )
        failure = self._reader.failure(kind, message)
        return replace(failure, partial=Transcript(recognised=shown, timing=Timing()))


def _first_word(reason: str) -> str:
    """Some vendors write their own code into the close's reason, which says more than its number."""
    return reason.split()[0].rstrip(":,.") if reason.split() else ""
