"""Engines: pure vendor adapters, written by hand or described as data, and local recognisers."""

from bench.registry import Registry

_VENDORS = "bench.engines.dialect.vendors"

ENGINES = Registry(
    "engine",
    {
        "replay": "bench.engines.replay:Replay",
        "pulse": "bench.engines.pulse.adapter:PulseEngine",
        "moonshine": "bench.engines.moonshine:MoonshineEngine",
        "pocketsphinx": "bench.engines.pocketsphinx:PocketSphinxEngine",
        "whisper": "bench.engines.whisper:WhisperEngine",
        "assemblyai": f"{_VENDORS}:assemblyai",
        "assemblyai_sync": f"{_VENDORS}:assemblyai_sync",
        "cartesia": f"{_VENDORS}:cartesia",
        "deepgram": f"{_VENDORS}:deepgram",
        "elevenlabs": f"{_VENDORS}:elevenlabs",
        "gladia": f"{_VENDORS}:gladia",
        "openai": f"{_VENDORS}:openai",
        "openai_compatible": f"{_VENDORS}:openai_compatible",
        "soniox": f"{_VENDORS}:soniox",
        "speechmatics": f"{_VENDORS}:speechmatics",
        "imported": "bench.engines.imported:ImportedEngine",
        "azure": f"{_VENDORS}:azure",
        "azure_short": f"{_VENDORS}:azure_short",
        "cartesia_turns": f"{_VENDORS}:cartesia_turns",
        "deepgram_flux": f"{_VENDORS}:deepgram_flux",
        "google": f"{_VENDORS}:google",
        "mistral": f"{_VENDORS}:mistral",
        "revai": f"{_VENDORS}:revai",
        "sarvam": f"{_VENDORS}:sarvam",
        "sherpa_server": f"{_VENDORS}:sherpa_server",
        "vllm_realtime": f"{_VENDORS}:vllm_realtime",
        "vosk_server": f"{_VENDORS}:vosk_server",
        "whisper_cpp": f"{_VENDORS}:whisper_cpp",
        "vosk": "bench.engines.vosk:VoskEngine",
        "sherpa_onnx": "bench.engines.sherpa_onnx:SherpaOnnxEngine",
        "silence": "bench.engines.silence:SilenceEngine",
        "http": f"{_VENDORS}:http",
        "websocket": f"{_VENDORS}:websocket",
    },
)


def is_local_engine(name: str) -> bool:
    """Whether an engine is a recogniser on this machine.

    Raises:
        UnknownNameError: if there is no such engine.
    """
    return hasattr(ENGINES.load(name), "transcribe")
