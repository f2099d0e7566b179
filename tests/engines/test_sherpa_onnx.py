"""The adapter of sherpa-onnx against a stand-in of its library: no model of it installs from the package index."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from bench.engines import ENGINES


class Stream:
    def __init__(self):
        self.waiting, self.decoded, self.ended = 0, 0, False

    def accept_waveform(self, rate, samples):
        assert rate == 8_000
        self.waiting += len(samples)

    def input_finished(self):
        self.ended = True


class Recognizer:
    """Hears one word a second, and ends a segment after two."""

    def create_stream(self):
        return Stream()

    def is_ready(self, stream):
        return stream.waiting >= 800

    def decode_stream(self, stream):
        stream.waiting -= 800
        stream.decoded += 800

    def get_result(self, stream):
        return " ".join(["word"] * (stream.decoded // 8_000))

    def is_endpoint(self, stream):
        return stream.decoded >= 16_000

    def reset(self, stream):
        stream.decoded = 0


@pytest.fixture
def engine(monkeypatch):
    made = SimpleNamespace(from_transducer=lambda **files: Recognizer())
    monkeypatch.setitem(sys.modules, "sherpa_onnx", SimpleNamespace(OnlineRecognizer=made))
    factory = ENGINES.load("sherpa_onnx")
    files = dict.fromkeys(("tokens", "encoder", "decoder", "joiner"), "somewhere")
    return factory.create(factory.Settings(**files), {})


def test_a_stream_cuts_at_endpoints_and_hears_its_tail(engine):
    stream = engine.open_stream(8_000, None)
    events = [event for _ in range(36) for event in stream.accept(np.zeros(800, dtype=np.float32))]
    events += stream.finish()
    told = [(event.kind, event.text) for event in events]
    assert told == [("partial", "word"), ("final", "word word"), ("partial", "word"), ("final", "word word")]
    assert events[-1].is_last


def test_a_recording_is_all_its_finals(engine):
    assert engine.transcribe(np.zeros(8_000, dtype=np.float32), 8_000, None).text == "word"
