"""What each way to end a stream loses, and what can then be timed: the emulator knows both."""

import pytest

from bench.store import RunFolder
from bench.types import Cell
from tests.command import invoke
from tests.emulator.running import HANGS_S
from tests.toy import LINES, make_config, make_corpus, make_script

pytestmark = pytest.mark.slow
FINISHES = ("close_stream", "finalize", "none")
FLUSH = {"close_delay_s": 0.4, "finalize_delay_s": 0.4}
QUIET_S = {"close_stream": HANGS_S, "finalize": 3.0, "none": 0.5}
"""Where something is still to come, much longer than it takes."""
WORDS = len(LINES[0].reference.split())


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """(finish strategy, metric) -> estimate, over one utterance whose final nothing but a flush brings in time; and
    finish strategy -> what was answered."""
    folder = tmp_path_factory.mktemp("finish")
    manifest = make_corpus(folder, LINES[:1], duration_s=1.0)
    script = make_script(folder, LINES[:1], first_partial_delay_s=0.05, final_delay_s=10 * HANGS_S, **FLUSH)
    emulate = {"recognizer": f"script:{script}"}
    engines = [
        {
            "id": finish,
            "engine": "pulse",
            "settings": {
                "language": "en",
                "finish": finish,
                "quiet_s": QUIET_S[finish],
                "end_deadline_s": HANGS_S,
            },
            "emulate": emulate,
        }
        for finish in FINISHES
    ]
    config = make_config(folder, manifest, script, engines=engines, modes=["stream"])
    invoke("run", config, "--out", folder / "run")
    run = RunFolder(folder / "run")
    answers = {trial.engine_id: run.results()[trial.id].outcome for trial in run.trials()}
    return {(e.scope.engine, e.metric): e for e in run.estimates() if isinstance(e.scope, Cell)}, answers


@pytest.mark.parametrize(("finish", "lost"), [("close_stream", 0), ("finalize", 0), ("none", WORDS)])
def test_the_tail_that_is_lost_is_counted(found, finish, lost):
    estimates, _ = found
    assert estimates[finish, "tail_loss_words.mean"].value == lost


@pytest.mark.parametrize("finish", ["close_stream", "finalize"])
def test_the_last_message_is_timed_from_the_one_that_ends_the_stream(found, finish):
    """By the log of the stream. The end's time is noted behind its send, when the emulator may have read it already: a
    little less than the script's delay is right, too."""
    estimates, answers = found
    timed_s = estimates[finish, "end_to_last_message_s.p50"].value
    answer = answers[finish]
    assert timed_s == pytest.approx(max(event.t_s for event in answer.events) - answer.timing.end_sent_s)
    assert timed_s > 0.3


def test_a_message_that_was_not_sent_is_no_zero_point(found):
    estimates, _ = found
    missing = estimates["none", "end_to_last_message_s"]
    assert missing.value is None
    assert "no message that ends the stream was sent" in missing.note
