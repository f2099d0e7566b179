"""A run over a Ray cluster of two nodes is the run of one process, whoever dies on the way: every trial once."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import bench
from bench.api import Listener
from bench.config import BudgetSpec
from bench.errors import UsageError
from bench.scoring.timing.metrics import METRICS
from bench.store import RunFolder
from benchmarks.scripted_corpus import make
from tests.counting import Counting, answers, config, counting_server, once_answered
from tests.s3 import s3_server

ray_cluster = pytest.importorskip(
    "ray.cluster_utils", reason="Ray is not part of the tests' own environment: make cluster"
)
pytestmark = pytest.mark.cluster

SPEAKERS, UTTERANCES = 10, 4
TRIALS = SPEAKERS * UTTERANCES * 5


@pytest.fixture(scope="module", autouse=True)
def key():
    """Of the nodes, too: they have the environment of who started them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SMALLEST_API_KEY", "counting-key-0123456789")
        yield


@pytest.fixture
def server():
    with counting_server() as address:
        yield address


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    manifest, _ = make(tmp_path_factory.mktemp("corpus"), speakers=SPEAKERS, utterances=UTTERANCES)
    return manifest


@contextmanager
def two_nodes() -> Iterator[Any]:
    cluster = ray_cluster.Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    try:
        cluster.second = cluster.add_node(num_cpus=2)
        cluster.wait_for_nodes()
        yield cluster
    finally:
        cluster.shutdown()


@pytest.fixture(scope="module")
def shared_nodes(key):
    """For tests that leave them alive."""
    with two_nodes() as cluster:
        yield cluster


@pytest.fixture
def nodes():
    """For a test that kills."""
    with two_nodes() as cluster:
        yield cluster


def timeless(run: bench.Run) -> list[dict[str, Any]]:
    """The estimates that are not of time."""
    estimates = run.estimates
    return estimates[~estimates["metric"].str.split(".").str[0].isin(METRICS)].to_dict("records")


def workers() -> list[int]:
    """Processes of this test's cluster that run a shard."""
    found = []
    for status in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if b"ray::run_shard" in status.read_bytes() and os.getpid() in ancestors(status.parent):
                found.append(int(status.parent.name))
        except OSError:
            continue
    return found


def ancestors(process: Path) -> Iterator[int]:
    while process.name != "0":
        parent = (process / "stat").read_text().rpartition(")")[2].split()[1]
        yield int(parent)
        process = process.with_name(parent)


def test_two_nodes_give_what_one_process_gives(corpus, server, shared_nodes, tmp_path):
    alone = bench.run(config(corpus, server), out=tmp_path / "alone")
    Counting.asked.clear()
    over = bench.run(config(corpus, server), out=tmp_path / "over", executor="ray", address=shared_nodes.address)
    assert set(answers(over.path).values()) == {1}
    assert len(answers(over.path)) == TRIALS == sum(Counting.asked.values())
    assert repr(timeless(over)) == repr(timeless(alone))
    folder = RunFolder(over.path)
    nodes_of_results = {result.node for result in folder.results().values()}
    assert None not in nodes_of_results
    assert {node.name for node in folder.nodes()} == nodes_of_results


def test_scored_over_a_cluster_a_run_has_the_same_bytes(corpus, server, shared_nodes, tmp_path, monkeypatch):
    alone = bench.run(config(corpus, server), out=tmp_path / "alone")
    monkeypatch.setattr("bench.execution.score_parts.TRIALS", 50)
    monkeypatch.setattr("bench.execution.score.TRIALS", 50)
    scored = {}
    for name, how in {"here": {"workers": 1}, "there": {"executor": "ray", "address": shared_nodes.address}}.items():
        shutil.copytree(alone.path, tmp_path / name)
        bench.open_run(tmp_path / name).score(**how)
        files = ("scores.parquet", "estimates.json", "analysis.json", "validity.json")
        scored[name] = {file: (tmp_path / name / file).read_bytes() for file in files}
    assert scored["there"] == scored["here"]


