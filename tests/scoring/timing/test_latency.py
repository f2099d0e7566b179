import string
from pathlib import Path

import jiwer
import pytest
from hypothesis import given
from hypothesis import strategies as st
from whisper_normalizer.basic import BasicTextNormalizer

from bench.scoring.timing import stability
from bench.scoring.timing.display import displays, final_times, first_times, stable_times, words_of
from bench.scoring.timing.latency import METRICS, audio_to_text_lags, percentile
from bench.scoring.timing.log import Log, Unavailable
from bench.scoring.timing.metrics import trial_log
from bench.scoring.timing.peers import PEER_METRICS
from bench.types import Timing
from tests.scoring.timing.log_builder import transcript, utterance, values_of

WORDS = (("one", 0.5, 0.8), ("two", 1.0, 1.3), ("three", 1.6, 2.0))
STREAM = (
    (0.9, "partial", "one", 0.8),
    (1.5, "partial", "one too", 1.3),
    (1.8, "partial", "one two", 1.3),
    (2.7, "final", "One two, three.", 2.0),
    (2.75, "final", "", 2.5),
)


def measured(reference=None, answer=None, mode="stream", **options):
    reference = reference or utterance(words=WORDS)
    return values_of(METRICS, reference, answer or transcript(*STREAM), mode, **options)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("first_text_latency_s", 0.4),
        ("first_partial_latency_s", 0.4),
        ("first_final_latency_s", 2.2),
        ("final_latency_s", 0.7),
        ("audio_end_to_final_s", 0.2),
        ("end_to_last_final_s", 0.2),
        ("end_to_last_message_s", 0.25),
        ("segment_final_delay_p50_s", 0.7),
        ("segment_final_delay_max_s", 0.7),
        ("audio_to_text_lag_p50_s", 0.2),
        ("audio_to_text_lag_p95_s", 0.7),
        # one: shown at 0.9, ends at 0.8; two: 1.8 - 1.3 (not 1.5, "too"); three: 2.7 - 2.0
        ("word_emission_partial_p50_s", 0.5),
        ("word_emission_partial_p90_s", 0.7),
        # all at 2.7: 1.9, 1.4, 0.7
        ("word_emission_final_p50_s", 1.4),
        ("word_emission_final_p90_s", 1.9),
        ("pipecat_ttfs_s", 0.7),
        ("coval_ttfs_s", 0.7),
        ("coval_ttft_s", 0.9),
    ],
)
def test_each_metric_counts_from_its_zero_point(name, value):
    values, _ = measured()
    assert values[name] == pytest.approx(value)


def test_anchors_move_with_the_audio_that_a_condition_stretched_and_delayed():
    values, _ = measured(offset_s=0.1, scale=1.1)
    assert values["final_latency_s"] == pytest.approx(2.7 - (2.0 * 1.1 + 0.1))
    assert values["first_partial_latency_s"] == pytest.approx(0.9 - (0.5 * 1.1 + 0.1))
    assert values["word_emission_final_p90_s"] == pytest.approx(2.7 - (0.8 * 1.1 + 0.1))


def test_every_metric_is_a_number_or_has_a_reason():
    answers = [transcript(), transcript(*STREAM), transcript((1.0, "partial", "one"))]
    for answer in answers:
        for mode in ("batch", "stream"):
            for reference in (utterance(), utterance(words=WORDS), utterance(start_s=None, end_s=None)):
                values, reasons = values_of(METRICS, reference, answer, mode)
                assert values.keys() == METRICS.keys()
                assert {name for name, value in values.items() if value is None} == reasons.keys()
                assert all(reasons.values())


def test_no_latency_is_reported_from_a_stream_that_was_not_paced_in_real_time():
    values, reasons = measured(answer=transcript(*STREAM, timing=Timing(speed=4.0, end_sent_s=2.5, done_s=2.7)))
    latencies = {name for name, metric in METRICS.items() if metric.unit == "s"} - {
        "connect_s",
        "max_send_lag_s",
        "backpressure_s",
        "send_lag_p50_s",
        "send_lag_p99_s",
    }
    assert all(values[name] is None for name in latencies)
    assert "4 times real time" in reasons["final_latency_s"]


def test_batch_has_a_round_trip_and_a_real_time_factor_and_no_stream_metrics():
    values, reasons = measured(answer=transcript(timing=Timing(done_s=0.5)), mode="batch")
    assert (values["batch_latency_s"], values["rtf"]) == (0.5, 0.2)
    assert "open connection" in reasons["connect_s"]
    assert values["final_latency_s"] is None
    assert "batch" in reasons["final_latency_s"]


