"""Builds `bench/scoring/text/normalize/numbers/*.txt`, the spoken forms of numbers per language, and checks them.

Development only: `pip install unicode-rbnf indic-numtowords whisper-normalizer`, then
`python tools/build_number_tables.py`. Sources: unicode-rbnf (MIT; the CLDR spell-out rules, Unicode licence) for the
languages it has, indic-numtowords (MIT) for Indic ones. Only single words are kept: whole phrases are what the grammar
of `bench.scoring.text.normalize.numbers` reads, and every phrase the sources spell is read back here; those
that come out wrong are reported.
"""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from bench.scoring.text.normalize import data
from bench.scoring.text.normalize.number_tables import load_table
from bench.scoring.text.normalize.number_words import NumberTable
from bench.scoring.text.normalize.numbers import Lookup, spoken_to_digits
from bench.scoring.text.normalize.pipeline import compile_pipeline

FOLDER = Path(__file__).parent.parent / "bench" / "scoring" / "text" / "normalize" / "numbers"
RBNF = [
    *("en", "hi", "de", "fr", "es", "it", "pt", "ru", "pl", "nl", "ta", "uk", "sv", "fi"),
    *("da", "ro", "bg", "cs", "sk", "hu", "lv", "lt", "et", "mt", "no", "tr", "el", "ca", "fa", "id"),
]
INDIC = ("hi", "bn", "ta", "te", "kn", "ml", "mr", "gu", "pa", "or")
SPELL = {"text": ["unicode", "letters", "lower", "signs"], "token": []}
SCALES = (100, 1_000, 100_000, 1_000_000, 10_000_000, 1_000_000_000, 1_000_000_000_000)
WESTERN_SCALES = (100, 1_000, 1_000_000, 1_000_000_000, 1_000_000_000_000)
CARDINAL_VALUES = (
    *range(1000),
    *(k * scale for scale in SCALES[1:] for k in (1, 2, 3, 5, 7, 11, 21, 22, 55)),
    *range(2000, 100_000, 1000),
    *range(1001, 10_000, 83),
    *range(10_003, 1_000_000, 9973),
)
ORDINAL_VALUES = (*range(1, 101), *range(100, 1000, 100), 1000)

UNUSED = ("year", "financial", "larger", "ordinal-plural", "plural-larger")
"""Parts of names of rule sets that are left out: legal spellings, and endings that do not stand alone."""

Forms = dict[int, set[str]]
Speller = Callable[[int], Iterable[tuple[str, str]]]


def main(only: list[str]) -> None:
    """Writes the tables of all languages, or of those named, and one line of findings for each."""
    write_english_spelling()
    for language in only or sorted({*RBNF, *INDIC}):
        cardinals, ordinals = forms(language)
        path = FOLDER / f"{language}.txt"
        path.write_text(render(language, atoms(language, cardinals, ordinals)), encoding="utf-8")
        wrong = misread(cardinals, ordinals, load_table.__wrapped__(language))
        total = sum(map(len, cardinals.values())) + sum(map(len, ordinals.values()))
        examples = "; ".join(f"{form}={value} read {got}" for value, form, got in wrong[:6])
        sys.stdout.write(
            f"{language}: {len(wrong)} of {total} forms misread; {path.stat().st_size} bytes; {examples}\n"
        )


def write_english_spelling() -> None:
    """British -> American spellings of OpenAI's Whisper (MIT), as `whisper-normalizer` carries them."""
    source = files("whisper_normalizer") / "normalizers" / "english.json"
    pairs: dict[str, str] = json.loads(source.read_text(encoding="utf-8"))
    lines = [f"{variant} {pairs.get(form, form)}" for variant, form in sorted(pairs.items()) if " " not in variant]
    source_name = f"whisper-normalizer {version('whisper-normalizer')} (MIT, (c) 2022 OpenAI)"
    header = f"# made by tools/build_number_tables.py from {source_name}"
    (FOLDER.parent / "spelling" / "en.txt").write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")


