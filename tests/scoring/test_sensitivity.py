import pytest

from bench.errors import UnknownNameError
from bench.scoring.sensitivity import RankingFlip, TextPair, sensitivity
from bench.scoring.text.score import SpokenText


def pair(id, reference, heard):
    return TextPair(utterance_id=id, spoken=SpokenText(text=reference, language="hi", alternatives={}), heard=heard)


def pairs(hypotheses, reference="दस दिन और मेल"):
    return [pair(str(number), reference, hypothesis) for number, hypothesis in enumerate(hypotheses)]


def test_a_profile_that_forgives_digits_turns_the_ranking():
    systems = {"digits": pairs(["10 दिन और मेल"] * 3), "spells": pairs(["दस दिन और मैल", "दस दिन और मेल", "दस दिन और मेल"])}
    found = sensitivity(systems, ["earwitness", "earwitness-spoken"], {})
    assert found.rankings == {"earwitness": ("digits", "spells"), "earwitness-spoken": ("spells", "digits")}
    assert found.counts["earwitness-spoken"]["digits"].errors == 3
    assert found.ranking_flips == (
        RankingFlip(
            system_a="digits", system_b="spells", a_better_under="earwitness", b_better_under="earwitness-spoken"
        ),
    )


def test_utterances_that_flip_are_listed_with_the_largest_swing_first():
    systems = {"a": pairs(["10 दिन और मेल", "10 दिन और मेल"]), "b": pairs(["दस दिन और मैल", "दस दिन और मेल"])}
    flips = sensitivity(systems, ["earwitness", "earwitness-spoken", "none"], {}).utterance_flips
    assert [flip.utterance_id for flip in flips] == []
    systems["a"][0] = pair("0", "दस दस", "10 10")
    systems["b"][0] = pair("0", "दस दस", "दस मैल")
    (flip,) = sensitivity(systems, ["earwitness", "earwitness-spoken"], {}).utterance_flips
    assert flip.utterance_id == "0"
    assert flip.differences["earwitness"] < 0 < flip.differences["earwitness-spoken"]
    assert flip.swing == max(flip.differences.values()) - min(flip.differences.values())


def test_equal_systems_never_flip():
    systems = {"a": pairs(["दस दिन और मैल"]), "b": pairs(["दस दिन और मैल"])}
    found = sensitivity(systems, ["earwitness", "basic", "none"], {})
    assert found.ranking_flips == found.utterance_flips == ()


def test_an_unknown_profile_is_refused():
    with pytest.raises(UnknownNameError):
        sensitivity({"a": pairs(["दस"])}, ["nope"], {})