def test_setting_a_connection_up_is_in_no_round_trip():
    values, _ = measured(answer=transcript(timing=Timing(connect_s=0.25, done_s=0.75)), mode="batch")
    assert (values["batch_latency_s"], values["rtf"], values["connect_s"]) == (0.5, 0.2, 0.25)


def test_a_stream_has_no_real_time_factor():
    assert measured()[0]["rtf"] is None


def test_a_negative_latency_is_kept_here_and_refused_where_the_peer_refuses_it():
    values, reasons = measured(answer=transcript((1.2, "final", "one two three")))
    assert values["final_latency_s"] == pytest.approx(-0.8)
    for name in ("coval_ttfs_s", "pipecat_ttfs_s"):
        assert values[name] is None
        assert "before the end of speech" in reasons[name]


@pytest.mark.parametrize(
    ("heard", "at_s", "lost"),
    [
        ("one two three", 1.4, 0),
        ("one two three", 2.3, 0),
        ("one two tree", 2.3, 0),  # misheard is in its place
        ("one two tree", 1.95, 0),  # the detector heard speech a little longer
        ("one two tree", 1.4, 1),  # said before the word was
        ("one hood not allowed to do", 1.4, 2),
        ("one two", 1.4, 1),
        ("one", 1.4, 2),
        ("one two", 2.3, 1),
        ("one two tree more", 2.3, 0),
    ],
)
def test_a_stream_that_lost_its_tail_was_never_complete(heard, at_s, lost):
    """It looks faster than one that did not: its last final came before the end of speech."""
    answer = transcript((1.2, "partial", "one"), (at_s, "final", heard))
    values, reasons = values_of({**METRICS, **stability.METRICS}, utterance(words=WORDS), answer, "stream")
    assert values["tail_lost"] == float(lost > 0)
    assert (values["final_latency_s"] is None) == (lost > 0)
    if lost:
        expected = f"the stream lost its tail: nothing in place of the last {lost} of 3 words"
        assert reasons["final_latency_s"] == expected


@pytest.mark.parametrize(("heard", "lost"), [("it is 125", 0), ("it is one hun", 3), ("it is a lot more or less", 0)])
def test_an_end_written_shorter_is_no_lost_tail_and_one_cut_off_in_a_word_is(heard, lost):
    reference = utterance(text="it is one hundred and twenty five")
    assert trial_log(reference, transcript((2.7, "final", heard)), "stream", {}).lost_tail == lost


def test_the_real_time_factor_is_of_the_audio_as_sent():
    """At half the tempo twice as long: 1 s for 5 s, not for the 2.5 s of the clean recording."""
    sent = transcript(timing=Timing(done_s=1.0, audio_s=5.0))
    assert measured(answer=sent, mode="batch", scale=2.0)[0]["rtf"] == pytest.approx(0.2)
    before_it_was_kept = transcript(timing=Timing(done_s=1.0))
    assert measured(answer=before_it_was_kept, mode="batch", scale=2.0)[0]["rtf"] == pytest.approx(0.2)


def test_pipecat_does_not_see_a_final_after_its_timeout():
    late = transcript((2.1, "final", "one"), (4.3, "final", "two three"))
    values, _ = measured(answer=late)
    assert values["pipecat_ttfs_s"] == pytest.approx(0.1)
    assert values["final_latency_s"] == pytest.approx(2.3)


def test_send_lag_is_taken_from_each_chunk_against_its_due_time():
    timing = Timing(chunk_s=1.0, chunk_sent_s=(1.001, 2.01, 2.502), max_send_lag_s=0.01, end_sent_s=2.51, done_s=3.0)
    values, _ = measured(answer=transcript(*STREAM, timing=timing))
    assert values["send_lag_p50_s"] == pytest.approx(0.002)
    assert (values["send_lag_p99_s"], values["max_send_lag_s"]) == pytest.approx((0.01, 0.01))


def test_the_end_of_the_audio_is_that_of_the_audio_as_sent():
    """A condition put 3 s of silence behind the utterance, and nothing came after the last chunk."""
    timing = Timing(audio_s=5.5, chunk_s=1.0, chunk_sent_s=(1.0, 2.0, 3.0, 4.0, 5.0, 5.5), end_sent_s=5.5, done_s=5.5)
    values, _ = measured(answer=transcript((2.9, "final", "one two three"), timing=timing))
    assert values["audio_end_to_final_s"] == pytest.approx(2.9 - 5.5)
    assert values["send_lag_p99_s"] == pytest.approx(0.0)