def forms(language: str) -> tuple[Forms, Forms]:
    """Cardinal and ordinal forms by value, as the text steps leave them."""
    clean = compile_pipeline(SPELL, language)
    cardinals: Forms = defaultdict(set)
    ordinals: Forms = defaultdict(set)
    for speller in spellers(language):
        for value in CARDINAL_VALUES:
            for kind, text in speller(value):
                if kind == "cardinal":
                    cardinals[value].add(clean(text))
        for value in ORDINAL_VALUES:
            for kind, text in speller(value):
                if kind == "ordinal":
                    ordinals[value].add(clean(text))
    return cardinals, ordinals


def spellers(language: str) -> list[Speller]:
    found: list[Speller] = []
    if language in RBNF:
        found.append(rbnf_speller(language))
    if language in INDIC:
        found.append(indic_speller(language))
    return found


def rbnf_speller(language: str) -> Speller:
    from unicode_rbnf import RbnfEngine

    engine = RbnfEngine.for_language(language)
    names = [
        name
        for name, ruleset in engine.rulesets.items()
        if name.startswith("spellout-") and not ruleset.is_private and not any(map(name.count, UNUSED))
    ]

    def spell(value: int) -> Iterable[tuple[str, str]]:
        for name, text in engine.format_number(value, ruleset_names=names).text_by_ruleset.items():
            kind = "ordinal" if "ordinal" in name else "cardinal"
            unread = kind == "ordinal" and value > {"fi": 100, "id": 10}.get(language, 1000)
            if not any(map(str.isdigit, text)) and not unread:
                yield kind, text

    return spell


def indic_speller(code: str) -> Speller:
    from indic_numtowords import num2words

    def spell(value: int) -> Iterable[tuple[str, str]]:
        if value < 10**9:
            spelled = num2words(value, lang=code, variations=True)
            for text in spelled:
                yield "cardinal", kannada_respelled(text, value, words) if code == "kn" else text

    words = [num2words(value, lang=code).strip() for value in range(1000)] if code == "kn" else []
    return spell


def kannada_respelled(text: str, value: int, words: list[str]) -> str:
    """The source gives the word of 82 to 83 too, and cuts 110, 120, 130, 150 ... to `ನೂ`; these are spelled regularly.

    `words` are what it spells below 1000.
    """
    *before, last = text.split()
    slip = words[value % 1000]
    if value % 1000 and words.count(slip) > 1 and last == slip:
        last = kannada_hundreds(value % 1000, words)
    if value // 1000 % 100 == 83:
        before = [kannada_hundreds(83, words) if word == words[83] else word for word in before]
    return " ".join([*before, last])


