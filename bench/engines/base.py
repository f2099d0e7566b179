"""What an engine is: a pure adapter for each mode it supports, or a local recogniser.

An adapter builds requests and parses messages; it never touches a socket, a clock, a file or the
environment. The drivers (`http.py`, `websocket.py`, `local.py`) do, the same way for every vendor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from typing_extensions import TypeIs

from bench.engines.secrets import Secret
from bench.types import Call, Event, Failure, Mode, Recognised

Samples: TypeAlias = NDArray[np.float32]
Frame: TypeAlias = str | bytes
"""One WebSocket message: text or binary."""
Pairs: TypeAlias = Mapping[str, str] | Sequence[tuple[str, str]]
"""Parameters; as pairs where a name may come more than once."""


def pairs(params: Pairs) -> tuple[tuple[str, str], ...]:
    """Parameters in order, one by one."""
    return tuple(params.items()) if isinstance(params, Mapping) else tuple(params)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """A request as the adapter wants it sent. Secrets are headers and parameters that are never written anywhere."""

    method: str
    url: str
    params: Pairs = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    secret_params: Mapping[str, Secret] = field(default_factory=dict)
    content: bytes | None = field(default=None, repr=False)
    name: str = "request"
    """What it is for, where there are several: upload, create, poll ..."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpResponse:
    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    content: bytes
    arrivals: tuple[tuple[float, int], ...] = ()
    """Of server-sent events: seconds after the request's begin, and how many bytes of `content` were there by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Send this request, but not before so many seconds have passed."""

    after_s: float
    request: HttpRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepts:
    """What an engine takes in one mode. `None`: it does not say, or does not mind."""

    encodings: tuple[str, ...] | None = None
    rates_hz: tuple[int, ...] | None = None
    containers: tuple[str, ...] | None = None
    """Batch only."""
    min_chunk_ms: float = 0.0
    max_chunk_ms: float | None = None
    max_s: float | None = None
    """Audio seconds of one recording, or of one session."""
    max_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Connect:
    """How to open a stream."""

    url: str
    """Without query, unless it is a secret as it is."""
    params: Pairs = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    secret_params: Mapping[str, Secret] = field(default_factory=dict)
    subprotocols: tuple[str | Secret, ...] = ()
    """Offered in this order; one of them may be a key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """How a stream ended: close code and reason as received; `None`: no close frame came."""

    code: int | None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What is known of an engine without calling it."""

    title: str
    modes: tuple[Mode, ...]
    accepts: Mapping[Mode, Accepts] = field(default_factory=dict)
    """A mode that is not there takes anything."""
    proof: str = ""
    """How far it is proven."""
    unsaid: Mapping[Mode, Mapping[str, str]] = field(default_factory=dict)
    """Common settings that it cannot be told, with what it does whatever is asked."""
    dialect: str | None = None
    """The emulator's dialect that speaks its protocol; `None`: there is none."""


class StreamSession(Protocol):
    """The protocol of one stream as a pure state machine. The driver owns bytes and time."""

    @property
    def chunk_bytes(self) -> int:
        """Size of one audio message, in bytes of encoded audio."""

    @property
    def end_deadline_s(self) -> float:
        """After the end messages were sent: how long to wait for `finished` before giving up."""

    @property
    def quiet_s(self) -> float | None:
        """After the end messages: close once nothing came for this long; `None`: wait for `finished`."""

    @property
    def finished(self) -> bool:
        """Whether the last result has been fed."""

    def start(self) -> Sequence[Frame]:
        """Messages to send before the first audio."""

    @property
    def ready(self) -> bool:
        """Whether audio may be sent; until it may, the audio's clock does not start. Looked at after each message."""
        return True

    @property
    def ready_within_s(self) -> float:
        """How long to wait for that before giving up."""
        return 10.0

    @property
    def next_end_s(self) -> float | None:
        """After the end was sent: when to call `end` again, for its next stage, unless a message was answered by it
        before; `None`: it has no further stage.
        """
        return None

    def audio(self, chunk: bytes) -> Frame | tuple[Frame, ...]:
        """The message that carries a chunk, or several in order."""

    def end(self) -> Sequence[Frame]:
        """Messages that flush and end the stream, sent when the last chunk has been sent."""

    def replies(self) -> Sequence[Frame]:
        """Messages that answer what was fed since the last call."""
        return ()

    def keepalive(self) -> Frame | None:
        """A message that keeps an idle stream open; `None`: none is needed."""

    def feed(self, frame: Frame, *, t_s: float, audio_sent_s: float) -> Sequence[Event]:
        """Parse one received message. Raises nothing: what cannot be understood is remembered."""

    def outcome(self, close: Close | None) -> Recognised | Failure:
        """What the stream amounts to, once it is closed (`None`: closed by us)."""


