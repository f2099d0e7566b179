"""The checklist for an engine that is described: what its dialect lets anyone ask, whatever the vendor.

Pulse has a checklist of its own, of what its integrations tripped over (`doctor.examination`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from bench.audio import Audio
from bench.conditions.wire import encode, fitted
from bench.doctor.clip import Clip, silence
from bench.doctor.finding import Finding, Verdict
from bench.drivers import http, websocket
from bench.engines.dialect.engine import MODES, DescribedEngine
from bench.engines.dialect.model import Description
from bench.engines.dialect.reading import Hooks
from bench.engines.dialect.values import DialectSettings
from bench.engines.secrets import Secret
from bench.types import Failure, FailureKind, Mode, RequestSpec, Transcript

_TIMEOUT_S = 120.0
_SILENCE_S = 2.0
_SHARE = 0.5
"""So many of the clip's words must be in an answer for it to be one."""
_WRONG_KEY = "a-key-that-belongs-to-nobody"

Outcome: TypeAlias = Transcript | Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """An engine, and the clip it is examined with."""

    description: Description
    hooks: Hooks
    settings: DialectSettings
    key: Secret | None
    clip: Clip

    def has(self, mode: Mode) -> bool:
        return getattr(self.description, mode) is not None

    async def call(self, mode: Mode, audio: Audio, *, key: Secret | None = None) -> Outcome:
        """One call; `key`: another one than its own."""
        engine = DescribedEngine(self.description, self.hooks, self.settings, key or self.key)
        section = self.description.batch if mode == "batch" else self.description.stream
        assert section is not None, "asked for by `has`"
        encodings = section.accepts.encodings
        request = RequestSpec(encoding="linear16" if "linear16" in encodings else next(iter(encodings)))
        request = fitted(request, audio.sample_rate_hz, section.accepts.rates)
        call = encode(audio, request, mode, self.clip.language)
        if mode == "stream":
            assert engine.stream is not None
            return await websocket.stream(engine.stream, call)
        assert engine.batch is not None
        async with http.new_client(timeout_s=_TIMEOUT_S, max_connections=1) as client:
            return await http.transcribe(client, engine.batch, call)


def examine(examined: Examined, only: Sequence[str], tell: Callable[[Finding], None]) -> tuple[Finding, ...]:
    """Every check that the dialect can have, in order; `only`: these alone."""
    return asyncio.run(_examine(examined, only, tell))


def checks(description: Description) -> tuple[str, ...]:
    """Names of the checks that a dialect can have."""
    return tuple(
        name for name, (modes, _) in _CHECKS.items() if all(getattr(description, m) is not None for m in modes)
    )


async def _examine(examined: Examined, only: Sequence[str], tell: Callable[[Finding], None]) -> tuple[Finding, ...]:
    plain = {mode: await examined.call(mode, examined.clip.audio) for mode in MODES if examined.has(mode)}
    findings = []
    for name in checks(examined.description):
        if not only or name in only:
            finding = replace(await _CHECKS[name][1](examined, plain), check=name)
            findings.append(finding)
            tell(finding)
    return tuple(findings)


_Plain: TypeAlias = dict[Mode, Outcome]
_Run: TypeAlias = Callable[[Examined, _Plain], Awaitable[Finding]]


def _finding(verdict: Verdict, seen: str, advice: str = "") -> Finding:
    return Finding(verdict=verdict, seen=seen, advice=advice)


def _words(text: str) -> list[str]:
    return [word for part in text.lower().split() if (word := part.strip(".,!?;:\"'()"))]


def _answers(mode: Mode) -> _Run:
    async def run(examined: Examined, plain: _Plain) -> Finding:
        outcome = plain[mode]
        if isinstance(outcome, Failure):
            return _finding("fail", f"{outcome.kind}: {outcome.message}", "mend this first: all else hangs on it")
        wanted, got = set(_words(examined.clip.text)), set(_words(outcome.text))
        share = len(wanted & got) / max(1, len(wanted))
        verdict: Verdict = "pass" if share >= _SHARE else "warn"
        advice = "" if verdict == "pass" else "listen to the clip; is its language the one that was asked for?"
        return _finding(verdict, f"{share:.0%} of the clip's words: {outcome.text[:120]!r}", advice)

    return run


