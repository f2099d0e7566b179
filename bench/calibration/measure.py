"""Measures the ruler: a run as `bench run` does it, of a recording whose answers come at known instants.

Runner, drivers, audio pool, results on disk and metrics are those of any run, and the emulator is a process of its
own. The error is what was measured minus what is true; it holds the harness's lateness, the loopback and the
emulator's own lateness, and so bounds the harness's from above.
"""

from __future__ import annotations

import json
import math
import platform
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from bench import __version__, machine
from bench.audio import Audio, sha256_file, write_wav
from bench.calibration.known import CHUNK_BYTES, CHUNK_S, DURATION_S, RATE_HZ, KnownScript, true_latencies, utterance
from bench.calibration.record import CalibratedLevel, Calibration, MetricError, keep, metric_versions
from bench.config import RunConfig, ValiditySpec
from bench.corpora.manifest import Header, load_manifest, write_manifest
from bench.engines.base import Engine
from bench.execution.arrivals import Arrivals
from bench.execution.engines import open_engines
from bench.execution.plan import Plan, resolve
from bench.execution.processes import Processes
from bench.execution.trials import Work
from bench.scoring.timing.metrics import trial_metrics
from bench.scoring.timing.validity import judge
from bench.stats.ranks import nearest_rank
from bench.store import RunFolder
from bench.types import Failure, Mode, Result, Transcript, Utterance

_VALUES = 100
"""Few streams at once are run again and again until so many have been measured: then a p99 is not the maximum."""
_MOST_WAVES = 40
"""But not more often: that takes about two minutes."""
_CONNECT_S = 0.01
"""Time for a stream of a wave to connect, before the first audio of any of them is due."""
_PAUSE_S = 0.25
"""Between waves, besides that."""
_MAX_ERROR_S = 0.05
"""Beyond this p99 of |error| of the final latency a number of streams is not valid."""


def calibrate(
    streams: Sequence[int],
    *,
    values: int = _VALUES,
    limits: ValiditySpec | None = None,
    on_level: Callable[[CalibratedLevel], None] = lambda level: None,
) -> Calibration:
    """Measure at each number of streams, one after the other, and batch requests one at a time; keep it as the latest.

    Args:
        streams: how many at once.
        values: how many streams of each level, and requests, to measure at least, as far as time allows.
        limits: of validity; `None`: those of a config that says nothing.
        on_level: told of each level when it is done.
    """
    script, levels = KnownScript(), []
    truth = true_latencies(script)
    with emulated({"default": script.entry()}) as bench:
        batch = measure_batch(bench, truth, values)
        for number in streams:
            levels.append(measure_level(bench, truth, number, values, limits or ValiditySpec()))
            on_level(levels[-1])
    calibration = Calibration(
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        earwitness=__version__,
        python=platform.python_version(),
        machine=machine.describe(),
        metrics=metric_versions(),
        chunk_bytes=CHUNK_BYTES,
        batch=batch,
        levels=tuple(levels),
    )
    keep(calibration)
    return calibration


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """What is measured with: the plan of one recording in both modes, and the emulator that answers it."""

    plan: Plan
    engines: Mapping[str, Engine]
    folder: Path
    """Of the recording and the runs."""

    def run(self, mode: Mode, number: int, at_once: int, arrivals: Arrivals) -> RunFolder:
        """The recording `number` times, as `arrivals` says; where the results then lie."""
        base = next(trial for trial in self.plan.trials if trial.mode == mode)
        trials = tuple(replace(base, id=_trial_id(n), repeat=n) for n in range(number))
        config = self.plan.config
        config = config.model_copy(update={"stream": config.stream.model_copy(update={"concurrency": at_once})})
        folder = RunFolder(self.folder / f"{mode}-{at_once}")
        plan = replace(self.plan, config=config, trials=trials)
        Processes().run(Work(plan=plan, trials=trials, engines=self.engines, folder=folder, arrivals=arrivals))
        return folder

    @property
    def utterance(self) -> Utterance:
        (known,) = self.plan.utterances.values()
        return known


@contextmanager
def emulated(script: Mapping[str, Any]) -> Iterator[Rig]:
    """An emulator in a process of its own that recites a script file's content, and all a run against it needs."""
    with tempfile.TemporaryDirectory() as name:
        plan = _plan(Path(name), script)
        with open_engines(plan, {"emulator": {}}) as engines:
            yield Rig(plan=plan, engines=engines, folder=Path(name))


