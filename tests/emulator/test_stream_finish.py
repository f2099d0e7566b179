"""What each way to end a stream loses, and what can then be timed: the emulator knows both."""

import pytest

from bench.store import RunFolder
from bench.types import Cell
from tests.command import invoke
from tests.toy import LINES, make_config, make_corpus, make_script

FINISHES = ("close_stream", "finalize", "none")
FLUSH = {"close_delay_s": 0.4, "finalize_delay_s": 0.4}
WORDS = len(LINES[0].reference.split())


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """(finish strategy, metric) -> estimate, over one utterance whose final nothing but a flush brings in time."""
    folder = tmp_path_factory.mktemp("finish")
    manifest = make_corpus(folder, LINES[:1], duration_s=1.0)
    script = make_script(folder, LINES[:1], first_partial_delay_s=0.05, final_delay_s=9.0, **FLUSH)
    emulate = {"recognizer": f"script:{script}"}
    settings = {"language": "en", "quiet_s": 0.5}
    engines = [
        {"id": finish, "engine": "pulse", "settings": {**settings, "finish": finish}, "emulate": emulate}
        for finish in FINISHES
    ]
    config = make_config(folder, manifest, script, engines=engines, modes=["stream"])
    invoke("run", config, "--out", folder / "run")
    return {(e.scope.engine, e.metric): e for e in RunFolder(folder / "run").estimates() if isinstance(e.scope, Cell)}


@pytest.mark.parametrize(("finish", "lost"), [("close_stream", 0), ("finalize", 0), ("none", WORDS)])
def test_the_tail_that_is_lost_is_counted(found, finish, lost):
    assert found[finish, "tail_loss_words.mean"].value == lost


@pytest.mark.parametrize("finish", ["close_stream", "finalize"])
def test_the_last_message_is_timed_from_the_one_that_ends_the_stream(found, finish):
    """0 from its arrival, 1.4 from the stream's start. The end's time is noted behind its send, when the emulator may
    have read it already: a little less than the script's delay is right, too."""
    assert 0.3 < found[finish, "end_to_last_message_s.p50"].value < 1.3


def test_a_message_that_was_not_sent_is_no_zero_point(found):
    missing = found["none", "end_to_last_message_s"]
    assert missing.value is None
    assert "no message that ends the stream was sent" in missing.note
