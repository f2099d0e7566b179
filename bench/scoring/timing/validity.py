"""Whether a run's latency may be believed: what the harness did and saw, against the limits. Pure.

Judged from stored facts alone: the send times of every real-time stream, when sessions of an open load began, and
what the watch noted each second while streams, or requests of a load, ran. Beyond a limit the run is invalid: its
latency is the harness's lateness, not the engine's. Requests of a plain run are not judged: a recogniser in this
process is meant to take all processors then, and its speed on this machine is what is measured.
"""

from __future__ import annotations

import math
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from bench.config import ValiditySpec
from bench.scoring.timing import frontier, turns, words
from bench.stats.ranks import nearest_rank
from bench.types import Cluster, Contrast, Estimate, Failure, MachineLook, Mode, Result, Scope, Timing

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
    """Share of seconds in which the processors were saturated; of requests of a load, or this process one of them."""
    looks: int
    start_lag_p99_s: float | None = None
    """How late sessions of an open load began."""
    max_start_lag_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Of one node of a cluster."""

    reasons: tuple[str, ...]
    """Why it makes the run INVALID; empty: it does not."""
    seen: Seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Validity:
    """The verdict. `valid` is true where nothing was judged: then there is nothing to doubt.

    What judges a run (the gate, a report) reads `valid` and, where it is false, shows `reasons`.
    """

    valid: bool
    reasons: tuple[str, ...]
    seen: Seen
    limits: dict[str, float] = field(default_factory=dict)
    judged: tuple[Mode, ...] = ("stream",)
    """Modes whose latency this is about."""
    nodes: Mapping[str, Judged] = field(default_factory=dict)
    """Of a cluster, each node by itself: the others' punctuality does not excuse one that is late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paces:
    """How the harness kept time in some of a run's trials; those of all parts of a run add up."""

    streams: int = 0
    lags: NDArray[np.float64] = field(default_factory=lambda: np.array([]))
    """Of each chunk of the real-time streams, in seconds."""
    start_lags: NDArray[np.float64] = field(default_factory=lambda: np.array([]))
    """Of each session that had a time to begin at."""
    max_send_lag_s: float | None = None
    backpressure_s: float | None = None


def paces(results: Iterable[Result]) -> Paces:
    """Of results, which are looked at one by one."""
    lags, start_lags, streams = array("d"), array("d"), 0
    most_lag: float | None = None
    most_pressure: float | None = None
    for result in results:
        if result.span is not None and result.span.due_s is not None:
            start_lags.append(result.span.began_s - result.span.due_s)
        timing = _real_time(result)
        if timing is not None:
            streams += 1
            lags.extend(_lags(timing))
            most_lag = max(_max_lag(timing), -math.inf if most_lag is None else most_lag)
            most_pressure = max(timing.backpressure_s, -math.inf if most_pressure is None else most_pressure)
    return Paces(
        streams=streams,
        lags=np.array(lags),
        start_lags=np.array(start_lags),
        max_send_lag_s=most_lag,
        backpressure_s=most_pressure,
    )


def paces_by_node(results: Iterable[Result]) -> dict[str | None, Paces]:
    """As `paces`, of each node by itself; `None`: the one machine of the run."""
    nodes: dict[str | None, list[Result]] = defaultdict(list)
    for result in results:
        nodes[result.node].append(result)
    return {node: paces(own) for node, own in nodes.items()}


def added_by_node(parts: Iterable[Mapping[str | None, Paces]]) -> dict[str | None, Paces]:
    """All parts of a run together, node by node."""
    nodes: dict[str | None, list[Paces]] = defaultdict(list)
    for part in parts:
        for node, own in part.items():
            nodes[node].append(own)
    return {node: added(own) for node, own in nodes.items()}


def added(parts: Sequence[Paces]) -> Paces:
    """All parts of a run together."""
    most_lags = [part.max_send_lag_s for part in parts if part.max_send_lag_s is not None]
    pressures = [part.backpressure_s for part in parts if part.backpressure_s is not None]
    return Paces(
        streams=sum(part.streams for part in parts),
        lags=np.concatenate([np.array([]), *(part.lags for part in parts)]),
        start_lags=np.concatenate([np.array([]), *(part.start_lags for part in parts)]),
        max_send_lag_s=max(most_lags, default=None),
        backpressure_s=max(pressures, default=None),
    )


def judge(limits: ValiditySpec, results: Iterable[Result], looks: Sequence[MachineLook]) -> Validity:
    """Hold what was seen against the limits; a reason for each that is exceeded."""
    return judge_paces(limits, paces_by_node(results), looks)


def judge_paces(limits: ValiditySpec, kept: Mapping[str | None, Paces], looks: Sequence[MachineLook]) -> Validity:
    """As `judge`, from what `paces_by_node` took from the results. Nodes are judged one by one, and none excused.

    Nor is one machine on which the run was begun, or ended, without a cluster.
    """
    whole = _judged(limits, added(list(kept.values())), looks)
    nodes = sorted({node for node in (*kept, *(look.node for look in looks)) if node is not None})
    if not nodes:
        return whole
    alone, *judged = (
        _judged(limits, kept.get(node, Paces()), [look for look in looks if look.node == node])
        for node in (None, *nodes)
    )
    each = dict(zip(nodes, judged, strict=True))
    reasons = (
        *(f"outside the cluster: {reason}" for reason in alone.reasons),
        *(f"node {node}: {reason}" for node, own in each.items() for reason in own.reasons),
    )
    return replace(
        whole,
        valid=not reasons,
        reasons=reasons,
        nodes={node: Judged(reasons=own.reasons, seen=own.seen) for node, own in each.items()},
    )


