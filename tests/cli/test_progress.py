"""How far it is: said once it takes more than two seconds, with a time left of the right size from the start."""

import re
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.cli import progress
from bench.cli.progress import Left, Now


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_FIRST_S", 0.05)
    monkeypatch.setattr(progress, "_LINE_EVERY_S", 0.05)


def test_what_takes_long_is_said_though_nothing_new_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with Now("comparing") as now:
        assert re.fullmatch(r"comparing \(\d+ s\)", next(lines(capsys)))
        now.stage("scoring", 2_000, 40_000)
        said = next(line for line in lines(capsys) if line.startswith("scoring: "))
    assert re.fullmatch(r"scoring: 2,000 of 40,000 trials, about .+ left \(\d+ s\)", said)


def lines(capsys: pytest.CaptureFixture[str], hangs_s: float = 120.0) -> Iterator[str]:
    """What is said from now on, line by line."""
    said, until = "", time.monotonic() + hangs_s
    while time.monotonic() < until:
        said += capsys.readouterr().err
        while "\n" in said:
            line, _, said = said.partition("\n")
            yield line
        time.sleep(0.01)
    raise AssertionError("nothing more is said")


def test_what_is_over_at_once_is_not_talked_about(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "_FIRST_S", 120.0)
    with Now("comparing"):
        pass
    assert capsys.readouterr().err == ""


EXPECTED = {"batch": (100, 20.0), "stream": (40, 600.0)}


def test_at_first_the_time_left_is_what_the_dry_run_says() -> None:
    assert Left(EXPECTED).seconds(0.0) == 620.0
    assert Left({}).seconds(5.0) == 0.0


@given(
    slower=st.floats(0.5, 2.0),
    begin_s=st.floats(0.0, 20.0),
    done=st.integers(1, 139),
)
def test_the_time_left_never_starts_at_ten_times_the_truth(slower: float, begin_s: float, done: int) -> None:
    """Requests first, then streams, as a run does it; models load, and all is slower or faster than expected."""
    left, elapsed = Left(EXPECTED), begin_s
    for number in range(done):
        mode = "batch" if number < 100 else "stream"
        trials, wall_s = EXPECTED[mode]
        elapsed += slower * wall_s / trials
        left.finished(mode)
    truth = begin_s + slower * 620.0 - elapsed
    assert truth / 3 - 1 <= left.seconds(elapsed) <= 3 * truth + 1


def test_a_mode_that_nothing_was_expected_of_is_no_error() -> None:
    left = Left(EXPECTED)
    left.finished("other")
    assert left.seconds(1.0) == 620.0
