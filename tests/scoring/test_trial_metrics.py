from bench.scoring.trial_metrics import trial_metrics
from tests.scoring.log_builder import transcript, utterance


def test_of_accepted_variants_the_first_is_what_was_said():
    said = utterance("one {two|too many} {uh|} three {*}")
    values, _ = trial_metrics(said, transcript((2.4, "final", "one two")), "stream", {})
    assert values["tail_loss_words"] == 2, "uh three"


def test_what_a_condition_did_to_the_audio_moves_the_anchors():
    said, answer = utterance(start_s=0.5, end_s=2.0), transcript((4.9, "final", "one two three"))
    values, _ = trial_metrics(said, answer, "stream", {"speech_offset_s": 0.5, "time_scale": 2.0})
    assert values["final_latency_s"] == 4.9 - (2.0 * 2.0 + 0.5)
