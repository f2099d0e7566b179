from __future__ import annotations

import pytest

from bench.scoring.errors.causes import Cause, causes
from bench.scoring.errors.confusions import KindClasses
from tests.scoring.paired import aligned

CLASSIFY = KindClasses(numbers={"seven"}, names={"maya"}, terms={"metformin"})


@pytest.mark.parametrize(
    ("reference", "hypothesis", "expected"),
    [
        ("all is well", "all is well", ()),
        ("all is well", "", (Cause.EMPTY,)),
        ("all is well", "all was well", (Cause.OTHER,)),
        ("one two three four five", "four five", (Cause.HEAD,)),
        ("maya came home late again", "maya came", (Cause.TAIL,)),
        ("all is well", "all is well thanks for watching", (Cause.HALLUCINATION,)),
        ("", "thanks", (Cause.HALLUCINATION,)),
        ("maya took seven metformin", "mia took eleven metformin", (Cause.NUMBER, Cause.NAME)),
        ("take metformin", "take met forming", (Cause.TERM,)),
    ],
)
def test_causes_of_an_answer(reference, hypothesis, expected):
    assert causes(aligned("u", reference.split(), hypothesis.split()), CLASSIFY) == expected


def test_no_answer_is_its_own_cause():
    assert causes(None, CLASSIFY) == (Cause.FAILED,)
