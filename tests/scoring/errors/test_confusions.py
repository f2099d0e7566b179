from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bench.scoring.errors.confusions import (
    KindClasses,
    errors_by_class,
    errors_by_position,
    frequency_classes,
    lost_words,
    regions,
    top_confusions,
    top_errors,
)
from bench.scoring.text.align import count_edits
from bench.types import ErrorCounts
from tests.scoring.paired import aligned

words = st.lists(st.sampled_from("abcd"), max_size=8)


def pair(reference, hypothesis, id="u"):
    return aligned(id, reference.split(), hypothesis.split())


@given(st.lists(st.tuples(words.filter(bool), words), max_size=5))
def test_every_breakdown_adds_up_to_the_whole(texts):
    pairs = [aligned(str(i), r, h) for i, (r, h) in enumerate(texts)]
    whole = sum((count_edits(r, h) for r, h in texts), ErrorCounts())
    by_position = (counts for each in pairs for counts in errors_by_position(each.edits, bins=4))
    assert sum(by_position, ErrorCounts()) == whole
    by_class = (counts for each in pairs for counts in errors_by_class(each, lambda word: word).values())
    assert sum(by_class, ErrorCounts()) == whole
    by_op = [sum(c.count for c in top_errors(pairs, op, limit=99)) for op in ("substitute", "delete", "insert")]
    assert by_op == [whole.substitutions, whole.deletions, whole.insertions]


@given(words, words)
def test_regions_hold_all_errors_and_their_growth_is_that_of_the_text(reference, hypothesis):
    one = aligned("u", reference, hypothesis)
    found = list(regions(one.edits))
    assert sum(region.growth for region in found) == len(hypothesis) - len(reference)
    assert all(first.ref_end < second.ref_start for first, second in pairwise(found))


def test_most_frequent_errors_come_first_with_where_they_are():
    pairs = [
        pair("we like ice cream now", "we like i scream now", "u1"),
        pair("more ice cream please", "more i scream please", "u2"),
        pair("the end is near", "end is near", "u3"),
        pair("go", "go uh", "u4"),
    ]
    (first, second) = top_errors(pairs, "substitute")
    assert (first.said, first.heard, first.count, first.utterance_ids) == ("cream", "scream", 2, ("u1", "u2"))
    assert (second.said, second.heard) == ("ice", "i")
    assert [(c.said, c.heard) for c in top_errors(pairs, "delete")] == [("the", "")]
    assert [(c.said, c.heard) for c in top_errors(pairs, "insert")] == [("", "uh")]
    assert [(c.said, c.heard, c.count) for c in top_confusions(pairs)] == [("ice cream", "i scream", 2)]
    assert len(top_errors(pairs, "substitute", limit=1)) == 1


def test_errors_fall_where_they_are():
    start, _, _, end = errors_by_position(pair("a b c d", "x b c d e").edits, bins=4)
    assert start == ErrorCounts(substitutions=1)
    assert end == ErrorCounts(hits=1, insertions=1)


def test_lost_beginnings_and_ends():
    assert lost_words(pair("a b c d e f", "c d")) == (2, 2)
    assert lost_words(pair("a b c", "a x c")) == (0, 0)
    assert lost_words(pair("a b c", "")) == (3, 0)


def test_kinds_of_words():
    classify = KindClasses(numbers={"seven"}, names={"maya"}, terms={"metformin"})
    assert [classify(word) for word in ("seven", "b12", "२५", "maya", "metformin", "the")] == [
        "number",
        "number",
        "number",
        "name",
        "term",
        "other",
    ]
    found = errors_by_class(pair("maya takes metformin", "mia takes met forming"), classify)
    assert found["name"] == ErrorCounts(substitutions=1)
    assert found["term"].errors == 1


def test_word_frequency_classes():
    classify = frequency_classes([["the"] * 100, ["cat"] * 10, ["dog"] * 2, ["emu"]])
    assert [classify(word) for word in ("the", "cat", "dog", "emu", "yak")] == [
        "100+",
        "10-99",
        "2-9",
        "once",
        "unseen",
    ]
