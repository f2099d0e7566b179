"""Every reason for which two runs are refused."""

import pytest

from bench.errors import ConfigError
from bench.leaderboard.merge import is_code_switched, merge
from tests.leaderboard.worlds import rows, run
from tests.scoring.text.normalize.cases import LANGUAGES, load

LEVEL = [0.1] * 4
FACTS = {"normaliser": "earwitness@1 (abc)", "stream speed": "1.0", "condition clean": "c1"}


def test_a_measure_that_not_both_have_may_be_defined_otherwise():
    assert merge([run("anna", rows("a", LEVEL)), run("ravi", rows("b", LEVEL), measures={"wer": 1, "cpwer": 2})]).rows


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"facts": {**FACTS, "normaliser": "whisper-english@1 (f)"}}, "the same normaliser"),
        ({"facts": {**FACTS, "condition clean": "other"}}, "the same condition clean"),
        ({"facts": {**FACTS, "stream speed": "2.0"}}, "the same stream speed"),
        ({"digests": {"en/s0-0": "other"}}, "the same recording, reference and speaker"),
        ({"tags": {"en/s0-0": {"gender": "m"}}}, "the same tags"),
        ({"engines": {"a": "other parameters"}}, "one set of parameters for engine a"),
        ({"metrics": {"final_latency_s": 2}}, "one definition of final_latency_s"),
        ({"measures": {"wer": 2}}, "one definition of wer, got version 1 and version 2"),
    ],
)
def test_what_cannot_be_compared_is_refused(changes, expected):
    own = run("anna", rows("a", LEVEL), tags={"en/s0-0": {"gender": "f", "age": "twenties"}})
    other = run("ravi", rows("b", LEVEL), **changes)
    with pytest.raises(ConfigError, match=expected) as error:
        merge([own, other])
    assert len(error.value.problems) == 1
    assert str(error.value).startswith("anna and ravi: ")


def test_all_reasons_are_given_at_once():
    other = run("ravi", rows("b", LEVEL), digests={"en/s0-0": "x"}, facts={**FACTS, "condition clean": "y"})
    with pytest.raises(ConfigError) as error:
        merge([run("anna", rows("a", LEVEL)), other])
    assert len(error.value.problems) == 2


def test_an_engine_measured_twice_on_one_utterance_is_refused_but_parts_of_a_corpus_add_up():
    everything = rows("a", LEVEL)
    with pytest.raises(ConfigError, match="engine a once on each utterance, got 20 utterances measured in both"):
        merge([run("anna", everything), run("ravi", everything)])
    merged = merge([run("anna", everything[:8]), run("ravi", everything[8:])])
    assert len(merged.rows) == len(everything)
    assert merged.run_of == {"a": "anna, ravi"}


def test_conditions_that_only_one_has_are_no_reason():
    other = run("ravi", rows("b", LEVEL), facts={**FACTS, "condition noise": "n"})
    assert len(merge([run("anna", rows("a", LEVEL)), other]).rows) == 40


@pytest.mark.parametrize(
    ("text", "tags", "expected"),
    [
        ("मुझे meeting में जाना है", {}, True),
        ("मुझे जाना है 25", {}, False),
        ("we took the rasta home", {"code_switched": "yes"}, True),
        ("मुझे meeting", {"code_switched": "no"}, False),
        ("", {}, False),
    ],
)
def test_code_switching_is_tagged_or_seen_in_the_scripts(text, tags, expected):
    assert is_code_switched(text, tags, "hi") is expected


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ja", "昨日NHKで見たTシャツ"),
        ("zh", "我用APP买了三件T恤"),
        ("ko", "시속 60km 로 TV 를"),
        ("ru", "XXI век и Пётр I"),
        ("uk", "сайт www.example.com/a"),
        ("en", "an α of 5 and 3 μm"),
        ("hy", "Ես ապրում եմ Երևանում"),
        ("ka", "მე ვცხოვრობ თბილისში"),
        ("uz", "Men Toshkentda yashayman"),
        ("hi", "ok bye"),
    ],
)
def test_initialisms_units_and_addresses_switch_no_language(language, text):
    assert not is_code_switched(text, {}, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("hi", "मुझे MEETING में"),
        ("ja", "今日はmeetingがあります"),
        ("ka", "ეს არის perfect"),
        ("hy", "Ես եմ happy"),
        ("en", "he said привет"),
    ],
)
def test_a_word_of_another_script_switches_the_language_known_or_not(language, text):
    assert is_code_switched(text, {}, language)


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"multi"}))
def test_a_sentence_of_one_language_is_not_code_switched(language):
    case = load(language)
    assert not any(is_code_switched(text, {}, language) for text in (case.reference, case.disguised, case.wrong))


def test_japanese_is_written_in_several_scripts_and_switches_nothing():
    assert not is_code_switched("今日はカレーを買いに行きました", {}, "ja")
    assert is_code_switched("今日は meeting があります", {}, "ja")
