from __future__ import annotations

from bench.comparison.sample import incomparable


def test_every_difference_is_a_reason_and_equality_is_none():
    facts = {"normaliser": "a@1", "corpus x": "1"}
    assert incomparable(facts, dict(facts)) == ()
    assert incomparable(facts, {"normaliser": "a@2", "corpus y": "1"}, names=("A", "B")) == (
        "corpus x: A has 1, B nothing; not comparable",
        "corpus y: A has nothing, B 1; not comparable",
        "normaliser: A has a@1, B a@2; not comparable",
    )
