"""Runs at a real S3 server: whole when it dies on the way, when the harness does, and silent about credentials."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

import pytest

import bench
from bench.scoring.timing.metrics import METRICS
from benchmarks.scripted_corpus import make
from tests.command import invoke
from tests.counting import Counting, answers, config, counting_server, once_answered
from tests.s3 import BUCKET, s3_server

pytest.importorskip("s3fs", reason="the extra `cloud` is not installed: make cluster")
pytestmark = pytest.mark.cluster
TRIALS = 10 * 4 * 5


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    manifest, _ = make(tmp_path_factory.mktemp("corpus"), speakers=10, utterances=4)
    return manifest


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("SMALLEST_API_KEY", "counting-key-0123456789")
    with counting_server() as address:
        yield address


@pytest.fixture
def store(tmp_path, monkeypatch):
    with s3_server(tmp_path, monkeypatch) as serving:
        yield serving


def uploaded(corpus: Path) -> str:
    """The corpus at a URL of its own, recordings beside it."""
    files = import_module("fsspec").filesystem("s3")
    for file in sorted(corpus.parent.rglob("*")):
        if file.is_file():
            files.put_file(str(file), f"{BUCKET}/corpus/{file.relative_to(corpus.parent).as_posix()}")
    return f"s3://{BUCKET}/corpus/{corpus.name}"


def test_everything_at_urls_is_as_everything_here(corpus, server, store, tmp_path):
    alone = bench.run(config(corpus, server), out=tmp_path / "alone")
    spec = tmp_path / "spec.yaml"
    spec.write_text(json.dumps(config(uploaded(corpus), server)), encoding="utf-8")
    invoke("run", spec, "--out", "s3://bucket/runs/a", "--no-report")
    there = bench.open_run("s3://bucket/runs/a")
    own, other = (run.estimates[~run.estimates["metric"].str.split(".").str[0].isin(METRICS)] for run in (alone, there))
    same = ["corpus", "metric", "value", "low", "high", "n"]
    assert repr(own[same].to_dict("records")) == repr(other[same].to_dict("records"))
    assert "report.html" in invoke("report", "s3://bucket/runs/a")
    invoke("baseline", "save", "s3://bucket/runs/a", "--out", "s3://bucket/main.json")
    said = invoke("gate", "s3://bucket/runs/a", "--baseline", "s3://bucket/main.json", code=3)
    assert "INCONCLUSIVE" in said, "ten speakers tell too little, even of a run and itself"
    invoke("compare", tmp_path / "alone", "s3://bucket/runs/a")
    invoke("score", "s3://bucket/runs/a")
    names = store.objects()
    assert {"main.json", "runs/a/report.html", "runs/a/trials.jsonl", "runs/a/estimates.json"} <= names
    assert not any("S3RVER_KEY" in name or "scratch" in name or ".lease" in name for name in names)


def test_a_store_that_is_killed_on_the_way_and_comes_back(corpus, server, store, tmp_path):
    def away_for_a_while() -> None:
        store.kill()
        time.sleep(2.0)
        store.start()

    run = tmp_path / "cache/mirrors/s3/bucket/run"
    with ThreadPoolExecutor(1) as thread:
        killing = thread.submit(once_answered, run, TRIALS // 5, away_for_a_while)
        done = bench.run(config(corpus, server), out="s3://bucket/run")
        killing.result()
    assert done.num_failed == 0
    assert sum(Counting.asked.values()) == TRIALS
    shutil.rmtree(tmp_path / "cache")
    again = bench.open_run("s3://bucket/run")
    assert len(answers(again.path)) == TRIALS
    assert set(answers(again.path).values()) == {1}


def test_a_harness_that_is_killed_before_it_pushed_goes_on_here_and_asks_nothing_again(corpus, server, store, tmp_path):
    spec = tmp_path / "spec.yaml"
    spec.write_text(json.dumps(config(corpus, server)), encoding="utf-8")
    command = [sys.executable, "-m", "bench", "run", str(spec), "--out", "s3://bucket/run", "--no-report"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    run = tmp_path / "cache/mirrors/s3/bucket/run"
    once_answered(run, TRIALS // 4, lambda: os.killpg(process.pid, signal.SIGKILL))
    process.wait()
    kept = len(answers(run))
    asked = sum(Counting.asked.values())
    done = bench.run(config(corpus, server), out="s3://bucket/run", resume=True)
    assert done.num_failed == 0
    assert sum(Counting.asked.values()) == asked + TRIALS - kept
    assert set(answers(done.path).values()) == {1}


def test_a_store_that_is_not_there_is_one_message_without_keys(corpus, server, store, tmp_path, monkeypatch):
    from bench import remote

    monkeypatch.setattr(remote, "_TRIES", 1)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "very-secret-0123456789")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    store.kill()
    said = invoke("report", "s3://bucket/run", code=74)
    assert "s3://bucket/run: expected to reach it" in said
    assert "very-secret" not in said


def test_a_run_that_is_not_there_is_told(store):
    assert "expected a run folder" in invoke("report", "s3://bucket/nothing", code=2)


def test_wrong_credentials_are_told(tmp_path, monkeypatch):
    """By moto, which checks them; s3rver takes any."""
    monkeypatch.setenv("INITIAL_NO_AUTH_ACTION_COUNT", "0")  # moto reads it when it is imported
    server = pytest.importorskip("moto.server", reason="moto is not installed: make cluster")
    serving = server.ThreadedMotoServer("127.0.0.1", 0)
    serving.start()
    import_module("s3fs").S3FileSystem.clear_instance_cache()
    host, port = serving.get_host_and_port()
    try:
        for name, value in {
            "AWS_ACCESS_KEY_ID": "nobody",
            "AWS_SECRET_ACCESS_KEY": "very-secret-0123456789",
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_DEFAULT_REGION": "us-east-1",
            "EARWITNESS_CACHE": str(tmp_path / "cache"),
        }.items():
            monkeypatch.setenv(name, value)
        said = invoke("report", "s3://bucket/run", code=74)
        assert "PermissionError" in said or "Forbidden" in said or "InvalidAccessKeyId" in said, said
        assert "very-secret" not in said
    finally:
        serving.stop()
