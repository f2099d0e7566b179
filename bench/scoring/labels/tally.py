"""Claims about speakers and speech, tallied of one answer: emotion, gender, age, language. Pure.

Truth is in the manifest's `labels`. No claim is an answer of its own (`ABSENT`), counted as wrong. A class is
compared by the name that vendors' spellings stand for; ages by decades, since neither references nor vendors share
their edges.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.scoring.labels.classification import ABSENT
from bench.scoring.tally import Heard, Reasons, Tallied, Tallies, quotient, rate, share
from bench.types import JsonValue, Params

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
_SHORT_S, _LONG_S = 2.0, 5.0


class Claim(NamedTuple):
    """What an answer claims; `score`: 0 to 1, `None`: it gives none."""

    label: str
    score: float | None = None


def claim(kind: str, extras: Params) -> Claim | None:
    """The one label an answer gives; of scores by label the largest. `None`: it claims nothing of the kind."""
    for name in _FIELDS[kind]:
        made = _claim_of(extras.get(name))
        if made is not None:
            return Claim(canonical(kind, made.label), made.score)
    return None


def _claim_of(value: JsonValue) -> Claim | None:
    if isinstance(value, str) and value:
        return Claim(value)
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
    label = value.get("label")
    if isinstance(label, str):
        score = value.get("score", value.get("confidence"))
        return Claim(label, float(score) if isinstance(score, int | float) else None)
    scores = {str(name): float(number) for name, number in value.items() if isinstance(number, int | float)}
    if not scores or max(scores.values()) <= 0:
        return None
    best = max(scores, key=lambda name: (scores[name], name))
    return Claim(best, scores[best])


def canonical(kind: str, label: str) -> str:
    """A label as it is compared: ages as the first year of their decade, languages without their region."""
    text = label.strip().lower()
    if kind == "language":
        return text.replace("_", "-").split("-")[0]
    return _decade(text) if kind == "age" else _SAME.get(text, text)


def _decade(text: str) -> str:
    if text in _DECADES:
        return f"{_DECADES[text] // 10 * 10:02d}"
    years = [float(number) for number in re.findall(r"\d+(?:\.\d+)?", text)][:2]
    return f"{int(sum(years) / len(years)) // 10 * 10:02d}" if years else text


def tally(heard: Heard, tallies: Tallies, reasons: Reasons) -> None:
    """One claim of each kind that the reference is labelled with."""
    extras = heard.transcript.recognised.extras
    for kind, true in heard.utterance.labels.items():
        made = claim(kind, extras)
        label = ABSENT if made is None else made.label
        right = float(canonical(kind, true) == label)
        tallies[f"{kind}:{canonical(kind, true)}>{label}"] = 1.0
        tallies[f"{kind}.answers"], tallies[f"{kind}.right"] = 1.0, right
        tallies[f"{kind}.claimed"] = float(made is not None)
        if made is not None and made.score is not None:
            tallies[f"{kind}.score"] = made.score
        if kind == "age" and made is not None:
            _tally_age(canonical(kind, true), label, tallies)
        if kind == "language":
            length_s = heard.utterance.duration_s
            part = "short" if length_s < _SHORT_S else "medium" if length_s < _LONG_S else "long"
            tallies[f"language.{part}"], tallies[f"language.{part}.right"] = 1.0, right


def _tally_age(true: str, label: str, tallies: Tallies) -> None:
    if not (true.isdigit() and label.isdigit()):
        return
    apart = abs(int(label) - int(true)) // 10
    tallies["age.placed"], tallies["age.decades_apart"] = 1.0, float(apart)
    tallies["age.within_one"] = float(apart <= 1)


# -- measures ---------------------------------------------------------------------------------


def _matrix(names: Sequence[str], sums: NDArray[np.float64]) -> tuple[list[str], NDArray[np.float64]]:
    """Classes that are true of something, and counts of shape (..., true, claimed); claims of no class come last."""
    pairs = [name.partition(":")[2].partition(">")[::2] for name in names]
    classes = sorted({true for true, _ in pairs})
    counts = np.zeros((*sums.shape[:-1], len(classes), len(classes) + 1))
    for index, (true, said) in enumerate(pairs):
        column = classes.index(said) if said in classes else len(classes)
        counts[..., classes.index(true), column] += sums[..., index]
    return classes, counts


def macro_f1(names: Sequence[str], sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean over the true classes of 2 TP / (2 TP + FP + FN)."""
    _, counts = _matrix(names, sums)
    right = np.diagonal(counts[..., :-1], axis1=-2, axis2=-1)
    total = counts.sum(axis=-1) + counts[..., :-1].sum(axis=-2)
    f1: NDArray[np.float64] = quotient(2 * right, total).mean(axis=-1)
    return f1


