"""One emulator for clients that nobody here wrote. Run with `pytest -m interop tests/interop`."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import pytest
import soundfile

from bench.emulator.process import EmulatorProcess
from tests.interop.known_clip import KEY, RATE, TEXT, Clip

_SCRIPT = f"""
default:
  text: {TEXT}
  speech_start_s: 0.2
  speech_end_s: 1.6
  first_partial_delay_s: 0.1
  partial_interval_s: 0.15
  final_delay_s: 0.3
"""


def pytest_configure(config: pytest.Config) -> None:
    """Other people's deprecation warnings are not ours to fix."""
    config.addinivalue_line("filterwarnings", "default")


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    samples = np.zeros(int(2.2 * RATE), dtype=np.int16)
    speech = slice(int(0.2 * RATE), int(1.6 * RATE))
    samples[speech] = np.random.default_rng(1).normal(0, 3000, speech.stop - speech.start).astype(np.int16)
    wav = io.BytesIO()
    soundfile.write(wav, samples, RATE, format="WAV")
    folder = tmp_path_factory.mktemp("clip")
    (folder / "clip.wav").write_bytes(wav.getvalue())
    (folder / "clip.pcm").write_bytes(samples.tobytes())
    return Clip(samples.tobytes(), wav.getvalue(), folder / "clip.wav", folder / "clip.pcm")


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatorProcess]:
    script = tmp_path_factory.mktemp("script") / "script.yaml"
    script.write_text(_SCRIPT, encoding="utf-8")
    log = tmp_path_factory.getbasetemp() / "emulator.log"
    with EmulatorProcess(f"script:{script}", api_key=KEY, log=log) as process:
        yield process
