"""How accuracy, failures and latency change with load: one point a level, the knee and the first failure. Pure.

A level counts the sessions that begin in its window, which opens after the warm-up. Concurrency and throughput are
of all sessions, each by the share of its time that lies in the window. Word errors are compared between levels on
the same utterances, each counted once, since which utterances a level comes to depends on its speed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bench.config import LoadSearchSpec, LoadSpec
from bench.scoring.cells import ScoredTrial, coverage
from bench.scoring.timing.metrics import HEADLINE_LATENCY
from bench.scoring.timing.validity import Validity
from bench.stats.intervals import paired_ratio_difference, ratio_interval
from bench.stats.percentiles import percentile
from bench.types import FailureKind, Interval, Mode, Span

Kind: TypeAlias = Literal["sessions", "arrivals_per_s"]
RAN_OUT = "the level ran out of planned requests before its time was over; shorten load.duration_s"
_CLOSE_ENOUGH = 1.15
"""A search ends where the first bad number of sessions is at most so many times the last good one."""
_KNEE_FLOOR_S = 0.05
"""Growth of the p95 that is no knee, however small the first p95 is: a valid run's own lateness may be as large."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What is put on an engine, and the window in which sessions count. Seconds after the level's begin."""

    engine: str
    mode: Mode
    kind: Kind
    level: float
    """Concurrent sessions (closed), or sessions begun a second (open)."""
    warm_up_s: float
    duration_s: float
    """Of the window."""
    cool_down_s: float
    """For so long after the window sessions go on beginning, so that what was counted ends under the load too."""

    @property
    def until_s(self) -> float:
        """The end of the window."""
        return self.warm_up_s + self.duration_s

    @property
    def end_s(self) -> float:
        """No session begins later."""
        return self.until_s + self.cool_down_s

    def counts(self, span: Span) -> bool:
        """Whether the session began, or was to begin, in the window."""
        return self.warm_up_s <= (span.began_s if span.due_s is None else span.due_s) < self.until_s

    def overlap_s(self, span: Span) -> float:
        """How much of the session's time lies in the window."""
        return max(0.0, min(span.ended_s, self.until_s) - max(span.began_s, self.warm_up_s))

    def share(self, span: Span) -> float:
        """The same, of the session's length."""
        length_s = span.ended_s - span.began_s
        return self.overlap_s(span) / length_s if length_s > 0 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadSession:
    """One session of a level, counted or not: how it scored, and when it went on."""

    trial: ScoredTrial
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadPoint:
    """What was measured at one level. Latencies in seconds; `None`: nothing to take it from."""

    engine: str
    mode: Mode
    kind: Kind
    level: float
    concurrency: float
    """Mean number of sessions going on in the window."""
    begun_per_s: float
    """Sessions that began in the window, or were to, over its length."""
    trials: int
    """The same sessions: those that are counted."""
    failed: int
    empty: int
    first_partial_p50_s: float | None
    first_partial_p95_s: float | None
    latency_p50_s: float | None
    """Stream: final after end of speech. Batch: round trip; under an open load, from when the request was due."""
    latency_p95_s: float | None
    latency_p99_s: float | None
    latency_unavailable: str | None
    """Why there is no latency, though there are answers."""
    connect_p95_s: float | None
    requests_per_s: float
    """Answered sessions, each by its share in the window, over the window's length."""
    audio_hours_per_hour: float
    """Their audio, likewise."""
    valid: bool
    reasons: tuple[str, ...]
    """Why it is not valid: the harness, not the engine, was the bottleneck."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UtteranceErrors:
    """Word errors of one utterance at one level: mean counts over its counted answers."""

    cluster: str
    errors: float
    length: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A level's point, and what was heard of each utterance, by its id."""

    point: LoadPoint
    heard: Mapping[str, UtteranceErrors]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """Word error rate at one level, over utterances that the levels share, each counted once."""

    wer: Interval
    change: Interval
    """Less that of the first level, on the same utterances; the first level itself has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """All levels of one engine, in rising order."""

    engine: str
    points: tuple[LoadPoint, ...]
    accuracy: tuple[Accuracy, ...]
    """One a point."""
    knee: float | None
    """The last level, from below, that is valid, does not fail, and is about as fast as the first; `None`: none."""
    knee_unknown: str | None
    """Why the knee cannot be told; `None`: it can."""
    first_failure: float | None
    """The lowest level that fails; `None`: none did."""
    first_invalid: float | None
    """The lowest level at which this machine could not drive the load in time; `None`: it always could."""


def measure(level: Level, sessions: Sequence[LoadSession], validity: Validity, *, ran_out: bool) -> Measured:
    """One level from all its sessions. Those whose recording could not be read were never sent, and are left out.

    `ran_out`: all planned sessions were over before the level's time was.
    """
    sent = [session for session in sessions if session.trial.failure_kind is not FailureKind.AUDIO]
    answered = [session for session in sent if session.trial.words is not None]
    counted = [session for session in sent if level.counts(session.span)]
    trials = [session.trial for session in counted]
    count = coverage(trials)
    headline = HEADLINE_LATENCY[level.mode]
    latencies = {q: _percentile(trials, headline, q) for q in (0.5, 0.95, 0.99)}
    why_not = Counter(trial.reasons[headline] for trial in trials if headline in trial.reasons)
    point = LoadPoint(
        engine=level.engine,
        mode=level.mode,
        kind=level.kind,
        level=level.level,
        concurrency=sum(level.overlap_s(session.span) for session in sent) / level.duration_s,
        begun_per_s=len(trials) / level.duration_s,
        trials=len(trials),
        failed=count.attempted - count.answered,
        empty=count.missed,
        first_partial_p50_s=_percentile(trials, "first_partial_latency_s", 0.5),
        first_partial_p95_s=_percentile(trials, "first_partial_latency_s", 0.95),
        latency_p50_s=latencies[0.5],
        latency_p95_s=latencies[0.95],
        latency_p99_s=latencies[0.99],
        latency_unavailable=why_not.most_common(1)[0][0] if why_not and latencies[0.95] is None else None,
        connect_p95_s=_percentile(trials, "connect_s", 0.95),
        requests_per_s=sum(level.share(session.span) for session in answered) / level.duration_s,
        audio_hours_per_hour=sum(level.share(session.span) * session.trial.duration_s for session in answered)
        / level.duration_s,
        valid=validity.valid and not ran_out,
        reasons=(*validity.reasons, *((RAN_OUT,) if ran_out else ())),
    )
    return Measured(point=point, heard=_heard(trials))


def _percentile(trials: Sequence[ScoredTrial], metric: str, q: float) -> float | None:
    values = [value for trial in trials if (value := trial.metrics.get(metric)) is not None]
    return percentile(values, q) if values else None


def _heard(trials: Sequence[ScoredTrial]) -> dict[str, UtteranceErrors]:
    by_utterance: dict[str, list[ScoredTrial]] = defaultdict(list)
    for trial in trials:
        if trial.words is not None:
            by_utterance[trial.utterance_id].append(trial)
    heard = {}
    for id, answers in by_utterance.items():
        counts = [trial.words for trial in answers if trial.words is not None]
        heard[id] = UtteranceErrors(
            cluster=answers[0].cluster,
            errors=sum(count.errors for count in counts) / len(counts),
            length=sum(count.reference_length for count in counts) / len(counts),
        )
    return heard


# -- the curve --------------------------------------------------------------------------------


def curves(levels: Sequence[Measured], spec: LoadSpec) -> list[Curve]:
    """One of each engine, in the order in which they were measured."""
    engines = dict.fromkeys(level.point.engine for level in levels)
    return [curve(engine, [level for level in levels if level.point.engine == engine], spec) for engine in engines]


def curve(engine: str, levels: Sequence[Measured], spec: LoadSpec) -> Curve:
    """The levels in order, with where it begins to suffer and to fail."""
    ordered = sorted(levels, key=lambda measured: measured.point.level)
    points = tuple(measured.point for measured in ordered)
    unknown = _knee_unknown(points[0], spec)
    return Curve(
        engine=engine,
        points=points,
        accuracy=_accuracy(ordered, spec),
        knee=_knee(points, spec) if unknown is None else None,
        knee_unknown=unknown,
        first_failure=next((point.level for point in points if fails(point, spec)), None),
        first_invalid=next((point.level for point in points if not point.valid), None),
    )


def _knee(points: Sequence[LoadPoint], spec: LoadSpec) -> float | None:
    knee = None
    for point in points:
        if not is_good(point, points[0], spec):
            break
        knee = point.level
    return knee


def _knee_unknown(first: LoadPoint, spec: LoadSpec) -> str | None:
    if first.trials == 0:
        return "no session was counted at the first level"
    if first.latency_p95_s is not None or not first.valid or fails(first, spec):
        return None
    limit = "" if spec.max_latency_p95_s is None else ", so max_latency_p95_s is not judged either"
    return f"no latency could be measured: {first.latency_unavailable or 'nothing was answered'}{limit}"


def fails(point: LoadPoint, spec: LoadSpec) -> bool:
    """Whether the level is beyond what the config allows. Where no session was counted, nothing is known."""
    if point.trials == 0:
        return False
    if (point.failed + point.empty) / point.trials > spec.max_failed:
        return True
    if spec.max_latency_p95_s is None or point.latency_p95_s is None:
        return False
    return point.latency_p95_s > spec.max_latency_p95_s


def is_good(point: LoadPoint, first: LoadPoint, spec: LoadSpec) -> bool:
    """Valid, counted, not failing, and about as fast as the first level; without a latency, that is not asked."""
    if not point.valid or point.trials == 0 or fails(point, spec):
        return False
    if first.latency_p95_s is None:
        return True
    slowest_s = max(spec.knee * first.latency_p95_s, first.latency_p95_s + _KNEE_FLOOR_S)
    return point.latency_p95_s is not None and point.latency_p95_s <= slowest_s


def _accuracy(ordered: Sequence[Measured], spec: LoadSpec) -> tuple[Accuracy, ...]:
    """Over the utterances answered at every level that does not fail: at a level that does, few may be left."""
    answering = [measured for measured in ordered if measured.heard]
    sound = [measured for measured in answering if not fails(measured.point, spec)] or answering
    shared = set.intersection(*(set(measured.heard) for measured in sound)) if sound else set()
    first = ordered[0].heard
    return tuple(_accuracy_at(measured.heard, first, shared) for measured in ordered)


def _accuracy_at(
    heard: Mapping[str, UtteranceErrors], first: Mapping[str, UtteranceErrors], shared: set[str]
) -> Accuracy:
    now = [heard[id] for id in sorted(shared & heard.keys())]
    pairs = (
        [(heard[id], first[id]) for id in sorted(shared & heard.keys() & first.keys())] if heard is not first else []
    )
    return Accuracy(
        wer=ratio_interval([row.errors for row in now], [row.length for row in now], [row.cluster for row in now]),
        change=paired_ratio_difference(
            [row.errors for row, _ in pairs],
            [row.length for row, _ in pairs],
            [other.errors for _, other in pairs],
            [other.length for _, other in pairs],
            [row.cluster for row, _ in pairs],
        ),
    )


# -- which levels -----------------------------------------------------------------------------


def next_level(spec: LoadSpec, points: Sequence[LoadPoint]) -> float | None:
    """The next level to run after `points`; `None`: done. Lists are run as given."""
    if spec.search is None:
        levels = _listed(spec)
        return levels[len(points)] if len(points) < len(levels) else None
    first = min(points, key=lambda point: point.level, default=None)
    good = [point.level for point in points if first is not None and is_good(point, first, spec)]
    bad = [point.level for point in points if point.level not in good]
    return _next_of_search(spec.search, good, bad)


def most_levels(spec: LoadSpec) -> tuple[float, ...]:
    """The levels that will be run; of a search, those of the most load there can be."""
    return _listed(spec) if spec.search is None else _heaviest(spec.search, (), ())


def _listed(spec: LoadSpec) -> tuple[float, ...]:
    return spec.sessions or spec.arrivals_per_s or ()


def _heaviest(search: LoadSearchSpec, good: tuple[float, ...], bad: tuple[float, ...]) -> tuple[float, ...]:
    """All levels of the heaviest search that can follow: the next level may turn out good or bad."""
    level = _next_of_search(search, good, bad)
    if level is None:
        return (*good, *bad)
    return max(_heaviest(search, (*good, level), bad), _heaviest(search, good, (*bad, level)), key=sum)


def _next_of_search(search: LoadSearchSpec, good: Sequence[float], bad: Sequence[float]) -> float | None:
    if not good:
        return None if bad else search.first
    if not bad:
        return None if max(good) >= search.largest else min(2 * max(good), search.largest)
    last, broken = max(level for level in good if level < min(bad)), min(bad)
    middle = round((last + broken) / 2)
    return middle if broken / last > _CLOSE_ENOUGH and last < middle < broken else None
