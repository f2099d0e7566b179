"""Does the text normaliser decide the ranking? Counts of every system under every profile, and what flips.

Pure: texts in, counts out, by the same rules as the scores themselves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from bench.scoring.cells import Order, ScoredTrial, by_cell
from bench.scoring.text.normalize import get_normalizer
from bench.scoring.text.score import SpokenText, read
from bench.types import Cell, ErrorCounts, Utterance


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPair:
    """One answered utterance of one system, as published and as answered."""

    utterance_id: str
    """Of this trial among the system's: with several repeats, one for each."""
    spoken: SpokenText
    heard: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingFlip:
    """Two systems whose order differs between two profiles."""

    system_a: str
    system_b: str
    a_better_under: str
    b_better_under: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UtteranceFlip:
    """An utterance that speaks for one system under one profile, for the other under another."""

    utterance_id: str
    system_a: str
    system_b: str
    differences: Mapping[str, int]
    """By profile: errors of a minus errors of b."""

    @property
    def swing(self) -> int:
        """Largest minus smallest difference, in words."""
        return max(self.differences.values()) - min(self.differences.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """Counts by profile, then system; rankings best first; what changes between profiles."""

    group: Mapping[str, str]
    """What the systems were compared in: mode, condition, corpus, language."""
    counts: Mapping[str, Mapping[str, ErrorCounts]]
    rankings: Mapping[str, tuple[str, ...]]
    ranking_flips: tuple[RankingFlip, ...]
    utterance_flips: tuple[UtteranceFlip, ...]
    """Largest swing first."""


_GROUP = ("mode", "condition", "corpus", "language")


def sensitivities(
    trials: Sequence[ScoredTrial],
    utterances: Mapping[str, Utterance],
    heard: Mapping[str, str],
    profiles: Sequence[str],
    *,
    order: Order,
) -> tuple[Sensitivity, ...]:
    """One for each mode, condition, corpus and language of a run.

    Args:
        trials: Of them, the answered ones count.
        utterances: By id.
        heard: The answers as given, by trial id.
        profiles: Normalisers.
        order: Of the report.

    Raises:
        UnknownNameError: a profile that does not exist.
    """

    def pair(trial: ScoredTrial) -> TextPair:
        return TextPair(
            utterance_id=trial.utterance_id if not trial.repeat else f"{trial.utterance_id}#{trial.repeat}",
            spoken=SpokenText.of(utterances[trial.utterance_id]),
            heard=heard[trial.trial_id],
        )

    answered = by_cell((trial for trial in trials if trial.answered), order)
    systems: dict[Cell, dict[str, list[TextPair]]] = defaultdict(dict)
    for cell, own in answered.items():
        systems[cell._replace(engine=order.engines[0])][cell.engine] = [pair(trial) for trial in own]
    return tuple(
        sensitivity(systems[cell], profiles, {name: getattr(cell, name) for name in _GROUP})
        for cell in sorted(systems, key=order.of)
    )


def sensitivity(
    systems: Mapping[str, Sequence[TextPair]], profiles: Sequence[str], group: Mapping[str, str]
) -> Sensitivity:
    """Scores every system under every profile. Systems are compared on the utterances they share.

    Raises:
        UnknownNameError: a profile that does not exist.
    """
    errors = {profile: _errors(systems, profile) for profile in profiles}
    counts = {
        profile: {system: sum(each.values(), ErrorCounts()) for system, each in by_system.items()}
        for profile, by_system in errors.items()
    }
    rankings = {profile: _ranking(by_system) for profile, by_system in counts.items()}
    return Sensitivity(
        group=group,
        counts=counts,
        rankings=rankings,
        ranking_flips=tuple(_ranking_flips(errors)),
        utterance_flips=tuple(sorted(_utterance_flips(errors), key=lambda flip: (-flip.swing, flip.utterance_id))),
    )


Errors = Mapping[str, Mapping[str, ErrorCounts]]
"""By system, then utterance."""


def _errors(systems: Mapping[str, Sequence[TextPair]], profile: str) -> Errors:
    normalizer = get_normalizer(profile)
    return {
        system: {pair.utterance_id: read(pair.spoken, pair.heard, normalizer).counts for pair in pairs}
        for system, pairs in systems.items()
    }


def _ranking(counts: Mapping[str, ErrorCounts]) -> tuple[str, ...]:
    """Best first; systems without reference words last."""
    return tuple(sorted(counts, key=lambda name: (counts[name].rate is None, counts[name].rate or 0.0, name)))


def _shared_difference(a: Mapping[str, ErrorCounts], b: Mapping[str, ErrorCounts]) -> int:
    """Errors of a minus errors of b over the utterances both have."""
    return sum(a[key].errors - b[key].errors for key in a.keys() & b.keys())


def _ranking_flips(errors: Mapping[str, Errors]) -> list[RankingFlip]:
    flips = []
    for a, b in combinations(_systems(errors), 2):
        signs = {profile: _shared_difference(each[a], each[b]) for profile, each in errors.items()}
        a_better = [profile for profile, difference in signs.items() if difference < 0]
        b_better = [profile for profile, difference in signs.items() if difference > 0]
        flips += [
            RankingFlip(system_a=a, system_b=b, a_better_under=x, b_better_under=y) for x in a_better for y in b_better
        ]
    return flips


def _utterance_flips(errors: Mapping[str, Errors]) -> list[UtteranceFlip]:
    flips = []
    for a, b in combinations(_systems(errors), 2):
        first = next(iter(errors.values()))
        for key in sorted(first[a].keys() & first[b].keys()):
            differences = {profile: each[a][key].errors - each[b][key].errors for profile, each in errors.items()}
            if min(differences.values()) < 0 < max(differences.values()):
                flips.append(UtteranceFlip(utterance_id=key, system_a=a, system_b=b, differences=differences))
    return flips


def _systems(errors: Mapping[str, Errors]) -> tuple[str, ...]:
    return tuple(next(iter(errors.values()), {}))
