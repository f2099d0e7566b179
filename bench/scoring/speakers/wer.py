"""Word errors by speaker: cpWER and tcpWER. Pure.

Both concatenate each speaker's words, assign speakers of the answer to speakers of the reference so that errors are
fewest, and count speakers without a partner in full. tcpWER also asks that words were said at about the same time.
Counts pool over sessions; rates are made at the end. Labels mean nothing beyond one session.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein
from scipy.optimize import linear_sum_assignment

from bench.scoring.speakers.turns import Turn, by_speaker
from bench.scoring.text.align import count_edits
from bench.types import ErrorCounts

Stream = TypeVar("Stream")
"""All words of one speaker."""

COLLAR_S = 5.0
"""How far apart in time two words may be and still be the same word. Source: meeteval's advice, arXiv:2307.11394."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakerEdits:
    """Word errors of one session under the best assignment of speakers."""

    counts: ErrorCounts
    assignment: tuple[tuple[str | None, str | None], ...]
    """(speaker of the reference, speaker of the answer); `None`: has no partner."""


def cp_edits(reference: Sequence[Turn], hypothesis: Sequence[Turn]) -> SpeakerEdits:
    """Concatenated minimum-permutation word errors.

    Source: Watanabe et al., CHiME-6 Challenge, 2020; definition as in meeteval `cp_word_error_rate`.
    """

    def words(turns: Sequence[Turn]) -> list[str]:
        return [word for turn in turns for word in turn.words]

    return _best(
        {speaker: words(turns) for speaker, turns in by_speaker(reference).items()},
        {speaker: words(turns) for speaker, turns in by_speaker(hypothesis).items()},
        [],
        Levenshtein.distance,
        count_edits,
    )


def tcp_edits(reference: Sequence[Turn], hypothesis: Sequence[Turn], *, collar_s: float = COLLAR_S) -> SpeakerEdits:
    """Time-constrained `cp_edits`: two words can only be one if their times, widened by the collar, overlap.

    Within a turn a word's time is taken in proportion to its length: an interval on the side of the reference, the
    middle of it on the side of the answer. Give words with times of their own as turns of one word.

    Source: von Neumann et al., arXiv:2307.11394; definition as in meeteval `tcp_word_error_rate` with its defaults.
    """
    ids: dict[str, int] = {}
    return _best(
        {speaker: _timed(turns, ids) for speaker, turns in by_speaker(reference).items()},
        {speaker: _timed(turns, ids).as_points(collar_s) for speaker, turns in by_speaker(hypothesis).items()},
        _timed([], ids),
        lambda a, b: timed_edits(a, b).errors,
        timed_edits,
    )


# -- assignment -------------------------------------------------------------------------------


def _best(
    reference: dict[str, Stream],
    hypothesis: dict[str, Stream],
    nothing: Stream,
    distance: Callable[[Stream, Stream], int],
    counts: Callable[[Stream, Stream], ErrorCounts],
) -> SpeakerEdits:
    size, n_ref, n_hyp = max(len(reference), len(hypothesis)), len(reference), len(hypothesis)
    references = [*reference.values(), *[nothing] * (size - n_ref)]
    hypotheses = [*hypothesis.values(), *[nothing] * (size - n_hyp)]
    costs = np.zeros((size, size), dtype=np.int64)
    for row, words in enumerate(reference.values()):
        costs[row, :n_hyp] = [distance(words, heard) for heard in hypothesis.values()]
        costs[row, n_hyp:] = distance(words, nothing)
    costs[n_ref:, :n_hyp] = [distance(nothing, heard) for heard in hypothesis.values()]
    rows, columns = linear_sum_assignment(costs)
    total = sum((counts(references[a], hypotheses[b]) for a, b in zip(rows, columns, strict=True)), ErrorCounts())
    names, heard = dict(enumerate(reference)), dict(enumerate(hypothesis))
    pairs = ((names.get(int(a)), heard.get(int(b))) for a, b in zip(rows, columns, strict=True))
    return SpeakerEdits(counts=total, assignment=tuple(pairs))


# -- alignment under a constraint of time -----------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedWords:
    """One speaker's words as numbers with their times; all arrays have shape (n,)."""

    ids: NDArray[np.int64]
    start_s: NDArray[np.float64]
    end_s: NDArray[np.float64]

    def as_points(self, collar_s: float) -> TimedWords:
        """Each word at the middle of its interval, give or take the collar."""
        middle = (self.start_s + self.end_s) / 2
        return TimedWords(ids=self.ids, start_s=middle - collar_s, end_s=middle + collar_s)


def _timed(turns: Sequence[Turn], ids: dict[str, int]) -> TimedWords:
    """Words of turns, each turn's time shared out by the lengths of its words; `ids` grows by new words."""
    numbers: list[int] = []
    spans: list[NDArray[np.float64]] = [np.empty((2, 0))]
    for turn in turns:
        numbers += [ids.setdefault(word, len(ids)) for word in turn.words]
        ends = np.cumsum([0, *(len(word) for word in turn.words)]) / max(1, sum(map(len, turn.words)))
        moments = turn.start_s + (turn.end_s - turn.start_s) * ends
        spans.append(np.stack([moments[:-1], moments[1:]]))
    start_s, end_s = np.concatenate(spans, axis=1)
    return TimedWords(ids=np.array(numbers, dtype=np.int64), start_s=start_s, end_s=end_s)


