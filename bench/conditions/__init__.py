"""Conditions: what happens to the audio, and to the request, before it is sent."""

from bench.registry import Registry

STEPS = Registry(
    "condition_step",
    {
        "noise": "bench.conditions.noise:noise",
        "gain": "bench.conditions.level:gain",
        "resample": "bench.conditions.rate:resample",
        "g711": "bench.conditions.codec:g711",
        "g722": "bench.conditions.codec:g722",
        "g726": "bench.conditions.codec:g726",
        "amr_nb": "bench.conditions.codec:amr_nb",
        "opus": "bench.conditions.codec:opus",
        "mp3": "bench.conditions.codec:mp3",
        "aac": "bench.conditions.codec:aac",
    },
)
