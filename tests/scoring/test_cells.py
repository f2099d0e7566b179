from __future__ import annotations

from dataclasses import replace

from bench.scoring.cells import ScoredTrial, alarms, by_cell, coverage
from bench.types import Cell, ErrorCounts, FailureKind


def row(id="u", *, words=None, failure=None, reference_words=10, **changes):
    return ScoredTrial(
        utterance_id=id,
        cluster="s",
        duration_s=1.0,
        reference_words=reference_words,
        words=words,
        failure_kind=failure,
        cell=Cell("e", "batch", "clean", "c", "en")._replace(**changes),
        empty=words is not None and words.hypothesis_length == 0,
    )


GOOD = ErrorCounts(hits=10)
EMPTY = ErrorCounts(deletions=10)


def test_coverage_tells_answered_empty_and_each_kind_of_failure_apart():
    rows = [
        row(words=GOOD),
        row(words=EMPTY),
        row(words=ErrorCounts(), reference_words=0),
        row(failure=FailureKind.TIMEOUT),
        row(failure=FailureKind.TIMEOUT),
        row(failure=FailureKind.AUTH),
    ]
    count = coverage(rows)
    assert (count.attempted, count.answered, count.empty, count.missed) == (6, 3, 2, 1)
    assert count.failed == {FailureKind.TIMEOUT: 2, FailureKind.AUTH: 1}
    assert (count.failed_rate, count.empty_rate) == (0.5, 1 / 3)
    assert coverage([]).failed_rate == 0.0


def test_a_failure_counts_as_deleted_only_where_that_is_asked_for():
    assert row(failure=FailureKind.SERVER).words_or_all_deleted == EMPTY
    assert row(words=GOOD).words_or_all_deleted == GOOD


def test_alarms_ring_for_empty_and_for_short_answers_and_not_otherwise():
    assert alarms([row(words=GOOD)] * 60 + [row(words=EMPTY)]) == ()
    (empty,) = alarms([row(words=GOOD)] * 30 + [row(words=EMPTY)])
    assert empty == "1 of 31 answers (3.2%) are empty although there was speech; expected at most 2.0%"
    (short,) = alarms([row(words=ErrorCounts(hits=5, deletions=5))] * 10)
    assert short == "answers hold 50% as many words as the references; expected at least 70%"
    assert alarms([row(failure=FailureKind.TIMEOUT)]) == ()


def test_cells_are_told_apart_and_sorted():
    cells = by_cell([row(mode="stream", words=GOOD), row(words=GOOD), row(words=EMPTY)])
    assert [(cell[1], len(rows)) for cell, rows in cells.items()] == [("batch", 2), ("stream", 1)]


def test_most_answers_in_another_script_are_an_alarm():
    elsewhere = replace(row(words=GOOD), wrong_script=True)
    (alarm,) = alarms([elsewhere] * 18)
    assert alarm.startswith("18 of 18 answers are in another script")
    assert alarms([elsewhere] * 8 + [row(words=GOOD)] * 10) == ()