@pytest.mark.parametrize("sealed_from", [1, 1_000])
def test_another_executor_goes_on_with_a_run(corpus, server, shared_nodes, tmp_path, monkeypatch, sealed_from):
    alone = bench.run(config(corpus, server), out=tmp_path / "alone")
    Counting.asked.clear()
    monkeypatch.setattr("bench.store.folder.SEALED_FROM", sealed_from)
    over: dict[str, Any] = {"executor": "ray", "address": shared_nodes.address}
    for repeats, how in ((1, {}), (3, over), (5, {})):
        spec = config(corpus, server, repeats=repeats)
        done = bench.run(spec, out=tmp_path / "run", resume=repeats > 1, **how)
        assert sum(Counting.asked.values()) == SPEAKERS * UTTERANCES * repeats
        assert (tmp_path / "run/results/sealed.json").exists() == (sealed_from == 1)
    assert set(answers(done.path).values()) == {1}
    assert repr(timeless(done)) == repr(timeless(alone))


def test_answers_that_are_there_are_taken_and_nobody_is_asked(corpus, server, shared_nodes, tmp_path):
    first = bench.run(config(corpus, server), out=tmp_path / "first")
    Counting.asked.clear()
    again = bench.run(
        config(corpus, server), out=tmp_path / "again", executor="ray", address=shared_nodes.address, reuse=[first.path]
    )
    assert sum(Counting.asked.values()) == 0
    assert again.num_failed == 0
    wer = [run.estimates.query("metric == 'wer'")["value"].tolist() for run in (first, again)]
    assert wer[0] == wer[1]


