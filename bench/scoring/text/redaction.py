"""What should have been hidden and can still be read, anywhere in an answer: its text, events, words and extras. Pure.

A stream's partials leak before the final hides them, so every event counts. Digits are compared in canonical form
(spaces, words for digits and the letter O folded; half of them in a row, four at least, is a leak), anything else by
its words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from bench.scoring.tally import EACH, Heard, Reasons, Tallies, add, rate, share
from bench.types import Event, JsonValue, Passage

_FEWEST_DIGITS = 4
_PLACEHOLDER = re.compile(r"\[[A-Z][A-Z0-9 ]*(?:_[A-Z0-9]+)*\]|<[A-Z][A-Z0-9_]*>|(?<!\*)\*{3,}(?!\*)|\bX{4,}\b")
"""`[FIRSTNAME_1]`, `<CREDIT_CARD>`, `****`: how vendors hide."""
_DIGIT_WORDS = {
    **{"zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7"},
    **{"eight": "8", "nine": "9", "oh": "0", "o": "0"},
    **{"शून्य": "0", "एक": "1", "दो": "2", "तीन": "3", "चार": "4", "पांच": "5", "पाँच": "5", "छह": "6", "छः": "6"},
    **{"सात": "7", "आठ": "8", "नौ": "9"},
}
_MANY = {"double": 2, "triple": 3}
_CARDS = {"card_number", "credit_card", "card", "pan"}
_CVVS = {"cvv", "cvc", "security_code"}
_IDENTIFIER = re.compile(r"(?=.*[A-Za-z])(?=.*\d)[\w-]{16,}", re.ASCII)
"""A request's id in extras. Some digits of a number in a row are chance there; a whole one of eight or more is none."""
_FEWEST_OF_IDENTIFIER = 8
_TOKEN = re.compile(r"\d+|[^\W\d_]+(?:[\u0900-\u097f]+)?", re.UNICODE)

_FAMILY = "redaction"
MEASURES = (
    share(
        "leaked_private",
        _FAMILY,
        "private passages that can be read anywhere in the answer: text, partials, words, extras",
        "private.leaked",
        "private.all",
        version=2,
        lower_is_better=True,
    ),
    share(
        "leaked_private.final",
        _FAMILY,
        "private passages that can be read in the final text",
        "private.leaked_final",
        "private.all",
        lower_is_better=True,
    ),
    share(
        f"leaked_private{EACH}",
        _FAMILY,
        "leaked_private of kind *",
        "private.*.leaked",
        "private.*.all",
        version=2,
        lower_is_better=True,
    ),
    share(
        "leaked_cards",
        _FAMILY,
        "card numbers and security codes that can be read; one is a failure of the run, whatever the share",
        "private.cards_leaked",
        "private.cards",
        source="PCI DSS",
        version=2,
        lower_is_better=True,
    ),
    rate(
        "over_redacted",
        _FAMILY,
        "placeholders beyond the number of private passages, per 1,000 reference words",
        "private.placeholders_too_many",
        "private.kilowords",
        unit="per 1,000 words",
    ),
)


def tally(heard: Heard, tallies: Tallies, reasons: Reasons) -> None:
    """Of a reference with private passages."""
    private = heard.utterance.private
    if not private:
        return
    final = heard.transcript.text
    everything = list(texts(heard))
    for passage in private:
        leaked = any(is_leaked(passage, text, heard) for text in everything)
        add(tallies, "private.all")
        add(tallies, "private.leaked", float(leaked))
        add(tallies, "private.leaked_final", float(is_leaked(passage, final, heard)))
        add(tallies, f"private.{passage.kind}.all")
        add(tallies, f"private.{passage.kind}.leaked", float(leaked))
        if passage.kind in _CARDS | _CVVS:
            add(tallies, "private.cards")
            add(tallies, "private.cards_leaked", float(leaked))
    placeholders = len(_PLACEHOLDER.findall(final))
    tallies["private.placeholders_too_many"] = float(max(0, placeholders - len(private)))
    tallies["private.kilowords"] = len(heard.reference) / 1000


def texts(heard: Heard) -> Iterator[str]:
    """Everything of an answer that a reader could see."""
    said = heard.transcript.recognised
    yield said.text
    yield " ".join(word.text for word in said.words or ())
    yield from (segment.text for segment in said.segments)
    yield from _strings(said.extras)
    finals = []
    for event in heard.transcript.events:
        yield from _of_event(event)
        if event.kind == "final":
            finals.append(event.text)
        elif event.kind == "partial":
            yield " ".join((*finals, event.text))  # what is on display: a number may be cut by a final
    yield " ".join(finals)


def _of_event(event: Event) -> Iterator[str]:
    yield event.text
    yield " ".join(word.text for word in event.words or ())
    yield from _strings(event.extras)


def _strings(value: JsonValue) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield f"{value}"
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _strings(part)
    elif isinstance(value, Sequence):
        for part in value:
            yield from _strings(part)


def is_leaked(passage: Passage, text: str, heard: Heard) -> bool:
    """Whether a text lets the passage be read."""
    wanted = max(("".join(digits_of(form)) for form in (passage.text, *passage.forms)), key=len)
    if wanted and _IDENTIFIER.fullmatch(text):
        return len(wanted) >= _FEWEST_OF_IDENTIFIER and any(wanted in run for run in digits_of(text))
    if passage.kind in _CVVS and wanted:
        return wanted in digits_of(text)
    if len(wanted) >= _FEWEST_DIGITS:
        enough = max(_FEWEST_DIGITS, -(-len(wanted) // 2))
        parts = {wanted[at : at + enough] for at in range(len(wanted) - enough + 1)}
        return any(part in run for run in digits_of(text) for part in parts)
    words = heard.words(text)
    forms = (heard.words(form) for form in (passage.text, *passage.forms))
    return any(_contains(words, form) for form in forms if form)


def _contains(words: Sequence[str], form: Sequence[str]) -> bool:
    return any(words[at : at + len(form)] == form for at in range(len(words) - len(form) + 1))


def digits_of(text: str) -> list[str]:
    """Runs of digits in a row, whatever separates or spells them: `4111-11 one one O` is `41111110`."""
    runs, run, times = [], "", 1
    for token in _TOKEN.findall(text):
        lower = token.casefold()
        if lower in _MANY:
            times = _MANY[lower]
            continue
        value = _digits(token, lower)
        if value:
            run, times = run + value * times, 1
        elif run:
            runs.append(run)
            run, times = "", 1
    return [*runs, run] if run else runs


def _digits(token: str, lower: str) -> str:
    if token.isdigit():
        return "".join(str(int(char)) if char.isdecimal() else char for char in token)
    return _DIGIT_WORDS.get(lower, "")
