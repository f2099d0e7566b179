"""Words that nobody said: runs of additions, loops, and text on audio without speech. Pure.

The measures rest on how much longer an answer is than what was said, not on which word a tie made the insertion.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.scoring.errors.confusions import Region, WordPair, regions

MIN_RUN = 3
"""Words added in one place before it is called a run."""
MIN_REPEATS = 3
LONG_LOOP_WORDS = 9
"""From so many words on a stretch that comes twice in a row is a loop: nobody says it so by chance."""
MAX_LOOP_WORDS = 200
OVERLONG = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """`words[start : start + length]` said `repeats` times in a row."""

    start: int
    length: int
    repeats: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hallucinations:
    """Counts over utterances. `+` pools."""

    utterances: int = 0
    reference_words: int = 0
    runs: int = 0
    run_words: int = 0
    looping: int = 0
    """Utterances with a loop that the reference does not have."""
    overlong: int = 0
    """Utterances with more than `OVERLONG` times as many words as were said."""
    silent: int = 0
    """Utterances without speech (empty reference)."""
    silent_s: float = 0.0
    silent_with_text: int = 0
    silent_words: int = 0

    def __add__(self, other: Hallucinations) -> Hallucinations:
        names = self.__slots__
        return Hallucinations(**{name: getattr(self, name) + getattr(other, name) for name in names})


def hallucinations(pair: WordPair, duration_s: float) -> Hallucinations:
    """The counts of one utterance; an empty reference means audio without speech."""
    if not pair.reference:
        heard = len(pair.hypothesis)
        return Hallucinations(
            utterances=1, silent=1, silent_s=duration_s, silent_with_text=int(heard > 0), silent_words=heard
        )
    runs = added_runs(pair)
    return Hallucinations(
        utterances=1,
        reference_words=len(pair.reference),
        runs=len(runs),
        run_words=sum(run.growth for run in runs),
        looping=int(bool(unsaid_loops(pair))),
        overlong=int(len(pair.hypothesis) > OVERLONG * len(pair.reference)),
    )


def pooled(answers: Iterable[tuple[WordPair, float]]) -> Hallucinations:
    """The counts over answers, each with the seconds of its audio."""
    others, right, words = Hallucinations(), 0, 0
    for pair, duration_s in answers:
        if pair.reference and pair.reference == pair.hypothesis:  # most answers, and nothing to look for
            right, words = right + 1, words + len(pair.reference)
        else:
            others += hallucinations(pair, duration_s)
    return others + Hallucinations(utterances=right, reference_words=words)


def added_runs(pair: WordPair, *, min_run: int = MIN_RUN) -> tuple[Region, ...]:
    """Regions that hold at least `min_run` words more than were said there."""
    return tuple(region for region in regions(pair.edits) if region.growth >= min_run)


def unsaid_loops(pair: WordPair) -> tuple[Loop, ...]:
    """Loops of the hypothesis that go on for longer than in the reference."""
    heard = pair.hypothesis
    again = loops(heard)
    if not again:
        return ()
    said = {pair.reference[loop.start : loop.start + loop.length]: loop.repeats for loop in loops(pair.reference)}
    return tuple(loop for loop in again if loop.repeats > said.get(heard[loop.start : loop.start + loop.length], 0))


def loops(words: Sequence[str], *, min_repeats: int = MIN_REPEATS) -> tuple[Loop, ...]:
    """Repeated stretches of up to `MAX_LOOP_WORDS` words, shortest period first at each place, without overlap.

    Short ones `min_repeats` times in a row, those of `LONG_LOOP_WORDS` or more twice.
    """
    fewest = min_repeats if len(words) < 2 * LONG_LOOP_WORDS else min(2, min_repeats)
    if len(words) - len(set(words)) < fewest - 1:
        return ()  # each word of a loop is there at each repeat
    places: dict[str, list[int]] = defaultdict(list)
    for index, word in enumerate(words):
        places[word].append(index)
    if max(map(len, places.values()), default=0) < fewest:
        return ()
    all_loops = []
    start = 0
    while start < len(words):
        own = places[words[start]]
        loop = _loop_at(words, start, min_repeats, own) if len(own) >= fewest else None
        if loop is not None:
            all_loops.append(loop)
        start += loop.length * loop.repeats if loop is not None else 1
    return tuple(all_loops)


def _loop_at(words: Sequence[str], start: int, min_repeats: int, places: Sequence[int]) -> Loop | None:
    """`places`: where the word at `start` stands, so that only their distances are tried."""
    for again in places[bisect_right(places, start) :]:
        length = again - start
        if length > MAX_LOOP_WORDS or again + length > len(words):
            return None
        unit = words[start:again]
        repeats = 1
        while words[start + repeats * length : start + (repeats + 1) * length] == unit:
            repeats += 1
        if repeats >= (min_repeats if length < LONG_LOOP_WORDS else 2):
            return Loop(start=start, length=length, repeats=repeats)
    return None
