"""Engines: pure vendor adapters, local recognisers, and the two drivers that own sockets and clock."""

from bench.registry import Registry

ENGINES = Registry(
    "engine",
    {
        "pulse": "bench.engines.pulse.adapter:PulseEngine",
        "moonshine": "bench.engines.moonshine:MoonshineEngine",
        "pocketsphinx": "bench.engines.pocketsphinx:PocketSphinxEngine",
        "whisper": "bench.engines.whisper:WhisperEngine",
    },
)
