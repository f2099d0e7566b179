"""Simulated speakers and sessions as measures beyond words see them, for `benchmarks.coverage`: what is true is known.

A trial here is all that one speaker (or session) said: intervals are over them, so what adds up may be added up. Each
differs from the others in how well an engine does by it (beta, or log-normal with sd 0.5); what is true is that of
40,000 of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache, reduce
from typing import TypeAlias

import numpy as np

from bench.scoring.cells import ScoredTrial
from bench.scoring.measures import measure
from bench.scoring.timing.frontier import sweep_estimates, sweeps
from bench.types import Cell, Interval

_Rng: TypeAlias = np.random.Generator
_Tallies: TypeAlias = dict[str, float]
UTTERANCES = 25
POPULATION = 40_000
_EMOTIONS = ("angry", "happy", "neutral", "sad")
_SWEEP_MS = (200, 400, 800, 1600)


def _session(rng: _Rng, speaker: int, swapped: bool = False) -> _Tallies:
    """Of two speakers; a word in ten is wrong, or under the wrong speaker. Swapped whole: three in ten more."""
    words = int(rng.integers(200, 1200))
    rate = min(1.0, 0.1 * rng.lognormal(0, 0.5) + 0.3 * swapped)
    speech_s = words / 2.5
    confused_s = speech_s * min(0.9, 0.05 * rng.lognormal(0, 0.5))
    return {
        "cp.words": float(words),
        "cp.errors": float(rng.binomial(words, rate)),
        "der.speech_s": speech_s,
        "der.confused_s": confused_s,
        "jer.speakers": 2.0,
        "jer.sum": float(rng.beta(2, 8) + rng.beta(2, 8)),
    }


def _perhaps_swapped(rng: _Rng, speaker: int) -> _Tallies:
    """The hard case: one session in ten has its labels swapped whole, and ten sessions may hold none."""
    return _session(rng, speaker, swapped=bool(rng.random() < 0.1))


def _labelled(rng: _Rng, speaker: int) -> _Tallies:
    """A gender a speaker, four emotions, ages by decade, scores that are 0.1 too high."""
    true, other = ("female", "male") if speaker % 2 else ("male", "female")
    right = int(rng.binomial(UTTERANCES, rng.beta(3, 1.5)))
    decade = int(rng.integers(2, 7)) * 10
    found: _Tallies = {f"gender:{true}>{true}": float(right), f"gender:{true}>{other}": float(UTTERANCES - right)}
    skill, bias = rng.beta(8, 3), int(rng.integers(-1, 2)) * 10
    for number in range(UTTERANCES):
        emotion = _EMOTIONS[number % len(_EMOTIONS)]
        claimed = emotion if rng.random() < skill else str(rng.choice(_EMOTIONS))
        _add(found, f"emotion:{emotion}>{claimed}")
        said = decade + bias + int(rng.integers(-1, 2)) * 10
        _add(found, f"age:{decade}>{said}")
        score = round(float(rng.uniform(0.5, 1.0)), 2)
        fate = "right" if rng.random() < score - 0.1 + 0.1 * (skill - 0.73) else "wrong"
        _add(found, f"emotion.calibration={score:.2f}/{fate}")
    return found


def _turns(rng: _Rng, speaker: int, quiet_ms: int = 400) -> _Tallies:
    """Cut short the more, the shorter the quiet that is waited for and the longer a speaker's pauses are."""
    pause_s = 0.2 * rng.lognormal(0, 0.5)
    pauses = rng.exponential(pause_s, UTTERANCES)
    late_s = quiet_ms / 1000 + rng.gamma(2, 0.05, UTTERANCES) * rng.lognormal(0, 0.3)
    return {
        "turn.all": float(UTTERANCES),
        "turn.early": float(np.sum(pauses > quiet_ms / 1000)),
        "turn.delay_s": float(np.minimum(late_s, 2.0).sum()),
    }


def _add(tallies: _Tallies, name: str, by: float = 1.0) -> None:
    tallies[name] = tallies.get(name, 0.0) + by


def _trial(speaker: int, tallies: Mapping[str, float], engine: str = "e") -> ScoredTrial:
    return ScoredTrial(
        utterance_id=f"u{speaker}",
        cluster=f"s{speaker}",
        cell=Cell(engine, "stream", "clean", "c", "en"),
        duration_s=1.0,
        reference_words=1,
        words=None,
        tallies=tallies,
    )


SWAPPED = "cpwer, one session in ten swapped"
MADE: Mapping[Callable[[_Rng, int], _Tallies], tuple[str, ...]] = {
    _session: ("cpwer", "der", "jer"),
    _perhaps_swapped: (SWAPPED,),
    _labelled: ("gender_f1", "gender_recall", "gender_accuracy.speakers", "emotion_f1", "age_kappa", "emotion_ece"),
    _turns: ("early_turn_ends", "turn_end_delay_s"),
}
"""What makes a speaker or session, and the measures that are asked of them; a comma ends a measure's name."""
_FRONTIER = ("turn_end_delay_at_10_pct_s", "early_turn_ends_at_600_ms")


def intervals(rng: _Rng, speakers: int) -> Iterator[tuple[str, Interval]]:
    """Every measure of so many speakers, drawn anew."""
    for make, names in MADE.items():
        trials = [_trial(speaker, make(rng, speaker)) for speaker in range(speakers)]
        yield from ((name, _of(name, trials)) for name in names)
    yield from _swept(rng, speakers)


def _of(name: str, trials: list[ScoredTrial]) -> Interval:
    return measure(name.partition(",")[0]).of(trials)


def _swept(rng: _Rng, speakers: int) -> Iterator[tuple[str, Interval]]:
    """The same speakers at every setting."""
    told = {f"q{ms}": ("silence", {"end_after_ms": ms}, None) for ms in _SWEEP_MS}
    seeds = rng.integers(2**62, size=speakers)
    trials = [
        _trial(speaker, _turns(np.random.default_rng(int(seed)), speaker, ms), f"q{ms}")
        for ms in _SWEEP_MS
        for speaker, seed in enumerate(seeds)
    ]
    made = {estimate.metric: estimate.interval for estimate in sweep_estimates(trials, sweeps(told))}
    yield from ((name, made[name]) for name in _FRONTIER)


@cache
def truths() -> Mapping[str, float]:
    """Of 40,000 speakers, by measure."""
    rng, found = np.random.default_rng(40), {}
    for make, names in MADE.items():
        tallies = [make(rng, speaker) for speaker in range(POPULATION if make is not _labelled else POPULATION // 4)]
        per_speaker = [_trial(speaker, own) for speaker, own in enumerate(tallies)]
        pooled = [replace(per_speaker[0], tallies=reduce(_summed, tallies, {}))]
        for name in names:
            value = _of(name, per_speaker if name.endswith(".speakers") else pooled).value
            assert value is not None
            found[name] = value
    for name, interval in _swept(rng, POPULATION // 4):
        assert interval.value is not None
        found[name] = interval.value
    return found


def _summed(total: _Tallies, own: Mapping[str, float]) -> _Tallies:
    for name, number in own.items():
        _add(total, name, number)
    return total
