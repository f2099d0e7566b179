"""Word times of two sides compared on the words that both recognised, so that a bad recogniser is not flattered. Pure.

Who recognises only the easy words has good times on them. So the times of two engines (or conditions, or runs) are
differenced over the words that every answer to the utterance on either side recognised.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bench.scoring.cells import ScoredTrial
from bench.scoring.pairing import Pair
from bench.scoring.timing.words import WordErrors, of_matched

NOT_KEPT = (
    "each side on its own words: these scores were written before words were kept apart (bench score renews them)"
)


_MOST_S = 1e9


def written(errors: WordErrors) -> str:
    """One text, to 0.1 ms: `PLACE:START_MS:END_MS`, between spaces."""
    return " ".join(f"{place}:{1000 * start_s:.1f}:{1000 * end_s:.1f}" for place, (start_s, end_s) in errors.items())


def read_back(text: str) -> dict[int, tuple[float, float]]:
    """What `written` wrote.

    Raises:
        ValueError: if it is no such text.
    """
    parts = [word.split(":") for word in text.split()]
    try:
        errors = {int(place): (float(start) / 1000, float(end) / 1000) for place, start, end in parts}
    except ValueError as error:
        raise ValueError(f"word_errors: expected PLACE:START_MS:END_MS ..., got {text[:40]!r}") from error
    if len(errors) < len(parts) or not all(abs(value) < _MOST_S for pair in errors.values() for value in pair):
        raise ValueError(f"word_errors: expected each word once, with times that can be, got {text[:40]!r}")
    return errors


def on_shared_words(pairs: Sequence[Pair]) -> tuple[list[Pair], str | None]:
    """The pairs with tallies of shared words in place of all recognised ones, and what must be said of that.

    Pairs in which an answer has no word times are left out: nothing is shared with it. A pair that shares no word
    counts nothing.
    """
    having = [pair for pair in pairs if all("word.matched" in trial.tallies for trial in (*pair.a, *pair.b))]
    if any(trial.word_errors is None for pair in having for trial in (*pair.a, *pair.b)):
        return having, NOT_KEPT
    shared, words = [], 0
    for pair in having:
        sides = [[read_back(trial.word_errors or "") for trial in side] for side in (pair.a, pair.b)]
        both = set.intersection(*(set(errors) for side in sides for errors in side))
        words += len(both)
        a, b = (_restricted(trials, errors, both) for trials, errors in zip((pair.a, pair.b), sides, strict=True))
        shared.append(replace(pair, a=a, b=b))
    return shared, f"on the {words:,} {'word' if words == 1 else 'words'} that both recognised"


def _restricted(
    trials: Sequence[ScoredTrial], errors: Sequence[Mapping[int, tuple[float, float]]], places: set[int]
) -> tuple[ScoredTrial, ...]:
    return tuple(
        replace(trial, tallies=of_matched({place: own[place] for place in sorted(places)}))
        for trial, own in zip(trials, errors, strict=True)
    )