def kannada_hundreds(value: int, words: list[str]) -> str:
    """The regular word of a value below 1000: hundreds as they stand in 101, 201 ..., then tens and units."""
    small = "ಎಂಬತ್ತ್ಮೂರು" if value % 100 == 83 else words[value % 100]
    if value < 100:
        return small
    hundreds = words[value // 100 * 100 + 1].removesuffix("ೊಂದು")
    return hundreds + {"ಅ": "", "ಇ": "ಿ", "ಎ": "ೆ", "ಐ": "ೈ"}.get(small[0], small[0]) + small[1:]


def atoms(language: str, cardinals: Forms, ordinals: Forms) -> dict[str, dict[str, int]]:
    """Single words and what they mean: `n` values below 1000, `m` multipliers, `o` ordinals."""
    declared = data.rules(language).get("numbers", {})
    skip = {*declared.get("linkers", ()), *declared.get("implicit_ones", ())}
    # a language that glues ("zweihundertvier") needs the parts only; the others, every word there is
    parts_only = "glue" in declared and language not in INDIC
    values = (*range(100), *range(100, 1000, 100)) if parts_only else (*range(1000), *range(2000, 100_000, 1000))
    spelled = [(form, value) for value in values for form in cardinals[value] if " " not in form and form not in skip]
    # a source that gives one word to two values is wrong about one of them; which, nobody here can tell
    ambiguous = {form for form, count in Counter(form for form, _ in set(spelled)).items() if count > 1}
    small = {form: value for form, value in spelled if form not in ambiguous}
    scales = SCALES if language in INDIC else WESTERN_SCALES
    multipliers = {**hundreds(cardinals, small, skip), **larger_scales(cardinals, small, skip, scales)}
    small = {form: value for form, value in small.items() if form not in multipliers}
    small |= leftovers(cardinals, small, multipliers, skip)
    firsts = {
        form: value
        for value, spelled in ordinals.items()
        for form in spelled
        if " " not in form and value <= 1000 and form not in small and form not in multipliers
    }
    firsts |= ordinal_tails(ordinals, firsts, {*small, *multipliers, *skip})
    return {"n": small, "m": multipliers, "o": firsts}


def hundreds(cardinals: Forms, small: dict[str, int], skip: set[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for digit in range(2, 10):
        for form in cardinals[digit * 100]:
            words = [word for word in form.split() if word not in skip]
            if len(words) == 2 and small.get(words[0]) == digit:
                found[words[1]] = 100
    return found


def larger_scales(cardinals: Forms, small: dict[str, int], skip: set[str], scales: tuple[int, ...]) -> dict[str, int]:
    """Words that stand alone, or after a factor, for a power of ten from 1000 on."""
    found: dict[str, int] = {}
    for scale in scales[1:]:
        for factor in (1, 2, 3, 5, 7, 11, 21, 22, 55):
            for form in cardinals[factor * scale]:
                *before, last = [word for word in form.split() if word not in skip]
                known = sum(small.get(word, -1000) for word in before) == factor
                if last not in small and (known or (factor == 1 and not before)):
                    found.setdefault(last, scale)
    return found


def leftovers(cardinals: Forms, small: dict[str, int], multipliers: dict[str, int], skip: set[str]) -> dict[str, int]:
    """Words that occur only within phrases (joining forms), where the rest of the phrase leaves one meaning."""
    found: dict[str, int] = {}
    while new := _one_round(cardinals, small | found, multipliers, skip):
        found |= new
    return found


def _one_round(cardinals: Forms, small: dict[str, int], multipliers: dict[str, int], skip: set[str]) -> dict[str, int]:
    votes: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for value in [value for value in cardinals if 20 <= value < 100_000]:
        for form in cardinals[value]:
            words = [word for word in form.split() if word not in skip]
            unknown = [word for word in words if word not in small and word not in multipliers]
            if len(words) < 2 or len(unknown) != 1 or any(word in multipliers for word in words[1:]):
                continue
            rest = sum(small.get(word, 100) for word in words if word != unknown[0])
            if 0 < value - rest < 1000 or (value - rest) % 1000 == 0:
                votes[unknown[0]][value - rest] += 1
    return {word: max(seen, key=seen.__getitem__) for word, seen in votes.items() if max(seen.values()) > 1}


def ordinal_tails(ordinals: Forms, firsts: dict[str, int], known: set[str]) -> dict[str, int]:
    """Ordinal words that end a phrase and stand in no table yet."""
    found: dict[str, int] = {}
    for value in range(21, 100):
        for form in ordinals.get(value, ()):
            words = form.split()
            if len(words) == 2 and words[0] in known and words[1] not in firsts and words[1] not in known:
                found[words[1]] = value % 10
    return found


def render(language: str, tables: dict[str, dict[str, int]]) -> str:
    sources = [
        f"{name} {version(name)}"
        for name, has in (("unicode-rbnf", RBNF), ("indic-numtowords", INDIC))
        if language in has
    ]
    lines = [f"# made by tools/build_number_tables.py from {' and '.join(sources)}; n value, m multiplier, o ordinal"]
    for kind, words in tables.items():
        by_value: dict[int, list[str]] = defaultdict(list)
        for word, value in words.items():
            by_value[value].append(word)
        lines += [f"{kind} {value} {' '.join(sorted(by_value[value]))}" for value in sorted(by_value)]
    return "\n".join(lines) + "\n"


def misread(cardinals: Forms, ordinals: Forms, table: NumberTable) -> list[tuple[int, str, str]]:
    """Every spelled form that does not come out as its value: (value, form, what came out)."""
    wrong, lookup = [], Lookup(table)
    for spelled, suffix in ((cardinals, ""), (ordinals, "º")):
        for value, texts in spelled.items():
            for form in sorted(texts):
                got = " ".join(spoken_to_digits(form.split(), lookup))
                if got != f"{value}{suffix}" and form not in table.articles:
                    wrong.append((value, form, got))
    return wrong


if __name__ == "__main__":
    main(sys.argv[1:])
