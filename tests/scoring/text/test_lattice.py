from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.scoring.text.lattice import WILDCARD, best_path, build_lattice, with_compounds
from bench.types import ErrorCounts


def naive(reference, hypothesis):
    """(edits, -hits) by the textbook recurrence, wildcards included."""
    best = {(0, 0): (0, 0)}
    for i, j in product(range(len(reference) + 1), range(len(hypothesis) + 1)):
        options = [best[i, j]] if (i, j) in best else []
        if i and reference[i - 1] == WILDCARD:
            options += [best[i - 1, j]] + ([best[i, j - 1]] if j else [])
        elif i:
            options.append((best[i - 1, j][0] + 1, best[i - 1, j][1]))
        if j:
            options.append((best[i, j - 1][0] + 1, best[i, j - 1][1]))
        if i and j and reference[i - 1] != WILDCARD:
            hit = reference[i - 1] == hypothesis[j - 1]
            options.append((best[i - 1, j - 1][0] + (not hit), best[i - 1, j - 1][1] - hit))
        best[i, j] = min(options)
    return best[len(reference), len(hypothesis)]


WORD = st.sampled_from("abc")
VARIANT = st.lists(st.one_of(WORD, st.just(WILDCARD)), max_size=2)
SLOTS = st.lists(st.lists(VARIANT, min_size=1, max_size=3), max_size=4)
HYPOTHESIS = st.lists(WORD, max_size=6)


@settings(max_examples=300, deadline=None)
@given(SLOTS, HYPOTHESIS)
def test_the_best_path_is_the_best_of_all_paths(slots, hypothesis):
    found = best_path(build_lattice(slots), hypothesis)
    paths = [[word for variant in choice for word in variant] for choice in product(*slots)]
    assert (found.counts.errors, -found.counts.hits) == min(naive(path, hypothesis) for path in paths)
    read = [[word for word in path if word != WILDCARD] for path in paths]
    assert list(found.reference) in read
    assert found.counts.reference_length == len(found.reference)


@given(st.lists(WORD, max_size=6), HYPOTHESIS)
def test_without_variants_lengths_add_up(reference, hypothesis):
    counts = best_path(build_lattice([[[word]] for word in reference]), hypothesis).counts
    assert counts.reference_length == len(reference)
    assert counts.hypothesis_length == len(hypothesis)


def test_variants_optional_words_and_wildcards():
    lattice = build_lattice([[["the"]], [["grey"], ["dark", "blue"], []], [["car"]], [[WILDCARD]], [["left"]]])
    for said in ("the grey car left", "the dark blue car bla bla left", "the car left"):
        assert best_path(lattice, said.split()).counts.errors == 0
    assert best_path(lattice, ["the", "green", "car", "left"]).counts == ErrorCounts(substitutions=1, hits=3)


def test_the_variant_written_first_wins_a_tie():
    assert best_path(build_lattice([[["a"], ["b"]]]), ["c"]).reference == ("a",)


def test_nothing_against_something_is_insertions_only():
    assert best_path(build_lattice([]), ["a", "b"]).counts == ErrorCounts(insertions=2)
    assert best_path(build_lattice([]), []).counts.rate is None


def test_a_slot_without_variants_is_refused():
    with pytest.raises(ValueError, match="at least one variant"):
        build_lattice([[]])


@pytest.mark.parametrize(
    ("reference", "hypothesis"),
    [
        ("on week end", "on weekend"),
        ("on weekend", "on week end"),
        ("kaup a maja weekend", "kaupa maja week end"),
        ("ab ab", "a b ab"),
    ],
)
def test_compounds_joined_or_split_are_no_errors(reference, hypothesis):
    lattice = build_lattice([[[word]] for word in reference.split()])
    said = hypothesis.split()
    assert best_path(lattice, said).counts.errors > 0
    accepted = best_path(with_compounds(lattice, said), said)
    assert accepted.counts.errors == 0
    assert "".join(accepted.reference) == "".join(reference.split())


def test_compounds_do_not_hide_a_wrong_word():
    said = ["week", "ends"]
    assert best_path(with_compounds(build_lattice([[["weekend"]]]), said), said).counts.errors == 2


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(["a", "b", "ab", "aba"]), max_size=5),
    st.lists(st.sampled_from(["a", "ab", "ba"]), max_size=5),
)
def test_accepting_compounds_never_costs(reference, hypothesis):
    lattice = build_lattice([[[word]] for word in reference])
    accepted = best_path(with_compounds(lattice, hypothesis), hypothesis)
    assert accepted.counts.errors <= best_path(lattice, hypothesis).counts.errors
    assert "".join(accepted.reference) == "".join(reference)
