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
from bench.scoring.tally import bin_of
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
    skill, worse = rng.lognormal(0, 0.5), 0.3 * swapped
    speech_s = words / 2.5
    wrong = float(rng.binomial(words, min(1.0, 0.1 * skill + worse)))
    counted = int(rng.choice([1, 2, 3], p=[0.1, 0.8, 0.1]))
    return {
        "cp.words": float(words),
        "cp.errors": wrong,
        "tcp.words": float(words),
        "tcp.errors": wrong + rng.binomial(words, 0.01),
        "tcorc.words": float(words),
        "tcorc.errors": float(rng.binomial(words, min(1.0, 0.07 * skill))),
        "wder.words": float(words),
        "wder.wrong": float(rng.binomial(words, min(1.0, 0.03 * rng.lognormal(0, 0.5) + worse))),
        "der.speech_s": speech_s,
        "der.confused_s": speech_s * min(0.9, 0.05 * rng.lognormal(0, 0.5) + worse),
        "jer.speakers": 2.0,
        "jer.sum": float(rng.beta(2, 8) + rng.beta(2, 8)),
        "speaker_count.sessions": 1.0,
        "speaker_count.exact": float(counted == 2),
        "speaker_count.absolute": float(abs(counted - 2)),
        f"speaker_count.signed:{counted - 2}": 1.0,
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


_MORE_OF_MANY: Mapping[str, tuple[str, str, int, float]] = {
    "wer.verbatim": ("writing.verbatim.errors", "writing.verbatim.words", 200, 0.2),
    "punctuation_error_rate": ("marks.errors", "marks.all", 40, 0.3),
    "case_accuracy": ("case.right", "case.words", 200, 0.95),
    "number_values": ("numbers.value", "numbers.all", 20, 0.8),
    "entity_recall": ("entities.right", "entities.all", 20, 0.8),
    "entity_cer": ("entities.char_errors", "entities.chars", 160, 0.1),
    "wer.near_switches": ("switching.near.errors", "switching.near.words", 60, 0.2),
    "leaked_private": ("private.leaked", "private.all", 10, 0.1),
    "words_within_100_ms": ("word.within_100", "word.matched", 200, 0.8),
    "segment_purity": ("segments.pure_s", "segments.answered_s", 60, 0.9),
    "pauses_taken_for_ends": ("turn.pauses_cut", "turn.pauses", 50, 0.05),
    "missed_turn_ends": ("turn.missed", "turn.all", UTTERANCES, 0.02),
}
"""Measure -> its two tallies, how much of the second a speaker has, and what share of it the first is."""


def _judged(rng: _Rng, speaker: int) -> _Tallies:
    """Each share differs by speaker with an sd of half of what it lacks to 0 or 1, whichever is nearer."""
    found: _Tallies = {}
    for top, bottom, size, share in _MORE_OF_MANY.values():
        rare = min(share, 1 - share)
        own = min(1.0, rare * float(rng.lognormal(-0.125, 0.5)))
        count = float(rng.binomial(size, own))
        found |= {bottom: float(size), top: count if rare == share else size - count}
    spread_s = 0.05 * rng.lognormal(0, 0.3)
    for late_s in rng.exponential(spread_s, UTTERANCES):
        _add(found, f"word.start:{bin_of(float(late_s))}")
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


SWAPPED = "one session in ten swapped"
_FAIL_WHOLE = ("cpwer", "tcpwer", "wder", "der")
ALLOWING = tuple(f"{name}{case}" for name in _FAIL_WHOLE for case in ("", f", {SWAPPED}"))
"""Whose upper limits allow for a session that fails whole, whether or not the simulated ones do."""
COUNTED = ("speaker_count.exact", "speaker_count.error", "speaker_count.bias", "gender_accuracy.speakers")
"""One small whole number a session or speaker: of ten few values can come, and coverage moves in steps."""
MADE: Mapping[Callable[[_Rng, int], _Tallies], tuple[str, ...]] = {
    _session: (
        *("cpwer", "tcpwer", "tcorcwer", "wder", "der", "jer"),
        *("speaker_count.exact", "speaker_count.error", "speaker_count.bias"),
    ),
    _perhaps_swapped: tuple(f"{name}, {SWAPPED}" for name in _FAIL_WHOLE),
    _labelled: ("gender_f1", "gender_recall", "gender_accuracy.speakers", "emotion_f1", "age_kappa", "emotion_ece"),
    _judged: (*_MORE_OF_MANY, "word_start_error_p50_s"),
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
        tallies = [make(rng, speaker) for speaker in range(POPULATION // (4 if make in (_labelled, _judged) else 1))]
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
