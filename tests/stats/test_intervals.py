from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.stats.intervals import (
    mean_interval,
    paired_percentile_difference,
    paired_ratio_difference,
    percentile,
    percentile_interval,
    ratio_interval,
)
from tests.stats.simulation import simulate

counts = st.lists(st.tuples(st.integers(0, 5), st.integers(1, 20), st.sampled_from("abcdefghijkl")), min_size=1)


def shares_within(truth, intervals):
    return np.mean([interval.low <= truth <= interval.high for interval in intervals])


@pytest.mark.parametrize(("speakers", "utterances"), [(40, 20), (10, 60), (200, 5)])
def test_rate_interval_covers_the_truth_as_often_as_it_says(speakers, utterances):
    rng = np.random.default_rng(20)
    truth = simulate(rng, speakers=60_000, utterances=5)
    expected = truth.errors_a.sum() / truth.lengths.sum()
    corpora = [simulate(rng, speakers=speakers, utterances=utterances) for _ in range(500)]
    share = shares_within(expected, [ratio_interval(c.errors_a, c.lengths, c.clusters) for c in corpora])
    assert 0.91 <= share <= 0.98  # 500 draws: two standard errors of 1 point about 93 to 97 %


@pytest.mark.slow
@pytest.mark.parametrize(("speakers", "utterances"), [(40, 50), (200, 10), (20, 100)])
def test_rate_interval_covers_93_to_97_percent(speakers, utterances):
    rng = np.random.default_rng(21)
    truth = simulate(rng, speakers=200_000, utterances=5)
    expected = truth.errors_a.sum() / truth.lengths.sum()
    corpora = (simulate(rng, speakers=speakers, utterances=utterances) for _ in range(4000))
    share = shares_within(expected, [ratio_interval(c.errors_a, c.lengths, c.clusters) for c in corpora])
    assert 0.93 <= share <= 0.97


def test_utterances_taken_as_independent_cover_far_too_rarely():
    rng = np.random.default_rng(22)
    corpora = [simulate(rng, speakers=10, utterances=100) for _ in range(200)]
    alone = [ratio_interval(c.errors_a, c.lengths, [str(i) for i in range(1000)]) for c in corpora]
    assert shares_within(0.10, alone) < 0.6


def test_paired_difference_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(23)
    corpora = [simulate(rng, speakers=30, utterances=20, worse_by=0.02) for _ in range(500)]
    differences = [paired_ratio_difference(c.errors_b, c.lengths, c.errors_a, c.lengths, c.clusters) for c in corpora]
    assert 0.92 <= shares_within(0.02, differences) <= 0.98


@pytest.mark.parametrize("q", [0.5, 0.9])
def test_percentile_interval_covers_the_truth_as_often_as_it_says(q):
    rng = np.random.default_rng(24)

    def latencies(speakers, utterances):
        return (rng.normal(0, 0.3, (speakers, 1)) + rng.normal(0, 0.4, (speakers, utterances))).ravel()

    truth = np.quantile(rng.normal(0, 0.5, 1_000_000), q)
    clusters = [f"s{i // 10}" for i in range(300)]
    intervals = [percentile_interval(latencies(30, 10), clusters, q, seed=i) for i in range(200)]
    assert 0.90 <= shares_within(truth, intervals) <= 0.99


@given(counts)
def test_a_run_against_itself_differs_by_exactly_nothing(rows):
    errors, lengths, clusters = (list(column) for column in zip(*rows, strict=True))
    difference = paired_ratio_difference(errors, lengths, errors, lengths, clusters)
    latency = paired_percentile_difference(errors, errors, clusters, 0.9)
    assert difference.value == latency.value == 0.0
    if difference.n_clusters >= 8:
        assert difference.low == difference.high == difference.standard_error == 0.0
        assert latency.low == latency.high == 0.0


@given(counts)
def test_rate_is_pooled_and_lies_in_its_interval(rows):
    errors, lengths, clusters = (list(column) for column in zip(*rows, strict=True))
    interval = ratio_interval(errors, lengths, clusters)
    assert interval.value == pytest.approx(sum(errors) / sum(lengths))
    assert interval.n_clusters == len(set(clusters))
    if interval.low is not None:
        assert 0 <= interval.low <= interval.value <= interval.high


