"""How the emulator behaves: what it demands, what it refuses, where its limits are."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from bench.config import SpecModel, validated
from bench.config.spec import read_yaml
from bench.emulator.boosting import Boosting
from bench.emulator.faults import FaultPlan
from bench.emulator.feature_errors import FeatureErrors
from bench.emulator.quirks import Quirk
from bench.emulator.word_errors import WordErrors
from bench.errors import ConfigError, Problem

_MEGABYTE = 1_000_000
_SINGLE = "en hi de es ru it fr nl pt uk pl cs sk lv et ro fi sv bg hu da lt mt zh ja ko"
_INDIC = "bn gu kn ml mr or pa ta te"


class Limits(SpecModel):
    """What is refused with 429 or close 1008. `None`: no limit."""

    requests_per_minute: int | None = Field(default=None, ge=1)
    concurrent_requests: int | None = Field(default=None, ge=1)
    concurrent_streams: int | None = Field(default=None, ge=1)
    retry_after_s: int = Field(default=1, ge=0)
    max_body_bytes: int = Field(default=250 * _MEGABYTE, ge=1)
    max_message_bytes: int = Field(default=256 * 1024, ge=1)
    """Of one WebSocket message; longer ones close the stream with 1009."""
    max_stream_s: float = Field(default=3600.0, gt=0)
    """Audio seconds of one stream; then it is closed with 1008, so that its memory is bounded."""


class EmulatorSettings(SpecModel):
    """Everything but the recogniser."""

    dialect: str = "pulse"
    """Whose protocol is spoken: a name of `bench.emulator.dialects.DIALECTS`."""
    api_key: str | None = Field(default=None, repr=False)
    """Requests must bear this key; `None`: none is asked for."""
    region: str = "ap-south-1"
    batch_languages: tuple[str, ...] = (*_SINGLE.split(), *_INDIC.split(), "multi-eu", "multi-asian")
    """Answered; other codes are refused with 400."""
    stream_languages: tuple[str, ...] = (
        *_SINGLE.split(),
        *_INDIC.split(),
        *["yue", "north_indic", "multi", "multi-eu", "multi-asian", "multi-south-indic", "hi-dev"],
    )
    gated_languages: tuple[str, ...] = ("multi", "multi-indic")
    """Batch: refused with LANGUAGE_NOT_ENABLED_IN_REGION, as seen of the live service. A batch request
    without a language counts as `multi`."""
    gated_stream_languages: tuple[str, ...] = ()
    """Stream: an error message and a close with no transcript."""
    limits: Limits = Limits()
    plan: FaultPlan = FaultPlan()
    word_errors: WordErrors | None = None
    feature_errors: FeatureErrors = FeatureErrors()
    """What is got wrong beyond words."""
    boosting: Boosting | None = None
    """What `keywords` do to what is heard; `None`: nothing."""
    quirks: tuple[Quirk, ...] = ()
    """Habits that real clients tripped over; docs/emulator.md says what each does."""
    redacted_words: tuple[str, ...] = ()
    """In lower case: what `redact_pii` replaces, since the emulator cannot tell a name from another word."""
    fast_factor: float = Field(default=1.5, gt=0)
    """Times real time beyond which the quirk `fast_audio_garbles` begins."""
    record: Path | None = None
    """File that gets what each client sent, for `bench doctor --traffic`; no key and no audio is kept."""
    recognizer_processes: int = Field(default=1, ge=1, le=64)
    """Processes that a local recogniser is loaded in; each hears one thing at a time."""


def load_behaviour(path: Path) -> EmulatorSettings:
    """Settings from a YAML file with any of the keys of EmulatorSettings (not the key, which is a secret).

    Raises:
        ConfigError: every problem at once.
    """
    content = read_yaml(path, "a file of emulator settings") or {}
    if isinstance(content, dict) and "api_key" in content:
        advice = "give the name of an environment variable with --api-key-env"
        raise ConfigError([Problem(f"{path}: api_key", "no secret in a file", "one", advice)])
    return parse_behaviour(content, str(path))


def parse_behaviour(content: object, where: str) -> EmulatorSettings:
    """Settings from parsed YAML or JSON.

    Raises:
        ConfigError: every problem at once.
    """
    return validated(EmulatorSettings, content, where)
