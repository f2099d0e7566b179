from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import logit

from bench.stats.bootstrap import word_information_lost
from bench.stats.clusters import t_quantile
from bench.stats.intervals import mean_interval, paired_ratio_difference, ratio_interval, statistic_interval
from benchmarks.simulated_speech import speak, truth, utterances_of
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


@given(counts)
def test_a_run_against_itself_differs_by_exactly_nothing(rows):
    errors, lengths, clusters = (list(column) for column in zip(*rows, strict=True))
    difference = paired_ratio_difference(errors, lengths, errors, lengths, clusters)
    assert difference.value == 0.0
    assert (difference.low, difference.high) == (None, None)


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

    errors, labels = np.random.default_rng(3).integers(0, 6, 30), [str(i) for i in range(30)]
    theirs = stats.ttest_1samp(errors / 10, 0).confidence_interval(0.95)
    mean = mean_interval(errors / 10, labels)
    assert (mean.low, mean.high) == (pytest.approx(theirs.low), pytest.approx(theirs.high))
    rate, share = (ratio_interval(errors, np.full(30, 10), labels, at_most=most) for most in (np.inf, 1.0))
    half = theirs.high - mean.value
    for interval, scale, slope in (
        (rate, np.log, 1 / mean.value),
        (share, logit, 1 / mean.value / (1 - mean.value)),
    ):
        assert interval.standard_error == pytest.approx(mean.standard_error)
        assert scale(interval.high) - scale(mean.value) == pytest.approx(half * slope)
        assert scale(mean.value) - scale(interval.low) == pytest.approx(half * slope)


@pytest.mark.parametrize(("events_sd", "rate"), [(0.5, 0.003), (1.0, 0.01)])
def test_a_rate_of_few_errors_of_few_speakers_is_held(events_sd, rate):
    """Value ± t SE held 92 and 85 %: few speakers seldom hold the one with most errors, and then all is too low."""
    rng = np.random.default_rng(12)
    labels, words, held, plain = [str(i) for i in range(8)], np.full(8, 250), [], []
    for _ in range(600):
        errors = rng.binomial(250, (rate * rng.lognormal(-(events_sd**2) / 2, events_sd, 8)).clip(0, 1))
        interval = ratio_interval(errors, words, labels)
        held.append(interval.low <= rate <= interval.high)
        half = t_quantile(0.95, 7) * (interval.standard_error or 0.0)
        plain.append(abs(interval.value - rate) <= half)
    assert np.mean(held) >= 0.92 - 2 * (0.92 * 0.08 / 600) ** 0.5
    assert np.mean(plain) < np.mean(held)


def test_mean_of_negative_values_is_not_cut_off_at_zero():
    interval = mean_interval(-np.arange(10.0), [str(i) for i in range(10)])
    assert interval.value == -4.5
    assert interval.low < -4.5 < interval.high < 0


def test_relative_difference_asks_whether_one_exceeds_a_multiple_of_the_other():
    clusters = [str(i) for i in range(20)]
    lengths, errors = np.full(20, 100), np.arange(20)
    tenth_more = paired_ratio_difference(errors * 1.1, lengths, errors, lengths, clusters, times_b=1.1)
    assert tenth_more.value == pytest.approx(0)
    assert tenth_more.standard_error == pytest.approx(0)


def test_few_clusters_give_no_interval_and_a_reason():
    interval = ratio_interval([1, 2, 0], [10, 10, 10], ["a", "b", "c"])
    assert (interval.value, interval.low, interval.high) == (pytest.approx(0.1), None, None)
    assert interval.note == "only 3 clusters (speakers): no interval; per-cluster values instead"
    assert "few clusters (8)" in ratio_interval([1] * 7 + [2], [9] * 8, list("abcdefgh")).note
    assert ratio_interval([1] * 29 + [2], [9] * 30, [str(i) for i in range(30)]).note is None


def test_no_reference_gives_no_rate_and_no_errors_give_a_one_sided_bound():
    assert ratio_interval([2, 0], [0, 0], ["a", "b"]).value is None
    clean = ratio_interval([0] * 10, [5] * 10, [str(i) for i in range(10)])
    assert (clean.value, clean.low) == (0.0, 0.0)
    assert clean.high == pytest.approx(1 - 0.05 ** (1 / 10))
    assert "no errors: one-sided 95% bound over 10 clusters" in clean.note
    assert ratio_interval([0] * 7, [5] * 7, list("abcdefg")).high is None


