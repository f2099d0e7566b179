"""action.yml as a runner would carry it out, in a repository of three files outside this one."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.command import invoke

ACTION = yaml.safe_load((Path(__file__).parents[2] / "action.yml").read_text(encoding="utf-8"))
GH = """#!/bin/sh
echo "$@" >> "$GH_LOG"
case "$*" in *--paginate*) cat "$GH_LOG.comments" 2>/dev/null || true;; *POST*) echo 77 > "$GH_LOG.comments";; esac
"""


class Runner:
    """The composite steps that run commands, with their expressions filled in."""

    def __init__(self, folder: Path, **inputs: str) -> None:
        self.folder = folder
        self.inputs = {name: str(spec.get("default", "")) for name, spec in ACTION["inputs"].items()} | inputs
        self.outputs: dict[str, str] = {}
        tools = folder / "tools"
        tools.mkdir(exist_ok=True)
        (tools / "gh").write_text(GH, encoding="utf-8")
        (tools / "gh").chmod(0o755)
        self.path = f"{tools}:{Path(sys.executable).parent}:{os.environ['PATH']}"

    def run(self, but: tuple[str, ...] = ("Install",)) -> int:
        """The exit code of the job without some steps: of the first step that fails."""
        for step in ACTION["runs"]["steps"]:
            if "run" in step and step["name"] not in but:
                code = self._step(step)
                if code:
                    return code
        return 0

    def _step(self, step: dict[str, Any]) -> int:
        written = self.folder / "output"
        written.write_text("", encoding="utf-8")
        given = {name: self._filled(str(value)) for name, value in step.get("env", {}).items()}
        files = {"GITHUB_OUTPUT": str(written), "GITHUB_STEP_SUMMARY": str(self.folder / "summary.md")}
        environment = {**os.environ, **given, **files, "PATH": self.path, "GH_LOG": str(self.folder / "gh.log")}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.folder, env=environment, capture_output=True, text=True, timeout=600,
        )  # fmt: skip
        self.outputs |= dict(line.split("=", 1) for line in written.read_text("utf-8").splitlines())
        self.said = done.stdout + done.stderr
        return done.returncode

    def _filled(self, text: str) -> str:
        known = {f"inputs.{name}": value for name, value in self.inputs.items()}
        known |= {f"steps.gate.outputs.{name}": value for name, value in self.outputs.items()}
        known |= {"github.repository": "me/mine", "github.event.pull_request.number": "17", "github.token": "t"}
        return re.sub(r"\$\{\{ ([\w.-]+) \}\}", lambda match: known.get(match[1], ""), text)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`bench demo`, and a baseline of its first run."""
    folder = tmp_path_factory.mktemp("repository")
    before = Path.cwd()
    os.chdir(folder)
    try:
        invoke("demo", "speech")
        invoke("run", "speech/demo.yaml", "--out", "reports/main", "--no-report")
        invoke("baseline", "save", "reports/main", "--out", "speech/baseline.json")
        invoke("demo", "worse", "--error-rate", "0.3")
    finally:
        os.chdir(before)
    text = (folder / "worse/demo.yaml").read_text("utf-8").replace("worse/corpus", "speech/corpus")
    (folder / "worse/demo.yaml").write_text(text, encoding="utf-8")
    return folder


FILES = {"baseline": "speech/baseline.json", "rules": "speech/gate.yaml"}


@pytest.mark.slow
def test_an_equal_system_passes_and_the_comment_is_renewed_in_place(repository: Path) -> None:
    for but in (("Install",), ("Install", "Run")):  # the next push's run would be the same
        runner = Runner(repository, config="speech/demo.yaml", **FILES)
        code = runner.run(but)
        assert code == 0, runner.said
        assert runner.outputs["verdict"] == "pass"
    asked = (repository / "gh.log").read_text("utf-8").splitlines()
    assert [line.split()[2] for line in asked if "--method" in line] == ["POST", "PATCH"]
    assert "issues/comments/77" in asked[-1]
    body = (repository / "reports/gate/body.md").read_text("utf-8")
    assert body.startswith("<!-- earwitness gate -->\n")
    assert (repository / "reports/gate/run/report.html").is_file()
    assert (repository / "summary.md").read_text("utf-8")


@pytest.mark.slow
def test_a_worse_system_fails_with_its_numbers(repository: Path) -> None:
    runner = Runner(repository, config="worse/demo.yaml", **FILES)
    assert runner.run() == 1
    assert runner.outputs["verdict"] == "regressed"
    assert "regressed" in (repository / "reports/gate/comment.md").read_text("utf-8")
    junit = (repository / "reports/gate/gate.xml").read_text("utf-8")
    assert "<failure" in junit


@pytest.mark.slow
def test_redacted_nothing_that_is_shown_holds_a_sentence(repository: Path) -> None:
    runner = Runner(repository, config="worse/demo.yaml", **FILES, redact="true", out="reports/private")
    (repository / "summary.md").unlink(missing_ok=True)
    assert runner.run() == 1, runner.said
    out = repository / "reports/private"
    manifest = (repository / "speech/corpus/manifest.jsonl").read_text("utf-8").splitlines()
    sentences = [text for line in manifest if (text := json.loads(line).get("text"))]
    kept = [file for file in sorted(out.rglob("*")) if file.is_file() and out / "run" not in file.parents]
    assert {"comment.md", "gate.xml", "gate.json", "report.html"} <= {file.name for file in kept}
    shown = "".join(file.read_text("utf-8") for file in kept) + (repository / "summary.md").read_text("utf-8")
    assert "Newly broken: " in shown
    assert [sentence for sentence in sentences if sentence in shown] == []
    (keep,) = [step["with"]["path"] for step in ACTION["runs"]["steps"] if step["name"] == "Keep the report"]
    assert "inputs.redact == 'true' && format('!{0}/run/**', inputs.out)" in keep


@pytest.mark.slow
def test_a_wrong_config_fails_the_job_with_its_message(repository: Path) -> None:
    runner = Runner(repository, config="none.yaml", **FILES)
    assert runner.run() == 2
    assert "none.yaml: expected a readable YAML file" in runner.said


@pytest.mark.slow
def test_nights_have_a_history(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every night's folder is kept; one of them is worse."""
    monkeypatch.chdir(repository)
    shutil.copytree("reports/main", "nights/0")
    for night, config in enumerate(("speech", "worse"), 1):
        invoke("run", f"{config}/demo.yaml", "--out", f"nights/{night}", "--no-report")
    said = invoke("history", "nights")
    (row,) = [line.split() for line in said.splitlines() if "real time" in line and "%" in line]
    assert "3" in row[:5]
    assert (repository / "history/history.html").is_file()
    assert len((repository / "history/history.csv").read_text("utf-8").splitlines()) > 3


def test_every_input_is_described_and_no_expression_is_pasted_into_a_script() -> None:
    assert all(spec["description"] for spec in ACTION["inputs"].values())
    assert [step["name"] for step in ACTION["runs"]["steps"] if "${{" in step.get("run", "")] == []
