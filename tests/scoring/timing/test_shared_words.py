"""Two sides are compared on the words both recognised: against an own reading of what each said of each word."""

import statistics
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bench.scoring.cells import Order, ScoredTrial
from bench.scoring.estimates import estimates
from bench.scoring.measures import measure
from bench.scoring.pairing import Pair, pair_trials
from bench.scoring.records import score_columns, scored_trials
from bench.scoring.text.normalize import get_normalizer
from bench.scoring.timing.shared_words import NOT_KEPT, read_back, written
from bench.scoring.trial import score_trial
from bench.types import Recognised, Result, Timing, Transcript, Trial, Utterance, Word

RULES = get_normalizer("earwitness")
VOCABULARY = ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliet"]


def said(index: int, words: list[str]) -> Utterance:
    timed = tuple(Word(text=text, start_s=0.5 * k, end_s=0.5 * k + 0.4) for k, text in enumerate(words))
    return Utterance(
        id=f"u{index}",
        corpus="c",
        audio="u.wav",
        sha256="0" * 64,
        sample_rate_hz=8000,
        num_samples=8000 * 60,
        text=" ".join(words),
        language="en",
        cluster=f"s{index}",
        words=timed,
    )


def answer(utterance: Utterance, engine: str, heard: dict[int, tuple[float, float]], repeat: int = 0) -> ScoredTrial:
    """Of the words heard, with their errors; the others are missing."""
    words = tuple(
        replace(word, start_s=word.start_s + heard[place][0], end_s=word.end_s + heard[place][1])
        for place, word in enumerate(utterance.words)
        if place in heard
    )
    recognised = Recognised(text=" ".join(word.text for word in words), words=words)
    trial = Trial(
        id=f"{engine}-{utterance.id}-{repeat}",
        utterance_id=utterance.id,
        engine_id=engine,
        condition_id="clean",
        mode="batch",
        repeat=repeat,
    )
    result = Result(
        trial_id=trial.id,
        attempts=1,
        started_at="2026-01-01T00:00:00Z",
        outcome=Transcript(recognised=recognised, timing=Timing()),
    )
    return score_trial(trial, utterance, result, RULES)


ERRORS = st.tuples(st.integers(0, 300), st.integers(0, 300)).map(lambda ms: (ms[0] / 1000, ms[1] / 1000))
HEARD = st.dictionaries(st.integers(0, 9), ERRORS, max_size=10)
"""Every word of an utterance once, so that which word is which is no question of the alignment."""


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(HEARD, HEARD, HEARD), min_size=1, max_size=6))
@example([({0: (0.0, 0.0)}, {0: (0.1, 0.1), 1: (0.3, 0.3)}, {0: (0.1, 0.1), 1: (0.3, 0.3)})])
def test_differences_are_of_the_words_that_every_answer_has(told):
    utterances = [said(index, VOCABULARY) for index in range(len(told))]
    pairs = [
        Pair(
            utterance_id=utterance.id,
            a=(answer(utterance, "a", first),),
            b=(answer(utterance, "b", second), answer(utterance, "b", third, 1)),
        )
        for utterance, (first, second, third) in zip(utterances, told, strict=True)
    ]
    of_a, of_b = [], []
    for first, second, third in told:
        for place in first.keys() & second.keys() & third.keys():
            of_a.append(first[place])
            of_b += [second[place], third[place]]

    def difference(name, statistic):
        made = measure(name).difference(pairs)
        if not of_a:
            assert made.value is None or made.value == 0
            return
        assert made.value == pytest.approx(statistic(of_b) - statistic(of_a), abs=2e-4)
        assert f"on the {len(of_a)} word" in made.note

    difference("word_start_bias_s", lambda own: statistics.fmean(start for start, _ in own))
    difference("word_end_bias_s", lambda own: statistics.fmean(end for _, end in own))
    difference("word_shift_s", lambda own: statistics.fmean((start + end) / 2 for start, end in own))
    for limit in (0.05, 0.1, 0.2):
        name = f"words_within_{round(1000 * limit)}_ms"
        difference(name, lambda own, most=limit: statistics.fmean(max(pair) <= most + 1e-9 for pair in own))


def test_who_hears_only_the_easy_words_is_no_better_for_it():
    utterances = [said(index, VOCABULARY) for index in range(12)]
    all_words = {place: (0.02, 0.02) if place < 5 else (0.3, 0.3) for place in range(10)}
    easy = {place: (0.03, 0.03) for place in range(5)}
    pairs = [Pair(utterance_id=u.id, a=(answer(u, "a", all_words),), b=(answer(u, "b", easy),)) for u in utterances]
    each = [measure("word_shift_s").of(side).value for side in zip(*((p.a[0], p.b[0]) for p in pairs), strict=True)]
    assert each[1] < each[0]
    shared = measure("word_shift_s").difference(pairs)
    assert shared.value == pytest.approx(0.01)
    # What the rest is based on is still of all words.
    assert measure("word_times_matched").difference(pairs).value == pytest.approx(-0.5)


def test_a_run_says_it_of_its_engines_and_what_was_stored_says_the_same():
    utterances = [said(index, VOCABULARY) for index in range(9)]
    trials = [
        answer(utterance, engine, {place: (by, by) for place in places})
        for utterance in utterances
        for engine, by, places in (("a", 0.05, range(10)), ("b", 0.15, range(3, 7)))
    ]
    order = Order(engines=["b", "a"], conditions=["clean"])
    for own in (trials, scored_trials(score_columns(trials))):
        made = {estimate.metric: estimate for estimate in estimates(own, order=order)}
        difference = made["word_start_error_p50_s.difference"].interval
        assert difference.value == pytest.approx(0.1, abs=0.011)
        assert "on the 36 words that both recognised" in difference.note


def test_scores_without_words_say_that_each_side_stands_on_its_own():
    utterance = said(0, VOCABULARY)
    pairing = pair_trials(
        [replace(answer(utterance, "a", {0: (0.1, 0.1)}), word_errors=None)], [answer(utterance, "b", {1: (0.2, 0.2)})]
    )
    difference = measure("word_shift_s").difference(pairing.pairs)
    assert difference.value == pytest.approx(0.1)
    assert NOT_KEPT in difference.note


@given(st.dictionaries(st.integers(0, 10_000), st.tuples(st.floats(-900, 900), st.floats(-900, 900))))
def test_what_is_written_is_read_back_to_a_tenth_of_a_millisecond(errors):
    read = read_back(written(errors))
    assert read.keys() == errors.keys()
    assert all(read[place] == pytest.approx(errors[place], abs=6e-5) for place in errors)


@pytest.mark.parametrize("text", ["x", "1:2", "1:2:3:4", "1:nan:0", "1:inf:0", "1:2:3 1:2:3", "1:a:2"])
def test_what_nobody_wrote_is_refused(text):
    with pytest.raises(ValueError, match="word_errors: expected"):
        read_back(text)
