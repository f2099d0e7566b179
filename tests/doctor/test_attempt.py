import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from bench.emulator.process import EmulatorProcess
from tests.command import invoke
from tests.corpora.tiny import put_tone


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    script = tmp_path_factory.mktemp("script") / "script.yaml"
    script.write_text("default: {text: good morning to you}\n", encoding="utf-8")
    with EmulatorProcess(f"script:{script}") as emulator:
        yield emulator.base_url


@pytest.fixture
def call(tmp_path: Path) -> Path:
    return put_tone(tmp_path / "call.wav", 1.0)


def pulse(service: str) -> tuple[str, ...]:
    return ("--engine", "pulse", "--language", "en", "--set", f"base_url={service}", "--set", "api_key_env=''")


def test_partials_and_finals_come_with_their_times_and_then_the_text(service: str, call: Path) -> None:
    said = invoke("try", call, *pulse(service))
    assert "1.00 s of audio to pulse, stream" in said
    assert " s  final   " in said
    assert said.rstrip().endswith("s after the audio's end: good morning to you")


def test_each_way_of_ending_says_what_it_keeps(service: str, call: Path) -> None:
    said = invoke("try", call, *pulse(service), "--endings", "--set", "quiet_s=0.5")
    assert "finish: close_stream  4 words, ending in: ... good morning to you" in said
    assert "finish: finalize" in said
    assert "finish: none" in said


def test_batch_and_failures_and_wrong_settings(service: str, call: Path) -> None:
    assert "good morning to you" in invoke("try", call, *pulse(service), "--mode", "batch")
    gone = ("--engine", "pulse", "--set", "base_url=http://127.0.0.1:9", "--set", "api_key_env=''")
    assert "failed (connection)" in invoke("try", call, *gone, "--mode", "batch", code=4)
    assert "did you mean 'language'?" in invoke("try", call, "--engine", "pulse", "--set", "langage=en", code=2)
    assert "expected a recording or --mic SECONDS" in invoke("try", "--engine", "pulse", code=2)


class FakeMicrophone(ModuleType):
    """What sounddevice is, as far as it is used; no machine of ours has a microphone."""

    class PortAudioError(Exception):
        pass

    def rec(self, frames: int, *, samplerate: int, channels: int, dtype: str) -> np.ndarray:
        times = np.arange(frames) / samplerate
        return (0.3 * np.sin(2 * np.pi * 300 * times)).astype(dtype)[:, np.newaxis]

    def wait(self) -> None:
        pass


def test_the_microphone_is_a_recording_too(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", FakeMicrophone("sounddevice"))
    assert "1.50 s of audio to pulse, stream" in invoke("try", "--mic", "1.5", *pulse(service))
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    assert "pip install 'earwitness[record]'" in invoke("try", "--mic", "1.5", *pulse(service), code=2)
