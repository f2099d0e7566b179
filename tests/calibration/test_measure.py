"""The ruler held to the truth: the harness as it runs, against an emulator whose delays are known, at small scale."""

import json
import os
from dataclasses import replace

import pytest
from click.testing import CliRunner

from bench.calibration.known import CHUNK_S, KnownScript, true_latencies
from bench.calibration.measure import arrivals_of, emulated, errors_of
from bench.calibration.record import (
    CalibratedLevel,
    Calibration,
    MetricError,
    is_current,
    keep,
    metric_versions,
    tail_name,
)
from bench.cli import app
from bench.machine import cache_path, latest
from bench.report.run.how import ruler
from bench.scoring.timing.latency import METRICS as LATENCY
from bench.scoring.timing.metrics import METRICS

STREAMS = 12
LATE_S = 0.03
BY_THE_CHUNK = {"openbench_streaming_latency_s", "openbench_confirmed_latency_s"}
"""Count in audio sent, and so in whole chunks: 30 ms between two chunks are nothing to them."""
BETWEEN_ANSWERS = {"time_to_stable_word_s"}
"""From one answer to another: what makes all answers late cancels out."""
NO_TRUTH = {
    "connect_s": "how long a connection takes is up to both sides' system",
    "send_lag_p50_s": "it is itself the harness's error",
    "send_lag_p99_s": "it is itself the harness's error",
    "max_send_lag_s": "it is itself the harness's error",
    "backpressure_s": "it is itself the harness's trouble",
}
"""Metrics in seconds that no script determines, and why."""


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def errors():
    """Of streams that the emulator answers when the truth says, and of as many that it answers 30 ms later.

    Measured again, up to five times, where this machine stood still: an error of ours is in each.
    """
    for _ in range(5):
        punctual, tardy = measured()
        if not wrong(punctual) and wrong(tardy) == late(tardy):
            break
    return punctual, tardy


def measured():
    script = KnownScript()
    slower = replace(
        script,
        first_partial_delay_s=script.first_partial_delay_s + LATE_S,
        final_delay_s=script.final_delay_s + LATE_S,
        close_delay_s=script.close_delay_s + LATE_S,
    )
    with emulated({"order": [script.entry()] * STREAMS, "default": slower.entry()}) as bench:
        results = bench.run("stream", 2 * STREAMS, STREAMS, arrivals_of(2, STREAMS)).results()
        halves = [[results[id] for id in sorted(results)][first : first + STREAMS] for first in (0, STREAMS)]
        punctual, tardy = (errors_of(bench.utterance, half, "stream", true_latencies(script)) for half in halves)
    return punctual, tardy


def wrong(errors):
    """Metrics whose error is not small beside what is measured.

    Held are what a busy machine leaves alone. A p50 was 1.5 ms at most where each of two processors was shared by
    three programs, and 7 ms for one stream where it was shared by six or more; no few stalls make a mean of 20 ms. A
    systematic error, of an anchor or of a clock, is in every stream. The tail is the test machine's, and is not held.
    The p50 of what is right is nearer to 0 than to what is 30 ms late.
    """
    return {name for name, error in errors.items() if error.p50_s > LATE_S / 2 or abs(error.bias_s) > 0.02}


def late(errors):
    """Metrics that show it where all answers are late."""
    return errors.keys() - BY_THE_CHUNK - BETWEEN_ANSWERS


def test_every_latency_of_a_stream_is_measured_right(errors):
    punctual, _ = errors
    assert punctual.keys() == true_latencies(KnownScript()).keys() - {"batch_latency_s"}
    assert {error.n for error in punctual.values()} == {STREAMS}
    assert wrong(punctual) == set(), punctual


def test_an_error_of_30_ms_would_be_seen(errors):
    _, tardy = errors
    assert wrong(tardy) == late(tardy)


def test_every_latency_has_a_truth_or_a_reason_to_have_none():
    timed = {name for name, metric in METRICS.items() if metric.unit == "s"}
    assert timed == true_latencies(KnownScript()).keys() | NO_TRUTH.keys()
    assert not true_latencies(KnownScript()).keys() & NO_TRUTH.keys()
    assert NO_TRUTH.keys() <= LATENCY.keys()


def test_the_truth_by_hand():
    """Chunks of 128 ms. Words of 75 ms from 0.3 s on: "one" ends at 0.375, "ten" at 1.05, "sixteen" at 1.5.

    0.3 s is in the third chunk, which is due at 0.384; partials come 192 ms later and then every 256 ms: at 0.576
    with 1 word, at 0.832 (0.556 s of the audio) with 3, at 1.088 with 6, at 1.344 with 10, at 1.6 with 13, which is
    more than 10, so a final is cut. 1.5 s is in the twelfth chunk, due at 1.536; the final comes 192 ms later.
    """
    truth = true_latencies(KnownScript())
    assert truth["first_partial_latency_s"] == pytest.approx(0.576 - 0.3)
    assert truth["first_final_latency_s"] == pytest.approx(1.6 - 0.3)
    assert truth["final_latency_s"] == pytest.approx(1.728 - 1.5)
    assert truth["audio_end_to_final_s"] == pytest.approx(1.728 - 2.0)
    assert truth["segment_final_delay_max_s"] == pytest.approx(1.6 - 1.05)
    assert truth["segment_final_delay_p50_s"] == pytest.approx(1.728 - 1.5)
    # "three", "six" and "thirteen" are drafts until the result after the one that first shows them.
    assert truth["time_to_stable_word_s"] == pytest.approx((0.256 + 0.256 + 0.128) / 16)
    # "ten" is confirmed 0.55 s after its end, and later than this are the nine before it: 0.625 s is the 15th of 16.
    assert truth["word_emission_final_p90_s"] == pytest.approx(1.6 - 0.45)
    # 12 chunks are sent by 1.6 s (10 words, 0.75 s of speech), 13 by 1.728 s (6 more, 0.45 s).
    first, second = (0.486 + 1.536) / 2 * 0.75, (0.164 + 0.614) / 2 * 0.45
    assert truth["openbench_confirmed_latency_s"] == pytest.approx((first + second) / 1.2)


