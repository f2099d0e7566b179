"""Listings of recordings, and what is missing before a run starts."""

import json

import numpy as np
import pytest

from bench.audio import Audio, write_wav
from bench.conditions import sources
from bench.conditions.spec import parse_condition
from bench.errors import AudioError


@pytest.fixture
def folder(tmp_path):
    for name in ("b.wav", "deep/a.wav"):
        write_wav(tmp_path / name, Audio(np.full(80, 0.5, dtype=np.float32), 8000))
    (tmp_path / "notes.txt").write_text("x", encoding="utf-8")
    return tmp_path


def test_folder_manifest_and_file(folder):
    both = (str(folder / "b.wav"), str(folder / "deep/a.wav"))
    assert sources.listing(str(folder)) == both
    rows = [{"audio": "deep/a.wav"}, {"audio_filepath": "b.wav"}, {"licence": "x"}]
    manifest = folder / "m.jsonl"
    manifest.write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    assert sources.listing(str(manifest)) == both
    assert sources.listing(both[0]) == both[:1]
    assert sources.load(both[0]).samples[:3].tolist() == pytest.approx([0.5] * 3)


@pytest.mark.parametrize("name", ["", "nowhere", "notes"])
def test_nothing_to_list_is_an_error(folder, name):
    (folder / "empty").mkdir()
    with pytest.raises(AudioError, match="expected a folder, a manifest or a file with recordings"):
        sources.listing(str(folder / "empty" / name))


def test_missing_extras_and_folders_are_all_named(monkeypatch, folder):
    monkeypatch.setattr(sources, "find_spec", lambda module: None if module in {"av", "librosa"} else object())
    specs = ["g722", {"tempo": 2}, {"packet_loss": {"rate": 0.1, "conceal": "opus"}}, "g711", {"impulse": "rooms/"}]
    specs += [{"noise_from": {"path": str(folder), "snr_db": 3}}, {"id": "o", "request": {"encoding": "opus"}}]
    conditions = [condition for spec in specs for condition in parse_condition(spec, presets={})]
    problems = sources.missing(conditions, "c.yaml")
    assert [problem.where for problem in problems] == [
        "c.yaml: g722: g722",
        "c.yaml: tempo-factor-2: tempo",
        "c.yaml: packet_loss-rate-0.1-conceal-opus: packet_loss",
        "c.yaml: impulse-path-rooms: impulse.path",
        "c.yaml: o: request.encoding",
    ]
    assert "pip install 'earwitness[codecs]'" in str(problems[0])
