"""The frontier of a sweep against scipy's interpolation over settings that nothing dominates, and on cases by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.interpolate import interp1d

from bench.scoring.cells import ScoredTrial
from bench.scoring.records import estimate_of, estimate_row
from bench.scoring.timing.frontier import MEASURES, along, sweep_estimates, sweeps
from bench.types import Cell, Sweep

SWEPT = sweeps({f"silence-{ms}": ("silence", {"end_after_ms": ms, "threshold_dbfs": -45.0}, None) for ms in (200, 600)})


def turn(engine, utterance, *, early, delay_s, speaker=None):
    return ScoredTrial(
        utterance_id=f"u{utterance}",
        cluster=speaker or f"s{utterance}",
        cell=Cell(engine, "stream", "clean", "c", "en"),
        duration_s=6.0,
        reference_words=4,
        words=None,
        tallies={"turn.all": 1.0, "turn.early": float(early), "turn.delay_s": delay_s},
    )


def swept(trials, sweep=SWEPT):
    return {estimate.metric: estimate for estimate in sweep_estimates(trials, sweep)}


SPEAKERS = range(20)
TRIALS = [
    *(turn("silence-200", n, early=n < 4, delay_s=0.2) for n in SPEAKERS),
    *(turn("silence-600", n, early=False, delay_s=0.6) for n in SPEAKERS),
]
"""A fifth cut short at 0.2 s, none at 0.6 s."""


def test_delay_and_cut_offs_lie_on_the_line_between_two_settings():
    made = swept(TRIALS)
    assert [made[measure.name].value for measure in MEASURES] == pytest.approx([0.5, 0.4, 0.15, 0.0])
    delay = made["turn_end_delay_at_10_pct_s"].interval
    assert delay.low is not None
    assert delay.high is not None
    assert delay.low < 0.4 < delay.high
    assert delay.n_clusters == 20


def test_a_sweep_has_a_place_of_its_own_in_the_tables():
    for estimate in swept(TRIALS).values():
        assert estimate.scope == Sweep(
            name="silence by end_after_ms", mode="stream", condition="clean", corpus="c", language="en"
        )
        assert estimate_of(estimate_row(estimate)) == estimate


def test_what_was_not_swept_has_no_value_but_a_reason():
    often = [turn(t.cell.engine, t.utterance_id, early=True, delay_s=0.2, speaker=t.cluster) for t in TRIALS]
    made = swept(often)["turn_end_delay_at_5_pct_s"].interval
    assert made.value is None
    assert "sweep further" in (made.note or "")
    slow = swept([turn(t.cell.engine, t.utterance_id, early=False, delay_s=1.0, speaker=t.cluster) for t in TRIALS])
    assert slow["early_turn_ends_at_300_ms"].value is None
    assert slow["turn_end_delay_at_5_pct_s"].value == 1.0
    assert "most that was swept" in (slow["turn_end_delay_at_5_pct_s"].note or "")


def test_settings_are_compared_on_the_turns_that_all_heard():
    lucky = [trial for trial in TRIALS if trial.cell.engine == "silence-200" or trial.cluster not in {"s0", "s1"}]
    made = swept(lucky)["turn_end_delay_at_10_pct_s"].interval
    assert made.n == 18
    assert made.value == pytest.approx(0.6 - 0.4 * (0.1 / (2 / 18)))


@pytest.mark.parametrize(("speakers", "of_share", "of_delay"), [(6, False, False), (19, True, False), (20, True, True)])
def test_few_speakers_have_no_interval(speakers, of_share, of_delay):
    """Of a delay fewer than 20 are few: over 8 its interval held 89.6 % of 1,000 draws."""
    made = swept([trial for trial in TRIALS if int(trial.cluster[1:]) < speakers])
    share, delay = made["early_turn_ends_at_300_ms"].interval, made["turn_end_delay_at_10_pct_s"].interval
    assert (share.low is not None, delay.low is not None) == (of_share, of_delay)
    assert delay.value is not None
    if of_share and not of_delay:
        assert delay.note == "a delay between two settings needs an effective 20 speakers for an interval"


def test_a_sweep_is_engines_that_differ_in_one_number():
    known = sweeps(
        {
            "a": ("pulse", {"eou_timeout_ms": 200, "language": "en"}, None),
            "b": ("pulse", {"eou_timeout_ms": 400, "language": "en"}, None),
            "c": ("pulse", {"eou_timeout_ms": 800, "language": "hi"}, None),
            "d": ("silence", {"eou_timeout_ms": 800, "language": "en"}, None),
            "e": ("pulse", {"eou_timeout_ms": 900, "language": "en"}, {"recognizer": "other"}),
            "f": ("pulse", {"eou_timeout_ms": True, "language": "en"}, None),
        }
    )
    assert [(each.label, each.points) for each in known] == [("pulse by eou_timeout_ms", ((200.0, "a"), (400.0, "b")))]


POINTS = st.lists(st.tuples(st.integers(0, 10), st.integers(0, 20)), min_size=1, max_size=8)


@settings(max_examples=200, deadline=None)
@given(POINTS, st.integers(0, 12))
@example([(0, 5), (0, 3), (10, 3)], 5)
@example([(0, 5), (5, 1), (5, 4), (7, 2)], 6)
def test_the_frontier_is_what_is_left_when_beaten_settings_are_taken_out(points, at):
    x, y = (np.array(column, dtype=float) for column in zip(*points, strict=True))
    best = [p for p in points if not any(q != p and q[0] <= p[0] and q[1] <= p[1] for q in points)]
    best_x, best_y = zip(*sorted(set(best)), strict=True)
    expected = (
        best_y[0]
        if len(best_x) == 1
        else interp1d(best_x, best_y, bounds_error=False, fill_value=(best_y[0], best_y[-1]))(at)
    )
    assert along(x, y, at) == pytest.approx(float(expected))
    assert along(np.stack([x, x]), np.stack([y, y]), at) == pytest.approx([float(expected)] * 2)
