"""`bench score`, and what it says where another tool counts other word errors."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

import bench
from bench.cli.run import _exit_code
from bench.errors import ExitCode
from bench.execution import score
from bench.report.run.data import read
from bench.report.run.how import facts
from bench.scoring.second_opinion import joined_opinions
from bench.store import RunFolder
from tests.command import invoke
from tools.compare_scores import scored_again

GOLDEN = Path(__file__).parents[1] / "golden/run"


@pytest.fixture
def run(tmp_path):
    return scored_again(GOLDEN, tmp_path / "run")


def test_word_errors_that_jiwer_counts_too_pass_without_a_word(run):
    said = invoke("score", run)
    assert "in doubt" not in said
    assert RunFolder(run).second_opinion().agrees
    assert dict(facts(read(RunFolder(run))))["word errors"].startswith("checked against jiwer")


def test_word_errors_that_jiwer_counts_otherwise_are_told_and_end_with_a_code_of_their_own(run, monkeypatch):

    def another(*args):
        opinion = joined_opinions(*args)
        return replace(opinion, equal=opinion.equal - 1, differing=("t1",))

    monkeypatch.setattr(score, "joined_opinions", another)
    said = invoke("score", run, code=ExitCode.RULER)
    assert "word errors are in doubt: checked against jiwer" in said
    assert "not in trials t1" in said
    shown = invoke("report", run)
    assert "Word errors of this run are in doubt" in " ".join(shown.split())


def test_each_reason_why_a_run_is_invalid_is_said_once(run, capsys):
    path = run / "validity.json"
    said = json.loads(path.read_text(encoding="utf-8"))
    reasons = ["chunks left 0.31 s late", "both cores were busy for 9 s"]
    path.write_text(json.dumps({**said, "reasons": reasons, "valid": False}), encoding="utf-8")
    opened = bench.open_run(run)
    shown = str(opened.report(width=100))
    assert _exit_code(opened) == ExitCode.INCONCLUSIVE
    shown += capsys.readouterr().err
    assert [shown.count(reason) for reason in reasons] == [1, 1]
