"""The language in which a vendor is described: a closed world, read from YAML. Pure.

A description is a mapping onto requests, frames, paths (`dialect.paths`), templates (`dialect.templates`) and the four
accumulators (`engines.accumulate`). Where a vendor has an oddity that none of these can say, a path may name a function
of the Python module beside its description (`py:name`). docs/vendors.md writes one step by step.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from bench.config import SpecModel
from bench.engines.accumulate import Joining, Order
from bench.engines.dialect import paths
from bench.types import FailureKind

LANGUAGE = 1
"""The version of this language; a description says which it is written in."""


def _path(text: str) -> str:
    if not text.startswith("py:"):
        paths.parsed(text)
    return text


def _many(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _text_keys(value: object) -> object:
    """YAML reads `true:` as a flag, and `500:` as a number."""
    return {paths.as_text(key) or key: part for key, part in value.items()} if isinstance(value, Mapping) else value


Path: TypeAlias = Annotated[str, AfterValidator(_path)]
Paths: TypeAlias = Annotated[tuple[Path, ...], BeforeValidator(_many)]
"""Tried in turn; the first that leads to something wins."""
Template: TypeAlias = Any
"""JSON with `{placeholders}`."""
Unit: TypeAlias = Literal["s", "ms", "ticks"]
"""Of a description's times; ticks are 100 ns."""
PER_SECOND: Mapping[Unit, float] = {"s": 1.0, "ms": 1e3, "ticks": 1e7}
Match: TypeAlias = str | dict[Path, Any]
"""A literal text frame, or paths with the value each must have: a scalar, a list of which it must be one, `"*"` for
anything that is there, or null for nothing."""


class Key(SpecModel):
    """Where the API key goes."""

    env: str
    """The environment variable that holds it; empty: none is sent."""
    place: Literal["header", "query", "subprotocol", "first_frame", "none"] = "header"
    """first_frame: where the description's frames write `{key}`."""
    name: str = "Authorization"
    scheme: str = ""
    """What goes before it, for instance `Bearer ` with its blank."""


class Languages(SpecModel):
    """How a language is written."""

    form: Literal["as_is", "primary", "underscore"] = "as_is"
    """en-IN is sent as `en-IN`, `en` or `en_in`."""
    map: dict[str, str] = Field(default_factory=dict)
    """Tags that are spelt otherwise: the whole tag, and of `form: primary` its primary part, too."""
    default: str | None = None
    """Where nothing says the language; `None`: it is left out."""


class Terms(SpecModel):
    """What becomes of a list of terms to listen for."""

    limit: int | None = Field(default=None, ge=1)
    max_chars: int | None = Field(default=None, ge=1)
    entry: Template = "{term}"
    """One term, of `{term}` and `{boost}`; no `{boost}` in it: weights are dropped."""
    join: str | None = None
    """Between terms that are sent as one text; `None`: they are sent as a list."""


class Accepts(SpecModel):
    """What may be sent; audio is brought to it, or refused before the first call."""

    encodings: dict[str, str] = Field(default_factory=lambda: {"linear16": "linear16"})
    """Our name for a wire encoding, and the vendor's."""
    rates: tuple[int, ...] | None = None
    """In Hz; `None`: any."""
    containers: tuple[str, ...] = ("wav", "flac")
    """Batch only."""
    min_chunk_ms: float = 0.0
    max_chunk_ms: float | None = None
    max_seconds: float | None = None
    max_bytes: int | None = None
    max_session_s: float | None = None


class Words(SpecModel):
    """Where timed words lie, and how they are written."""

    at: Path
    text: Paths = ("word", "text")
    start: Path = "start"
    end: Path = "end"
    duration: Path | None = None
    """In place of `end`."""
    confidence: Path | None = "confidence"
    log_confidence: bool = False
    """The confidence is a logarithm."""
    speaker: Path | None = "speaker"
    unit: Unit = "s"
    only: dict[Path, Any] = Field(default_factory=dict)
    """Entries that count; others (blanks, sounds) are left out."""


