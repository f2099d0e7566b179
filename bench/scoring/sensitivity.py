"""Does the text normaliser decide the ranking? Counts of every system under every profile, and what flips.

Pure: texts in, counts out. How words are counted is given by the caller, so that the same definition is used as in
the scores themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from bench.scoring.normalize import get_normalizer
from bench.types import ErrorCounts

CountWords = Callable[[Sequence[str], Sequence[str]], ErrorCounts]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPair:
    """One answered utterance of one system, as published and as answered."""

    utterance_id: str
    reference: str
    hypothesis: str
    language: str


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

    counts: Mapping[str, Mapping[str, ErrorCounts]]
    rankings: Mapping[str, tuple[str, ...]]
    ranking_flips: tuple[RankingFlip, ...]
    utterance_flips: tuple[UtteranceFlip, ...]
    """Largest swing first."""


def sensitivity(
    systems: Mapping[str, Sequence[TextPair]], profiles: Sequence[str], count_words: CountWords
) -> Sensitivity:
    """Scores every system under every profile. Systems are compared on the utterances they share.

    Raises:
        UnknownNameError: a profile that does not exist.
    """
    errors = {profile: _errors(systems, profile, count_words) for profile in profiles}
    counts = {
        profile: {system: sum(each.values(), ErrorCounts()) for system, each in by_system.items()}
        for profile, by_system in errors.items()
    }
    rankings = {profile: _ranking(by_system) for profile, by_system in counts.items()}
    return Sensitivity(
        counts=counts,
        rankings=rankings,
        ranking_flips=tuple(_ranking_flips(errors)),
        utterance_flips=tuple(sorted(_utterance_flips(errors), key=lambda flip: (-flip.swing, flip.utterance_id))),
    )


Errors = Mapping[str, Mapping[str, ErrorCounts]]
"""By system, then utterance."""


def _errors(systems: Mapping[str, Sequence[TextPair]], profile: str, count_words: CountWords) -> Errors:
    normalizer = get_normalizer(profile)
    return {
        system: {
            pair.utterance_id: count_words(
                normalizer.words(pair.reference, pair.language), normalizer.words(pair.hypothesis, pair.language)
            )
            for pair in pairs
        }
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
            found = {profile: each[a][key].errors - each[b][key].errors for profile, each in errors.items()}
            if min(found.values()) < 0 < max(found.values()):
                flips.append(UtteranceFlip(utterance_id=key, system_a=a, system_b=b, differences=found))
    return flips


def _systems(errors: Mapping[str, Errors]) -> tuple[str, ...]:
    return tuple(next(iter(errors.values()), {}))
