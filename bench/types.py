"""Value types shared by every part: frozen, slotted, keyword-only dataclasses.

Standard library only. All times are float seconds with the suffix `_s`; within a trial their zero is the start
of the audio's live clock, when a microphone would have had the first sample (batch: the request was started).
Rates are made from counts at the very end, so only counts have `+`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Literal, NamedTuple, TypeAlias

_LESS_THAN_A_SAMPLE_S = 1e-9

Mode: TypeAlias = Literal["batch", "stream"]
JsonValue: TypeAlias = Any
Params: TypeAlias = Mapping[str, JsonValue]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One timed word. `None` means the source did not say."""

    text: str
    start_s: float | None = None
    end_s: float | None = None
    confidence: float | None = None
    speaker: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """What one final covers."""

    text: str
    start_s: float | None = None
    end_s: float | None = None
    speaker: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A stretch of the reference's text that is something: a name, a card number, words in another language."""

    kind: str
    """What it is: `person`, `card_number`, `date` ...; of a passage of a language, its BCP-47 code."""
    text: str
    forms: tuple[str, ...] = ()
    """Other accepted ways of writing it."""
    start_s: float | None = None
    end_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """One stretch of reference speech. `text` is as published, never normalised."""

    id: str
    corpus: str
    audio: str
    """Path relative to the manifest's folder, or a URI."""
    sha256: str
    """Hex digest of the audio file's bytes."""
    sample_rate_hz: int
    num_samples: int
    text: str
    language: str
    """BCP-47."""
    cluster: str | None = None
    """Speaker or conversation, the unit of resampling; `None`: unknown, the utterance stands alone."""
    words: tuple[Word, ...] | None = None
    speech_start_s: float | None = None
    speech_end_s: float | None = None
    keywords: tuple[str, ...] = ()
    alternatives: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    segments: tuple[Segment, ...] = ()
    """What was said by whom and when; of a conversation, all of it. They may overlap."""
    scored_s: tuple[tuple[float, float], ...] = ()
    """The parts of the audio in which `segments` are complete (a UEM); empty: all of it."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """What is true of the whole: emotion, age (years or a range), gender, language."""
    speaker_labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The same of single speakers of `segments`."""
    entities: tuple[Passage, ...] = ()
    """Names, dates, amounts ... that the text holds."""
    private: tuple[Passage, ...] = ()
    """What is to be redacted, in the order said."""
    languages: tuple[Passage, ...] = ()
    """Where languages mix: the whole text cut into passages of one language, in order."""
    turn_end_s: float | None = None
    """When the speaker had truly finished, which speech that goes on after a pause had not."""

    @property
    def key(self) -> str:
        """`corpus/id`: its name among the utterances of a run, which `Trial.utterance_id` holds."""
        return f"{self.corpus}/{self.id}"

    @property
    def duration_s(self) -> float:
        return self.num_samples / self.sample_rate_hz


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One audio step by registered name, with its parameters as effective."""

    name: str
    params: Params = field(default_factory=dict)
    version: int = 1
    """Of what the step does: raised where the same parameters make other audio."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSpec:
    """What a condition changes in the call rather than in the audio."""

    sample_rate_hz: int | None = None
    """Wire rate; audio is resampled to it. `None`: whatever rate the audio steps left."""
    declared_sample_rate_hz: int | None = None
    """Rate declared to the engine when it is to differ from the truth (fault injection only)."""
    encoding: str = "linear16"
    """linear16 | linear32 | mulaw | alaw | opus."""
    container: str = "wav"
    """Batch only: wav | flac | raw."""
    chunk_bytes: int | None = None
    """Stream only; `None`: the engine's default."""
    keywords: str | tuple[str, ...] | None = None
    """`corpus` | `utterance` | a path | a list of terms; `None`: no terms are sent (the control)."""
    keyword_boost: float = 1.0
    max_keywords: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One recording, encoded and ready to send, with what the request must say about it."""

    audio: bytes
    """Batch: the whole file in its container. Stream: raw encoded samples without a header."""
    content_type: str
    encoding: str
    sample_rate_hz: int
    """The rate to declare, which a condition that injects faults makes differ from the truth."""
    duration_s: float
    language: str | None
    """As the corpus says; an engine's own `language` parameter wins."""
    keywords: tuple[tuple[str, float], ...] = ()
    """Terms with their boost."""
    audio_url: str | None = None
    """Batch only: a public address of the same audio, for engines that fetch it themselves."""
    chunk_bytes: int | None = None
    """Stream only; `None`: the engine's default."""
    chunks: tuple[bytes, ...] | None = None
    """Stream only: ready-made packets for encodings that cannot be cut anywhere (opus); they are of
    equal duration and are sent in place of `audio`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What happens to the audio, and to the request, before it is sent."""

    id: str
    steps: tuple[Step, ...] = ()
    request: RequestSpec = field(default_factory=RequestSpec)
    seed: int = 0

    def identity(self) -> dict[str, Any]:
        """All that it does, for digests. A first version is not named, as it was not before there were any."""
        content: dict[str, Any] = asdict(self)
        content["steps"] = [
            {key: value for key, value in one.items() if key != "version" or value != 1} for one in content["steps"]
        ]
        return content


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One utterance under one condition on one engine in one mode, once."""

    id: str
    """Digest of audio, condition, engine, mode and repeat."""
    utterance_id: str
    """The utterance's key."""
    condition_id: str
    engine_id: str
    mode: Mode
    repeat: int = 0


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorCounts:
    """Edit counts of hypothesis against reference. `+` pools; a rate exists only where a reference does.

    Raises:
        ValueError: if a count is negative.
    """

    substitutions: int = 0
    deletions: int = 0
    insertions: int = 0
    hits: int = 0

    def __post_init__(self) -> None:
        if min(self.substitutions, self.deletions, self.insertions, self.hits) < 0:
            raise ValueError(f"error counts: expected numbers of 0 or more, got {self}")

    def __add__(self, other: ErrorCounts) -> ErrorCounts:
        return ErrorCounts(
            substitutions=self.substitutions + other.substitutions,
            deletions=self.deletions + other.deletions,
            insertions=self.insertions + other.insertions,
            hits=self.hits + other.hits,
        )

    @property
    def errors(self) -> int:
        return self.substitutions + self.deletions + self.insertions

    @property
    def reference_length(self) -> int:
        return self.substitutions + self.deletions + self.hits

    @property
    def hypothesis_length(self) -> int:
        return self.substitutions + self.insertions + self.hits

    @property
    def rate(self) -> float | None:
        """Errors per reference token; `None` for an empty reference."""
        return self.errors / self.reference_length if self.reference_length else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One trial, scored. `words` and `chars` are `None` where the trial failed."""

    trial_id: str
    normalizer: str
    """`name@version`."""
    words: ErrorCounts | None
    chars: ErrorCounts | None
    further: Mapping[str, ErrorCounts] = field(default_factory=dict)
    """Other ways of counting, by name, where they differ from `words` (bench.scoring.text.score)."""
    wrong_script: bool = False
    """Most of the answer is in a script that neither the language nor the reference uses."""
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    """Latency and other per-trial metrics; `None`: cannot be had, with why in `reasons`."""
    reasons: Mapping[str, str] = field(default_factory=dict)
    failure_kind: FailureKind | None = None


class Cell(NamedTuple):
    """What trials are counted together by: a row of the report."""

    engine: str
    mode: Mode
    condition: str
    corpus: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """The cell `of` less the cell `minus`, on the utterances of both."""

    name: str
    of: Cell
    minus: Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """One speaker or conversation of a cell."""

    cell: Cell
    cluster: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Cells of one engine, mode and condition together: the corpora of a language, or all languages."""

    engine: str
    mode: Mode
    condition: str
    language: str | None = None
    """`None`: over languages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """Engines that differ in one number of their settings, in one mode and condition, on one corpus and language."""

    name: str
    """`silence by end_after_ms`."""
    mode: Mode
    condition: str
    corpus: str
    language: str


Scope: TypeAlias = Cell | Contrast | Cluster | Pool | Sweep
"""What an estimate is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A value with its interval. `value` is `None` without data; `low`, `high` where none may be given."""

    value: float | None
    low: float | None = None
    high: float | None = None
    standard_error: float | None = None
    """`None` where no interval may be given; 0 where nothing varies between clusters, which gives none either."""
    degrees_of_freedom: float | None = None
    """Of Student's t: the effective number of clusters less one. `None`: as many as `n_clusters` less one."""
    centre: float | None = None
    """What the interval is built around, where that is not `value` (differences of percentiles)."""
    level: float = 0.95
    n: int = 0
    """Utterances, or what else was counted."""
    n_clusters: int = 0
    """Whole clusters that the interval was made over; 0: it was made over none."""
    note: str | None = None
    """Why there is no value or no interval, or a caution (few clusters ...)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """One quantity of a run with its interval, and what it is about."""

    metric: str
    unit: str
    scope: Scope
    interval: Interval
    n_failed: int = 0
    lower_is_better: bool = True
    valid: bool = True
    """Whether it may be believed; no: it was timed in an INVALID run, and is the harness's lateness."""

    @property
    def value(self) -> float | None:
        return self.interval.value

    @property
    def low(self) -> float | None:
        return self.interval.low

    @property
    def high(self) -> float | None:
        return self.interval.high

    @property
    def n(self) -> int:
        return self.interval.n

    @property
    def n_clusters(self) -> int:
        return self.interval.n_clusters

    @property
    def note(self) -> str | None:
        return self.interval.note
