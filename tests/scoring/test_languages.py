"""Languages side by side: rates, places, and the unweighted mean."""

import numpy as np
import pytest

from bench.scoring.cells import Order
from bench.scoring.languages import language_estimates
from tests.scoring.text.test_score import scored as one

WRONG = {"en": "cat", "fi": "talo", "hi": "घर"}


def items(language, errors, utterances=12, words=10, engine="e"):
    """`utterances` of `words` words with that many errors each."""
    from dataclasses import replace

    word = WRONG[language]
    made = []
    for number in range(utterances):
        wrong = errors[number % len(errors)]
        item = one(" ".join([word] * words), " ".join(["x"] * wrong + [word] * (words - wrong)), language)
        name = f"{language}{number}"
        made.append(replace(item, cell=item.cell._replace(engine=engine), utterance_id=name, cluster=name))
    return made


def estimates(scored, engines=("e",), units=None):
    order = Order(engines=engines, conditions=["clean"])
    found = list(language_estimates(scored, order=order, unit=lambda language: (units or {}).get(language, "word")))
    return {(e.scope.engine, e.scope.language, e.metric): e for e in found}


def test_languages_that_surely_differ_get_places_that_surely_differ():
    found = estimates([*items("hi", [6, 5]), *items("en", [1, 2]), *items("fi", [1, 2, 1])])
    place = {language: found["e", language, "wer.rank"] for language in ("en", "fi", "hi")}
    assert {language: e.value for language, e in place.items()} == {"fi": 1, "en": 2, "hi": 3}
    assert (place["hi"].low, place["hi"].high) == (3, 3)
    assert (place["en"].low, place["en"].high) == (place["fi"].low, place["fi"].high) == (1, 2)
    order = [language for _, language, metric in found if metric == "wer"]
    assert order == ["fi", "en", "hi"]


def test_the_mean_counts_every_language_alike():
    found = estimates([*items("hi", [5]), *items("en", [1], utterances=120)])
    assert found["e", None, "wer.macro"].value == pytest.approx((0.5 + 0.1) / 2)


def test_too_few_answers_give_no_sure_place():
    found = estimates([*items("hi", [9], utterances=3), *items("en", [1], utterances=3)])
    assert found["e", "hi", "wer"].low is None
    assert (found["e", "hi", "wer.rank"].low, found["e", "hi", "wer.rank"].high) == (1, 2)


def test_one_language_is_not_compared_and_engines_are_kept_apart():
    assert estimates(items("en", [1])) == {}
    mixed = [*items("en", [1]), *items("hi", [2]), *items("en", [3], engine="f")]
    assert {engine for engine, _, _ in estimates(mixed, ("e", "f"))} == {"e"}


def test_a_language_that_failed_wholly_is_all_lost_in_the_mean_and_named():
    found = estimates([one("cat", None, "en"), *items("hi", [1])])
    assert found["e", "en", "wer"].value is None
    assert found["e", "en", "wer"].interval.note == "every trial failed"
    assert found["e", "en", "wer.rank"].value is None
    assert found["e", "hi", "wer.rank"].high == 1
    mean = found["e", None, "wer.macro"]
    assert mean.value == pytest.approx((1 + 0.1) / 2)
    assert "every trial failed in en: counted as all lost" in mean.interval.note
    assert estimates([one("cat", None, "en"), one("घर", None, "hi")]) == {}


def test_one_recording_gives_no_place_and_takes_none():
    found = estimates([*items("hi", [9]), *items("fi", [2]), *items("en", [1], utterances=1)])
    assert found["e", "en", "wer.rank"].value is None
    assert {language: found["e", language, "wer.rank"].value for language in ("fi", "hi")} == {"fi": 1, "hi": 2}


def test_words_and_characters_are_not_ranked_together():
    found = estimates([*items("hi", [6]), *items("en", [1]), *items("fi", [2])], units={"en": "char"})
    assert {language: found["e", language, "wer.rank"].value for language in WRONG} == {"en": 1, "fi": 1, "hi": 2}
    assert found["e", "en", "wer.rank"].interval.high == 1


def test_places_agree_with_numpy():
    rng = np.random.default_rng(3)
    wrong = {language: [int(n) for n in rng.integers(0, 9, 12)] for language in WRONG}
    found = estimates([item for language, errors in wrong.items() for item in items(language, errors)])
    rates = {language: np.mean(errors) / 10 for language, errors in wrong.items()}
    for language, rate in rates.items():
        assert found["e", language, "wer"].value == pytest.approx(rate)
        assert found["e", language, "wer.rank"].value == 1 + sum(other < rate for other in rates.values())
