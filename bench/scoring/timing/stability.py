"""How steady a stream's text is, what it loses at the end, and how right its partials are, from the event log.

Text is compared as `latency_words` does (no case, no outer punctuation). A last word that grows ("some",
"something") counts as changed: a reader saw another word. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from rapidfuzz.distance import LCSseq, Levenshtein

from bench.scoring.timing.display import Display, Words, first_times, words_of
from bench.scoring.timing.log import Log, Unavailable, once_a_log
from bench.scoring.timing.metric import MetricTable

METRICS = MetricTable()
_metric = METRICS.add

_SHANGGUAN = "Shangguan et al. 2020, arXiv 2006.01416"


def _changes(log: Log) -> Iterator[tuple[Display, Display]]:
    """Consecutive displays of a stream that shows partials.

    Raises:
        Unavailable: for batch, a stream without partials, or one without a final word.
    """
    log.need_stream()
    log.first(log.partials, "partial")
    log.first(log.finals, "final")
    return pairwise(log.displays)


@once_a_log
def _unstable(log: Log) -> list[int]:
    """At each change the words that do not survive it, in order; a word that is only shifted survives."""
    return [len(old.words) - LCSseq.similarity(old.words, new.words) for old, new in _changes(log)]


def _final_words(log: Log) -> int:
    words = log.displays[-1].committed
    if not words:
        raise Unavailable("the finals hold no words")
    return len(words)


@_metric("upwr", unit="ratio", zero="none: a ratio", source=_SHANGGUAN)
def unstable_partial_word_ratio(log: Log) -> float:
    """Words on display that the next result changes or drops, per word in the finals."""
    return sum(_unstable(log)) / _final_words(log)


@_metric("upsr", unit="ratio", zero="none: a ratio", source=_SHANGGUAN)
def unstable_partial_segment_ratio(log: Log) -> float:
    """Segments with at least one revision, per segment (what one final with text covers)."""
    unstable, revised = 0, False
    finals = 0
    for (before, after), lost in zip(_changes(log), _unstable(log), strict=True):
        revised = revised or lost > 0
        if len(after.committed) > len(before.committed):
            finals, unstable, revised = finals + 1, unstable + revised, False
    finals += bool(log.displays[0].committed)
    if not finals:
        raise Unavailable("the finals hold no words")
    return unstable / finals


@_metric("revisions", unit="count", zero="none: a count")
def revisions(log: Log) -> float:
    """Results that changed or dropped a word on display."""
    return float(sum(lost > 0 for lost in _unstable(log)))


@_metric("flicker", unit="ratio", zero="none: a ratio")
def flicker(log: Log) -> float:
    """Times a place of the text returned to a word it had shown before and lost, per word in the finals."""
    lost: dict[int, set[str]] = {}
    returns = 0
    for (before, after), alike in zip(_changes(log), _alike(log), strict=True):
        old, new = before.words, after.words
        for index in range(alike, max(len(old), len(new))):
            was = old[index] if index < len(old) else ""
            now = new[index] if index < len(new) else ""
            if was != now:
                returns += now in lost.get(index, ())
                if was:
                    lost.setdefault(index, set()).add(was)
    return returns / _final_words(log)


@_metric("normalized_erasure", unit="ratio", zero="none: a ratio", source="Arivazhagan et al. 2020, arXiv 2004.03643")
def normalized_erasure(log: Log) -> float:
    """Words that must be erased from the end of the display to write the next result, per word in the finals."""
    erased = sum(len(before.words) - alike for (before, _), alike in zip(_changes(log), _alike(log), strict=True))
    return erased / _final_words(log)


@once_a_log
def _alike(log: Log) -> list[int]:
    """At each change the words from the beginning on that it leaves as they are."""
    return [_common_prefix(before.words, after.words) for before, after in _changes(log)]


def _common_prefix(first: Words, other: Words) -> int:
    return next(
        (index for index, (a, b) in enumerate(zip(first, other, strict=False)) if a != b), min(len(first), len(other))
    )


@_metric("time_to_stable_word_s", unit="s", zero="a word first stood at that place of the text")
def time_to_stable_word(log: Log) -> float:
    """Mean over the final words: from the first word shown at its place until it was the final one, to stay."""
    log.need_real_time()
    _changes(log)
    shown, count = log.displays, _final_words(log)
    return sum(stable - first for stable, first in zip(log.stable_at_s, first_times(shown), strict=True)) / count


@_metric("partial_wer", unit="ratio", zero="none: a ratio", needs_word_times=True)
def partial_wer(log: Log) -> float:
    """Word errors of what was on display against what had been spoken by then, pooled over all results."""
    points = partial_wer_curve(log)
    spoken = sum(point.spoken for point in points)
    if spoken == 0:
        raise Unavailable("no result came after the end of the first word")
    return sum(point.errors for point in points) / spoken


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialErrors:
    """Errors of the display at one moment."""

    t_s: float
    errors: int
    spoken: int
    """Reference words that had ended by then."""


def partial_wer_curve(log: Log) -> list[PartialErrors]:
    """Errors over time, for a figure: at each result, the display against the words spoken by then."""
    log.need_real_time()
    reference = [(text, end) for word, _, end in log.reference_words for text in words_of(word)]
    curve = []
    for display in log.displays:
        spoken = [text for text, end in reference if end <= display.t_s]
        errors = Levenshtein.distance(spoken, display.words)
        curve.append(PartialErrors(t_s=display.t_s, errors=errors, spoken=len(spoken)))
    return curve


@_metric("tail_loss_words", unit="count", zero="none: a count")
def tail_loss(log: Log) -> float:
    """Reference words after the last recognised one: what the finish strategy lost. None recognised: all of them."""
    log.need_stream()
    return float(len(log.tail.said))


@_metric("tail_lost", unit="ratio", zero="none: a share of streams", version=2)
def tail_lost(log: Log) -> float:
    """1 where the end of what was said has nothing in its place, so that the transcript was never complete; else 0."""
    log.need_stream()
    log.first(log.finals, "final")
    return float(log.lost_tail > 0)


@_metric("unconfirmed_words", unit="count", zero="none: a count")
def unconfirmed(log: Log) -> float:
    """Words on display at the end that no final confirmed."""
    log.need_stream()
    return float(len(log.displays[-1].pending)) if log.displays else 0.0


@_metric("duplicate_finals", unit="count", zero="none: a count")
def duplicate_finals(log: Log) -> float:
    """Finals that repeat the one before, and those that the adapter took out as duplicates."""
    log.need_stream()
    texts = [words_of(event.text) for event in log.finals]
    removed = log.transcript.recognised.extras.get("duplicate_finals", 0)
    return float(sum(text == other != () for text, other in pairwise(texts)) + int(removed))
