"""The plugin as its user meets it: pytest in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.runs import make_run, utterances, wrong_in
from tests.toy import make_config, make_corpus, make_script

ROOT = Path(__file__).parent.parent


def run_pytest(folder, test, *args):
    (folder / "test_it.py").write_text(test, encoding="utf-8")
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT)}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "bench.pytest_plugin",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        folder,
    ]
    done = subprocess.run(
        [*map(str, command), "test_it.py", *map(str, args)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_bounds_hold_only_where_they_are_shown(tmp_path):
    run = make_run(tmp_path / "run", wrong_in(0.5))
    few = make_run(tmp_path / "few", wrong_in(0.1), corpus=utterances(speakers=3, each=20))
    code, shown = run_pytest(
        tmp_path,
        f"""
def test_shown(bench): bench.open({str(run)!r}).assert_wer(below=0.12)
def test_broken(bench): bench.open({str(run)!r}).assert_wer(below=0.01)
def test_three_speakers(bench): bench.open({str(few)!r}).assert_wer(below=0.9)
def test_these_speakers(bench): bench.open({str(few)!r}).assert_wer(below=0.9, unit="utterance")
def test_latency(bench): bench.open({str(run)!r}).assert_metric("batch_latency_s.p95", below=0.3, mode="batch")
def test_no_such_cell(bench): bench.open({str(run)!r}).assert_wer(below=0.9, language="hi")
""",
        "-v",
    )
    assert code == 1
    outcomes = {
        line.split("::")[1].split()[0]: line.split()[1]
        for line in shown.splitlines()
        if "::test_" in line and "%]" in line
    }
    assert outcomes == {
        "test_shown": "PASSED",
        "test_broken": "FAILED",
        "test_three_speakers": "FAILED",
        "test_these_speakers": "PASSED",
        "test_latency": "PASSED",
        "test_no_such_cell": "FAILED",
    }
    assert "REGRESSED: At least one rule is shown to be broken." in shown
    assert "INCONCLUSIVE" in shown
    assert "wer below 90.0 %" in shown
    failed = [line for line in shown.splitlines() if line.startswith("E   ")]
    assert len(failed) <= 3 * 3  # three failures of at most three lines
    assert any("AssertionError: wer below 1.0 % (" in line and "n " in line for line in failed)


def test_a_config_is_run_once_and_held_to_a_baseline(tmp_path):
    manifest = make_corpus(tmp_path)
    make_config(tmp_path, manifest, make_script(tmp_path), modes=["batch"])
    (tmp_path / "rules.yaml").write_text("rules:\n  - failed_rate: 0\n", encoding="utf-8")
    test = """
from pathlib import Path
from bench.comparison.baseline import baseline_of
from bench.comparison.baseline_file import write_baseline
from bench.store import RunFolder

def test_it(bench):
    run = bench.run()
    assert run is bench.run("config.yaml")
    assert len(run.run.results) == 4
    write_baseline(Path("base.json"), baseline_of([RunFolder(run.run.path)]))
    run.assert_no_regression("base.json", rules="rules.yaml")
"""
    code, shown = run_pytest(tmp_path, test, "--bench-config", "config.yaml", "--bench-out", "out")
    assert code == 0, shown
    assert (tmp_path / "out" / "config" / "estimates.json").is_file()


def test_without_a_config_it_says_what_to_do(tmp_path):
    code, shown = run_pytest(tmp_path, "def test_it(bench): bench.run()\n")
    assert code == 1
    assert "give --bench-config CONFIG" in shown


def test_to_have_it_installed_costs_nothing():
    code = "import sys; import bench.pytest_plugin; print(*sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "scipy", "pydantic", "httpx", "bench.execution.planning", "bench.comparison.gate"} & set(shown)


def test_it_is_registered_with_pytest():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["entry-points"]["pytest11"] == {"earwitness": "bench.pytest_plugin"}


@pytest.fixture(autouse=True)
def _plain(monkeypatch):
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
