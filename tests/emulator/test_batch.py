"""The batch endpoint as a client sees it: fields, gating, refusals, limits and faults."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest
import soundfile

from bench.engines.base import HttpResponse
from bench.engines.pulse.adapter import PulseEngine
from bench.engines.pulse.settings import PulseSettings
from bench.types import Failure, FailureKind, Recognised
from tests.emulator.running import HANGS_S, RATE, WORDS, pcm, recite, running, tone

STT = "/waves/v1/stt/?model=pulse&language=en"
LEGACY = "/waves/v1/pulse/get_text?language=en"


def wav(seconds: float = 0.5, rate: int = RATE) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, tone(seconds, rate), rate, format="WAV")
    return buffer.getvalue()


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    with running() as url:
        yield url


def post(url: str, content: bytes, **headers: str) -> httpx.Response:
    with httpx.Client(trust_env=False, timeout=HANGS_S) as client:
        return client.post(url, content=content, headers=headers)


def test_lists_are_empty_unless_word_timestamps_are_asked_for(base_url):
    plain = post(base_url + STT, wav()).json()
    timed = post(base_url + STT + "&word_timestamps=true&diarize=true", wav()).json()
    assert (plain["status"], plain["transcription"]) == ("success", WORDS)
    assert (plain["words"], plain["utterances"]) == ([], [])
    assert [word["word"] for word in timed["words"]] == WORDS.split()
    assert timed["utterances"][0]["speaker"] == 0
    assert plain["metadata"] == {"duration": 0.5, "fileSize": len(wav())}


def test_gender_and_emotions_come_when_asked_for(base_url):
    assert not {"gender", "emotions"} & set(post(base_url + STT, wav()).json())
    assert {"gender", "emotions"} <= set(
        post(base_url + STT + "&gender_detection=true&emotion_detection=true", wav()).json()
    )


def test_headerless_pcm_is_a_200_with_nothing_in_it(base_url):
    answer = post(base_url + LEGACY + "&encoding=linear16&sample_rate=16000", pcm(tone(0.5)))
    assert (answer.status_code, answer.json()["transcription"]) == (200, "")


@pytest.mark.parametrize("content", [b"", b"<html>", b"{}"])
def test_what_is_no_audio_is_refused(base_url, content):
    answer = post(base_url + LEGACY, content)
    assert answer.status_code == 400
    assert answer.json()["errors"] == "Invalid file format. Supported formats: audio/*"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("/waves/v1/stt/?language=en", "model"),
        ("/waves/v1/stt/?model=pulse-3&language=en", "model"),
        ("/waves/v1/stt/?model=pulse-pro&language=hi", "language"),
        ("/waves/v1/pulse/get_text?language=tlh", "language"),
        ("/waves/v1/pulse/get_text", "LANGUAGE_NOT_ENABLED_IN_REGION"),
        ("/waves/v1/pulse/get_text?language=multi", "ap-south-1"),
        (LEGACY + "&diarize=yes", "diarize"),
    ],
)
def test_enums_are_strict(base_url, query, said):
    answer = post(base_url + query, wav())
    assert answer.status_code == 400
    assert said in answer.text


def test_unknown_parameters_and_a_bogus_encoding_are_ignored(base_url):
    assert post(base_url + LEGACY + "&nonsense=1&encoding=bogus&max_words=3", wav()).json()["transcription"] == WORDS


def test_pulse_pro_differs(base_url):
    body = post(base_url + "/waves/v1/stt/?model=pulse-pro", wav()).json()
    assert "utterances" not in body
    assert {"request_id", "language", "totalBytes"} <= set(body)


def test_the_unified_path_needs_its_slash(base_url):
    assert post(base_url + "/waves/v1/stt?model=pulse&language=en", wav()).status_code == 404


def test_oversize_differs_by_path():
    with running(limits={"max_body_bytes": 1000}) as url:
        assert post(url + STT, wav()).status_code == 413
        legacy = post(url + LEGACY, wav())
    assert (legacy.status_code, legacy.json()["errors"]) == (400, "Audio data too large")


def test_a_rate_limit_says_when_to_come_back():
    with running(limits={"requests_per_minute": 2, "retry_after_s": 9}) as url:
        answers = [post(url + STT, wav()) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1].headers["retry-after"] == "9"


class _Hosted(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(wav())

    def log_message(self, *arguments: Any) -> None: ...


def test_audio_by_address_is_fetched_from_loopback_only(base_url):
    hosted = HTTPServer(("127.0.0.1", 0), _Hosted)
    threading.Thread(target=hosted.serve_forever, args=(0.01,)).start()
    try:
        url = f"http://127.0.0.1:{hosted.server_port}/a.wav"
        kind = {"Content-Type": "application/json"}
        assert post(base_url + LEGACY, json.dumps({"url": url}).encode(), **kind).json()["transcription"] == WORDS
        for bad in ({"url": "http://example.org/a.wav"}, {"uri": url}, [1], {"url": 3}):
            answer = post(base_url + LEGACY, json.dumps(bad).encode(), **kind)
            assert (answer.status_code, "url" in answer.json()["errors"]) == (400, True)
    finally:
        hosted.shutdown()
        hosted.server_close()


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"kind": "status", "status": 500}, FailureKind.SERVER),
        ({"kind": "status", "status": 401}, FailureKind.AUTH),
        ({"kind": "status", "status": 404}, FailureKind.REFUSED),
        ({"kind": "status", "status": 429, "retry_after_s": 2}, FailureKind.RATE_LIMIT),
        ({"kind": "malformed_json"}, FailureKind.PROTOCOL),
        ({"kind": "wrong_field"}, FailureKind.PROTOCOL),
        ({"kind": "error_message"}, FailureKind.SERVER),
        ({"kind": "empty"}, ""),
        ({"kind": "truncated_tail", "words": 4}, "one two three four five six seven eight"),
        ({"kind": "delay", "delay_s": 0.02, "jitter_s": 0.02}, WORDS),
        ({"kind": "close"}, WORDS),
    ],
)
def test_a_fault_asked_for_in_a_header_is_what_the_adapter_makes_of_it(base_url, fault, expected):
    answer = post(base_url + STT, wav(), **{"x-emulator-fault": json.dumps(fault)})
    batch = PulseEngine.create(PulseSettings(), {}).batch
    assert batch is not None
    outcome = batch.parse(HttpResponse(status=answer.status_code, headers=dict(answer.headers), content=answer.content))
    if isinstance(outcome, Failure):
        assert outcome.kind == expected
    else:
        assert isinstance(outcome, Recognised)
        assert outcome.text == expected


def test_a_reset_breaks_the_connection(base_url):
    with pytest.raises(httpx.TransportError):
        post(base_url + STT, wav(), **{"x-emulator-fault": '{"kind": "reset"}'})


def test_a_stall_lasts_until_the_client_gives_up(base_url):
    with httpx.Client(trust_env=False, timeout=0.2) as client, pytest.raises(httpx.ReadTimeout):
        client.post(base_url + STT, content=wav(), headers={"x-emulator-fault": '{"kind": "stall"}'})


@pytest.mark.parametrize("header", ["nonsense", '{"kind": "earthquake"}', "[]"])
def test_a_fault_there_is_none_of_is_said_so(base_url, header):
    answer = post(base_url + STT, wav(), **{"x-emulator-fault": header})
    assert (answer.status_code, "x-emulator-fault" in answer.text) == (400, True)


def test_the_counts_of_a_run_can_be_had_from_the_server():
    faults = [{"kind": "status", "fraction": 0.5}]
    with running(recite(), plan={"seed": 3, "faults": faults}) as url:
        codes = [post(url + STT, wav()).status_code for _ in range(20)]
        stats = httpx.get(url + "/emulator/stats", trust_env=False, timeout=HANGS_S).json()
    assert stats["requests"] == 20
    assert stats["faults"] == {"batch status": codes.count(503)}
    assert 0 < codes.count(503) < 20
