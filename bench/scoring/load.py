"""How accuracy, failures and latency change with load: one point a level, the knee and the first failure. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bench.config import LoadSpec
from bench.scoring.rows import ScoredRow, coverage
from bench.scoring.validity import Validity
from bench.stats.intervals import percentile, ratio_interval

HEADLINE = {"stream": "final_latency_s", "batch": "batch_latency_s"}
_CLOSE_ENOUGH = 1.15
"""A search ends where the first bad number of sessions is at most so many times the last good one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """What was measured at one level. Latencies in seconds; `None`: nothing to take it from."""

    engine: str
    mode: str
    kind: Literal["sessions", "arrivals_per_s"]
    level: float
    """Concurrent sessions (closed), or sessions begun a second (open)."""
    concurrency: float
    """Mean number of sessions going on, as measured."""
    trials: int
    """Sessions counted: begun after the warm-up."""
    failed: int
    empty: int
    wer: float | None
    wer_low: float | None
    wer_high: float | None
    first_partial_p50_s: float | None
    first_partial_p95_s: float | None
    latency_p50_s: float | None
    """Stream: final after end of speech. Batch: round trip, from when the request was due."""
    latency_p95_s: float | None
    latency_p99_s: float | None
    connect_p95_s: float | None
    requests_per_s: float
    """Answered sessions that began in the window, over its length."""
    audio_hours_per_hour: float
    """Audio of the answered sessions, over the length of the window."""
    valid: bool
    reasons: tuple[str, ...]
    """Why it is not valid: the harness, not the engine, was the bottleneck."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One counted session: how it scored, and how long it went on."""

    row: ScoredRow
    busy_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """All levels of one engine, in rising order."""

    engine: str
    points: tuple[Point, ...]
    knee: float | None
    """The last level, from below, that is valid, does not fail, and is about as fast as the first; `None`: none."""
    first_failure: float | None
    """The lowest level that fails; `None`: none did."""
    first_invalid: float | None
    """The lowest level at which this machine could not drive the load in time; `None`: it always could."""


def point(
    engine: str,
    spec: LoadSpec,
    kind: Literal["sessions", "arrivals_per_s"],
    level: float,
    sessions: Sequence[Session],
    validity: Validity,
) -> Point:
    """One level from its counted sessions."""
    rows = [session.row for session in sessions]
    answered = [row for row in rows if row.words is not None]
    found = coverage(rows)
    words = [row.words for row in answered if row.words is not None]
    wer = ratio_interval(
        [count.errors for count in words],
        [count.reference_length for count in words],
        [row.cluster for row in answered],
    )
    headline = HEADLINE[spec.mode]
    return Point(
        engine=engine,
        mode=spec.mode,
        kind=kind,
        level=level,
        concurrency=sum(session.busy_s for session in sessions) / spec.duration_s,
        trials=len(rows),
        failed=found.attempted - found.answered,
        empty=found.missed,
        wer=wer.value,
        wer_low=wer.low,
        wer_high=wer.high,
        first_partial_p50_s=_percentile(answered, "first_partial_latency_s", 0.5),
        first_partial_p95_s=_percentile(answered, "first_partial_latency_s", 0.95),
        latency_p50_s=_percentile(answered, headline, 0.5),
        latency_p95_s=_percentile(answered, headline, 0.95),
        latency_p99_s=_percentile(answered, headline, 0.99),
        connect_p95_s=_percentile(answered, "connect_s", 0.95),
        requests_per_s=len(answered) / spec.duration_s,
        audio_hours_per_hour=sum(row.duration_s for row in answered) / spec.duration_s,
        valid=validity.valid,
        reasons=validity.reasons,
    )


def _percentile(rows: Sequence[ScoredRow], metric: str, q: float) -> float | None:
    values = [value for row in rows if (value := row.metrics.get(metric)) is not None]
    return percentile(values, q) if values else None


def curve(engine: str, points: Sequence[Point], spec: LoadSpec) -> Curve:
    """The points in order, with where it begins to suffer and to fail."""
    ordered = sorted(points, key=lambda point: point.level)
    knee = None
    for found in ordered:
        if not is_good(found, ordered[0], spec):
            break
        knee = found.level
    return Curve(
        engine=engine,
        points=tuple(ordered),
        knee=knee,
        first_failure=next((found.level for found in ordered if fails(found, spec)), None),
        first_invalid=next((found.level for found in ordered if not found.valid), None),
    )


def fails(found: Point, spec: LoadSpec) -> bool:
    """Whether the level is beyond what the config allows. No session counted is a failure too."""
    if found.trials == 0 or (found.failed + found.empty) / found.trials > spec.max_failed:
        return True
    return spec.max_latency_p95_s is not None and (found.latency_p95_s or 0.0) > spec.max_latency_p95_s


def is_good(found: Point, first: Point, spec: LoadSpec) -> bool:
    """Valid, not failing, and with a p95 that is at most `knee` times that of the first level."""
    if not found.valid or fails(found, spec):
        return False
    if found.latency_p95_s is None or first.latency_p95_s is None:
        return True
    return found.latency_p95_s <= spec.knee * max(first.latency_p95_s, 0.0)


def next_level(spec: LoadSpec, points: Sequence[Point]) -> float | None:
    """The next level to run after `points`; `None`: done. Lists are run as given."""
    if spec.search is None:
        levels = spec.sessions or spec.arrivals_per_s or ()
        return levels[len(points)] if len(points) < len(levels) else None
    if not points:
        return spec.search.first
    first = min(points, key=lambda point: point.level)
    good = [point.level for point in points if is_good(point, first, spec)]
    bad = [point.level for point in points if not is_good(point, first, spec)]
    if not good:
        return None
    if not bad:
        return None if max(good) >= spec.search.largest else min(2 * max(good), spec.search.largest)
    last, broken = max(level for level in good if level < min(bad)), min(bad)
    middle = round((last + broken) / 2)
    return middle if broken / last > _CLOSE_ENOUGH and last < middle < broken else None