@pytest.mark.parametrize("value", [0.0, 3.0])
def test_values_that_do_not_vary_give_no_interval_of_width_zero(value):
    interval = mean_interval([value] * 20, [str(i) for i in range(20)])
    assert (interval.value, interval.low, interval.high) == (value, None, None)
    assert "nothing varies" in interval.note


def test_all_wrong_is_no_certainty():
    interval = ratio_interval([5] * 20, [5] * 20, [str(i) for i in range(20)])
    assert (interval.value, interval.low, interval.high) == (1.0, None, None)


def test_a_share_is_at_most_all():
    wrong, labels = [1] * 22 + [0] * 2, [str(i // 2) for i in range(24)]
    share, count = (ratio_interval(wrong, [1] * 24, labels, at_most=most) for most in (1.0, np.inf))
    assert 22 / 24 < share.high < 1.0 < count.high


@pytest.mark.parametrize("clusters", [7, 8, 20])
def test_a_share_of_exactly_all_has_the_bound_of_one_of_nothing(clusters):
    labels = [str(i) for i in range(clusters)]
    none, every = (ratio_interval([n] * clusters, [5] * clusters, labels, at_most=1.0) for n in (0, 5))
    columns = [[5.0, 0.0]] * clusters
    f1 = statistic_interval(columns, lambda s: s[..., 0] / s.sum(axis=-1), labels, is_share=True)
    if clusters < 8:
        assert none.high is every.low is f1.low is None
        return
    bound = 1 - 0.05 ** (1 / clusters)
    assert (none.low, none.high) == (0.0, pytest.approx(bound))
    assert (every.low, every.high) == (f1.low, f1.high) == (pytest.approx(1 - bound), 1.0)
    assert f"over {clusters} clusters (speakers), of which none had anything else" in every.note


def test_a_rate_of_exactly_one_that_may_be_more_has_no_such_bound():
    assert ratio_interval([5] * 9, [5] * 9, list("abcdefghi")).low is None


@pytest.mark.parametrize(("last", "with_one_more"), [(16, (110 + 50) / 1100), (80, (174 + 80) / 1100)])
def test_where_sessions_fail_whole_the_upper_limit_allows_for_one_more(last, with_one_more):
    """Of mean size and half wrong, or like the worst seen where that is worse."""
    errors, words = np.array([10, 12, 9, 11, 10, 8, 13, 10, 11, last]), np.full(10, 100)
    labels = [str(i) for i in range(10)]
    plain, wider = (ratio_interval(errors, words, labels, fails_whole=whole) for whole in (False, True))
    assert wider.high == pytest.approx(with_one_more * plain.high / plain.value)
    assert (wider.value, wider.low, wider.standard_error) == (plain.value, plain.low, plain.standard_error)
    share = ratio_interval(errors, words, labels, at_most=1.0, fails_whole=True)
    assert plain.high < share.high < 1.0


@given(counts, st.booleans(), st.booleans())
def test_a_share_and_its_rest_have_mirrored_limits(rows, fails_whole, is_share):
    errors, lengths, clusters = (list(column) for column in zip(*rows, strict=True))
    errors = [min(pair) for pair in zip(errors, lengths, strict=True)]
    at_most = 1.0 if is_share else np.inf
    interval = ratio_interval(errors, lengths, clusters, at_most=at_most, fails_whole=fails_whole)
    if interval.low is None:
        return
    assert 0 <= interval.low <= interval.value <= interval.high <= at_most
    if is_share and not fails_whole:
        rest = [n - e for e, n in zip(errors, lengths, strict=True)]
        mirrored = ratio_interval(rest, lengths, clusters, at_most=1.0)
        assert (1 - mirrored.high, 1 - mirrored.low) == pytest.approx((interval.low, interval.high))


def test_leaving_out_each_cluster_in_turn_gives_the_same_spread():
    rng = np.random.default_rng(4)
    lengths, labels = rng.integers(1, 30, 60), [f"s{i}" for i in rng.integers(0, 12, 60)]
    errors = rng.binomial(lengths, 0.3)
    names = sorted(set(labels))
    without = [
        sum(e for e, name in zip(errors, labels, strict=True) if name != left_out)
        / sum(n for n, name in zip(lengths, labels, strict=True) if name != left_out)
        for left_out in names
    ]
    moved = np.array(without) - errors.sum() / lengths.sum()
    expected = np.sqrt((len(names) - 1) / len(names) * (moved**2).sum())
    assert ratio_interval(errors, lengths, labels).standard_error == pytest.approx(expected)


def test_speakers_of_unequal_size_count_by_how_much_of_the_speech_they_have():
    sizes = [200] * 8 + [2] * 92
    labels = [f"s{i}" for i, size in enumerate(sizes) for _ in range(size)]
    errors = np.random.default_rng(5).binomial(10, 0.2, len(labels))
    interval = ratio_interval(errors, [10] * len(labels), labels)
    assert interval.degrees_of_freedom == pytest.approx(sum(sizes) ** 2 / sum(size**2 for size in sizes) - 1)
    assert "few clusters (10 of 100, by their sizes)" in interval.note
    one = [*["huge"] * 2000, *(f"s{i}" for i in range(99) for _ in range(10))]
    dominated = ratio_interval(np.random.default_rng(6).binomial(10, 0.2, len(one)), [10] * len(one), one)
    assert (dominated.low, dominated.high) == (None, None)
    assert "100 clusters (speakers) of very unequal size count as 2.2: no interval" in dominated.note


@pytest.mark.parametrize("sizes", ["pareto", "equal"])
def test_intervals_hold_where_speakers_are_of_unequal_size(sizes):
    """Pareto-sized speakers covered 79 % (WER) and 89 % (difference) with as many clusters as there are speakers."""
    rng, true = np.random.default_rng(7), truth(0.2)
    corpora = [speak(rng, utterances_of(sizes, 40, rng), 0.2) for _ in range(200)]
    rates = [ratio_interval(s.errors_a, s.words, s.speakers) for s in corpora]
    differences = [paired_ratio_difference(s.errors_b, s.words, s.errors_a, s.words, s.speakers) for s in corpora]
    assert shares_within(true.wer, [r for r in rates if r.low is not None]) >= 0.92 - 0.04  # two standard errors
    assert shares_within(true.difference, [d for d in differences if d.low is not None]) >= 0.92 - 0.04


def test_the_side_with_fewer_speakers_decides_of_a_gap_between_groups():
    """Groups of 20 speakers and of 1, equally good: the variance of one speaker is no variance."""
    labels = [f"s{i}" for i in range(21) for _ in range(10)]
    errors, inside = np.random.default_rng(8).binomial(10, 0.2, 210), np.arange(210) < 200
    zero, ten = np.zeros(210), np.full(210, 10)
    gap = paired_ratio_difference(
        np.where(inside, errors, zero),
        np.where(inside, ten, zero),
        np.where(inside, zero, errors),
        np.where(inside, zero, ten),
        labels,
    )
    assert gap.value is not None
    assert (gap.low, gap.standard_error) == (None, None)


def test_a_rate_is_the_statistic_of_its_two_sums():
    rng = np.random.default_rng(9)
    rows = rng.integers(0, 9, (80, 4)) + 1
    labels = [f"s{i % 16}" for i in range(80)]
    ratio = statistic_interval(rows, lambda sums: sums[..., 0] / sums[..., 1], labels)
    expected = ratio_interval(rows[:, 0], rows[:, 1], labels)
    assert (ratio.value, ratio.standard_error) == pytest.approx((expected.value, expected.standard_error))
    lost = statistic_interval(rows, word_information_lost, labels, within=(0.0, 1.0))
    assert 0 <= lost.low < lost.value < lost.high <= 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ratio_interval([1], [2, 3], ["a", "b"]), "one value per cluster label"),
        (lambda: ratio_interval([np.nan], [2], ["a"]), "finite"),
        (lambda: ratio_interval(range(9), [20] * 9, list("abcdefghi"), level=95), "between 0 and 1"),
    ],
)
def test_wrong_arguments_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
