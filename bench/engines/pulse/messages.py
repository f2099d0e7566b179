"""What Pulse says, batch and stream, as values: fields read defensively, errors mapped to failure kinds.

Pure. Nothing here raises for any JSON value: what has the wrong type counts as absent.
"""

from __future__ import annotations

from collections.abc import Mapping

from bench.engines.reading import Object, clipped, http_kind, number_of, objects_of, text_of
from bench.types import FailureKind, JsonValue, Segment, Word

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
    "speech_final",
)


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
            start_s=number_of(entry.get("start")),
            end_s=number_of(entry.get("end")),
            confidence=number_of(entry.get("confidence")),
            speaker=speaker_of(entry.get("speaker")),
        )
        for entry in objects_of(message.get("words"))
        if (text := text_of(entry.get("word")) or text_of(entry.get("text")))
    )
    return words or None


def segments_of(message: Object) -> tuple[Segment, ...]:
    return tuple(
        Segment(
            text=text,
            start_s=number_of(entry.get("start")),
            end_s=number_of(entry.get("end")),
            speaker=speaker_of(entry.get("speaker")),
        )
        for entry in objects_of(message.get("utterances"))
        if (text := text_of(entry.get("text")) or text_of(entry.get("transcript"))) is not None
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
        return [part for element in value[:10] for part in _error_parts(element) if not isinstance(element, list)]
    return []


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