def _judged(limits: ValiditySpec, kept: Paces, looks: Sequence[MachineLook]) -> Validity:
    streamed, requested = ([look for look in looks if look.mode == mode] for mode in ("stream", "batch"))
    seen = _seen(kept, [*(streamed if kept.streams else ()), *requested])
    checks: tuple[tuple[str, float | None, float, Callable[[float], str], str], ...] = (
        ("audio late (send lag), 99 % within", seen.send_lag_p99_s, limits.max_send_lag_p99_s, _milliseconds, _FEWER),
        ("audio late (send lag), the latest", seen.max_send_lag_s, limits.max_send_lag_s, _milliseconds, _FEWER),
        ("sessions begun late, 99 % within", seen.start_lag_p99_s, limits.max_send_lag_p99_s, _milliseconds, _FEWER),
        ("sessions begun late, the latest", seen.max_start_lag_s, limits.max_send_lag_s, _milliseconds, _FEWER),
        ("backpressure of a stream", seen.backpressure_s, limits.max_backpressure_s, _milliseconds, _NETWORK),
        ("clock step", seen.clock_step_s, limits.max_clock_step_s, _milliseconds, _CLOCK),
        ("seconds with saturated processors", seen.cpu_saturated, limits.max_cpu_saturated, _percent, _FEWER),
    )
    reasons = tuple(
        f"{what}: expected at most {shown(limit)}, got {shown(value)}; {advice}"
        for what, value, limit, shown, advice in checks
        if value is not None and value > limit
    )
    return Validity(
        valid=not reasons,
        reasons=reasons,
        seen=seen,
        limits=limits.model_dump(mode="json"),
        judged=(*(("stream",) if kept.streams else ()), *(("batch",) if requested else ())),
    )


def mark_invalid(estimate: Estimate, judged: Sequence[Mode]) -> Estimate:
    """An estimate of an invalid run: what was timed in the modes judged says so, so that it is never read without."""
    if not _is_timed(estimate) or not _modes(estimate.scope).intersection(judged):
        return estimate
    note = f"{INVALID}; {estimate.note}" if estimate.note else INVALID
    return replace(estimate, interval=replace(estimate.interval, note=note), valid=False)


TIMED_TURNS = {measure.name for measure in turns.MEASURES} | {measure.name for measure in frontier.MEASURES}
"""Measures of ends of turns: all of them are of moments on the harness's clock."""
_OF_WORDS = {measure.name for measure in words.MEASURES}


def _is_timed(estimate: Estimate) -> bool:
    """Whether the harness's clock made it: shares of turns too; not times that an engine claims for its words."""
    name = estimate.metric.removesuffix(".difference")
    if name in _OF_WORDS:
        return False
    return name in TIMED_TURNS or estimate.unit == "s" or name.startswith("rtf")


def _modes(scope: Scope) -> set[Mode]:
    if isinstance(scope, Contrast):
        return {scope.of.mode, scope.minus.mode}
    return {scope.cell.mode if isinstance(scope, Cluster) else scope.mode}


_FEWER = "run fewer sessions at once (concurrency, or the load), or use a machine that does nothing else"
_NETWORK = "the socket would not take the audio in time: see to the uplink, or run fewer streams at once"
_CLOCK = "the wall clock was set, or the machine slept, meanwhile; run again"


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


def _seen(kept: Paces, looks: Sequence[MachineLook]) -> Seen:
    saturated = [saturation for look in looks if (saturation := _is_saturated(look)) is not None]
    return Seen(
        streams=kept.streams,
        chunks=kept.lags.size,
        send_lag_p99_s=_p99(kept.lags),
        max_send_lag_s=kept.max_send_lag_s,
        backpressure_s=kept.backpressure_s,
        clock_step_s=max((abs(look.clock_step_s) for look in looks), default=None),
        cpu_saturated=sum(saturated) / len(saturated) if saturated else None,
        looks=len(looks),
        start_lag_p99_s=_p99(kept.start_lags),
        max_start_lag_s=float(kept.start_lags.max()) if kept.start_lags.size else None,
    )


def _p99(values: NDArray[np.float64]) -> float | None:
    if not values.size:
        return None
    rank = nearest_rank(values.size, 0.99)
    return float(np.partition(values, rank)[rank])


def _is_saturated(look: MachineLook) -> bool | None:
    """`None`: it does not say. Requests wait for the one loop that makes them too, where other processors are idle;
    what that does to streams, their send lag says.
    """
    own = look.own_cpu if look.mode == "batch" else None
    shares = [share for share in (look.cpu_busy, own) if share is not None]
    return max(shares) >= SATURATED if shares else None


def _lags(timing: Timing) -> list[float]:
    """Lateness of each chunk; of a log of before the audio's length was kept, of each but the last, which may be
    short and was then due earlier than is known.
    """
    lags = list(timing.send_lags())
    return lags if timing.audio_s is not None else lags[:-1] or lags


def _max_lag(timing: Timing) -> float:
    return max(timing.send_lags(), default=0.0) if timing.ready_s else timing.max_send_lag_s
