from dataclasses import replace

import pytest

from bench.scoring.timing.log import Unavailable
from bench.scoring.timing.metrics import METRICS, trial_log, trial_metrics
from bench.types import Timing
from tests.scoring.timing.log_builder import transcript, utterance

WORDS = (("one", 0.5, 0.8), ("two", 0.9, 1.3), ("three", 1.4, 2.0))
STREAM = ((0.9, "partial", "one", 0.8), (1.5, "partial", "one two", 1.3), (2.7, "final", "One two, three.", 2.0))


def test_metrics_that_need_word_times_are_those_that_move_with_them():
    sent_s = tuple(0.1 * number for number in range(1, 26))
    timing = Timing(last_sent_s=2.5, end_sent_s=2.5, done_s=2.7, chunk_s=0.1, chunk_sent_s=sent_s)
    answer = transcript(*STREAM, timing=timing)
    known = utterance(words=WORDS)
    later = replace(known, words=tuple(replace(w, start_s=w.start_s + 0.2, end_s=w.end_s + 0.2) for w in known.words))
    (values, _), (others, _) = (trial_metrics(each, answer, "stream", {}) for each in (known, later))
    moved = {name for name in METRICS if values[name] != others[name]}
    assert moved == {name for name, metric in METRICS.items() if metric.needs_word_times}
    assert len(moved) == 8


def test_of_accepted_variants_the_first_is_what_was_said():
    said = utterance("one {two|too many} {uh|} three {*}")
    values, _ = trial_metrics(said, transcript((2.4, "final", "one two")), "stream", {})
    assert values["tail_loss_words"] == 2, "uh three"


def test_what_a_condition_did_to_the_audio_moves_the_anchors():
    said, answer = utterance(start_s=0.5, end_s=2.0), transcript((4.9, "final", "one two three"))
    values, _ = trial_metrics(said, answer, "stream", {"speech_offset_s": 0.5, "time_scale": 2.0})
    assert values["final_latency_s"] == 4.9 - (2.0 * 2.0 + 0.5)


@pytest.mark.parametrize("mode", ["batch", "stream"])
@pytest.mark.parametrize("origin", [None, "an import"])
def test_what_exists_in_the_other_mode_alone_is_not_computed_and_gives_the_reason_it_would(mode, origin):
    said, answer = utterance(), replace(transcript(*STREAM), origin=origin)
    values, reasons = trial_metrics(said, answer, mode, {})
    for name, metric in METRICS.items():
        if mode not in metric.modes:
            with pytest.raises(Unavailable) as why:
                metric.compute(trial_log(said, answer, mode, {}))
            assert values[name] is None
            assert reasons[name] == str(why.value)
