"""What the placeholders of a description stand for in one call: settings, language, terms, form of the audio. Pure."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import Field, create_model

from bench.config import SpecModel
from bench.engines.dialect import templates
from bench.engines.dialect.model import Accepts, Description, Languages, Terms
from bench.engines.dialect.paths import as_text
from bench.engines.secrets import Secret
from bench.types import Call

SAMPLE_BYTES: Mapping[str, int] = {"linear16": 2, "linear32": 4, "mulaw": 1, "alaw": 1}
SILENT_SAMPLE: Mapping[str, bytes] = {"linear16": b"\0\0", "linear32": b"\0" * 4, "mulaw": b"\xff", "alaw": b"\xd5"}
_CONTENT_FILES = {"audio/wav": "audio.wav", "audio/flac": "audio.flac", "audio/ogg": "audio.ogg"}

_OF_A_CALL = frozenset(
    {
        "key", "language", "terms", "terms_json", "encoding", "sample_rate", "sample_rate_text", "bit_depth",
        "content_type", "audio_url", "endpointing_s",
    }
)  # fmt: skip
STREAM_ONLY = frozenset({"audio_b64", "chunk_count"})


class CommonSettings(SpecModel):
    """What decides whether transcripts of several vendors can be compared: sent to each that has a way to be told.

    A run config says them once for all engines (`common:`), and an engine's own settings win.
    """

    punctuation: bool = True
    formatting: bool = False
    """Dates, amounts and the like in their written form."""
    numerals: bool = False
    """Numbers as digits."""
    disfluencies: bool = False
    """Fillers and false starts are kept."""
    audio_events: bool = False
    """Sounds are described within the text."""
    profanity_filter: bool = False
    endpointing_ms: int = Field(default=500, ge=0, le=10_000)
    """Real time: how much silence ends a segment."""


_ENDPOINTING = "endpointing_ms"
COMMON = tuple(CommonSettings.model_fields)


class DialectSettings(CommonSettings):
    """What every described engine can be told; its own options come on top."""

    api_key_env: str = ""
    """Name of the environment variable that holds the key; empty: send no key."""
    base_url: str | None = None
    """Stands for every address of the description; `None`: those of the description."""
    language: str | None = None
    """As the service spells it; `None`: the corpus's language; empty: leave it out."""
    keywords: tuple[tuple[str, float], ...] = ()
    """Terms with their boost, sent with every call besides those of the condition."""
    extra: Mapping[str, Any] = Field(default_factory=dict)
    """Further query parameters, sent as they are (with an upload or a job: of the request that carries the options)."""
    poll_every_s: float | None = Field(default=None, gt=0)
    """How often a job is asked after; `None`: as the description says."""
    end_deadline_s: float | None = Field(default=None, gt=0)
    """How long to wait for the last result; `None`: as the description says."""
    chunk_ms: float | None = Field(default=None, gt=0)
    """Size of an audio message where neither the condition nor the run names one; `None`: as the description says."""


def settings_model(description: Description) -> type[DialectSettings]:
    """The settings of a described engine: the common ones, and its own with the description's defaults."""
    own: dict[str, Any] = {"api_key_env": (str, description.key.env)}
    for name, default in description.settings.items():
        if name in COMMON:
            own[name] = (DialectSettings.model_fields[name].annotation, default)
        else:
            own[name] = (_type_of(default), default)
    made: type[DialectSettings] = create_model(f"{description.name}Settings", __base__=DialectSettings, **own)
    return made


def _type_of(default: Any) -> Any:
    if default is None:
        return Any
    if isinstance(default, bool):
        return bool
    if isinstance(default, int | float):
        return float | int
    return str if isinstance(default, str) else Any


def known_names(description: Description) -> frozenset[str]:
    """Every placeholder that a description may use anywhere."""
    return frozenset({*_OF_A_CALL, *STREAM_ONLY, *COMMON, *description.settings, *description.derived})


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """Terms as the vendor takes them, and what of them it does not take."""

    terms: Any
    dropped: tuple[str, ...] = ()
    weights_dropped: bool = False
    bounded: Mapping[str, float] = field(default_factory=dict)
    """Settings that lay outside of the vendor's bounds, with what was sent."""


