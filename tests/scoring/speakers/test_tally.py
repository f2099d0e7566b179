"""What is tallied of who said what: from an answer as engines give it to estimates of a cell."""

import math
from dataclasses import replace

import pytest

from bench.scoring.cells import Order
from bench.scoring.estimates import estimates
from bench.scoring.measures import measure
from bench.scoring.records import score_columns, scored_trials
from bench.scoring.speakers.diarization import diarization_errors, scored_part
from bench.scoring.speakers.turns import within
from bench.scoring.speakers.wer import cp_edits, tcp_edits
from bench.scoring.text.normalize import get_normalizer
from bench.scoring.trial import score_trial
from bench.types import Recognised, Result, Segment, Timing, Transcript, Trial, Utterance, Word
from tests.scoring.speakers.sessions import ugly_session

CALL = Utterance(
    id="call",
    corpus="calls",
    audio="call.wav",
    sha256="0" * 64,
    sample_rate_hz=16000,
    num_samples=16000 * 10,
    text="good morning how are you fine thanks",
    language="en",
    segments=(
        Segment(text="Good morning, how are you?", start_s=0.0, end_s=4.0, speaker="ann"),
        Segment(text="Fine, thanks.", start_s=5.0, end_s=8.0, speaker="ben"),
    ),
)
RULES = get_normalizer("earwitness")


def scored(segments=(), *, words=None, utterance=CALL, dose=None):
    text = " ".join(segment.text for segment in segments) or " ".join(word.text for word in words or ())
    said = Recognised(text=text, words=words, segments=tuple(segments))
    answer = Transcript(recognised=said, timing=Timing())
    trial = Trial(id="t", utterance_id=utterance.key, condition_id="clean", engine_id="e", mode="batch")
    result = Result(trial_id="t", outcome=answer, attempts=1, started_at="", dose=dose or {})
    return score_trial(trial, utterance, result, RULES)


def said(text, start_s, end_s, speaker):
    return Segment(text=text, start_s=start_s, end_s=end_s, speaker=speaker)


RIGHT = [said("good morning how are you", 0.0, 4.0, "0"), said("fine thanks", 5.0, 8.0, "1")]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (RIGHT, {"cpwer": 0, "tcpwer": 0, "tcorcwer": 0, "wder": 0, "der": 0, "jer": 0, "speaker_count.bias": 0}),
        # One voice for both: its words fit the one who said more; of 7 s it has 3 s of the other, and the pause.
        (
            [replace(segment, speaker="0") for segment in RIGHT],
            {"cpwer": 4 / 7, "wder": 2 / 7, "der": 3 / 7, "der.confused": 3 / 7, "speaker_count.bias": -1},
        ),
        # Labels are only labels.
        ([replace(segment, speaker=str(1 - int(segment.speaker))) for segment in RIGHT], {"cpwer": 0, "der": 0}),
        # Half a minute late: right words at the wrong time.
        ([replace(s, start_s=s.start_s + 30, end_s=s.end_s + 30) for s in RIGHT], {"cpwer": 0, "tcpwer": 2}),
        (RIGHT[:1], {"cpwer": 2 / 7, "der.missed": 3 / 7, "jer": 1 / 2, "speaker_count.exact": 0}),
    ],
)
def test_what_an_answer_gets_wrong_is_what_is_counted(answer, expected):
    trial = scored(answer)
    assert {name: measure(name).of([trial]).value for name in expected} == pytest.approx(expected)


def test_words_with_speakers_are_turns_where_segments_have_none():
    words = [
        Word(text=text, start_s=segment.start_s + k * 0.1, end_s=segment.end_s, speaker=segment.speaker)
        for segment in RIGHT
        for k, text in enumerate(segment.text.split())
    ]
    trial = scored(words=tuple(words))
    assert trial.tallies["cp.errors"] == 0
    assert trial.tallies["speaker_count.exact"] == 1


def in_part(*scored_s):
    return replace(CALL, scored_s=scored_s)


