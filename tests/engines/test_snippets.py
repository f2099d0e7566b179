"""Working integrations come by engine, call and language."""

import pytest

from bench.engines.snippets import SUFFIXES, snippet
from bench.errors import UsageError


@pytest.mark.parametrize("written_in", sorted(SUFFIXES))
@pytest.mark.parametrize("call", ["batch", "stream", "url", "features", "finalize", "microphone"])
def test_pulse_has_every_call_in_every_language(call: str, written_in: str) -> None:
    assert "SMALLEST_API_KEY" in snippet("pulse", call, written_in)


def test_an_engine_without_examples_is_told_which_have_some() -> None:
    with pytest.raises(UsageError, match=r"an engine with examples \(.*pulse.*\), got none"):
        snippet("nobody", "batch", "python")
