"""The steps a profile is made of. Each takes a language's rules and gives a function, or `None` for nothing to do."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import regex

from bench.scoring.text.normalize import data, shorthand
from bench.scoring.text.normalize.characters import APOSTROPHES, BaseTable, trim_apostrophes
from bench.scoring.text.normalize.clock import clock_step
from bench.scoring.text.normalize.han_numbers import han_step
from bench.scoring.text.normalize.inflection import counted, counted_form
from bench.scoring.text.normalize.korean_numbers import korean_step
from bench.scoring.text.normalize.number_tables import counted_words, folded, load_table
from bench.scoring.text.normalize.numbers import Lookup, number_step
from bench.scoring.text.normalize.numerals import declared_numerals
from bench.scoring.text.normalize.prices import price_step
from bench.scoring.text.normalize.unspaced_numbers import unspaced_step
from bench.scoring.text.normalize.written import written_step
from bench.scoring.text.normalize.written_marks import BARRIER, KEPT, POINT

Rules = Mapping[str, Any]
TextStep = Callable[[str], str]
TokenStep = Callable[[list[str]], list[str]]

_CONTROL = "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"
_FORMAT = _CONTROL + "\u00ad\u034f\u061c\u180e\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
_INVISIBLE = re.compile(f"[{_FORMAT}\u200c\u200d]")
_VIRAMAS = "\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca"
_LOOSE_JOINER = re.compile(f"[{_FORMAT}]|(?<![{_VIRAMAS}])[\u200c\u200d]")
_LETTER = r"\p{L}\p{M}*"
_DOTTED = regex.compile(
    rf"(?<![\p{{L}}\p{{M}}\p{{N}}.])((?:{_LETTER}\.){{2,}}|(?:{_LETTER}\.)+{_LETTER})(?![\p{{L}}\p{{M}}\p{{N}}])"
)
_SIGN_IN_UNIT = regex.compile(r"[^\p{L}\p{M}]")
_APOSTROPHE_BY_DIGIT = re.compile("(?<=[0-9])'|'(?=[0-9])")
_OTHER_WIDTH = re.compile("[\uff01-\uff9f\uffe0-\uffe6]+")
_DOTS_ABOVE = re.compile("(?<=[ijį])\u0307+")


def unicode_form(_: Rules) -> TextStep:
    """NFC without invisible characters; joiners stay where a script gives them meaning (after a virama).

    Never NFKC: it would turn ½ into 1⁄2 and м² into м2.
    """

    def step(text: str) -> str:
        if text.isascii() and text.isprintable():
            return text
        text = unicodedata.normalize("NFC", text)
        return unicodedata.normalize("NFC", _LOOSE_JOINER.sub("", text)) if _INVISIBLE.search(text) else text

    return step


def letters(rules: Rules) -> TextStep | None:
    """Replaces what Unicode keeps apart but the language does not: forms of another width, and listed letters."""
    listed = _then(_replacer(rules.get("letters", {})), _placed_letters(rules))
    if not rules.get("width", False):
        return listed
    return _one_width if listed is None else lambda text: listed(_one_width(text))


def _then(first: TextStep | None, second: TextStep | None) -> TextStep | None:
    if first is None or second is None:
        return first or second
    return lambda text: second(first(text))


def _placed_letters(rules: Rules) -> TextStep | None:
    """What the language spells two ways at one place: inside a word (Romanian î), at its end (Hindi ये), before it."""
    inner: Mapping[str, str] = rules.get("inner", {})
    ends: Mapping[str, str] = rules.get("word_endings", {})
    begins: Mapping[str, str] = rules.get("word_beginnings", {})
    if not inner and not ends and not begins:
        return None
    some = [f"(?<=\\p{{L}})(?:{'|'.join(inner)})(?=\\p{{L}})"] if inner else []
    known = "|".join(sorted(ends, key=len, reverse=True))
    some += [f"(?:{known})(?![\\p{{L}}\\p{{M}}])"] if ends else []
    some += [f"(?<![\\p{{L}}\\p{{M}}])(?:{'|'.join(begins)})(?=\\p{{L}})"] if begins else []
    pattern, new = regex.compile("|".join(some)), {**inner, **ends, **begins}

    parts = {old[:2] for old in new}

    def step(text: str) -> str:
        known = any(map(text.__contains__, parts))  # cheaper than the search, where few are listed
        return pattern.sub(lambda match: new[match.group()], text) if known else text

    return step


def _one_width(text: str) -> str:
    """`Ａ％` is `A%`, and `ｶﾞ` is `ガ`: NFKC of nothing but the forms of another width."""
    return (
        text if text.isascii() else _OTHER_WIDTH.sub(lambda match: unicodedata.normalize("NFKC", match.group()), text)
    )


def _replacer(pairs: Mapping[str, str]) -> TextStep | None:
    if not pairs:
        return None
    pattern = re.compile("|".join(map(re.escape, sorted(pairs, key=len, reverse=True))))
    normalized = {unicodedata.normalize("NFC", old): new for old, new in pairs.items()} | dict(pairs)
    begins = {old[:2] for old in normalized}

    def step(text: str) -> str:
        known = len(begins) > 12 or any(map(text.__contains__, begins))  # cheaper than the search, where few
        return pattern.sub(lambda match: normalized[match.group()], text) if known else text

    return step


def lower(rules: Rules) -> TextStep:
    """Lower case, after the pairs the language treats in its own way (Turkish I); no stray dot above i."""
    own = _replacer(rules.get("lower", {}))

    def step(text: str) -> str:
        text = (own(text) if own else text).lower()
        return unicodedata.normalize("NFC", _DOTS_ABOVE.sub("", text)) if "\u0307" in text else text

    return step


def abbreviations(rules: Rules) -> TextStep:
    """Dotted letters become a word, `u.s.a.` -> `usa`, or what they are declared to stand for: `т.е.`, то есть.

    What is declared with its dot (French `m.`) is meant with it only, before a word and not behind a number.
    """
    meant: Mapping[str, str] = rules.get("abbreviations", {})
    with_dot = [title for title in meant if title.endswith(".")]
    titles = "|".join(map(re.escape, with_dot))
    closing: Mapping[str, str] = rules.get("closing", {})
    last = regex.compile(rf"(?<=\p{{L}}\s)(?:{'|'.join(map(re.escape, closing))})(?!\s*[\p{{L}}\p{{N}}])")
    titled = regex.compile(rf"(?<![\p{{L}}\p{{M}}\p{{N}}.'{APOSTROPHES}]|\p{{N}}\s)(?:{titles})(?=\s+\p{{L}})")

    def without_dots(match: regex.Match[str]) -> str:
        letters = match.group().replace(".", "")
        return f"{meant.get(letters, letters)} "

    ends = tuple(closing)

    def step(text: str) -> str:
        first_dot = text.find(".")
        if first_dot < 0 or (first_dot == len(text) - 1 and not text.endswith(ends)):
            return text
        if any(map(text.__contains__, closing)):
            text = last.sub(lambda match: closing[match.group()], text)
        inner = text.count(".") > 1 or text[first_dot + 1 : first_dot + 2].isalpha()
        text = _DOTTED.sub(without_dots, text) if inner else text
        return titled.sub(lambda match: meant[match.group()], text) if any(map(text.__contains__, with_dot)) else text

    return step


def written(rules: Rules) -> TextStep:
    """See `written`."""
    return written_step(rules, load_table(rules["code"]), declared_numerals(rules["code"]).get("points", ()))


_CLAUSE = re.compile(r"[,;:.!?…।॥،؛؟۔][\"'”’»)\]]*\s+(?=\S)")
_UNSPACED_CLAUSE = re.compile(r"[。、！？；：，]|(?<=[^\x00-\x7f])[,;:!?](?=[^\x00-\x7f])")


def clauses(rules: Rules) -> TextStep | None:
    """Marks where punctuation parts two words, so that no number runs across it; for languages with numbers."""
    numerals = bool(declared_numerals(rules["code"]))
    if load_table(rules["code"]) is None and not numerals:
        return None
    mark = f" {BARRIER} "
    if numerals:
        return lambda text: _CLAUSE.sub(mark, _UNSPACED_CLAUSE.sub(mark, text))
    return lambda text: _CLAUSE.sub(mark, text)


def punctuation(_: Rules) -> TextStep:
    """Punctuation and symbols to spaces, digits to ASCII, invisible characters away; marks and letters stay."""
    return _translator(BaseTable(), keep_final=False)


def signs(rules: Rules) -> TextStep:
    """As `punctuation`, with what the language declares: symbols spoken as words, and how apostrophes are used."""
    symbols: Mapping[str, str | list[str]] = rules.get("symbols", {})
    spoken = {sign: f" {word if isinstance(word, str) else word[-1]} " for sign, word in symbols.items()}
    measures = {unit: names for unit, names in rules.get("units", {}).items() if _SIGN_IN_UNIT.search(unit)}
    forms = {sign: words for sign, words in symbols.items() if isinstance(words, list)} | measures
    counted = _counted_signs(forms, rules) if forms else None
    style = rules.get("apostrophe")
    table = BaseTable(apostrophe=" " if style == "split" else "'", spoken=spoken)
    step = _between_numbers(_translator(table, keep_final=style == "final"), set("×÷<>=~〜") - spoken.keys())
    digits = "" if any(map(_ASCII_DIGIT.search, forms)) else f"0123456789{POINT}"
    return _unless_plain(table, step if counted is None else lambda text: step(counted(text)), digits)


_ASCII_DIGIT = re.compile("[0-9]")
_COMMON_SIGNS = '.,?!;:"-()…।–'


def _unless_plain(table: BaseTable, step: TextStep, digits: str) -> TextStep:
    """Text of letters and `digits`, whose few signs become blanks: all else that `step` does hangs on others."""
    blanks = [sign for sign in _COMMON_SIGNS if table[ord(sign)] == " "]
    plain = {" ", BARRIER, KEPT, *digits}
    known = set(plain)

    def unless_plain(text: str) -> str:
        core = text
        for sign in blanks:
            core = core.replace(sign, " ")
        if plain.issuperset(core):
            return core
        if not known.issuperset(core):
            met = set(core) - known
            known.update(met)
            plain.update(char for char in met if unicodedata.category(char)[0] in "LM" and table[ord(char)] == char)
        return step(text)

    return unless_plain


def _between_numbers(translate: TextStep, kept: set[str]) -> TextStep:
    """Between two numbers these signs are words, whatever they are called: `5 × 3` is not `53`."""
    signs_kept = f"[{''.join(sorted(kept))}]"
    some, sign = re.compile(signs_kept), re.compile(rf"(?<=\d)\s*({signs_kept})\s*(?=\d)")

    def step(text: str) -> str:
        if not some.search(text):
            return translate(text)
        parts = sign.split(text)
        return " ".join([translate(part) if index % 2 == 0 else part for index, part in enumerate(parts)])

    return step


def _counted_signs(forms: Mapping[str, Sequence[str]], rules: Rules) -> TextStep:
    """`2 %` as the language says it; other places keep the sign."""
    some = "|".join(
        re.escape(sign) + (r"(?!\w)" if sign[-1].isalpha() else "") for sign in sorted(forms, key=len, reverse=True)
    )
    pattern = re.compile(rf"(?<!\d)(?P<point>\d*{POINT})?(?P<number>\d+)\s?(?P<sign>{some})")

    def said(match: re.Match[str]) -> str:
        number = f"{match['point'] or ''}{match['number']}"
        return f"{number} {counted_form(rules, forms[match['sign']], number)} "

    marks = {match.group() for match in map(_SIGN_IN_UNIT.search, forms) if match}
    return lambda text: pattern.sub(said, text) if any(map(text.__contains__, marks)) else text


def _translator(table: BaseTable, *, keep_final: bool) -> TextStep:
    def step(text: str) -> str:
        translated = text.translate(table)
        if len(translated) != len(text) and not translated.isascii():  # what was apart may have met
            translated = unicodedata.normalize("NFC", translated)
        return trim_apostrophes(translated, keep_final=keep_final)

    return step


def numerals(rules: Rules) -> TextStep | None:
    """See `han_numbers`, `korean_numbers` and `unspaced_numbers`."""
    table = load_table(rules["code"])
    if "unspaced" in rules and table is not None:
        return unspaced_step(rules, table)
    declared = declared_numerals(rules["code"])
    if not declared:
        return None
    read = korean_step(declared) if "natives" in declared else han_step(declared)
    decimal = re.compile(rf"(?<=[0-9]) {re.escape(declared['points'][0])} (?=[0-9])")
    return lambda text: decimal.sub(POINT, read(_APOSTROPHE_BY_DIGIT.sub(" ", text)))


def words(rules: Rules) -> TokenStep | None:
    """Contractions, spelling variants and abbreviations, word by word."""
    return _substituter({**data.spelling(rules["code"]), **rules.get("words", {})})


def lenient_letters(rules: Rules) -> TokenStep | None:
    """Folds spellings that the language accepts side by side (nukta, candrabindu, diacritics left out)."""
    fold = _replacer(rules.get("lenient", {}))
    return None if fold is None else lambda tokens: fold(" ".join(tokens)).split()


def lenient_numbers(rules: Rules) -> TokenStep | None:
    """Numbers spelled with folded letters: `fuenf` is 5."""
    fold, table = _replacer(rules.get("lenient", {})), load_table(rules["code"])
    return None if fold is None or table is None else number_step(folded(table, fold))


def lenient_words(rules: Rules) -> TokenStep | None:
    """Spellings folded in the lenient profile only."""
    return _substituter(rules.get("lenient_words", {}))


def _substituter(table: Mapping[str, str]) -> TokenStep | None:
    if not table:
        return None
    keys, several = frozenset(table), frozenset(old for old, new in table.items() if " " in new)

    def step(tokens: list[str]) -> list[str]:
        if keys.isdisjoint(tokens):
            return tokens
        replaced = [table.get(token, token) for token in tokens]
        return replaced if several.isdisjoint(tokens) else " ".join(replaced).split()

    return step


def phrases(rules: Rules) -> TokenStep | None:
    """Sequences of words that have one spelling in common: `per cent` -> `percent`; and those without a number in
    them, whatever their words are elsewhere: `gib acht`.
    """
    table = {tuple(old.split()): new.split() for old, new in rules.get("phrases", {}).items()}
    table |= {key: [f"{word}{KEPT}" for word in key] for key in map(_words_of, rules.get("no_numbers", ()))}
    if not table:
        return None
    firsts, lasts = frozenset(key[0] for key in table), frozenset(key[-1] for key in table)
    longest = max(map(len, table))

    def step(tokens: list[str]) -> list[str]:
        if lasts.isdisjoint(tokens) or firsts.isdisjoint(tokens):
            return tokens
        out: list[str] = []
        position = 0
        while position < len(tokens):
            taken, words = _phrase(tokens, position, table, longest) if tokens[position] in firsts else (0, [])
            out += words if taken else [tokens[position]]
            position += taken or 1
        return out

    return step


def _words_of(phrase: str) -> tuple[str, ...]:
    return tuple(phrase.split())


def _phrase(
    tokens: list[str], position: int, table: Mapping[tuple[str, ...], list[str]], longest: int
) -> tuple[int, list[str]]:
    """How many tokens from `position` on are a listed phrase, the longest first, and what they become."""
    for size in range(longest, 0, -1):
        key, taken = _without_barriers(tokens, position, size)
        if key in table:
            return taken, table[key]
    return 0, []


def _without_barriers(tokens: list[str], position: int, size: int) -> tuple[tuple[str, ...], int]:
    """`size` words from `position` on, and how many tokens they take; `ee. uu.` too, whose dots are barriers."""
    key: list[str] = []
    end = position
    while len(key) < size and end < len(tokens):
        if tokens[end] != BARRIER:
            key.append(tokens[end])
        elif len(key[-1]) > 2:
            break
        end += 1
    return (tuple(key) if len(key) == size else ()), end - position


def fillers(rules: Rules) -> TokenStep | None:
    """Hesitations (a closed list) are left out, but what is a unit right after a number: `5 mm`."""
    firsts = frozenset(rules.get("first_fillers", ()))
    skip = firsts.union(rules.get("fillers", ()))
    if not skip:
        return None
    measures = skip.intersection(rules.get("units", {}))
    counts = _counting(rules["code"])

    def step(tokens: list[str]) -> list[str]:
        if skip.isdisjoint(tokens):
            return tokens
        out: list[str] = []
        for token in tokens:
            inside = token in firsts and bool(out) and out[-1] != BARRIER
            if token not in skip or inside or (token in measures and out and counts(out[-1])):
                out.append(token)
        return out

    return step


def _counting(code: str) -> Callable[[str], bool]:
    """Whether a word is a number that stays one by itself: no article, which may be followed by a hesitation."""
    table = load_table(code)
    if table is None:
        return str.isdecimal
    articles, spoken = table.articles | table.implicit_ones, Lookup(table).spoken
    return lambda word: (
        word.isdecimal() or (word not in articles and (word in table.multipliers or spoken(word) is not None))
    )


def numbers(rules: Rules) -> TokenStep | None:
    """See `numbers`."""
    table = load_table(rules["code"])
    return None if table is None else number_step(table)


def units(rules: Rules) -> TokenStep | None:
    """Abbreviated measures right after a number: `5 km` -> `5 kilometers`, `1 km` -> `1 kilometer`."""
    names: dict[str, list[str]] = rules.get("units", {})
    if not names:
        return None
    if "few" in rules:  # the form of many, as it stands behind larger numbers, is written behind small ones too
        names = {forms[-1]: forms for forms in names.values() if len(forms) == 3 and " " not in forms[-1]} | names
    keys = frozenset(names)

    def step(tokens: list[str]) -> list[str]:
        if keys.isdisjoint(tokens):
            return tokens
        out = tokens[:1]
        for before, token in pairwise(tokens):
            known = token in names and (POINT in before or before.isdecimal())
            out += counted_form(rules, names[token], before).split() if known else [token]
        return out

    return step


def prices(rules: Rules) -> TokenStep | None:
    """See `prices`."""
    return price_step(rules, counted(rules))


def times(rules: Rules) -> TokenStep | None:
    """See `clock`."""
    table = load_table(rules["code"])
    digits, ones = (None, frozenset[str]()) if table is None else (number_step(table), table.articles)
    return clock_step(rules.get("times", {}), digits, units=counted_words(rules), ones=ones)


TEXT_STEPS: Mapping[str, Callable[[Rules], TextStep | None]] = {
    "unicode": unicode_form,
    "letters": letters,
    "lower": lower,
    "abbreviations": abbreviations,
    "written": written,
    "punctuation": punctuation,
    "clauses": clauses,
    "capitals": shorthand.capitals,
    "ordinal_dots": shorthand.ordinal_dots,
    "addresses": shorthand.addresses,
    "endings": shorthand.joined_endings,
    "numbered": shorthand.numbered,
    "letter_names": shorthand.letter_names,
    "hyphenated": shorthand.hyphenated,
    "signs": signs,
    "numerals": numerals,
}
TOKEN_STEPS: Mapping[str, Callable[[Rules], TokenStep | None]] = {
    "words": words,
    "lenient_words": lenient_words,
    "phrases": phrases,
    "fillers": fillers,
    "numbers": numbers,
    "units": units,
    "prices": prices,
    "times": times,
    "lenient_letters": lenient_letters,
    "lenient_numbers": lenient_numbers,
}
