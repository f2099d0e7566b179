"""A clip that a scripted emulator understands, and an examination of that emulator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bench.audio import Audio
from bench.doctor.clip import RATE_HZ, Clip
from bench.doctor.examination import Examination, choose, examine
from bench.doctor.finding import Finding
from bench.emulator.script import Script, ScriptRecognizer
from bench.engines.pulse.settings import PulseSettings
from bench.engines.secrets import Secret
from tests.emulator.running import HANGS_S, running

TEXT = "the quick brown fox jumps over the lazy dog while twelve birds sing"
KEY = "sk_doctor_4711"
SPEED = 8.0


def clip() -> Clip:
    """A buzz of many harmonics where speech is to be, silence around it."""
    t = np.arange(round(1.4 * RATE_HZ)) / RATE_HZ
    buzz = sum(np.sin(2 * np.pi * 140 * k * t) / k for k in range(1, 12))
    samples = np.where((t >= 0.2) & (t < 1.0), 0.2 * buzz, 0.0).astype(np.float32)
    return Clip(audio=Audio(samples, RATE_HZ), text=TEXT, language="en", name="buzz")


def script(**entry: Any) -> ScriptRecognizer:
    """Says the text when it has heard the buzz; `listens` is a key of the script, all others are of its entry."""
    listens = entry.pop("listens", True)
    default = {
        "text": TEXT,
        "speech_start_s": 0.2,
        "speech_end_s": 1.0,
        "first_partial_delay_s": 0.0,
        "partial_interval_s": 0.05,
        "final_delay_s": 0.02,
        "close_delay_s": 0.0,
        "finalize_delay_s": 0.0,
        **entry,
    }
    return ScriptRecognizer(Script.model_validate({"listens": listens, "default": default}))


def doctor(
    *only: str,
    recognizer: ScriptRecognizer | None = None,
    settings: dict[str, Any] | None = None,
    max_streams: int = 4,
    speed: float = SPEED,
    ping_s: float = 5.0,
    **emulator: Any,
) -> Sequence[Finding]:
    """Findings of these checks (none: all) of an emulator with these settings."""
    with running(recognizer or script(), api_key=KEY, **emulator) as url:
        return examined(url, *only, settings=settings, max_streams=max_streams, speed=speed, ping_s=ping_s)


def examined(
    url: str, *only: str, settings: dict[str, Any] | None, max_streams: int, speed: float, ping_s: float
) -> Sequence[Finding]:
    pulse = PulseSettings.model_validate({"base_url": url, "end_deadline_s": HANGS_S, **(settings or {})})
    examination = Examination(
        clip=clip(),
        settings=pulse,
        key=Secret(KEY),
        checks=choose(pulse, only, max_streams),
        max_streams=max_streams,
        at_once=6,
        speed=speed,
        ping_s=ping_s,
    )
    told: list[Finding] = []
    findings, used = examine(examination, told.append)
    assert tuple(told) == findings
    planned = examination.estimate
    assert used.audio_s <= planned.audio_s + 1e-6
    assert all(used.calls.get(mode, 0) <= planned.calls[mode] for mode in planned.calls)
    return findings
