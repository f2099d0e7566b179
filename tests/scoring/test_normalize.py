"""Scripts written before the text rules moved find them."""

from bench.scoring import normalize
from bench.scoring.text.normalize import get_normalizer


def test_the_former_place_gives_the_same_rules():
    assert normalize.get_normalizer("earwitness").id == get_normalizer("earwitness").id
