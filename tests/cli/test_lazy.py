"""Names of commands: known without importing them, corrected where they are nearly right."""

import pytest

from tests.command import invoke


@pytest.mark.parametrize(
    ("given", "meant"),
    [(["repotr"], "report"), (["corpus", "validat"], "validate"), (["corpus", "aling", "x"], "align")],
)
def test_a_command_that_is_nearly_one_is_corrected(given, meant):
    assert f"did you mean {meant!r}?" in invoke(*given, code=2)


def test_a_command_that_is_like_none_is_answered_with_where_they_are_listed():
    assert "see bench --help" in invoke("xyzzy", code=2).replace("app", "bench")