def test_closed_form_equals_the_textbook_on_equal_lengths():
    """With one utterance of equal length per cluster the ratio estimator is the mean with Student's t."""
    from scipy import stats

    errors = np.random.default_rng(3).integers(0, 6, 30)
    interval = ratio_interval(errors, np.full(30, 10), [str(i) for i in range(30)])
    theirs = stats.ttest_1samp(errors / 10, 0).confidence_interval(0.95)
    assert (interval.low, interval.high) == (pytest.approx(theirs.low), pytest.approx(theirs.high))


def test_mean_of_negative_values_is_not_cut_off_at_zero():
    interval = mean_interval(-np.arange(10.0), [str(i) for i in range(10)])
    assert interval.value == -4.5
    assert interval.low < -4.5 < interval.high < 0


def test_relative_difference_asks_whether_one_exceeds_a_multiple_of_the_other():
    clusters = [str(i) for i in range(20)]
    lengths, errors = np.full(20, 100), np.arange(20)
    tenth_more = paired_ratio_difference(errors * 1.1, lengths, errors, lengths, clusters, times_b=1.1)
    assert tenth_more.value == pytest.approx(0)
    assert tenth_more.high == pytest.approx(0)


def test_few_clusters_give_no_interval_and_a_reason():
    interval = ratio_interval([1, 2, 0], [10, 10, 10], ["a", "b", "c"])
    assert (interval.value, interval.low, interval.high) == (pytest.approx(0.1), None, None)
    assert interval.note == "only 3 clusters (speakers): no interval; per-cluster values instead"
    assert "few clusters (8)" in ratio_interval([1] * 7 + [2], [9] * 8, list("abcdefgh")).note
    assert ratio_interval([1] * 29 + [2], [9] * 30, [str(i) for i in range(30)]).note is None


def test_no_reference_gives_no_rate_and_no_errors_give_no_interval():
    assert ratio_interval([2, 0], [0, 0], ["a", "b"]).value is None
    clean = ratio_interval([0] * 10, [5] * 10, [str(i) for i in range(10)])
    assert (clean.value, clean.low) == (0.0, None)
    assert "no errors" in clean.note


def test_percentile_is_the_nearest_rank_and_says_on_how_many_values_it_rests():
    assert percentile([1.0, 2.0, 3.0, 4.0], 0.5) == 2.0
    interval = percentile_interval(range(40), [str(i) for i in range(40)], 0.95)
    assert interval.value == 37.0
    assert interval.note == "percentile 95 rests on 2 of 40 values"


@pytest.mark.parametrize("q", [0.02, 0.5, 0.95])
@pytest.mark.parametrize("n_clusters", [8, 50, 3000])
def test_percentile_interval_equals_resampling_written_out(q, n_clusters):
    rng = np.random.default_rng(9)
    values = np.sort(rng.gamma(2, 1, 3000).round(2)) if n_clusters == 8 else rng.gamma(2, 1, 3000).round(2)
    clusters = rng.permutation(3000) % n_clusters if n_clusters > 8 else np.arange(3000) * 8 // 3000
    interval = percentile_interval(values, [str(c) for c in clusters], q)
    members = [values[clusters == c] for c in range(n_clusters)]
    draws = [
        percentile(np.concatenate([members[c] for c in rng.integers(0, n_clusters, n_clusters)]), q) for _ in range(400)
    ]
    spread = np.std(draws) * np.sqrt(n_clusters / (n_clusters - 1))
    assert interval.standard_error == pytest.approx(spread, rel=0.2, abs=1e-9)


def test_same_seed_same_interval_and_another_seed_another():
    values, clusters = np.random.default_rng(1).gamma(2, 1, 200), [f"s{i // 5}" for i in range(200)]
    first, again, other = (percentile_interval(values, clusters, 0.9, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ratio_interval([1], [2, 3], ["a", "b"]), "one value per cluster label"),
        (lambda: ratio_interval([np.nan], [2], ["a"]), "finite"),
        (lambda: percentile_interval([1.0], ["a"], 95), "share between 0 and 1"),
        (lambda: ratio_interval([1] * 9, [2] * 9, list("abcdefghi"), level=95), "between 0 and 1"),
    ],
)
def test_wrong_arguments_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
