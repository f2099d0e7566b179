from pathlib import Path

import pytest

from bench.comparison.rules_file import load_rules
from bench.corpora.manifest import load_manifest
from bench.emulator.scripted_corpus import write_demo
from tests.command import invoke


def test_the_demo_runs_without_a_key_and_is_never_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "next: bench run speech/demo.yaml" in invoke("demo", "speech")
    assert len(load_manifest(Path("speech/corpus/manifest.jsonl")).utterances) == 120
    assert len(load_rules(Path("speech/gate.yaml"))) == 2
    assert "160 trials: 120 utterances, 1 engine, 1 condition" in invoke("run", "speech/demo.yaml", "--dry-run")
    Path("speech/gate.yaml").write_text("mine", encoding="utf-8")
    assert [path.name for path in write_demo(Path("speech"))] == ["manifest.jsonl"]
    assert Path("speech/gate.yaml").read_text("utf-8") == "mine"
