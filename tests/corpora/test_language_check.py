"""Texts declared in a language that they are not in, by the sentences of the espeak cards."""

from importlib.util import find_spec
from itertools import pairwise

import pytest

from bench.corpora import language_check
from bench.corpora.cards import load_card
from bench.corpora.language_check import LanguageCheck, Texts
from bench.corpora.manifest import write_manifest
from bench.corpora.validate import validate
from tests.corpora.tiny import HEADER, utterance

needs_package = pytest.mark.skipif(find_spec("py3langid") is None, reason="needs the extra `langid`")

SENTENCES = load_card("espeak-sentences").source["sentences"]
SMOKE = load_card("espeak-smoke").source["sentences"]


def mismatches(declared, texts):
    check = LanguageCheck()
    for line, text in enumerate(texts, start=2):
        check.add(line, declared, text)
    return list(check.mismatches())


@needs_package
@pytest.mark.parametrize("language", sorted(SENTENCES | SMOKE))
def test_no_language_is_taken_for_another(language):
    texts = SENTENCES.get(language, SMOKE.get(language))
    assert mismatches(language, [*texts] * 3) == []


@needs_package
@pytest.mark.parametrize(
    ("declared", "spoken"),
    [("pt", "es"), ("es", "pt"), ("pt-BR", "es"), ("hi", "mr"), ("mr", "hi"), ("fr", "it"), ("en", "pl"), ("sv", "en")],
)
def test_a_swapped_declaration_is_found_with_counts_and_lines(declared, spoken):
    [(line, message)] = mismatches(declared, SENTENCES[spoken])
    assert line <= 4
    own = declared.split("-")[0]
    assert f"texts declared {declared} read like {spoken}, 0 like {own}" in message
    assert f"line {line}: {SENTENCES[spoken][line - 2][:20]!r}"[:-1] in message


@needs_package
def test_a_minority_is_not_the_corpus():
    assert mismatches("es", [*SENTENCES["es"], *SENTENCES["pt"][:6]]) == []
    assert mismatches("es", [*SENTENCES["es"][:2], *SENTENCES["pt"]]) != []


@needs_package
@pytest.mark.parametrize(
    ("declared", "texts"),
    [
        ("es", SENTENCES["pt"][:4]),  # too few
        ("es", ["Sim.", "Não.", "Olá!", "Bom dia.", "Obrigado."] * 3),  # too short
        ("hi", SENTENCES["en"]),  # the script says it
        ("hr", ["Dobar dan, kako mogu da vam pomognem danas?"] * 9),  # Serbian in Latin letters: too close
        ("multi", SENTENCES["en"]),
        ("brx", SENTENCES["hi"]),  # unknown to the model
    ],
)
def test_what_cannot_be_told_is_left_alone(declared, texts):
    assert mismatches(declared, texts) == []


@needs_package
def test_validate_warns_once(tmp_path):
    items = [utterance(f"u{n}", text=text, language="pt") for n, text in enumerate(SENTENCES["es"])]
    write_manifest(tmp_path / "m.jsonl", HEADER, items)
    found = validate(tmp_path / "m.jsonl", audio="none")
    assert (found.errors, found.counts["warning", "text-language"]) == (0, 1)


def test_without_the_package_nothing_is_claimed(monkeypatch):
    monkeypatch.setattr(language_check, "find_spec", lambda name: None)
    assert mismatches("pt", SENTENCES["es"]) == []


def test_of_many_texts_an_even_sample_is_kept():
    texts = Texts()
    for line in range(100_000):
        texts.add(line, "x")
    lines = [line for line, _ in texts]
    assert 1000 <= len(lines) <= 2000
    steps = {later - line for line, later in pairwise(lines)}
    assert len(steps) == 1
    assert lines[-1] >= 99_900
