import sys
from pathlib import Path

import pytest

from bench.config import parse_config
from bench.errors import MissingExtraError
from bench.execution.requirements import require, require_codecs

QUICKSTART = """
name: x
corpora: [nowhere.jsonl]
engines:
  - {id: a, engine: pulse, emulate: {recognizer: moonshine}}
  - {id: b, engine: pulse, emulate: {recognizer: pocketsphinx}}
"""


def told(text: str) -> str:
    with pytest.raises(MissingExtraError) as caught:
        require(parse_config(text, where="x"))
    return str(caught.value)


def without(monkeypatch: pytest.MonkeyPatch, *modules: str) -> None:
    for module in modules:
        monkeypatch.setitem(sys.modules, module, None)


def test_all_extras_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "starlette", "av", "audiomentations", "indic_transliteration")
    message = told(
        QUICKSTART
        + "conditions: [clean, {id: opus, steps: [{opus: {kbps: 12}}]}, {id: v, request: {encoding: opus}}]\n"
        + "transliterate: true\n"
    )
    assert message.endswith("run: pip install 'earwitness[codecs,emulator,transliteration]'")
    assert "engine a" in message


def test_the_quickstart_is_called_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "uvicorn", "moonshine_voice", "pocketsphinx")
    assert told(QUICKSTART).endswith("run: pip install 'earwitness[quickstart]'")


def test_a_card_needs_what_its_source_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "moonshine_voice", "datasets")
    message = told("name: x\ncorpora: [quickstart-en, 'fleurs:hi']\nengines: [pulse]\n")
    assert message == (
        "corpus quickstart-en, corpus fleurs: expected what it needs to be installed, got a Python without it; "
        "run: pip install 'earwitness[hf,moonshine]'"
    )


def test_a_cluster_needs_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "ray")
    message = told("name: x\ncorpora: [nowhere.jsonl]\nengines: [pulse]\nexecutor: ray\n")
    assert message.startswith("executor ray: expected")
    assert message.endswith("run: pip install 'earwitness[ray]'")


def test_recordings_that_libsndfile_cannot_read_need_the_codecs(monkeypatch: pytest.MonkeyPatch) -> None:
    require_codecs([Path("a.m4a")])
    without(monkeypatch, "av")
    require_codecs([Path("a.wav"), Path("b.opus")])
    with pytest.raises(MissingExtraError, match=r"a.AMR and recordings like it: .*earwitness\[codecs\]"):
        require_codecs([Path("b.wav"), Path("a.AMR")])


def test_what_is_installed_is_enough() -> None:
    require(parse_config(QUICKSTART, where="x"))


def test_text_rules_that_nobody_knows_are_the_plans_to_tell() -> None:
    require(parse_config(QUICKSTART + "\nnormalizer: erwitness\n", where="x"))
