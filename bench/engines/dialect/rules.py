"""What a message means: the first rule that matches it feeds the accumulator, and says what event it is.

Serves streams and server-sent events alike. Never raises for anything a server can send. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any, TypeAlias

from bench.engines.accumulate import Accumulator, Delta, Keyed, Piece, Replace, Token, Tokens, joined
from bench.engines.base import Frame
from bench.engines.dialect import paths
from bench.engines.dialect.model import PER_SECOND, Accumulate, Rule, Unit
from bench.engines.dialect.reading import Reader, parsed_json, shown
from bench.types import Event, FailureKind, JsonValue, Recognised, Segment

_MAKERS: dict[str, Callable[[Accumulate], Accumulator]] = {
    "replace": lambda how: Replace(),
    "keyed": lambda how: Keyed(how.order),
    "delta": lambda how: Delta(how.order),
    "tokens": lambda how: Tokens(how.control),
}
_TURN = "turn"

_Handler: TypeAlias = Callable[["Interpreter", Rule, JsonValue, Event], Event]


class Interpreter:
    """Messages of one transcript, in the order they came."""

    def __init__(self, reader: Reader, rules: Sequence[Rule], how: Accumulate) -> None:
        self._reader, self._rules, self._how = reader, rules, how
        self.accumulator = _MAKERS[how.how](how)
        self.error: tuple[FailureKind, str] | None = None
        """The first error message."""
        self.problem: str | None = None
        """The first thing that could not be understood."""
        self.ready = False
        self.ended = False
        """A message of the role `end` came."""
        self.end_sent = False
        """Set by the session: some errors then only say that nothing is left."""
        self.heard = False
        """Whether the end was answered: something was announced for it, or the server said that nothing was left."""
        self.nothing_left = False
        """The server said that all has been told; what was announced may still be open."""
        self.fallback: Piece | None = None
        self._turn = 0
        """Key of streams that have one open turn at a time, and give it no name."""

    @property
    def is_open(self) -> bool:
        """Whether something was begun that no final has closed."""
        return any(not piece.is_final and piece.text.strip() for piece in self.accumulator.pieces())

    def rule_for(self, frame: Frame, message: JsonValue) -> Rule | None:
        return next((rule for rule in self._rules if self._reader.matches(frame, message, rule.match)), None)

    def take(self, frame: Frame, *, t_s: float, audio_sent_s: float) -> tuple[Event, Rule | None, JsonValue]:
        """Read one message: what it is as an event, the rule that decided, and the message as parsed."""
        message = parsed_json(frame)
        rule = self.rule_for(frame, message)
        event = Event(t_s=t_s, kind="meta", audio_sent_s=audio_sent_s)
        if rule is None:
            return self._unmatched(frame, message, event), None, message
        told = _HANDLERS[rule.role](self, rule, message, event)
        extras = self._reader.extras(message, rule.extras) if rule.extras else {}
        return (replace(told, extras={**told.extras, **extras}) if extras else told), rule, message

    def _unmatched(self, frame: Frame, message: JsonValue, event: Event) -> Event:
        """Types that no rule knows are skipped; what is no JSON object is not understood."""
        if isinstance(message, dict):
            named = message.get("type") or message.get("message") or message.get("message_type") or ""
            return replace(event, text=str(named)[:80] if isinstance(named, str) else "")
        return self._misunderstood(f"a message that is not a JSON object: {shown(frame)}", event)

    def _misunderstood(self, what: str, event: Event) -> Event:
        self.problem = self.problem or what
        return replace(event, kind="error", text=what)

    # Roles.

    def _piece(self, rule: Rule, message: JsonValue, event: Event) -> Piece | None:
        """What a message says; `None`: it has no text where there must be one."""
        text = self._reader.text(message, rule.text)
        if text is None:
            return None
        words = self._reader.words(message, rule.words)
        start_s, end_s = self._reader.bounds(message, rule.start, rule.end, rule.duration, rule.unit)
        if words:
            start_s = words[0].start_s if start_s is None else start_s
            end_s = words[-1].end_s if end_s is None else end_s
        return Piece(text=text, words=words, start_s=start_s, end_s=end_s, t_s=event.t_s)

    def _told(self, rule: Rule, message: JsonValue, event: Event, tell: Callable[[Piece], Event]) -> Event:
        piece = self._piece(rule, message, event)
        if piece is None:
            places = " or ".join(f"`{path}`" for path in rule.text)
            return self._misunderstood(f"a {rule.role} without {places}", event)
        return tell(piece)

    def _partial(self, rule: Rule, message: JsonValue, event: Event) -> Event:
        def tell(piece: Piece) -> Event:
            assert isinstance(self.accumulator, Replace)
            self.accumulator.partial(piece)
            return _event(event, "partial", piece)

        return self._told(rule, message, event, tell)

    def _final(self, rule: Rule, message: JsonValue, event: Event) -> Event:
        def tell(piece: Piece) -> Event:
            assert isinstance(self.accumulator, Replace)
            if self.accumulator.final(piece):
                return _event(event, "final", piece)
            return replace(event, text=f"duplicate final: {piece.text}")

        return self._told(rule, message, event, tell)

    def _update(self, rule: Rule, message: JsonValue, event: Event) -> Event:
        def tell(piece: Piece) -> Event:
            assert isinstance(self.accumulator, Keyed)
            is_final = rule.final is None or paths.is_true(self._reader.find(message, rule.final))
            key = self._key(rule, message)
            self.accumulator.update(key, replace(piece, is_final=is_final))
            if is_final and rule.key is None:
                self._turn += 1
            return _event(event, "final" if is_final else "partial", piece)

        return self._told(rule, message, event, tell)

    def _key(self, rule: Rule, message: JsonValue) -> str:
        if rule.key is None:
            return f"{_TURN}{self._turn}"
        return paths.as_text(self._reader.find(message, rule.key)) or ""

    def _delta(self, rule: Rule, message: JsonValue, event: Event) -> Event:
        def tell(piece: Piece) -> Event:
            assert isinstance(self.accumulator, Delta)
            so_far = self.accumulator.delta(self._key(rule, message), piece)
            return replace(_event(event, "partial", piece), text=so_far)

        return self._told(rule, message, event, tell)

    def _close(self, rule: Rule, message: JsonValue, event: Event) -> Event:
        assert isinstance(self.accumulator, Delta)
        piece = self._piece(rule, message, event)
        silent = Piece(text="", t_s=event.t_s)
        spare = self._reader.text(message, rule.spare) if rule.spare else None
        self.fallback = Piece(text=spare, t_s=event.t_s) if spare else self.fallback
        text = self.accumulator.close(self._key(rule, message), piece or silent, has_text=piece is not None)
        if rule.key is None:
            self._turn += 1
        return replace(_event(event, "final", piece or silent), text=text)

    def _announce(self, rule: Rule, message: JsonValue, event: Event) -> Event:
        assert isinstance(self.accumulator, Delta)
        previous = None if rule.previous is None else paths.as_text(self._reader.find(message, rule.previous))
        self.accumulator.announce(self._key(rule, message), previous)
        self.heard = self.heard or self.end_sent
        return replace(event, text="announce")

    def _tokens(self, rule: Rule, message: JsonValue, event: Event) -> Event:
        assert isinstance(self.accumulator, Tokens)
        entries = self._reader.first(message, rule.text)
        if not isinstance(entries, list):
            return self._misunderstood(f"tokens without {' or '.join(rule.text)}", event)
        words, unit = rule.words, rule.unit
        tokens = [
            Token(
                text=text,
                is_final=paths.is_true(paths.at(entry, rule.final or "is_final")),
                start_s=_seconds(entry, words.start if words else None, unit),
                end_s=_seconds(entry, words.end if words else None, unit),
                confidence=paths.as_number(paths.at(entry, "confidence")),
                speaker=paths.as_text(paths.at(entry, "speaker")),
            )
            for entry in entries
            if isinstance(text := paths.at(entry, "text"), str)
        ]
        settled, tail = self.accumulator.take(tokens)
        if settled.strip():
            kind, text = "final", settled
        else:
            kind, text = ("partial", tail) if tail.strip() else ("meta", "")
        ends = {paths.at(entry, "text") for entry in entries} & set(self._how.turn_ends)
        return replace(event, kind=kind, text=text.strip(), extras={"end_of_turn": True} if ends else {})

    def _vad(self, rule: Rule, message: JsonValue, event: Event) -> Event:
        at_s, _ = self._reader.bounds(message, rule.start, rule.end, rule.duration, rule.unit)
        return replace(event, kind="vad", text=self._reader.text(message, rule.text) or "", start_s=at_s, end_s=at_s)

    def _ready(self, rule: Rule, message: JsonValue, event: Event) -> Event:
        self.ready = True
        return replace(event, text="ready")

    def _end(self, rule: Rule, message: JsonValue, event: Event) -> Event:
        """The end mark. Its own text, where it has any, is the whole session's: it wins over the sum of deltas, and
        stands where nothing else came.
        """
        self.ended = True
        self.fallback = self._piece(rule, message, event) if rule.text else None
        if isinstance(self.accumulator, Delta) and self.accumulator.pieces():
            piece = self.fallback or Piece(text="", t_s=event.t_s)
            self.accumulator.close(self._key(rule, message), piece, has_text=self.fallback is not None)
        return replace(event, text="end", is_last=True)

    def _error(self, rule: Rule, message: JsonValue, event: Event) -> Event:
        said = self._reader.said(message) or "an error without a message"
        if self.end_sent and rule.after_end != "error":
            self.heard = True
            self.nothing_left = self.nothing_left or rule.after_end == "last"
            return replace(event, text=said)
        self.error = self.error or (self._reader.error_kind(message), said)
        return replace(event, kind="error", text=said)

    def _eager(self, rule: Rule, message: JsonValue, event: Event) -> Event:
        """The turn seems over: what it said counts as any update of it, and closes nothing."""
        piece = self._piece(rule, message, event) if rule.text else None
        if piece is not None and isinstance(self.accumulator, Keyed):
            self.accumulator.update(self._key(rule, message), replace(piece, is_final=False))
        return replace(event, text="eager")

    def _eou(self, rule: Rule, message: JsonValue, event: Event) -> Event:
        return replace(event, text="eou", extras={"end_of_turn": True})

    def _meta(self, rule: Rule, message: JsonValue, event: Event) -> Event:
        return replace(event, text=rule.role)

    # The whole.

    def recognised(self, extras: dict[str, Any]) -> Recognised:
        """What is settled, joined; a tail that was never confirmed counts where the description says so."""
        pieces = self.accumulator.pieces()
        with_tail = self._how.tail == "count"
        text = joined(pieces, self._how.join, with_tail=with_tail)
        if not text and self.fallback is not None:
            pieces, text = (self.fallback,), self.fallback.text.strip()
        open_text = joined([piece for piece in pieces if not piece.is_final], self._how.join, with_tail=True)
        if open_text:
            extras = {**extras, "unconfirmed": open_text}
        if isinstance(self.accumulator, Replace) and self.accumulator.duplicates:
            extras = {**extras, "duplicate_finals": self.accumulator.duplicates}
        counted = [piece for piece in pieces if piece.is_final or with_tail]
        words = tuple(word for piece in counted for word in piece.words or ())
        segments = tuple(segment for piece in counted if piece.text.strip() for segment in _segments(piece))
        return Recognised(text=text, words=words or None, segments=segments, extras=extras)

    def so_far(self) -> str:
        """Everything heard, confirmed or not, for diagnosis."""
        return joined(self.accumulator.pieces(), self._how.join, with_tail=True)


def _segments(piece: Piece) -> Iterator[Segment]:
    """A piece by its speakers, where its words name several."""
    runs = [(speaker, list(run)) for speaker, run in groupby(piece.words or (), key=lambda word: word.speaker)]
    if len(runs) <= 1:
        speaker = runs[0][0] if runs else None
        yield Segment(text=piece.text.strip(), start_s=piece.start_s, end_s=piece.end_s, speaker=speaker)
        return
    for speaker, run in runs:
        text = " ".join(word.text for word in run)
        yield Segment(text=text, start_s=run[0].start_s, end_s=run[-1].end_s, speaker=speaker)


def _seconds(entry: JsonValue, path: str | None, unit: Unit) -> float | None:
    number = None if path is None else paths.as_number(paths.at(entry, path))
    return None if number is None else number / PER_SECOND[unit]


def _event(event: Event, kind: str, piece: Piece) -> Event:
    return replace(event, kind=kind, text=piece.text, start_s=piece.start_s, end_s=piece.end_s, words=piece.words)


_HANDLERS: dict[str, _Handler] = {
    "partial": Interpreter._partial,
    "final": Interpreter._final,
    "update": Interpreter._update,
    "delta": Interpreter._delta,
    "close": Interpreter._close,
    "announce": Interpreter._announce,
    "tokens": Interpreter._tokens,
    "vad": Interpreter._vad,
    "eou": Interpreter._eou,
    "eager": Interpreter._eager,
    "ack": Interpreter._meta,
    "ignore": Interpreter._meta,
    "ready": Interpreter._ready,
    "end": Interpreter._end,
    "error": Interpreter._error,
}
