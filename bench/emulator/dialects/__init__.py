"""Other vendors' protocols over the same scripts, recognisers and faults; each module serves one.

Written from the vendors' own clients and documents, and not from the descriptions of `engines.dialect`, so that each
can find the other wrong. What every stream has in common is in `talk`, what every batch has in `calls`.
"""

from bench.registry import Registry

DIALECTS = Registry(
    "dialect",
    {
        "assemblyai": "bench.emulator.dialects.assemblyai:routes",
        "cartesia": "bench.emulator.dialects.cartesia:routes",
        "deepgram": "bench.emulator.dialects.deepgram:routes",
        "deepgram_flux": "bench.emulator.dialects.deepgram_flux:routes",
        "elevenlabs": "bench.emulator.dialects.elevenlabs:routes",
        "gladia": "bench.emulator.dialects.gladia:routes",
        "openai": "bench.emulator.dialects.openai:routes",
        "pulse": "bench.emulator.server:pulse_routes",
        "soniox": "bench.emulator.dialects.soniox:routes",
        "speechmatics": "bench.emulator.dialects.speechmatics:routes",
    },
)
