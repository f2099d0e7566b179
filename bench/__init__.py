"""Earwitness: accuracy and latency of speech-to-text systems on your users' audio.

    run = bench.run("quickstart")
    run.estimates           # a pandas frame, as are trials, results, scores and events
    run.report()

Names are imported when they are first used, so that `import bench` costs next to nothing. See docs/api.md.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from bench.api import Changes, Figure, Judgement, Listener, Report, Run, open_run, plan, run
    from bench.audio import Audio
    from bench.conditions.chain import Conditioned, StepContext, step
    from bench.engines.base import (
        BatchAdapter,
        Close,
        Connect,
        EngineFactory,
        HttpRequest,
        HttpResponse,
        LocalEngine,
        LocalStream,
        RemoteEngine,
        StreamAdapter,
        StreamSession,
    )
    from bench.errors import (
        AudioError,
        BenchError,
        ConfigError,
        ExitCode,
        ManifestError,
        MissingExtraError,
        Problem,
        RunFolderError,
        StorageError,
        UnknownNameError,
        UsageError,
    )
    from bench.scoring.text.normalize import Normalizer, get_normalizer
    from bench.scoring.timing.log import Log, Unavailable
    from bench.scoring.timing.metric import Metric
    from bench.types import (
        Call,
        Cell,
        Cluster,
        Condition,
        Contrast,
        ErrorCounts,
        Estimate,
        Event,
        Failure,
        FailureKind,
        Interval,
        Pool,
        Recognised,
        RequestSpec,
        Result,
        Segment,
        Step,
        Sweep,
        Timing,
        Transcript,
        Trial,
        Utterance,
        Word,
    )

_HOMES = {
    "bench.api": "Changes Figure Judgement Listener Report Run open_run plan run",
    "bench.audio": "Audio",
    "bench.conditions.chain": "Conditioned StepContext step",
    "bench.engines.base": "BatchAdapter Close Connect EngineFactory HttpRequest HttpResponse LocalEngine "
    "LocalStream RemoteEngine StreamAdapter StreamSession",
    "bench.errors": "AudioError BenchError ConfigError ExitCode ManifestError MissingExtraError Problem RunFolderError "
    "StorageError UnknownNameError UsageError",
    "bench.scoring.text.normalize": "Normalizer get_normalizer",
    "bench.scoring.timing.log": "Log",
    "bench.scoring.timing.metric": "Metric Unavailable",
    "bench.types": "Call Cell Cluster Condition Contrast ErrorCounts Estimate Event Failure FailureKind Interval "
    "Pool Recognised RequestSpec Result Segment "
    "Step Sweep Timing Transcript Trial Utterance Word",
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names.split()}

__all__ = [
    "Audio",
    "AudioError",
    "BatchAdapter",
    "BenchError",
    "Call",
    "Cell",
    "Changes",
    "Close",
    "Cluster",
    "Condition",
    "Conditioned",
    "ConfigError",
    "Connect",
    "Contrast",
    "EngineFactory",
    "ErrorCounts",
    "Estimate",
    "Event",
    "ExitCode",
    "Failure",
    "FailureKind",
    "Figure",
    "HttpRequest",
    "HttpResponse",
    "Interval",
    "Judgement",
    "Listener",
    "LocalEngine",
    "LocalStream",
    "Log",
    "ManifestError",
    "Metric",
    "MissingExtraError",
    "Normalizer",
    "Pool",
    "Problem",
    "Recognised",
    "RemoteEngine",
    "Report",
    "RequestSpec",
    "Result",
    "Run",
    "RunFolderError",
    "Segment",
    "Step",
    "StepContext",
    "StorageError",
    "StreamAdapter",
    "StreamSession",
    "Sweep",
    "Timing",
    "Transcript",
    "Trial",
    "Unavailable",
    "UnknownNameError",
    "UsageError",
    "Utterance",
    "Word",
    "__version__",
    "get_normalizer",
    "open_run",
    "plan",
    "run",
    "step",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'bench' has no attribute {name!r}")
    value = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
