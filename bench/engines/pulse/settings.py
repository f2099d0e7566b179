"""Settings of the Pulse engine: every documented parameter, typed, and the query strings made of them.

Parameters that are unset are left out of the request, since an empty `keywords=` registers an empty
keyword. Language codes are passed through: which ones exist changes from month to month.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints

from bench.config import SpecModel

BATCH_PARAMS = (
    "word_timestamps",
    "diarize",
    "gender_detection",
    "emotion_detection",
    "age_detection",
    "format",
    "punctuate",
    "capitalize",
    "redact_pii",
    "redact_pci",
    "numerals",
)
"""Query parameters of a batch request that are copied from the settings as they are."""

STREAM_PARAMS = (
    "word_timestamps",
    "sentence_timestamps",
    "diarize",
    "full_transcript",
    "redact_pii",
    "redact_pci",
    "format",
    "punctuate",
    "capitalize",
    "itn_normalize",
    "no_format_delay",
    "numerals",
    "eou_timeout_ms",
    "endpointing",
    "endpointing_timeout",
    "finalize_on_words",
    "max_words",
    "vad_events",
    "vad_threshold",
    "vad_min_speech_ms",
    "external_session_id",
    "gender_detection",
    "emotion_detection",
    "age_detection",
)
"""Query parameters of a stream that are copied from the settings as they are."""


def _address(url: str) -> str:
    """As it is.

    Raises:
        ValueError: if its port is none, or its brackets do not close.
    """
    _ = urlsplit(url).port
    return url


_WebUrl = Annotated[str, StringConstraints(pattern=r"^https?://[^\s?#@]+$"), AfterValidator(_address)]


class PulseSettings(SpecModel):
    """Where and how to call Pulse. `None`: leave the parameter out, the service's default applies."""

    api_key_env: str = "SMALLEST_API_KEY"
    """Name of the environment variable that holds the key; empty: send no key."""
    base_url: _WebUrl = "https://api.smallest.ai"
    """Without path or credentials. `https://api.us.smallest.ai` pins the United States region."""
    path_family: Literal["stt", "pulse"] = "stt"
    """`stt`: /waves/v1/stt/ and /waves/v1/stt/live; `pulse`: /waves/v1/pulse/get_text for both (older)."""
    model: str = "pulse"
    """pulse | pulse-pro (batch only) | whatever comes later."""
    language: str | None = None
    """As the service spells it; `None`: the corpus's language; empty: leave it out (not advised)."""
    extra: Mapping[str, str] = Field(default_factory=dict)
    """Further query parameters, sent as they are; they win over the typed ones."""
    source: str | None = None
    """`X-Source` header."""
    expire_content: bool | None = None
    """`x-expire-content` header (enterprise)."""

    word_timestamps: bool | None = True
    sentence_timestamps: bool | None = None
    diarize: bool | None = None
    gender_detection: bool | None = None
    emotion_detection: bool | None = None
    age_detection: bool | None = None
    redact_pii: bool | None = None
    redact_pci: bool | None = None
    format: bool | None = None
    punctuate: bool | None = None
    capitalize: bool | None = None
    numerals: Literal["true", "false", "auto"] | None = None
    keywords: tuple[tuple[str, float], ...] = ()
    """Terms with their boost, sent with every call besides those of the condition."""

    full_transcript: bool | None = None
    itn_normalize: bool | None = None
    no_format_delay: bool | None = None
    eou_timeout_ms: int | None = Field(default=None, ge=100, le=10_000)
    endpointing: bool | None = None
    endpointing_timeout: int | None = Field(default=None, ge=1)
    finalize_on_words: bool | None = None
    max_words: int | None = Field(default=None, ge=1)
    vad_events: bool | None = None
    vad_threshold: float | None = None
    vad_min_speech_ms: int | None = Field(default=None, ge=0)
    external_session_id: str | None = Field(default=None, max_length=128, pattern=r"^[a-zA-Z0-9_\-.]+$")

    send_url: bool = False
    """Batch: send the public address of the audio, where the corpus has one, in place of its bytes."""
    finish: Literal["close_stream", "finalize", "none"] = "close_stream"
    """close_stream: wait for `is_last`; finalize: flush, then close after `quiet_s` without a message (the
    older contract); none: say nothing and close after `quiet_s`, to measure what is lost."""
    end_deadline_s: float = Field(default=10.0, gt=0)
    quiet_s: float = Field(default=1.0, gt=0)
    chunk_bytes: int = Field(default=4096, ge=1)
    keepalive: bool = False
    """Send `{"type":"keepalive"}` on an idle stream; the public API alone understands it."""
    joining: Literal["spaced", "verbatim"] = "spaced"
    """How finals are put together; verbatim: exactly as sent, which can fuse words."""


def batch_query(settings: PulseSettings, language: str | None, keywords: Iterable[tuple[str, float]]) -> dict[str, str]:
    """Query of a batch request. `language` is the corpus's (BCP-47)."""
    model = {"model": settings.model} if settings.path_family == "stt" else {}
    return {**model, **_common(settings, BATCH_PARAMS, language, keywords), **settings.extra}


def stream_query(
    settings: PulseSettings,
    language: str | None,
    keywords: Iterable[tuple[str, float]],
    encoding: str,
    sample_rate_hz: int,
) -> dict[str, str]:
    """Query of a stream's handshake. `language` is the corpus's (BCP-47)."""
    audio = {"encoding": encoding, "sample_rate": str(sample_rate_hz)}
    common = _common(settings, STREAM_PARAMS, language, keywords)
    return {"model": settings.model, **audio, **common, **settings.extra}


def _common(
    settings: PulseSettings, names: Iterable[str], language: str | None, keywords: Iterable[tuple[str, float]]
) -> dict[str, str]:
    values = {name: _wire(getattr(settings, name)) for name in names if getattr(settings, name) is not None}
    code = settings.language if settings.language is not None else primary_language(language)
    if code:
        values["language"] = code
    terms = keyword_list((*settings.keywords, *keywords))
    if terms:
        values["keywords"] = terms
    return values


def primary_language(tag: str | None) -> str:
    """`en` for `en-IN`: Pulse knows languages, not regions; an empty string for none."""
    return (tag or "").replace("_", "-").split("-")[0].lower()


def keyword_list(terms: Iterable[tuple[str, float]]) -> str:
    """`word:boost,two words:1.5`; what separates terms is taken out of them."""
    cleaned = ((" ".join(term.replace(",", " ").replace(":", " ").split()), boost) for term, boost in terms)
    return ",".join(f"{term}:{boost:g}" for term, boost in cleaned if term)


def _wire(value: bool | float | str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)
