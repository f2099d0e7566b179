"""Which pairs count otherwise than under other rules."""

import sys

from benchmarks.rules_moved import is_right, moved_pairs, readings
from tests.scoring.text.normalize.pairs import Pair

PAIRS = [Pair("es", "numbers", "differ", "treinta dos", "32"), Pair("es", "numbers", "same", "treinta y dos", "32")]
TEXTS = {"es": ["treinta dos", "treinta y dos", "32"]}


def test_pairs_are_counted_by_kind_before_and_now():
    now = readings(sys.executable, "earwitness", TEXTS)
    before = {"es": {**now["es"], "treinta dos": "32"}}
    assert [is_right(pair, before) for pair in PAIRS] == [False, True]
    assert all(is_right(pair, now) for pair in PAIRS)
    assert moved_pairs(PAIRS, before, now)[2:] == [
        "| numbers | 2 | 1 | 2 |",
        "| all, with those that did not move | 2 | 1 | 2 |",
    ]
    assert moved_pairs(PAIRS, now, now)[2:] == ["| all, with those that did not move | 2 | 2 | 2 |"]
