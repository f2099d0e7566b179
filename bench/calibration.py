"""The ruler's own error on this machine: the streaming driver against an emulator whose delays are known.

Both run as they do in `bench run`: the same driver and metrics, the emulator in a process of its own. The error is
what was measured minus what is true had each chunk been sent when it was due; so it holds the driver's lateness, the
loopback and the emulator's own lateness, and bounds the harness's from above. The latest calibration of a machine is
kept in the user's cache folder.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import platform
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from bench import __version__, machine
from bench.audio import to_pcm16
from bench.config import ValiditySpec
from bench.engines import ENGINES
from bench.engines.base import Call, StreamAdapter
from bench.engines.clock import clock
from bench.engines.pacing import Schedule, schedule
from bench.engines.watch import Watch
from bench.engines.ws_shards import Job, Outcome, Settings, run_shard, stream_sharded
from bench.runner_shards import STREAMS_PER_PROCESS
from bench.scoring.latency import percentile
from bench.scoring.trial_metrics import trial_metrics
from bench.scoring.validity import judge
from bench.types import Failure, MachineLook, Result, Transcript, Utterance, Word

_RATE_HZ = 16_000
_DURATION_S = 3.0
_ONSET_S, _END_S = 0.5, 2.1
_FIRST_PARTIAL_S, _FINAL_S, _CLOSE_S = 0.15, 0.25, 0.1
_TEXT = "what is measured here is known to the millisecond"
_KEY = "loopback-only"
_MIN_STREAMS = 12
"""Fewer streams at once are run again and again until so many have been measured."""
_MAX_ERROR_S = 0.05
"""Beyond this p99 of |error| of the final latency a number of streams is not valid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricError:
    """Measured minus true, over streams, in seconds."""

    bias_s: float
    """Mean; positive: the harness says too much."""
    p50_s: float
    """Of the absolute error, as the others."""
    p95_s: float
    p99_s: float
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One number of streams at once."""

    streams: int
    failed: int
    valid: bool
    reasons: tuple[str, ...]
    send_lag_p99_s: float | None
    errors: Mapping[str, MetricError]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What `bench calibrate` found."""

    made_at: str
    earwitness: str
    python: str
    machine: Mapping[str, Any]
    chunk_bytes: int
    levels: tuple[Level, ...]

    @property
    def largest_valid(self) -> int | None:
        """The largest number of streams up to which every level was valid; `None`: none was."""
        found = None
        for level in sorted(self.levels, key=lambda level: level.streams):
            if not level.valid:
                break
            found = level.streams
        return found


def calibrate(
    streams: Sequence[int],
    *,
    limits: ValiditySpec | None = None,
    on_level: Callable[[Level], None] = lambda level: None,
) -> Calibration:
    """Measure at each number of streams, one after the other; takes some seconds each, more for few streams.

    Args:
        streams: how many at once.
        limits: of validity; `None`: those of a config that says nothing.
        on_level: told of each level when it is done.
    """
    machine.raise_open_files()
    levels = []
    for number in streams:
        levels.append(_level(number, limits or ValiditySpec()))
        on_level(levels[-1])
    return Calibration(
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        earwitness=__version__,
        python=platform.python_version(),
        machine=machine.describe(),
        chunk_bytes=_chunk_bytes(),
        levels=tuple(levels),
    )


def _chunk_bytes() -> int:
    size: int = ENGINES.load("pulse").Settings().chunk_bytes
    return size


def _level(streams: int, limits: ValiditySpec) -> Level:
    looks: list[MachineLook] = []
    outcomes: list[Outcome] = []
    for _ in range(max(1, math.ceil(_MIN_STREAMS / streams))):
        outcomes += _round(streams, looks)
    answers = [outcome for outcome in outcomes if isinstance(outcome, Transcript)]
    errors = _errors(answers)
    results = [Result(trial_id=str(n), outcome=o, attempts=1, started_at="") for n, o in enumerate(outcomes)]
    verdict = judge(limits, results, looks)
    failed = len(outcomes) - len(answers)
    reasons = [*verdict.reasons]
    if failed:
        first = next(outcome.message for outcome in outcomes if isinstance(outcome, Failure))
        reasons.append(f"{failed} of {len(outcomes)} streams failed: {first}")
    final = errors.get("final_latency_s")
    if final is not None and final.p99_s > _MAX_ERROR_S:
        reasons.append(f"error of final latency, p99: expected at most {_MAX_ERROR_S:g} s, got {final.p99_s:.3f} s")
    return Level(
        streams=streams,
        failed=failed,
        valid=not reasons,
        reasons=tuple(reasons),
        send_lag_p99_s=verdict.seen.send_lag_p99_s,
        errors=errors,
    )


