"""The adapter of Vosk against a stand-in of its library: no model of Vosk installs from the package index."""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from bench.engines import ENGINES


class Recognizer:
    """Ends a segment after every second of audio; each has one word."""

    def __init__(self, model, rate):
        assert rate == 16_000
        self.heard, self.segments = 0, 0

    def SetWords(self, on):
        assert on

    def AcceptWaveform(self, data):
        self.heard += len(data) // 2
        return self.heard >= 16_000 * (self.segments + 1)

    def Result(self):
        self.segments += 1
        word = f"word{self.segments}"
        times = {"start": self.segments - 1.0, "end": self.segments - 0.5, "conf": 0.5}
        return json.dumps({"text": word, "result": [{"word": word, **times}]})

    def PartialResult(self):
        return json.dumps({"partial": f"word{self.segments + 1}"})

    def FinalResult(self):
        return json.dumps({"text": ""})


@pytest.fixture
def engine(monkeypatch):
    library = SimpleNamespace(Model=lambda path: path, KaldiRecognizer=Recognizer, SetLogLevel=lambda level: None)
    monkeypatch.setitem(sys.modules, "vosk", library)
    factory = ENGINES.load("vosk")
    return factory.create(factory.Settings(model="somewhere"), {})


def test_a_recording_is_all_its_segments(engine):
    told = engine.transcribe(np.zeros(int(2.2 * 8_000), dtype=np.float32), 8_000, "en")
    assert told.text == "word1 word2"
    assert [(word.start_s, word.end_s, word.confidence) for word in told.words] == [(0.0, 0.5, 0.5), (1.0, 1.5, 0.5)]


def test_a_stream_tells_each_partial_once_and_ends_with_the_last_final(engine):
    stream = engine.open_stream(16_000, "en")
    events = [event for _ in range(12) for event in stream.accept(np.zeros(1_600, dtype=np.float32))]
    events += stream.finish()
    assert [(event.kind, event.text) for event in events] == [
        ("partial", "word1"),
        ("final", "word1"),
        ("partial", "word2"),
        ("final", ""),
    ]
    assert events[-1].is_last


def test_it_says_that_it_is_unproven():
    assert "unproven" in ENGINES.load("vosk").about.proof
    assert "unproven" in ENGINES.load("sherpa_onnx").about.proof
