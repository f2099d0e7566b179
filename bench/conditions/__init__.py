"""Conditions: what happens to the audio, and to the request, before it is sent."""

from bench.registry import Registry

STEPS = Registry(
    "condition_step",
    {
        "noise": "bench.conditions.noise:noise",
        "gain": "bench.conditions.level:gain",
        "resample": "bench.conditions.rate:resample",
    },
)
