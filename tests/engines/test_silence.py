"""The energy baseline on tones whose pauses are known."""

from __future__ import annotations

import numpy as np
import pytest

from bench.engines import ENGINES
from bench.engines.silence import SilenceEngine, SilenceSettings
from tests.emulator.running import RATE, tone


def quiet(seconds):
    return np.zeros(round(seconds * RATE), np.float32)


SPEECH = np.concatenate([quiet(0.5), tone(1.0), quiet(0.4), tone(1.0), quiet(2.0)])
"""Loud from 0.5 to 1.5 s and from 1.9 to 2.9 s."""


def heard(end_after_ms, samples=SPEECH, chunk=800, **settings):
    stream = SilenceEngine(SilenceSettings(end_after_ms=end_after_ms, **settings)).open_stream(RATE, None)
    parts = [stream.accept(samples[at : at + chunk]) for at in range(0, len(samples), chunk)]
    told = [
        ((number + 1) * chunk / RATE, event.end_s)
        for number, events in enumerate(parts)
        for event in events
        if event.text == "speech_ended"
    ]
    return told, stream.finish()


@pytest.mark.parametrize(
    ("end_after_ms", "ends"),
    [(300, [(1.8, 1.5), (3.2, 2.9)]), (500, [(3.4, 2.9)]), (1900, [(4.8, 2.9)]), (2500, [])],
)
def test_a_turn_ends_after_so_much_quiet_and_no_sooner(end_after_ms, ends):
    told, last = heard(end_after_ms)
    assert [at_s for at_s, _ in told] == pytest.approx([at_s for at_s, _ in ends], abs=0.051)
    assert [end_s for _, end_s in told] == pytest.approx([end_s for _, end_s in ends], abs=0.021)
    assert [event.is_last for event in last] == [True]
    assert [event.text for event in last] == [""]


def test_what_is_not_loud_enough_is_quiet():
    assert heard(300, SPEECH * 0.001)[0] == []
    assert len(heard(300, SPEECH * 0.001, threshold_dbfs=-100)[0]) == 2


def test_a_run_s_common_setting_is_its_quiet():
    factory = ENGINES.load("silence")
    assert factory.common_settings({"endpointing_ms": 400, "punctuation": True}) == {"end_after_ms": 400}
    assert factory.create(factory.Settings(), {}).transcribe(SPEECH, RATE, "en").text == ""
    assert factory.about.modes == ("stream",)
