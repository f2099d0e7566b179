"""Checks of the audio: rates, headers, channels, chunks, pace, and what is heard where nothing is said."""

from __future__ import annotations

from collections.abc import Awaitable

from bench.conditions.wire import wav_header
from bench.doctor import clip as clips
from bench.doctor.calls import Caller, Reply, heard, pcm_of
from bench.doctor.compare import errors, nearness, quoted, shown, words_of
from bench.doctor.contract import PLAIN_BATCH, PLAIN_STREAM
from bench.doctor.finding import Finding, Need, ServiceCheck, failed, passed, warned, worst
from bench.types import Failure, FailureKind, Mode, RequestSpec

_NOTHING_S = 3.0
_SHORT_S = 0.2
_SHORT_WORDS = 2
_FASTER = 4.0
_CHUNKS = (1024, 4096, 8192)


async def _compared(caller: Caller, reply: Reply, what: str, advice: str) -> Finding:
    """The same text as the plain stream's, a refusal, or garbage that nobody is told of."""
    outcome = reply.outcome
    if isinstance(outcome, Failure) and outcome.kind is FailureKind.REFUSED:
        return passed(f"{what}: refused: {outcome.message}", advice)
    counts = errors(await caller.plain_text(), heard(reply, what), caller.clip.language)
    if nearness(counts) == "same":
        return passed(f"{what}: {shown(counts)}")
    return warned(f"{what}: no error, but {shown(counts)}", advice)


async def wrong_rate(caller: Caller) -> Finding:
    """16 kHz declared as 8 kHz."""
    reply = await caller.stream(request=RequestSpec(declared_sample_rate_hz=8_000))
    return await _compared(caller, reply, "16 kHz declared as 8 kHz", "declare the true rate: nothing warns you")


async def narrowband(caller: Caller) -> Finding:
    """Telephone audio at its own rate, and resampled."""
    as_is = await caller.stream(request=RequestSpec(sample_rate_hz=8_000))
    resampled = await caller.stream(clips.narrowband(caller.clip.audio))
    language, text = caller.clip.language, await caller.plain_text()
    counts = [errors(text, heard(reply, "8 kHz"), language) for reply in (as_is, resampled)]
    seen = f"sent as 8 kHz: {shown(counts[0])}; resampled to 16 kHz: {shown(counts[1])}"
    if abs(counts[0].errors - counts[1].errors) <= max(1, 0.1 * counts[0].reference_length):
        return passed(seen, "measure it on more than one clip: configs/studies/sample-rate.yaml")
    better = "as 8 kHz" if counts[0].errors < counts[1].errors else "resampled to 16 kHz"
    return warned(seen, f"send telephone audio {better}, and measure it: configs/studies/sample-rate.yaml")


async def header(caller: Caller) -> Finding:
    """A WAV file streamed with its header."""
    pcm = pcm_of(caller.clip.audio)
    reply = await caller.stream(data=wav_header("linear16", clips.RATE_HZ, len(pcm)) + pcm)
    return await _compared(caller, reply, "WAV header in the stream", "send samples only, without the file's header")


async def stereo(caller: Caller) -> Finding:
    """Two channels, in a file and on a stream."""
    file = await caller.batch(file=clips.stereo_wav(caller.clip.audio))
    counts = errors(await caller.plain_text("batch"), heard(file, "stereo file"), caller.clip.language)
    advice = "mix down to mono before you send"
    batch = passed(f"stereo file: {shown(counts)}")
    if nearness(counts) != "same":
        batch = failed(f"stereo file: {shown(counts)}", advice)
    stream = await caller.stream(clips.interleaved(caller.clip.audio))
    return worst([batch, await _compared(caller, stream, "interleaved stereo on a stream", advice)])


async def chunk_sizes(caller: Caller) -> Finding:
    """The size of a message changes nothing."""
    findings = []
    for size in _CHUNKS:
        reply = await caller.stream(settings={"chunk_bytes": size})
        counts = errors(await caller.plain_text(), heard(reply, f"{size} bytes"), caller.clip.language)
        judge = passed if nearness(counts) == "same" else warned
        findings.append(judge(f"{size} bytes: {shown(counts)}", "send 4,096 bytes a message"))
    return worst(findings)


