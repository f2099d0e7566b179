"""Claims as engines make them, against scikit-learn over the same answers."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, brier_score_loss, cohen_kappa_score, f1_score, recall_score

from bench.scoring.cells import ScoredTrial
from bench.scoring.labels.claims import Claim, canonical, claim, claimed_languages
from bench.scoring.labels.tally import tally
from bench.scoring.measures import measure
from bench.scoring.pairing import pair_trials
from bench.scoring.tally import Heard
from bench.scoring.text.normalize import get_normalizer
from bench.types import Cell, Passage, Recognised, Segment, Timing, Transcript, Utterance

NOTHING = Utterance(
    id="u", corpus="c", audio="u.wav", sha256="0" * 64, sample_rate_hz=8000, num_samples=8000, text="hi", language="en"
)


@pytest.mark.parametrize(
    ("kind", "extras", "made"),
    [
        ("gender", {"gender": "F"}, Claim("female")),
        ("emotion", {"emotions": {"happiness": 0.2, "anger": 0.7}}, Claim("angry", 0.7)),
        ("emotion", {"emotions": {"happiness": 0.0, "anger": 0.0}}, None),
        ("emotion", {"emotion": {"label": "Sad", "score": 0.4}}, Claim("sad", 0.4)),
        ("emotion", {"emotions": [{"label": "neutral", "confidence": 1}]}, Claim("neutral", 1.0)),
        ("age", {"age": 34}, Claim("30")),
        ("age", {"age": "18-25"}, Claim("20")),
        ("age", {"age": "twenties"}, Claim("20")),
        ("language", {"languages": ["hi-IN", "en"]}, Claim("hi")),
        ("language", {}, None),
        ("gender", {"gender": None}, None),
        ("gender", {"gender": True}, None),
        ("gender", {"gender": " "}, None),
        ("emotion", {"emotion": {"label": None, "score": 0.9}}, None),
        ("emotion", {"emotion": {"label": "", "score": 0.9}}, None),
        ("emotion", {"emotion": {"sad": 2**1024 - 1}}, None),
        ("age", {"age": 2**1024 - 1}, None),
    ],
)
def test_a_claim_is_read_wherever_and_however_it_is_made(kind, extras, made):
    assert claim(kind, extras) == made


@pytest.mark.parametrize("kind", ["emotion", "gender", "age", "language"])
@given(value=st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda x: st.lists(x, max_size=3)))
@settings(max_examples=5, deadline=None)
def test_no_claim_breaks_the_scoring(kind, value):
    claim(kind, {kind: value})


def scored(kind, true, said, number=0):
    utterance = replace(NOTHING, labels={kind: true})
    extras = {} if said is None else {kind: said}
    answer = Transcript(recognised=Recognised(text="hi", extras=extras), timing=Timing())
    tallies: dict[str, float] = {}
    tally(Heard(utterance=utterance, transcript=answer, normalizer=get_normalizer("earwitness")), tallies, {})
    return ScoredTrial(
        utterance_id=f"u{number}",
        cluster=f"s{number % 24}",
        cell=Cell("e", "batch", "clean", "c", "en"),
        duration_s=1.0,
        reference_words=1,
        words=None,
        tallies=tallies,
    )


CLASSES = ["happy", "sad", "angry", "neutral"]
ANSWERS = st.lists(
    st.tuples(st.sampled_from(CLASSES), st.sampled_from([*CLASSES, "bored", None])), min_size=1, max_size=40
)


@given(ANSWERS)
@settings(max_examples=60, deadline=None)
def test_f1_and_recall_are_those_of_scikit_learn(answers):
    trials = [scored("emotion", true, said, n) for n, (true, said) in enumerate(answers)]
    true, said = [a for a, _ in answers], [b or "(none)" for _, b in answers]
    labels = sorted(set(true))
    f1 = f1_score(true, said, labels=labels, average="macro", zero_division=0)
    recall = recall_score(true, said, labels=labels, average="macro", zero_division=0)
    assert measure("emotion_f1").of(trials).value == pytest.approx(f1)
    assert measure("emotion_recall").of(trials).value == pytest.approx(recall)


UGLY = [
    "1",
    "01",
    "1.0",
    "nan",
    "None",
    "true",
    "a b",
    "é",
    "a:b",
    "a=0.5/right",
    "a>b",
    "(none)",
    "Σίσυφος",
    "-1",
    "1e3",
]


@given(st.lists(st.tuples(st.sampled_from(UGLY), st.sampled_from([*UGLY, "other", None])), min_size=1, max_size=60))
@settings(max_examples=60, deadline=None)
def test_labels_that_look_like_something_else_are_scikit_learns(answers):
    trials = [scored("emotion", true, said, n) for n, (true, said) in enumerate(answers)]
    true = [canonical("emotion", a) for a, _ in answers]
    said = [canonical("emotion", b or "(none)") for _, b in answers]
    labels = sorted(set(true))
    for name, theirs in (
        ("emotion_f1", f1_score(true, said, labels=labels, average="macro", zero_division=0)),
        ("emotion_recall", recall_score(true, said, labels=labels, average="macro", zero_division=0)),
        ("emotion_accuracy", accuracy_score(true, said)),
    ):
        assert measure(name).of(trials).value == pytest.approx(theirs), name


@given(st.lists(st.tuples(st.sampled_from(range(10, 80, 10)), st.sampled_from(range(10, 80, 10))), min_size=2))
@settings(max_examples=40, deadline=None)
def test_kappa_of_ages_is_that_of_scikit_learn(answers):
    if len({decade for pair in answers for decade in pair}) < 2:
        return
    trials = [scored("age", str(true), str(said), n) for n, (true, said) in enumerate(answers)]
    true, said = zip(*answers, strict=True)
    theirs = cohen_kappa_score(true, said, weights="quadratic", labels=list(range(10, 80, 10)))
    assert measure("age_kappa").of(trials).value == pytest.approx(theirs, nan_ok=True)


@pytest.mark.parametrize("said", ["²", "9" * 400, "9" * 200, "older than 99999"])
def test_an_age_that_no_one_has_is_a_wrong_claim_and_placed_nowhere(said):
    trials = [scored("age", "30", said), scored("age", "30", "34", 1), scored("age", "40", "34", 2)]
    assert measure("age_accuracy").of(trials).value == pytest.approx(1 / 3)
    assert measure("age_within_one").of(trials).n == 2
    assert measure("age_error_decades").of(trials).value == 0.5
    assert np.isfinite(measure("age_kappa").of(trials).value)


def test_each_class_needs_speakers_enough_for_an_interval():
    rng = np.random.default_rng(1)
    both = [scored("gender", "female" if n % 2 else "male", rng.choice(["female", "male"]), n) for n in range(480)]
    assert measure("gender_f1").of(both).low is not None
    few = [trial for trial in both if "gender:male>male" not in trial.tallies or trial.cluster in {"s0", "s2"}]
    few = [t for t in few if "gender:male>female" not in t.tallies]
    assert measure("gender_f1").of(few).low is None


def with_claims(answers, kind="gender", **changes):
    """(true, said, speaker) each."""
    return [replace(scored(kind, true, said, n), cluster=speaker) for n, (true, said, speaker) in enumerate(answers)]


def test_a_speaker_is_judged_by_what_most_answers_claim():
    anna = [("female", said, "anna") for said in ("female", "female", "male")]
    ben = [("male", said, "ben") for said in ("female", None)]
    trials = with_claims([*anna, *ben])
    assert measure("gender_accuracy").of(trials).value == pytest.approx(2 / 5)
    speakers = measure("gender_accuracy.speakers").of(trials)
    assert (speakers.value, speakers.n, speakers.n_clusters) == (0.5, 2, 2)
    assert measure("gender_f1.speakers").of(trials).value == pytest.approx(0.5)


def test_speakers_are_compared_on_the_same_answers():
    rng = np.random.default_rng(2)
    truth = [("female" if n % 2 else "male", f"s{n % 24}") for n in range(240)]

    def answers(share):
        other = {"female": "male", "male": "female"}
        return with_claims([(t, t if rng.random() < share else other[t], s) for t, s in truth])

    good, bad = answers(0.9), answers(0.5)
    pairs = pair_trials(bad, good).pairs
    difference = measure("gender_accuracy.speakers").difference(pairs)
    single = [measure("gender_accuracy.speakers").of(side).value for side in (good, bad)]
    assert difference.value == pytest.approx(single[0] - single[1])
    assert difference.n == 24
    assert difference.low > 0


def test_calibration_wants_500_answers_with_a_score():
    rng = np.random.default_rng(3)

    def trial(n):
        score, right = float(rng.uniform(0.5, 1)), rng.random() < 0.6
        return scored("emotion", "sad", {"label": "sad" if right else "happy", "score": score}, n)

    trials = [trial(n) for n in range(600)]
    few = measure("emotion_ece").of(trials[:499])
    assert few.value is None
    assert "500 are needed" in few.note
    whole = measure("emotion_ece").of(trials)
    assert whole.value == pytest.approx(0.15, abs=0.05)
    assert whole.low < whole.value < whole.high
    scores = [sum(t.tallies["emotion.squared"] for t in trials) / 600]
    assert measure("emotion_brier").of(trials).value == pytest.approx(scores[0])


def test_languages_that_are_near_and_that_mix():
    hindi = [scored("language", "hi", said, n) for n, said in enumerate(["hi", "ur", "en", None])]
    assert measure("language_near_confused").of(hindi).value == pytest.approx(1 / 4)
    assert measure("language_recall.short").of(hindi).value == pytest.approx(1 / 4)
    mixed = replace(
        NOTHING, labels={"language": "hi"}, languages=(Passage(kind="hi", text="a"), Passage(kind="en-IN", text="b"))
    )
    answer = Transcript(recognised=Recognised(text="hi", extras={"languages": ["hi", "ta"]}), timing=Timing())
    tallies: dict[str, float] = {}
    tally(Heard(utterance=mixed, transcript=answer, normalizer=get_normalizer("earwitness")), tallies, {})
    assert tallies == {"language.mixed": 2.0, "language.mixed.listed": 1.0}
    assert claimed_languages({"language": "hi-IN", "languages": ["en", 3]}) == {"hi", "en"}


def test_ages_above_and_below():
    ages = [scored("age", true, said, n) for n, (true, said) in enumerate([("25", "45"), ("61", "55"), ("34", None)])]
    assert measure("age_error_decades").of(ages).value == pytest.approx(3 / 2)
    assert measure("age_bias_decades").of(ages).value == pytest.approx(1 / 2)
    assert measure("age_within_one").of(ages).value == pytest.approx(1 / 2)


def test_ages_by_decades():
    assert [canonical("age", text) for text in ("27", "20-29", "teens", "61 years")] == ["20", "20", "10", "60"]


@given(st.lists(st.tuples(st.sampled_from(["female", "male"]), st.booleans(), st.integers(0, 100)), min_size=1))
@settings(max_examples=40, deadline=None)
def test_brier_of_claims_is_that_of_scikit_learn(answers):
    other = {"female": "male", "male": "female"}
    trials = [
        scored("gender", true, {"label": true if right else other[true], "score": percent / 100}, n)
        for n, (true, right, percent) in enumerate(answers)
    ]
    theirs = brier_score_loss([right for _, right, _ in answers], [percent / 100 for *_, percent in answers])
    assert measure("gender_brier").of(trials).value == pytest.approx(theirs)


def heard(utterance, **extras):
    answer = Transcript(recognised=Recognised(text="hi", extras=extras), timing=Timing())
    tallies = {}
    tally(Heard(utterance=utterance, transcript=answer, normalizer=get_normalizer("earwitness")), tallies, {})
    return tallies


def of_speakers(**labels):
    parts = tuple(Segment(text="hi", start_s=0.0, end_s=1.0, speaker=name) for name in ("ann", "ben"))
    return replace(NOTHING, segments=parts, speaker_labels=labels)


def test_of_several_speakers_that_is_true_which_is_true_of_each():
    both = {"ann": {"gender": "F", "age": "34"}, "ben": {"gender": "female", "age": "61"}}
    assert heard(of_speakers(**both), gender="female", age=30)["gender:female>female"] == 1
    assert not any(name.startswith("age") for name in heard(of_speakers(**both), age=30))
    one = {"ann": {"gender": "female"}}
    assert heard(of_speakers(**one), gender="female") == {}
    told = replace(of_speakers(**both), labels={"gender": "male"})
    assert heard(told, gender="female")["gender.right"] == 0


@pytest.mark.parametrize(
    ("votes", "claimed", "expected"),
    [
        (
            {"angry": 3, "sad": 1},
            "anger",
            {"emotion.voted.alike": 0.75, "emotion.voted.most": 0.75, "emotion.right": 1},
        ),
        ({"angry": 3, "sad": 1}, "sad", {"emotion.voted.alike": 0.25, "emotion.voted.most": 0.75, "emotion.right": 0}),
        ({"angry": 3, "sad": 1}, "happy", {"emotion.voted.alike": 0, "emotion.right": 0}),
        ({"angry": 3, "sad": 1}, None, {"emotion.voted.alike": 0, "emotion.right": 0, "emotion.claimed": 0}),
        ({"anger": 1, "angry": 1, "sad": 2}, "sad", {"emotion.voted.alike": 0.5, "emotion.right": None}),
    ],
)
def test_listeners_who_disagree_are_counted(votes, claimed, expected):
    tallies = heard(replace(NOTHING, votes={"emotion": votes}), **({"emotion": claimed} if claimed else {}))
    assert {name: tallies.get(name) for name in expected} == expected
    assert tallies["emotion.voted"] == 1


def test_a_label_of_the_manifest_stands_above_the_votes():
    tallies = heard(
        replace(NOTHING, votes={"emotion": {"angry": 3, "sad": 1}}, labels={"emotion": "sad"}), emotion="sad"
    )
    assert (tallies["emotion.right"], tallies["emotion.voted.alike"]) == (1, 0.25)
