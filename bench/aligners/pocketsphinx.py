"""Forced alignment by PocketSphinx (US English): the reference is laid over the audio, so recognition plays no part.

A word outside its dictionary is sounded out letter by letter, so that the audio it takes is taken from no
other word; that word itself is given no time. How exact this is: docs/latency.md.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cached_property
from importlib.metadata import version
from importlib.util import find_spec
from itertools import chain
from typing import Any

import numpy as np

from bench.aligners.base import Span
from bench.audio import Audio, Samples, resample, to_pcm16
from bench.config import SpecModel
from bench.errors import MissingExtraError

_MODEL_HZ = 16_000
_FRAME_S = 0.01
_NOISE_FLOOR = 4e-4
"""RMS of white noise put under every recording (-68 dBFS): in digital silence the search loses its way."""
_SOUNDED_OUT = "@"
"""Begins the dictionary entries that are ours."""
_SOUNDS = {
    "ch": "CH", "ck": "K", "ee": "IY", "ea": "IY", "er": "ER", "igh": "AY", "ng": "NG", "oo": "UW", "ou": "AW",
    "ow": "OW", "oy": "OY", "oi": "OY", "ph": "F", "qu": "K W", "sh": "SH", "th": "TH", "ai": "EY", "ay": "EY",
    "a": "AE", "b": "B", "c": "K", "d": "D", "e": "EH", "f": "F", "g": "G", "h": "HH", "i": "IH", "j": "JH", "k": "K",
    "l": "L", "m": "M", "n": "N", "o": "AA", "p": "P", "q": "K", "r": "R", "s": "S", "t": "T", "u": "AH", "v": "V",
    "w": "W", "x": "K S", "y": "IY", "z": "Z",
    "0": "Z IH R OW", "1": "W AH N", "2": "T UW", "3": "TH R IY", "4": "F AO R", "5": "F AY V", "6": "S IH K S",
    "7": "S EH V AH N", "8": "EY T", "9": "N AY N",
}  # fmt: skip
"""Letters to phones of the model, longest first match: near enough to take up the word's audio."""
_LETTERS = re.compile("|".join(sorted(_SOUNDS, key=len, reverse=True)))
_PARTS = re.compile(r"[a-z0-9]+(?:'[a-z]+)*")


class PocketSphinxAlignerSettings(SpecModel):
    """The aligner `pocketsphinx` has no settings."""


class PocketSphinxAligner:
    """Forced alignment: the reference is laid over the audio; one decoder, for one recording at a time."""

    Settings = PocketSphinxAlignerSettings
    languages: tuple[str, ...] | None = ("en",)

    def __init__(self) -> None:
        if find_spec("pocketsphinx") is None:
            raise MissingExtraError("pocketsphinx", "pocketsphinx")
        self.id = f"pocketsphinx@{version('pocketsphinx')} en-us"

    @classmethod
    def create(cls, settings: PocketSphinxAlignerSettings) -> PocketSphinxAligner:
        return cls()

    @cached_property
    def _decoder(self) -> Any:
        from pocketsphinx import Decoder

        # Its beams are left as they are: where they lose the path, a wider one finds one that is not to be trusted.
        return Decoder(samprate=_MODEL_HZ, lm=None, loglevel="FATAL")

    def spans(
        self, samples: Samples, sample_rate_hz: int, words: Sequence[str], language: str
    ) -> Sequence[Span | None]:
        entries = [[self._entry(part) for part in parts_of(word)] for word in words]
        aligned = self._align(samples, sample_rate_hz, list(chain(*entries))) if all(entries) else []
        if not aligned:
            return [None] * len(words)
        heard = iter(aligned)
        taken = [[next(heard) for _ in parts] for parts in entries]
        return [
            None if any(part.startswith(_SOUNDED_OUT) for part in parts) else (spans[0][0], spans[-1][1])
            for parts, spans in zip(entries, taken, strict=True)
        ]

    def _entry(self, part: str) -> str:
        """The dictionary's name for a word; made up if it has none."""
        if self._decoder.lookup_word(part) is not None:
            return part
        entry = _SOUNDED_OUT + part
        if self._decoder.lookup_word(entry) is None:
            self._decoder.add_word(entry, " ".join(_SOUNDS[letters] for letters in _LETTERS.findall(part)))
        return entry

    def _align(self, samples: Samples, sample_rate_hz: int, entries: list[str]) -> list[Span]:
        """Begin and end of each entry; empty: the audio does not fit the text."""
        clean = resample(Audio(samples, sample_rate_hz), _MODEL_HZ).samples
        noisy = clean + np.random.default_rng(0).normal(0.0, _NOISE_FLOOR, len(clean)).astype(np.float32)
        decoder = self._decoder
        decoder.reinit_feat()  # else the cepstral mean of the last speaker leaks into this recording
        decoder.set_align_text(" ".join(entries))
        decoder.start_utt()
        try:
            decoder.process_raw(to_pcm16(noisy), full_utt=True)
        finally:
            decoder.end_utt()
        if decoder.hyp() is None:
            return []
        spoken = [segment for segment in decoder.seg() if not segment.word.startswith(("<", "["))]
        if [segment.word.partition("(")[0] for segment in spoken] != entries:
            return []
        return [(segment.start_frame * _FRAME_S, (segment.end_frame + 1) * _FRAME_S) for segment in spoken]


def parts_of(word: str) -> list[str]:
    """What a written word is spoken as, in the dictionary's spelling; empty: nothing in it has a sound here."""
    plain = unicodedata.normalize("NFKD", word.replace("’", "'")).casefold()
    bare = "".join(char for char in plain if not unicodedata.combining(char))
    foreign = any(char.isalpha() and not char.isascii() for char in bare)
    return [] if foreign else _PARTS.findall(bare)