def _round(streams: int, looks: list[MachineLook]) -> list[Outcome]:
    """All streams once, spread over one chunk, against a fresh emulator."""
    from bench.emulator.process import EmulatorProcess

    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "script.yaml"
        script.write_text(json.dumps({"default": _script()}), encoding="utf-8")
        with EmulatorProcess(f"script:{script}", api_key=_KEY) as emulator, Watch(looks.append):
            adapter, call = _adapter(emulator.base_url), _call()
            chunk_s = _plan().chunk_s
            jobs = [Job(adapter=adapter, call=call, start_s=chunk_s * n / streams) for n in range(streams)]
            settings = Settings(connect_timeout_s=60.0, lead_s=0.5 + streams / 100)
            processes = min(-(-streams // STREAMS_PER_PROCESS), os.cpu_count() or 1)
            if processes > 1:
                return stream_sharded(jobs, processes, settings)
            return run_shard(jobs, clock() + settings.lead_s, settings)


def _script() -> dict[str, object]:
    return {
        "text": _TEXT,
        "speech_start_s": _ONSET_S,
        "speech_end_s": _END_S,
        "first_partial_delay_s": _FIRST_PARTIAL_S,
        "final_delay_s": _FINAL_S,
        "close_delay_s": _CLOSE_S,
    }


def _adapter(base_url: str) -> StreamAdapter:
    engine = ENGINES.load("pulse")
    settings = engine.Settings(base_url=base_url, language="en")
    adapter: StreamAdapter = engine.create(settings, dict.fromkeys(engine.secret_names(settings), _KEY)).stream
    return adapter


def _call() -> Call:
    samples = np.random.default_rng(0).normal(0, 0.05, round(_DURATION_S * _RATE_HZ)).astype(np.float32)
    return Call(
        audio=to_pcm16(samples),
        content_type="audio/raw",
        encoding="linear16",
        sample_rate_hz=_RATE_HZ,
        duration_s=_DURATION_S,
        language="en",
    )


def _plan() -> Schedule:
    return schedule(2 * round(_DURATION_S * _RATE_HZ), _chunk_bytes(), _DURATION_S)


def _utterance() -> Utterance:
    words = _TEXT.split()
    step_s = (_END_S - _ONSET_S) / len(words)
    timed = tuple(
        Word(text=word, start_s=_ONSET_S + n * step_s, end_s=_ONSET_S + (n + 1) * step_s)
        for n, word in enumerate(words)
    )
    return Utterance(
        id="known",
        corpus="calibration",
        audio="",
        sha256="",
        sample_rate_hz=_RATE_HZ,
        num_samples=round(_DURATION_S * _RATE_HZ),
        text=_TEXT,
        language="en",
        words=timed,
        speech_start_s=_ONSET_S,
        speech_end_s=_END_S,
    )


def true_latencies() -> dict[str, float]:
    """What each metric must be, had every chunk been sent when due and nothing taken time but the known delays."""
    plan = _plan()

    def due_s(sample: int) -> float:
        return plan.due_s(sample * 2 // _chunk_bytes())

    partial_s = due_s(round(_ONSET_S * _RATE_HZ)) + _FIRST_PARTIAL_S
    final_s = due_s(round(_END_S * _RATE_HZ) - 1) + _FINAL_S
    delays = sorted(final_s - (word.end_s or 0.0) for word in _utterance().words or ())
    return {
        "first_text_latency_s": partial_s - _ONSET_S,
        "first_partial_latency_s": partial_s - _ONSET_S,
        "first_final_latency_s": final_s - _ONSET_S,
        "final_latency_s": final_s - _END_S,
        "audio_end_to_final_s": final_s - _DURATION_S,
        "end_to_last_final_s": final_s - _DURATION_S,
        "end_to_last_message_s": _CLOSE_S,
        "word_emission_final_p50_s": percentile(delays, 0.5),
        "word_emission_final_p90_s": percentile(delays, 0.9),
    }


def _errors(answers: Iterable[Transcript]) -> dict[str, MetricError]:
    truth, utterance = true_latencies(), _utterance()
    found: dict[str, list[float]] = {name: [] for name in truth}
    for answer in answers:
        values, _ = trial_metrics(utterance, answer, "stream", {})
        for name, true in truth.items():
            measured = values[name]
            if measured is not None:
                found[name].append(measured - true)
    return {name: _error(errors) for name, errors in found.items() if errors}


def _error(errors: Sequence[float]) -> MetricError:
    sizes = [abs(error) for error in errors]
    p50, p95, p99 = (percentile(sizes, level) for level in (0.5, 0.95, 0.99))
    return MetricError(bias_s=sum(errors) / len(errors), p50_s=p50, p95_s=p95, p99_s=p99, n=len(errors))


# -- keeping it -------------------------------------------------------------------------------


def cache_path() -> Path:
    """Where this machine's latest calibration lies. A home folder may be shared, so the name holds the machine."""
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    identity = json.dumps([platform.node(), machine.describe()], sort_keys=True)
    return root / "earwitness" / f"calibration-{hashlib.sha256(identity.encode()).hexdigest()[:12]}.json"


def keep(calibration: Calibration) -> Path:
    """Store it as the machine's latest; returns where."""
    path = cache_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    row = {**asdict(calibration), "largest_valid": calibration.largest_valid}
    path.write_text(json.dumps(row, indent=2) + "\n", encoding="utf-8")
    return path


def latest() -> dict[str, Any] | None:
    """The machine's latest calibration as stored; `None` where there is none, or none that can be read."""
    try:
        found: dict[str, Any] = json.loads(cache_path().read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError):
        return None
    return found
