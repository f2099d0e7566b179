"""Every metric of a single trial: latency and stability, from one event log. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bench.scoring.text.normalize.alternatives import first_variants
from bench.scoring.timing.latency import METRICS as LATENCY
from bench.scoring.timing.log import Log
from bench.scoring.timing.metric import MetricTable, Values, evaluate
from bench.scoring.timing.stability import METRICS as STABILITY
from bench.types import Mode, Transcript, Utterance

METRICS = MetricTable({**LATENCY, **STABILITY})
HEADLINE_LATENCY: Mapping[Mode, str] = {"batch": "batch_latency_s", "stream": "final_latency_s"}
"""The one latency that stands for a mode, wherever there is room for one: round trip, or final after end of speech."""


def trial_log(utterance: Utterance, transcript: Transcript, mode: Mode, dose: Mapping[str, float]) -> Log:
    """The log as metrics read it, with the first of several accepted variants as what was said.

    `dose`: what the condition did; where it stretched the audio or put silence before it, the anchors move along.
    """
    text = first_variants(utterance.text)
    return Log(
        utterance=utterance if text == utterance.text else replace(utterance, text=text),
        transcript=transcript,
        mode=mode,
        offset_s=dose.get("speech_offset_s", 0.0),
        scale=dose.get("time_scale", 1.0),
    )


def trial_metrics(utterance: Utterance, transcript: Transcript, mode: Mode, dose: Mapping[str, float]) -> Values:
    """Values by name, and why those that are `None` are. `dose`: as for `trial_log`."""
    return evaluate(METRICS, trial_log(utterance, transcript, mode, dose))