class Rule(SpecModel):
    """What a message means. The first rule that matches decides."""

    match: Match
    role: Literal[
        "partial", "final", "update", "delta", "close", "announce", "tokens",
        "vad", "eou", "eager", "ready", "ack", "end", "error", "ignore",
    ]  # fmt: skip
    text: Paths = ()
    spare: Paths = ()
    """close: text that counts only where nothing else came."""
    words: Words | None = None
    key: Path | None = None
    previous: Path | None = None
    """announce: the key that this one follows."""
    final: Path | None = None
    """update: the path of a flag that says whether the key is closed; one to nowhere: it is not. `None`: it is."""
    start: Path | None = None
    end: Path | None = None
    duration: Path | None = None
    unit: Unit = "s"
    send: tuple[Template, ...] = ()
    """Frames sent in answer."""
    extras: dict[str, Path] = Field(default_factory=dict)
    """Kept with the event: `speech_final`, where a true one says that the speaker has finished, languages ..."""
    after_end: Literal["error", "ignore", "last"] = "error"
    """error: what it means once the end has been sent, where it may only say that there was nothing to end (ignore), or
    that nothing at all is left (last)."""


class Step(SpecModel):
    """One HTTP request."""

    name: str = "request"
    method: Literal["GET", "POST", "PUT", "DELETE"] = "POST"
    path: str
    """From the base address, with placeholders; a whole address if it has a scheme."""
    host: str | None = None
    """Of another base address than the description's."""
    query: dict[str, Template] = Field(default_factory=dict)
    headers: dict[str, str] = Field(default_factory=dict)
    body: Literal["none", "audio", "multipart", "json"] = "none"
    fields: dict[str, Template] = Field(default_factory=dict)
    """multipart: parts in order, lists repeated, objects as JSON; the part whose value is `{audio}` is the file.
    json: the object."""
    save: dict[str, Path] = Field(default_factory=dict)
    """Values of the answer that later steps name `{step.name}`."""


class Poll(SpecModel):
    """How long a job is asked after, and what its states mean."""

    at: Path
    done: tuple[str, ...]
    failed: tuple[str, ...] = ()
    error: Paths = ()
    every_s: float = Field(default=3.0, gt=0)
    within_s: float = Field(default=600.0, gt=0)


class BatchResult(SpecModel):
    """Where the transcript lies in the last answer."""

    text: Paths
    words: Words | None = None
    segments: Words | None = None
    extras: dict[str, Path] = Field(default_factory=dict)
    server_s: Path | None = None
    """The server's own processing time."""
    server_unit: Unit = "s"
    status: dict[Path, dict[str, FailureKind | Literal["empty"]]] = Field(default_factory=dict)
    """States that are told with HTTP 200: the kind of failure each is, or that nothing was said."""
    plain: bool = False
    """A body that is no JSON is the text itself."""


class Batch(SpecModel):
    """One recording in one or more requests."""

    accepts: Accepts = Accepts()
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]
    poll: Poll | None = None
    """The last step but `fetch` is repeated until its job is over."""
    fetch: Step | None = None
    """Asked once when the job is done, where the answer to the poll has no transcript in it."""
    cleanup: tuple[Step, ...] = ()
    """Sent afterwards, whatever came of it: what was uploaded is taken away."""
    result: BatchResult
    events: tuple[Rule, ...] = ()
    """Server-sent events: each is read by these rules, if the answer's type is text/event-stream."""
    accumulate: Accumulate | None = None


class Accumulate(SpecModel):
    """How text is put together."""

    how: Literal["replace", "keyed", "delta", "tokens"] = "replace"
    join: Joining = "space"
    order: Order = "arrival"
    control: tuple[str, ...] = ()
    """tokens: those that are signs, not text."""
    turn_ends: tuple[str, ...] = ()
    """tokens: those of the signs that say that the speaker has finished."""
    tail: Literal["drop", "count"] = "drop"
    """What was never confirmed when the stream ended well: left out, or counted, and said so."""


class Stage(SpecModel):
    """One stage of the end."""

    send: tuple[Template, ...] = ()
    until: Match | None = None
    """The next stage follows this message; `None`: at once."""
    within_s: float = Field(default=2.0, gt=0)
    """Or so much later."""


class Finish(SpecModel):
    """What says that the last result is there; any of these."""

    when: tuple[Match, ...] = ()
    close_codes: tuple[int, ...] = ()
    """The server's close, with one of these codes, is the end mark."""
    all_settled: bool = False
    """Every key that was announced or begun has been closed, after the end was sent."""
    settle_s: float | None = Field(default=None, gt=0)
    """Then wait until nothing came for so long, and longer while a segment is open: where nothing marks the end but a
    result like any other, an earlier one may have been on its way. `None`: it is over at once."""
    quiet_s: float | None = None
    """Nothing came for so long after the end was sent, where the protocol has no end mark."""
    deadline_s: float = Field(default=10.0, gt=0)


