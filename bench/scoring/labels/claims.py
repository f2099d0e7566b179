"""What answers claim about speakers and speech, and how a claim is compared: emotion, gender, age, language. Pure.

A class is compared by the name that vendors' spellings stand for; ages by decades, since neither references nor
vendors share their edges.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bench.scoring.labels.language_codes import language_code
from bench.types import JsonValue, Params

ABSENT = "(none)"
"""The class of an answer that claims none."""
_BETWEEN = ">"
"""Stands between what is true and what is claimed in the names of tallies, and so in no label."""
_MOST_DIGITS = 4
"""Of a number of years, be it of a birth."""

_SAME = {
    "m": "male",
    "man": "male",
    "f": "female",
    "woman": "female",
    "happiness": "happy",
    "joy": "happy",
    "sadness": "sad",
    "anger": "angry",
    "fear": "fearful",
    "afraid": "fearful",
    "disgust": "disgusted",
    "surprise": "surprised",
}
"""What vendors and corpora call a class, by its name here."""
_DECADES = {"teens": 10, "twenties": 20, "thirties": 30, "forties": 40, "fourties": 40, "fifties": 50, "sixties": 60}
_DECADES |= {"seventies": 70, "eighties": 80, "nineties": 90, "child": 5, "young": 20, "adult": 40, "senior": 70}
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "emotion": ("emotion", "emotions"),
    "gender": ("gender",),
    "age": ("age",),
    "language": ("language", "languages", "detected_language"),
}
"""Where answers claim it, in `Recognised.extras`; first that holds something."""


class Claim(NamedTuple):
    """What an answer claims; `score`: 0 to 1, `None`: it gives none."""

    label: str
    score: float | None = None


def claim(kind: str, extras: Params) -> Claim | None:
    """The one label an answer gives; of scores by label the largest. `None`: it claims nothing of the kind."""
    for name in _FIELDS[kind]:
        try:
            made = _claim_of(extras.get(name))
        except OverflowError:  # an integer beyond all numbers that have a decimal point
            continue
        if made is not None:
            return Claim(canonical(kind, made.label), made.score)
    return None


def _claim_of(value: JsonValue) -> Claim | None:
    if isinstance(value, str):
        return Claim(value) if value.strip() else None
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return Claim(f"{value:g}")
    if isinstance(value, Mapping):
        return _of_mapping(value)
    if isinstance(value, Sequence) and value:
        return _claim_of(value[0])
    return None


def _of_mapping(value: Mapping[str, JsonValue]) -> Claim | None:
    """`{"label": "sad", "score": 0.9}`, or `{"sad": 0.9, "happy": 0.1}`."""
    if "label" in value:
        label, score = value["label"], value.get("score", value.get("confidence"))
        if not isinstance(label, str) or not label.strip():
            return None
        return Claim(label, float(score) if isinstance(score, int | float) else None)
    scores = {str(name): float(number) for name, number in value.items() if isinstance(number, int | float)}
    if not scores or max(scores.values()) <= 0:
        return None
    best = max(scores, key=lambda name: (scores[name], name))
    return Claim(best, scores[best])


def canonical(kind: str, label: str) -> str:
    """A label as it is compared: ages as the first year of their decade, languages by their code without a region."""
    text = label.strip().lower().replace(_BETWEEN, " ")
    if kind == "language":
        return language_code(text)
    return _decade(text) if kind == "age" else _SAME.get(text, text)


def _decade(text: str) -> str:
    if text in _DECADES:
        return f"{_DECADES[text] // 10 * 10:02d}"
    years = [float(number) for number in re.findall(r"\d+(?:\.\d+)?", text)][:2]
    mean = sum(years) / len(years) if years else math.inf
    return f"{int(mean) // 10 * 10:02d}" if math.isfinite(mean) else text


def is_decade(age: str) -> bool:
    """Whether an age as it is compared is a number of years, as far as any can be."""
    return age.isascii() and age.isdecimal() and len(age) <= _MOST_DIGITS


def claimed_languages(extras: Params) -> set[str]:
    """Every language that an answer names: where languages mix, engines list several."""
    languages = set()
    for name in _FIELDS["language"]:
        value = extras.get(name)
        listed = [value] if isinstance(value, str) else value if isinstance(value, Sequence) else ()
        languages |= {canonical("language", each) for each in listed if isinstance(each, str) and each}
    return languages