def test_a_worker_a_node_and_the_store_die_and_every_trial_is_there_once(corpus, server, tmp_path, monkeypatch):
    """What make cluster-core runs: two nodes, results at a URL, and each of the three killed."""
    alone = bench.run(config(corpus, server), out=tmp_path / "alone")
    Counting.asked.clear()
    with s3_server(tmp_path, monkeypatch) as store:
        with two_nodes() as nodes, ThreadPoolExecutor(1) as thread:

            def kill_all() -> None:
                os.kill(workers()[0], signal.SIGKILL)
                store.kill()
                time.sleep(1.0)
                store.start()
                nodes.remove_node(nodes.second, allow_graceful=False)

            run = tmp_path / "cache/mirrors/s3/bucket/run"
            killing = thread.submit(once_answered, run, TRIALS // 5, kill_all)
            done = bench.run(config(corpus, server), out="s3://bucket/run", executor="ray", address=nodes.address)
            killing.result()
        shutil.rmtree(tmp_path / "cache")
        there = bench.open_run("s3://bucket/run")
        assert answers(there.path) == dict.fromkeys(answers(alone.path), 1)
    assert sum(Counting.asked.values()) - TRIALS <= 6, "only what was on its way is asked again"
    assert done.num_failed == 0
    assert repr(timeless(there)) == repr(timeless(alone))


@pytest.mark.parametrize("what", ["worker", "node"])
def test_a_worker_or_a_node_dies_and_every_trial_is_there_once(corpus, server, nodes, tmp_path, what):
    def kill() -> None:
        if what == "node":
            nodes.remove_node(nodes.second, allow_graceful=False)
        else:
            os.kill(workers()[0], signal.SIGKILL)

    run = tmp_path / "run"
    with ThreadPoolExecutor(1) as thread:
        killing = thread.submit(once_answered, run, TRIALS // 5, kill)
        done = bench.run(config(corpus, server), out=run, executor="ray", address=nodes.address)
        killing.result()
    counted = answers(run)
    assert len(counted) == TRIALS
    assert set(counted.values()) == {1}, "no answer is stored twice"
    again = sum(Counting.asked.values()) - TRIALS
    assert again <= 6, "only what was on its way is asked again"
    assert done.num_failed == 0


def test_ctrl_c_keeps_what_is_answered_and_the_run_goes_on(corpus, server, shared_nodes, tmp_path):
    class Interrupting(Listener):
        def __init__(self) -> None:
            self.heard = 0

        def finished(self, trial: Any, result: Any) -> None:
            self.heard += 1
            if self.heard == TRIALS // 4:
                raise KeyboardInterrupt

    run, spec = tmp_path / "run", config(corpus, server)
    Counting.hold(after=TRIALS // 2)
    with pytest.raises(KeyboardInterrupt):
        bench.run(spec, out=run, executor="ray", address=shared_nodes.address, listener=Interrupting())
    kept = answers(run)
    assert TRIALS // 4 <= len(kept) < TRIALS
    Counting.release()
    bench.run(spec, out=run, resume=True, executor="ray", address=shared_nodes.address)
    assert len(answers(run)) == TRIALS
    assert set(answers(run).values()) == {1}


def test_quota_and_budget_hold_for_the_whole_cluster(corpus, server, shared_nodes, tmp_path):
    limited = config(corpus, server, budget={"max_requests": 300})
    limited["engines"][0]["requests_per_minute"] = 3_000
    began = time.monotonic()
    run = bench.run(limited, out=tmp_path / "quota", executor="ray", address=shared_nodes.address)
    assert time.monotonic() - began >= (TRIALS - 1) / 50 - 0.2
    assert run.num_failed == 0

    Counting.asked.clear()
    plan = bench.plan(config(corpus, server))  # which would refuse a budget that is too small from the start
    tight = replace(plan, config=plan.config.model_copy(update={"budget": BudgetSpec(max_requests=TRIALS // 2)}))
    stopped = bench.run(tight, out=tmp_path / "budget", executor="ray", address=shared_nodes.address)
    assert sum(Counting.asked.values()) == TRIALS // 2
    assert stopped.num_failed == TRIALS - TRIALS // 2


def test_a_budget_that_is_just_enough_leaves_nothing_out(corpus, server, shared_nodes, tmp_path):
    """Shards are given more than they need, so that the last ones wait for what the others leave."""
    run = bench.run(
        config(corpus, server, budget={"max_requests": TRIALS}),
        out=tmp_path / "run",
        executor="ray",
        address=shared_nodes.address,
    )
    assert sum(Counting.asked.values()) == TRIALS
    assert run.num_failed == 0


def test_what_a_worker_spent_before_it_died_counts(corpus, server, nodes, tmp_path):
    plan = bench.plan(config(corpus, server))
    tight = replace(plan, config=plan.config.model_copy(update={"budget": BudgetSpec(max_requests=TRIALS // 2)}))
    run = tmp_path / "run"
    with ThreadPoolExecutor(1) as thread:
        killing = thread.submit(
            once_answered, run, TRIALS // 5, lambda: [os.kill(w, signal.SIGKILL) for w in workers()]
        )
        bench.run(tight, out=run, executor="ray", address=nodes.address)
        killing.result()
    assert sum(Counting.asked.values()) <= TRIALS // 2 + 6, "but for what was on its way when they died"


def test_a_cluster_that_is_not_there_is_told(corpus, server, tmp_path):
    with pytest.raises(UsageError, match="expected a Ray cluster"):
        bench.run(config(corpus, server), out=tmp_path / "run", executor="ray", address="127.0.0.1:1")


def test_an_address_is_for_a_cluster(corpus, server, tmp_path):
    with pytest.raises(UsageError, match="--address"):
        bench.run(config(corpus, server), out=tmp_path / "run", address="auto")


def test_a_node_with_a_disk_of_its_own_and_results_at_a_url(corpus, server, tmp_path, monkeypatch):
    """The driver's node has no place for a shard, so that everything is pulled and pushed by the other one."""
    alone = bench.run(config(corpus, server), out=tmp_path / "alone")
    Counting.asked.clear()
    with s3_server(tmp_path, monkeypatch) as store:
        nodes = ray_cluster.Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
        try:
            nodes.add_node(num_cpus=2, env_vars={"EARWITNESS_CACHE": str(tmp_path / "cache-of-node")})
            nodes.wait_for_nodes()
            over = bench.run(config(corpus, server), out="s3://bucket/run", executor="ray", address=nodes.address)
        finally:
            nodes.shutdown()
        assert (tmp_path / "cache-of-node/mirrors/s3/bucket/run/results").is_dir()
        assert any(name.startswith("run/results/") for name in store.objects())
    assert sum(Counting.asked.values()) == TRIALS
    assert set(answers(over.path).values()) == {1}
    assert repr(timeless(over)) == repr(timeless(alone))
