"""Every vendor's own SDK against our emulator of it, and what it says held against what our engine says.

Run with `make interop`. The SDKs are of the versions in requirements-interop-vendors.lock.
"""

from __future__ import annotations

import json
import wave
from pathlib import Path

import pytest

pytest.importorskip("deepgram")

from tests.engines.dialect import calling
from tests.interop.vendors import differences
from tests.interop.vendors import sdk_clients as clients
from tests.interop.vendors.recorder import recorded

pytestmark = pytest.mark.interop

KEY, TEXT = calling.KEY, calling.TEXT
SPEECH = {
    "text": TEXT,
    "speech_start_s": 0.2,
    "speech_end_s": 1.2,
    "first_partial_delay_s": 0.0,
    "partial_interval_s": 0.05,
    "final_delay_s": 0.02,
}


@pytest.fixture(scope="module")
def wav(tmp_path_factory):
    path = tmp_path_factory.mktemp("clip") / "clip.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(calling.call_of("stream").audio)
    return path


def _plain(text: str) -> str:
    return text.lower().replace(",", "").replace(".", "")


@pytest.mark.parametrize("name", [*calling.BATCH, "openai events"])
def test_the_sdk_gets_the_whole_text_in_batch(name, wav):
    with recorded(name.split()[0], KEY, **SPEECH) as (url, _):
        said = getattr(clients, "openai_events" if name == "openai events" else f"{name}_batch")(url, KEY, wav)
    assert _plain(said) == _plain(TEXT)


@pytest.mark.parametrize("name", calling.STREAM)
def test_the_sdk_gets_the_whole_text_in_real_time(name):
    call = calling.call_of("stream", 24_000 if name == "openai" else 16_000)
    with recorded(name, KEY, **SPEECH) as (url, _):
        said = getattr(clients, f"{name}_stream")(url, KEY, call.audio, call.sample_rate_hz)
    assert _plain(said) == _plain(TEXT)


def _said_in_real_time(name: str) -> list[str]:
    call = calling.call_of("stream", 24_000 if name == "openai" else 16_000)
    with recorded(name, KEY, **SPEECH) as (url, recorder):
        getattr(clients, f"{name}_stream")(url, KEY, call.audio, call.sample_rate_hz)
        answer = calling.stream(name, url, call=call)
    assert _plain(answer.text) == _plain(TEXT)
    sdk, ours = recorder.streams
    return [*differences.of_streams(sdk, ours), *_of_preparation(recorder.requests)]


def _of_preparation(requests) -> list[str]:
    return differences.of_requests(requests[:1], requests[1:])


def _said_in_batch(name: str, wav) -> list[str]:
    with recorded(name, KEY, **SPEECH) as (url, recorder):
        getattr(clients, f"{name}_batch")(url, KEY, wav)
        sdk = list(recorder.requests)
        answer = calling.transcribe(name, url)
    assert _plain(answer.text) == _plain(TEXT)
    return differences.of_requests(sdk, recorder.requests[len(sdk) :])


DIFFERENCES = json.loads((Path(__file__).parent / "differences.json").read_text(encoding="utf-8"))
"""Vendor -> mode -> all that the two say differently: docs/vendors.md says why."""


@pytest.mark.parametrize("name", calling.STREAM)
def test_our_stream_says_what_the_sdk_says(name):
    assert _said_in_real_time(name) == DIFFERENCES[name]["stream"]


@pytest.mark.parametrize("name", calling.BATCH)
def test_our_batch_says_what_the_sdk_says(name, wav):
    assert _said_in_batch(name, wav) == DIFFERENCES[name]["batch"]
