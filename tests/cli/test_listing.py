import re

import pytest

from bench.cli.listing import wrapped
from bench.engines import ENGINES
from bench.engines.dialect.engine import Vendor
from bench.execution.catalogue import KINDS, catalogue
from tests.command import invoke


def test_without_a_kind_the_lists_are_listed() -> None:
    said = invoke("list")
    assert [line.partition("\t")[0] for line in said.splitlines()] == sorted(KINDS)


@pytest.mark.parametrize("kind", ["metrics", "conditions", "engines"])
@pytest.mark.parametrize("width", [60, 80])
def test_lists_fit_a_terminal_and_lose_nothing(kind: str, width: int) -> None:
    lines = [(name, about) for name, about in catalogue(kind)]
    shown = [*wrapped(lines, width)]
    assert max(map(len, shown)) <= width or all(" " not in line.strip() for line in shown if len(line) > width)
    assert " ".join(" ".join(shown).split()) == " ".join(" ".join(f"{name} {about}" for name, about in lines).split())


def test_engines_are_listed_with_modes_key_what_they_take_and_how_far_they_are_proven() -> None:
    lines = dict(line.split("\t", 1) for line in invoke("list", "engines").splitlines())
    for name in ENGINES.names():
        factory = ENGINES.load(name)
        if isinstance(factory, Vendor):
            description = factory.description
            for mode in factory.about.modes:
                assert f"{mode}: {', '.join(getattr(description, mode).accepts.encodings)};" in lines[name]
            assert f"key: {description.key.env or 'none'} |" in lines[name]
            assert f"proven: {description.proof.shown()} |" in lines[name]
            assert "live" not in description.proof.shown()
    assert "24000 Hz" in lines["openai"]
    assert "deepgram-sdk 7.17.0 against the emulator; frames compared" in lines["deepgram_flux"]
    assert "described, unproven" in lines["azure"]
    assert all("unproven" in lines[name] for name in ("vosk", "sherpa_onnx"))


def test_every_metric_has_a_definition_a_unit_a_direction_a_source_and_a_version() -> None:
    for line in invoke("list", "metrics").splitlines():
        name, about = line.split("\t", 1)
        definition, _, facts = about.rpartition(" [")
        assert definition, name
        assert re.fullmatch(
            r".*(lower|higher|nearest [01]) is better; (from: .+; )?source: .+; version \d+\]", facts
        ), name
        assert facts.split(";")[0].strip(), name
