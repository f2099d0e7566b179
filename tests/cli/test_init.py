from pathlib import Path

import pytest
import yaml

from bench.config import parse_config
from tests.command import invoke
from tests.corpora.tiny import put_tone


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("agent-ann-1", "agent-bob-2", "Agent-Ann-3"):
        put_tone(tmp_path / f"my calls/{name}.wav", 1.0)
        (tmp_path / f"my calls/{name}.TXT").write_text("good morning", encoding="utf-8")
    return Path("my calls")


def test_a_folder_becomes_a_corpus_and_a_config_that_is_valid(calls: Path) -> None:
    shown = invoke("init", calls, "--language", "en", "--engine", "pulse", "--engine", "moonshine")
    assert "3 recordings, 0.1 minutes; 0 with a speaker per channel; 3 with a transcript" in shown
    assert shown.rstrip().endswith("next: bench run my.yaml --dry-run")
    text = Path("my.yaml").read_text("utf-8")
    config = parse_config(text, where="my.yaml")
    assert config.name == "my-calls"
    assert [engine.id for engine in config.engines] == ["pulse", "moonshine"]
    assert config.engines[0].settings == {"language": "en"}
    schema = text.splitlines()[0].partition("$schema=")[2]
    assert Path(schema).is_file()
    assert yaml.safe_load(text)["corpora"] == ["my calls/manifest.jsonl"]


def test_what_unknown_speakers_cost_is_said_and_a_pattern_names_them(calls: Path) -> None:
    shown = invoke("init", calls, "--language", "en")
    assert "of 3 nothing says who speaks" in shown
    assert "intervals will be far too narrow" in shown
    shown = invoke("init", calls, "--language", "en", "--speaker-from", r"(?i)agent-(\w+)-")
    assert "nothing says who speaks" not in shown
    assert "3 clips of 2 known speakers" in shown  # Ann is ann


def test_a_config_that_is_there_is_never_touched(calls: Path) -> None:
    Path("my.yaml").write_text("name: mine\n", encoding="utf-8")
    shown = invoke("init", calls, "--language", "en")
    assert "my.yaml is there already and stays as it is" in shown
    assert Path("my.yaml").read_text("utf-8") == "name: mine\n"


def test_long_recordings_without_transcript_are_pointed_out(tmp_path: Path) -> None:
    put_tone(tmp_path / "long.wav", 70.0, 8_000)
    shown = invoke("init", tmp_path, "--language", "en")
    assert "1 recording, 1.2 minutes" in shown
    assert "1 recording without transcript, 1 minutes in all, could be cut into clips at pauses: --cut" in shown


def test_of_warnings_that_are_alike_two_are_shown_and_the_rest_counted(calls: Path) -> None:
    for index in range(5):
        put_tone(calls / f"number-{index}.wav", 1.5 + index / 10)
        (calls / f"number-{index}.txt").write_text(f"call {index} 1", encoding="utf-8")
    shown = invoke("init", calls, "--language", "en")
    assert shown.count("[text-digits]") == 2
    assert "0 errors, 8 warnings (3 not shown)" in shown


def test_the_old_command_says_what_it_is_now(calls: Path) -> None:
    assert "`bench corpus init` is `bench init` now" in invoke("corpus", "init", calls, "--language", "en")
