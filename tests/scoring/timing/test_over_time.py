"""Lag and errors by time since the audio began, against a plain recount."""

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.scoring.cells import Order
from bench.scoring.timing.log import Log
from bench.scoring.timing.over_time import marks, over_time
from bench.types import Cell, Timing
from tests.scoring.timing.log_builder import transcript, utterance

WORDS = (("one", 0.5, 0.8), ("two", 1.0, 1.3), ("three", 1.6, 2.0))
CELL = Cell("a", "stream", "clean", "corpus", "en")


def spread(logs):
    return over_time([marks(logs)], order=Order(engines=["b", "a"], conditions=["noise", "clean"]))


def log(*shown, words=WORDS, mode="stream", timing=None):
    return Log(utterance=utterance(words=words), transcript=transcript(*shown, timing=timing), mode=mode)


def test_lag_and_errors_fall_into_the_second_in_which_a_result_came():
    (found,) = spread([(CELL, log((0.9, "partial", "one", 0.7), (2.2, "final", "one too three", 2.0)))])
    first, second, third = found.bins
    assert (first.lag_p50_s, first.lag_p95_s, first.num_lags) == (pytest.approx(0.2), pytest.approx(0.2), 1)
    assert (first.errors, first.spoken) == (0, 1)
    assert (second.num_lags, second.lag_p50_s, second.spoken, second.partial_wer) == (0, None, 0, None)
    assert (third.errors, third.spoken, third.partial_wer) == (1, 3, pytest.approx(1 / 3))
    assert found.num_streams == 1


def test_without_word_times_there_is_lag_and_no_error_rate():
    (found,) = spread([(CELL, log((0.9, "partial", "one", 0.7), words=None))])
    assert found.bins[0].num_lags == 1
    assert found.bins[0].partial_wer is None


def test_only_real_time_streams_count():
    fast = log((0.9, "partial", "one", 0.7), timing=Timing(speed=4.0, done_s=1.0))
    assert spread([(CELL, fast), (CELL, log((0.9, "final", "one", 0.7), mode="batch"))]) == ()


TIMES = st.lists(st.floats(0, 400), min_size=1, max_size=30)


@given(st.lists(TIMES, min_size=1, max_size=3))
def test_every_result_is_in_one_bin_and_there_are_few(streams):
    logs = [(CELL, log(*((t, "partial", "one", t / 2) for t in sorted(times)))) for times in streams]
    (found,) = spread(logs)
    lags = defaultdict(list)
    for t in (t for times in streams for t in times):
        (home,) = [each for each in found.bins if each.begin_s <= t < each.end_s]
        lags[home.begin_s].append(t / 2)
    assert len(found.bins) <= 24
    assert {each.begin_s: each.num_lags for each in found.bins if each.num_lags} == {
        at: len(values) for at, values in lags.items()
    }
    for each in found.bins:
        if each.num_lags:
            assert each.lag_p50_s == pytest.approx(sorted(lags[each.begin_s])[(each.num_lags - 1) // 2])
    assert [each.end_s for each in found.bins[:-1]] == [each.begin_s for each in found.bins[1:]]


def test_groups_come_in_the_order_of_the_config():
    shown = log((0.9, "final", "one", 0.7))
    found = spread([(Cell(e, "stream", c, "corpus", "en"), shown) for e in "ab" for c in ("clean", "noise")])
    assert [(one.engine, one.condition) for one in found] == [(e, c) for e in "ba" for c in ("noise", "clean")]