@runtime_checkable
class BatchAdapter(Protocol):
    """One HTTP request for one recording."""

    def request(self, call: Call) -> HttpRequest: ...

    def parse(self, response: HttpResponse) -> Recognised | Failure: ...


class Exchange(Protocol):
    """One recording in one or more requests, as a pure state machine. The driver sends, waits and times."""

    @property
    def resolution_s(self) -> float | None:
        """How much later than it was there the answer can have been seen: the interval between two looks."""

    @property
    def events(self) -> Sequence[Event]:
        """What the answer's parts said, and when, where it came in parts."""

    def first(self) -> HttpRequest: ...

    def next(self, response: HttpResponse, t_s: float) -> HttpRequest | Wait | Recognised | Failure:
        """What follows from an answer that was there `t_s` after the first request's begin."""

    def cleanup(self) -> Sequence[HttpRequest]:
        """Requests that take away what was left with the service, whatever became of the call."""


@runtime_checkable
class JobAdapter(Protocol):
    """Several HTTP requests for one recording: upload, create, poll, fetch."""

    def exchange(self, call: Call) -> Exchange: ...


class StreamAdapter(Protocol):
    """One WebSocket session for one recording."""

    def connect(self, call: Call) -> Connect: ...

    def refused(self, response: HttpResponse) -> Failure:
        """The upgrade was answered with an HTTP response instead."""

    def session(self, call: Call) -> StreamSession: ...


@runtime_checkable
class PreparedAdapter(Protocol):
    """A stream whose address is asked for first. The driver times that as part of the set-up."""

    def prepare(self, call: Call) -> HttpRequest: ...

    def prepared(self, response: HttpResponse) -> StreamAdapter | Failure:
        """How to open the stream that was prepared."""


def is_job(adapter: object) -> TypeIs[JobAdapter]:
    """Whether a batch is a job: asked for every request, and `isinstance` of a protocol takes 30 us to say no."""
    return hasattr(adapter, "exchange")


class LocalStream(Protocol):
    """A recogniser's stream. Times in events are audio seconds; the caller stamps `t_s`."""

    def accept(self, samples: Samples) -> Sequence[Event]:
        """Take mono float32 samples in -1..1 at the stream's rate; return what changed."""

    def finalize(self) -> Sequence[Event]:
        """End the current segment; the stream goes on."""

    def finish(self) -> Sequence[Event]:
        """End the stream; the last event has `is_last`."""


@runtime_checkable
class LocalEngine(Protocol):
    """The escape hatch: a recogniser in this process. Methods may block; they are called from worker threads."""

    version: str

    def transcribe(self, samples: Samples, sample_rate_hz: int, language: str | None) -> Recognised:
        """Whole recording, mono float32 in -1..1."""

    def open_stream(self, sample_rate_hz: int, language: str | None) -> LocalStream: ...


@runtime_checkable
class RemoteEngine(Protocol):
    """A vendor: adapters for the modes it supports (`None`: it does not)."""

    version: str | None
    batch: BatchAdapter | JobAdapter | None
    stream: StreamAdapter | PreparedAdapter | None


Engine: TypeAlias = LocalEngine | RemoteEngine


class EngineFactory(Protocol):
    """What the registry holds: a pydantic model class of settings (`Settings`) and a constructor.

    `secret_names` are the environment variables the engine needs; the caller reads them and passes the values.
    It may say more of itself: `about` (an `About`), and `common_settings`, which turns the settings that a run gives
    to all engines into its own.
    """

    Settings: type[Any]

    @classmethod
    def secret_names(cls, settings: Any) -> tuple[str, ...]: ...

    @classmethod
    def own_hosts(cls, settings: Any) -> Mapping[str, tuple[str, ...]]:
        """Environment variable -> hosts that its key belongs to, by what the package says and no config can change.

        A factory of a third party may lack this: its code was installed, and may do anything.
        """

    @classmethod
    def addresses(cls, settings: Any) -> tuple[str, ...]:
        """Where calls go first, by the settings. With `own_hosts` alone."""

    @classmethod
    def create(cls, settings: Any, secrets: Mapping[str, Secret]) -> Engine: ...
