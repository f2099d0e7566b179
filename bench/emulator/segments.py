"""From what a recogniser hears to Pulse's stream messages: where finals are cut and what they carry.

Pure. A partial rewrites the open segment only; a final is a segment, not cumulative. Cuts come from the
word count, from the recogniser, and from whoever asks (`finalize`, `close_stream`, silence).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from bench.emulator.heard import HeardSpeech
from bench.emulator.quirks import redacted
from bench.types import Word

_DEFAULT_WORDS = 10
"""Longest final seen from the live service with its defaults; its exact rule is not published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamOptions:
    """What the handshake's query asked for."""

    language: str = "en"
    word_timestamps: bool = True
    sentence_timestamps: bool = False
    diarize: bool = False
    full_transcript: bool = False
    trimmed: bool = False
    """Finals without the trailing space: formatting off, number formatting or redaction on."""
    both_text_fields: bool = False
    """`/stt/live` says the text twice: `transcript` and `transcription`."""
    punctuate: bool = True
    capitalize: bool = True
    max_words: int | None = _DEFAULT_WORDS
    """Words to a final; `None`: no cut by word count."""
    redacted_words: tuple[str, ...] = ()
    redacted_partials: bool = True
    """Whether partials are redacted as finals are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechPiece:
    """One message to be: words of the open segment, and what kind of message."""

    words: tuple[Word, ...]
    is_final: bool
    is_last: bool = False
    from_finalize: bool = False


class Segmenter:
    """Cuts the recogniser's segments into Pulse's."""

    def __init__(self, max_words: int | None) -> None:
        self._max_words = max_words
        self._committed = 0

    def heard(self, heard: HeardSpeech) -> Iterator[SpeechPiece]:
        """Messages for what was heard on the way."""
        for words in self._full(heard.words):
            yield SpeechPiece(words=words, is_final=True)
        rest = heard.words[self._committed :]
        if heard.final:
            self._committed = 0
        if rest:
            yield SpeechPiece(words=rest, is_final=heard.final)

    def finalized(self, heard: HeardSpeech) -> SpeechPiece:
        """The one final that answers `finalize`, empty where nothing was pending."""
        piece = SpeechPiece(words=heard.words[self._committed :], is_final=True, from_finalize=True)
        self._committed = 0
        return piece

    def finished(self, heard: HeardSpeech) -> Iterator[SpeechPiece]:
        """The finals that answer `close_stream`; the last has `is_last`, and often no words."""
        for words in self._full(heard.words):
            yield SpeechPiece(words=words, is_final=True)
        yield SpeechPiece(words=heard.words[self._committed :], is_final=True, is_last=True)
        self._committed = 0

    def _full(self, words: Sequence[Word]) -> Iterator[tuple[Word, ...]]:
        while self._max_words and len(words) - self._committed > self._max_words:
            start, self._committed = self._committed, self._committed + self._max_words
            yield tuple(words[start : self._committed])


def formatted(text: str, options: StreamOptions) -> str:
    """Text as the formatting options have it."""
    if not options.punctuate:
        text = " ".join(word for part in text.split() if (word := part.strip(".,!?;:\"'()।")))
    return text if options.capitalize else text.lower()


def message(piece: SpeechPiece, options: StreamOptions, session_id: str) -> dict[str, Any]:
    """One `transcription` message, with the fields that the options turn on."""
    if options.redacted_words and (piece.is_final or options.redacted_partials):
        piece = replace(piece, words=hidden(piece.words, options.redacted_words))
    text = " ".join(word.text for word in piece.words)
    text = formatted(text, options)
    if piece.is_final and text and not options.trimmed:
        text += " "
    said: dict[str, Any] = {
        "type": "transcription",
        "status": "success",
        "session_id": session_id,
        "transcript": text,
        "is_final": piece.is_final,
        "is_last": piece.is_last,
    }
    if options.both_text_fields:
        said["transcription"] = text
    return {**said, **_final_fields(piece, options, text)} if piece.is_final else said


def _final_fields(piece: SpeechPiece, options: StreamOptions, text: str) -> dict[str, Any]:
    fields: dict[str, Any] = {"language": options.language, "languages": [options.language]}
    if piece.from_finalize:
        fields["from_finalize"] = True
    if options.word_timestamps or options.diarize:
        fields["words"] = [timed_word(word, diarize=options.diarize) for word in piece.words]
    if options.sentence_timestamps and piece.words:
        fields["utterances"] = spoken(piece.words, diarize=options.diarize, text=text.strip())
    return fields


def hidden(words: Sequence[Word], redacted_words: tuple[str, ...]) -> tuple[Word, ...]:
    """The words with the private ones replaced by placeholders."""
    if not redacted_words:
        return tuple(words)
    texts = redacted(" ".join(word.text for word in words), redacted_words).split()
    return tuple(replace(word, text=text) for word, text in zip(words, texts, strict=True))


def timed_word(word: Word, *, diarize: bool) -> dict[str, Any]:
    """A word as both protocols carry it. Whom only one speaker was heard of is number 0."""
    fields: dict[str, Any] = {
        "word": word.text,
        "start": round(word.start_s or 0.0, 3),
        "end": round(word.end_s or 0.0, 3),
        "confidence": word.confidence if word.confidence is not None else 1.0,
    }
    return {**fields, "speaker": _number(word), "speaker_confidence": 1.0} if diarize else fields


def _number(word: Word) -> int | str:
    """Speakers are integers; a name of a script that is none stays as it is, as some documents have it."""
    name = word.speaker or "0"
    return int(name) if name.isdigit() else name


def spoken(words: Sequence[Word], *, diarize: bool, text: str | None = None) -> list[dict[str, Any]]:
    """Stretches of one speaker as both protocols carry them; `text`: of all of it as formatted, if one spoke."""
    runs = [list(run) for _, run in groupby(words, key=lambda word: word.speaker if diarize else None)]
    return [
        {
            "text": text if text is not None and len(runs) == 1 else " ".join(word.text for word in run),
            "start": round(run[0].start_s or 0.0, 3),
            "end": round(max(word.end_s or 0.0 for word in run), 3),
            **({"speaker": _number(run[0])} if diarize else {}),
        }
        for run in runs
    ]
