"""Puts a language's number table together: what was built from the sources, and what its rules declare by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import Any

from bench.scoring.text.normalize import data
from bench.scoring.text.normalize.number_words import NumberTable, room_after


@cache
def load_table(code: str) -> NumberTable | None:
    """The table of one language; `None` where its rules declare no numbers."""
    declared: Mapping[str, Any] | None = data.rules(code).get("numbers")
    if declared is None:
        return None
    built = _parse(_as_spelled(data.read_numbers(code), data.rules(code)))
    spellings: Mapping[str, str] = declared.get("spellings", {})
    cardinals = _spelled(_merged(built["n"], declared, "cardinals"), spellings)
    multipliers = _spelled(_merged(built["m"], declared, "multipliers"), spellings)
    glue = _glue(declared, cardinals, multipliers)
    ordinals = _spelled(_derived(declared, cardinals), spellings)
    ordinals |= _declined(_spelled(_merged(built["o"], declared, "ordinals"), spellings), declared)
    return NumberTable(
        cardinals={word: value for word, value in cardinals.items() if word not in glue},
        ordinals=ordinals,
        multipliers=glue | multipliers,
        ordinal_multipliers=_spelled(_merged({}, declared, "ordinal_multipliers"), spellings),
        glue=glue,
        joints=_joints(declared, {**cardinals, **multipliers}),
        starts=declared.get("starts", {}),
        ends=tuple(declared.get("ends", ())),
        continued=tuple(declared.get("continued", ())),
        trailers={word: range(low, high + 1) for word, (low, high) in declared.get("trailers", {}).items()},
        dependent=frozenset(declared.get("dependent", ())),
        doubtful=frozenset(declared.get("doubtful", ())),
        homonyms=declared.get("homonyms", {}),
        words=frozenset(declared.get("not", ())),
        linkers=frozenset(declared.get("linkers", ())),
        prefixed=declared.get("prefixed", ""),
        linker_room=declared.get("linker_room", 10),
        articles=frozenset(declared.get("articles", ())),
        implicit_ones=frozenset(declared.get("implicit_ones", ())),
        points=tuple(declared.get("points", ())),
        zeros=frozenset(declared.get("zeros", ())),
        fractions={word: Fraction(str(value)) for word, value in declared.get("fractions", {}).items()},
        and_half=frozenset(tuple(phrase.split()) for phrase in declared.get("and_half", ())),
        counted_half=frozenset(tuple(phrase.split()) for phrase in declared.get("counted_half", ())),
        hours=frozenset(declared.get("hours", ())),
        modifiers={word: Fraction(str(value)) for word, value in declared.get("modifiers", {}).items()},
        modified={
            modifier + word: (modifier, word)
            for modifier in declared.get("modifiers", ())
            for word, value in cardinals.items()
            if 0 < value < 100 and modifier + word not in cardinals
        },
        pairs={_pair(words): value for value, each in declared.get("pairs", {}).items() for words in each},
        rooms={value: range(low, high + 1) for value, (low, high) in declared.get("rooms", {}).items()},
        linked=declared.get("linked", ""),
        linker_most=declared.get("linker_most", 0),
        linked_to=frozenset(declared.get("linked_to", ())),
        closed=frozenset(declared.get("closed", ())),
        units_first=declared.get("units_first", False),
        units=counted_words(data.rules(code)),
        compound_ordinals=declared.get("compound_ordinals", False),
        seconds=frozenset(declared.get("seconds", ())),
        dates=frozenset(declared.get("dates", ())),
        definite=frozenset(declared.get("definite", ())),
        ordered=frozenset(declared.get("ordered", ())),
        repeats=declared.get("repeats", {}),
        approximate=declared.get("approximate", False),
        leading_zero=declared.get("leading_zero", False),
        labels=frozenset(declared.get("labels", ())),
        scale_linkers=frozenset(declared.get("scale_linkers", ())),
        suffixes=tuple(declared.get("suffixes", ())),
        suffixed=_suffixed(declared, cardinals, multipliers, ordinals),
        halves=tuple(declared["halves"]) if "halves" in declared else None,
    )


def folded(table: NumberTable, fold: Callable[[str], str]) -> NumberTable:
    """The table, with every word also as it is spelled with folded letters, where that is no other value."""

    def also(words: Mapping[str, int]) -> dict[str, int]:
        return {**{fold(word): value for word, value in words.items()}, **words}

    return replace(
        table,
        cardinals=also(table.cardinals),
        multipliers=also(table.multipliers),
        ordinals=also(table.ordinals),
        fractions={**{fold(word): value for word, value in table.fractions.items()}, **table.fractions},
        modifiers={**{fold(word): value for word, value in table.modifiers.items()}, **table.modifiers},
        glue=also(table.glue),
    )


def counted_words(rules: Mapping[str, Any]) -> frozenset[str]:
    """Words that are said behind a number to say what it counts: currencies, measures, percent, and declared ones."""
    names = [
        name for forms in (*rules.get("currency", {}).values(), *rules.get("units", {}).values()) for name in forms
    ]
    signs = [rules.get("symbols", {}).get(sign, ()) for sign in "%"]
    percents = [word for each in signs for word in ([each] if isinstance(each, str) else each)]
    own = [*rules.get("counted", "").split(), *percents, *rules.get("units", {})]
    return frozenset(name.split()[0] for name in (*names, *own) if name)


def _merged(built: Mapping[str, int], declared: Mapping[str, Any], kind: str) -> dict[str, int]:
    without = set(declared.get("not", ()))
    kept = {word: value for word, value in built.items() if word not in without}
    own = {word: value for value, words in declared.get(kind, {}).items() for word in words.split()}
    elsewhere = {
        word
        for other in ("cardinals", "ordinals", "multipliers")
        if other != kind
        for words in declared.get(other, {}).values()
        for word in words.split()
    }
    return {**{word: value for word, value in kept.items() if word not in elsewhere}, **own}


def _spelled(words: Mapping[str, int], spellings: Mapping[str, str]) -> dict[str, int]:
    """The words, and the same with each of the letters or endings written as declared, one rule after the other."""
    spelled = dict(words)
    for usual, other in spellings.items():
        before = [(word, value) for word, value in spelled.items() if usual in word]
        for variant in other.split("|"):
            spelled = {word.replace(usual, variant): value for word, value in before} | spelled
    return spelled


def _derived(declared: Mapping[str, Any], cardinals: Mapping[str, int]) -> dict[str, int]:
    """Ordinals that are made of any cardinal by its ending: மூன்று, மூன்றாவது."""
    return {
        word.removesuffix(ending) + other: value
        for ending, others in declared.get("ordinal_forms", {}).items()
        for word, value in cardinals.items()
        if word.endswith(ending) and 1 < value <= 1000
        for other in others
        if word.removesuffix(ending) + other not in cardinals
    }


def _declined(ordinals: Mapping[str, int], declared: Mapping[str, Any]) -> dict[str, int]:
    """Ordinals with each of the other endings of their declension: восьмий, восьмій."""
    forms = {
        word.removesuffix(ending) + other: value
        for ending, others in declared.get("ordinal_endings", {}).items()
        for word, value in ordinals.items()
        if word.endswith(ending)
        for other in others
    }
    return {**forms, **ordinals}


def _suffixed(declared: Mapping[str, Any], *tables: Mapping[str, int]) -> dict[str, tuple[str, str]]:
    """Words of numbers with a suffix each, but those that are numbers themselves or `homonyms` of something."""
    cardinals, multipliers, ordinals = tables
    bases = {word for word, value in {**cardinals, **multipliers}.items() if value < 100 or word in multipliers}
    without = {*cardinals, *multipliers, *ordinals, *declared.get("not", ()), *declared.get("not_suffixed", ())}
    words = {word: tuple(parts.split()) for word, parts in declared.get("suffix_words", {}).items()}
    bases -= {*declared.get("homonyms", ()), *declared.get("articles", ()), *declared.get("not_suffixed", ())}
    pairs = {base + suffix: (base, suffix) for base in bases for suffix in declared.get("suffixes", ())}
    return {word: parts for word, parts in pairs.items() if word not in without} | words


def _glue(declared: Mapping[str, Any], cardinals: Mapping[str, int], multipliers: Mapping[str, int]) -> dict[str, int]:
    """Declared scales that stand inside words, where declared with all their forms; large and long ones first."""
    if "glue" not in declared:
        return {}
    every = {**cardinals, **multipliers} if declared.get("glue_inflected", False) else {}
    inflected = {word: value for word, value in every.items() if value in {100, 1000}}
    words = inflected | declared["glue"]
    return dict(sorted(words.items(), key=lambda entry: (-entry[1], -len(entry[0]))))


def _joints(declared: Mapping[str, Any], words: Mapping[str, int]) -> dict[str, int]:
    """Tens and hundreds with each of the endings they take inside a word: ഇരുപത്തി and ഇരുപത്ത, 20."""
    return {
        word.removesuffix(ending) + inside: value
        for ending, endings in declared.get("joining", {}).items()
        for word, value in words.items()
        if word.endswith(ending) and value < 1000 and room_after(value)
        for inside in endings
    }


def _pair(words: str) -> tuple[str, str]:
    first, second = words.split()
    return first, second


def _as_spelled(text: str, rules: Mapping[str, Any]) -> str:
    """The table with the letters that the rules put for others."""
    for old, new in rules.get("letters", {}).items():
        text = text.replace(old, new)
    return text


def _parse(text: str) -> dict[str, dict[str, int]]:
    tables: dict[str, dict[str, int]] = {"n": {}, "m": {}, "o": {}}
    for line in text.splitlines():
        if not line.startswith("#"):
            kind, value, *words = line.split()
            tables[kind].update(dict.fromkeys(words, int(value)))
    return tables
