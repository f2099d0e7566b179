"""Why an utterance went wrong, in a few words a reader can act on. Pure."""

from __future__ import annotations

from enum import StrEnum

from bench.scoring.errors.confusions import Classify, WordPair, errors_by_class, lost_words
from bench.scoring.errors.hallucination import added_runs, unsaid_loops

MIN_LOST_WORDS = 3


class Cause(StrEnum):
    FAILED = "failed"
    EMPTY = "empty"
    HEAD = "head"
    """The beginning is missing."""
    TAIL = "tail"
    """The end is missing."""
    HALLUCINATION = "hallucination"
    NUMBER = "number"
    TERM = "term"
    NAME = "name"
    OTHER = "other"


def causes(pair: WordPair | None, classify: Classify) -> tuple[Cause, ...]:
    """All that apply, the gravest first; none for a right answer.

    Args:
        pair: the answer; `None`: the trial failed.
        classify: a classifier as `KindClasses` makes it.
    """
    if pair is None:
        return (Cause.FAILED,)
    if pair.reference == pair.hypothesis:
        return ()
    if not pair.hypothesis:
        return (Cause.EMPTY,)
    all_causes = []
    head, tail = lost_words(pair)
    if head >= MIN_LOST_WORDS:
        all_causes.append(Cause.HEAD)
    if tail >= MIN_LOST_WORDS:
        all_causes.append(Cause.TAIL)
    if not pair.reference or added_runs(pair) or unsaid_loops(pair):
        all_causes.append(Cause.HALLUCINATION)
    wrong = {name for name, counts in errors_by_class(pair, classify).items() if counts.errors}
    all_causes += [cause for cause in (Cause.NUMBER, Cause.TERM, Cause.NAME) if cause.value in wrong]
    return tuple(all_causes) or (Cause.OTHER,)
