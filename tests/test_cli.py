"""The command line as a user meets it."""

import ast
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import click
import pytest
import yaml
from click.testing import CliRunner

from bench.cli import _COMMANDS, app
from bench.corpora.manifest import Header, write_manifest
from bench.emulator.demo_corpora import config_of
from tests.runs import utterances
from tests.toy import make_config, make_corpus

ROOT = Path(__file__).parent.parent
HEAVY = ("numpy", "pandas", "scipy", "matplotlib", "httpx", "websockets", "pydantic", "rich", "jiwer", "librosa")


def bench(*args):
    return CliRunner().invoke(app, [str(arg) for arg in args])


def test_help_imports_nothing_heavy():
    code = "import sys; from bench.cli import app; app(['--help'], standalone_mode=False); print(*sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "Commands:" in shown
    assert not set(HEAVY) & set(shown.split())


def test_python_m_bench_is_the_same_command():
    shown = subprocess.run([sys.executable, "-m", "bench", "--version"], capture_output=True, text=True, check=True)
    assert shown.stdout.startswith("bench, version ")


@pytest.mark.parametrize("name", sorted(_COMMANDS))
def test_every_command_has_help_that_teaches_by_example(name):
    command = app.get_command(click.Context(app), name)
    subs = command.list_commands(click.Context(command)) if isinstance(command, click.Group) else ()
    for words in [[name, sub] for sub in subs] or [[name]]:
        result = bench(*words, "--help")
        assert result.exit_code == 0
        assert f"bench {' '.join(words)} " in result.output


@pytest.mark.parametrize("kind", ["configs", "engines", "corpora", "conditions", "metrics", "normalizers"])
def test_list_names_what_a_config_can_name(kind):
    result = bench("list", kind)
    assert result.exit_code == 0, result.exception
    known = {
        "configs": "studies/noise",
        "engines": "pulse",
        "corpora": "quickstart-en",
        "conditions": "noise",
        "metrics": "final_latency_s",
        "normalizers": "earwitness",
    }
    assert known[kind] in result.output


@pytest.mark.parametrize("name", ["quickstart", "configs/quickstart.yaml"])
def test_a_config_of_the_package_is_found_by_name_from_anywhere(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = bench("run", name, "--dry-run", "--set", "engines.0.id=a b")
    assert "configs/quickstart.yaml: engines[0].id: expected" in result.output


def test_a_config_that_is_nearly_one_is_corrected(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "did you mean 'quickstart'?" in bench("run", "quickstat").output
    assert "did you mean 'engines'?" in bench("list", "engnes").output


def test_a_file_of_ones_own_comes_before_a_config_of_the_package(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("quickstart").write_text("name: mine\n", encoding="utf-8")
    assert "quickstart: corpora: expected a value" in bench("run", "quickstart", "--dry-run").output


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, "expected a readable YAML file"),
        ("name: x\n", "corpora: expected a value, got nothing; this key is required"),
        (
            "name: x\ncorpora: [nowhere]\nengines: [{id: a, engine: pulse}]\n",
            "corpora[0]: expected a manifest or a card, got 'nowhere'",
        ),
    ],
)
def test_a_wrong_config_is_exit_code_2_and_no_traceback(tmp_path, content, expected):
    path = tmp_path / "c.yaml"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    result = bench("run", path, "--dry-run")
    assert result.exit_code == 2
    assert str(path) in result.output
    assert expected in result.output
    assert "Traceback" not in result.output


def test_a_missing_key_is_told_before_anything_runs(tmp_path, monkeypatch):
    monkeypatch.delenv("SMALLEST_API_KEY", raising=False)
    engine = {"id": "a", "engine": "pulse", "settings": {"language": "en"}}
    path = make_config(tmp_path, make_corpus(tmp_path), tmp_path / "none", engines=[engine])
    result = bench("run", path, "--out", tmp_path / "run")
    assert result.exit_code == 2
    assert "engine a: environment variable SMALLEST_API_KEY: expected an API key, got nothing" in result.output
    assert not (tmp_path / "run").exists()
    monkeypatch.chdir(tmp_path)
    dry = bench("run", path, "--dry-run")  # a plan can be looked at without one
    assert dry.exit_code == 0
    assert "the default for services" in " ".join(dry.output.split())


