"""Synthesised words, one by one, joined with silence between them: where each ends is known to the sample."""

from __future__ import annotations

from functools import cache

import numpy as np

from bench.audio import Audio
from bench.corpora.synthesis import synthesise
from bench.types import Word

WORDS = ("morning", "seven", "people", "water", "market", "summer", "doctor", "garden")
_AUDIBLE_DB = -35.0
"""Below the loudest 10 ms: where a word's sound is taken to begin and end."""


@cache
def spoken(words: tuple[str, ...], voice: str) -> tuple[Audio, ...]:
    """Each word without the silence around it."""
    return tuple(map(_trimmed, synthesise(words, voice)))


def _trimmed(whole: Audio) -> Audio:
    frame = whole.sample_rate_hz // 100
    frames = whole.samples[: len(whole.samples) // frame * frame].reshape(-1, frame)
    power = 10 * np.log10(np.mean(np.square(frames, dtype=np.float64), axis=1) + 1e-12)
    audible = np.flatnonzero(power > power.max() + _AUDIBLE_DB)
    return Audio(whole.samples[audible[0] * frame : (audible[-1] + 1) * frame], whole.sample_rate_hz)


def joined(
    words: tuple[str, ...], seed: int = 0, *, voice: str = "en-us", pauses_s: tuple[float, float] = (0.1, 0.4)
) -> tuple[Audio, tuple[Word, ...]]:
    """The words with silence between, of lengths drawn from a range, and the truth."""
    rng = np.random.default_rng(seed)
    sounds = spoken(words, voice)
    rate = sounds[0].sample_rate_hz
    pieces = [np.zeros(round(0.3 * rate), dtype=np.float32)]
    at, truth = len(pieces[0]), []
    for word, sound in zip(words, sounds, strict=True):
        pause = np.zeros(round(rng.uniform(*pauses_s) * rate), dtype=np.float32)
        truth.append(Word(text=word, start_s=at / rate, end_s=(at + len(sound.samples)) / rate))
        pieces += [sound.samples, pause]
        at += len(sound.samples) + len(pause)
    pieces.append(np.zeros(round(0.3 * rate), dtype=np.float32))
    return Audio(np.concatenate(pieces), rate), tuple(truth)