def average_recall(names: Sequence[str], sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean over the true classes of the share that was claimed right."""
    _, counts = _matrix(names, sums)
    right, total = np.diagonal(counts[..., :-1], axis1=-2, axis2=-1), counts.sum(axis=-1)
    recall: NDArray[np.float64] = quotient(right, total).mean(axis=-1)
    return recall


def quadratic_kappa(names: Sequence[str], sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 - squared decades apart over what they would be by chance; answers without a number are left out."""
    pairs = [name.partition(":")[2].partition(">")[::2] for name in names]
    kept = [index for index, (true, said) in enumerate(pairs) if true.isdigit() and said.isdigit()]
    true = np.array([float(pairs[index][0]) for index in kept])
    said = np.array([float(pairs[index][1]) for index in kept])
    weights = sums[..., kept]
    total = np.maximum(weights.sum(axis=-1), 1e-300)
    apart = (weights * (true - said) ** 2).sum(axis=-1) / total

    def mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
        averaged: NDArray[np.float64] = (weights * values).sum(axis=-1) / total
        return averaged

    chance = mean(true**2) + mean(said**2) - 2 * mean(true) * mean(said)
    kappa: NDArray[np.float64] = 1 - np.divide(apart, chance, out=np.ones_like(apart), where=chance > 1e-12)
    return kappa


def _of_kind(kind: str) -> tuple[Tallied, ...]:
    return (
        Tallied(
            name=f"{kind}_f1",
            family=kind,
            definition=f"macro-F1 of {kind}: the mean over the true classes; no claim is a wrong one",
            source="equal to scikit-learn f1_score(average='macro') over the true classes",
            prefix=f"{kind}:",
            statistic=macro_f1,
            lower_is_better=False,
            is_share=True,
        ),
        Tallied(
            name=f"{kind}_recall",
            family=kind,
            definition=f"unweighted average recall (UAR) of {kind}",
            source="Schuller et al., INTERSPEECH 2009 Emotion Challenge",
            prefix=f"{kind}:",
            statistic=average_recall,
            lower_is_better=False,
            is_share=True,
        ),
        share(f"{kind}_accuracy", kind, f"answers that claim the true {kind}", f"{kind}.right", f"{kind}.answers"),
        share(f"{kind}_claimed", kind, f"answers that claim any {kind}", f"{kind}.claimed", f"{kind}.answers"),
    )


MEASURES = (
    *(measure for kind in ("emotion", "gender", "age", "language") for measure in _of_kind(kind)),
    share("age_within_one", "age", "claims within one decade of the truth", "age.within_one", "age.placed"),
    rate(
        "age_error_decades",
        "age",
        "decades between claim and truth, mean",
        "age.decades_apart",
        "age.placed",
        unit="decades",
    ),
    Tallied(
        name="age_kappa",
        family="age",
        definition="agreement of claimed and true decade beyond chance, errors weighted by their square",
        source="Cohen 1968, weighted kappa",
        prefix="age:",
        statistic=quadratic_kappa,
        lower_is_better=False,
    ),
    *(
        share(
            f"language_accuracy.{part}",
            "language",
            f"answers that claim the true language, of recordings {length}",
            f"language.{part}.right",
            f"language.{part}",
        )
        for part, length in (("short", "below 2 s"), ("medium", "of 2 to 5 s"), ("long", "of 5 s and more"))
    ),
)
