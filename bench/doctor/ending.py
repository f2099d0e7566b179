"""Checks of how a stream ends, and of how its finals go together."""

from __future__ import annotations

from collections.abc import Callable

from bench.doctor.calls import Caller, Reply, heard
from bench.doctor.compare import cuts_inside_words, errors, fused_by_concatenation, nearness, shown
from bench.doctor.contract import PLAIN_STREAM
from bench.doctor.finding import Finding, Need, ServiceCheck, failed, passed, warned, worst
from bench.types import Failure, FailureKind, Transcript

_QUIET = {"quiet_s": 2.0, "end_deadline_s": 10.0}
"""How long a stream is listened to that has no last message."""
_CUT_WORDS = 4


async def is_last(caller: Caller) -> Finding:
    """After `close_stream`, all finals come, and one marked `is_last`."""
    reply = await caller.plain("stream")
    outcome = reply.outcome
    if isinstance(outcome, Failure):
        if outcome.half_open:
            return failed(
                f"half-open: {outcome.message}", "ping the service, and give a stream up when no pong comes (ours does)"
            )
        if outcome.kind in {FailureKind.TRUNCATED, FailureKind.TIMEOUT}:
            return failed(
                f"no message with `is_last` came: {outcome.message}",
                "read until it comes, with a deadline, and count its absence as a failure of its own (we do)",
            )
        return Finding(verdict="unknown", seen=f"the plain stream failed: {outcome.message}")
    last = next(m for m in reply.messages if m.get("is_last"))
    text = str(last.get("transcript") or last.get("transcription") or "")
    after_s = outcome.timing.done_s - (outcome.timing.end_sent_s or 0.0)
    return passed(
        f"came {after_s:.2f} s after `close_stream`, with {len(text.split())} words in it",
        "keep its text, and read on until it comes before you close",
    )


async def finalize_only(caller: Caller) -> Finding:
    """With `finalize` in place of `close_stream` nothing is lost, and no `is_last` comes."""
    reply = await caller.stream(settings={"finish": "finalize", **_QUIET})
    lasts = sum(bool(message.get("is_last")) for message in reply.messages)
    note = "`is_last` came" if lasts else "no `is_last` comes"
    return await _lost(
        caller, reply, f"`finalize` alone ({note})", "do not wait for `is_last` after `finalize`", failed
    )


async def neither(caller: Caller) -> Finding:
    """With nothing sent at the end: how many words are lost."""
    reply = await caller.stream(settings={"finish": "none", **_QUIET})
    return await _lost(caller, reply, "no end message", "send `close_stream` before you close", warned)


async def _lost(caller: Caller, reply: Reply, how: str, advice: str, judge: Callable[[str, str], Finding]) -> Finding:
    counts = errors(await caller.plain_text(), heard(reply, how), caller.clip.language)
    lost = max(0, counts.reference_length - counts.hypothesis_length)
    seen = f"{how}: {lost} of {counts.reference_length} words lost"
    if lost:
        return judge(seen, advice)
    return passed(seen, advice)


async def joining(caller: Caller) -> Finding:
    """Finals put together by our rule give whole words, with formatting and without."""
    usual = await caller.stream(settings={"max_words": _CUT_WORDS})
    plain = await caller.stream(settings={"max_words": _CUT_WORDS, "format": False, "punctuate": False})
    return worst([await _joined(caller, usual, "as usual"), await _joined(caller, plain, "`format=false`")])


async def _joined(caller: Caller, reply: Reply, how: str) -> Finding:
    text, expected, language = heard(reply, how), await caller.plain_text(), caller.clip.language
    inside = cuts_inside_words(reply.finals, expected, language)
    if inside:
        return warned(
            f"{how}: {len(inside)} cuts inside words, for instance in {inside[0]!r}",
            "raise `eou_timeout_ms`, set `finalize_on_words=false`, and report it: no joining rule repairs this",
        )
    fused = fused_by_concatenation(reply.finals, language)
    seen = f"{how}: {len(reply.finals)} finals" + (f", {fused} words fused by concatenation" if fused else "")
    counts = errors(expected, text, language)
    if nearness(counts) == "same":
        return passed(seen, "put a space between finals unless there is white space already")
    return warned(f"{seen}; {shown(counts)}", "finals differ with cuts and formatting: compare them")


async def duplicates(caller: Caller) -> Finding:
    """`finalize` and `close_stream` right after each other say no final twice."""
    reply = await caller.stream(ending=("finalize", "close_stream"))
    counts = errors(await caller.plain_text(), heard(reply, "finalize, then close_stream"), caller.clip.language)
    assert isinstance(reply.outcome, Transcript)
    dropped = reply.outcome.recognised.extras.get("duplicate_finals", 0)
    advice = "drop a final that repeats the one before it with the same times, or within 200 ms (we do)"
    if dropped:
        return warned(f"{dropped} finals came twice", advice)
    if counts.insertions and nearness(counts) != "same":
        return failed(f"words come twice: {shown(counts)}", advice)
    return passed(f"every final came once: {shown(counts)}")


CHECKS = (
    ServiceCheck(
        name="is-last",
        question="Does `is_last` arrive after `close_stream`?",
        run=is_last,
        needs=(PLAIN_STREAM,),
    ),
    ServiceCheck(
        name="finalize-only",
        question="Is anything lost with `finalize` alone?",
        run=finalize_only,
        needs=(PLAIN_STREAM, Need(mode="stream")),
    ),
    ServiceCheck(
        name="no-end-message",
        question="How many words are lost with neither?",
        run=neither,
        needs=(PLAIN_STREAM, Need(mode="stream")),
    ),
    ServiceCheck(
        name="joining",
        question="Do finals go together without fused words?",
        run=joining,
        needs=(PLAIN_STREAM, Need(mode="stream", count=2)),
    ),
    ServiceCheck(
        name="duplicates",
        question="Does a final come twice?",
        run=duplicates,
        needs=(PLAIN_STREAM, Need(mode="stream")),
    ),
)
