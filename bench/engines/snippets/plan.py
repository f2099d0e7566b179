"""What a description says of one call, with what is only known when the code runs left open. Pure.

Templates are filled by the drivers' own functions. Values of the run (the language, the rate of the file, the audio,
what an earlier answer said) go through them as marked text, which `snippets.syntax` writes as variables.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bench.engines.dialect import templates
from bench.engines.dialect.model import Accepts, Batch, Description, Step, Stream
from bench.engines.dialect.reading import Reader
from bench.engines.dialect.values import settings_model, spoken_language, values_of
from bench.types import Call, FailureKind, JsonValue
from bench.types.result import RETRIED

MARK = "\0"
_LANGUAGE = "en"
_STATUSES = (408, 425, 429, 500, 502, 503, 504)
"""Those that servers use for what may be asked again; which of them are is for the description to say."""


class Unprintable(Exception):
    """Why a description has no code, for people."""


def marked(variable: str) -> str:
    """A value that is only known when the code runs."""
    return f"{MARK}{variable}{MARK}"


def variable(name: str) -> str:
    """What holds a value of an earlier answer: `upload.url` is `upload_url`."""
    return re.sub(r"\W", "_", name)


@dataclass(frozen=True)
class Plan:
    """One mode of a description."""

    description: Description
    section: Batch | Stream
    encoding: str = "linear16"

    @cached_property
    def reader(self) -> Reader:
        return Reader(self.description, {})

    @property
    def title(self) -> str:
        return self.description.title or self.description.name

    @property
    def base_env(self) -> str:
        """The environment variable that stands for every address."""
        return f"{self.description.name.upper().replace('-', '_')}_BASE_URL"

    @property
    def language(self) -> str | None:
        """The default, as the vendor spells it; `None`: it is not told."""
        told = "language" in templates.names(self.section.model_dump())
        return spoken_language(self.description.languages, _LANGUAGE) if told else None

    @property
    def retried(self) -> tuple[int, ...]:
        """Statuses after which a request is made again, by the kinds that a run repeats."""
        return tuple(status for status in _STATUSES if FailureKind(self.reader.status_kind(status)) in RETRIED)

    def base_url(self, hosts: Sequence[str | None]) -> str:
        """The address that all requests of the mode have in common.

        Raises:
            Unprintable: if there are several.
        """
        if len(set(hosts)) > 1:
            raise Unprintable(f"several hosts in one call: {', '.join(map(str, hosts))}")
        host = hosts[0]
        return (self.description.hosts[host] if host else self.description.base_url).rstrip("/")

    def values(self, accepts: Accepts, saved: Sequence[str] = ()) -> dict[str, Any]:
        """All placeholders: the description's settings as they are, and marks for what the run brings."""
        description = self.description
        if any(derived.of in _OF_THE_RUN for derived in description.derived.values()):
            raise Unprintable("an option that depends on the recording (`derived`)")
        call = Call(
            audio=b"", content_type="audio/wav", encoding=self.encoding, sample_rate_hz=16_000, duration_s=0.0,
            language=_LANGUAGE,
        )  # fmt: skip
        settings = settings_model(description)()
        values, _ = values_of(description, settings, call, accepts, None)
        values |= {name: marked(name) for name in (*_OF_THE_RUN, "audio_b64", "chunk_count")}
        if description.key.place != "first_frame":
            values["key"] = None
        if self.language is None:
            values["language"] = None
        return values | {name: marked(variable(name)) for name in saved}


_OF_THE_RUN = ("language", "sample_rate", "sample_rate_text", "key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request, filled but for its marks."""

    method: str
    address: str
    params: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: str
    parts: tuple[tuple[str, str | None], ...] = ()
    """multipart: a name with its text; `None`: the file."""
    content: JsonValue = None
    """json."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A stream with its values, filled but for its marks: what a language writes down."""

    stream: Stream
    base: str
    prepare: Request | None
    saved: tuple[tuple[str, str], ...]
    """Variables and the paths of the answer to `prepare` that they hold."""
    address: str
    params: tuple[tuple[str, str], ...]
    headers: tuple[tuple[str, str], ...]
    opening: tuple[JsonValue, ...]
    audio: JsonValue
    """`None`: the bytes of a chunk."""
    end: tuple[tuple[JsonValue, ...], ...]
    """Frames of each stage."""
    width: int
    """Bytes of a sample as it is sent; 4: as float."""


def wave_form(session: Session) -> str:
    """Which files the code takes, for people."""
    rates = session.stream.accepts.rates
    return "16-bit mono WAV" + (f" of {', '.join(map(str, rates))} Hz" if rates else "")


def request_of(step: Step, values: Mapping[str, Any]) -> Request:
    """A step with its values, as `dialect.batch.request_of` makes it."""
    headers = {name: str(text) for name, part in step.headers.items() if (text := templates.filled(part, values))}
    if step.body == "audio":
        headers.setdefault("Content-Type", "audio/wav")
    parts: list[tuple[str, str | None]] = []
    if step.body == "multipart":
        for name, template in step.fields.items():
            parts += [(name, None)] if template == "{audio}" else templates.pairs({name: template}, values)
    return Request(
        method=step.method,
        address=str(templates.filled(step.path, values) or step.path),
        params=templates.pairs(step.query, values),
        headers=headers,
        body=step.body,
        parts=tuple(parts),
        content=templates.filled(step.fields, values) if step.body == "json" else None,
    )


def printable_paths(places: Sequence[str], what: str) -> tuple[str, ...]:
    """Paths that code can follow.

    Raises:
        Unprintable: for a function of Python, and for a choice among entries.
    """
    for path in places:
        if path.startswith("py:"):
            raise Unprintable(f"{what} is put together by a function of Python, `{path}`, which has no form as data")
        if "[?" in path or path.count("[*]") > 1:
            raise Unprintable(f"{what} is chosen among entries, `{path}`")
    return tuple(places)
