from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bench.scoring.errors.hallucination import Hallucinations, Loop, added_runs, hallucinations, loops, unsaid_loops
from tests.scoring.paired import aligned


def pair(reference, hypothesis):
    return aligned("u", reference.split(), hypothesis.split())


def test_a_run_of_added_words_is_found_and_a_wordy_mishearing_is_not():
    (run,) = added_runs(pair("see you tomorrow", "see you tomorrow thanks for watching"))
    assert (run.ref_start, run.hyp_start, run.hyp_end, run.growth) == (3, 3, 6, 3)
    assert added_runs(pair("call metformin now", "call met for min now")) == ()


def test_a_run_is_found_even_where_a_tie_made_its_first_word_a_substitution():
    (run,) = added_runs(pair("see you tomorrow", "see you thanks for watching this"))
    assert run.growth == 3


@given(
    st.lists(st.sampled_from("xyz"), max_size=3),
    st.lists(st.sampled_from("abc"), min_size=1, max_size=4, unique=True),
    st.integers(3, 6),
)
def test_a_loop_is_found_with_its_period_and_length(before, unit, repeats):
    found = [loop for loop in loops(before + unit * repeats) if loop.start >= len(before)]
    assert found == [Loop(start=len(before), length=len(unit), repeats=repeats)]


def test_loops_need_three_in_a_row_and_must_not_have_been_said():
    assert loops(["no", "no", "thanks", "no", "no"]) == ()
    assert unsaid_loops(pair("no no no way", "no no no way")) == ()
    (loop,) = unsaid_loops(pair("no no no way", "no no no no no way"))
    assert loop.repeats == 5
    assert loops([]) == ()


def test_counts_pool_and_silence_is_kept_apart_from_speech():
    total = sum(
        (
            hallucinations(pair("a b c d", "a b c d"), 2.0),
            hallucinations(pair("one two", "one two three four five six"), 2.0),
            hallucinations(pair("", "thanks for watching"), 30.0),
            hallucinations(pair("", ""), 30.0),
        ),
        Hallucinations(),
    )
    assert (total.utterances, total.reference_words, total.runs, total.run_words, total.overlong) == (4, 6, 1, 4, 1)
    assert (total.silent, total.silent_with_text, total.silent_words, total.silent_s) == (2, 1, 3, 60.0)


def test_a_long_sentence_said_again_and_again_is_a_loop():
    sentence = " ".join(f"w{number}" for number in range(29))
    assert hallucinations(pair("hello there", f"{sentence} {sentence} {sentence}"), 2.0).looping == 1
    assert hallucinations(pair("hello there", f"{sentence} {sentence}"), 2.0).looping == 1
    eight = " ".join(f"w{number}" for number in range(8))
    assert hallucinations(pair("hello there", f"{eight} {eight}"), 2.0).looping == 0
    assert hallucinations(pair(f"{sentence} {sentence}", f"{sentence} {sentence}"), 2.0).looping == 0
