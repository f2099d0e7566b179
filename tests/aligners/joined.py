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
def spoken(text: str) -> Audio:
    """One word without the silence around it."""
    (whole,) = synthesise([text], "en-us")
    frame = whole.sample_rate_hz // 100
    frames = whole.samples[: len(whole.samples) // frame * frame].reshape(-1, frame)
    power = 10 * np.log10(np.mean(np.square(frames, dtype=np.float64), axis=1) + 1e-12)
    audible = np.flatnonzero(power > power.max() + _AUDIBLE_DB)
    return Audio(whole.samples[audible[0] * frame : (audible[-1] + 1) * frame], whole.sample_rate_hz)


def joined(words: tuple[str, ...], seed: int = 0) -> tuple[Audio, tuple[Word, ...]]:
    """The words with 0.1 to 0.4 s of silence between, and the truth."""
    rng = np.random.default_rng(seed)
    rate = spoken(words[0]).sample_rate_hz
    pieces = [np.zeros(round(0.3 * rate), dtype=np.float32)]
    at, truth = len(pieces[0]), []
    for word in words:
        sound = spoken(word).samples
        pause = np.zeros(round(rng.uniform(0.1, 0.4) * rate), dtype=np.float32)
        truth.append(Word(text=word, start_s=at / rate, end_s=(at + len(sound)) / rate))
        pieces += [sound, pause]
        at += len(sound) + len(pause)
    pieces.append(np.zeros(round(0.3 * rate), dtype=np.float32))
    return Audio(np.concatenate(pieces), rate), tuple(truth)
