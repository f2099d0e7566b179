"""The energy detector."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.audio.energy import SpeechDetector
from tests.emulator.running import RATE, tone

_AUDIO = np.concatenate([np.zeros(8000, np.float32), tone(0.6), np.zeros(24_000, np.float32), tone(0.2)])


@given(st.lists(st.integers(1, 9000), min_size=1, max_size=20))
def test_where_speech_is_does_not_depend_on_how_it_was_cut(sizes):
    detector, changes, at = SpeechDetector(RATE), [], 0
    for size in [*sizes, len(_AUDIO)]:
        changes += detector.push(_AUDIO[at : at + size])
        at += size
    assert changes == [("speech_started", 0.5), ("speech_ended", 1.1), ("speech_started", 2.6)]
    assert detector.speaking


def test_a_click_is_not_speech():
    detector = SpeechDetector(RATE)
    click = np.zeros(RATE, np.float32)
    click[5000:5200] = 0.5
    assert list(detector.push(click)) == []
    assert detector.silence_s == pytest.approx(1.0 - 0.34)
