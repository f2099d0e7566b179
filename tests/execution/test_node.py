"""A node that is not as the machine that started the run says so in one message, with its name."""

import shutil
from pathlib import Path

import pytest

from bench.addresses import mirror
from bench.errors import ConfigError, UsageError
from bench.execution import node
from bench.execution.node import Packed, node_engines
from bench.execution.planning import load_plan
from bench.execution.score_parts import Part, ScoringRules, parts, score_part
from bench.execution.trials import Work
from bench.remote import publish
from bench.store import RunFolder
from tests.counting import config
from tests.toy import make_corpus

GOLDEN = Path(__file__).parents[1] / "golden/run"


@pytest.fixture(autouse=True)
def named(monkeypatch):
    monkeypatch.setattr(node, "node_name", lambda: "far-1234")


def test_a_node_of_another_version_is_named_and_nothing_of_what_it_was_sent_is_read():
    with pytest.raises(UsageError, match=r"node far-1234: expected earwitness 0\.0\.1, .*install the same on every"):
        Packed("0.0.1", b"of classes that are not here").open()


def test_a_node_without_a_key_is_named(tmp_path, monkeypatch):
    plan = load_plan(config(make_corpus(tmp_path), "http://127.0.0.1:9"))
    monkeypatch.delenv("SMALLEST_API_KEY", raising=False)
    work = Work(plan=plan, trials=(), engines={}, folder=RunFolder(tmp_path / "run"))
    with pytest.raises(ConfigError, match=r"node far-1234: .*SMALLEST_API_KEY"), node_engines(work, ()):
        pass


def sealed_at_url(cache: Path, *, without: int) -> Part:
    """The golden run, some of its first results away, sealed and pushed by a machine with a cache of its own."""
    folder = RunFolder(mirror("memory://nodes/run"))
    assert folder.path.is_relative_to(cache)
    shutil.copytree(GOLDEN, folder.path)
    log = next((folder.path / "results").glob("*.jsonl"))
    log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[without:]))
    folder.seal()
    publish(folder.path)
    rules = ScoringRules(normalizer="earwitness", transliterating=False, terms={}, checked_share=0.0)
    return next(parts(folder, folder.utterances(), rules))


def test_a_node_that_has_parts_of_an_earlier_run_of_this_address_scores_those_of_this_one(tmp_path, monkeypatch):
    store = pytest.importorskip("fsspec", reason="the extra `cloud` is not installed").filesystem("memory")
    monkeypatch.setattr("bench.store.folder.SEALED_FROM", 1)
    for without in (0, 20):
        monkeypatch.setenv("EARWITNESS_CACHE", str(tmp_path / f"driver-{without}"))
        part = sealed_at_url(tmp_path / f"driver-{without}", without=without)
        own = score_part(part).table
        shutil.rmtree(tmp_path / f"driver-{without}")  # which no other machine sees
        monkeypatch.setenv("EARWITNESS_CACHE", str(tmp_path / "node"))
        assert node.score_there(part, "memory://nodes/run").table == own
        store.rm("/nodes", recursive=True)
