from __future__ import annotations

import numpy as np
import pytest

from bench.stats.intervals import paired_ratio_difference
from bench.stats.power import minimum_detectable, needed, power
from tests.stats.simulation import simulate


def difference(corpus):
    return paired_ratio_difference(corpus.errors_b, corpus.lengths, corpus.errors_a, corpus.lengths, corpus.clusters)


def found_share(rng, runs, worse_by, **size):
    intervals = [difference(simulate(rng, worse_by=worse_by, **size)) for _ in range(runs)]
    return np.mean([interval.low > 0 for interval in intervals])


def predicted(rng, worse_by, **size):
    """Power as predicted from the mean squared standard error of such corpora."""
    errors = [difference(simulate(rng, worse_by=worse_by, **size)).standard_error for _ in range(40)]
    return power(worse_by, float(np.sqrt(np.mean(np.square(errors)))), size["speakers"])


@pytest.mark.parametrize("worse_by", [0.005, 0.010, 0.015])
def test_power_is_as_predicted(worse_by):
    rng = np.random.default_rng(30)
    size = {"speakers": 40, "utterances": 20}
    assert found_share(rng, 600, worse_by, **size) == pytest.approx(predicted(rng, worse_by, **size), abs=0.05)


@pytest.mark.slow
@pytest.mark.parametrize(("speakers", "utterances"), [(12, 60), (100, 10)])
def test_power_is_as_predicted_for_other_designs(speakers, utterances):
    rng = np.random.default_rng(31)
    size = {"speakers": speakers, "utterances": utterances}
    worse_by = minimum_detectable(difference(simulate(rng, **size)).standard_error, speakers)
    assert found_share(rng, 2000, worse_by, **size) == pytest.approx(predicted(rng, worse_by, **size), abs=0.05)


def test_size_of_the_test_is_alpha_and_power_grows_with_the_effect():
    assert power(0.0, 0.005, 40) == pytest.approx(0.025)
    assert power(0.0, 0.005, 40, two_sided=False) == pytest.approx(0.05)
    assert power(0.01, 0.005, 40) < power(0.02, 0.005, 40) < power(0.02, 0.005, 400)


@pytest.mark.parametrize("n_clusters", [8, 40, 1000])
def test_the_minimum_detectable_effect_is_found_as_often_as_asked(n_clusters):
    effect = minimum_detectable(0.004, n_clusters, target=0.8)
    assert power(effect, 0.004, n_clusters) == pytest.approx(0.8, abs=1e-6)


def test_with_many_clusters_it_is_the_textbook_value():
    assert minimum_detectable(1.0, 1_000_000) == pytest.approx(1.95996 + 0.84162, abs=1e-3)


@pytest.mark.parametrize("effect", [0.002, 0.005, 0.05])
def test_the_needed_corpus_just_detects_the_effect(effect):
    plan = needed(effect, 0.004, n_clusters=40, n_utterances=2000, audio_s=7200)

    def detectable(clusters):
        return minimum_detectable(0.004 * (40 / clusters) ** 0.5, clusters)

    assert detectable(plan.clusters) <= effect
    assert plan.clusters == 8 or detectable(plan.clusters - 1) > effect
    assert plan.utterances == pytest.approx(50 * plan.clusters)
    assert plan.hours == pytest.approx(plan.clusters / 20)


def test_the_needed_corpus_finds_the_effect_when_it_is_simulated():
    rng = np.random.default_rng(32)
    pilot = [difference(simulate(rng, speakers=20, utterances=20)).standard_error for _ in range(20)]
    plan = needed(0.01, float(np.sqrt(np.mean(np.square(pilot)))), n_clusters=20, n_utterances=400)
    share = found_share(rng, 400, 0.01, speakers=plan.clusters, utterances=20)
    assert share == pytest.approx(0.8, abs=0.06)


def test_without_spread_anything_can_be_detected():
    assert minimum_detectable(0.0, 10) == 0.0


def test_no_corpus_shows_a_difference_of_nothing():
    with pytest.raises(ValueError, match="other than 0"):
        needed(0.0, 0.004, n_clusters=40, n_utterances=2000)


def test_what_is_known_by_few_clusters_promises_less():
    known, guessed = (minimum_detectable(0.004, 20, known_by=df) for df in (None, 19))
    assert known < guessed < 1.2 * known
    assert minimum_detectable(0.004, 20, known_by=1e6) == pytest.approx(known, rel=1e-3)


def test_power_averages_over_what_the_true_standard_error_may_be():
    """Beside a simulation of pilots: their standard error, then a test with another."""
    rng, df, effect = np.random.default_rng(33), 12, 3.0
    ratios = np.sqrt(rng.chisquare(df, 200_000) / df)
    t = (effect * ratios + rng.normal(size=ratios.size)) / np.sqrt(rng.chisquare(df, ratios.size) / df)
    critical = 1.7823
    said = power(effect, 1.0, df + 1, alpha=0.05, two_sided=False, known_by=df)
    assert said == pytest.approx(np.mean(t > critical), abs=0.005)


def test_a_worse_system_that_varies_more_takes_more_to_be_found():
    steady = minimum_detectable(0.004, 40)
    assert minimum_detectable(0.004, 40, grows=lambda effect: 1 + effect / 0.1) > steady
    assert minimum_detectable(0.004, 40, grows=lambda effect: 1 + 1e9 * effect**2) == float("inf")


def test_far_beyond_the_tabulated_t_everything_is_found():
    assert power(1.0, 1e-4, 20) == 1.0
