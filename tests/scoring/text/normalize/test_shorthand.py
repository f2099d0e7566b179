"""Perfect answers in another writing, and answers with one thing wrong, by kind and language."""

import pytest

from bench.scoring.text.normalize import data, get_normalizer
from tests.scoring.text.normalize.pairs import load_pairs

PAIRS = load_pairs()


@pytest.mark.parametrize("language", sorted({pair.language for pair in PAIRS}))
def test_perfect_answers_cost_nothing_and_errors_are_never_forgiven(language):
    """What is listed as charged is held too, so that the list stays true."""
    wrong = []
    for pair in PAIRS:
        if pair.language == language:
            normalizer = get_normalizer(pair.profile)
            left, right = (normalizer.words(text, language) for text in (pair.left, pair.right))
            if (left == right) is not pair.same:
                wrong.append(f"{pair.kind}: {pair.left!r} {'≠' if pair.same else '='} {pair.right!r}: {left}, {right}")
    assert wrong == []


def test_every_language_with_numbers_has_pairs_of_several_kinds():
    for language in (code for code in data.languages() if data.read_numbers(code)):
        assert len({pair.kind for pair in PAIRS if pair.language == language}) >= 2, language