class Stream(SpecModel):
    """One recording through one WebSocket."""

    accepts: Accepts = Accepts()
    prepare: Step | None = None
    """A request before the stream; what it saves is named `{prepare.name}`."""
    host: str | None = None
    path: str = ""
    query: dict[str, Template] = Field(default_factory=dict)
    headers: dict[str, str] = Field(default_factory=dict)
    subprotocols: tuple[str, ...] = ()
    secret_url: bool = False
    """The address itself is a secret (it has a token in it)."""
    open: tuple[Template, ...] = ()
    """Frames before the first audio: an object is sent as JSON, a text as it is."""
    ready: Match | None = None
    """The audio's clock starts with this message; `None`: with the connection."""
    ready_within_s: float = Field(default=10.0, gt=0)
    audio: Template | None = None
    """The message that carries a chunk, with `{audio_b64}`; `None`: its bytes."""
    chunk_ms: float = Field(default=100.0, gt=0)
    keepalive: Template | None = None
    """A frame, or `silence`."""
    end: tuple[Stage, ...] = ()
    finish: Finish
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]
    accumulate: Accumulate = Accumulate()
    extras: dict[str, Path] = Field(default_factory=dict)
    """Kept from whichever message has them."""


class Errors(SpecModel):
    """How trouble is told."""

    message: Paths = ("error.message", "message", "error", "detail", "detail[0].msg")
    code: Paths = ("error.code", "code", "error_code")
    kinds: dict[str, FailureKind] = Field(default_factory=dict)
    """By code, of bodies and messages; `*` at the end stands for any ending."""
    status: dict[int, FailureKind] = Field(default_factory=dict)
    """Where an HTTP status means something else than usual."""
    close: dict[int, FailureKind] = Field(default_factory=dict)
    """By WebSocket close code."""


class Proof(SpecModel):
    """How far a description is proven. What no evidence is named for is not."""

    sdk: str | None = None
    """The vendor's own client, or an independent one, that gets the whole text from our emulator of it."""
    frames: str | None = None
    """The client whose frames ours were compared with."""
    server: str | None = None
    """An independent server that was called."""
    live: None = None
    """Calls of the real service: none is ever claimed."""

    def shown(self) -> str:
        """For people; says so where nothing is proven."""
        parts = [
            f"{self.sdk} against the emulator" if self.sdk else "",
            f"frames compared with {self.frames}" if self.frames else "",
            f"called {self.server}" if self.server else "",
        ]
        return "; ".join(part for part in parts if part) or "described, unproven"


class Description(SpecModel):
    """One vendor, or one server."""

    dialect: Literal[1]
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")]
    title: str = ""
    version: str
    """Of the description."""
    sources: Annotated[tuple[str, ...], Field(min_length=1)]
    """What it was written from."""
    proof: Proof = Proof()
    key: Key
    base_url: str
    hosts: dict[str, str] = Field(default_factory=dict)
    """Further base addresses, by the name steps use; a `base_url` in a config stands for them all."""
    languages: Languages = Languages()
    terms: Terms | None = None
    """`None`: term lists are dropped."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """The vendor's own options with their defaults; a config may change each, and templates name them."""
    derived: dict[str, Derived] = Field(default_factory=dict)
    """Further placeholders, made of a setting."""
    fixed: dict[Literal["batch", "stream"], dict[str, Any]] = Field(default_factory=dict)
    """Common settings that it cannot be told, with what it does whatever is asked."""
    batch: Batch | None = None
    stream: Stream | None = None
    errors: Errors = Errors()

    @model_validator(mode="after")
    def _has_a_mode(self) -> Description:
        if self.batch is None and self.stream is None:
            raise ValueError("batch, stream or both")
        return self


class Derived(SpecModel):
    """A placeholder that takes one value for each value of a setting, or the setting within the vendor's bounds."""

    of: str
    map: Annotated[dict[str, Any], BeforeValidator(_text_keys)] = Field(default_factory=dict)
    """By the setting's value as text; what is not there is left out of the request."""
    within: tuple[float, float] | None = None
    """In place of `map`: what lies outside is sent as the nearest bound, and said so."""

    @model_validator(mode="after")
    def _has_one(self) -> Derived:
        if (self.within is None) == (not self.map) or (self.within is not None and self.within[0] > self.within[1]):
            raise ValueError("map, or within: [lowest, highest]")
        return self


Batch.model_rebuild()
Description.model_rebuild()