@pytest.mark.parametrize(
    "untimed",
    [
        [said("good morning how are you", 1.0, 4.0, "0"), said("fine thanks", None, None, "1")],
        [said("good morning how are you", None, None, "0"), said("fine thanks", 5.0, 8.0, "1")],
        [said("good morning how are you", 1.0, 4.0, "0"), said("fine thanks", math.nan, math.inf, "1")],
        [said("good morning how are you", -math.inf, math.nan, "0"), said("fine thanks", 5.0, 8.0, "1")],
    ],
)
def test_what_has_no_time_keeps_its_place_and_is_no_speech(untimed):
    trial = scored(untimed)
    assert trial.tallies["cp.errors"] == 0
    assert trial.tallies["wder.wrong"] == 0
    assert trial.tallies["tcp.errors"] == 0
    assert trial.tallies["der.false_s"] == 0
    assert trial.tallies["der.missed_s"] == 4


def test_words_some_of_which_have_no_times_are_in_the_order_they_were_given():
    texts = ["good", "morning", "how", "are", "you", "fine", "thanks"]
    words = [Word(text=text, speaker="0" if k < 5 else "1") for k, text in enumerate(texts)]
    words[2] = replace(words[2], start_s=2.0, end_s=2.5)
    trial = scored(words=tuple(words))
    assert (trial.tallies["cp.errors"], trial.tallies["wder.wrong"], trial.tallies["tcp.errors"]) == (0, 0, 0)


def test_what_is_said_where_no_reference_is_complete_counts_nowhere():
    further = said("hold the line please", 9.0, 9.5, "2")
    trial = scored([*RIGHT, further], utterance=in_part((0.0, 8.5)))
    assert [measure(name).of([trial]).value for name in ("cpwer", "tcpwer", "tcorcwer", "wder", "der")] == [0] * 5
    assert measure("speaker_count.exact").of([trial]).value == 1
    assert scored([*RIGHT, further]).tallies["cp.errors"] == 4


def test_of_a_part_in_which_nobody_is_to_be_heard_what_was_heard_is_too_much():
    trial = scored([said("hold the line please", 9.0, 9.5, "2")], utterance=in_part((8.5, 10.0)))
    assert (trial.tallies["cp.errors"], trial.tallies["cp.words"], trial.tallies["orc.errors"]) == (4, 0, 4)
    assert (trial.tallies["der.false_s"], trial.tallies["der.speech_s"]) == (0.5, 0)


def test_a_part_of_a_recording_cannot_be_told_without_times():
    trial = scored([replace(segment, start_s=None, end_s=None) for segment in RIGHT], utterance=in_part((0.0, 4.5)))
    assert not trial.tallies
    assert "times are missing" in trial.reasons["speakers"]


@pytest.mark.parametrize("seed", range(20))
def test_an_ugly_session_is_tallied_as_what_lies_in_its_scored_parts(seed):
    *sides, scored_s = ugly_session(seed)
    letters = str.maketrans("0123456789", "abcdefghij")  # a normaliser cuts words at digits
    reference, hypothesis = (
        [replace(turn, words=tuple(word.translate(letters) for word in turn.words)) for turn in side] for side in sides
    )
    call = replace(
        CALL,
        segments=tuple(said(" ".join(t.words), t.start_s, t.end_s, t.speaker) for t in reference),
        scored_s=tuple(scored_s),
    )
    trial = scored([said(" ".join(t.words), t.start_s, t.end_s, t.speaker) for t in hypothesis], utterance=call)
    spoken = [turn for turn in hypothesis if turn.words]
    if not any(turn.end_s > turn.start_s for turn in spoken):
        assert "cp.errors" not in trial.tallies
        return
    true, heard = within(reference, scored_s), within(spoken, scored_s)
    assert trial.tallies.get("cp.errors", 0) == cp_edits(true, heard).counts.errors
    assert trial.tallies.get("tcp.errors", 0) == tcp_edits(true, heard).counts.errors
    whole = diarization_errors(scored_part(reference, spoken, scored_s=scored_s))
    assert trial.tallies["der.confused_s"] == pytest.approx(whole.confused_s)
    assert trial.tallies["der.missed_s"] == pytest.approx(whole.missed_s)


