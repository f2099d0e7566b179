"""A node that is not as the machine that started the run says so in one message, with its name."""

import pytest

from bench.errors import ConfigError, UsageError
from bench.execution import node
from bench.execution.node import Packed, node_engines
from bench.execution.planning import load_plan
from bench.execution.trials import Work
from bench.store import RunFolder
from tests.counting import config
from tests.toy import make_corpus


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
