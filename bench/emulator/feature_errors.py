"""Errors on purpose in what a script says beyond words, at known rates, so that the truth of a measure is known. Pure.

As word errors are: the same at the same place, batch or stream, partial or final.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pydantic import Field

from bench.config import SpecModel
from bench.types import Word


class FeatureErrors(SpecModel):
    """What is got wrong. Rates are shares of what there is to get wrong."""

    swapped_speakers_rate: float = Field(default=0.0, ge=0, le=1)
    """Of words that get the speaker of the other: the next in order of their names."""
    merged_speakers: bool = False
    """Every word gets the first speaker."""
    word_shift_s: float = Field(default=0.0, ge=-10, le=10)
    """Added to all word times."""
    wrong_labels_rate: float = Field(default=0.0, ge=0, le=1)
    """Of labels (emotion, gender, age, language) that are another one's."""
    absent_labels_rate: float = Field(default=0.0, ge=0, le=1)
    """Of labels that are left out; struck first."""
    leak_rate: float = Field(default=0.0, ge=0, le=1)
    """Of private passages that redaction lets through."""
    seed: int = 0


OTHER_LABEL: Mapping[str, tuple[str, ...]] = {
    "emotion": ("happy", "sad", "angry", "neutral"),
    "gender": ("female", "male"),
    "age": ("25", "45", "65"),
    "language": ("en", "hi", "es"),
}
"""What a wrong label is taken from."""


def misattributed(words: Sequence[Word], errors: FeatureErrors) -> tuple[Word, ...]:
    """The words with the wrong speakers and times that were ordered."""
    names = sorted({word.speaker for word in words if word.speaker is not None})
    made = []
    for index, word in enumerate(words):
        speaker = word.speaker
        if speaker is not None and errors.merged_speakers:
            speaker = names[0]
        elif speaker is not None and _struck(errors.swapped_speakers_rate, errors.seed, index, word.text):
            speaker = names[(names.index(speaker) + 1) % len(names)]
        made.append(
            replace(
                word,
                speaker=speaker,
                start_s=_shifted(word.start_s, errors.word_shift_s),
                end_s=_shifted(word.end_s, errors.word_shift_s),
            )
        )
    return tuple(made)


def _shifted(at_s: float | None, by_s: float) -> float | None:
    return None if at_s is None else max(0.0, at_s + by_s)


def mislabelled(labels: Mapping[str, str], errors: FeatureErrors, text: str) -> dict[str, str]:
    """The labels with those left out or exchanged that were ordered; `text` tells one recording from another."""
    made = {}
    for kind, label in labels.items():
        if _struck(errors.absent_labels_rate, errors.seed, -1, f"{kind} {text}"):
            continue
        wrong = _struck(errors.wrong_labels_rate, errors.seed, -2, f"{kind} {text}")
        made[kind] = next(other for other in OTHER_LABEL[kind] if other != label) if wrong else label
    return made


def is_let_through(passage: str, errors: FeatureErrors) -> bool:
    """Whether redaction misses a private passage."""
    return _struck(errors.leak_rate, errors.seed, -3, passage)


def _struck(rate: float, seed: int, index: int, text: str) -> bool:
    digest = hashlib.sha256(f"{seed}:{index}:{text}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64 < rate
