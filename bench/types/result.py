"""What came back: a transcript with its events and times, or a failure. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bench.types.basic import Mode, Params
from bench.types.utterance import Segment, Word


class FailureKind(StrEnum):
    """Why a trial has no answer. An empty transcript is an answer, and is counted apart."""

    AUDIO = "audio"
    """The recording could not be read, decoded or conditioned; nothing was sent."""
    CONNECTION = "connection"
    """No connection, or it broke (refused, reset, DNS, TLS, closed before the end)."""
    TIMEOUT = "timeout"
    """A deadline passed with no usable answer."""
    RATE_LIMIT = "rate_limit"
    """HTTP 429, WebSocket close 1008, or the vendor's equivalent, after all retries."""
    AUTH = "auth"
    """HTTP 401 or 403: the key is missing, wrong, or not entitled."""
    REFUSED = "refused"
    """The request itself was refused (other 4xx): parameter, language, region, format, size."""
    SERVER = "server"
    """The service failed (5xx, or an error message while streaming)."""
    PROTOCOL = "protocol"
    """An answer that cannot be understood: bad JSON, missing fields, wrong types."""
    TRUNCATED = "truncated"
    """The stream ended without the message that marks the last result."""
    ENGINE = "engine"
    """A local recogniser, or an adapter, raised an error."""


RETRIED = frozenset({FailureKind.CONNECTION, FailureKind.TIMEOUT, FailureKind.RATE_LIMIT, FailureKind.SERVER})
"""Kinds of failure that a second attempt may not have. A truncated stream is evidence, not a hiccup: it stands."""

_LESS_THAN_A_SAMPLE_S = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One message received, as parsed."""

    t_s: float
    """When its bytes left the socket, before parsing."""
    kind: str
    """partial | final | vad | error | meta."""
    text: str = ""
    audio_sent_s: float = 0.0
    """Audio seconds handed to the socket by then."""
    start_s: float | None = None
    """Where in the audio this result begins, as the engine says; `None`: it does not say."""
    end_s: float | None = None
    words: tuple[Word, ...] | None = None
    is_last: bool = False
    extras: Params = field(default_factory=dict)
    """What else the message said: languages, emotions, redacted entities ..."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """The harness's own log of one call. Zero: the start of the audio's live clock (batch: request start).

    A moment of the audio as sent is therefore the same number on this clock, at speed 1.
    """

    connect_s: float | None = None
    """Time for set-up (DNS, TCP, TLS, upgrade), measured before zero; `None`: connection was reused."""
    first_sent_s: float = 0.0
    last_sent_s: float = 0.0
    """Stream: the last audio byte was handed to the socket. Batch: the request body was written."""
    end_sent_s: float | None = None
    """Stream: `close_stream` (or its equivalent) was sent."""
    done_s: float = 0.0
    """The last message that counts, or the whole response, had arrived."""
    ready_s: float = 0.0
    """Open load: how much later than the audio's begin the connection was up; what was due by then waited for it."""
    speed: float = 1.0
    """Pacing: 1 is real time. Latency is reported for 1 only."""
    audio_s: float | None = None
    """Length of the audio as sent, which a condition may have made longer or shorter than the utterance.
    `None`: a log of before this was kept."""
    chunk_s: float | None = None
    """Audio seconds per chunk; the last one may be shorter. `None`: batch."""
    chunk_sent_s: tuple[float, ...] = ()
    """When each chunk was handed to the socket."""
    max_send_lag_s: float = 0.0
    """Largest (sent - due) over chunks, those that waited for the connection included."""
    backpressure_s: float = 0.0
    """Time for which the socket would not take more data."""
    resolution_s: float | None = None
    """Batch jobs that are asked after: the interval between two looks, which `done_s` cannot be truer than; `None`: the
    answer itself was awaited."""

    def audio_by_s(self, num_chunks: int) -> float:
        """Audio seconds held by the first so many chunks; 0 without chunks."""
        reached = num_chunks * (self.chunk_s or 0.0)
        if self.audio_s is None or reached < self.audio_s - _LESS_THAN_A_SAMPLE_S:
            return reached
        return self.audio_s

    def due_s(self, index: int) -> float:
        """When chunk `index` was due: when a live microphone would have had its last sample."""
        return self.audio_by_s(index + 1) / self.speed

    def send_lags(self) -> tuple[float, ...]:
        """Seconds by which each chunk was handed over late, in order: the one definition of the harness's lateness.

        A chunk that was due before the connection was up waited for the engine, not for the harness. Without
        `audio_s` a last chunk shorter than the others counts as due later than it was.
        """
        return tuple(sent - max(self.due_s(index), self.ready_s) for index, sent in enumerate(self.chunk_sent_s))


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """What an engine said, without the harness's clock."""

    text: str
    words: tuple[Word, ...] | None = None
    segments: tuple[Segment, ...] = ()
    extras: Params = field(default_factory=dict)
    """emotion, age, gender, languages, speakers, request id ..."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """An answer: what was said (`recognised`) and when (`timing`, `events`)."""

    recognised: Recognised
    timing: Timing
    events: tuple[Event, ...] = ()
    origin: str | None = None
    """Of an answer that was not asked for in this run: where it was taken from. It has no times then."""

    @property
    def text(self) -> str:
        return self.recognised.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """No answer, and why. Never stands for an empty string."""

    kind: FailureKind
    message: str
    http_status: int | None = None
    retry_after_s: float | None = None
    half_open: bool = False
    """A connection that looked open while the peer answered no pings any more."""
    partial: Transcript | None = None
    """What had arrived before it failed, for diagnosis only; never scored as an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """When a session of a load went on, in seconds on the monotonic clock after the load's begin."""

    began_s: float
    """It began to connect, or its request was started."""
    ended_s: float
    """Its outcome was known."""
    due_s: float | None = None
    """Open load: when it was to begin; `None`: as soon as there was room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One line of the run's results."""

    trial_id: str
    outcome: Transcript | Failure
    attempts: int
    started_at: str
    """UTC, ISO 8601."""
    engine_version: str | None = None
    cost: float | None = None
    """In the currency of the config's price table; `None`: no price given."""
    dose: Mapping[str, float] = field(default_factory=dict)
    """What the condition achieved: snr_db, active_level_dbfs, clipped_fraction, loss_rate ..."""
    span: Span | None = None
    """`None`: not a session of a load."""
    answer_key: str | None = None
    """Of the question (`execution.answers`); `None`: it was not asked, or before such keys were kept."""
    node: str | None = None
    """Of a cluster, where it was asked; `None`: on the one machine of the run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineLook:
    """What this machine did in about one second while streams were paced, or requests of a load were timed."""

    clock_step_s: float
    """Wall clock's advance less the monotonic clock's."""
    cpu_busy: float | None
    """Share of all processors' time that was not idle; `None`: the system does not say."""
    own_cpu: float | None = None
    """Processor time of the watching process itself, over the time that passed; `None`: too short to say."""
    mode: Mode = "stream"
    """What went on."""
    node: str | None = None
    """As of a Result."""
