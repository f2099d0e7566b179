"""Ways in which services were seen to mishandle what clients do, switched on one by one. Pure.

A fault strikes some requests; a quirk is the service's habit. Each stands for an integration bug that real
clients met (docs/doctor.md has the table), so that a checklist can be held to naming it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, TypeAlias

from bench.emulator.word_errors import WordErrors, corrupt
from bench.types import Word

Quirk: TypeAlias = Literal[
    "omitted_language_truncates",
    "empty_keywords_hallucinate",
    "json_keywords_garble",
    "wav_header_garbles",
    "fast_audio_garbles",
    "finalize_unanswered",
    "finalize_answered_twice",
    "short_timeout_chops",
    "zero_timeout_hangs",
    "cut_inside_words",
    "empty_full_transcript",
    "pii_in_partials",
    "echoes_key",
]

GARBLED = WordErrors(substitution_rate=0.7)
HALLUCINATED = WordErrors(insertion_rate=0.7)
_SHORT_TIMEOUT_MS = 200
_CHOPPED_WORDS = 2
_KEPT_SHARE = 4
"""A truncated answer keeps one word in so many: 75 of 290 characters were seen."""


def distortion(query: Mapping[str, str], quirks: Sequence[Quirk]) -> WordErrors | None:
    """What the query alone does to the words."""
    keywords = query.get("keywords")
    if "empty_keywords_hallucinate" in quirks and keywords == "":
        return HALLUCINATED
    if "json_keywords_garble" in quirks and (keywords or "").startswith("["):
        return GARBLED
    return None


def misheard(
    words: Sequence[Word], query: Mapping[str, str], quirks: Sequence[Quirk], errors: WordErrors | None
) -> tuple[Word, ...]:
    """The words as the quirks leave them: truncated, and with the errors of a distortion."""
    if "omitted_language_truncates" in quirks and not query.get("language"):
        words = words[: -(-len(words) // _KEPT_SHARE)]
    return corrupt(words, errors).words if errors else tuple(words)


def heard_as_garbage(data: bytes, audio_s: float, took_s: float, quirks: Sequence[Quirk], fast_factor: float) -> bool:
    """Whether a stream's audio is garbled from here on: a file's header in it, or faster than it can be heard.

    Args:
        data: one message of audio.
        audio_s: seconds of audio received, this message included.
        took_s: since the first message arrived.
        quirks: those switched on.
        fast_factor: times real time that is still heard; half a second of burst is forgiven.
    """
    header = "wav_header_garbles" in quirks and data[:4] == b"RIFF"
    return header or ("fast_audio_garbles" in quirks and audio_s > fast_factor * (took_s + 0.5))


def cut_words(query: Mapping[str, str], quirks: Sequence[Quirk], max_words: int | None) -> int | None:
    """Words to a final, when an end-of-utterance time-out is so short that it ends one in every pause."""
    given = query.get("eou_timeout_ms", "")
    short = given.isdigit() and int(given[:6]) <= _SHORT_TIMEOUT_MS
    return _CHOPPED_WORDS if short and "short_timeout_chops" in quirks else max_words


def halved(words: Sequence[Word], carried: Word | None) -> tuple[tuple[Word, ...], Word]:
    """A final whose last word is cut in half, and the half that the next final begins with."""
    *before, last = ([carried] if carried else []) + list(words)
    middle = -(-len(last.text) // 2)
    return (*before, replace(last, text=last.text[:middle])), replace(last, text=last.text[middle:])


def redacted(text: str, words: Sequence[str]) -> str:
    """Text with the words that count as personal replaced, numbered in order of appearance."""
    out: list[str] = []
    for part in text.split():
        is_listed = part.strip(".,!?;:").lower() in words
        out.append(f"[PII_{sum(o.startswith('[PII_') for o in out) + 1}]" if is_listed else part)
    return " ".join(out)


def echoing(body: Mapping[str, Any], headers: Mapping[str, str], quirks: Sequence[Quirk]) -> dict[str, Any]:
    """An error's body, with the request's own headers in it where that is the habit."""
    if "echoes_key" not in quirks:
        return dict(body)
    sent = f"request headers: {dict(headers)}"
    return {**body, "message": f"{body['message']}; {sent}" if body.get("message") else sent}
