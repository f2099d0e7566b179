"""The text rules of a language in words, from the rules' own data. Formats; computes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bench.report.phrases import listed, plural
from bench.scoring.text.normalize import PROFILES, data

_SCRIPTS = {
    **{"Arab": "Arabic", "Armn": "Armenian", "Beng": "Bengali", "Cyrl": "Cyrillic", "Deva": "Devanagari"},
    **{"Grek": "Greek", "Gujr": "Gujarati", "Guru": "Gurmukhi", "Hang": "Hangul", "Hani": "Chinese characters"},
    **{"Hebr": "Hebrew", "Jpan": "Japanese", "Khmr": "Khmer", "Knda": "Kannada", "Laoo": "Lao", "Latn": "Latin"},
    **{"Mlym": "Malayalam", "Mymr": "Burmese", "Orya": "Odia", "Taml": "Tamil", "Telu": "Telugu", "Thai": "Thai"},
}
"""Source: ISO 15924."""
_SHOWN = 5


def rules_in_words(profile: str, language: str) -> Iterator[tuple[str, str]]:
    """(what, how it is treated) of a language under a profile (without its version), in the order of their weight."""
    spec, code = data.profiles()[profile], data.resolve(language)
    yield "text rules", f"{profile}: {PROFILES[profile]}"
    if "port" in spec:
        yield "the language's own rules", "not used: these rules are somebody else's, the same for every language"
        return
    rules, steps = data.rules(code), {*spec["text"], *spec["token"]}
    scripts = [_SCRIPTS.get(script, script) for script in rules.get("scripts", ())]
    if scripts:
        yield "script", f"{listed(scripts)}; an answer in another script counts as wrong, and is counted on its own"
    unit = "characters, since the script sets no spaces between words" if rules.get("unit") == "char" else "words"
    yield "errors are counted in", unit
    yield "marks", "vowel signs, tone marks and diacritics count as letters do"
    if code == data.FALLBACK:
        yield (
            "rules of its own",
            "none: Unicode form, case and punctuation alone are set aside. Numbers, spellings and hesitations written "
            "another way count as errors",
        )
    yield from _own(rules, steps, code)


def _own(rules: Mapping[str, Any], steps: set[str], code: str) -> Iterator[tuple[str, str]]:
    """What a language has rules for, where the profile applies them."""
    for step, what, entries, noun in _alike(rules, code):
        pairs = {variant: form for variant, form in entries.items() if variant != form}
        if step in steps and pairs:
            yield what, _pairs(pairs, noun)
    if "fillers" in steps and rules.get("fillers"):
        yield "hesitations that are left out", listed([str(each) for each in rules["fillers"]], most=8)
    if "numerals" in steps and (data.read_numbers(code) or rules.get("numerals")):
        yield "numbers", "digits and number words count as the same, also in dates, times, prices and ordinals"


def _alike(rules: Mapping[str, Any], code: str) -> Iterator[tuple[str, str, Mapping[str, Any], str]]:
    """(step that applies them, what they are, variant -> form, what one is called)."""
    yield "words", "spellings that count as the same", {**rules.get("words", {}), **data.spelling(code)}, "pair"
    yield "phrases", "phrases that count as the same", rules.get("phrases", {}), "pair"
    yield "letters", "letters that count as the same", rules.get("letters", {}), "pair"
    yield "endings", "endings that count as the same", rules.get("word_endings", {}), "pair"
    yield "lenient_letters", "letters that are not told apart", rules.get("lenient", {}), "pair"
    yield "signs", "signs that are read as words", rules.get("symbols", {}), "sign"
    yield "prices", "currencies", _first_forms(rules.get("currency", {})), "sign"
    yield "numbered", "units", _first_forms(rules.get("units", {})), "unit"


def _first_forms(entries: Mapping[str, Any]) -> dict[str, str]:
    return {short: forms[0] for short, forms in entries.items() if forms}


def _pairs(entries: Mapping[Any, Any], what: str) -> str:
    """`29 pairs: गये = गए, ...`, the first few."""
    shown = [f"{variant} = {form or 'nothing'}" for variant, form in list(entries.items())[:_SHOWN]]
    more = " ..." if len(entries) > _SHOWN else ""
    return f"{plural(len(entries), what)}: {', '.join(shown)}{more}"
