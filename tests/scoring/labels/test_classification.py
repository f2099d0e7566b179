"""Classification measures against scikit-learn, with classes never claimed, claims never true, no claims."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn import metrics

from bench.scoring.labels.classification import (
    ABSENT,
    Confusion,
    brier_score,
    calibration_error,
    majority,
    ordinal_errors,
)

TRUE = ["angry", "happy", "neutral", "sad"]
pairs = st.lists(st.tuples(st.sampled_from(TRUE), st.sampled_from([*TRUE, "bored", None])), min_size=1, max_size=60)


@settings(max_examples=300, deadline=None)
@given(pairs)
def test_measures_are_scikit_learns(given_pairs):
    true = [t for t, _ in given_pairs]
    said = [ABSENT if s is None else s for _, s in given_pairs]
    confusion = Confusion.of(given_pairs)
    classes = sorted(set(true))
    assert confusion.classes == tuple(classes)
    assert confusion.accuracy == pytest.approx(metrics.accuracy_score(true, said))
    f1 = metrics.f1_score(true, said, labels=classes, average=None, zero_division=0)
    assert [confusion.f1(name) for name in classes] == pytest.approx(f1)
    assert confusion.macro_f1 == pytest.approx(f1.mean())
    recalls = metrics.recall_score(true, said, labels=classes, average=None)
    assert [confusion.recall(name) for name in classes] == pytest.approx(recalls)
    assert confusion.unweighted_average_recall == pytest.approx(recalls.mean())
    precisions = metrics.precision_score(true, said, labels=classes, average=None, zero_division=np.nan)
    for name, precision in zip(classes, precisions, strict=True):
        ours = confusion.precision(name)
        assert (ours is None) is bool(np.isnan(precision))
        assert ours is None or ours == pytest.approx(precision)


@given(pairs, pairs)
def test_counts_pool(first, second):
    assert Confusion.of(first) + Confusion.of(second) == Confusion.of([*second, *first])


def test_no_claim_is_wrong_and_counted():
    confusion = Confusion.of([("sad", None), ("sad", "sad"), ("sad", None)])
    assert (confusion.accuracy, confusion.claimed_share) == (pytest.approx(1 / 3), pytest.approx(1 / 3))
    assert confusion.recall("happy") is None
    assert confusion.precision("happy") is None
    assert Confusion().accuracy is None
    assert Confusion().macro_f1 is None


ORDER = ["child", "young", "adult", "senior"]
aged = st.lists(st.tuples(st.sampled_from(ORDER), st.sampled_from([*ORDER, None])), min_size=1, max_size=40)


@settings(max_examples=200, deadline=None)
@given(aged)
def test_ordinals_are_scikit_learns(given_pairs):
    claims = [(ORDER.index(t), ORDER.index(s)) for t, s in given_pairs if s is not None]
    errors = ordinal_errors(given_pairs, ORDER)
    if not claims:
        assert errors is None
        return
    true, said = zip(*claims, strict=True)
    assert (errors.n, errors.absent) == (len(claims), len(given_pairs) - len(claims))
    assert errors.mean_absolute == pytest.approx(metrics.mean_absolute_error(true, said))
    if errors.quadratic_kappa is not None and len({*true, *said}) > 1:
        theirs = metrics.cohen_kappa_score(true, said, weights="quadratic", labels=range(4))
        assert errors.quadratic_kappa == pytest.approx(theirs)


def test_a_class_outside_the_order_is_refused():
    with pytest.raises(ValueError, match="got elder"):
        ordinal_errors([("elder", "young")], ORDER)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=50))
def test_brier_is_scikit_learns(answers):
    scores, right = zip(*answers, strict=True)
    assume(len(set(right)) == 2)
    assert brier_score(scores, right) == pytest.approx(metrics.brier_score_loss(right, scores))


def test_calibration_of_known_cases_and_of_too_few():
    rng = np.random.default_rng(1)
    scores = rng.uniform(0, 1, 200_000)
    honest, proud = rng.uniform(0, 1, 200_000) < scores, rng.uniform(0, 1, 200_000) < np.clip(scores - 0.1, 0, 1)
    assert calibration_error(scores, honest) == pytest.approx(0.0, abs=0.006)
    assert calibration_error(scores, proud) == pytest.approx(0.095, abs=0.006)
    assert calibration_error(scores[:499], honest[:499]) is None
    assert brier_score([], []) is None


def test_majority():
    assert majority(["a", "a", None]) == "a"
    assert majority(["a", "b"]) is None
    assert majority([None, None, "a"]) is None
    assert majority([]) is None