def test_a_tail_of_few_values_is_called_what_it_is():
    assert [tail_name(n) for n in (12, 99, 100)] == ["max of 12", "max of 99", "p99"]


def test_waves_follow_each_other_and_streams_are_spread_over_a_chunk():
    arrivals = arrivals_of(2, 4)
    due = list(arrivals.due_s.values())
    assert [at - due[0] for at in due[:4]] == pytest.approx([0, CHUNK_S / 4, CHUNK_S / 2, 3 * CHUNK_S / 4])
    assert due[0] == 0
    assert due[4] > due[3] + arrivals.connect_ahead_s + 2.0 + 0.1, "the last of the wave before is over"


# -- keeping it -------------------------------------------------------------------------------


ERROR = MetricError(bias_s=0.002, p50_s=0.002, p95_s=0.003, p99_s=0.004, n=12)


def level(streams, *, valid=True, **errors):
    return CalibratedLevel(
        streams=streams, failed=0, valid=valid, reasons=() if valid else ("late",), send_lag_p99_s=0.001, errors=errors
    )


def calibration(*levels, batch=None):
    return Calibration(
        made_at="2026-11-23T10:00:00+00:00",
        earwitness="0.7",
        python="3.11",
        machine={},
        metrics=metric_versions(),
        chunk_bytes=4096,
        batch=batch,
        levels=levels,
    )


def test_the_largest_valid_number_has_only_valid_ones_below_it():
    assert calibration(level(1), level(50, valid=False), level(10), level(100)).largest_valid == 10
    assert calibration(level(1, valid=False), level(10)).largest_valid is None


def test_the_latest_calibration_is_kept_per_machine():
    assert latest() is None
    path = keep(calibration(level(1, final_latency_s=ERROR)))
    assert path == cache_path()
    assert latest()["levels"][0]["errors"]["final_latency_s"]["p99_s"] == 0.004
    assert latest()["largest_valid"] == 1
    path.write_text("torn", encoding="utf-8")
    assert latest() is None


@pytest.mark.parametrize(
    ("streams", "said"),
    [
        (5, "at 10 streams"),
        (11, "at 10 streams; NOT calibrated for as many streams as this run had"),
    ],
)
def test_a_report_states_the_error_at_as_many_streams_as_the_run_had(streams, said):
    keep(calibration(level(1), level(10, final_latency_s=ERROR)))
    found = ruler(streams, latest())
    by = "measured by earwitness 0.7 on 2026-11-23"
    assert found == f"final +2 ms (median 2 ms, 95 % within 3 ms, max of 12 4 ms) {said}; {by}"
    assert "bench calibrate" in ruler(streams, None)


def test_a_report_states_the_error_of_batch():
    keep(calibration(level(4, final_latency_s=ERROR), batch=replace(ERROR, n=100)))
    said = ruler(4, latest())
    assert "; batch +2 ms (median 2 ms, 95 % within 3 ms, p99 4 ms), one request at a time; measured by" in said


def test_what_other_definitions_of_the_metrics_were_measured_by_is_not_quoted():
    older = replace(calibration(level(4, final_latency_s=ERROR)), metrics={**metric_versions(), "final_latency_s": 0})
    keep(older)
    assert not is_current(latest())
    said = ruler(4, latest())
    assert "2 ms" not in said
    assert "earwitness 0.7" in said
    assert "bench calibrate" in said
    assert not is_current({key: value for key, value in latest().items() if key != "metrics"})


@pytest.mark.slow
def test_the_command_shows_and_keeps_what_it_measured():
    result = CliRunner().invoke(app, ["calibrate", "--streams", "20"], env=dict(os.environ))
    assert result.exit_code in (0, 3), result.output  # 3: this machine is too busy, and says so
    shown = [line.split()[1] for line in result.output.splitlines() if "_s " in line]
    assert shown == list(true_latencies(KnownScript()))
    kept = json.loads(cache_path().read_text(encoding="utf-8"))
    assert kept["levels"][0]["streams"] == 20
    assert kept["levels"][0]["errors"]["final_latency_s"]["n"] == 100
    assert kept["batch"]["n"] == 100
    assert kept["batch"]["p50_s"] < KnownScript().batch_delay_s / 2, "what was ordered is no error"
