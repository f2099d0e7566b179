"""One recording over a WebSocket, as code: opened, spoken in chunks of real time, ended, and put together. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bench.engines.dialect import templates
from bench.engines.dialect.model import Description, Stream
from bench.engines.dialect.values import SAMPLE_BYTES
from bench.engines.snippets.plan import MARK, Plan, Session, Unprintable, printable_paths, request_of
from bench.engines.snippets.writing import Writing
from bench.types import JsonValue


def stream_code(description: Description, language: type[Writing]) -> str:
    """The code of a description's stream.

    Raises:
        Unprintable: if it has none, or cannot be written as code.
    """
    stream = description.stream
    if stream is None:
        raise Unprintable("no stream: it is a service of whole recordings")
    encoding = next((name for name in ("linear16", "linear32") if name in stream.accepts.encodings), None)
    if encoding is None:
        raise Unprintable("a stream that takes no samples as they are")
    plan = Plan(description, stream, encoding)
    return language(plan).stream(_session(plan, stream))


def _session(plan: Plan, stream: Stream) -> Session:
    _refuse_what_has_no_form(plan, stream)
    prepare = stream.prepare
    saved = tuple(prepare.save.items()) if prepare else ()
    values = plan.values(stream.accepts, [f"prepare.{name}" for name, _ in saved])
    whole = str(templates.filled(stream.path, values) or "")
    hosts = [prepare.host] if prepare else [stream.host]
    if prepare and not whole.startswith(MARK):
        hosts.append(stream.host)
    end = tuple(_frames(stage.send, values) for stage in stream.end)
    audio = None if stream.audio is None else templates.filled(stream.audio, values)
    return Session(
        stream=stream,
        base=plan.base_url(hosts),
        prepare=None if prepare is None else request_of(prepare, values),
        saved=tuple((f"prepare_{name}", printable_paths((path,), "a value of an answer")[0]) for name, path in saved),
        address=whole,
        params=templates.pairs(stream.query, values),
        headers=templates.pairs(stream.headers, values),
        opening=_frames(stream.open, values),
        audio=audio,
        end=end,
        width=SAMPLE_BYTES[plan.encoding],
    )


def _refuse_what_has_no_form(plan: Plan, stream: Stream) -> None:
    if stream.subprotocols or plan.description.key.place == "subprotocol":
        raise Unprintable("a key that goes as a subprotocol")
    if stream.finish.quiet_s is not None:
        raise Unprintable("a stream whose end nothing marks but silence (`quiet_s`)")
    if stream.accumulate.how == "replace" and stream.accumulate.tail == "count":
        raise Unprintable("a partial that counts where no final came")
    for template in [stream.audio, *(frame for stage in stream.end for frame in stage.send)]:
        if "language" in templates.names(template):
            raise Unprintable("a language that is told after the opening")


def _frames(frames: Sequence[Any], values: dict[str, Any]) -> tuple[JsonValue, ...]:
    """A text is sent as it is, an object as JSON."""
    return tuple(
        str(templates.filled(frame, values) or "") if isinstance(frame, str) else templates.filled(frame, values) or {}
        for frame in frames
    )
