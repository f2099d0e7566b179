"""Which terms a request carries, and which words of a corpus are terms."""

from bench.conditions.vocabulary import request_terms
from bench.types import RequestSpec, Utterance


def utterance(id, *keywords):
    return Utterance(
        id=id,
        corpus="c",
        audio="a.wav",
        sha256="0" * 64,
        sample_rate_hz=8000,
        num_samples=1,
        text="",
        language="en",
        keywords=keywords,
    )


FIRST, SECOND = utterance("1", "metformin", "stent"), utterance("2", "ablation", "stent")


def terms(request, lines=()):
    return request_terms(request, FIRST, (FIRST, SECOND), lambda path: lines)


def test_control_own_terms_and_all_terms():
    assert terms(RequestSpec()) == ()
    assert terms(RequestSpec(keywords="utterance", keyword_boost=2.0)) == (("metformin", 2.0), ("stent", 2.0))
    assert [term for term, _ in terms(RequestSpec(keywords="corpus"))] == ["ablation", "metformin", "stent"]


def test_listed_terms_come_once_and_are_capped():
    assert terms(RequestSpec(keywords=("b", "a", "b", "c"), max_keywords=2)) == (("b", 1.0), ("a", 1.0))


def test_a_file_may_give_boosts():
    lines = ["# heart", "stent\t3", "", "new york", " metformin "]
    assert terms(RequestSpec(keywords="terms.txt"), lines) == (("stent", 3.0), ("new york", 1.0), ("metformin", 1.0))
