"""Latency exactly as neighbouring projects define it, by their names, so that numbers can be laid side by side.

Each is computed from our log. Where a project's own driver differs (it sends each chunk one chunk early, its clock
stops with the audio), the docstring says what that does to its published numbers. Pure.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from rapidfuzz.distance import Levenshtein, Opcodes

from bench.scoring.timing.display import Words, words_of
from bench.scoring.timing.log import Log, Unavailable
from bench.scoring.timing.metric import MetricTable
from bench.types import Event

PEER_METRICS = MetricTable()
_metric = PEER_METRICS.add

_PIPECAT_STOP_S = 0.2
_PIPECAT_TIMEOUT_S = 2.0
_PICOVOICE_MAX_EDITS = 20


@_metric(
    "pipecat_ttfs_s", unit="s", zero="end of speech", source="pipecat-ai 1.14.0 STTService; stt-benchmark", version=2
)
def pipecat_ttfs(log: Log) -> float:
    """Last final with text among those that arrive within 2.0 s of the voice detector's stop, after end of speech.

    The detector stops 0.2 s after the end of speech; what comes more than 2.0 s later is not seen. Where the last one
    seen came before the end of speech, pipecat reports nothing (older versions: a negative value). An engine whose
    pipecat service marks a transcript as finalized stops the clock with that one; Pulse's does not. Their driver sleeps
    between chunks, so its lateness is part of their published values.
    """
    log.need_real_time()
    limit = log.end_of_speech_s + _PIPECAT_STOP_S + _PIPECAT_TIMEOUT_S
    seen = [event.t_s for event in log.finals if event.t_s <= limit]
    if not seen:
        raise Unavailable("no final with text within 2.2 s of the end of speech: pipecat reports nothing")
    value = seen[-1] - log.end_of_speech_s
    if value < 0:
        raise Unavailable(f"the last final came {-value:.3f} s before the end of speech: pipecat reports nothing")
    return value


@_metric("coval_ttfs_s", unit="s", zero="end of speech", source="coval-ai/benchmarks metrics/ttft.py:compute_ttfs")
def coval_ttfs(log: Log) -> float:
    """Last final with text after the shared end-of-speech anchor; refused by them if negative.

    Their driver hands each chunk over at the start of its span, one chunk before a microphone could.
    """
    log.need_real_time()
    value = log.last(log.finals, "final").t_s - log.end_of_speech_s
    if value < 0:
        raise Unavailable(f"the last final came {-value:.3f} s before the end of speech: coval refuses negative values")
    return value


@_metric("coval_ttft_s", unit="s", zero="start of the audio", source="coval-ai/benchmarks metrics/ttft.py:compute_ttft")
def coval_ttft(log: Log) -> float:
    """First partial or final with text, after the first audio was sent. Holds the clip's leading silence.

    Their first chunk is sent at the start of the audio, which is our zero.
    """
    log.need_real_time()
    return log.first(log.texts, "partial or final").t_s


_OPENBENCH = "argmaxinc/OpenBench 303ef85 latency_metrics.py"


@_metric(
    "openbench_streaming_latency_s",
    unit="s",
    zero="end of the last word recognised",
    source=_OPENBENCH,
    version=2,
    needs_word_times=True,
)
def openbench_streaming(log: Log) -> float:
    """OpenBench's `streaming_latency` over what is on display. See `openbench_confirmed_latency_s`."""
    return _openbench(log, log.texts)


@_metric(
    "openbench_confirmed_latency_s",
    unit="s",
    zero="end of the last word recognised",
    source=_OPENBENCH,
    version=2,
    needs_word_times=True,
)
def openbench_confirmed(log: Log) -> float:
    """OpenBench's `confirmed_streaming_latency`: (audio sent - audio transcribed), over finals.

    Mean of the distance to this result's last recognised word and to the previous result's, negative ones set to 0,
    weighted by the audio each result added. Audio transcribed is read from the reference's word times. Audio sent
    stops growing at the end of the audio, so what comes after it shows no further delay. Texts are normalised as
    they do, with Whisper's basic normaliser, which takes a word with an apostrophe or a vowel sign apart; word times
    are then read by the number of the piece, as they are there.
    """
    return _openbench(log, log.finals)


def _openbench(log: Log, events: tuple[Event, ...]) -> float:
    log.need_real_time()
    spoken = log.reference_words
    text = " ".join(word for word, _, _ in spoken)
    reference = _whisper_basic(text.translate(str.maketrans("", "", string.punctuation)))
    weighted = covered = 0.0
    previous_cursor = 0.0
    previous: Words | None = None
    for shown, event in zip(_shown(events), events, strict=True):
        words = _whisper_basic(shown)
        added = _added(reference, words, previous, len(spoken))
        previous = words
        if added is None:
            continue
        first, last = added
        sent_s, end_s = event.audio_sent_s, spoken[last][2]
        low, high = max(0.0, sent_s - end_s), max(0.0, sent_s - previous_cursor)
        weight = end_s - spoken[first][1]
        weighted, covered = weighted + (low + high) / 2 * weight, covered + weight
        previous_cursor = end_s
    if covered == 0:
        raise Unavailable("no result added a recognised word")
    return weighted / covered


