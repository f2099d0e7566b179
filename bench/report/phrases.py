"""Words that sentences are made of: how sure a difference is, intervals, lists, plurals. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from typing import TypeAlias
from unicodedata import bidirectional

from bench.report.names import language_name
from bench.report.tables import NONE, percent
from bench.scoring.text.normalize.data import has_numbers, has_rules
from bench.store.spec import Replan
from bench.types import Estimate, Interval

NumberText: TypeAlias = Callable[[float | None], str]


class Sureness(StrEnum):
    """What may be said of a difference."""

    SHOWN = "shown"
    """Its interval leaves out nought."""
    NOT_TOLD_APART = "not told apart"
    """Its interval holds nought."""
    COUNTED = "counted"
    """It has no interval: it holds for these utterances and says nothing of others."""


def sureness(difference: Estimate) -> Sureness:
    """How sure the sign of a difference is."""
    if difference.low is None or difference.high is None:
        return Sureness.COUNTED
    return Sureness.SHOWN if difference.low > 0 or difference.high < 0 else Sureness.NOT_TOLD_APART


def plain_points(value: float | None, *, signed: bool = True) -> str:
    """A difference of rates in words: 0.0987 -> `+9.9 points`; unsigned where the sentence says the direction."""
    if value is None:
        return NONE
    number = f"{abs(value) * 100:.1f}"
    sign = "" if not signed else "\N{MINUS SIGN}" if value < 0 and number != "0.0" else "+"
    return f"{sign}{number} {'point' if number == '1.0' else 'points'}"


def bounds(estimate: Estimate | Interval, number: NumberText) -> str:
    """`95 % interval 5.1 % to 8.9 %`; `""` where there is no interval."""
    if estimate.low is None or estimate.high is None:
        return ""
    low, high = number(estimate.low), number(estimate.high)
    unit = high.partition(" ")[2]
    level = estimate.level if isinstance(estimate, Interval) else estimate.interval.level
    return f"{level * 100:g} % interval {low.removesuffix(f' {unit}') if unit else low} to {high}"


def rate(value: float | None, unit: str) -> str:
    """`6.9 % of words wrong`; beyond 100 % there are more errors than words, and it is said so."""
    if value is not None and value > 1:
        return f"more errors than {unit} ({percent(value)})"
    return f"{percent(value)} of {unit} wrong"


def plural(number: int, singular: str, many: str | None = None) -> str:
    """`1 speaker`, `2 speakers`, `1,200 utterances`."""
    return f"{number:,} {singular if number == 1 else many or singular + 's'}"


def voices(speakers: int, nameless: int) -> str:
    """`12 speakers`; of `speakers`, those that are recordings without a name apart."""
    known = speakers - nameless
    unnamed = f"{plural(nameless, 'recording')} of speakers nobody named" if nameless else ""
    return ", ".join(part for part in (plural(known, "speaker") if known or not nameless else "", unnamed) if part)


def listed(items: Sequence[str], *, most: int = 4) -> str:
    """`a`, `a and b`, `a, b and c`; beyond `most`, `a, b, c and 4 more`."""
    shown = list(items)
    if len(shown) > most:
        shown = [*shown[: most - 1], f"{len(items) - most + 1} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}" if shown else ""


def sentence(*parts: str) -> str:
    """Parts that say something, set apart by semicolons."""
    return "; ".join(part for part in parts if part)


_NUMBER = re.compile(r"(?<=\d) (?=%|ms\b|s\b|min\b|h\b|points?\b|pp\b|dB\b|kHz\b)")
_BOUNDS = re.compile(r"(?<=\d,) (?=[+\N{MINUS SIGN}\d][\d.]*\])")
KEPT = "\N{NO-BREAK SPACE}"


def unbroken(text: str) -> str:
    """The text with every number held to its unit, wherever its lines end."""
    return _NUMBER.sub(KEPT, text)


def unbroken_bounds(text: str) -> str:
    """As `unbroken`, and the bounds of an interval held together."""
    return _BOUNDS.sub(KEPT, unbroken(text))


_CLUSTERS = re.compile(r"\bcluster(s?)\b(?: \(speakers?\))?")
_PER_CENT = re.compile(r"(?<=\d)%")


def noted(note: str | None) -> str:
    """What scoring noted of a number, in a page's words: speakers for clusters; no metric's id."""
    said = (note or "").replace(_FILES_METRIC, "")
    return _PER_CENT.sub(" %", _CLUSTERS.sub(r"speaker\1", said))


_FILES_METRIC = ", and counted as deleted in wer.failures_deleted"
"""Where the other rate stands in files; a page has it beside."""


def replanned(change: Replan) -> str:
    """What became of a run's trials when it went on with another plan."""
    left_out = f"{change.left_out:,} left out ({change.answered_left_out:,} of them answered)"
    return f"{plural(change.kept, 'trial')} kept, {change.added:,} added, {left_out}"


def without_rules(languages: Iterable[str]) -> list[str]:
    """A sentence each on languages that the text rules do not know, or whose numbers they do not: where they cost."""
    unknown, spelled = _unknown(languages)
    sentences = []
    if unknown:
        cost = "numbers, spellings and hesitations written another way count as errors (docs/languages.md adds them)"
        sentences.append(f"no text rules for {', '.join(unknown)}: {cost}")
    if spelled:
        sentences.append(f"no table of numbers for {', '.join(spelled)}: 25 and the words for it differ there")
    return sentences


def rules_missing(languages: Iterable[str]) -> Iterator[str]:
    """The same for pages, which name languages."""
    unknown, spelled = ([language_name(code) for code in codes] for codes in _unknown(languages))
    if unknown:
        cost = "numbers, spellings and hesitations written another way count as errors there"
        yield f"No text rules for {listed(unknown)}: {cost}."
    if spelled:
        yield f"No table of numbers for {listed(spelled)}: 25 and the words for it differ there."


def _unknown(languages: Iterable[str]) -> tuple[list[str], list[str]]:
    """Languages without text rules, and those with rules that do not read numbers."""
    spoken = sorted(set(languages))
    unknown = [language for language in spoken if not has_rules(language)]
    return unknown, [language for language in spoken if language not in unknown and not has_numbers(language)]


_LEFT_TO_RIGHT, _ISOLATE, _END = "\N{LEFT-TO-RIGHT MARK}", "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"


def isolated(text: str) -> str:
    """What is written from the right, so that it moves nothing beside it: an arrow would point back. Source: UAX #9."""
    return f"{_ISOLATE}{text}{_END}" if _from_the_right(text) else text


def left_to_right(text: str) -> str:
    """A line that is read from the left, whatever it holds."""
    return f"{_LEFT_TO_RIGHT}{text}" if _from_the_right(text) else text


def _from_the_right(text: str) -> bool:
    return any(bidirectional(letter) in {"R", "AL"} for letter in text)
