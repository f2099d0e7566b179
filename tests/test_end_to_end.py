"""The whole path through real processes, sockets and files, against an emulator that knows the truth."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import jiwer
import pytest
import yaml
from click.testing import CliRunner

from bench.cli import app
from bench.store import RunFolder
from bench.types import Cell, Failure, Transcript
from tests.command import invoke
from tests.toy import LINES, SPEECH_END_S, SPEECH_START_S, make_config, make_corpus, make_script

CHUNK_S = 0.128
PARTIAL_S, FINAL_S, BATCH_S = 0.1, 0.15, 0.2


def estimates(folder, **group):
    """metric -> Estimate of one cell."""
    return {
        e.metric: e
        for e in RunFolder(folder).estimates()
        if isinstance(e.scope, Cell) and group.items() <= e.scope._asdict().items()
    }


@pytest.fixture(scope="module")
def toy_run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("toy")
    manifest = make_corpus(folder)
    script = make_script(
        folder, first_partial_delay_s=PARTIAL_S, final_delay_s=FINAL_S, batch_delay_s=BATCH_S, close_delay_s=0.05
    )
    out = folder / "run"
    config = make_config(folder, manifest, script, batch={"concurrency": 2}, stream={"concurrency": 2})
    return out, invoke("run", config, "--out", out)


@pytest.mark.parametrize("mode", ["batch", "stream"])
def test_every_error_count_is_the_scripted_one(toy_run, mode):
    found = estimates(toy_run[0], mode=mode)
    assert [found[f"words.{n}"].value for n in ("substitutions", "deletions", "insertions")] == [1, 2, 2]
    assert found["wer"].value == 5 / 16
    expected = jiwer.process_characters([x.reference for x in LINES], [x.answer for x in LINES])
    # jiwer counts the spaces as characters; ours are graphemes of the words.
    bare = jiwer.process_characters(
        [x.reference.replace(" ", "") for x in LINES], [x.answer.replace(" ", "") for x in LINES]
    )
    assert found["cer"].value == pytest.approx(bare.cer)
    assert expected.cer != bare.cer
    assert (found["trials.answered"].value, found["trials.empty"].value, found["trials.failed"].value) == (4, 0, 0)


def test_latency_is_the_scripted_delay_within_15_ms(toy_run):
    """The script counts from the arrival of the chunk that holds the moment; that chunk is due at its end.

    Nothing is earlier than the script says. The least of four is compared, since a busy machine only adds.
    """
    rows = RunFolder(toy_run[0]).scores()
    chunk_end = {moment: (int(moment / CHUNK_S) + 1) * CHUNK_S for moment in (SPEECH_START_S, SPEECH_END_S)}
    first = chunk_end[SPEECH_START_S] + PARTIAL_S - SPEECH_START_S
    final = chunk_end[SPEECH_END_S] + FINAL_S - SPEECH_END_S
    for metric, scripted in (
        ("batch_latency_s", BATCH_S),
        ("first_partial_latency_s", first),
        ("final_latency_s", final),
    ):
        measured = [value for row in rows if (value := row.metrics.get(metric)) is not None]
        assert len(measured) == 4
        assert scripted - 0.001 <= min(measured) <= scripted + 0.015


def test_the_report_shows_the_same_numbers_in_every_format(toy_run):
    out, shown = toy_run
    assert "31.2 %" in shown
    assert str(out / "report.html") in shown.replace("\n", "")
    page, text = ((out / name).read_text(encoding="utf-8") for name in ("report.html", "report.md"))
    assert "31.2 % of words wrong" in page
    assert "| 31.2 % |" in text
    assert "blue → blew" in text
    assert "too few speakers" in text
    (over_time,) = RunFolder(out).over_time()
    assert over_time.num_streams == len(LINES)
    assert sum(each.num_lags for each in over_time.bins) > 0
    assert "Text behind the audio while streams go on" in text
    with (out / "summary.csv").open(encoding="utf-8", newline="") as file:
        wer = [row for row in csv.DictReader(file) if row["metric"] == "wer" and not row["cluster"]]
    assert {row["mode"]: float(row["value"]) for row in wer} == {"batch": 5 / 16, "stream": 5 / 16}


def test_the_report_is_one_file_without_network(toy_run):
    page = (toy_run[0] / "report.html").read_text(encoding="utf-8")
    markup = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    addresses = set(re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?([^"'\s)>]+)""", markup))
    beside = {"estimates.json", "scores.parquet", "summary.csv", "analysis.json"}
    assert "#answer" in addresses
    assert {address for address in addresses if not address.startswith("#")} == beside
    assert "default-src &#39;none&#39;" in page


def test_scoring_twice_gives_the_same_bytes(toy_run):
    out, _ = toy_run
    names = ("estimates.json", "over_time.json", "scores.parquet", "summary.csv", "report.html", "report.md")
    before = [(out / name).read_bytes() for name in names]
    invoke("score", out)
    invoke("report", out)
    assert [(out / name).read_bytes() for name in names] == before


