"""Described engines called for real: a clip, an emulator in a thread, and the drivers."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import numpy as np

from bench.audio import Audio
from bench.conditions.wire import encode
from bench.drivers import http, websocket
from bench.engines import ENGINES
from bench.engines.secrets import Secret
from bench.types import Call, Failure, Mode, RequestSpec, Transcript
from tests.emulator.running import HANGS_S

KEY = "key-of-the-emulator-0123456789"
TEXT = "The quick brown fox jumps over the lazy dog, while twelve small birds sing."
BATCH = ("assemblyai", "cartesia", "deepgram", "elevenlabs", "gladia", "openai", "soniox", "speechmatics")
STREAM = tuple(sorted((*BATCH, "deepgram_flux")))
SPEED = 4.0
_RATES = {"openai": 24_000}


def call_of(mode: Mode, rate: int = 16_000, seconds: float = 1.6, **more: Any) -> Call:
    """Noise where a script has speech."""
    samples = np.random.default_rng(1).normal(0, 0.1, int(seconds * rate)).astype(np.float32)
    return call_of_audio(Audio(samples, rate), mode, **more)


def call_of_audio(audio: Audio, mode: Mode, **more: Any) -> Call:
    return replace(encode(audio, RequestSpec(), mode, "en"), **more)


def engine_of(name: str, base_url: str, key: str = KEY, **settings: Any) -> Any:
    factory = ENGINES.load(name)
    checked = factory.Settings.model_validate({"base_url": base_url, "poll_every_s": 0.02, **settings})
    return factory.create(checked, dict.fromkeys(factory.secret_names(checked), Secret(key)))


def transcribe(
    name: str, base_url: str, *, key: str = KEY, call: Call | None = None, timeout_s: float = HANGS_S, **settings: Any
):
    async def run() -> Transcript | Failure:
        async with http.new_client(timeout_s=timeout_s, max_connections=4) as client:
            return await http.transcribe(
                client, engine_of(name, base_url, key, **settings).batch, call or call_of("batch")
            )

    return asyncio.run(run())


def stream(name: str, base_url: str, *, key: str = KEY, call: Call | None = None, **settings: Any):
    engine = engine_of(name, base_url, key, **{"end_deadline_s": HANGS_S, **settings})
    call = call or call_of("stream", _RATES.get(name, 16_000))
    return asyncio.run(websocket.stream(engine.stream, call, speed=SPEED))