def timed_edits(reference: TimedWords, hypothesis: TimedWords) -> ErrorCounts:
    """Fewest edits, then most hits, where a pair of words may be a hit or a substitution only if their times overlap.

    One row of the edit matrix at a time: O(n_ref * n_hyp) steps, O(n_hyp) memory.
    """
    n_ref, n_hyp = len(reference.ids), len(hypothesis.ids)
    edit = min(n_ref, n_hyp) + 1  # an edit costs more than all hits gain, so that hits only decide between equals
    steps = edit * np.arange(n_hyp + 1, dtype=np.int64)
    row = steps.copy()
    for number in range(n_ref):
        overlaps = (reference.start_s[number] < hypothesis.end_s) & (hypothesis.start_s < reference.end_s[number])
        paired = row[:-1] + np.where(hypothesis.ids == reference.ids[number], -1, edit)
        row += edit  # deletion
        np.minimum(row[1:], paired, out=row[1:], where=overlaps)
        row = np.minimum.accumulate(row - steps) + steps  # insertions
    errors = -(-int(row[-1]) // edit)
    hits = errors * edit - int(row[-1])
    substitutions = n_ref + n_hyp - 2 * hits - errors
    return ErrorCounts(
        substitutions=substitutions,
        deletions=n_ref - hits - substitutions,
        insertions=n_hyp - hits - substitutions,
        hits=hits,
    )


# -- whoever said it --------------------------------------------------------------------------

MOST_STREAMS, MOST_WORDS = 2, 400
"""Of plain ORC-WER: 4 speakers of 50 words each took meeteval 12.6 s and 2.4 GB."""
MOST_TIMED_STREAMS = 10
"""Of tcORC-WER: meeteval refuses more."""
MOST_STATES, MOST_STEPS = 2_000_000, 10**10
"""Of tcORC-WER, at any one turn, and in all (`_work`): about 200 bytes each, and 2 ns."""
_NEEDS_MEETEVAL = "ORC-WER needs meeteval: pip install 'earwitness[speakers]'"


def timed_orc_edits(
    reference: Sequence[Turn], hypothesis: Sequence[Turn], *, collar_s: float = COLLAR_S
) -> tuple[int, int] | str:
    """Errors and reference words under the best assignment of each turn to any of the answer's speakers (tcORC-WER).

    A sentence instead of numbers where there is too much to try, or meeteval is not installed. Empty turns have no
    words to assign.

    Source: meeteval `time_constrained_orc_wer` with its defaults.
    """
    try:
        from meeteval.wer import time_constrained_orc_wer
    except ImportError:
        return _NEEDS_MEETEVAL
    there, heard = (sum(len(turn.words) for turn in turns) for turns in (reference, hypothesis))
    if not (there and heard):
        return there + heard, there
    voices = len({turn.speaker for turn in hypothesis if turn.words})
    if voices > MOST_TIMED_STREAMS:
        return f"ORC-WER is given up to {MOST_TIMED_STREAMS} voices, not of {voices}"
    states, steps = _work(reference, hypothesis, collar_s)
    if states > MOST_STATES or steps > MOST_STEPS:
        return f"ORC-WER is not given where {voices} voices say so much at the same time: it would take minutes"
    with _quiet():
        return _errors(time_constrained_orc_wer(_lines(reference), _lines(hypothesis), collar=collar_s))


def _work(reference: Sequence[Turn], hypothesis: Sequence[Turn], collar_s: float) -> tuple[float, float]:
    """What tcORC-WER has to try: at the worst turn all sets of places in what the voices say about then; and in all."""
    streams = [_timed(turns, {}) for turns in by_speaker(turn for turn in hypothesis if turn.words).values()]
    bounds = [(np.sort(stream.start_s), np.sort(stream.end_s)) for stream in streams]
    most, total = 0.0, 0.0
    for turn in reference:
        from_s, until_s = turn.start_s - collar_s, turn.end_s + collar_s
        near = [float(starts.searchsorted(until_s) - ends.searchsorted(from_s)) for starts, ends in bounds]
        states = float(np.prod([1 + words for words in near]))
        most, total = max(most, states), total + states * len(turn.words) * len(streams) ** 2
    return most, total


def orc_edits(reference: Sequence[Turn], hypothesis: Sequence[Turn]) -> tuple[int, int] | str:
    """The same whatever the times (ORC-WER), of short sessions.

    A sentence instead of numbers where there is too much to try, or meeteval is not installed.

    Source: Sklyar et al., arXiv:2104.02109; meeteval `orc_word_error_rate`.
    """
    streams, words = len({turn.speaker for turn in hypothesis}), sum(len(turn.words) for turn in reference)
    if streams > MOST_STREAMS or words > MOST_WORDS:
        found = f"{streams} voices and {words} words"
        return f"ORC-WER without times is given up to {MOST_STREAMS} voices and {MOST_WORDS} words, not of {found}"
    try:
        from meeteval.wer import orc_word_error_rate
    except ImportError:
        return _NEEDS_MEETEVAL
    heard = sum(len(turn.words) for turn in hypothesis)
    if not (words and heard):
        return words + heard, words
    with _quiet():
        return _errors(orc_word_error_rate(_lines(reference), _lines(hypothesis)))


@contextmanager
def _quiet() -> Iterator[None]:
    """Without meeteval's remarks on turns that overlap or whose order is odd: answers have them, one line a session."""
    loggers = [logging.getLogger(name) for name in ("preprocess", "time_constrained", "error_rate")]
    levels = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _lines(turns: Sequence[Turn]) -> Any:
    from meeteval.io import SegLST

    return SegLST(
        [
            {
                "session_id": "s",
                "speaker": turn.speaker,
                "start_time": turn.start_s,
                "end_time": turn.end_s,
                "words": " ".join(turn.words),
            }
            for turn in turns
        ]
    )


def _errors(result: Any) -> tuple[int, int]:
    errors = next(iter(result.values())) if isinstance(result, dict) else result
    return int(errors.errors), int(errors.length)
