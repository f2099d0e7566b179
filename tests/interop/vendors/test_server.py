"""An OpenAI-compatible server that nobody here wrote, called for real: open-asr-server over a small Whisper model."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import numpy as np
import pytest

pytest.importorskip("open_asr_server")
pytest.importorskip("faster_whisper")

from bench.doctor.clip import default_clip
from bench.engines.whisper import _packaged_model
from bench.types import Failure, FailureKind, Transcript
from tests.engines.dialect import calling

pytestmark = pytest.mark.interop

WITHIN_S = 120


@pytest.fixture(scope="module")
def server():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).parent / "open-asr-server"), "serve", "--port", str(port)]
    with subprocess.Popen(command, env={**os.environ, "HF_HUB_OFFLINE": "1"}) as process:
        url = f"http://127.0.0.1:{port}"
        for _ in range(WITHIN_S * 5):
            try:
                urlopen(f"{url}/v1/models")
                break
            except URLError:
                time.sleep(0.2)
        yield url
        process.terminate()


def test_an_independent_server_is_understood(server, tmp_path):
    clip = default_clip(tmp_path)
    answer = calling.transcribe(
        "openai_compatible",
        server,
        call=calling.call_of_audio(clip.audio, "batch"),
        timeout_s=WITHIN_S,  # its first call loads the model
        model=f"faster-whisper:{_packaged_model()}",
        response_format="verbose_json",
        timestamp_granularities=["word"],
    )
    assert isinstance(answer, Transcript), answer
    wanted, got = ({word.strip(",.;").lower() for word in text.split()} for text in (clip.text, answer.text))
    assert len(wanted & got) >= len(wanted) / 2, answer.text
    assert [word.text.strip() for word in answer.recognised.words] == answer.text.split()


def test_its_refusals_are_understood(server):
    failure = calling.transcribe("openai_compatible", server, model="no-such-model")
    assert isinstance(failure, Failure)
    assert failure.kind is FailureKind.REFUSED, failure
    assert "no-such-model" in failure.message


def test_what_is_no_audio_is_no_answer(server):
    from dataclasses import replace

    call = replace(calling.call_of("batch"), audio=np.zeros(9, dtype=np.uint8).tobytes())
    failure = calling.transcribe("openai_compatible", server, call=call, model=f"faster-whisper:{_packaged_model()}")
    assert isinstance(failure, Failure), failure
