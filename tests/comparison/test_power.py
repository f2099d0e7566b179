from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bench.comparison.gate import Outcome
from bench.comparison.power import TARGET, corpus_power
from bench.comparison.rules import Margin, Rule
from bench.types import FailureKind
from benchmarks.gate_errors import DESIGNS, power_reached
from tests.comparison.test_gate import judge, rows_of
from tests.stats.simulation import simulate


def power_of(corpus, **how):
    rule = Rule(**{"metric": "wer", "margin": Margin(absolute=0.005), **how})
    (found,) = corpus_power(rows_of(corpus, corpus.errors_a), rows_of(corpus, corpus.errors_b), rule=rule)
    return found


def test_what_is_needed_for_what_can_be_shown_is_nearly_what_there_is():
    """Nearly: a system that is worse varies more than the unchanged one that is to pass."""
    corpus = simulate(np.random.default_rng(1), speakers=40, utterances=20)
    found = power_of(corpus)
    again = power_of(corpus, margin=Margin(absolute=found.detectable))
    assert 36 <= again.needed.clusters < 40
    assert again.needed.utterances == 20 * again.needed.clusters
    assert found.hours == pytest.approx(800 * 4.0 / 3600)


def test_by_one_run_what_may_be_drift_is_not_found():
    corpus = simulate(np.random.default_rng(1), speakers=40, utterances=20)
    without, drifting = power_of(corpus), power_of(corpus, drift=Margin(absolute=0.01))
    assert without.detectable_by_one_run == pytest.approx(without.detectable)
    assert drifting.detectable == pytest.approx(without.detectable)
    assert drifting.detectable_by_one_run > 0.01 * 2**0.5 * (1.645 + 0.842), "what drift alone hides"
    assert drifting.passable == without.passable


def test_a_relative_margin_is_a_share_of_the_baseline():
    corpus = simulate(np.random.default_rng(1), speakers=40, utterances=20)
    wer = corpus.errors_a.sum() / corpus.lengths.sum()
    assert power_of(corpus, margin=Margin(relative=0.1)).margin == pytest.approx(0.1 * wer)


def test_runs_that_do_not_differ_say_nothing_of_their_spread():
    corpus = simulate(np.random.default_rng(1), speakers=40, utterances=20)
    rows = rows_of(corpus, corpus.errors_a)
    (found,) = corpus_power(rows, rows, rule=Rule(metric="wer", margin=Margin(absolute=0.005)))
    assert (found.detectable, found.needed) == (None, None)
    assert "do not differ" in found.note


def test_too_few_speakers_have_no_power_to_tell():
    found = power_of(simulate(np.random.default_rng(1), speakers=4, utterances=20))
    assert (found.detectable, found.needed) == (None, None)
    assert "only 4 clusters" in found.note


def test_a_worsening_in_one_of_many_cells_must_stand_out_of_all_that_the_gate_tests():
    corpus = simulate(np.random.default_rng(1), speakers=40, utterances=20)
    a, b = (
        [rows_of(corpus, errors, language=name) for name in "abcd"] for errors in (corpus.errors_a, corpus.errors_b)
    )
    rule = Rule(metric="wer", margin=Margin(absolute=0.005))
    (alone,) = corpus_power(a[0], b[0], rule=rule)
    together = corpus_power([*a[0], *a[1], *a[2], *a[3]], [*b[0], *b[1], *b[2], *b[3]], rule=rule)
    assert len(together) == 4
    assert together[0].detectable > 1.1 * alone.detectable
    assert together[0].passable == pytest.approx(alone.passable)
    (told,) = corpus_power(a[0], b[0], rule=rule, checks=4)
    assert told.detectable == pytest.approx(together[0].detectable)


def test_runs_that_hardly_differ_do_not_promise_that_a_handful_of_words_is_found():
    """Errors that are new are at least as noisy as words that go wrong each by itself."""
    corpus = simulate(np.random.default_rng(1), speakers=40, utterances=20)
    again = corpus.errors_a.copy()
    again[[3, 40, 200, 500]] += 1
    again[[10, 90, 300, 700]] -= np.minimum(1, again[[10, 90, 300, 700]])
    (found,) = corpus_power(rows_of(corpus, corpus.errors_a), rows_of(corpus, again), rule=Rule(metric="wer"))
    words = corpus.lengths.sum()
    alone = (found.detectable * 0.9 / words) ** 0.5
    assert found.detectable > 2 * alone
    assert found.passable < 0.001


def test_a_relative_margin_moves_with_the_uncertainty_of_the_baseline_as_in_the_gate():
    corpus = simulate(np.random.default_rng(1), speakers=40, utterances=20)
    wer = corpus.errors_a.sum() / corpus.lengths.sum()
    relative = power_of(corpus, margin=Margin(relative=0.3))
    absolute = power_of(corpus, margin=Margin(absolute=0.3 * wer))
    assert relative.needed.clusters > absolute.needed.clusters


def test_where_failures_count_as_deleted_they_are_part_of_the_spread():
    corpus = simulate(np.random.default_rng(1), speakers=40, utterances=20)
    a, b = rows_of(corpus, corpus.errors_a), rows_of(corpus, corpus.errors_b)
    b = [replace(row, words=None, failure_kind=FailureKind.TIMEOUT) if n % 7 == 0 else row for n, row in enumerate(b)]
    (answered,) = corpus_power(a, b, rule=Rule(metric="wer"))
    (deleted,) = corpus_power(a, b, rule=Rule(metric="wer.failures_deleted"))
    assert answered.n < deleted.n == len(a)
    assert deleted.detectable > answered.detectable


@pytest.mark.slow
@pytest.mark.parametrize("design", DESIGNS[:4], ids=str)
def test_the_gate_finds_and_passes_what_power_says_it_does(design):
    repeats = 60
    off = 0.05 + 2 * (TARGET * (1 - TARGET) / repeats) ** 0.5
    assert power_reached(design, repeats) == pytest.approx((TARGET, TARGET), abs=off)


@pytest.mark.slow
def test_the_gate_passes_equal_systems_as_often_as_predicted():
    """A corpus as large as the margin is said to need lets an unchanged system pass with 80 % probability."""
    rng = np.random.default_rng(2)
    size = {"speakers": 40, "utterances": 5}
    margins = [power_of(simulate(rng, **size)).detectable for _ in range(50)]
    rule = Rule(metric="wer", margin=Margin(absolute=float(np.mean(margins))))
    outcomes = [judge(simulate(rng, worse_by=0.0, **size), rule).outcome for _ in range(600)]
    assert np.mean([outcome == Outcome.PASS for outcome in outcomes]) == pytest.approx(TARGET, abs=0.05)
