import pytest

from bench.cli.listing import _KINDS, wrapped
from tests.command import invoke


def test_without_a_kind_the_lists_are_listed() -> None:
    said = invoke("list")
    assert [line.partition("\t")[0] for line in said.splitlines()] == sorted(_KINDS)


@pytest.mark.parametrize("kind", ["metrics", "conditions", "engines"])
@pytest.mark.parametrize("width", [60, 80])
def test_lists_fit_a_terminal_and_lose_nothing(kind: str, width: int) -> None:
    lines = [(name, about) for name, about in _KINDS[kind][1]()]
    shown = [*wrapped(lines, width)]
    assert max(map(len, shown)) <= width or all(" " not in line.strip() for line in shown if len(line) > width)
    assert " ".join(" ".join(shown).split()) == " ".join(" ".join(f"{name} {about}" for name, about in lines).split())
