"""What the emulator recites to every client, and the clip it is recited for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

TEXT = "the quick brown fox jumps over the lazy dog while twelve small birds sing"
KEY = "sk_interop_0123456789"
RATE = 16_000


@dataclass(frozen=True)
class Clip:
    """Noise where the script has speech, silence around it."""

    pcm: bytes
    wav: bytes
    wav_path: Path
    pcm_path: Path
