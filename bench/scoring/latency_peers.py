"""Latency exactly as neighbouring projects define it, by their names, so that numbers can be laid side by side.

Each is computed from our log. Where a project's own driver differs (it sends each chunk one chunk early, its clock
stops with the audio), the docstring says what that does to its published numbers. Pure.
"""

from __future__ import annotations

from rapidfuzz.distance import Levenshtein

from bench.scoring.latency_log import Log
from bench.scoring.latency_words import Words, displays, words_of
from bench.scoring.metric import MetricTable, Unavailable

PEER_METRICS = MetricTable()
_metric = PEER_METRICS.add

_PIPECAT_STOP_S = 0.2
_PIPECAT_TIMEOUT_S = 2.0
_PICOVOICE_MAX_EDITS = 20


@_metric("pipecat_ttfs_s", unit="s", zero="end of speech", source="pipecat-ai/pipecat STTService; stt-benchmark")
def pipecat_ttfs(log: Log) -> float:
    """Last final with text among those that arrive within 2.0 s of the voice detector's stop, after end of speech.

    The detector stops 0.2 s after the end of speech; what comes more than 2.0 s later is not seen. Their driver
    sleeps between chunks, so its lateness is part of their published values.
    """
    log.need_real_time()
    limit = log.end_of_speech_s + _PIPECAT_STOP_S + _PIPECAT_TIMEOUT_S
    seen = [event.t_s for event in log.finals if event.t_s <= limit]
    if not seen:
        raise Unavailable("no final with text within 2.2 s of the end of speech: pipecat reports nothing")
    return seen[-1] - log.end_of_speech_s


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


@_metric(
    "openbench_streaming_latency_s", unit="s", zero="end of the last word recognised", source="argmaxinc/OpenBench"
)
def openbench_streaming(log: Log) -> float:
    """OpenBench's `streaming_latency` over what is on display. See `openbench_confirmed_latency_s`."""
    return _openbench(log, [(d.words, _cursor(log, d.t_s)) for d in displays(log.texts)])


@_metric(
    "openbench_confirmed_latency_s", unit="s", zero="end of the last word recognised", source="argmaxinc/OpenBench"
)
def openbench_confirmed(log: Log) -> float:
    """OpenBench's `confirmed_streaming_latency`: (audio sent - audio transcribed), over finals.

    Mean of the distance to this result's last recognised word and to the previous result's, negative ones set to 0,
    weighted by the audio each result added. Audio transcribed is read from the reference's word times. Audio sent
    stops growing at the end of the audio, so what comes after it shows no further delay.
    """
    return _openbench(log, [(d.committed, _cursor(log, d.t_s)) for d in displays(log.finals)])


def _cursor(log: Log, t_s: float) -> float:
    return max((event.audio_sent_s for event in log.texts if event.t_s <= t_s), default=0.0)


def _openbench(log: Log, results: list[tuple[Words, float]]) -> float:
    log.need_real_time()
    spoken = [(text, start, end) for word, start, end in log.reference_words for text in words_of(word)]
    reference = [text for text, _, _ in spoken]
    weighted = covered = 0.0
    previous_cursor = 0.0
    previous: Words | None = None
    for words, sent_s in results:
        added = _added(reference, words, previous)
        previous = words
        if added is None:
            continue
        first, last = added
        end_s = spoken[last][2]
        low, high = max(0.0, sent_s - end_s), max(0.0, sent_s - previous_cursor)
        weight = end_s - spoken[first][1]
        weighted, covered = weighted + (low + high) / 2 * weight, covered + weight
        previous_cursor = end_s
    if covered == 0:
        raise Unavailable("no result added a recognised word")
    return weighted / covered


def _added(reference: list[str], words: Words, previous: Words | None) -> tuple[int, int] | None:
    """First and last reference word of what a result added; `None` where OpenBench skips the result."""
    blocks = Levenshtein.opcodes(reference, words)
    equal = [block for block in blocks if block.tag == "equal"]
    if not equal:
        return None
    if previous is None:
        return equal[0].src_start, equal[-1].src_end - 1
    changes = [block for block in Levenshtein.opcodes(previous, words) if block.tag in {"insert", "replace"}]
    if not changes:
        return None
    at = changes[0].dest_start
    for block in blocks:
        if block.dest_start <= at < block.dest_end and block.src_start + at - block.dest_start < len(reference):
            return block.src_start + at - block.dest_start, equal[-1].src_end - 1
    return None


@_metric(
    "picovoice_word_emission_latency_s",
    unit="s",
    zero="the chunk holding the word's end was sent",
    source="Picovoice/speech-to-text-benchmark benchmark_latency.py",
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