def test_picovoice_counts_from_the_sending_of_the_chunk_that_holds_the_end_of_the_word():
    timing = Timing(chunk_s=0.5, chunk_sent_s=(0.5, 1.0, 1.5, 2.0, 2.5), end_sent_s=2.5, done_s=2.75)
    values, _ = measured(answer=transcript(*STREAM, timing=timing))
    # Ends at 0.8, 1.3, 2.0: chunks sent at 1.0, 1.5, 2.0. Emitted at 0.9, 1.8 (the changed last word), 2.7.
    assert values["picovoice_word_emission_latency_s"] == pytest.approx((-0.1 + 0.3 + 0.7) / 3)


def test_openbench_confirmed_latency_weighs_results_by_the_audio_they_add():
    answer = transcript((1.0, "final", "one"), (2.4, "final", "two three"))
    values, _ = measured(answer=answer)
    # First: (1.0 - 0.8 + 1.0) / 2 over 0.3 s. Second: (2.4 - 2.0 + 2.4 - 0.8) / 2 over 1.0 s.
    assert values["openbench_confirmed_latency_s"] == pytest.approx((0.6 * 0.3 + 1.0 * 1.0) / 1.3)


def test_without_word_times_word_metrics_say_what_to_do():
    _, reasons = measured(utterance())
    assert "aligner" in reasons["word_emission_final_p50_s"]


def test_the_lag_over_the_stream_is_there_for_a_figure():
    log = Log(utterance=utterance(), transcript=transcript(*STREAM), mode="stream")
    arrivals, lags = zip(*audio_to_text_lags(log), strict=True)
    assert arrivals == (0.9, 1.5, 1.8, 2.7)
    assert lags == pytest.approx((0.1, 0.2, 0.5, 0.7))


def test_every_definition_is_documented():
    for name, metric in METRICS.items():
        assert metric.name == name
        assert metric.definition
        assert metric.zero
        assert metric.unit in {"s", "ratio", "count"}


@given(st.lists(st.floats(0, 10), min_size=1, max_size=30), st.sampled_from([0.5, 0.9, 0.99, 1.0]))
def test_a_percentile_is_the_smallest_value_that_enough_do_not_exceed(values, level):
    result = percentile(values, level)
    share = [sum(v <= candidate for v in values) / len(values) for candidate in sorted(values)]
    assert result == next(c for c, s in zip(sorted(values), share, strict=True) if s >= level)


def test_there_is_no_percentile_of_nothing():
    with pytest.raises(Unavailable):
        percentile([], 0.5)


PARTLY = (("one", 0.5, 0.8), ("two", None, None), ("three", 1.6, 2.0))


def test_word_emission_is_of_the_words_that_have_a_time():
    values, _ = measured(utterance(words=PARTLY))
    # one: shown at 0.9, ends at 0.8; three: 2.7 - 2.0; both final at 2.7
    assert values["word_emission_partial_p50_s"] == pytest.approx(0.1)
    assert values["word_emission_partial_p90_s"] == pytest.approx(0.7)
    assert values["word_emission_final_p50_s"] == pytest.approx(0.7)
    assert values["word_emission_final_p90_s"] == pytest.approx(1.9)


def test_word_times_move_with_what_the_condition_did():
    before, _ = measured(utterance(words=PARTLY))
    moved, _ = measured(utterance(words=PARTLY), offset_s=0.25, scale=1.5)
    assert moved["word_emission_final_p90_s"] == pytest.approx(2.7 - (0.8 * 1.5 + 0.25))
    assert moved["word_emission_final_p90_s"] < before["word_emission_final_p90_s"]


@pytest.mark.parametrize(
    ("words", "answer", "why"),
    [
        (None, STREAM, "the reference has no word times"),
        ([(text, None, None) for text, _, _ in WORDS], STREAM, "no word of the reference has a time"),
        (PARTLY, [(2.7, "final", "two")], "no word of the reference was recognised that has a time"),
        (WORDS, [(2.7, "final", "nothing")], "no word of the reference was recognised"),
    ],
)
def test_without_word_times_there_is_a_reason(words, answer, why):
    values, reasons = measured(utterance(words=words), transcript(*answer))
    assert values["word_emission_final_p50_s"] is None
    assert reasons["word_emission_final_p50_s"].startswith(why)