def spoken_terms(terms: Terms | None, wanted: Sequence[tuple[str, float]]) -> Spoken:
    """Terms in the vendor's form. Order is kept; a term that comes twice is sent once."""
    unique = list(dict.fromkeys((" ".join(term.split()), boost) for term, boost in wanted if term.strip()))
    if terms is None or not unique:
        return Spoken(terms=None, dropped=tuple(term for term, _ in unique))
    fitting = [(term, boost) for term, boost in unique if terms.max_chars is None or len(term) <= terms.max_chars]
    kept = fitting[: terms.limit]
    made = [templates.filled(terms.entry, {"term": term, "boost": boost}) for term, boost in kept]
    named = {term for term, _ in kept}
    has_weights = any(boost != 1.0 for _, boost in kept) and "boost" not in templates.names(terms.entry)
    return Spoken(
        terms=made if terms.join is None else terms.join.join(str(entry) for entry in made),
        dropped=tuple(term for term, _ in unique if term not in named),
        weights_dropped=has_weights,
    )


def spoken_language(languages: Languages, tag: str | None) -> str | None:
    """A BCP-47 tag as the vendor writes it; `None`: leave it out."""
    if not tag:
        return languages.default
    tag = tag.replace("_", "-")
    primary = tag.partition("-")[0].lower()
    names = (tag, primary) if languages.form == "primary" or tag.lower() == primary else (tag,)
    for name in names:
        if name in languages.map:
            return languages.map[name]
    forms = {"as_is": tag, "primary": primary, "underscore": tag.replace("-", "_").lower()}
    return forms[languages.form]


def values_of(
    description: Description, settings: DialectSettings, call: Call, accepts: Accepts, key: Secret | None
) -> tuple[dict[str, Any], Spoken]:
    """All placeholders of a call but those of its steps, and what became of its terms."""
    spoken = spoken_terms(description.terms, (*settings.keywords, *call.keywords))
    language = settings.language
    values: dict[str, Any] = {name: getattr(settings, name) for name in (*COMMON, *description.settings)}
    values |= {
        "key": key.reveal() if key and description.key.place == "first_frame" else None,
        "language": spoken_language(description.languages, call.language) if language is None else language,
        "terms": spoken.terms,
        "terms_json": json.dumps(spoken.terms, ensure_ascii=False) if spoken.terms else None,
        "encoding": accepts.encodings.get(call.encoding, call.encoding),
        "sample_rate": call.sample_rate_hz,
        "sample_rate_text": str(call.sample_rate_hz),
        "bit_depth": 8 * SAMPLE_BYTES.get(call.encoding, 2),
        "content_type": call.content_type,
        "audio_url": call.audio_url,
        "endpointing_s": settings.endpointing_ms / 1000,
    }
    for name, derived in description.derived.items():
        if derived.within is not None:
            values[name] = _bounded(values.get(derived.of), derived.within)
            continue
        text = as_text(values.get(derived.of))
        made = None if text is None else derived.map.get(text, derived.map.get("*"))
        values[name] = templates.filled(made, values)
    return values, replace(spoken, bounded=bounded(description, settings))


def _bounded(value: Any, within: tuple[float, float]) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    lowest, highest = within
    nearest = min(max(value, lowest), highest)
    return value if nearest == value else int(nearest) if float(nearest).is_integer() else nearest


def bounded(description: Description, settings: DialectSettings) -> dict[str, float]:
    """Settings that lie outside of what the vendor takes, with what is sent in their place."""
    sent: dict[str, float] = {}
    for derived in description.derived.values():
        if derived.within is None:
            continue
        name, per = (_ENDPOINTING, 1000) if derived.of == "endpointing_s" else (derived.of, 1)
        asked = getattr(settings, name)
        nearest = _bounded(None if asked is None else asked / per if per != 1 else asked, derived.within)
        if nearest is not None and nearest * per != asked:
            sent[name] = nearest * per
    return sent


def notes(spoken: Spoken) -> dict[str, Any]:
    """What is said in a transcript's extras of terms that were not sent as they were asked for."""
    said: dict[str, Any] = {}
    if spoken.dropped:
        said["terms_dropped"] = list(spoken.dropped)
    if spoken.weights_dropped:
        said["term_weights_dropped"] = True
    if spoken.bounded:
        said["settings_bounded"] = dict(spoken.bounded)
    return said


def file_name(content_type: str) -> str:
    """Of the audio's part in a form: some services go by its ending."""
    return _CONTENT_FILES.get(content_type, "audio.raw")


def base64_text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
