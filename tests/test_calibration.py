"""The ruler held to the truth: the driver, in a process, against an emulator in another, at small scale."""

import json
import os

import pytest
from click.testing import CliRunner

from bench.calibration import Calibration, Level, MetricError, cache_path, calibrate, keep, latest, true_latencies
from bench.cli import app
from bench.config import ValiditySpec
from bench.report.document import _ruler

ANY = ValiditySpec(
    max_send_lag_p99_s=60, max_send_lag_s=60, max_backpressure_s=60, max_clock_step_s=60, max_cpu_saturated=1.0
)


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def level(streams, *, valid=True, **errors):
    return Level(
        streams=streams, failed=0, valid=valid, reasons=() if valid else ("late",), send_lag_p99_s=0.001, errors=errors
    )


def calibration(*levels):
    return Calibration(
        made_at="2026-11-23T10:00:00+00:00",
        earwitness="0",
        python="3.11",
        machine={},
        chunk_bytes=4096,
        levels=levels,
    )


def test_the_truth_is_when_each_chunk_is_due_and_the_known_delay():
    truth = true_latencies()
    # Chunks of 0.128 s: 0.5 s is in the 4th (due at 0.512), the last sample before 2.1 s in the 17th (due at 2.176).
    assert truth["first_partial_latency_s"] == pytest.approx(0.512 + 0.15 - 0.5)
    assert truth["final_latency_s"] == pytest.approx(2.176 + 0.25 - 2.1)
    assert truth["end_to_last_message_s"] == 0.1


def test_the_measured_error_is_small_beside_what_is_measured():
    """Median, since the tail is the test machine's; 40 ms is a third of a chunk, and any anchor error is larger.

    A busy machine is late in both processes: what the driver itself admits to be late by is allowed besides.
    """
    (found,) = calibrate([12], limits=ANY).levels
    assert (found.failed, found.valid) == (0, True)
    assert found.errors.keys() == true_latencies().keys()
    for error in found.errors.values():
        assert error.n == 12
        assert error.p50_s < 0.04 + found.send_lag_p99_s
        assert error.p50_s <= error.p95_s <= error.p99_s


def test_the_largest_valid_number_has_only_valid_ones_below_it():
    assert calibration(level(1), level(50, valid=False), level(10), level(100)).largest_valid == 10
    assert calibration(level(1, valid=False), level(10)).largest_valid is None


def test_the_latest_calibration_is_kept_per_machine():
    assert latest() is None
    error = MetricError(bias_s=0.001, p50_s=0.001, p95_s=0.002, p99_s=0.003, n=12)
    path = keep(calibration(level(1, final_latency_s=error)))
    assert path == cache_path()
    assert latest()["levels"][0]["errors"]["final_latency_s"]["p99_s"] == 0.003
    assert latest()["largest_valid"] == 1
    path.write_text("torn", encoding="utf-8")
    assert latest() is None


@pytest.mark.parametrize(
    ("streams", "said"),
    [
        (5, "final +2 ms (p50 2 ms, p95 3 ms, p99 4 ms) at 10 streams, measured 2026-11-23"),
        (11, "at 10 streams, measured 2026-11-23; NOT calibrated for as many streams as this run had"),
    ],
)
def test_a_report_states_the_error_at_as_many_streams_as_the_run_had(streams, said):
    error = MetricError(bias_s=0.002, p50_s=0.002, p95_s=0.003, p99_s=0.004, n=12)
    keep(calibration(level(1), level(10, final_latency_s=error)))
    resolved = {"config": {"stream": {"concurrency": streams}}}
    assert _ruler(resolved, {"calibration": latest()}).endswith(said)
    assert "bench calibrate" in _ruler(resolved, {"calibration": None})


@pytest.mark.slow
def test_the_command_keeps_what_it_measured(tmp_path):
    result = CliRunner().invoke(app, ["calibrate", "--streams", "20"], env=dict(os.environ))
    assert result.exit_code in (0, 3), result.output  # 3: this machine is too busy, and says so
    assert "final_latency_s" in result.output
    assert json.loads(cache_path().read_text(encoding="utf-8"))["levels"][0]["streams"] == 20
