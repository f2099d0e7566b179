"""Compiles a profile for one language into a function. Which steps run, and with what, is data; how, is `steps`.

Text in another script than the language's is read with the rules of that script's own language, run by run, never by
the utterance's language code: that is how code-switched speech is scored.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache, partial
from itertools import groupby
from typing import Any

from bench.scoring.text.normalize import data
from bench.scoring.text.normalize.characters import digits_to_ascii
from bench.scoring.text.normalize.inflection import counted_form
from bench.scoring.text.normalize.plain_words import plain_reader
from bench.scoring.text.normalize.runs import EAST_ASIAN, HAN_OR_KANA, foreign_pattern, script_of, script_runs
from bench.scoring.text.normalize.shorthand import addresses, roman
from bench.scoring.text.normalize.spans import Said
from bench.scoring.text.normalize.steps import TEXT_STEPS, TOKEN_STEPS, TextStep, TokenStep
from bench.scoring.text.normalize.written_marks import BARRIER, HAS_MARKS, KEPT, POINT, without_marks

_OF_DIGITS = frozenset(["ordinal_dots", "numbered", "written"])
"""Text steps that do nothing where no digit is."""
Pipeline = Callable[[str], str]
_LAST_READ, _LAST_LONG, _LONG = 1 << 11, 1 << 3, 1_000
"""Texts whose words are kept: those with numbers are asked for a second time, for how they were said, a reference with
the answers of all engines. Of those of more characters few are."""
_SETTLES = 8
"""At most so often is text of several scripts read: a number put together may belong to what stands beside it
(`300 万`, or `95 една` where 95 was written in another script)."""
_UNSPACED_MARK = re.compile(rf"(?<=[{HAN_OR_KANA}])\s*(?:{BARRIER}\s*)+(?=[{HAN_OR_KANA}])")
_DIGIT, _ANY_DIGIT = re.compile("[0-9]"), re.compile(r"\d")


def compile_pipeline(
    profile: Mapping[str, Any], language: str, chain_of: Callable[[str], Chain] | None = None
) -> Pipeline:
    """The profile's steps with the language's parameters; steps that have nothing to do are left out.

    `chain_of` gives the profile's steps of a language, where they are kept; else they are made.
    """
    chain_of = chain_of or partial(own_chain, profile)
    rules, own = data.rules(language), chain_of(language)
    scripts = tuple(rules.get("scripts", ()))
    if not profile.get("by_script", False):
        return own
    units = _units_in_another_script(rules, scripts) if "units" in profile["token"] else None
    return _by_script(own, scripts, units, chain_of)


class Chain:
    """The steps of one language in their order."""

    def __init__(
        self, text_steps: Mapping[str, TextStep], token_steps: Sequence[TokenStep], rules: Mapping[str, Any]
    ) -> None:
        self._text_steps, self._token_steps = list(text_steps.values()), token_steps
        self.mark: str = rules.get("written", {}).get("decimal", ".")
        self._without_digits = [step for name, step in text_steps.items() if name not in _OF_DIGITS]
        self._plain = None if "numerals" in text_steps else plain_reader(rules, self.read)
        self._short, self._long = (lru_cache(maxsize=kept)(self._tokens) for kept in (_LAST_READ, _LAST_LONG))

    def tokens(self, text: str) -> list[str]:
        """The words, with private marks among them; numbers said in words are `spans.Said`."""
        return self._short(text) if len(text) <= _LONG else self._long(text)

    def read(self, text: str) -> list[str]:
        """The words after the text steps, before those of words."""
        for text_step in self._text_steps if _ANY_DIGIT.search(text) else self._without_digits:
            text = text_step(text)
        return text.split()

    def _tokens(self, text: str) -> list[str]:
        plain = None if self._plain is None else self._plain(text)
        tokens = self.read(text) if plain is None else plain
        for token_step in self._token_steps:
            tokens = token_step(tokens)
        return tokens

    def parted(self, text: str) -> str:
        """As the call, with the marks where punctuation parts numbers, for text that is read again."""
        read = " ".join(self.tokens(text))
        return read.replace(POINT, self.mark).replace(KEPT, "") if HAS_MARKS.search(read) else read

    def __call__(self, text: str) -> str:
        read = " ".join(self.tokens(text))
        return without_marks(read, self.mark) if HAS_MARKS.search(read) else read


def said_words(chain: Chain, text: str, normalized: Sequence[str]) -> list[Sequence[str]]:
    """For each word of the normalised text the words it was read from: those of a number said in words, else itself.

    As far as the language's own rules read the text: where another script's do, each word is itself.
    """
    tokens = [token for token in chain.tokens(text) if token != BARRIER]
    if tokens == normalized:  # none holds another private mark, or several words
        return [token.words if isinstance(token, Said) else (token,) for token in tokens]
    words: list[Sequence[str]] = []
    for token in tokens:
        shown = without_marks(token, chain.mark).split()
        words += [token.words] if isinstance(token, Said) and len(shown) == 1 else [(word,) for word in shown]
    return words


def own_chain(profile: Mapping[str, Any], language: str) -> Chain:
    rules = data.rules(language)
    text_steps = {name: TEXT_STEPS[name](rules) for name in profile["text"]}
    token_steps = [TOKEN_STEPS[name](rules) for name in profile["token"]]
    return Chain(
        {name: step for name, step in text_steps.items() if step}, [step for step in token_steps if step], rules
    )


def _units_in_another_script(rules: Mapping[str, Any], scripts: tuple[str, ...]) -> Pipeline | None:
    """Spells out units behind a number, and rupees, that another script's rules would read: `25 kg` in Hindi."""
    said = addresses(rules) if "Latn" not in scripts else None
    century = roman(rules) if "Latn" not in scripts else None
    units = {unit: forms for unit, forms in rules.get("units", {}).items() if script_of(unit) not in {None, *scripts}}
    if not units:
        return _both(century, said)
    names = "|".join(map(re.escape, sorted(units, key=len, reverse=True)))
    decimal = re.escape(rules.get("written", {}).get("decimal", "."))
    pattern = re.compile(rf"(\d+(?:{decimal}\d+)?)\s*({names})(?![a-z])", re.IGNORECASE)
    rupees = re.compile(r"(?<![A-Za-z])(?:Rs|INR)\.?\s*(?=\d)", re.IGNORECASE)
    latin = _both(century, said)
    paid = "₹" in rules.get("currency", {})

    def spelled(match: re.Match[str]) -> str:
        return f"{match[1]} {counted_form(rules, units[match[2].lower()], digits_to_ascii(match[1]))}"

    def step(text: str) -> str:
        text = text if latin is None else latin(text)
        if not _ANY_DIGIT.search(text):
            return text
        text = pattern.sub(spelled, text)
        return rupees.sub("₹", text) if paid else text

    return step


