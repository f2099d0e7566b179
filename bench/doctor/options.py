"""Checks of single parameters: keywords, end-of-utterance time-outs, `full_transcript`, redaction."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from bench.doctor.calls import Caller, Reply, UndeterminedError, heard
from bench.doctor.compare import errors, nearness, shown, words_of
from bench.doctor.contract import PLAIN_BATCH, PLAIN_STREAM
from bench.doctor.finding import Finding, Need, ServiceCheck, failed, passed, warned, worst
from bench.engines.reading import join_finals
from bench.types import Failure, FailureKind

_BOOST = 1.5
_SHORT_MS = 100
_REDACTED = re.compile(r"\[[A-Z_]+\d*\]")


async def keywords(caller: Caller) -> Finding:
    """A term that is said does no harm; an empty list and a JSON list are known to."""
    term = max(words_of(caller.clip.text, caller.clip.language), key=len)
    return worst(
        [
            await _with_keywords(
                caller, "one term", "send few terms, with boosts of 1 to 3", {"keywords": [(term, _BOOST)]}
            ),
            await _with_keywords(
                caller, "`keywords=` empty", "leave an empty list out (we do)", _extra("keywords", "")
            ),
            await _with_keywords(
                caller, "a JSON list", "send `word:1.5,two words:2`", _extra("keywords", json.dumps([term]))
            ),
        ]
    )


async def _with_keywords(caller: Caller, what: str, advice: str, settings: Mapping[str, object]) -> Finding:
    reply = await caller.stream(settings=settings)
    if isinstance(reply.outcome, Failure) and reply.outcome.kind is FailureKind.REFUSED:
        return passed(f"{what}: refused: {reply.outcome.message}", advice)
    counts = errors(await caller.plain_text(), heard(reply, what), caller.clip.language)
    if nearness(counts) == "same":
        return passed(f"{what}: {shown(counts)}")
    return (failed if "keywords" in settings else warned)(f"{what}: {shown(counts)}", advice)


def _extra(name: str, value: str) -> dict[str, object]:
    """A parameter that our settings would not send like this."""
    return {"extra": {name: value}}


async def utterance_timeouts(caller: Caller) -> Finding:
    """`eou_timeout_ms` of 0, which is known to break a session, and of 100, which is known to chop."""
    zero = await caller.stream(settings=_extra("eou_timeout_ms", "0"))
    short = await caller.stream(settings={"eou_timeout_ms": _SHORT_MS})
    return worst([_zero(zero), await _short(caller, short)])


def _zero(reply: Reply) -> Finding:
    advice = "never send 0 (our settings refuse it)"
    outcome = reply.outcome
    if not isinstance(outcome, Failure):
        return passed("`eou_timeout_ms=0` is accepted", advice)
    if outcome.kind in {FailureKind.TIMEOUT, FailureKind.TRUNCATED}:
        return warned(f"`eou_timeout_ms=0` leaves the session hanging: {outcome.message}", advice)
    return passed(f"`eou_timeout_ms=0` is refused: {outcome.message}", advice)


async def _short(caller: Caller, reply: Reply) -> Finding:
    what = f"`eou_timeout_ms={_SHORT_MS}`"
    counts = errors(await caller.plain_text(), heard(reply, what), caller.clip.language)
    usual = _with_words((await caller.plain("stream")).finals)
    finals = _with_words(reply.finals)
    seen = f"{what}: {finals} finals rather than {usual}; {shown(counts)}"
    advice = "use 300 ms and more, and do not take a final for the end of a turn"
    if finals > usual + 1 or nearness(counts) != "same":
        return warned(seen, advice)
    return passed(seen, advice)


def _with_words(finals: Sequence[str]) -> int:
    return sum(bool(final.strip()) for final in finals)


async def full_transcript(caller: Caller) -> Finding:
    """`full_transcript`, where it comes, is all finals."""
    reply = await caller.stream(settings={"full_transcript": True})
    text = heard(reply, "`full_transcript=true`")
    said = [message["full_transcript"] for message in reply.messages if "full_transcript" in message]
    advice = "do not rely on it: join the finals (we do)"
    if not said:
        return passed("`full_transcript` does not come for this language", advice)
    counts = errors(text, str(said[-1]), caller.clip.language)
    if nearness(counts) == "same":
        return passed(f"`full_transcript` comes: {shown(counts)} with the finals", advice)
    return warned(f"`full_transcript` is not all that was said: {shown(counts)} with the finals", advice)


async def redaction(caller: Caller) -> Finding:
    """What finals redact, partials do not show; asked only where the settings turn redaction on."""
    reply = await caller.plain("stream")
    heard(reply, "the plain stream")
    marks = _REDACTED.findall(join_finals(reply.finals))
    if not marks:
        raise UndeterminedError("nothing in this clip was redacted: give a clip with personal data")
    leaks = leaked(reply.messages)
    seen = f"{len(marks)} places redacted in finals"
    if leaks:
        return warned(
            f"{seen}; {leaks} partials show what is redacted later",
            "neither show nor store partials where redaction matters",
        )
    return passed(f"{seen}; no partial shows them")


def leaked(messages: Sequence[Mapping[str, Any]]) -> int:
    """How many partials have a word where the final of their segment has a redaction."""
    partials: list[list[str]] = []
    leaks = 0
    for message in messages:
        text = message.get("transcript", message.get("transcription"))
        if not isinstance(text, str):
            continue
        if not message.get("is_final"):
            partials.append(text.split())
            continue
        final = text.split()
        places = [index for index, word in enumerate(final) if _REDACTED.search(word)]
        leaks += sum(any(_shows(partial, final, index) for index in places) for partial in partials)
        partials = []
    return leaks


def _shows(partial: Sequence[str], final: Sequence[str], index: int) -> bool:
    if len(partial) <= index or _REDACTED.search(partial[index]):
        return False
    pairs = zip(partial[:index], final[:index], strict=True)
    return all(said == meant or _REDACTED.search(meant) for said, meant in pairs)


FEATURE_FIELDS: Mapping[str, tuple[str, ...]] = {
    "word_timestamps": ("words",),
    "sentence_timestamps": ("utterances",),
    "diarize": ("words.speaker", "utterances.speaker"),
    "emotion_detection": ("emotions", "emotion"),
    "gender_detection": ("gender",),
    "age_detection": ("age",),
}
"""Setting -> the fields of an answer that it should fill."""


async def features(caller: Caller) -> Finding:
    """In which field, batch and stream, each feature that the settings turn on comes."""
    replies = {"batch": await caller.plain("batch"), "stream": await caller.plain("stream")}
    for mode, reply in replies.items():
        heard(reply, f"the plain {mode}")
    seen, missing = [], []
    for flag, fields in FEATURE_FIELDS.items():
        if not getattr(caller.settings, flag):
            continue
        places = [
            f"{field} ({mode})"
            for mode, reply in replies.items()
            for field in fields
            if any(_is_filled(message, field) for message in reply.messages)
        ]
        seen.append(f"{flag}: {', '.join(places) or 'nowhere'}")
        missing += [] if places else [flag]
    said = "; ".join(seen)
    if missing:
        return warned(said, f"do not count on {', '.join(missing)}: this service fills no field of it")
    return passed(said)


def _is_filled(message: Mapping[str, Any], field: str) -> bool:
    """Whether a field holds anything; of `words.speaker`, whether any word has one."""
    name, _, inner = field.partition(".")
    value = message.get(name)
    if not inner:
        return value not in (None, "", [], {})
    return isinstance(value, list) and any(isinstance(part, Mapping) and part.get(inner) is not None for part in value)


CHECKS = (
    ServiceCheck(
        name="keywords",
        question="Do keyword lists do harm: normal, empty, as JSON?",
        run=keywords,
        needs=(PLAIN_STREAM, Need(mode="stream", count=3)),
    ),
    ServiceCheck(
        name="utterance-timeouts",
        question="What do `eou_timeout_ms` of 0 and 100 do?",
        run=utterance_timeouts,
        needs=(PLAIN_STREAM, Need(mode="stream", count=2)),
    ),
    ServiceCheck(
        name="full-transcript",
        question="Is `full_transcript` there, and full?",
        run=full_transcript,
        needs=(Need(mode="stream"),),
    ),
)
REDACTION = ServiceCheck(
    name="redaction",
    question="Do partials show what finals redact?",
    run=redaction,
    needs=(PLAIN_STREAM,),
)
FEATURES = ServiceCheck(
    name="features",
    question="In which fields do the features come that are turned on?",
    run=features,
    needs=(PLAIN_BATCH, PLAIN_STREAM),
)
