"""Runs that fail, in part or whole, and runs that are stopped: what is kept, counted, and asked again."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from bench.cli import app
from bench.store import RunFolder
from bench.types import Failure, Transcript
from benchmarks.faults import descendants
from tests.command import invoke
from tests.runs import estimates
from tests.toy import LINES, make_config, make_corpus, make_script


def test_a_dead_server_is_a_failure_of_every_trial_and_exit_code_4(tmp_path):
    manifest = make_corpus(tmp_path)
    engines = [{"id": "dead", "engine": "pulse", "settings": {"language": "en", "base_url": "http://127.0.0.1:9"}}]
    config = make_config(tmp_path, manifest, tmp_path / "none", engines=engines)
    result = CliRunner().invoke(
        app, ["run", str(config), "--out", str(tmp_path / "run")], env={"SMALLEST_API_KEY": "k"}
    )
    assert result.exit_code == 4, result.output
    for mode in ("batch", "stream"):
        found = estimates(tmp_path / "run", mode=mode)
        assert found["trials.failed.connection"].value == 4
        assert found["wer"].value is None
        assert found["wer.failures_deleted"].value == 1.0
    assert "8 of 8 trials failed" in result.output
    attempts = [r.attempts for r in RunFolder(tmp_path / "run").results().values()]
    assert attempts == [2] * 8


def test_failures_are_counted_by_kind_and_resume_asks_only_for_what_failed(tmp_path):
    manifest = make_corpus(tmp_path)
    script = make_script(tmp_path)
    config = make_config(tmp_path, manifest, script, modes=["batch"], retry={"attempts": 1})
    broken = yaml.safe_load(config.read_text(encoding="utf-8"))
    broken["engines"][0]["emulate"]["faults"] = {"seed": 1, "faults": [{"kind": "malformed_json"}]}
    config.write_text(yaml.safe_dump(broken), encoding="utf-8")
    out = tmp_path / "run"
    invoke("run", config, "--out", out, code=4)
    assert estimates(out)["trials.failed.protocol"].value == 4
    shards = list((out / "results").iterdir())
    invoke("run", config, "--out", out, code=2)
    invoke("run", config, "--out", out, "--resume", code=4)
    assert len(list((out / "results").iterdir())) == len(shards) + 1


def test_an_empty_answer_is_counted_as_empty_not_as_failed(tmp_path):
    manifest = make_corpus(tmp_path)
    script = make_script(tmp_path)
    config = make_config(tmp_path, manifest, script, modes=["batch"])
    content = yaml.safe_load(config.read_text(encoding="utf-8"))
    content["engines"][0]["emulate"]["faults"] = {"seed": 1, "faults": [{"kind": "empty"}]}
    config.write_text(yaml.safe_dump(content), encoding="utf-8")
    said = invoke("run", config, "--out", tmp_path / "run")
    found = estimates(tmp_path / "run")
    assert (found["trials.empty"].value, found["trials.failed"].value, found["wer"].value) == (4, 0, 1.0)
    assert "4 of 4 answers came back empty" in said


def test_bad_recordings_fail_alone_and_the_run_goes_on(tmp_path):
    manifest = make_corpus(tmp_path)
    (tmp_path / "u0.wav").write_bytes(b"this is no audio")
    (tmp_path / "u1.wav").unlink()
    (tmp_path / "u2.wav").write_bytes((tmp_path / "u3.wav").read_bytes()[:44])
    script = tmp_path / "script.yaml"
    script.write_text(yaml.safe_dump({"default": {"text": "good morning"}}), encoding="utf-8")
    said = invoke("run", make_config(tmp_path, manifest, script, modes=["batch"]), "--out", tmp_path / "run", code=4)
    outcomes = {r.trial_id: r.outcome for r in RunFolder(tmp_path / "run").results().values()}
    failures = [o for o in outcomes.values() if isinstance(o, Failure)]
    assert [f.kind.value for f in failures] == ["audio"] * 3
    assert all("expected" in f.message and ".wav" in f.message for f in failures)
    assert estimates(tmp_path / "run")["trials.answered"].value == 1
    assert "u1.wav: expected a recording, found none" in said


def start(config, out, *more):
    command = [sys.executable, "-m", "bench", "run", str(config), "--out", str(out), "--no-report", *more]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=subprocess.STDOUT, text=True, start_new_session=True)


def wait_for_results(out, number, process):
    deadline = time.monotonic() + 600  # a limit for what hangs, not for what is slow
    while time.monotonic() < deadline:
        lines = [line for shard in Path(out).glob("results/*.jsonl") for line in shard.read_bytes().splitlines()]
        if len(lines) >= number:
            return
        assert process.poll() is None, process.stdout.read()
        time.sleep(0.02)
    pytest.fail("no results in time")


def answered(out):
    return {id: r for id, r in RunFolder(Path(out)).results().items() if isinstance(r.outcome, Transcript)}


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_stopped_run_resumes_without_asking_again(tmp_path, how):
    manifest = make_corpus(tmp_path)
    script = make_script(tmp_path)
    answers = script.read_text(encoding="utf-8")
    slow = yaml.safe_load(answers)
    slow["utterances"][-1]["batch_delay_s"] = 3600.0  # not through before it is told to stop
    script.write_text(yaml.safe_dump(slow), encoding="utf-8")
    config = make_config(tmp_path, manifest, script, modes=["batch"], repeats=3, batch={"concurrency": 4})
    out = tmp_path / "run"
    process = start(config, out)
    wait_for_results(out, 3, process)
    children = descendants(process.pid)
    process.send_signal(how)
    said, _ = process.communicate(timeout=600)
    wait_until_gone(children)
    assert process.returncode == (130 if how == signal.SIGINT else -signal.SIGKILL)
    assert ("go on with --resume" in said) == (how == signal.SIGINT)
    before = answered(out)
    assert 3 <= len(before) <= 9
    script.write_text(answers, encoding="utf-8")
    invoke("run", config, "--out", out, "--resume", "--no-report")
    after = answered(out)
    assert after.keys() == {trial.id for trial in RunFolder(out).trials()}
    assert len(after) == 12
    assert {id: after[id] for id in before} == before
    lines = [line for shard in (out / "results").iterdir() for line in shard.read_bytes().splitlines(keepends=True)]
    whole = [json.loads(line)["trial_id"] for line in lines if line.endswith(b"\n")]
    assert len(whole) == len(set(whole)) == 12
    assert estimates(out)["wer"].value == 5 / 16


@pytest.mark.slow
def test_processes_of_streams_stop_together_and_leave_nothing_behind(tmp_path):
    manifest = make_corpus(tmp_path, LINES[:2])
    stream = {"concurrency": 2, "processes": 2}
    config = make_config(
        tmp_path, manifest, make_script(tmp_path, LINES[:2]), modes=["stream"], stream=stream, repeats=100
    )
    process = start(config, tmp_path / "run")
    wait_for_results(tmp_path / "run", 1, process)
    children = descendants(process.pid)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    said, _ = process.communicate(timeout=600)
    wait_until_gone(children)
    assert process.returncode == 130
    assert "go on with --resume" in said
    assert not re.search("Traceback|leaked|Warning", said)
    assert answered(tmp_path / "run")


def wait_until_gone(children):
    assert children
    deadline = time.monotonic() + 600
    while any(map(alive, children)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(alive, children))


def alive(pid):
    try:
        os.kill(pid, 0)
        return "Z" not in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return False
