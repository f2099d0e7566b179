"""Checks of what is asked for and what is answered: key, fields, text, language, file header."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from bench.doctor.calls import Caller, Reply, heard
from bench.doctor.compare import errors, nearness, quoted, shown
from bench.doctor.finding import Finding, Need, ServiceCheck, failed, passed, warned, worst
from bench.engines.secrets import Secret, is_loopback
from bench.types import Failure, FailureKind, Mode, RequestSpec, Transcript

WRONG_KEY = "sk_wrong_key_of_bench_doctor"
PLAIN_BATCH = Need(mode="batch", shared=True)
PLAIN_STREAM = Need(mode="stream", shared=True)

_CLEAR, _POOR = 0.2, 0.5
"""WER on a clip of clear speech: up to the first is fine, beyond the second something is broken."""
_TEXT_FIELDS = ("transcription", "transcript", "text", "results")

_ADVICE = {
    FailureKind.AUTH: "check the key in the environment variable of `api_key_env`, and what the plan includes",
    FailureKind.CONNECTION: "check the address, DNS, the firewall and the certificate",
    FailureKind.TIMEOUT: "check that nothing between here and the service holds requests back",
    FailureKind.RATE_LIMIT: "wait, or ask for a higher limit",
    FailureKind.REFUSED: "read the service's message: it refuses the request itself",
    FailureKind.PROTOCOL: "compare the answer with the documentation: see `response-field`",
}


def is_local(url: str) -> bool:
    return is_loopback(urlsplit(url).hostname or "")


async def reachability(caller: Caller) -> Finding:
    """One plain batch request comes through."""
    reply = await caller.plain("batch")
    outcome = reply.outcome
    if isinstance(outcome, Failure):
        advice = _ADVICE.get(outcome.kind, "ask the service: the failure is on its side")
        if outcome.kind is FailureKind.PROTOCOL:
            return warned(f"answered, but: {outcome.message}", advice)
        return failed(f"{outcome.kind.value}: {outcome.message}", advice)
    seen = f"answered in {outcome.timing.done_s:.2f} s"
    if caller.settings.base_url.startswith("https:"):
        return passed(f"{seen}, certificate verified")
    if is_local(caller.settings.base_url):
        return passed(f"{seen}, without TLS on this machine")
    return warned(f"{seen}, without TLS", "use https: the key can be read on the way")


async def key(caller: Caller) -> Finding:
    """A wrong key is refused, and not repeated."""
    reply = await caller.batch(key=Secret(WRONG_KEY))
    outcome = reply.outcome
    if WRONG_KEY.encode() in reply.raw:
        return warned(
            "the answer to a wrong key repeats the key",
            "mask the key in every error text that is logged (ours is)",
        )
    if isinstance(outcome, Failure) and outcome.kind is FailureKind.AUTH:
        return passed(f"a wrong key is refused with HTTP {outcome.http_status}, and not repeated")
    if isinstance(outcome, Failure):
        return warned(f"a wrong key gives {outcome.message}", "expected HTTP 401: an expired key looks like this")
    if is_local(caller.settings.base_url):
        return passed("no key is asked for on this machine")
    return warned("a wrong key is answered", "expected HTTP 401: check that this is the service you mean")


async def response_field(caller: Caller) -> Finding:
    """Where the text is: `transcription` in batch, `transcript` or `transcription` on a stream."""
    batch, stream = await caller.plain("batch"), await caller.plain("stream")
    finals = [message for message in stream.messages if message.get("is_final")]
    return worst(
        [
            _field("batch", _filled(batch.messages), ("transcription",), bool(batch.messages)),
            _field("stream", _filled(finals), ("transcript", "transcription"), bool(finals)),
        ]
    )


def _filled(messages: Sequence[Mapping[str, Any]]) -> list[str]:
    return [name for name in _TEXT_FIELDS if any(m.get(name) for m in messages)]


def _field(mode: str, filled: list[str], expected: tuple[str, ...], answered: bool) -> Finding:
    if not answered:
        return Finding(verdict="unknown", seen=f"{mode}: no answer with a text")
    if set(filled) & set(expected):
        return passed(f"{mode}: text in `{'`, `'.join(filled)}`", f"read `{expected[0]}` in {mode}")
    if not filled:
        return warned(f"{mode}: all text fields are empty", "count empty answers apart: they are no successes")
    return failed(
        f"{mode}: text in `{'`, `'.join(filled)}` rather than `{expected[0]}`",
        "the answer is not of the documented form: reading the documented field gives a silent empty text",
    )


async def known_text(caller: Caller) -> Finding:
    """Batch and stream hear what is said in the clip."""
    return worst([await _known(caller, "batch"), await _known(caller, "stream")])


async def _known(caller: Caller, mode: Mode) -> Finding:
    outcome = (await caller.plain(mode)).outcome
    if isinstance(outcome, Failure):
        return failed(f"{mode}: {outcome.kind.value}: {outcome.message}", _ADVICE.get(outcome.kind, "see the message"))
    if not outcome.text.strip():
        return failed(f"{mode}: success with an empty text", "count empty answers apart, and retry or escalate them")
    counts = errors(caller.clip.text, outcome.text, caller.clip.language)
    seen = f"{mode}: {shown(counts)}"
    rate = counts.rate if counts.rate is not None else 0.0
    if rate <= _CLEAR:
        return passed(seen)
    advice = f"heard {quoted(outcome.text)}: check language, sample rate, and the clip's text"
    return warned(seen, advice) if rate <= _POOR else failed(seen, advice)


async def agreement(caller: Caller) -> Finding:
    """Batch and real time say the same of the same clip."""
    counts = errors(await caller.plain_text("batch"), await caller.plain_text("stream"), caller.clip.language)
    near = nearness(counts)
    if near == "same":
        return passed(shown(counts))
    advice = "one of the two loses or invents words: compare both with the clip, and report it"
    return (warned if near == "near" else failed)(shown(counts), advice)


async def language(caller: Caller) -> Finding:
    """What happens when no language is sent."""
    batch, stream = await caller.batch(settings={"language": ""}), await caller.stream(settings={"language": ""})
    return worst([await _omitted(caller, "batch", batch), await _omitted(caller, "stream", stream)])


async def _omitted(caller: Caller, mode: Mode, reply: Reply) -> Finding:
    outcome = reply.outcome
    advice = "always send `language`"
    if isinstance(outcome, Failure) and outcome.kind is FailureKind.REFUSED:
        return passed(f"{mode} without a language is refused", advice)
    counts = errors(await caller.plain_text(mode), heard(reply, f"{mode} without a language"), caller.clip.language)
    seen = f"{mode} without a language: {shown(counts)}"
    if nearness(counts) == "same":
        return passed(seen, advice)
    return failed(seen, f"{advice}: without it, words are lost without an error")


async def headerless(caller: Caller) -> Finding:
    """Samples without a file header, posted to batch."""
    reply = await caller.batch(request=RequestSpec(container="raw"))
    advice = "post files with a header (WAV, FLAC ...)"
    outcome = reply.outcome
    if isinstance(outcome, Failure) and outcome.kind is FailureKind.REFUSED:
        return passed(f"refused: {outcome.message}", advice)
    if isinstance(outcome, Transcript) and not outcome.text.strip():
        return passed("success with an empty text, as publicly known", f"{advice}; count empty answers apart (we do)")
    counts = errors(await caller.plain_text("batch"), heard(reply, "headerless samples"), caller.clip.language)
    if nearness(counts) == "same":
        return passed(shown(counts))
    return warned(f"garbage without an error: {shown(counts)}", advice)


CHECKS = (
    ServiceCheck(
        name="reachability",
        question="Does a plain request come through, over TLS?",
        run=reachability,
        needs=(PLAIN_BATCH,),
        alone=True,
    ),
    ServiceCheck(
        name="key", question="Is a wrong key refused, and not repeated?", run=key, needs=(Need(mode="batch"),)
    ),
    ServiceCheck(
        name="response-field",
        question="Is the text in the documented field?",
        run=response_field,
        needs=(PLAIN_BATCH, PLAIN_STREAM),
    ),
    ServiceCheck(
        name="known-text",
        question="Is what is said in the clip heard?",
        run=known_text,
        needs=(PLAIN_BATCH, PLAIN_STREAM),
    ),
    ServiceCheck(
        name="batch-and-stream",
        question="Do batch and real time agree?",
        run=agreement,
        needs=(PLAIN_BATCH, PLAIN_STREAM),
    ),
    ServiceCheck(
        name="language",
        question="What if no language is sent?",
        run=language,
        needs=(PLAIN_BATCH, PLAIN_STREAM, Need(mode="batch"), Need(mode="stream")),
    ),
    ServiceCheck(
        name="headerless",
        question="What if samples are posted without a header?",
        run=headerless,
        needs=(PLAIN_BATCH, Need(mode="batch")),
    ),
)
