"""Checks of one recording against what its manifest line says: digest, rate, length, clipping, silence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np

from bench import audio
from bench.errors import AudioError
from bench.types import Utterance

_FULL_SCALE = 0.999
_CLIPPED_FRACTION = 0.001
_SILENT_DBFS = -60.0
_FRAME_S = 0.1

Check = tuple[Literal["error", "warning"], str, str]


def check_recording(path: Path, utterance: Utterance) -> Iterator[Check]:
    """(severity, code, message) of everything wrong with a recording."""
    try:
        info = audio.probe(path)
        recording = audio.read(path)
    except AudioError as error:
        yield "error", "audio-unreadable", str(error)
        return
    if audio.sha256_file(path) != utterance.sha256:
        yield "error", "audio-changed", f"{path}: the file is not the one the manifest was made of (sha256 differs)"
    stated, measured = (utterance.sample_rate_hz, utterance.num_samples), (info.sample_rate_hz, info.num_samples)
    if stated != measured:
        yield "error", "audio-length", f"expected {_length(*stated)}, got {_length(*measured)}"
    if info.doubt:
        yield "warning", "audio-odd", f"{path}: {info.doubt}"
    yield from _level_checks(recording)


def _length(rate_hz: int, samples: int) -> str:
    return f"{samples} samples at {rate_hz} Hz ({samples / rate_hz:.3f} s)"


def _level_checks(recording: audio.Audio) -> Iterator[Check]:
    samples = recording.samples
    clipped = float(np.mean(np.abs(samples) >= _FULL_SCALE))
    if clipped > _CLIPPED_FRACTION:
        yield "warning", "clipping", f"{clipped:.2%} of samples at full scale"
    loudest = loudest_dbfs(recording)
    if loudest < _SILENT_DBFS:
        yield "warning", "silence", f"the loudest {_FRAME_S} s has {loudest:.0f} dBFS: nothing to hear"


def loudest_dbfs(recording: audio.Audio) -> float:
    """RMS level of the loudest frame of 0.1 s, in dB relative to full scale."""
    size = max(1, min(round(_FRAME_S * recording.sample_rate_hz), len(recording.samples)))
    usable = len(recording.samples) // size * size
    frames = recording.samples[:usable].reshape(-1, size)
    power = float(np.max(np.mean(np.square(frames, dtype=np.float64), axis=1)))
    return 10.0 * float(np.log10(power + 1e-12))
