"""Checks that measure: how many streams at once, and how long answers take."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from statistics import median

from bench.doctor.calls import Caller, Reply, UndeterminedError, heard
from bench.doctor.compare import errors, nearness, shown
from bench.doctor.contract import PLAIN_STREAM
from bench.doctor.finding import Finding, Need, ServiceCheck, failed, passed, warned
from bench.types import Failure, FailureKind, Transcript

LATENCY_CALLS = 10
_SLOW_CONNECT_S, _SLOW_FINAL_S = 0.5, 1.5
"""Medians beyond which a conversation suffers."""


async def concurrency(caller: Caller) -> Finding:
    """Streams at once: all served, or some refused in a way that a client can tell."""
    text = await caller.plain_text()
    replies = await asyncio.gather(*(caller.stream(ungated=True) for _ in range(caller.max_streams)))
    failures = [reply.outcome for reply in replies if isinstance(reply.outcome, Failure)]
    served = [reply.outcome for reply in replies if isinstance(reply.outcome, Transcript)]
    seen = f"{len(served)} of {len(replies)} streams at once served"
    unclear = [failure for failure in failures if failure.kind is not FailureKind.RATE_LIMIT]
    if unclear:
        return failed(
            f"{seen}; others failed: {unclear[0].message}",
            "too many streams should be refused with 429 or close 1008: keep below this number",
        )
    counts = sum((errors(text, said.text, caller.clip.language) for said in served), start=errors("", "", "en"))
    if nearness(counts) != "same":
        return warned(f"{seen}, but {shown(counts)} with a single stream", "expect more errors under load: measure it")
    if failures:
        return passed(f"{seen}; refusal: {failures[0].message}", "back off and try again when you see this refusal")
    return passed(seen, "more were not tried (--streams)")


async def latency(caller: Caller) -> Finding:
    """Ten streams, one after the other."""
    calls = [await caller.stream() for _ in range(LATENCY_CALLS)]
    answers = [call.outcome for call in calls if isinstance(call.outcome, Transcript)]
    if not answers:
        heard(calls[0], "ten streams")
        raise UndeterminedError("no stream was answered")
    timings = [answer.timing for answer in answers]
    connects = [timing.connect_s for timing in timings if timing.connect_s is not None]
    finals = [timing.done_s - timing.last_sent_s for timing in timings]
    partials = _first_partials(answers)
    seen = (
        f"{len(answers)} of {len(calls)} answered; first partial {_spread(partials)} after the first sample; "
        f"last result {_spread(finals)} after the last sample; connecting {_spread(connects)} (median, longest)"
    )
    if len(answers) < len(calls):
        return failed(f"{seen}; {_first_failure(calls)}", "one call in ten or more fails: retry, and report it")
    if not partials:
        return warned(seen, "no partials came: a caller sees nothing until the end")
    if connects and median(connects) > _SLOW_CONNECT_S:
        return warned(seen, "connecting is slow: keep one stream per conversation, with `finalize` after each turn")
    if median(finals) > _SLOW_FINAL_S:
        return warned(seen, "results are late: measure with `bench run` from the place you will call from")
    return passed(seen, "`bench run` gives these from the onset of speech, with intervals")


def _first_failure(calls: Sequence[Reply]) -> str:
    return next(call.outcome.message for call in calls if isinstance(call.outcome, Failure))


def _first_partials(answers: Sequence[Transcript]) -> list[float]:
    """Seconds from the first sample to the first partial, of the streams that had one."""
    firsts = []
    for answer in answers:
        times = [event.t_s for event in answer.events if event.kind == "partial" and event.text.strip()]
        firsts += times[:1]
    return firsts


def _spread(seconds: Sequence[float]) -> str:
    return f"{median(seconds):.2f} s, {max(seconds):.2f} s" if seconds else "never"


CHECKS = (
    ServiceCheck(
        name="concurrency",
        question="How many streams at once, and how does refusal look?",
        run=concurrency,
        needs=(PLAIN_STREAM,),  # and as many as `--streams` says
        alone=True,
    ),
    ServiceCheck(
        name="latency",
        question="How long do partials and finals take, over ten calls?",
        run=latency,
        needs=(Need(mode="stream", count=LATENCY_CALLS),),
        alone=True,
    ),
)
