"""Every metric of a single trial: latency and stability, from one event log. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from bench.scoring.latency import METRICS as LATENCY
from bench.scoring.latency import latency_metrics
from bench.scoring.metric import MetricTable, Values
from bench.scoring.stability import METRICS as STABILITY
from bench.scoring.stability import stability_metrics
from bench.types import Mode, Transcript, Utterance

METRICS = MetricTable({**LATENCY, **STABILITY})


def trial_metrics(utterance: Utterance, transcript: Transcript, mode: Mode, dose: Mapping[str, float]) -> Values:
    """Values by name, and why those that are `None` are.

    `dose`: what the condition did; where it stretched the audio or put silence before it, the anchors move along.
    """
    offset_s, scale = dose.get("speech_offset_s", 0.0), dose.get("time_scale", 1.0)
    latency, no_latency = latency_metrics(utterance, transcript, mode, offset_s=offset_s, scale=scale)
    stability, no_stability = stability_metrics(utterance, transcript, mode, offset_s=offset_s, scale=scale)
    return {**latency, **stability}, {**no_latency, **no_stability}
