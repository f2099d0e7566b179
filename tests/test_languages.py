"""`configs/languages.yaml`: nine languages, the text rules, and the tables that come of them."""

import json
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from bench.cli import app
from bench.store import RunFolder

pytest.importorskip("pytest_audioeval")

LANGUAGES = ["en", "es", "fr", "hi", "it", "ja", "pl", "pt", "zh"]


def invoke(*args, code=0):
    result = CliRunner().invoke(app, [str(arg) for arg in args])
    assert result.exit_code == code, f"{result.output}\n{result.exception!r}"
    return result.output


def config(folder, engines):
    """The config with those of its engines that are named."""
    content = yaml.safe_load(Path("configs/languages.yaml").read_text(encoding="utf-8"))
    content["engines"] = [engine for engine in content["engines"] if engine["id"] in engines]
    for engine in content["engines"]:
        recognizer = engine["emulate"]["recognizer"]
        engine["emulate"]["recognizer"] = recognizer.replace("script:", f"script:{Path('configs').absolute()}/")
    path = folder / "languages.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("languages")
    scripted = config(folder, {"scripted-disguised", "scripted-errors"})
    invoke("run", scripted, "--out", folder / "run")
    return folder / "run"


def found(run, engine, metric):
    """language -> Estimate, of the cells."""
    return {
        e.group["language"]: e
        for e in RunFolder(run).estimates()
        if e.metric == metric and e.group.get("engine") == engine and "corpus" in e.group and "contrast" not in e.group
    }


def test_a_perfect_transcript_written_otherwise_has_no_error_in_any_language(run):
    wer = found(run, "scripted-disguised", "wer")
    assert sorted(wer) == LANGUAGES
    assert {e.value for e in wer.values()} == {0.0}
    assert all(e.n == 3 for e in wer.values())


def test_real_errors_count_under_the_same_rules(run):
    errors = found(run, "scripted-errors", "wer")
    assert sum(e.value > 0 for e in errors.values()) >= 5
    assert max(e.value for e in found(run, "scripted-errors", "aer").values()) > 0


def test_the_report_ranks_languages_and_shows_each_normaliser(run):
    report = (run / "report.md").read_text(encoding="utf-8")
    assert "## Languages" in report
    assert "| ja | char |" in report
    assert "mean over languages" in report
    assert "## WER under each normaliser" in report
    means = [e for e in RunFolder(run).estimates() if e.metric == "wer.macro" and e.low is not None]
    assert [e.group["engine"] for e in means] == ["scripted-errors"]
    assert means[0].low < means[0].value < means[0].high


def test_profiles_are_scored_on_request_and_forgotten_with_it(run):
    before = (run / "sensitivity.json").read_bytes()
    invoke("score", run, "--profiles", "none,basic")
    profiles = {
        name for one in json.loads((run / "sensitivity.json").read_text(encoding="utf-8")) for name in one["counts"]
    }
    assert profiles == {"none", "basic"}
    invoke("score", run, "--profiles", "")
    assert not (run / "sensitivity.json").exists()
    assert "under each normaliser" not in invoke("report", run)
    invoke("score", run)
    assert (run / "sensitivity.json").read_bytes() == before


def test_an_unknown_profile_is_refused_before_anything_is_called(tmp_path, run):
    assert "did you mean" in invoke("score", run, "--profiles", "earwitnes", code=2)
    scripted = config(tmp_path, {"scripted-disguised"})
    shown = invoke("run", scripted, "--out", tmp_path / "out", "--set", "profiles=[whisper-basik]", code=2)
    assert "did you mean 'whisper-basic'" in shown
    assert not (tmp_path / "out").exists()


def test_scores_say_by_which_rules_they_were_made(run):
    folder = RunFolder(run)
    ours = folder.scores_made_by()["normalizer"]
    invoke("score", run, "--normalizer", "basic")
    theirs = folder.scores_made_by()["normalizer"]
    assert theirs["id"].startswith("basic@")
    assert theirs["hash"] != ours["hash"]
    invoke("report", run)
    assert f"basic@1 ({theirs['hash'][:12]})" in (run / "report.md").read_text(encoding="utf-8")
    invoke("score", run)
    assert folder.scores_made_by()["normalizer"] == ours


@pytest.mark.slow
def test_a_real_recogniser_of_one_language_is_wrong_in_the_others_and_in_the_wrong_script(tmp_path):
    if find_spec("moonshine_voice") is None:
        pytest.skip("needs the extra `moonshine`")
    engine = "moonshine-tiny-english"
    invoke("run", config(tmp_path, {engine}), "--out", tmp_path / "run")
    wer, wrong = (found(tmp_path / "run", engine, metric) for metric in ("wer", "trials.wrong_script"))
    assert wer["en"].value < 0.2
    assert all(wer[language].value > 0.5 for language in LANGUAGES if language != "en")
    assert {language for language, e in wrong.items() if e.value == 3} >= {"hi", "zh"}
