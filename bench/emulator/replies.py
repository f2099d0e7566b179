"""What Pulse answers when it refuses, body by body, and which queries it refuses. Pure.

Source: PULSE.md sections 3, 5, 7 and 8 of the project's notes on public material; docs/emulator.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.emulator.segments import StreamOptions
from bench.emulator.settings import EmulatorSettings
from bench.emulator.wire import ENCODINGS

STT_MODELS = ("pulse", "pulse-pro")
STREAM_MODELS = ("pulse", "pulse-2")
"""`pulse-2` (English only) is not in the vendor's published documents we know; pipecat-ai 1.14 offers it."""

_SAMPLE_RATES = (8000, 16000, 22050, 24000, 44100, 48000)
_FLAGS = (
    "word_timestamps",
    "diarize",
    "gender_detection",
    "emotion_detection",
    "format",
    "punctuate",
    "capitalize",
    "redact_pii",
    "redact_pci",
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An HTTP answer in place of a transcript."""

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


NO_TOKEN = Refusal(401, {"message": "Unauthorized: No tokens provided"})
BAD_TOKEN = Refusal(401, {"error": "unauthorized"})
SERVER_ERROR = Refusal(500, {"error": "Internal server error"})
BAD_AUDIO = "Invalid file format. Supported formats: audio/*"
BAD_URL = "Invalid JSON data: missing or invalid 'url' field"


def audio_error(errors: str) -> Refusal:
    """The envelope of everything wrong with the audio."""
    return Refusal(400, {"errors": errors, "status": "error", "message": "Error handling audio data"})


def too_large(*, stt_path: bool) -> Refusal:
    """The two paths differ."""
    if stt_path:
        return Refusal(413, {"status": "error", "message": "File size exceeds maximum limit of 250MB."})
    return audio_error("Audio data too large")


def rate_limited(retry_after_s: int) -> Refusal:
    return Refusal(429, {"error": "Rate limit exceeded"}, {"Retry-After": str(retry_after_s)})


def status_fault(status: int, retry_after_s: int | None) -> Refusal:
    """An HTTP error made on demand."""
    headers = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}
    bodies: dict[int, Mapping[str, Any]] = {401: BAD_TOKEN.body, 500: SERVER_ERROR.body}
    return Refusal(status, bodies.get(status, {"error": f"emulated error {status}"}), headers)


def region_error(language: str, region: str) -> dict[str, Any]:
    return {
        "status": "error",
        "error_code": "LANGUAGE_NOT_ENABLED_IN_REGION",
        "message": f"Language '{language}' has not been enabled in this region. "
        "Please contact support to request access.",
        "language": language,
        "region": region,
    }


def invalid_parameter(path: str, received: str, allowed: Sequence[str]) -> Refusal:
    expected = " | ".join(f"'{value}'" for value in allowed)
    detail = {
        "code": "invalid_enum_value",
        "path": [path],
        "received": received,
        "message": f"Invalid enum value. Expected {expected}, received '{received}'",
    }
    return Refusal(400, {"status": "error", "message": "Invalid query parameters", "errors": [detail]})


def refuse_batch(query: Mapping[str, str], settings: EmulatorSettings, *, stt_path: bool) -> Refusal | None:
    """What is wrong with a batch query: strict on known enums, silent on unknown parameters."""
    model = query.get("model", "" if stt_path else "pulse")
    if stt_path and model not in STT_MODELS:
        return invalid_parameter("model", model, STT_MODELS)
    for name in _FLAGS:
        if query.get(name, "true") not in {"true", "false"}:
            return invalid_parameter(name, query[name], ("true", "false"))
    if model == "pulse-pro":
        language = query.get("language", "en")
        return None if language == "en" else invalid_parameter("language", language, ("en",))
    if "omitted_language_truncates" in settings.quirks and not query.get("language"):
        return None
    language = query.get("language", "multi")
    if language in settings.gated_languages:
        return Refusal(400, region_error(language, settings.region))
    if language not in settings.batch_languages:
        return invalid_parameter("language", language, settings.batch_languages)
    return None


def refuse_stream(query: Mapping[str, str], settings: EmulatorSettings, *, live_path: bool) -> Refusal | None:
    """What is wrong with a stream's query, before the upgrade."""
    model = query.get("model", "" if live_path else "pulse")
    if model == "pulse-pro":
        text = "Model 'pulse-pro' does not support streaming. Use POST /waves/v1/stt/ instead."
        return Refusal(400, {"status": "error", "message": text})
    if model not in STREAM_MODELS:
        return invalid_parameter("model", model, STREAM_MODELS)
    language = query.get("language", "" if live_path else "multi-eu")
    if "omitted_language_truncates" in settings.quirks and not language:
        language = "multi-eu"
    if language not in settings.stream_languages + settings.gated_stream_languages:
        return invalid_parameter("language", language, settings.stream_languages)
    if query.get("encoding", "linear16") not in ENCODINGS:
        return invalid_parameter("encoding", query["encoding"], ENCODINGS)
    rate = query.get("sample_rate", "16000")
    if rate not in {str(rate) for rate in _SAMPLE_RATES}:
        return invalid_parameter("sample_rate", rate, [str(rate) for rate in _SAMPLE_RATES])
    return None


def stream_options(query: Mapping[str, str], *, live_path: bool) -> StreamOptions:
    """The options of a stream: flags are compared with the literal `true`."""

    def flag(name: str, default: bool = False) -> bool:
        return query[name] == "true" if name in query else default

    formatting = flag("format", True)
    written = [flag(name) for name in ("itn_normalize", "redact_pii", "redact_pci")]
    language = query.get("language", "multi-eu")
    return StreamOptions(
        language=language,
        word_timestamps=flag("word_timestamps", not live_path),
        sentence_timestamps=flag("sentence_timestamps"),
        diarize=flag("diarize"),
        full_transcript=flag("full_transcript") and language.startswith("multi"),
        trimmed=not formatting or not flag("punctuate", True) or any(written),
        both_text_fields=live_path,
        punctuate=formatting and flag("punctuate", True),
        capitalize=formatting and flag("capitalize", True),
        max_words=_max_words(query),
    )


def _max_words(query: Mapping[str, str]) -> int | None:
    given = query.get("max_words", "")
    if given.isdigit() and int(given[:6]) > 0:
        return int(given[:6])
    return None if query.get("finalize_on_words") == "false" else StreamOptions().max_words


def endpoint_s(query: Mapping[str, str]) -> float:
    """Trailing silence that ends a segment: the endpointing window, or the end-of-utterance time-out."""
    windows = [_milliseconds(query.get("eou_timeout_ms"), 800)]
    if query.get("endpointing", "true") == "true":
        windows.append(_milliseconds(query.get("endpointing_timeout"), 600))
    return min(windows) / 1000


def _milliseconds(value: str | None, default: int) -> int:
    return int(value[:6]) if value and value.isdigit() else default