def test_the_run_folder_holds_what_the_contract_says(toy_run):
    names = {path.name for path in toy_run[0].iterdir()}
    assert names >= {
        "config.yaml",
        "resolved.json",
        "environment.json",
        "trials.jsonl",
        "results",
        "scores.parquet",
        "estimates.json",
        "report.html",
        "report.md",
        "summary.csv",
    }
    environment = json.loads((toy_run[0] / "environment.json").read_text(encoding="utf-8"))
    assert environment.keys() >= {"commit", "dirty", "packages", "machine", "python"}


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


def start(config, out, *more):
    command = [sys.executable, "-m", "bench", "run", str(config), "--out", str(out), "--no-report", *more]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=subprocess.STDOUT, text=True, start_new_session=True)


def wait_for_results(out, number, process):
    deadline = time.monotonic() + 60
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
    script = make_script(tmp_path, batch_delay_s=0.1)
    config = make_config(tmp_path, manifest, script, modes=["batch"], repeats=3, batch={"concurrency": 1})
    out = tmp_path / "run"
    process = start(config, out)
    wait_for_results(out, 3, process)
    children = descendants(process.pid)
    process.send_signal(how)
    said, _ = process.communicate(timeout=30)
    wait_until_gone(children)
    assert process.returncode == (130 if how == signal.SIGINT else -signal.SIGKILL)
    assert ("go on with --resume" in said) == (how == signal.SIGINT)
    before = answered(out)
    assert 3 <= len(before) < 12
    invoke("run", config, "--out", out, "--resume")
    after = answered(out)
    assert after.keys() == {trial.id for trial in RunFolder(out).trials()}
    assert len(after) == 12
    assert {id: after[id] for id in before} == before
    lines = [line for shard in (out / "results").iterdir() for line in shard.read_bytes().splitlines(keepends=True)]
    whole = [json.loads(line)["trial_id"] for line in lines if line.endswith(b"\n")]
    assert len(whole) == len(set(whole)) == 12
    assert estimates(out)["wer"].value == 5 / 16


def test_processes_of_streams_stop_together_and_leave_nothing_behind(tmp_path):
    manifest = make_corpus(tmp_path, LINES[:2])
    stream = {"concurrency": 2, "processes": 2}
    config = make_config(
        tmp_path, manifest, make_script(tmp_path, LINES[:2]), modes=["stream"], stream=stream, repeats=20
    )
    process = start(config, tmp_path / "run")
    wait_for_results(tmp_path / "run", 1, process)
    children = descendants(process.pid)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    said, _ = process.communicate(timeout=30)
    wait_until_gone(children)
    assert process.returncode == 130
    assert "go on with --resume" in said
    assert not re.search("Traceback|leaked|Warning", said)
    assert answered(tmp_path / "run")


def wait_until_gone(children):
    assert children
    deadline = time.monotonic() + 15
    while any(map(alive, children)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(alive, children))


def descendants(pid):
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text(encoding="utf-8").split():
            found += [int(child), *descendants(int(child))]
    return found


def alive(pid):
    try:
        os.kill(pid, 0)
        return "Z" not in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return False


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


def test_streams_are_dealt_over_processes_with_the_same_results(tmp_path):
    manifest = make_corpus(tmp_path)
    script = make_script(tmp_path)
    config = make_config(tmp_path, manifest, script, modes=["stream"], stream={"concurrency": 4, "processes": 2})
    out = tmp_path / "run"
    invoke("run", config, "--out", out)
    lines = [shard.read_bytes().splitlines() for shard in (out / "results").iterdir()]
    assert [len(shard) for shard in lines] == [2, 2]
    found = estimates(out, mode="stream")
    assert (found["wer"].value, found["trials.answered"].value) == (5 / 16, 4)
    assert RunFolder(out).looks()
    assert RunFolder(out).validity().seen.streams == 4


@contextmanager
def hogged_while_streaming(out, streams):
    """Every processor is kept busy from the first stream until so many have results, and no longer."""
    over = threading.Event()

    def hog():
        while not (out / "watch").is_dir() and not over.wait(0.01):
            pass
        hogs = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range((os.cpu_count() or 1) + 1)]
        while not over.wait(0.05) and len(RunFolder(out).results()) < streams:
            pass
        for each in hogs:
            each.kill()
            each.wait()

    thread = threading.Thread(target=hog)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_a_run_starved_of_processors_is_invalid_and_says_so_everywhere(tmp_path):
    manifest = make_corpus(tmp_path, LINES[:2])
    script = make_script(tmp_path, LINES[:2])
    limits = {"max_cpu_saturated": 0.3}
    config = make_config(tmp_path, manifest, script, modes=["stream"], validity=limits)
    out = tmp_path / "run"
    with hogged_while_streaming(out, 2):
        said = invoke("run", config, "--out", out, code=3)
    validity = RunFolder(out).validity()
    assert not validity.valid
    assert any("processors" in reason or "send lag" in reason for reason in validity.reasons)
    assert "INVALID" in said
    for name in ("report.md", "report.html"):
        page = (out / name).read_text(encoding="utf-8")
        assert "INVALID: this run has no real-time latency" in page
    latency = estimates(out, mode="stream")["final_latency_s.p50"]
    assert latency.value is not None
    assert "INVALID" in latency.note
    assert json.loads((out / "validity.json").read_text(encoding="utf-8"))["valid"] is False
