"""Claims about speakers and speech, tallied of one answer: emotion, gender, age, language. Pure.

Truth is in the manifest's `labels`; without one, what most listeners chose (`votes`), or what each of several speakers
is. No claim is an answer of its own (`ABSENT`), counted as wrong and never dropped. Gender and age are one truth a
speaker, so what most answers about one say is judged too. Where languages mix (`languages` of the manifest), no one
claim is right, and what the answer lists is judged apart.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from bench.scoring.labels.claims import ABSENT, Claim, canonical, claim, claimed_languages, is_decade
from bench.scoring.labels.statistics import (
    accuracy,
    average_recall,
    calibration_error,
    macro_f1,
    majorities,
    quadratic_kappa,
)
from bench.scoring.tally import Heard, Reasons, Tallied, Tallies, add, mean_of_values, rate, share
from bench.types import Utterance

_SHORT_S, _LONG_S = 2.0, 5.0
_ONE_A_SPEAKER = ("gender", "age")
_FEWEST_SCORED = 500
"""Answers below which there is no calibration error: it is biased upwards for few."""
_NEAR = ("hi ur", "sr hr bs", "id ms", "no nb nn da sv", "cs sk", "bg mk", "be ru uk", "es gl pt", "zh yue", "nl af")
_NEAR_SETS = tuple(frozenset(codes.split()) for codes in _NEAR)
"""Languages that are taken for each other. Source: the closest pairs of VoxLingua107, Valk and Alumaee, SLT 2021."""


def tally(heard: Heard, tallies: Tallies, reasons: Reasons) -> None:
    """One claim of each kind that the reference is labelled with."""
    extras = heard.transcript.recognised.extras
    mixed = {canonical("language", passage.kind) for passage in heard.utterance.languages}
    for kind, label in _true_labels(heard.utterance).items():
        if kind == "language" and len(mixed) > 1:
            continue
        made, true = claim(kind, extras), canonical(kind, label)
        said = ABSENT if made is None else made.label
        tallies[f"{kind}:{true}>{said}"] = 1.0
        tallies[f"{kind}.answers"], tallies[f"{kind}.right"] = 1.0, float(said == true)
        tallies[f"{kind}.claimed"] = float(made is not None)
        if made is not None:
            _tally_score(kind, made, true, tallies)
        if kind == "age" and made is not None:
            _tally_age(true, said, tallies)
        if kind == "language":
            _tally_language(heard, true, said, tallies)
    _tally_votes(heard, tallies)
    if len(mixed) > 1:
        tallies["language.mixed"] = float(len(mixed))
        tallies["language.mixed.listed"] = float(len(mixed & claimed_languages(extras)))


def _true_labels(utterance: Utterance) -> dict[str, str]:
    """Of the whole; else what most listeners chose, or all speakers are, where each is labelled and the same."""
    names = dict.fromkeys(part.speaker for part in utterance.segments)
    each = [utterance.speaker_labels.get(name or "", {}) for name in names]
    shared = {
        kind: label
        for kind, label in (each[0] if each else {}).items()
        if len({canonical(kind, own[kind]) if kind in own else None for own in each}) == 1
    }
    chosen = {kind: label for kind in utterance.votes if (label := _majority(_votes(utterance, kind))) is not None}
    return {**shared, **chosen, **utterance.labels}


def _votes(utterance: Utterance, kind: str) -> Counter[str]:
    votes: Counter[str] = Counter()
    for label, number in utterance.votes.get(kind, {}).items():
        votes[canonical(kind, label)] += number
    return votes


def _majority(votes: Counter[str]) -> str | None:
    """The label with most votes; `None`: several have as many."""
    (first, most), *others = votes.most_common(2)
    return None if others and others[0][1] == most else first


def _tally_votes(heard: Heard, tallies: Tallies) -> None:
    """How many of the listeners chose what the answer claims, and at best could be had."""
    for kind in heard.utterance.votes:
        votes, made = _votes(heard.utterance, kind), claim(kind, heard.transcript.recognised.extras)
        tallies[f"{kind}.voted"] = 1.0
        tallies[f"{kind}.voted.alike"] = votes[made.label] / votes.total() if made is not None else 0.0
        tallies[f"{kind}.voted.most"] = max(votes.values()) / votes.total()


def _tally_score(kind: str, made: Claim, true: str, tallies: Tallies) -> None:
    if made.score is None or not 0 <= made.score <= 1:
        return
    right = made.label == true
    tallies[f"{kind}.scored"], tallies[f"{kind}.squared"] = 1.0, (made.score - right) ** 2
    tallies[f"{kind}.calibration={made.score:.2f}/{'right' if right else 'wrong'}"] = 1.0


def _tally_age(true: str, said: str, tallies: Tallies) -> None:
    if not (is_decade(true) and is_decade(said)):
        return
    apart = (int(said) - int(true)) // 10
    tallies["age.placed"], tallies["age.decades_apart"] = 1.0, float(abs(apart))
    tallies["age.within_one"] = float(abs(apart) <= 1)
    add(tallies, f"age.signed:{apart}")


def _tally_language(heard: Heard, true: str, said: str, tallies: Tallies) -> None:
    length_s = heard.utterance.duration_s
    part = "short" if length_s < _SHORT_S else "medium" if length_s < _LONG_S else "long"
    tallies[f"language.{part}"], tallies[f"language.{part}.right"] = 1.0, float(said == true)
    tallies[f"language_{part}:{true}>{said}"] = 1.0
    near = [codes for codes in _NEAR_SETS if true in codes]
    if near:
        tallies["language.near"] = 1.0
        tallies["language.near.confused"] = float(said != true and any(said in codes for codes in near))


# -- measures ---------------------------------------------------------------------------------


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
        _recall(f"{kind}_recall", kind, f"unweighted average recall (UAR) of {kind}", f"{kind}:"),
        share(f"{kind}_accuracy", kind, f"answers that claim the true {kind}", f"{kind}.right", f"{kind}.answers"),
        share(f"{kind}_claimed", kind, f"answers that claim any {kind}", f"{kind}.claimed", f"{kind}.answers"),
        *(_of_speakers(kind) if kind in _ONE_A_SPEAKER else ()),
        *_of_scores(kind),
    )


def _recall(name: str, family: str, definition: str, prefix: str) -> Tallied:
    return Tallied(
        name=name,
        family=family,
        definition=definition,
        source="Schuller et al., INTERSPEECH 2009 Emotion Challenge",
        prefix=prefix,
        statistic=average_recall,
        lower_is_better=False,
        is_share=True,
    )


def _of_speakers(kind: str) -> tuple[Tallied, ...]:
    return tuple(
        Tallied(
            name=f"{kind}_{name}.speakers",
            family=kind,
            definition=f"{what} of the {kind} that most answers about a speaker claim; a tie is no claim",
            prefix=f"{kind}:",
            statistic=statistic,
            of_cluster=majorities,
            lower_is_better=False,
            is_share=True,
        )
        for name, what, statistic in (("accuracy", "accuracy", accuracy), ("f1", "macro-F1", macro_f1))
    )


def _of_scores(kind: str) -> tuple[Tallied, ...]:
    return (
        Tallied(
            name=f"{kind}_ece",
            family=kind,
            definition=f"expected calibration error of the scores of claimed {kind}, ten bins of equal mass",
            source="Nguyen and O'Connor, EMNLP 2015; Guo et al., ICML 2017",
            prefix=f"{kind}.calibration=",
            statistic=calibration_error,
            fewest=_FEWEST_SCORED,
            is_share=True,
        ),
        share(
            f"{kind}_brier",
            kind,
            f"squared difference of the score of a claimed {kind} and whether it is right, mean",
            f"{kind}.squared",
            f"{kind}.scored",
            source="Brier 1950, the binary form",
            lower_is_better=True,
        ),
    )


_LENGTHS = (("short", "below 2 s"), ("medium", "of 2 to 5 s"), ("long", "of 5 s and more"))
_ALL = (
    *(measure for kind in ("emotion", "gender", "age", "language") for measure in _of_kind(kind)),
    share(
        "emotion_votes",
        "emotion",
        "share of the listeners who chose the claimed emotion, mean over answers",
        "emotion.voted.alike",
        "emotion.voted",
    ),
    share(
        "emotion_votes.most",
        "emotion",
        "the same of the emotion that most listeners chose: no claim can have more",
        "emotion.voted.most",
        "emotion.voted",
    ),
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
        name="age_bias_decades",
        family="age",
        definition="decades claimed less true ones, mean; above 0: speakers are taken for older",
        unit="decades",
        prefix="age.signed:",
        statistic=mean_of_values,
        best=0.0,
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
        for part, length in _LENGTHS
    ),
    *(
        _recall(
            f"language_recall.{part}",
            "language",
            f"unweighted average recall over languages, of recordings {length}",
            f"language_{part}:",
        )
        for part, length in _LENGTHS
    ),
    share(
        "language_near_confused",
        "language",
        "answers that claim a near language for the true one (hi for ur, sr for hr), of languages that have one",
        "language.near.confused",
        "language.near",
        lower_is_better=True,
    ),
    share(
        "mixed_languages_listed",
        "language",
        "languages of mixed speech that the answer lists",
        "language.mixed.listed",
        "language.mixed",
    ),
)
MEASURES = tuple(replace(each, version=2) if each.family == "language" else each for each in _ALL)
"""Those of languages by their codes since version 2: `eng` and `English` are `en`."""
