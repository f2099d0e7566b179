"""The one door by which what an engine said gets onto disk: made storable, bounded, without keys; else a Failure.

Whatever a server, a plug-in or a recogniser says, `kept` returns a Result that is strict JSON on one line and reads
back equal, so that one bad answer can neither end a run nor be paid for again at each resume.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from bench.engines.secrets import masked, shows_a_key
from bench.store.lines import decode_result, row_of
from bench.store.moments import are_timed_sanely, check_log, is_moment
from bench.types import Event, Failure, FailureKind, JsonValue, Recognised, Result, Segment, Transcript, Word

MOST_TEXT = 12_000_000
"""Characters of an answer: 100 hours of speech. More is no transcript."""
MOST_MESSAGE = 2_000
"""Characters of a failure's message."""
_MOST_DEPTH = 20
_MOST_VALUES = 20_000
"""Values of an answer's extras in sum."""
_MOST_EXTRA_TEXT = 1_000_000


def kept(result: Result) -> tuple[Result, bytes]:
    """The result as it can be stored, and its line, which ends in a newline."""
    try:
        return _kept(result)
    except (ValueError, TypeError, RecursionError, OverflowError, AttributeError) as error:
        reason = f"expected an answer that can be stored, got one that cannot ({type(error).__name__})"
        return _kept(replace(result, outcome=Failure(kind=FailureKind.PROTOCOL, message=reason)))


def _kept(result: Result) -> tuple[Result, bytes]:
    outcome = _sane(result.outcome)
    sane = result if outcome is result.outcome else replace(result, outcome=outcome)
    row = row_of(sane)
    line = _line(row)
    mends: list[Callable[[str], str]] = []
    if shows_a_key(line):
        mends.append(masked)
    stored = b""
    try:
        stored = line.encode()
    except UnicodeEncodeError:
        mends.append(_without_surrogates)
    if mends:
        stored = _line(_each_text(row, mends)).encode()
        sane = decode_result(stored)
    return sane, stored + b"\n"


_line = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def _without_surrogates(text: str) -> str:
    """Pairs joined to the character they stand for, lone ones replaced by U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _each_text(value: Any, mends: Iterable[Callable[[str], str]]) -> Any:
    """The same JSON value with every text, keys included, mended."""
    if isinstance(value, str):
        for mend in mends:
            value = mend(value)
        return value
    if isinstance(value, dict):
        return {_each_text(name, mends): _each_text(each, mends) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_each_text(each, mends) for each in value]
    return value


# -- what was said, bounded -------------------------------------------------------------------


def _sane(outcome: Transcript | Failure) -> Transcript | Failure:
    if isinstance(outcome, Failure):
        partial = None if outcome.partial is None else _sane(outcome.partial)
        message = outcome.message
        if len(message) > MOST_MESSAGE:
            message = f"{masked(message)[:MOST_MESSAGE]}..."
        kept_partial = partial if isinstance(partial, Transcript) else None
        if message is outcome.message and kept_partial is outcome.partial:
            return outcome
        return replace(outcome, message=message, partial=kept_partial)
    if not isinstance(outcome.recognised.text, str):
        raise TypeError("an answer's text is no text")
    if len(outcome.text) > MOST_TEXT:
        return _too_long(len(outcome.text))
    check_log(outcome)
    recognised = _sane_recognised(outcome.recognised)
    events = outcome.events
    if not all(map(_is_sane_event, events)):
        events = tuple(map(_sane_event, events))
    if recognised is outcome.recognised and events is outcome.events:
        return outcome
    return replace(outcome, recognised=recognised, events=events)


def _too_long(length: int) -> Failure:
    return Failure(
        kind=FailureKind.PROTOCOL,
        message=f"expected a transcript of at most {MOST_TEXT:,} characters, got one of {length:,}",
    )


def _sane_recognised(said: Recognised) -> Recognised:
    extras = _plain_extras(said.extras) if said.extras else said.extras
    words, segments = said.words, said.segments
    if words and not are_timed_sanely(words):
        words = tuple(map(_sane_word, words))
    if not are_timed_sanely(segments):
        segments = tuple(map(_sane_segment, segments))
    if extras == said.extras and words is said.words and segments is said.segments:
        return said
    return replace(said, extras=extras, words=words, segments=segments)


def _is_sane_event(event: Event) -> bool:
    return not event.extras and are_timed_sanely((event,)) and are_timed_sanely(event.words or ())


def _moment(at_s: float | None) -> float | None:
    return at_s if is_moment(at_s) else None


def _sane_word(word: Word) -> Word:
    return replace(word, start_s=_moment(word.start_s), end_s=_moment(word.end_s), confidence=_moment(word.confidence))


def _sane_segment(segment: Segment) -> Segment:
    return replace(segment, start_s=_moment(segment.start_s), end_s=_moment(segment.end_s))


def _sane_event(event: Event) -> Event:
    words = None if event.words is None else tuple(map(_sane_word, event.words))
    extras = _plain_extras(event.extras)
    return replace(event, start_s=_moment(event.start_s), end_s=_moment(event.end_s), words=words, extras=extras)


# -- extras: any JSON value, from anyone --------------------------------------------------------


def _plain_extras(extras: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """What is nested too deep, too long or no JSON is named in its place: it must not cost a paid answer."""
    values = iter(range(_MOST_VALUES))
    return {_name(name): _plain(value, _MOST_DEPTH, values) for name, value in extras.items()}


def _name(name: object) -> str:
    """A name that pydantic can write: of half a character it says nothing but that it cannot, values and all."""
    text = str(name)[:200]
    return text if text.isascii() else _without_surrogates(text)


def _plain(value: JsonValue, depth: int, values: Iterator[int]) -> JsonValue:
    if next(values, None) is None:
        return "(too many values)"
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value if len(value) <= _MOST_EXTRA_TEXT else f"{masked(value)[:_MOST_EXTRA_TEXT]}... (too long)"
    if isinstance(value, int):
        return int(value) if value.bit_length() <= 1024 else f"(an integer of {value.bit_length()} bits)"
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if not isinstance(value, Mapping | list | tuple):
        return f"(a {type(value).__name__})"
    if depth == 0:
        return "(nested too deep)"
    if isinstance(value, Mapping):
        return {_name(name): _plain(each, depth - 1, values) for name, each in value.items()}
    return [_plain(each, depth - 1, values) for each in value]