async def pacing(caller: Caller) -> Finding:
    """Audio sent faster than it was spoken."""
    reply = await caller.stream(faster=_FASTER)
    what = f"{_FASTER:g} times real time"
    return await _compared(caller, reply, what, "pace a stream at real time; use batch for files")


async def nothing_said(caller: Caller) -> Finding:
    """Silence and noise have no words in them."""
    findings = []
    for what, audio in (("silence", clips.silence(_NOTHING_S)), ("noise", clips.noise(_NOTHING_S))):
        findings.append(await _invented(caller, what, "batch", caller.batch(audio)))
        findings.append(await _invented(caller, what, "stream", caller.stream(audio)))
    return worst(findings)


async def _invented(caller: Caller, what: str, mode: Mode, call: Awaitable[Reply]) -> Finding:
    reply = await call
    if isinstance(reply.outcome, Failure) and reply.outcome.kind is FailureKind.REFUSED:
        return passed(f"{what}, {mode}: refused: {reply.outcome.message}")
    text = heard(reply, f"{what}, {mode}")
    count = len(words_of(text, caller.clip.language))
    if not count:
        return passed(f"{what}, {mode}: nothing heard")
    return failed(
        f"{what}, {mode}: {count} words hallucinated: {quoted(text)}",
        "gate audio by a voice activity detector before you send it",
    )


async def short_clip(caller: Caller) -> Finding:
    """A fifth of a second is answered, and not with a sentence."""
    audio = clips.middle(caller.clip.audio, _SHORT_S)
    return worst(
        [
            await _short(caller, "batch", await caller.batch(audio)),
            await _short(caller, "stream", await caller.stream(audio)),
        ]
    )


async def _short(caller: Caller, mode: Mode, reply: Reply) -> Finding:
    what = f"{_SHORT_S:g} s, {mode}"
    if isinstance(reply.outcome, Failure) and reply.outcome.kind is FailureKind.REFUSED:
        return passed(f"{what}: refused: {reply.outcome.message}")
    text = heard(reply, what)
    count = len(words_of(text, caller.clip.language))
    if count > _SHORT_WORDS:
        return warned(f"{what}: {count} words: {quoted(text)}", "do not send clips this short: words are invented")
    seen = f"{what}: {count} words" if count else f"{what}: success with an empty text"
    return passed(seen, "an empty answer is no success: count it apart (we do)")


_STREAM = Need(mode="stream")

CHECKS = (
    ServiceCheck(
        name="wrong-rate",
        question="What if the sample rate is declared wrong?",
        run=wrong_rate,
        needs=(PLAIN_STREAM, _STREAM),
    ),
    ServiceCheck(
        name="narrowband",
        question="8 kHz as 8 kHz, or resampled to 16 kHz?",
        run=narrowband,
        needs=(PLAIN_STREAM, Need(mode="stream", count=2)),
    ),
    ServiceCheck(
        name="wav-header",
        question="What if a WAV header is left in the stream?",
        run=header,
        needs=(PLAIN_STREAM, _STREAM),
    ),
    ServiceCheck(
        name="stereo",
        question="What if stereo is sent?",
        run=stereo,
        needs=(PLAIN_BATCH, PLAIN_STREAM, Need(mode="batch"), Need(mode="stream", stretch=2)),
    ),
    ServiceCheck(
        name="chunk-sizes",
        question="Do messages of 1,024, 4,096 and 8,192 bytes give the same?",
        run=chunk_sizes,
        needs=(PLAIN_STREAM, Need(mode="stream", count=len(_CHUNKS))),
    ),
    ServiceCheck(
        name="pacing",
        question="What if audio is sent faster than real time?",
        run=pacing,
        needs=(PLAIN_STREAM, _STREAM),
    ),
    ServiceCheck(
        name="silence-and-noise",
        question="Is anything heard where nothing is said?",
        run=nothing_said,
        needs=(Need(mode="batch", count=2, audio_s=_NOTHING_S), Need(mode="stream", count=2, audio_s=_NOTHING_S)),
    ),
    ServiceCheck(
        name="short-clip",
        question="Is a clip of 0.2 s answered sensibly?",
        run=short_clip,
        needs=(Need(mode="batch", audio_s=_SHORT_S), Need(mode="stream", audio_s=_SHORT_S)),
    ),
)
