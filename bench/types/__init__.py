"""Value types shared by every part: frozen, slotted, keyword-only dataclasses.

Standard library only. All times are float seconds with the suffix `_s`; within a trial their zero is the start
of the audio's live clock, when a microphone would have had the first sample (batch: the request was started).
Rates are made from counts at the very end, so only counts have `+`.
"""

from bench.types.basic import JsonValue, Mode, Params
from bench.types.estimate import EDITS, Cell, Cluster, Contrast, ErrorCounts, Estimate, Interval, Pool, Scope, Sweep
from bench.types.result import Event, Failure, FailureKind, MachineLook, Recognised, Result, Span, Timing, Transcript
from bench.types.trial import Call, Condition, RequestSpec, Step, Trial
from bench.types.utterance import Passage, Reference, Segment, Utterance, Word

__all__ = [
    "EDITS",
    "Call",
    "Cell",
    "Cluster",
    "Condition",
    "Contrast",
    "ErrorCounts",
    "Estimate",
    "Event",
    "Failure",
    "FailureKind",
    "Interval",
    "JsonValue",
    "MachineLook",
    "Mode",
    "Params",
    "Passage",
    "Pool",
    "Recognised",
    "Reference",
    "RequestSpec",
    "Result",
    "Scope",
    "Segment",
    "Span",
    "Step",
    "Sweep",
    "Timing",
    "Transcript",
    "Trial",
    "Utterance",
    "Word",
]
