"""Statistics of claims against scikit-learn and by hand: majorities, accuracy, calibration."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn import metrics

from bench.scoring.labels.claims import ABSENT
from bench.scoring.labels.statistics import accuracy, calibration_error, majorities

TRUE = ["angry", "happy", "sad"]
ANSWERS = st.lists(st.tuples(st.sampled_from(TRUE), st.sampled_from([*TRUE, "bored", ABSENT])), min_size=1, max_size=60)


def tallied(answers, kind="emotion"):
    counts = Counter(f"{kind}:{true}>{said}" for true, said in answers)
    return list(counts), np.array(list(counts.values()), dtype=float)


@settings(max_examples=200, deadline=None)
@given(ANSWERS)
def test_accuracy_is_scikit_learns(answers):
    true, said = zip(*answers, strict=True)
    assert accuracy(*tallied(answers)) == pytest.approx(metrics.accuracy_score(true, said))


@pytest.mark.parametrize(
    ("answers", "claimed"),
    [
        (["f", "f", "m"], "f"),
        (["f", "m"], ABSENT),
        ([ABSENT, ABSENT, "f"], ABSENT),
        (["m"], "m"),
    ],
)
def test_a_speaker_is_what_most_answers_say(answers, claimed):
    names, sums = tallied([("f", said) for said in answers], "gender")
    every, chosen = majorities(names, sums[None, :])
    assert chosen.sum() == 1
    assert every[int(chosen[0].argmax())] == f"gender:f>{claimed}"


@settings(max_examples=100, deadline=None)
@given(st.lists(ANSWERS, min_size=1, max_size=5))
def test_each_speaker_has_one_answer_a_true_class(speakers):
    names = sorted({f"emotion:{true}>{said}" for answers in speakers for true, said in answers})
    rows = np.zeros((len(speakers), len(names)))
    for row, answers in zip(rows, speakers, strict=True):
        for true, said in answers:
            row[names.index(f"emotion:{true}>{said}")] += 1
    every, chosen = majorities(names, rows)
    for row, answers in zip(chosen, speakers, strict=True):
        made = {name.partition(":")[2] for name, count in zip(every, row, strict=True) if count}
        expected = set()
        for true in {true for true, _ in answers}:
            ranked = Counter(said for own, said in answers if own == true).most_common(2)
            tie = len(ranked) == 2 and ranked[0][1] == ranked[1][1]
            expected.add(f"{true}>{ABSENT if tie else ranked[0][0]}")
        assert made == expected
        assert row.max() == 1


def calibration(scores, right):
    counts = Counter(f"e.calibration={s:.2f}/{'right' if r else 'wrong'}" for s, r in zip(scores, right, strict=True))
    return float(calibration_error(list(counts), np.array(list(counts.values()), dtype=float)))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 100), st.booleans()), min_size=1, max_size=20))
@example([(50, True), (50, False), (90, True)])
def test_calibration_is_that_of_sorted_answers_in_ten_equal_parts(answers):
    """Each answer ten times over, so that parts can be equal; those of one score in an order that shares alike."""
    ordered = sorted((score / 100, right) for score, right in answers)
    by_score = {}
    for score, right in ordered:
        by_score.setdefault(score, []).append(right)
    said = np.repeat([score for score, _ in ordered], 10)
    was = np.repeat([np.mean(by_score[score]) for score, _ in ordered], 10)
    parts = zip(np.array_split(said, 10), np.array_split(was, 10), strict=True)
    expected = sum(len(a) * abs(a.mean() - b.mean()) for a, b in parts) / len(said)
    assert calibration([s / 100 for s, _ in answers], [r for _, r in answers]) == pytest.approx(expected)


def test_calibration_of_known_cases():
    rng = np.random.default_rng(1)
    scores = rng.uniform(0, 1, 100_000)
    honest, proud = rng.uniform(0, 1, 100_000) < scores, rng.uniform(0, 1, 100_000) < np.clip(scores - 0.1, 0, 1)
    assert calibration(scores, honest) == pytest.approx(0.0, abs=0.008)
    assert calibration(scores, proud) == pytest.approx(0.095, abs=0.008)
