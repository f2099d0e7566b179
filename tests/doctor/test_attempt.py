import contextlib
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from bench.doctor.attempt import Attempt, try_once
from bench.doctor.microphone import listening
from bench.emulator.process import EmulatorProcess
from bench.emulator.script import pcm_sha256
from bench.types import Event, Transcript
from tests.command import invoke
from tests.corpora.tiny import put_tone, tone
from tests.emulator.running import HANGS_S


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
    assert "1.00 s of audio; to pulse, stream" in said
    assert " s  final   " in said
    assert "s after the audio's end: good morning to you\n" in said
    assert said.rstrip().endswith("with each way of ending the stream: --endings")


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
    """What sounddevice is, as far as it is used; no machine of ours has one. It hears a tone."""

    class PortAudioError(Exception):
        pass

    given: float = 0.0
    """Seconds handed over so far."""
    waits: threading.Event | None = None
    """What the speaker waits for before the last half second."""

    def InputStream(self, *, samplerate: int, channels: int, dtype: str, blocksize: int, callback: Any) -> Any:
        assert (channels, dtype) == (1, "float32")
        return self._on(samplerate, blocksize, callback)

    @contextlib.contextmanager
    def _on(self, rate_hz: int, size: int, callback: Any) -> Iterator[None]:
        over = threading.Event()

        def give() -> None:
            began, sound = time.monotonic(), tone(30.0, rate_hz).samples[:, np.newaxis]
            for at in range(0, len(sound), size):
                if over.wait(max(0.0, began + (at + size) / rate_hz - time.monotonic())):
                    return
                if self.waits is not None and self.given >= 1.5:
                    self.waits.wait(HANGS_S / 2)
                self.given = (at + size) / rate_hz
                callback(sound[at : at + size], size, None, None)

        thread = threading.Thread(target=give)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


@pytest.fixture
def microphone(monkeypatch: pytest.MonkeyPatch) -> FakeMicrophone:
    fake = FakeMicrophone("sounddevice")
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    return fake


def test_what_is_spoken_is_heard_while_it_is_spoken(tmp_path: Path, microphone: FakeMicrophone) -> None:
    """Only the tone itself is known to the script, and partials come before the speaker is done."""
    prefix = pcm_sha256(tone(0.25).samples)
    script = tmp_path / "script.yaml"
    script.write_text(
        f"utterances:\n- {{text: good morning to you, prefix_sha256: {prefix}, speech_end_s: 1.5}}\n", encoding="utf-8"
    )
    came: list[tuple[str, float]] = []
    microphone.waits = threading.Event()

    def hear(event: Event) -> None:
        came.append((event.text, microphone.given))
        if event.text and microphone.waits is not None:
            microphone.waits.set()

    with EmulatorProcess(f"script:{script}") as emulator, listening(2.0) as live:
        settings = {"base_url": emulator.base_url, "api_key_env": "", "language": "en"}
        attempt = Attempt(engine="pulse", settings=settings, secrets={}, language="en")
        outcome = try_once(attempt, live, "stream", hear)
    assert isinstance(outcome, Transcript)
    assert outcome.text == "good morning to you"
    partials = [given_s for text, given_s in came if text]
    assert partials[0] < 1.9
    assert live.audio.samples == pytest.approx(tone(2.0).samples)


def test_the_microphone_is_tried_as_a_recording_is(service: str, microphone: FakeMicrophone) -> None:
    said = invoke("try", "--mic", "1.0", *pulse(service), "--endings", "--set", "quiet_s=0.5")
    assert "1.00 s from the microphone, now: speak; to pulse, stream" in said
    assert "finish: finalize" in said
    assert "good morning to you" in invoke("try", "--mic", "0.6", *pulse(service), "--mode", "batch")
    assert "good morning" in invoke("try", "--mic", "0.6", *pulse(service))


def test_without_a_microphone_or_what_it_takes_it_says_so(
    service: str, microphone: FakeMicrophone, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(**given: object) -> None:
        raise microphone.PortAudioError("no default input device")

    monkeypatch.setattr(microphone, "InputStream", none)
    said = invoke("try", "--mic", "1.5", *pulse(service), code=2)
    assert "--mic: expected a microphone, got no default input device" in said
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    assert "pip install 'earwitness[record]'" in invoke("try", "--mic", "1.5", *pulse(service), code=2)
