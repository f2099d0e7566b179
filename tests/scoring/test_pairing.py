from __future__ import annotations

import pytest

from bench.scoring.cells import ScoredTrial
from bench.scoring.pairing import pair_trials, shifts
from bench.types import Cell, ErrorCounts, FailureKind


def row(id, errors, *, repeat=0, reference_words=10):
    return ScoredTrial(
        utterance_id=id,
        cluster="s",
        cell=Cell("e", "batch", "clean", "c", "en"),
        repeat=repeat,
        duration_s=1.0,
        reference_words=reference_words,
        words=None if errors is None else ErrorCounts(substitutions=errors, hits=reference_words - errors),
        failure_kind=FailureKind.TIMEOUT if errors is None else None,
    )


def test_rows_pair_by_utterance_whatever_their_order():
    pairing = pair_trials([row("b", 1), row("a", 2), row("x", 0)], [row("a", 3), row("y", 0), row("b", 4)])
    assert [(pair.utterance_id, pair.a[0].words.errors, pair.b[0].words.errors) for pair in pairing.pairs] == [
        ("a", 2, 3),
        ("b", 1, 4),
    ]
    assert (pairing.only_a, pairing.only_b) == (("x",), ("y",))


def test_an_utterance_counts_as_answered_when_every_repeat_on_both_sides_is():
    a = [row("p", 1), row("q", 1), row("q", None, repeat=1)]
    b = [row("p", 1), row("q", 1)]
    assert [pair.utterance_id for pair in pair_trials(a, b).answered] == ["p"]


def test_changed_references_are_named():
    assert pair_trials([row("p", 1)], [row("p", 1, reference_words=11)]).changed == ("p",)


def test_newly_broken_come_first_and_newly_fixed_last_with_repeats_averaged():
    a = [row("same", 2), row("fixed", 5), row("broken", 0), row("broken", 1, repeat=1), row("lost", 1)]
    b = [row("same", 2), row("fixed", 1), row("broken", 3), row("lost", None)]
    found = [(shift.utterance_id, shift.delta, shift.failed) for shift in shifts(pair_trials(a, b))]
    assert found == [("lost", 9.0, True), ("broken", pytest.approx(2.5), False), ("fixed", -4.0, False)]