def test_languages_without_text_rules_are_named_by_validate_and_a_dry_run(tmp_path, monkeypatch):
    """The report names them as well: `tests/golden/answers/other_script.txt`."""
    monkeypatch.setenv("SMALLEST_API_KEY", "k")
    spoken = [replace(u, language=language) for language in ("ka", "az", "hi") for u in utterances(1, 1)]
    manifest = tmp_path / "m.jsonl"
    header = Header(name="hand", licence="CC0-1.0", source="tests", synthetic=True)
    write_manifest(manifest, header, [replace(u, id=u.language) for u in spoken])
    engine = {"id": "a", "engine": "pulse", "settings": {"language": "en"}}
    path = make_config(tmp_path, manifest, tmp_path / "none", engines=[engine])
    for said in (bench("corpus", "validate", manifest, "--audio", "none"), bench("run", path, "--dry-run")):
        text = " ".join(said.output.split())
        assert "no text rules for ka: numbers, spellings and hesitations written another way count as errors" in text
        assert "no table of numbers for az" in text


def test_a_dry_run_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = bench("run", "quickstart", "--dry-run")
    assert (done.exit_code, "144 trials" in done.output) == (0, True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("config", ["dialects", "pulse-features", "studies/end-of-turn", "two-speakers"])
def test_a_config_with_a_corpus_of_its_own_says_how_to_make_it(tmp_path, monkeypatch, config):
    monkeypatch.chdir(tmp_path)
    command = f"bench demo --for {config}"
    assert f"got none; make it: {command}\n" in bench("run", config, "--dry-run").output
    assert bench(*command.split()[1:]).exit_code == 0
    assert f"next: bench run {config}" in bench("run", config, "--dry-run").output


def test_every_config_that_is_listed_finds_its_corpus_by_a_card_or_says_what_makes_it():
    for path in (ROOT / "configs").rglob("*.yaml"):
        for corpus in (yaml.safe_load(path.read_text("utf-8")) or {}).get("corpora", ()):
            source = corpus["source"] if isinstance(corpus, dict) else corpus
            is_card = (ROOT / "datasets" / f"{source.partition(':')[0]}.yaml").is_file()
            assert is_card or config_of(source) == path.relative_to(ROOT / "configs").with_suffix("").as_posix()


def test_demo_wants_a_folder_or_a_config_that_has_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "expected FOLDER or --for CONFIG" in bench("demo").output
    assert "did you mean 'dialects'?" in bench("demo", "--for", "dialect").output


def test_a_run_that_is_stopped_before_it_has_a_folder_names_none(tmp_path, monkeypatch):
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("bench.run", stopped)
    runner = CliRunner()
    assert runner.invoke(app, ["demo", "speech"]).exit_code == 0
    result = runner.invoke(app, ["run", "speech/demo.yaml", "--limit", "1"])
    assert result.exit_code == 130
    assert "stopped; nothing was asked yet" in result.output


def test_report_and_score_of_no_run_say_so(tmp_path):
    for command in ("score", "report"):
        result = bench(command, tmp_path)
        assert result.exit_code == 2
        assert "expected a run folder" in result.output


@pytest.mark.parametrize("command", sorted(_COMMANDS))
def test_the_help_of_every_command_and_of_its_own_imports_nothing_heavy(command):
    heavy = {"numpy", "scipy", "pandas", "pyarrow", "matplotlib", "soundfile", "httpx", "websockets", "pydantic"}
    named = app.get_command(click.Context(app), command)
    subs = named.list_commands(click.Context(named)) if isinstance(named, click.Group) else ()
    asked = [[command, "--help"], *([command, sub, "--help"] for sub in subs)]
    code = (
        "import sys; from bench.cli import app; "
        f"[app.main(words, standalone_mode=False) for words in {asked!r}]; "
        f"print(sorted({heavy!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"


ROOMS = {"aligners", "audio", "calibration", "comparison", "conditions", "corpora", "doctor", "emulator", "engines"}
ROOMS |= {"execution", "history", "leaderboard", "live", "load", "scoring", "store"}


@pytest.mark.parametrize("path", sorted((ROOT / "bench/cli").rglob("*.py")), ids=lambda path: path.stem)
def test_a_command_is_one_call_of_its_room(path):
    """What turns words of the command line into values may be called besides; the rest belongs to a room."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module is not None]
    of_rooms = {
        name.asname or name.name
        for node in imports
        if node.module.startswith("bench.") and node.module.split(".")[1] in ROOMS
        for name in node.names
    }
    calls = [node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    assert len({name for name in calls if name in of_rooms and name.islower()}) <= text.count(".command(") + 3