def _shown(events: tuple[Event, ...]) -> Iterator[str]:
    """What stands on display after each partial and final, as written."""
    committed = ""
    for event in events:
        display = f"{committed} {event.text}"
        if event.kind == "final":
            committed = display
        yield display


class _SpacesForMarks(dict[int, str]):
    """For `str.translate`: a space for each mark, symbol and punctuation."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        self[code] = " " if unicodedata.category(char)[0] in "MSP" else char
        return self[code]


_SPACES_FOR_MARKS = _SpacesForMarks()


@lru_cache(maxsize=1 << 12)
def _whisper_basic(text: str) -> Words:
    """Source: `BasicTextNormalizer` of openai/whisper, with its defaults."""
    text = re.sub(r"\(([^)]+?)\)", "", re.sub(r"[<\[][^>\]]*[>\]]", "", text.lower()))
    return tuple(unicodedata.normalize("NFKC", text).translate(_SPACES_FOR_MARKS).lower().split())


def _added(reference: Words, words: Words, previous: Words | None, num_spoken: int) -> tuple[int, int] | None:
    """Number of the first and the last spoken word of what a result added; `None` where OpenBench skips the result."""
    blocks = Levenshtein.opcodes(reference, words)
    equal = [block for block in blocks if block.tag == "equal"]
    if not equal:
        return None
    first, last = equal[0].src_start, equal[-1].src_end - 1
    if previous is not None:
        changed = _changed(blocks, words, previous)
        if changed is None or changed >= num_spoken:
            return None
        first = changed
    if last >= num_spoken:
        raise Unavailable("its normaliser makes more words of the reference than have times: OpenBench fails here")
    return first, last


def _changed(blocks: Opcodes, words: Words, previous: Words) -> int | None:
    """The piece of the reference that stands against the first change since the previous result."""
    changes = [block for block in Levenshtein.opcodes(previous, words) if block.tag in {"insert", "replace"}]
    if not changes or not previous:
        return None
    at = changes[0].dest_start
    places = (b.src_start + at - b.dest_start for b in blocks if b.dest_start <= at < b.dest_end)
    return next(places, None)


@_metric(
    "picovoice_word_emission_latency_s",
    unit="s",
    zero="the chunk holding the word's end was sent",
    source="Picovoice/speech-to-text-benchmark benchmark_latency.py",
    needs_word_times=True,
)
def picovoice_word_emission(log: Log) -> float:
    """Mean over correctly recognised words: when the word was first shown, minus when its last audio was sent.

    Utterances with more than 20 word edits are dropped. Where several alignments have the fewest edits, they take
    the one with the most similar words, we the one rapidfuzz traces back. Their driver sends each chunk at the
    start of its span and sleeps between, so a word's audio leaves up to one chunk earlier than it was spoken.
    """
    log.need_real_time()
    chunk_s, sent_s = log.timing.chunk_s, log.timing.chunk_sent_s
    if chunk_s is None or not sent_s:
        raise Unavailable("the log holds no chunk times")
    spoken = [(text, end) for word, _, end in log.reference_words for text in words_of(word)]
    reference = [text for text, _ in spoken]
    words, received = _picovoice_emissions(log)
    if Levenshtein.distance(reference, words) > _PICOVOICE_MAX_EDITS:
        raise Unavailable("more than 20 word edits: Picovoice drops the utterance")
    delays = [
        received[block.dest_start + offset] - sent_s[min(_chunk_of(spoken[here][1], chunk_s), len(sent_s) - 1)]
        for block in Levenshtein.opcodes(reference, words)
        if block.tag == "equal"
        for offset, here in enumerate(range(block.src_start, block.src_end))
    ]
    if not delays:
        raise Unavailable("no word of the reference was recognised")
    return sum(delays) / len(delays)


def _chunk_of(at_s: float, chunk_s: float) -> int:
    """The chunk whose span (k * chunk_s, (k + 1) * chunk_s] holds a moment."""
    return max(0, -int(-at_s // chunk_s) - 1)


def _picovoice_emissions(log: Log) -> tuple[list[str], list[float]]:
    """Words and times as their result handlers collect them: a shorter result begins a new segment."""
    words: list[str] = []
    times: list[float] = []
    known = 0
    for event in log.texts:
        now = words_of(event.text)
        if len(now) < known:
            known = 0
        if known > 0 and words[-1] != now[known - 1]:
            words[-1], times[-1] = now[known - 1], event.t_s
        words.extend(now[known:])
        times.extend([event.t_s] * (len(now) - known))
        known = len(now)
    return words, times
