from pathlib import Path

import pytest

from bench.corpora.manifest import load_manifest
from bench.corpora.prepare import prepare
from bench.corpora.synthesis import synthesise
from bench.corpora.validate import validate
from bench.errors import BenchError, ConfigError

pytest.importorskip("espeakng_loader")

CARD = """
summary: x
languages: [hi, mt]
licence: own
access: local
homepage: none
citation: none
synthetic: {synthetic}
source:
  kind: espeak
  sentences: {{hi: ["नमस्ते, आप कैसे हैं?"], mt: ["Bonġu, kif int?"]}}
"""


def card(folder: Path, synthetic: str = "true") -> str:
    path = folder / "robot.yaml"
    path.write_text(CARD.format(synthetic=synthetic), encoding="utf-8")
    return str(path)


def test_sentences_are_spoken_and_labelled_synthetic(tmp_path: Path) -> None:
    path = prepare(card(tmp_path), tmp_path / "corpora")
    loaded = load_manifest(path)
    assert loaded.header.synthetic
    assert [(item.id, item.language) for item in loaded.utterances] == [("hi-001", "hi"), ("mt-001", "mt")]
    assert all(1.0 < item.duration_s < 5.0 for item in loaded.utterances)
    assert validate(path).errors == 0


def test_it_cannot_pass_for_human_speech(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="synthetic: expected true, got false; nobody spoke these words"):
        prepare(card(tmp_path, "false"), tmp_path / "corpora")


def test_an_unknown_voice_is_named() -> None:
    with pytest.raises(BenchError, match="no voice 'xx-nowhere'"):
        synthesise(["hello"], "xx-nowhere")