def _plan(folder: Path, script: Mapping[str, Any]) -> Plan:
    recording, recited, manifest = folder / "known.wav", folder / "script.yaml", folder / "manifest.jsonl"
    noise = np.random.default_rng(0).normal(0, 0.05, round(DURATION_S * RATE_HZ)).astype(np.float32)
    write_wav(recording, Audio(noise, RATE_HZ))
    recited.write_text(json.dumps(script), encoding="utf-8")
    header = Header(name="calibration", licence="CC0-1.0", source="made here", synthetic=True)
    write_manifest(manifest, header, [utterance(recording.name, sha256_file(recording))])
    config = RunConfig.model_validate(
        {
            "name": "calibration",
            "corpora": [str(manifest)],
            "engines": [
                {
                    "id": "emulator",
                    "engine": "pulse",
                    "settings": {"language": "en", "chunk_bytes": CHUNK_BYTES},
                    "emulate": {"recognizer": f"script:{recited}"},
                }
            ],
            "batch": {"concurrency": 1},
            "stream": {"connect_timeout_s": 60.0},
            "retry": {"attempts": 1},
        }
    )
    return resolve(config, {str(manifest): load_manifest(manifest)}, where="calibration")


def measure_batch(bench: Rig, truth: Mapping[str, float], number: int) -> MetricError | None:
    """Requests one at a time; `None`: none was answered."""
    results = bench.run("batch", number, 1, Arrivals(stop_s=math.inf)).results()
    return errors_of(bench.utterance, results.values(), "batch", truth).get("batch_latency_s")


def measure_level(
    bench: Rig, truth: Mapping[str, float], streams: int, values: int, limits: ValiditySpec
) -> CalibratedLevel:
    """So many streams at once, in as many waves as `values` takes."""
    waves = min(_MOST_WAVES, math.ceil(values / streams))
    folder = bench.run("stream", waves * streams, streams, arrivals_of(waves, streams))
    results = list(folder.results().values())
    errors = errors_of(bench.utterance, results, "stream", truth)
    verdict = judge(limits, results, folder.looks())
    failures = [result.outcome for result in results if isinstance(result.outcome, Failure)]
    reasons = [*verdict.reasons]
    if failures:
        reasons.append(f"{len(failures)} of {len(results)} streams failed: {failures[0].message}")
    final = errors.get("final_latency_s")
    if final is not None and final.p99_s > _MAX_ERROR_S:
        reasons.append(f"error of final latency, p99: expected at most {_MAX_ERROR_S:g} s, got {final.p99_s:.3f} s")
    return CalibratedLevel(
        streams=streams,
        failed=len(failures),
        valid=not reasons,
        reasons=tuple(reasons),
        send_lag_p99_s=verdict.seen.send_lag_p99_s,
        errors=errors,
    )


def arrivals_of(waves: int, streams: int) -> Arrivals:
    """The streams of a wave begin spread over one chunk, and connect when those of the wave before are over."""
    connecting_s = _PAUSE_S + streams * _CONNECT_S
    every_s = connecting_s + CHUNK_S + DURATION_S + _PAUSE_S
    due_s = {
        _trial_id(wave * streams + n): wave * every_s + CHUNK_S * n / streams
        for wave in range(waves)
        for n in range(streams)
    }
    return Arrivals(due_s=due_s, connect_ahead_s=connecting_s)


def _trial_id(number: int) -> str:
    return f"{number:06d}"


def errors_of(
    known: Utterance, results: Iterable[Result], mode: Mode, truth: Mapping[str, float]
) -> dict[str, MetricError]:
    """Of each metric that the mode has, over the answers of the recording."""
    errors_s: dict[str, list[float]] = {name: [] for name in truth}
    for result in results:
        if isinstance(result.outcome, Transcript):
            values, _ = trial_metrics(known, result.outcome, mode, {})
            for name, true in truth.items():
                measured = values[name]
                if measured is not None:
                    errors_s[name].append(measured - true)
    return {name: _error(errors) for name, errors in errors_s.items() if errors}


def _error(errors: Sequence[float]) -> MetricError:
    sizes = sorted(abs(error) for error in errors)
    p50, p95, p99 = (sizes[nearest_rank(len(sizes), level)] for level in (0.5, 0.95, 0.99))
    return MetricError(bias_s=sum(errors) / len(errors), p50_s=p50, p95_s=p95, p99_s=p99, n=len(errors))
