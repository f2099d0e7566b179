"""One trial's event log as the metrics read it: anchors on the live clock, and what was shown when.

The live clock starts with the audio, so a moment of the audio and a moment of the clock are the same number. All
accessors raise `Unavailable` where the log or the reference does not hold what is asked for. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any, TypeVar

from bench.scoring.timing.display import Display, Words, displays, matches, stable_times, words_of
from bench.types import Event, Mode, Timing, Transcript, Utterance, Word

T = TypeVar("T")
_SEVERAL = 3
_ONLY_ELSEWHERE: Mapping[Mode, str] = {
    "batch": "batch: there is no stream of partial results",
    "stream": "stream: its duration is that of the audio by construction",
}
_EARLY_S = 0.1
"""Speech ends where a detector says; a final that came earlier than this before it cannot have heard the end."""


class Unavailable(Exception):
    """A metric does not exist for this trial; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """What follows the last recognised word."""

    said: Words
    heard: Words


@dataclass(frozen=True, kw_only=True)
class Log:
    """An utterance, the answer to it, and how it was called.

    A condition may stretch the utterance's audio and add silence before it: a moment at_s of the clean audio is
    heard at at_s * scale + offset_s.
    """

    utterance: Utterance
    transcript: Transcript
    mode: Mode
    offset_s: float = 0.0
    scale: float = 1.0

    def heard_s(self, at_s: float) -> float:
        """When a moment of the clean audio is heard on the live clock."""
        return at_s * self.scale + self.offset_s

    @property
    def timing(self) -> Timing:
        return self.transcript.timing

    def need_stream(self) -> None:
        """For what only a stream has, at any speed."""
        self.need_own()
        if self.mode != "stream":
            raise Unavailable(_ONLY_ELSEWHERE[self.mode])

    def need_real_time(self) -> None:
        """For what only a stream paced in real time has."""
        self.need_stream()
        if self.timing.speed != 1:
            raise Unavailable(f"paced at {self.timing.speed:g} times real time: no latency is reported")

    def need_own(self) -> None:
        """For what only an answer of this run has."""
        if self.transcript.origin is not None:
            raise Unavailable(f"the answer was taken from {self.transcript.origin}, without its times")

    def need_batch(self) -> None:
        self.need_own()
        if self.mode != "batch":
            raise Unavailable(_ONLY_ELSEWHERE[self.mode])
        if self.timing.done_s == 0:
            raise Unavailable("the answer was imported: no call was timed")

    @property
    def why_not_in_this_mode(self) -> str:
        """Why what exists in the other mode alone has no value."""
        try:
            self.need_own()
        except Unavailable as why:
            return str(why)
        return _ONLY_ELSEWHERE[self.mode]

    @property
    def onset_s(self) -> float:
        """When speech begins."""
        return self._anchor(self.utterance.speech_start_s, "onset")

    @property
    def end_of_speech_s(self) -> float:
        return self._anchor(self.utterance.speech_end_s, "end")

    def _anchor(self, at_s: float | None, what: str) -> float:
        if at_s is None:
            raise Unavailable(f"the {what} of speech is unknown: neither in the manifest nor found by the detector")
        return self.heard_s(at_s)

    @property
    def audio_end_s(self) -> float:
        """End of the audio as sent, which a condition may have made longer or shorter than the utterance.

        A log of before that was kept guesses: events that came after the last chunk know it; without any, it is the
        utterance's own end.
        """
        if self.timing.audio_s is not None:
            return self.timing.audio_s
        events = self.transcript.events
        if self.mode == "stream" and events and events[-1].t_s > self.timing.last_sent_s:
            return events[-1].audio_sent_s
        return self.heard_s(self.utterance.duration_s)

    @cached_property
    def displays(self) -> tuple[Display, ...]:
        """The display after each partial and final, in order; every metric of words reads these."""
        return displays(self.shown)

    @cached_property
    def stable_at_s(self) -> list[float]:
        """When each word of the final transcript appeared at its place, to stay there."""
        return stable_times(self.displays)

    @cached_property
    def tail(self) -> Tail:
        """What follows the last recognised word of the finals, said and heard. None recognised: everything."""
        reference = words_of(self.utterance.text)
        heard = self.displays[-1].committed if self.displays else ()
        pairs = matches(reference, heard)
        last, last_heard = pairs[-1] if pairs else (-1, -1)
        return Tail(said=reference[last + 1 :], heard=heard[last_heard + 1 :])

    @property
    def lost_tail(self) -> int:
        """Words at the end of what was said that the finals have nothing in place of; 0: the end was answered.

        A last word misheard is in its place. Numbers are written with fewer words than they are said with, so that a
        shorter end is lost only if it is shorter by several words and holds no digit. Where the last final came before
        the end of speech, nothing that it says after its last right word can be in the place of words not yet spoken.
        """
        if self._ended_before_speech:
            return len(self.tail.said)
        missing = len(self.tail.said) - len(self.tail.heard)
        if not self.tail.heard:
            return missing
        spelled = any(char.isdigit() for word in self.tail.heard for char in word)
        return missing if missing >= _SEVERAL and not spelled else 0

    @property
    def _ended_before_speech(self) -> bool:
        if self.mode != "stream" or self.timing.speed != 1 or self.utterance.speech_end_s is None or not self.finals:
            return False
        return self.finals[-1].t_s < self.end_of_speech_s - _EARLY_S

    @cached_property
    def shown(self) -> tuple[Event, ...]:
        """Partials and finals, in order of arrival, empty ones included."""
        return tuple(event for event in self.transcript.events if event.kind in {"partial", "final"})

    @cached_property
    def texts(self) -> tuple[Event, ...]:
        """Partials and finals that hold text."""
        return tuple(event for event in self.shown if event.text.strip())

    @cached_property
    def partials(self) -> tuple[Event, ...]:
        return tuple(event for event in self.texts if event.kind == "partial")

    @cached_property
    def finals(self) -> tuple[Event, ...]:
        return tuple(event for event in self.texts if event.kind == "final")

    def first(self, events: tuple[Event, ...], what: str) -> Event:
        if not events:
            raise Unavailable(f"there was no {what} with text")
        return events[0]

    def last(self, events: tuple[Event, ...], what: str) -> Event:
        self.first(events, what)
        return events[-1]

    @property
    def end_sent_s(self) -> float:
        """When the message that ends the stream was sent."""
        self.need_stream()
        if self.timing.end_sent_s is None:
            raise Unavailable("no message that ends the stream was sent")
        return self.timing.end_sent_s

    @property
    def _words(self) -> tuple[Word, ...]:
        """Reference words, of which one at least has a time."""
        words = self.utterance.words
        if not words:
            advice = "give them in the manifest, or name an aligner of its language (word_times)"
            raise Unavailable(f"the reference has no word times: {advice}")
        if all(word.end_s is None for word in words):
            raise Unavailable("no word of the reference has a time: the aligner did not find it in the audio")
        return words

    @property
    def word_ends(self) -> tuple[tuple[str, float | None], ...]:
        """Reference words with their end on the live clock; `None`: neither the corpus nor the aligner knows it."""
        return tuple((word.text, None if word.end_s is None else self.heard_s(word.end_s)) for word in self._words)

    @cached_property
    def reference_words(self) -> tuple[tuple[str, float, float], ...]:
        """Reference words with begin and end on the live clock, for what needs to know of every word."""
        timed = tuple(
            (word.text, self.heard_s(word.start_s), self.heard_s(word.end_s))
            for word in self._words
            if word.start_s is not None and word.end_s is not None
        )
        if len(timed) != len(self._words):
            raise Unavailable("some words of the reference have no time, and this needs all")
        return timed


def once_a_log(compute: Callable[[Log], T]) -> Callable[[Log], T]:
    """The function, worked out once for each log, where several metrics read what it gives."""
    name = f"{compute.__module__}.{compute.__qualname__}"

    @wraps(compute)
    def remembered(log: Log) -> T:
        memory: dict[str, Any] = vars(log)  # as a cached property does: no field, so it neither counts nor is copied
        if name not in memory:
            memory[name] = compute(log)
        value: T = memory[name]
        return value

    return remembered
