import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.scoring.timing.log import Log
from bench.scoring.timing.stability import METRICS, partial_wer_curve
from bench.types import Timing
from tests.scoring.timing.log_builder import transcript, utterance, values_of

WORDS = (("one", 0.5, 0.8), ("two", 1.0, 1.3), ("three", 1.6, 2.0))


def measured(*shown, mode="stream", reference=None, **options):
    return values_of(METRICS, reference or utterance(words=WORDS), transcript(*shown, **options), mode)[0]


def test_a_stream_that_only_grows_is_stable():
    values = measured((1.0, "partial", "one"), (1.5, "partial", "one two"), (2.2, "final", "One two three."))
    for name in ("upwr", "upsr", "revisions", "flicker", "normalized_erasure", "time_to_stable_word_s"):
        assert values[name] == 0


def test_changed_and_dropped_words_are_unstable():
    values = measured(
        (1.0, "partial", "won"), (1.2, "partial", "one too fee"), (1.5, "partial", "one too"), (2.2, "final", "one two")
    )
    assert values["upwr"] == pytest.approx(3 / 2)  # won, fee, too
    assert values["revisions"] == 3
    assert values["upsr"] == 1
    assert values["normalized_erasure"] == pytest.approx(3 / 2)
    assert values["time_to_stable_word_s"] == pytest.approx((0.2 + 1.0) / 2)


def test_a_growing_last_word_counts_as_changed():
    assert measured((1.0, "partial", "some"), (1.2, "final", "something"))["upwr"] == 1


def test_a_word_that_only_moves_is_stable_but_must_be_erased():
    values = measured((1.0, "partial", "b c"), (1.2, "final", "a b c"))
    assert values["upwr"] == 0
    assert values["normalized_erasure"] == pytest.approx(2 / 3)


@pytest.mark.parametrize("sign", [".", "♪", "—", "…", "\u200b", "\ufeff", "\u2764\ufe0f", "\u200e.\u200e"])
def test_finals_of_punctuation_alone_are_scored_and_have_no_ratio(sign):
    """Whisper writes them on silence; the whole run could not be scored."""
    values, reasons = values_of(
        METRICS, utterance(words=WORDS), transcript((1.0, "partial", "one"), (1.2, "final", sign)), "stream"
    )
    assert values["upsr"] is None
    assert reasons["upsr"] == "the finals hold no words"
    assert values["tail_lost"] == 1


def test_segments_are_counted_one_by_one():
    values = measured(
        (1.0, "partial", "won"), (1.1, "final", "one"), (1.5, "partial", "two"), (2.0, "final", "two three")
    )
    assert values["upsr"] == 0.5


def test_going_back_to_an_earlier_word_is_flicker():
    there_and_back = [(1.0, "partial", "one"), (1.1, "partial", "won"), (1.2, "partial", "one"), (1.3, "final", "one")]
    assert measured(*there_and_back)["flicker"] == 1
    assert measured(*there_and_back[1:])["flicker"] == 0


def test_partial_errors_are_counted_against_what_was_spoken_by_then():
    shown = [(0.9, "partial", "one"), (1.4, "partial", "one too"), (2.1, "final", "one two three")]
    log = Log(utterance=utterance(words=WORDS), transcript=transcript(*shown), mode="stream")
    assert [(p.errors, p.spoken) for p in partial_wer_curve(log)] == [(0, 1), (1, 2), (0, 3)]
    assert measured(*shown)["partial_wer"] == pytest.approx(1 / 6)


def test_the_lost_tail_is_what_follows_the_last_recognised_word():
    assert measured((2.0, "final", "one"))["tail_loss_words"] == 2
    assert measured((2.0, "final", "three"))["tail_loss_words"] == 0
    assert measured((2.0, "final", "nothing"))["tail_loss_words"] == 3
    assert measured()["tail_loss_words"] == 3


def test_words_no_final_confirmed_are_counted():
    assert measured((1.0, "final", "one"), (1.5, "partial", "two three"))["unconfirmed_words"] == 2


def test_repeated_finals_are_counted_with_those_the_adapter_removed():
    finals = [(1.0, "final", "one"), (1.1, "final", "One."), (2.0, "final", "two")]
    assert measured(*finals)["duplicate_finals"] == 1
    assert measured(*finals, extras={"duplicate_finals": 2})["duplicate_finals"] == 3


def test_without_partials_stability_has_a_reason():
    values, reasons = values_of(METRICS, utterance(), transcript((2.0, "final", "one")), "stream")
    assert values["upwr"] is None
    assert reasons["upwr"] == "there was no partial with text"


def test_stability_holds_at_any_speed_but_its_times_do_not():
    shown = [(0.1, "partial", "won"), (0.2, "final", "one")]
    values = measured(*shown, timing=Timing(speed=10.0, end_sent_s=0.2, done_s=0.2))
    assert values["upwr"] == 1
    assert values["time_to_stable_word_s"] is None


WORD = st.sampled_from(["a", "b"])
EVENTS = st.lists(st.tuples(st.sampled_from(["partial", "final"]), st.lists(WORD, max_size=3)), max_size=7)


@given(EVENTS)
def test_every_metric_is_a_number_or_has_a_reason_and_none_is_negative(shown):
    answer = transcript(*((float(i), kind, " ".join(words)) for i, (kind, words) in enumerate(shown)))
    values, reasons = values_of(METRICS, utterance("a b a", words=WORDS), answer, "stream")
    assert values.keys() == METRICS.keys()
    assert {name for name, value in values.items() if value is None} == reasons.keys()
    assert all(value >= 0 for value in values.values() if value is not None)
