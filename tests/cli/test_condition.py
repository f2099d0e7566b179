"""`bench condition preview` writes what a person can hear and see."""

import hashlib
import json
import re

import pytest
import soundfile
from click.testing import CliRunner

from bench.audio import write_wav
from bench.cli.condition import condition
from bench.corpora.manifest import load_manifest
from tests.conditions.signals import voice


@pytest.fixture
def config(tmp_path):
    audio = voice(1.5)
    path = tmp_path / "a.wav"
    write_wav(path, audio)
    header = {"schema": "earwitness.manifest", "version": 1, "name": "own", "licence": "CC0-1.0", "source": "here"}
    line = {
        "id": "u1",
        "corpus": "own",
        "audio": "a.wav",
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "sample_rate_hz": 16000,
        "num_samples": len(audio.samples),
        "text": "a",
        "language": "en",
    }
    manifest = tmp_path / "manifest.jsonl"
    rows = [{**header, "synthetic": True}, line]
    manifest.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert load_manifest(manifest).utterances[0].id == "u1"
    text = f"""
name: p
corpora: [{manifest}]
engines: [{{id: m, engine: moonshine}}]
modes: [batch]
conditions: [clean, {{id: phone, steps: [{{noise: 5}}], request: {{encoding: mulaw, sample_rate_hz: 8000}}}}]
"""
    path = tmp_path / "p.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_audio_and_picture_of_every_condition(config, tmp_path):
    pytest.importorskip("librosa", reason="extra librosa is not installed")
    done = CliRunner().invoke(condition, ["preview", str(config), "--utterance", "u1", "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert soundfile.info(tmp_path / "out/clean.wav").samplerate == 16000
    assert soundfile.info(tmp_path / "out/phone.wav").samplerate == 8000
    assert "snr_db 5," in done.output
    assert (tmp_path / "out/preview.png").read_bytes().startswith(b"\x89PNG")
    page = (tmp_path / "out/index.html").read_text(encoding="utf-8")
    assert re.findall(r'<audio controls [^>]*src="([^"]+)"', page) == ["clean.wav", "phone.wav"]
    assert 'src="preview.png"' in page
    assert done.output.splitlines()[-1].endswith("index.html")


def test_an_unknown_utterance_is_named(config):
    done = CliRunner().invoke(condition, ["preview", str(config), "--utterance", "u2"])
    assert str(done.exception) == "utterance: expected one of own/u1, got 'u2'"
