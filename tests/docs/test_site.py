"""docs/site.md: its columns are those that are written, and the commands of its workflow do what it says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from bench.report.site.tables import TABLES
from tests.runs import make_run, utterances, wrong_in

TEXT = (Path(__file__).parents[2] / "docs" / "site.md").read_text(encoding="utf-8")
WORKFLOW = yaml.safe_load(re.search(r"```yaml\n(.*?)```", TEXT, re.DOTALL)[1])


@pytest.mark.parametrize("name", TABLES)
def test_columns_are_those_that_are_written(name):
    part = TEXT.partition(f"`{name}`: one row")[2].partition("\n`")[0]
    documented = dict(re.findall(r"^\| `(\w+)` \| [\w ]+ \| (.+) \|$", part, re.MULTILINE))
    assert documented == {column: about for column, (_, about) in TABLES[name].items()}


def test_a_pull_request_gets_no_more_than_it_needs():
    assert WORKFLOW["permissions"] == {"contents": "read"}
    publish = WORKFLOW["jobs"]["publish"]
    assert publish["if"] == "github.event_name == 'push'"
    assert "pull_request_target" not in TEXT


@pytest.fixture
def repository(tmp_path):
    """Two people's submissions."""
    for name, share in (("anna", 0.1), ("ravi", 0.5)):
        make_run(tmp_path / "submissions" / name, wrong_in(share), corpus=utterances(9, 3), engine=f"of-{name}")
    for beside in (tmp_path / "submissions").glob("*.*"):
        beside.unlink()
    return tmp_path


def carried_out(repository):
    """Exit code of each command of the workflow but the installation, until one fails."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    codes = {}
    for step in WORKFLOW["jobs"]["build"]["steps"]:
        if "run" in step and step["name"] != "Install":
            done = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
                cwd=repository, env={**os.environ, "PATH": path}, capture_output=True, text=True, timeout=900,
            )  # fmt: skip
            codes[step["name"]] = done.returncode
            if done.returncode:
                break
    return codes


@pytest.mark.slow
def test_the_commands_of_the_workflow_check_and_build(repository):
    assert carried_out(repository) == {"Check": 0, "Build": 0}
    assert (repository / "site" / "index.html").is_file()
    assert "of-ravi" in (repository / "site" / "index.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_changed_answer_ends_the_workflow(repository):
    [log] = (repository / "submissions" / "anna" / "results").glob("*.jsonl")
    log.write_text(log.read_text(encoding="utf-8").replace("wrong", "alpha", 1), encoding="utf-8")
    assert carried_out(repository) == {"Check": 5}
    assert not (repository / "site").exists()
