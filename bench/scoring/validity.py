"""Whether a run's latency may be believed: what the harness did and saw, against the limits. Pure.

Judged from stored facts alone: the send times of every real-time stream, and what the watch noted each second while
streams ran. Beyond a limit the run is invalid: its latency is the harness's lateness, not the engine's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from bench.config import ValiditySpec
from bench.scoring.latency import percentile
from bench.types import Estimate, Failure, MachineLook, Result, Timing

INVALID = "INVALID run: not the engine's latency"
"""The note on every number that an invalid run makes doubtful."""
SATURATED = 0.95
"""A second in which the machine's processors were busy for this share of their time or more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The facts that are judged. `None`: nothing to take it from."""

    streams: int
    """Streams paced in real time, failed ones included."""
    chunks: int
    send_lag_p99_s: float | None
    max_send_lag_s: float | None
    backpressure_s: float | None
    """Of the stream that had the most."""
    clock_step_s: float | None
    """The largest, either way."""
    cpu_saturated: float | None
    """Share of seconds in which the processors were saturated."""
    looks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Validity:
    """The verdict. `valid` is true where nothing was streamed in real time: then there is nothing to doubt.

    What judges a run (the gate, a report) reads `valid` and, where it is false, shows `reasons`.
    """

    valid: bool
    reasons: tuple[str, ...]
    seen: Seen
    limits: dict[str, float] = field(default_factory=dict)


def judge(limits: ValiditySpec, results: Iterable[Result], looks: Sequence[MachineLook]) -> Validity:
    """Hold what was seen against the limits; a reason for each that is exceeded."""
    seen = _seen([timing for result in results if (timing := _real_time(result)) is not None], looks)
    checks: tuple[tuple[str, float | None, float, Callable[[float], str], str], ...] = (
        ("send lag p99", seen.send_lag_p99_s, limits.max_send_lag_p99_s, _milliseconds, _FEWER),
        ("largest send lag", seen.max_send_lag_s, limits.max_send_lag_s, _milliseconds, _FEWER),
        ("backpressure of a stream", seen.backpressure_s, limits.max_backpressure_s, _milliseconds, _NETWORK),
        ("clock step", seen.clock_step_s, limits.max_clock_step_s, _milliseconds, _CLOCK),
        ("seconds with saturated processors", seen.cpu_saturated, limits.max_cpu_saturated, _percent, _FEWER),
    )
    reasons = tuple(
        f"{what}: expected at most {shown(limit)}, got {shown(value)}; {advice}"
        for what, value, limit, shown, advice in checks
        if seen.streams and value is not None and value > limit
    )
    return Validity(valid=not reasons, reasons=reasons, seen=seen, limits=limits.model_dump(mode="json"))


def mark_invalid(estimate: Estimate) -> Estimate:
    """An estimate of an invalid run: what was timed on streams says so, so that it is never read without."""
    is_timed = estimate.unit == "s" and "stream" in estimate.group.get("mode", "")
    return replace(estimate, note=f"{INVALID}; {estimate.note}" if estimate.note else INVALID) if is_timed else estimate


_FEWER = "run fewer streams at once (stream.concurrency), or use a machine that does nothing else"
_NETWORK = "the socket would not take the audio in time: see to the uplink, or run fewer streams at once"
_CLOCK = "the wall clock was set, or the machine slept, while streams ran; run again"


def _milliseconds(value: float) -> str:
    return f"{value * 1000:.0f} ms"


def _percent(value: float) -> str:
    return f"{value:.0%}"


def _real_time(result: Result) -> Timing | None:
    """The timing of a stream at speed 1, of failed ones too as far as they came; `None` for anything else."""
    outcome = result.outcome.partial if isinstance(result.outcome, Failure) else result.outcome
    if outcome is None or outcome.timing.chunk_s is None or outcome.timing.speed != 1:
        return None
    return outcome.timing


def _seen(timings: Sequence[Timing], looks: Sequence[MachineLook]) -> Seen:
    lags = [lag for timing in timings for lag in _lags(timing)]
    busy = [look.cpu_busy for look in looks if look.cpu_busy is not None]
    return Seen(
        streams=len(timings),
        chunks=len(lags),
        send_lag_p99_s=percentile(lags, 0.99) if lags else None,
        max_send_lag_s=max((timing.max_send_lag_s for timing in timings), default=None),
        backpressure_s=max((timing.backpressure_s for timing in timings), default=None),
        clock_step_s=max((abs(look.clock_step_s) for look in looks), default=None),
        cpu_saturated=sum(share >= SATURATED for share in busy) / len(busy) if busy else None,
        looks=len(looks),
    )


def _lags(timing: Timing) -> list[float]:
    """Lateness of each chunk but the last, which may be short and was then due earlier than the others' rule says."""
    chunk_s = timing.chunk_s or 0.0
    lags = [sent - (index + 1) * chunk_s for index, sent in enumerate(timing.chunk_sent_s)]
    return lags[:-1] or lags