async def _modes_agree(examined: Examined, plain: _Plain) -> Finding:
    batch, stream = plain["batch"], plain["stream"]
    if isinstance(batch, Failure) or isinstance(stream, Failure):
        return _finding("unknown", "one of them failed")
    same = _words(batch.text) == _words(stream.text)
    seen = "the same words" if same else f"{batch.text[:80]!r} and {stream.text[:80]!r}"
    return _finding("pass" if same else "warn", seen, "" if same else "choose the mode you will use, and test that")


def _bad_key(mode: Mode) -> _Run:
    async def run(examined: Examined, plain: _Plain) -> Finding:
        if not examined.description.key.env or examined.description.key.place == "none":
            return _finding("pass", "it asks for no key")
        outcome = await examined.call(mode, examined.clip.audio, key=Secret(_WRONG_KEY))
        if isinstance(outcome, Failure) and outcome.kind is FailureKind.AUTH:
            return _finding("pass", f"refused: {outcome.message}")
        if isinstance(outcome, Failure):
            return _finding("warn", f"{outcome.kind}: {outcome.message}", "a wrong key looks like other trouble here")
        return _finding("warn", "answered all the same", "this address asks for no key")

    return run


def _silent(mode: Mode) -> _Run:
    async def run(examined: Examined, plain: _Plain) -> Finding:
        outcome = await examined.call(mode, silence(_SILENCE_S))
        if isinstance(outcome, Failure):
            advice = "treat this kind of failure as an empty answer, or send no silence"
            return _finding("warn", f"{outcome.kind}: {outcome.message}", advice)
        if outcome.text.strip():
            return _finding("fail", f"words in silence: {outcome.text[:80]!r}", "gate on your own voice detector")
        return _finding("pass", "an empty answer")

    return run


async def _partials(examined: Examined, plain: _Plain) -> Finding:
    outcome = plain["stream"]
    if isinstance(outcome, Failure):
        return _finding("unknown", "the stream failed")
    times = [event.t_s for event in outcome.events if event.kind == "partial" and event.text.strip()]
    early = [t_s for t_s in times if t_s < outcome.timing.last_sent_s]
    if early:
        return _finding("pass", f"{len(early)} while audio was sent, the first at {early[0]:.2f} s")
    return _finding("warn", "none while audio was sent", "show nothing before the final, or ask for partials")


async def _ending(examined: Examined, plain: _Plain) -> Finding:
    outcome = plain["stream"]
    if isinstance(outcome, Failure):
        return _finding("unknown", "the stream failed")
    waited_s = outcome.timing.done_s - (outcome.timing.end_sent_s or outcome.timing.last_sent_s)
    open_tail = outcome.recognised.extras.get("unconfirmed")
    if open_tail:
        return _finding(
            "warn", f"never confirmed: {str(open_tail)[:80]!r}", "end the last turn before you end the stream"
        )
    return _finding("pass", f"the last result {waited_s:.2f} s after the end was sent")


async def _word_times(examined: Examined, plain: _Plain) -> Finding:
    timed = {mode: outcome.recognised.words for mode, outcome in plain.items() if isinstance(outcome, Transcript)}
    without = [mode for mode, words in timed.items() if not words]
    if not timed or without:
        return _finding("warn", f"none in {' and '.join(without) or 'any mode'}", "some latencies cannot be had")
    duration_s = examined.clip.audio.duration_s
    ends = [word.end_s for words in timed.values() for word in words or () if word.end_s is not None]
    if any(end_s > duration_s + 0.5 for end_s in ends):
        return _finding("fail", f"a word ends at {max(ends):.2f} s of {duration_s:.2f} s", "a unit is read wrongly")
    return _finding("pass", f"{len(ends)} words with times")


_CHECKS: dict[str, tuple[tuple[Mode, ...], _Run]] = {
    "batch_answers": (("batch",), _answers("batch")),
    "stream_answers": (("stream",), _answers("stream")),
    "modes_agree": (("batch", "stream"), _modes_agree),
    "batch_bad_key": (("batch",), _bad_key("batch")),
    "stream_bad_key": (("stream",), _bad_key("stream")),
    "batch_silence": (("batch",), _silent("batch")),
    "stream_silence": (("stream",), _silent("stream")),
    "partials": (("stream",), _partials),
    "ending": (("stream",), _ending),
    "word_times": ((), _word_times),
}
