"""Times of day as they are said, brought to hour and minutes as they are written: `half past three` is `3 30`.

Runs on tokens whose numbers are in digits. What a language says is declared in `times`; anything else stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.scoring.text.normalize.spans import ORDINAL, Said
from bench.scoring.text.normalize.written_marks import AFTER_DIGITS

TokenStep = Callable[[list[str]], list[str]]
Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clock:
    """What is said around an hour."""

    before: frozenset[str]
    """Words in front of an hour, behind which only the rest is meant: `alle`, `klockan`."""
    named: frozenset[str]
    """As `before`, and behind which an ordinal is an hour without minutes too: `godzina ósma`."""
    ands: frozenset[str]
    """Between hour and minutes, adding nothing: `alle nove e quindici`."""
    to: Mapping[Phrase, int]
    """In front of an hour, with the minutes that it adds, or takes where negative: `half past`, `halb`."""
    past: Mapping[Phrase, int]
    """Behind an hour: `y media`."""
    between: frozenset[str]
    """Behind an hour with minutes to come, as between them: `14 Uhr 30`."""
    ones: frozenset[str]
    """Articles, which are one o'clock where minutes are said: `la una y media`."""
    units: frozenset[str]
    """What is counted: behind such minutes it says that they are none."""
    ordinal: bool
    """Hours are said as ordinals: `o ósmej trzydzieści`."""
    to_first: frozenset[str]
    """First words of `to`."""
    named_or_before: frozenset[str]


def clock_step(
    declared: Mapping[str, Any],
    digits: TokenStep | None,
    *,
    units: frozenset[str] = frozenset(),
    ones: frozenset[str] = frozenset(),
) -> TokenStep | None:
    """A token step; `None` where nothing is declared. `digits` reads numbers, in declared phrases too."""

    def phrases(kind: str) -> dict[Phrase, int]:
        read = digits or (lambda tokens: tokens)
        return {tuple(read(phrase.split())): minutes for phrase, minutes in declared.get(kind, {}).items()}

    before, named = (frozenset[str](declared.get(kind, ())) for kind in ("before", "named"))
    to = phrases("to")
    clock = _Clock(
        before=before,
        named=named,
        ands=frozenset(declared.get("and", ())),
        to=to,
        past=phrases("past"),
        between=frozenset(declared.get("between", ())),
        units=units,
        ones=ones,
        ordinal=declared.get("ordinal", False),
        to_first=frozenset(phrase[0] for phrase in to),
        named_or_before=before | named,
    )
    heads = frozenset(max(phrase, key=len) for phrase in (*clock.to, *clock.past))
    around = clock.named_or_before | clock.between
    if not heads and not around:
        return None

    def step(tokens: list[str]) -> list[str]:
        if heads.isdisjoint(tokens) and (around.isdisjoint(tokens) or min(tokens) >= AFTER_DIGITS):
            return tokens
        if ones.isdisjoint(tokens) and min(tokens) >= AFTER_DIGITS:
            return tokens
        return list(_read(tokens, clock))

    return step


def _read(tokens: Sequence[str], clock: _Clock) -> Iterator[str]:
    position, before = 0, ""
    while position < len(tokens):
        token, taken, said = tokens[position], 0, list[str]()
        if token in clock.to_first:
            taken, said = _to(tokens, position, clock)
        if not taken and before in clock.named_or_before:
            taken, said = _past(tokens, position, clock)
        if not taken and clock.between and _at(tokens, position + 1) in clock.between:
            taken, said = _between(tokens, position, clock)
        if taken:
            yield from _remembering(said, tokens[position : position + taken])
        else:
            yield token
        position += taken or 1
        before = tokens[position - 1]


def _remembering(said: Sequence[str], tokens: Sequence[str]) -> Iterator[str]:
    """Hour and minutes with the words they were read from: one misheard among them is one error."""
    words = [word for token in tokens for word in (token.words if isinstance(token, Said) else (token,))]
    for token in said:
        yield Said.of(token, words)
        words = []


def _to(tokens: Sequence[str], position: int, clock: _Clock) -> tuple[int, list[str]]:
    """`half past 3`, `halb 3`: how many tokens, and hour and minutes."""
    for phrase, minutes in clock.to.items():
        end = position + len(phrase)
        if tuple(tokens[position:end]) == phrase and (hour := _below(_hour(_at(tokens, end), clock), 13)):
            return len(phrase) + 1, _clocked(hour, minutes)
    return 0, []


def _past(tokens: Sequence[str], position: int, clock: _Clock) -> tuple[int, list[str]]:
    """An hour behind a word that says that it is one: `las 3 y media`, `alle 9 e 15`, `o 8º 30`."""
    token, following = tokens[position], _at(tokens, position + 1)
    hour = _hour(token, clock)
    if _below(hour, 25) is None:
        return 0, []
    for phrase, minutes in clock.past.items():
        if tuple(tokens[position + 1 : position + 1 + len(phrase)]) == phrase:
            return 1 + len(phrase), _clocked(int(hour), minutes)
    linked = following in clock.ands
    minutes_said = _at(tokens, position + 1 + linked)
    if len(minutes_said) == 2 and _below(minutes_said, 60) is not None and (linked or token.endswith(ORDINAL)):
        return 2 + linked, [hour, minutes_said]
    return (1, [hour]) if token.endswith(ORDINAL) and tokens[position - 1] in clock.named else (0, [])


def _between(tokens: Sequence[str], position: int, clock: _Clock) -> tuple[int, list[str]]:
    """`14 uhr 30`, with nothing counted behind it."""
    hour, minutes = tokens[position], _at(tokens, position + 2)
    if _below(hour, 25) is None or len(minutes) != 2 or _below(minutes, 60) is None:
        return 0, []
    return (0, []) if _at(tokens, position + 3) in clock.units else (3, [hour, minutes])


def _hour(token: str, clock: _Clock) -> str:
    if token in clock.ones:
        return "1"
    return token.removesuffix(ORDINAL) if clock.ordinal else token


def _clocked(hour: int, minutes: int) -> list[str]:
    return [str(hour if minutes > 0 else (hour - 1 or 12)), f"{minutes % 60:02}"]


def _at(tokens: Sequence[str], position: int) -> str:
    return tokens[position] if position < len(tokens) else ""


def _below(token: str, limit: int) -> int | None:
    return int(token) if token.isdecimal() and len(token) <= 2 and int(token) < limit else None
