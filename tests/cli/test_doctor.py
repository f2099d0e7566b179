"""`bench doctor --engine X` as a user gives it, against emulators of X."""

from __future__ import annotations

import json
import wave

import pytest
import yaml

from bench.doctor.described import checks
from bench.engines import ENGINES
from bench.engines.dialect.loading import packaged
from bench.files import packaged_text
from tests.command import invoke
from tests.emulator.running import pcm, recite, running, tone

TEXT = "the quick brown fox jumps over the lazy dog"
KEY = "a-key-of-the-emulator-0123456789"
SPEECH = {
    "text": TEXT,
    "speech_start_s": 0.1,
    "speech_end_s": 0.9,
    "first_partial_delay_s": 0.0,
    "partial_interval_s": 0.05,
    "final_delay_s": 0.02,
}
SILENT = {"batch_silence", "stream_silence"}
"""A script recites whatever it is sent."""


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    path = tmp_path_factory.mktemp("clip") / "clip.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(pcm(tone(1.2)))
    return ("--audio", path, "--text", TEXT)


def test_a_described_engine_is_examined_with_all_its_dialect_can_have(clip):
    with running(recite(**SPEECH), dialect="deepgram", api_key=KEY) as url:
        command = ("doctor", "--engine", "deepgram", "--url", url, *clip)
        told = json.loads(invoke(*command, "--json", code=1, DEEPGRAM_API_KEY=KEY).partition("\n")[2])
    assert (told["engine"], told["url"]) == ("deepgram", url)
    assert [finding["check"] for finding in told["findings"]] == list(checks(packaged("deepgram")[0]))
    failed = {finding["check"] for finding in told["findings"] if finding["verdict"] != "pass"}
    assert failed == SILENT, told


def test_an_engine_without_batch_and_one_check_alone(clip):
    with running(recite(**SPEECH), dialect="deepgram_flux", api_key=KEY) as url:
        command = ("doctor", "--engine", "deepgram_flux", "--url", url, *clip, "--only", "stream_bad_key")
        said = invoke(*command, DEEPGRAM_API_KEY=KEY)
    assert "stream_bad_key" in said
    assert "HTTP 401" in said


def test_a_server_of_ones_own_by_its_description(clip, tmp_path):
    description = yaml.safe_load(packaged_text("engines/dialect/vendors/deepgram.yaml"))
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump({**description, "name": "mine"}), encoding="utf-8")
    with running(recite(**SPEECH), dialect="deepgram") as url:
        mine = ("--set", f"description={tmp_path / 'mine.yaml'}", "--set", "api_key_env=''", "--only", "stream_answers")
        said = invoke("doctor", "--engine", "websocket", "--url", url, *clip, *mine)
    assert "100% of the clip's words" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--engine", "moonshine"), "expected pulse or a described engine"),
        (("--engine", "websocket"), "expected --set description=FILE"),
        (("--engine", "google", "--only", "stream_answers"), "expected some of batch_answers"),
        (("--engine", "deepgram"), "DEEPGRAM_API_KEY"),
    ],
)
def test_what_cannot_be_examined_is_told_before_any_call(clip, arguments, said, monkeypatch):
    monkeypatch.delenv("DEEPGRAM_API_KEY", raising=False)
    assert said in invoke("doctor", *arguments, *clip, code=2)


def test_pulse_keeps_its_checks():
    from bench.doctor.examination import CHECKS

    assert len(CHECKS) == 25
    assert "pulse" in ENGINES