def test_definitions_that_need_every_word_do_without_none():
    _, reasons = measured(utterance(words=PARTLY))
    for name in ("openbench_streaming_latency_s", "openbench_confirmed_latency_s", "picovoice_word_emission_latency_s"):
        assert "no time" in reasons[name] or "no chunk times" in reasons[name]
    _, reasons = values_of(stability.METRICS, utterance(words=PARTLY), transcript(*STREAM), "stream")
    assert reasons["partial_wer"] == "some words of the reference have no time, and this needs all"


def test_words_are_compared_without_case_and_outer_punctuation_in_any_script():
    assert words_of("“Hello,” don't — नमस्ते। Straße!") == ("hello", "don't", "नमस्ते", "strasse")


WORD = st.sampled_from(["a", "b", "c"])
SHOWN = st.lists(st.tuples(st.sampled_from(["partial", "final"]), st.lists(WORD, max_size=4)), min_size=1, max_size=8)


@given(SHOWN)
def test_times_of_words_agree_with_a_replay_of_the_display(shown):
    """Independent implementation: look at every display from each moment on."""
    answer = transcript(*((float(i), kind, " ".join(words)) for i, (kind, words) in enumerate(shown)))
    views = displays(answer.events)
    screens, committed = [], []
    for kind, words in shown:
        committed = committed + words if kind == "final" else committed
        screens.append((list(committed), committed if kind == "final" else committed + words))
    for place, word in enumerate(committed):
        confirmed = next(t for t, (kept, _) in enumerate(screens) if len(kept) > place)
        stays = next(t for t in range(len(screens)) if all(len(s) > place and s[place] == word for _, s in screens[t:]))
        first = next(t for t, (_, s) in enumerate(screens) if len(s) > place)
        assert (final_times(views)[place], stable_times(views)[place], first_times(views)[place]) == (
            confirmed,
            stays,
            first,
        )


def test_the_manual_holds_every_definition_as_the_code_does():
    manual = (Path(__file__).parents[3] / "docs" / "latency.md").read_text(encoding="utf-8")
    for metric in (*METRICS.values(), *stability.METRICS.values()):
        assert f"`{metric.name}`" in manual
        if metric.name not in PEER_METRICS:
            assert " ".join(metric.definition.split()) in manual


SPOKEN = (("One,", 0.5, 0.8), ("don't", 1.0, 1.3), ("हिन्दी", 1.4, 1.5), ("three!", 1.6, 2.0))
SAID = st.sampled_from(["one", "don’t", "don't", "dont", "हिन्दी", "हिन", "(ah)", "…", "three", "for"])


@given(st.lists(st.lists(SAID, min_size=1, max_size=3), max_size=4))
def test_openbench_agrees_with_a_computation_on_jiwers_alignment(finals):
    """Independent implementation with Whisper's own normaliser, over chunks of jiwer's alignment, result by result."""
    normalizer = BasicTextNormalizer()
    shown = [(1.0 + 0.4 * n, "final", " ".join(words)) for n, words in enumerate(finals)]
    reference = normalizer(" ".join(w for w, _, _ in SPOKEN).translate(str.maketrans("", "", string.punctuation)))
    results, said = [], ""
    total = covered = cursor = 0.0
    for t_s, _, text in shown:
        before, said = (said or None), f"{said} {text}"
        against = jiwer.process_words(reference, normalizer(said)).alignments[0]
        right = [c for c in against if c.type == "equal"]
        if not right:
            continue
        first = right[0].ref_start_idx
        if before is not None:
            if not normalizer(before).strip():
                continue
            change = jiwer.process_words(normalizer(before), normalizer(said)).alignments[0]
            new = next((c.hyp_start_idx for c in change if c.type in {"insert", "substitute"}), None)
            if new is None:
                continue
            place = next(c for c in against if c.hyp_start_idx <= new < c.hyp_end_idx)
            first = place.ref_start_idx + new - place.hyp_start_idx
            if first >= len(SPOKEN):
                continue
        results.append(right[-1].ref_end_idx - 1)
        if results[-1] >= len(SPOKEN):
            break
        end = SPOKEN[results[-1]][2]
        sent = min(t_s, 2.5)
        weight = end - SPOKEN[first][1]
        total += (max(0.0, sent - end) + max(0.0, sent - cursor)) / 2 * weight
        covered += weight
        cursor = end
    fails = any(last >= len(SPOKEN) for last in results)
    value = measured(utterance(words=SPOKEN), transcript(*shown))[0]["openbench_confirmed_latency_s"]
    assert value == (pytest.approx(total / covered) if covered and not fails else None)
