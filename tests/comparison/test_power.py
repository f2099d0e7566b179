from __future__ import annotations

import numpy as np
import pytest

from bench.comparison.gate import Outcome
from bench.comparison.power import TARGET, corpus_power
from bench.comparison.rules import Margin, Rule
from tests.comparison.test_gate import judge, rows_of
from tests.stats.simulation import simulate


def power_of(corpus, **how):
    how = {"metric": "wer", "margin": Margin(absolute=0.005), **how}
    (found,) = corpus_power(rows_of(corpus, corpus.errors_a), rows_of(corpus, corpus.errors_b), **how)
    return found


def test_what_is_needed_for_what_can_be_shown_is_what_there_is():
    corpus = simulate(np.random.default_rng(1), speakers=40, utterances=20)
    found = power_of(corpus)
    again = power_of(corpus, margin=Margin(absolute=found.detectable))
    assert (again.needed.clusters, again.needed.utterances) == (40, 800)
    assert found.hours == pytest.approx(800 * 4.0 / 3600)


def test_a_relative_margin_is_a_share_of_the_baseline():
    corpus = simulate(np.random.default_rng(1), speakers=40, utterances=20)
    wer = corpus.errors_a.sum() / corpus.lengths.sum()
    assert power_of(corpus, margin=Margin(relative=0.1)).margin == pytest.approx(0.1 * wer)


def test_runs_that_do_not_differ_say_nothing_of_their_spread():
    corpus = simulate(np.random.default_rng(1), speakers=40, utterances=20)
    rows = rows_of(corpus, corpus.errors_a)
    (found,) = corpus_power(rows, rows, metric="wer", margin=Margin(absolute=0.005))
    assert (found.detectable, found.needed) == (None, None)
    assert "do not differ" in found.note


def test_too_few_speakers_have_no_power_to_tell():
    found = power_of(simulate(np.random.default_rng(1), speakers=4, utterances=20))
    assert (found.detectable, found.needed) == (None, None)
    assert "only 4 clusters" in found.note


@pytest.mark.slow
def test_the_gate_passes_equal_systems_as_often_as_predicted():
    """A corpus as large as the margin is said to need lets an unchanged system pass with 80 % probability."""
    rng = np.random.default_rng(2)
    margins = [power_of(simulate(rng, speakers=40, utterances=20)).detectable for _ in range(50)]
    rule = Rule(metric="wer", margin=Margin(absolute=float(np.mean(margins))))
    outcomes = [judge(simulate(rng, speakers=40, utterances=20, worse_by=0.0), rule).outcome for _ in range(600)]
    assert np.mean([outcome == Outcome.PASS for outcome in outcomes]) == pytest.approx(TARGET, abs=0.05)
