"""Settings of engines and steps of conditions in plain words with units: `segment ends after a silence of 500 ms`.

A name that is not in the tables is said by its own words, its unit by its ending. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bench.report.phrases import plural
from bench.scoring.estimates import DOSE_UNITS
from bench.types import Condition, JsonValue, Params, RequestSpec, Step

_UNITS: Mapping[str, str] = {**DOSE_UNITS, "ms": "ms", "m": "m", "bytes": "bytes", "ppm": "ppm"}
"""By the end of a name, or by the whole of it."""
_SPELT: Mapping[str, str] = {"snr": "SNR", "rt60": "RT60", "drr": "DRR", "vad": "speech detection", "color": "colour"}
"""Words of names that are written otherwise."""

_SETTINGS: Mapping[str, tuple[str, str]] = {
    "api_key_env": ("key in the environment as", ""),
    "base_url": ("address", ""),
    "beam_size": ("beam", "hypotheses"),
    "chunk_bytes": ("audio sent in parts of", "bytes"),
    "chunk_ms": ("audio sent in parts of", "ms"),
    "cpu_threads": ("processor threads", ""),
    "diarization": ("speakers told apart", ""),
    "diarize": ("speakers told apart", ""),
    "disfluencies": ("hesitations kept", ""),
    "eager_eot_threshold": ("first guess of a turn's end from a probability of", ""),
    "enable_logging": ("kept by the vendor", ""),
    "end_after_ms": ("segment ends after a silence of", "ms"),
    "end_deadline_s": ("waits for the last answer", "s"),
    "endpointing": ("segments end at silence", ""),
    "endpointing_ms": ("segment ends after a silence of", "ms"),
    "endpointing_timeout": ("segment ends after a silence of", "ms"),
    "eot_threshold": ("turn ends from a probability of", ""),
    "eou_timeout_ms": ("turn ends after a silence of", "ms"),
    "expire_content": ("deleted by the vendor", ""),
    "finalize_on_words": ("finals at a number of words", ""),
    "finish": ("a stream is ended by", ""),
    "format": ("formatting", ""),
    "full_transcript": ("whole text with each final", ""),
    "itn_normalize": ("numbers and dates in written form", ""),
    "joining": ("finals joined", ""),
    "keepalive": ("idle streams kept open", ""),
    "max_delay": ("a final at the latest after", "s"),
    "max_words": ("a final holds at most", "words"),
    "mip_opt_out": ("left out of the vendor's training", ""),
    "no_format_delay": ("no waiting for formatting", ""),
    "num_threads": ("processor threads", ""),
    "numerals": ("numbers as digits", ""),
    "path_family": ("kind of address", ""),
    "poll_every_s": ("asked for the answer every", "s"),
    "quiet_s": ("closed after no message for", "s"),
    "redact_pci": ("card data left out", ""),
    "redact_pii": ("personal data left out", ""),
    "send_url": ("the recording's address sent in place of it", ""),
    "speaker_labels": ("speakers told apart", ""),
    "speakers": ("speakers told apart", ""),
    "timestamp_granularities": ("times of", ""),
    "update_interval_s": ("new text every", "s"),
    "vad_threshold": ("speech from a probability of", ""),
    "word_timestamps": ("word times", ""),
    "sentence_timestamps": ("sentence times", ""),
}
"""What settings of engines are in words, and their units."""

_STEPS: Mapping[str, str] = {
    "aac": "AAC",
    "agc": "automatic gain control",
    "amr_nb": "AMR narrow band",
    "clip": "clipping",
    "dc": "constant added",
    "g711": "G.711",
    "g722": "G.722",
    "g726": "G.726",
    "mp3": "MP3",
    "noise_from": "recorded noise",
    "opus": "Opus",
}
"""Steps whose names are no words."""
_PARAMETERS: Mapping[str, tuple[str, str]] = {
    "bits": ("", "bits"),
    "burst": ("bursts of", "packets"),
    "color": ("", ""),
    "conceal": ("lost packets filled by", ""),
    "factor": ("times", ""),
    "law": ("", ""),
    "offset": ("", "of full scale"),
    "per_minute": ("", "a minute"),
    "percentile": ("peaks above", "% of the samples"),
    "rate": ("share lost", ""),
    "resampler": ("by", ""),
    "rt60_s": ("reverberation (RT60)", "s"),
    "drr_db": ("direct over reverberant sound (DRR)", "dB"),
    "semitones": ("", "semitones"),
    "snr_from_hz": ("SNR measured from", "Hz"),
    "snr_to_hz": ("SNR measured up to", "Hz"),
    "take": ("", ""),
    "talkers": ("", "voices"),
    "to": ("to", "Hz"),
    "where": ("", ""),
}
"""What parameters of steps are in words, and their units; without words the value says it."""
_NOTHING_AT_NOUGHT = frozenset(
    ("after_s", "before_s", "between_s", "lead_in_s", "lead_out_s", "snr_from_hz", "start_s")
)
"""Parameters that do nothing where they are 0."""

_VALUES: Mapping[str, str] = {"mulaw": "mu-law", "alaw": "A-law", "linear16": "16-bit PCM", "linear32": "32-bit float"}
_TERMS: Mapping[JsonValue, str] = {
    "corpus": "every term of the corpus",
    "utterance": "the terms said in each utterance",
}


def setting_name(key: str) -> tuple[str, str]:
    """What a number is in words, and its unit: `("SNR", "dB")` for `snr_db`; `""`: the other one says it."""
    known = _SETTINGS.get(key) or _PARAMETERS.get(key)
    if known is not None:
        return known if any(known) else (_words(key), "")
    if key in _UNITS:
        return "", _UNITS[key]
    stem, _, ending = key.rpartition("_")
    return (_words(stem), _UNITS[ending]) if stem and ending in _UNITS else (_words(key), "")


def _words(name: str) -> str:
    return " ".join(_SPELT.get(word, word) for word in name.split("_"))


def settings_text(settings: Mapping[str, Any]) -> str:
    """`language en, word times: yes, audio sent in parts of 4,096 bytes`; what is not set is left out."""
    return ", ".join(_setting(key, value) for key, value in settings.items() if _is_set(value))


def _is_set(value: Any) -> bool:
    return value is not None and (isinstance(value, bool | int | float) or bool(value))


def _setting(key: str, value: Any) -> str:
    if key == "keywords":
        return f"{plural(len(value), 'term')} sent along"
    name, unit = setting_name(key)
    if isinstance(value, bool):
        return f"{name}: {'yes' if value else 'no'}"
    return f"{name} {_value(value)} {unit}".rstrip()


def _value(value: Any) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _number(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_value(part)}" for key, part in value.items())
    if isinstance(value, list | tuple):
        return " × ".join(map(_value, value)) if all(map(_is_number, value)) else " and ".join(map(_value, value))
    return _VALUES.get(value, str(value))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(value: float) -> str:
    text = f"{value:,.10g}"
    return text.replace("-", "\N{MINUS SIGN}")


# -- conditions -------------------------------------------------------------------------------


def condition_text(condition: Condition) -> str:
    """What was done to the audio and to the request: `noise: SNR 10 dB, white, throughout; then sent as mu-law`."""
    parts = [*map(_step, condition.steps), *_request(condition.request)]
    return "; then ".join(parts) or "the recording as it is"


def _step(step: Step) -> str:
    said = ", ".join(_parameters(step.params))
    name = _STEPS.get(step.name) or _words(step.name)
    return f"{name}: {said}" if said else name


def _parameters(params: Params) -> Iterator[str]:
    for key, value in params.items():
        if not _is_set(value) or (key in _NOTHING_AT_NOUGHT and value == 0):
            continue
        name, unit = _PARAMETERS.get(key) or setting_name(key)
        yield " ".join(filter(None, (name, *_amount(key, value, unit))))


def _amount(key: str, value: JsonValue, unit: str) -> tuple[str, ...]:
    """A value with its unit; one that is drawn stands between its ends."""
    if isinstance(value, Mapping) and set(value) == {"min", "max"}:
        ends = (_amount(key, value["min"], "")[0].removesuffix(" %"), " ".join(_amount(key, value["max"], unit)))
        return (f"{' to '.join(ends)}, drawn for each utterance",)
    if key == "rate" and isinstance(value, int | float):
        return (f"{_number(value * 100)} %",)
    return (_value(value), unit)


def _request(request: RequestSpec) -> Iterator[str]:
    plain = RequestSpec()
    wire = [_VALUES.get(request.encoding, request.encoding)] if request.encoding != plain.encoding else []
    if request.sample_rate_hz is not None:
        wire.append(f"at {_number(request.sample_rate_hz)} Hz")
    if request.container != plain.container:
        wire.append(f"in {request.container} files")
    if request.chunk_bytes is not None:
        wire.append(f"in parts of {_number(request.chunk_bytes)} bytes")
    if wire:
        yield f"sent as {' '.join(wire)}" if request.encoding != plain.encoding else f"sent {' '.join(wire)}"
    if request.declared_sample_rate_hz is not None:
        yield f"said to be at {_number(request.declared_sample_rate_hz)} Hz"
    if request.keywords is not None:
        terms = _TERMS.get(request.keywords if isinstance(request.keywords, str) else "", "a list of terms")
        boost = f", boost {_number(request.keyword_boost)}" if request.keyword_boost != plain.keyword_boost else ""
        yield f"{terms} sent along (at most {request.max_keywords}{boost})"