def _both(first: Pipeline | None, second: Pipeline | None) -> Pipeline | None:
    if first is None or second is None:
        return first or second
    return lambda text: second(first(text))


def _by_script(
    own: Chain, scripts: tuple[str, ...], units: Pipeline | None, compile_for: Callable[[str], Chain]
) -> Pipeline:
    foreign, latin = foreign_pattern(scripts), "Latn" in scripts
    other = cache(compile_for)

    def once(text: str) -> tuple[str, bool]:
        """The text, and whether it has to be read again."""
        text = text if units is None else units(text)
        by_rules = groupby(script_runs(text), key=lambda run: None if run[0] in scripts else run[0])
        parts = []
        for script, group in by_rules:
            rules = own if script is None else other(data.language_of_script(script))
            parts.append(rules.parted(" ".join(part for _, part in group)))
        read = " ".join(filter(None, parts))
        return read, EAST_ASIAN.search(text) is not None or (len(parts) > 1 and _DIGIT.search(read) is not None)

    def run(text: str) -> str:
        if (latin and text.isascii()) or (foreign is not None and not foreign.search(text)):
            return own(text)
        for _ in range(_SETTLES):
            before = text
            text, again = once(before)
            if not again or text == before:
                break
        return " ".join(_UNSPACED_MARK.sub("", text).replace(BARRIER, " ").split()) if BARRIER in text else text

    return run
