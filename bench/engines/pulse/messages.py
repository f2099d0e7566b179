"""What Pulse says, batch and stream, as values: fields read defensively, errors mapped to failure kinds.

Pure. Nothing here raises for any JSON value: what has the wrong type counts as absent.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any, TypeAlias

from bench.types import Failure, FailureKind, JsonValue, Segment, Word

Object: TypeAlias = Mapping[str, JsonValue]

_MESSAGE_LIMIT = 500
_EXTRAS = (
    "language",
    "languages",
    "gender",
    "age",
    "emotion",
    "emotions",
    "redacted_entities",
    "metadata",
    "audio_length",
    "request_id",
    "session_id",
    "full_transcript",
)


def parse_object(data: str | bytes) -> Object | None:
    """A JSON object, or `None` for anything else."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def text_of(value: JsonValue) -> str | None:
    return value if isinstance(value, str) else None


def number_of(value: JsonValue) -> float | None:
    """A finite number; booleans, text and everything else are `None`."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def is_true(value: JsonValue) -> bool:
    """Flags come as booleans; integrations have seen them as text."""
    return value is True or (isinstance(value, str) and value.lower() == "true")


def speaker_of(value: JsonValue) -> str | None:
    """Speakers are integers on batch and stream, text in older and some newer documents."""
    if isinstance(value, bool):
        return None
    return str(value) if isinstance(value, int | str) and value != "" else None


def words_of(message: Object) -> tuple[Word, ...] | None:
    """Timed words; `None` where there are none to be had (flag off, or none sent)."""
    words = tuple(
        Word(
            text=text,
            start_s=number_of(item.get("start")),
            end_s=number_of(item.get("end")),
            confidence=number_of(item.get("confidence")),
            speaker=speaker_of(item.get("speaker")),
        )
        for item in _objects(message.get("words"))
        if (text := text_of(item.get("word")) or text_of(item.get("text")))
    )
    return words or None


def segments_of(message: Object) -> tuple[Segment, ...]:
    return tuple(
        Segment(
            text=text,
            start_s=number_of(item.get("start")),
            end_s=number_of(item.get("end")),
            speaker=speaker_of(item.get("speaker")),
        )
        for item in _objects(message.get("utterances"))
        if (text := text_of(item.get("text")) or text_of(item.get("transcript"))) is not None
    )


def extras_of(message: Object) -> dict[str, JsonValue]:
    """Whatever else is known and present: gender, emotions, languages, identifiers ..."""
    return {name: message[name] for name in _EXTRAS if message.get(name) not in (None, "", [], {})}


def error_text(body: Object) -> str:
    """The message, wherever this error keeps it: `errors` (text or list), `error` or `message`."""
    parts = [part for name in ("errors", "error", "message") for part in _error_parts(body.get(name))]
    code = text_of(body.get("error_code")) or text_of(body.get("code"))
    unique = list(dict.fromkeys([*([code] if code else []), *parts]))
    return clipped(": ".join(unique))


def _error_parts(value: JsonValue) -> list[str]:
    if isinstance(value, str):
        return [value] if value else []
    if isinstance(value, Mapping):
        return _error_parts(value.get("message"))
    if isinstance(value, list):
        return [part for item in value[:10] for part in _error_parts(item) if not isinstance(item, list)]
    return []


def clipped(text: str) -> str:
    """One line of bounded length."""
    line = " ".join(text.split())
    return line if len(line) <= _MESSAGE_LIMIT else f"{line[:_MESSAGE_LIMIT]}..."


def http_kind(status: int) -> FailureKind:
    """The failure kind of an HTTP status that is not a success."""
    if status == 429:
        return FailureKind.RATE_LIMIT
    if status in {401, 403}:
        return FailureKind.AUTH
    if 400 <= status < 500:
        return FailureKind.REFUSED
    return FailureKind.SERVER if status >= 500 else FailureKind.PROTOCOL


def close_kind(code: int | None) -> FailureKind:
    """The failure kind of a WebSocket close that came too early. Source: RFC 6455, section 7.4."""
    if code is None or code == 1006:
        return FailureKind.CONNECTION
    if code == 1008:
        return FailureKind.RATE_LIMIT
    if code in {1002, 1003, 1007, 1010}:
        return FailureKind.PROTOCOL
    if code == 1009:
        return FailureKind.REFUSED
    return FailureKind.TRUNCATED if code in {1000, 1005} else FailureKind.SERVER


_CODES = {
    "LANGUAGE_NOT_ENABLED_IN_REGION": FailureKind.REFUSED,
    "AudioDecodeError": FailureKind.REFUSED,
    "NoAudio": FailureKind.REFUSED,
}


def stream_error_kind(message: Object) -> FailureKind:
    """The failure kind of an error message on an open stream."""
    code = message.get("error_code", message.get("code"))
    if isinstance(code, int) and not isinstance(code, bool) and 400 <= code < 600:
        return http_kind(code)
    return _CODES.get(code, FailureKind.SERVER) if isinstance(code, str) else FailureKind.SERVER


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """`Retry-After` in seconds; a date is taken relative to the response's own `Date`.

    Source: RFC 9110, section 10.2.3.
    """
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return number_of(int(value[:12]))
    try:
        wait = (parsedate_to_datetime(value) - parsedate_to_datetime(headers["date"])).total_seconds()
    except (KeyError, ValueError, TypeError, IndexError, OverflowError):
        return None
    return max(0.0, wait)


def http_failure(status: int, headers: Mapping[str, str], content: bytes, secrets: Sequence[str]) -> Failure:
    """The failure an HTTP answer stands for; whatever it says, our own key is not repeated."""
    body = parse_object(content)
    said = error_text(body) if body is not None else clipped(content[:2000].decode("utf-8", "replace"))
    return Failure(
        kind=http_kind(status),
        message=masked(f"Pulse: HTTP {status}: {said or 'no message'}", secrets),
        http_status=status,
        retry_after_s=retry_after_s(headers) if status in {429, 503} else None,
    )


def masked(text: str, secrets: Sequence[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, "***") if secret else text
    return text


def _objects(value: JsonValue) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