def test_a_stretched_call_is_scored_on_the_times_at_which_it_was_heard():
    late = [replace(s, start_s=2 * s.start_s + 1, end_s=2 * s.end_s + 1) for s in RIGHT]
    trial = scored(late, dose={"time_scale": 2.0, "speech_offset_s": 1.0})
    assert trial.tallies["der.missed_s"] == pytest.approx(0)
    assert trial.tallies["der.false_s"] == pytest.approx(0)


def test_only_what_the_uem_names_is_scored():
    utterance = replace(CALL, scored_s=((0.0, 4.5),))
    assert scored(RIGHT[:1], utterance=utterance).tallies["der.missed_s"] == 0


def test_labels_that_swap_in_a_long_call_cost_what_der_by_5_minutes_does_not_count():
    turns = [(f"s{k % 2}", 60.0 * k, 60.0 * k + 50) for k in range(12)]
    utterance = replace(
        CALL,
        num_samples=16000 * 720,
        segments=tuple(said("yes", start, end, speaker) for speaker, start, end in turns),
    )
    swapped = [
        said("yes", start, end, speaker if start < 300 else {"s0": "s1", "s1": "s0"}[speaker])
        for speaker, start, end in turns
    ]
    trial = scored(swapped, utterance=utterance)
    values = {name: measure(name).of([trial]).value for name in ("der", "der.per_5_minutes")}
    assert values == pytest.approx({"der": 5 / 12, "der.per_5_minutes": 0.0})
    parts = [measure(f"der.minutes:{part}").of([trial]).value for part in ("000-005", "005-010", "010-015")]
    assert parts == pytest.approx([1.0, 0.0, 0.0])
    assert "der_window.speech_s" not in scored(RIGHT).tallies


def test_who_said_it_does_not_matter_to_plain_orc_wer_of_short_sessions():
    merged = [replace(segment, speaker="0") for segment in RIGHT]
    assert measure("orcwer").of([scored(merged)]).value == 0
    three = [replace(segment, speaker=str(k)) for k, segment in enumerate([*RIGHT, RIGHT[0]])]
    trial = scored(three)
    assert measure("orcwer").of([trial]).value is None
    assert "up to 2 voices" in trial.reasons["speakers, whoever said it and when"]


def test_an_answer_without_speakers_has_a_reason_and_no_number():
    trial = scored([replace(segment, speaker=None) for segment in RIGHT])
    made = {e.metric: e for e in estimates([trial], order=Order(engines=["e"], conditions=["clean"]))}
    assert made["cpwer"].value is None
    assert "names no speakers" in (made["cpwer"].note or "")


def test_a_reference_without_speakers_says_nothing_of_them():
    trial = scored(RIGHT, utterance=replace(CALL, segments=()))
    made = {e.metric for e in estimates([trial], order=Order(engines=["e"], conditions=["clean"]))}
    assert not trial.tallies.keys() & {"cp.errors", "der.speech_s"}
    assert "cpwer" not in made


def test_tallies_and_reasons_come_back_from_the_stored_table():
    trials = [scored(RIGHT[:1]), scored([replace(segment, speaker=None) for segment in RIGHT])]
    assert list(scored_trials(score_columns(trials))) == trials


def test_sessions_are_the_unit_of_intervals_and_of_differences():
    right, wrong = scored(RIGHT), scored([replace(segment, speaker="0") for segment in RIGHT])
    sessions = [replace(wrong if k % 2 else right, cluster=f"s{k}", utterance_id=f"u{k}") for k in range(20)]
    interval = measure("cpwer").of(sessions)
    assert interval.value == pytest.approx(2 / 7)
    assert interval.low is not None
    assert interval.high is not None
    assert interval.low < 2 / 7 < interval.high
    assert measure("speaker_count.bias").of(sessions).value == pytest.approx(-0.5)
    assert measure("cpwer").of(sessions[:7]).low is None
